//! Random histories of two sessions in one log: everything that can happen to a session, in any order that fits.

use proptest::collection::vec;
use proptest::prelude::*;
use retold_core::event::*;
use retold_core::{
    Commit, Event, Expected, Instance, InstancePatch, Log, Message, MessagePatch, NewEvent, Options, Outline,
    Position, SessionPatch, SessionState, StreamId, StreamName, time,
};
use retold_tests::{Store, name, session};
use serde_json::json;

/// What a random event is made from.
#[derive(Clone)]
pub(crate) struct Dice {
    second: bool,
    kind: u8,
    at: prop::sample::Index,
    text: String,
    flag: bool,
    time: bool,
}

/// One line each, long texts cut.
impl std::fmt::Debug for Dice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { second, kind, at, text, flag, time } = self;
        let text: String = text.chars().take(20).collect();
        write!(f, "({second} {kind} {} {text:?} {flag} {time})", at.index(12))
    }
}

pub(crate) fn dice(events: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<Dice>> {
    let text = prop_oneof![
        4 => prop::sample::select(&["running", "failed", "completed", "", "needle"][..]).prop_map(str::to_owned),
        2 => "[a-zé修\n]{0,30}",
        1 => Just("x".repeat(5000)),
        1 => Just("long\n".repeat(2000)),
    ];
    let one = (any::<bool>(), 0_u8..28, any::<prop::sample::Index>(), text, any::<bool>(), any::<bool>());
    vec(
        one.prop_map(|(second, kind, at, text, flag, time)| Dice { second, kind, at, text, flag, time }),
        events,
    )
}

/// A minute of a day long ago, in microseconds since 1970.
pub(crate) fn minute(nth: usize) -> i64 {
    let begin: jiff::Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    begin.as_microsecond() + i64::try_from(nth).unwrap() * 60_000_000
}

/// What follows corrects a revision.
pub(crate) fn corrects(revision: u64, events: u32) -> Event {
    MappingCorrected { revision, events, withdrawn: Vec::new(), unused: Vec::new() }.into()
}

pub(crate) fn status(status: impl Into<String>) -> Event {
    SessionStatusChanged { status: status.into(), completed_at: None, updated_at: None }.into()
}

pub(crate) fn ids() -> [StreamName; 2] {
    [name("a1"), name("b2")]
}

/// A store with a history in it.
pub(crate) struct Given {
    pub(crate) store: Store,
    pub(crate) log: Log,
}

impl Given {
    /// Writes the events that fit, some of them in one commit.
    pub(crate) fn history(dice: &[Dice]) -> Self {
        let store = Store::new();
        let log = store.open();
        let given = Self { store, log };
        given.go_on(dice);
        given
    }

    /// An empty store whose log has one time for everything that says no other.
    pub(crate) fn at(micros: i64) -> Self {
        let (store, now) = (Store::new(), time::from_micros(micros).unwrap());
        let log = Options::new().create(true).clock(move || now).open(store.path()).unwrap();
        Self { store, log }
    }

    /// Writes the events that fit what there is.
    pub(crate) fn go_on(&self, dice: &[Dice]) {
        let log = &self.log;
        let outline = |name: &StreamName| {
            let stream = log.reader().unwrap().stream(name).unwrap();
            let state = stream.and_then(|stream| self.folded(stream, self.head()));
            state.map_or_else(Outline::default, |state| Outline {
                exists: true,
                deleted: state.records.deleted,
                instances: state.session.instances.len().try_into().unwrap(),
                messages: state.session.chat_history.len().try_into().unwrap(),
            })
        };
        let mut outlines = ids().each_ref().map(outline);
        let mut commit: Vec<(usize, Event)> = Vec::new();
        for dice in dice {
            let second = usize::from(dice.second);
            let event = event(dice, &outlines[second]);
            if outlines[second].apply(&event).is_err() {
                continue;
            }
            commit.push((second, event));
            // A commit is of one session here; its events are let go together.
            if commit.len() > 3 || commit[0].0 != second {
                write(log, &mut commit);
            }
        }
        write(log, &mut commit);
    }

    /// The sessions that were created.
    pub(crate) fn streams(&self) -> Vec<StreamId> {
        let reader = self.log.reader().unwrap();
        ids().iter().filter_map(|name| reader.stream(name).unwrap()).collect()
    }

    pub(crate) fn head(&self) -> Position {
        self.log.reader().unwrap().head().unwrap().position
    }

    pub(crate) fn positions(&self) -> impl Iterator<Item = Position> + use<> {
        (0..=self.head().get()).map(|position| Position::new(position).unwrap())
    }

    /// The session as the log's own fold has it, whole.
    pub(crate) fn folded(&self, stream: StreamId, at: Position) -> Option<SessionState> {
        let mut reader = self.log.reader().unwrap();
        let mut state = reader.state(stream, at).unwrap();
        if let Some(state) = &mut state {
            reader.resolve(&mut state.session).unwrap();
        }
        state
    }

    /// A state of the travelling kind as the log's own, whole.
    pub(crate) fn whole(&self, state: Option<&retold_travel::State>) -> Option<SessionState> {
        let mut state = state?.to_session_state();
        self.log.reader().unwrap().resolve(&mut state.session).unwrap();
        Some(state)
    }

    /// Appends events to a session, each with when it happened, in microseconds since 1970.
    pub(crate) fn append(&self, name: &StreamName, events: impl IntoIterator<Item = (i64, Event)>) {
        let new = |(at, event)| NewEvent { event, occurred_at: time::from_micros(at) };
        let events: Vec<_> = events.into_iter().map(new).collect();
        self.log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
    }

    /// Takes the bodies at some positions out, as a redaction does.
    pub(crate) fn redact(&self, positions: &[Position]) {
        let connection = self.log.open_writer().unwrap();
        for position in positions {
            connection
                .execute(
                    "insert or ignore into redaction (position, body_commit, by_position) values (?1, zeroblob(32), ?1)",
                    [position],
                )
                .unwrap();
            connection
                .execute("update event set body = null, salt = null where position = ?1", [position])
                .unwrap();
        }
    }
}

fn write(log: &Log, commit: &mut Vec<(usize, Event)>) {
    let mut rest = std::mem::take(commit).into_iter().peekable();
    while let Some((second, first)) = rest.next() {
        let mut events = vec![first];
        while let Some((_, event)) = rest.next_if(|(other, _)| *other == second) {
            events.push(event);
        }
        log.append(Commit::to(ids()[second].clone(), Expected::Any, events)).unwrap();
    }
}

fn event(dice: &Dice, outline: &Outline) -> Event {
    let Dice { text, flag, .. } = dice;
    let time = dice.time.then(|| format!("2026-11-23T09:00:{:02}Z", text.len() % 60));
    let (updated_at, text) = (time, text.clone());
    let at = |length: u32| u32::try_from(dice.at.index(length.max(1) as usize)).unwrap();
    let place = |length: u32| flag.then(|| u32::try_from(dice.at.index(length as usize + 1)).unwrap());
    let unknown = |text: &str| match text.len() % 4 {
        0 => json!({}),
        1 => json!({"evaluation": text, "a/b": 1}),
        2 => json!({"a/b": [1, 2]}),
        _ => json!({"a/b": null, "evaluation": {"score": 7}}),
    };
    if !outline.exists {
        let mut session = session(if dice.second { "b2" } else { "a1" });
        session.task = text;
        let (place, home) = (flag.then_some(7.5), flag.then(|| "elsewhere".to_owned()));
        return SessionCreated { session, place, home }.into();
    }
    match dice.kind {
        0 => TaskChanged { task: text, updated_at }.into(),
        1 | 2 => {
            let completed_at = flag.then(|| Some("2026-11-23T10:00:00Z".to_owned()));
            SessionStatusChanged { status: text, completed_at, updated_at }.into()
        }
        3 => WinnerSelected { winner_id: flag.then_some(at(9)), updated_at }.into(),
        4 => {
            let extra = serde_json::from_value(unknown(&text)).unwrap();
            let set = SessionPatch {
                model: Some(flag.then_some(text)),
                total_duration: Some(Some(u64::MAX)),
                runtime_mix: flag.then(|| Some(vec!["claude".to_owned(), "claude".to_owned()])),
                extra: Some(extra),
                ..SessionPatch::default()
            };
            SessionDetailsChanged { set }.into()
        }
        5 if *flag => SessionMoved { place: f64::from(at(100)) }.into(),
        5 => TagsChanged { tags: vec![format!("t{}", at(100))] }.into(),
        6 if *flag => SessionDeleted {}.into(),
        7 => SessionRestored {}.into(),
        8..=10 => {
            let instance: Instance = serde_json::from_value(json!({
                "instanceId": at(4), "worktreePath": "/w", "branch": "b", "agentName": text, "status": "running",
                "tmuxSessionId": "t", "output": null,
            }))
            .unwrap();
            InstanceAdded { instance, index: place(outline.instances), updated_at }.into()
        }
        11 => InstanceStatusChanged { index: at(outline.instances), status: text, updated_at }.into(),
        12..=14 => {
            OutputAppended { index: at(outline.instances), text: text.as_str().into(), updated_at }.into()
        }
        15 => {
            let text = flag.then(|| text.as_str().into());
            OutputReplaced { index: at(outline.instances), text, updated_at }.into()
        }
        16 => {
            let extra = flag.then(|| serde_json::from_value(unknown(&text)).unwrap());
            let set = InstancePatch { end_time: Some(Some(text)), extra, ..InstancePatch::default() };
            InstanceDetailsChanged { index: at(outline.instances), set, updated_at }.into()
        }
        17 => InstanceRemoved { index: at(outline.instances), updated_at }.into(),
        18..=23 => {
            let message: Message = serde_json::from_value(json!({
                "id": format!("msg-{}", at(5)), "role": if *flag { "user" } else { "assistant" }, "content": text,
                "timestamp": "2026-11-23T09:00:00Z",
            }))
            .unwrap();
            MessageAdded { message, index: place(outline.messages), updated_at }.into()
        }
        24 | 25 => {
            let extra = flag.then(|| serde_json::from_value(unknown(&text)).unwrap());
            let set = MessagePatch { role: flag.then(|| text.clone()), extra, ..MessagePatch::default() };
            let content = Some(text.as_str().into());
            MessageChanged { index: at(outline.messages), set, content, updated_at }.into()
        }
        _ => MessageRemoved { index: at(outline.messages), updated_at }.into(),
    }
}
