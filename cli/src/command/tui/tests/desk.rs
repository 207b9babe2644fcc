//! A store, and somebody who presses keys.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Modifier};
use retold_core::{Commit, Event, Expected, Message, NewEvent, Options, Session, StreamName, event};
use retold_projections::{Store, find};
use retold_travel::Clock;
use unicode_width::UnicodeWidthStr;

use crate::Io;
use crate::command::tui::data::{Data, UserEnv};
use crate::command::tui::keys::{input, pressed};
use crate::command::tui::model::{Input, Model};
use crate::command::tui::{newest, screen};

/// A store in a folder of its own.
pub(super) struct Place {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: Store,
}

pub(super) fn present() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

impl Place {
    /// A store without an event.
    pub(super) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::new().create(true).clock(present);
        let store = Store::open(folder.path().join("sessions.db"), options).unwrap();
        Self { folder, store }
    }

    /// A store with the sample history.
    pub(super) fn with_sample() -> Self {
        let place = Self::empty();
        place.retold(&["import", concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42/"), "-o", "json"]);
        place
    }

    /// Runs a command on the store, and returns its answer.
    pub(super) fn retold(&self, args: &[&str]) -> String {
        let path = self.store.log().path().to_owned();
        let args =
            ["retold".into(), "--store".into(), path.into()].into_iter().chain(args.iter().map(Into::into));
        let out = self.folder.path().join("answer");
        let mut io = Io::of_process(Arc::default());
        io.out = Box::new(std::fs::File::create(&out).unwrap());
        io.err = Box::new(std::io::sink());
        io.clock = Arc::new(present);
        io.environment = Box::new(|_| None);
        (io.out_is_terminal, io.err_is_terminal, io.time_zone) = (false, false, TimeZone::UTC);
        assert_eq!(crate::run(args, &mut io), std::process::ExitCode::SUCCESS);
        drop(io);
        std::fs::read_to_string(out).unwrap()
    }

    pub(super) fn append(&self, name: &StreamName, events: impl IntoIterator<Item = NewEvent>) {
        self.store.log().append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
    }

    /// Sits down before it, at a session's head, or at the one that was updated last.
    pub(super) fn desk(&self, session: Option<&str>, size: (u16, u16)) -> Desk<'_> {
        let mut desk = self.unsettled(session, size);
        desk.settle();
        desk
    }

    /// Does the same, and nothing that is wanted is answered yet.
    pub(super) fn unsettled(&self, session: Option<&str>, size: (u16, u16)) -> Desk<'_> {
        self.unsettled_in(TimeZone::UTC, session, size)
    }

    /// Sits down before it in a zone.
    pub(super) fn desk_in(&self, zone: TimeZone, session: Option<&str>, size: (u16, u16)) -> Desk<'_> {
        let mut desk = self.unsettled_in(zone, session, size);
        desk.settle();
        desk
    }

    fn unsettled_in(&self, zone: TimeZone, session: Option<&str>, (width, height): (u16, u16)) -> Desk<'_> {
        let env = UserEnv { clock: Clock::default(), now: Arc::new(present), zone: zone.clone() };
        let mut data = Data::of(&self.store, env).unwrap();
        let mut model = Model::new(Size { width, height }, None);
        model.zone = zone;
        model.begins_with = crate::command::tui::model::Tab::State;
        match session {
            Some(session) => {
                let reader = self.store.log().reader().unwrap();
                let name = find(&reader, session).unwrap().name;
                let head = reader.head().unwrap().position;
                let opening = data.at(name, head.into(), head).unwrap();
                model.open(opening);
                model.update(Input::Act(crate::command::tui::model::Action::Focus(1)));
            }
            None => newest(&mut model, &mut data).unwrap(),
        }
        Desk { model, data, now: Duration::ZERO }
    }
}

/// Somebody before the screen.
pub(super) struct Desk<'s> {
    pub(super) model: Model,
    pub(super) data: Data<'s>,
    now: Duration,
}

impl Desk<'_> {
    /// Presses keys of the table, and waits after each for what it asks for.
    pub(super) fn press(&mut self, keys: &[&str]) -> &mut Self {
        for key in keys {
            let input = input(&pressed(key), self.model.is_typing()).unwrap();
            self.model.update(input);
            self.settle();
        }
        self
    }

    pub(super) fn type_in(&mut self, text: &str) -> &mut Self {
        self.model.update(Input::Text(text.to_owned()));
        self.press(&["Enter"])
    }

    /// Lets time go by.
    pub(super) fn wait(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.model.update(Input::Tick(self.now));
        self.settle();
        self
    }

    /// Answers until nothing is wanted; returns in how many rounds, each of which would be a frame.
    pub(super) fn settle(&mut self) -> usize {
        for round in 0..10_000 {
            let wants = self.model.wants();
            if wants.is_empty() {
                return round;
            }
            for want in wants {
                let answer = self.data.answer(want).unwrap();
                self.model.take(answer);
            }
        }
        panic!("it always wants something: {:?}", self.model.wants());
    }

    /// Returns the screen with what its styles are, in tags: `{b}` bold, `{r}` reversed, `{i}` italic, and the names of colours;
    /// `{}` ends them.
    pub(super) fn coloured(&self) -> String {
        let Size { width, height } = self.model.size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        screen::draw(&self.model, screen::Theme { colour: true }, &mut buffer);
        let mut text = String::new();
        for y in 0..height {
            let (mut line, mut tag, mut x) = (String::new(), String::new(), 0);
            while x < width {
                let cell = &buffer[(x, y)];
                let mut here = String::new();
                for (modifier, sign) in
                    [(Modifier::BOLD, 'b'), (Modifier::REVERSED, 'r'), (Modifier::ITALIC, 'i')]
                {
                    here.extend(cell.modifier.contains(modifier).then_some(sign));
                }
                if cell.fg != Color::Reset {
                    here.push_str(
                        &format!("{}{:?}", if here.is_empty() { "" } else { " " }, cell.fg).to_lowercase(),
                    );
                }
                if here != tag {
                    line.push_str(&format!("{{{here}}}"));
                    tag = here;
                }
                line.push_str(cell.symbol());
                x += u16::try_from(cell.symbol().width()).unwrap().max(1);
            }
            text.push_str(&format!("{}\n", line.trim_end()));
        }
        text
    }

    /// Returns the screen, a line each.
    pub(super) fn screen(&self) -> String {
        let Size { width, height } = self.model.size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        screen::draw(&self.model, screen::Theme { colour: false }, &mut buffer);
        let line = |y: u16| {
            let (mut line, mut x) = (String::new(), 0);
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                // A wide symbol lies over the cell after it.
                x += u16::try_from(symbol.width()).unwrap().max(1);
            }
            format!("{}\n", line.trim_end())
        };
        (0..height).map(line).collect()
    }
}

pub(super) fn created(id: &str, task: &str) -> NewEvent {
    let session: Session = serde_json::from_value(serde_json::json!({
        "id": id, "type": "competition", "task": task, "status": "running",
        "createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z",
        "instances": [], "chatHistory": [],
    }))
    .unwrap();
    Event::from(event::SessionCreated { session, place: None, home: None }).into()
}

pub(super) fn said(nth: u64, content: &str) -> NewEvent {
    let mut message = Message::new(format!("msg-{nth}"), "user", content);
    message.timestamp = "2026-11-23T08:10:00Z".to_owned();
    Event::from(event::MessageAdded { message, index: None, updated_at: None }).into()
}
