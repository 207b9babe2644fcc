//! What the terminal UI knows and shows: an input leads to a new state, and a state wants to know things. It touches no
//! terminal and no store, so that every screen and every key is tested without either.

mod act;
mod filter;
mod input;
mod layout;
mod list;
mod look;
mod mouse;
mod opened;
mod play;
mod sessions;
mod take;
mod typed;
mod want;

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::layout::Size;
use retold_core::{Clock, StreamName};

pub(super) use filter::Filter;
pub(super) use input::{Action, Asks, Input, Left, Notice, Pane, Prompt, Tab};
pub(super) use layout::{Layout, TOO_SMALL, column_of};
pub(super) use list::List;
pub(super) use opened::{Coming, Opened};
pub(super) use play::Play;
pub(super) use sessions::Sessions;
pub(super) use want::{
    Anchor, Answer, Ask, EventRow, Fold, Line, Opening, Scan, SessionItem, Sign, Task, Toward, Under, View,
    Want,
};

/// How often the store is asked whether it grew.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often a list of sessions is read again while others write.
const LIST_EVERY: Duration = Duration::from_secs(1);

/// All that is shown, and all that it takes to go on.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) size: Size,
    pub(super) focus: Pane,
    pub(super) sessions: Sessions,
    pub(super) opened: Option<Opened>,
    pub(super) prompt: Option<Prompt>,
    /// The first line of the help that is shown.
    pub(super) help: Option<u64>,
    pub(super) said: Option<Notice>,
    /// What is looked for, step by step.
    pub(super) scan: Option<Scan>,
    pub(super) play: Option<Play>,
    pub(super) follow: bool,
    /// What the inspector shows of the first session.
    pub(super) begins_with: Tab,
    /// Whether the pane in use has all of the screen.
    pub(super) is_zoomed: bool,
    pub(super) left: Option<Left>,
    /// Which of an event's times is shown, and meant.
    pub(super) clock: Clock,
    /// The time, in microseconds since 1970.
    pub(super) wall: i64,
    /// The zone that times are shown in.
    pub(super) zone: TimeZone,
    /// The store as `--store` named it, for commands that are copied.
    store: Option<String>,
    /// The sessions that were looked at before, and where.
    came_from: Vec<(StreamName, u64)>,
    is_on_its_way_back: bool,
    /// The last text that was searched for.
    sought: Option<String>,
    /// What is wanted once.
    once: Vec<Want>,
    now: Duration,
    looked: Duration,
}

impl Model {
    pub(super) fn new(size: Size, store: Option<String>) -> Self {
        Self {
            size,
            focus: Pane::Sessions,
            sessions: Sessions::default(),
            opened: None,
            prompt: None,
            help: None,
            said: None,
            scan: None,
            play: None,
            follow: true,
            begins_with: Tab::Talk,
            is_zoomed: false,
            left: None,
            clock: Clock::default(),
            wall: 0,
            zone: TimeZone::UTC,
            store,
            came_from: Vec::new(),
            is_on_its_way_back: false,
            sought: None,
            once: Vec::new(),
            now: Duration::ZERO,
            looked: Duration::ZERO,
        }
    }

    pub(super) fn layout(&self) -> Layout {
        let is_alone = self.is_zoomed || self.size.width < layout::BESIDE;
        Layout::of(self.size, self.focus, is_alone && self.opened.is_some())
    }

    pub(super) fn is_typing(&self) -> bool {
        self.prompt.is_some()
    }

    pub(super) fn store(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// Takes an input in.
    pub(super) fn update(&mut self, input: Input) {
        match input {
            Input::Act(action) => self.act(action),
            Input::Text(text) => self.type_in(&text),
            Input::Erase => drop(self.prompt.as_mut().and_then(|prompt| prompt.text.pop())),
            Input::EraseAll => self.prompt.iter_mut().for_each(|prompt| prompt.text.clear()),
            Input::Click { x, y } => self.click(x, y),
            Input::Wheel { x, y, by } => self.wheel(x, y, by),
            Input::Resize(size) => self.size = size,
            Input::Tick(now) => self.tick(now),
        }
        self.settle();
    }

    /// Returns what the state lacks: what was asked for once, and what is shown and not there.
    pub(super) fn wants(&mut self) -> Vec<Want> {
        let mut wants = std::mem::take(&mut self.once);
        let layout = self.layout();
        if layout.sessions.is_some() || self.opened.is_none() {
            wants.extend(self.sessions.want(layout.height()));
        }
        if let Some(opened) = &self.opened {
            wants.extend(opened.wants(&layout));
        }
        wants.extend(self.scan.clone().map(Want::Scan));
        wants
    }

    /// Returns how long nothing happens unless somebody presses a key.
    pub(super) fn rest(&self) -> Duration {
        let is_busy = self.scan.is_some()
            || !self.once.is_empty()
            || self.opened.as_ref().is_some_and(Opened::is_coming)
            || self.sessions.is_coming();
        if is_busy {
            return Duration::ZERO;
        }
        let look = (self.looked + LOOK_EVERY).saturating_sub(self.now);
        match self.play.as_ref().and_then(|play| play.due) {
            Some(due) => due.saturating_sub(self.now).min(look),
            None => look,
        }
    }

    fn tick(&mut self, now: Duration) {
        self.now = now;
        if now >= self.looked + LOOK_EVERY {
            self.looked = now;
            let name = self.opened.as_ref().map(|opened| opened.name.clone());
            self.once.push(Want::Look(name));
            self.sessions.due(now);
        }
        self.go_on_playing();
    }

    /// Keeps every cursor in its list, and every list around its cursor.
    fn settle(&mut self) {
        let layout = self.layout();
        self.sessions.settle(layout.height());
        if let Some(opened) = &mut self.opened {
            opened.settle(&layout);
        }
    }

    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.said = Some(Notice { text: text.into(), is_error: false });
    }

    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.said = Some(Notice { text: text.into(), is_error: true });
    }

    /// Opens a session at one of its events.
    pub(super) fn open(&mut self, opening: Opening) {
        let Opening { name, last, at } = opening;
        match &mut self.opened {
            Some(opened) if opened.name == name => {
                opened.last = last;
                opened.jump(at);
            }
            opened => {
                let tab = opened.as_ref().map_or(self.begins_with, |opened| opened.tab);
                let left =
                    opened.replace(Opened::new(name, last, at, tab)).map(|left| (left.at(), left.name));
                if let Some((at, name)) = left.filter(|_| !self.is_on_its_way_back) {
                    self.came_from.push((name, at));
                }
            }
        }
        self.is_on_its_way_back = false;
        if let Some(opened) = &self.opened {
            self.sessions.reveal(&opened.name);
        }
        self.follow = at >= last;
        (self.scan, self.play) = (None, None);
        self.settle();
    }

    fn name(&self) -> Option<StreamName> {
        self.opened.as_ref().map(|opened| opened.name.clone())
    }
}
