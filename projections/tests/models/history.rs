//! Any history that fits: commits of events for several sessions of several workspaces, some bodies redacted.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use retold_core::event::*;
use retold_core::{Commit, Event, Expected, InstancePatch, MessagePatch, SessionPatch};
use retold_core::{Log, SessionState, StreamName, Text};
use serde_json::json;

use crate::given;

/// An event in the log to be: its place is its position.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) stream: StreamName,
    pub(crate) event: Event,
    /// Whether it begins a commit, and whether it begins a stream's part of one.
    begins: (bool, bool),
}

#[derive(Clone, Default)]
pub(crate) struct History {
    pub(crate) steps: Vec<Step>,
    /// The positions whose bodies are gone in the end.
    pub(crate) redacted: BTreeSet<u64>,
}

/// One line a step, long texts cut.
impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "redacted {:?}", self.redacted)?;
        for (position, step) in (1..).zip(&self.steps) {
            let body = serde_json::to_string(&step.event).map_err(|_| std::fmt::Error)?;
            let body: String = body.chars().take(160).collect();
            writeln!(f, "{position} {} {} {body} {:?}", step.stream, step.event.event_type(), step.begins)?;
        }
        Ok(())
    }
}

/// What a random step is made from.
#[derive(Clone, Debug)]
struct Dice {
    stream: prop::sample::Index,
    kind: u8,
    place: u32,
    text: String,
    time: Option<String>,
    flag: bool,
    cut: bool,
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    histories_of((0..32_u8).boxed(), streams().to_vec())
}

/// Those in which some events are corrections of others: now and then of all streams, mostly of one or two sessions, whose few
/// places are written again and again, before and after they are corrected.
pub(crate) fn corrected_histories() -> impl Strategy<Value = History> {
    const CORRECTS: std::ops::Range<u8> = 32..37;
    let again = prop::sample::select(&[0_u8, 0, 1, 3, 4, 5, 8, 10, 11, 17, 19, 25, 27, 28, 29]);
    let of_few = prop_oneof![2 => CORRECTS, 5 => again, 1 => 0..32_u8].boxed();
    let [_, one, two, ..] = streams();
    prop_oneof![
        1 => histories_of((0..CORRECTS.end).boxed(), streams().to_vec()),
        2 => histories_of(of_few.clone(), vec![one.clone()]),
        1 => histories_of(of_few, vec![one, two]),
    ]
}

fn histories_of(kinds: BoxedStrategy<u8>, streams: Vec<StreamName>) -> impl Strategy<Value = History> {
    vec(dice(kinds), 1..60).prop_map(move |dice| {
        let mut history = History::default();
        for dice in dice {
            history.roll(&dice, &streams);
        }
        history
    })
}

fn dice(kinds: BoxedStrategy<u8>) -> impl Strategy<Value = Dice> {
    let text = prop_oneof![
        Just(String::new()),
        Just("running".to_owned()),
        Just("a\0b \u{1b}[31m'; drop table event; --".to_owned()),
        Just("👩‍👩‍👧‍👦 修理する \"quoted\\\"".to_owned()),
        (4090_usize..4100).prop_map(|times| "l".repeat(times)),
    ];
    let time = prop::option::of(prop::sample::select(&[
        "2025-11-14T01:02:03.123456789+00:00",
        "2025-11-14T01:02:03.123Z",
        "2026-11-23 00:35:31",
        "soon",
        "",
    ]))
    .prop_map(|time| time.map(str::to_owned));
    let parts = (any::<prop::sample::Index>(), kinds, any::<u32>(), text, time, any::<[bool; 2]>());
    parts.prop_map(|(stream, kind, place, text, time, [flag, cut])| Dice {
        stream,
        kind,
        place,
        text,
        time,
        flag,
        cut,
    })
}

fn streams() -> [StreamName; 7] {
    [
        StreamName::workspace("w1"),
        StreamName::session("w1", "a1", 1),
        StreamName::session("w1", "a1", 2),
        StreamName::session("w1", "", 1),
        StreamName::workspace("w2"),
        StreamName::session("w2", "a1", 1),
        StreamName::session("w3", "c3", 1),
    ]
}

impl History {
    fn roll(&mut self, dice: &Dice, streams: &[StreamName]) {
        let stream = dice.stream.get(streams).clone();
        let event = if stream.is_workspace() {
            self.workspace_event(dice)
        } else {
            self.session_event(&stream, dice)
        };
        let Some(event) = event else { return };
        // A redaction stands in the stream of what it redacts.
        let stream = match &event {
            Event::BodyRedacted(body) => {
                self.steps[usize::try_from(body.position).unwrap() - 1].stream.clone()
            }
            _ => stream,
        };
        let commit = self.steps.iter().rposition(|step| step.begins.0).unwrap_or(0);
        let same_part = self.steps.last().is_some_and(|last| last.stream == stream);
        let in_commit = self.steps[commit..].iter().any(|step| step.stream == stream);
        // What is redacted is gone when the commit is there.
        let after_redaction =
            self.steps.last().is_none_or(|last| matches!(last.event, Event::BodyRedacted(_)));
        // Only what is in the log already can be redacted.
        let redacts_its_own = matches!(&event, Event::BodyRedacted(body) if body.position > commit as u64);
        let begins_commit = after_redaction || redacts_its_own || dice.cut || (in_commit && !same_part);
        if let Event::BodyRedacted(body) = &event {
            self.redacted.insert(body.position);
        }
        self.steps.push(Step { stream, event, begins: (begins_commit, begins_commit || !same_part) });
    }

    fn workspace_event(&self, dice: &Dice) -> Option<Event> {
        if dice.kind == 31 {
            return self.redaction(dice);
        }
        let path = dice.flag.then(|| dice.text.clone());
        let hashes = vec![dice.text.clone(); (dice.place % 3) as usize];
        Some(WorkspaceRegistered { path, hashes }.into())
    }

    fn redaction(&self, dice: &Dice) -> Option<Event> {
        let position = u64::from(dice.place) % self.steps.len().max(1) as u64 + 1;
        let step = self.steps.get(usize::try_from(position).unwrap() - 1)?;
        let fresh = !self.redacted.contains(&position) && !matches!(step.event, Event::BodyRedacted(_));
        fresh.then(|| BodyRedacted { position, reason: "a secret".to_owned() }.into())
    }

    fn session_event(&self, stream: &StreamName, dice: &Dice) -> Option<Event> {
        let (text, updated_at) = (dice.text.clone(), dice.time.clone());
        if dice.kind == 31 {
            return self.redaction(dice);
        }
        let Some(state) = self.state(stream) else {
            let mut session = given::session(&stream.session_id);
            session.total_duration = dice.flag.then_some(u64::MAX);
            session.runtime_mix = dice.cut.then(|| vec![text.clone(), text.clone()]);
            session.created_at = dice.time.clone().unwrap_or_default();
            let place = dice.flag.then_some(f64::from(dice.place) / 2.0);
            return Some(SessionCreated { session, place, home: dice.cut.then_some(text) }.into());
        };
        if state.records.deleted {
            return Some(SessionRestored {}.into());
        }
        let (instances, messages) = (state.session.instances.len(), state.session.chat_history.len());
        let length = |length: usize| u32::try_from(length).unwrap();
        let within = |list: usize| (list > 0).then(|| dice.place % length(list).max(1));
        let position = self.steps.len() + 1;
        Some(match dice.kind {
            0 => TaskChanged { task: text, updated_at }.into(),
            1 => SessionStatusChanged {
                status: text,
                completed_at: dice.flag.then(|| dice.time.clone()),
                updated_at,
            }
            .into(),
            2 => WinnerSelected { winner_id: dice.flag.then_some(dice.place), updated_at }.into(),
            3 => {
                let set = SessionPatch {
                    id: dice.flag.then(|| text.clone()),
                    kind: dice.cut.then_some(text),
                    updated_at,
                    total_duration: Some(dice.flag.then_some(u64::from(dice.place))),
                    preserve_worktrees: Some(Some(dice.cut)),
                    extra: Some(extra_session(dice).extra),
                    ..SessionPatch::default()
                };
                SessionDetailsChanged { set }.into()
            }
            4 if dice.place.is_multiple_of(2) => SessionMoved { place: f64::from(dice.place) }.into(),
            4 => TagsChanged { tags: vec![format!("t{}", dice.place)] }.into(),
            5 | 6 => SessionDeleted {}.into(),
            7..=9 => {
                InstanceAdded { instance: given::instance(dice.place % 3), index: None, updated_at }.into()
            }
            10 => {
                let index = Some(dice.place % (length(instances) + 1));
                InstanceAdded { instance: given::instance(7), index, updated_at }.into()
            }
            11 => InstanceStatusChanged { index: within(instances)?, status: text, updated_at }.into(),
            12..=15 => {
                let text = Text::from(format!("{position}: {text}"));
                OutputAppended { index: within(instances)?, text, updated_at }.into()
            }
            16 => {
                let text = dice.flag.then(|| Text::from(text));
                OutputReplaced { index: within(instances)?, text, updated_at }.into()
            }
            17 => {
                let set = InstancePatch {
                    end_time: Some(dice.time.clone()),
                    lines_added: Some(Some(dice.place)),
                    runtime_label: Some(Some(text)),
                    ..InstancePatch::default()
                };
                InstanceDetailsChanged { index: within(instances)?, set, updated_at }.into()
            }
            18 => InstanceRemoved { index: within(instances)?, updated_at }.into(),
            19..=24 => {
                let message = given::message(&format!("m{}", dice.place % 3), &format!("{position}: {text}"));
                MessageAdded { message, index: None, updated_at }.into()
            }
            25 | 26 => {
                let index = Some(dice.place % (length(messages) + 1));
                MessageAdded { message: given::message("between", &text), index, updated_at }.into()
            }
            27 | 28 => {
                let set = MessagePatch {
                    role: dice.cut.then(|| text.clone()),
                    instance_id: Some(dice.flag.then_some(dice.place)),
                    ..MessagePatch::default()
                };
                let content = dice.flag.then(|| Text::from(text));
                MessageChanged { index: within(messages)?, set, content, updated_at }.into()
            }
            // The session's next events are a correction, of a revision before it or of none.
            32..37 => {
                let revisions = self.steps.iter().filter(|step| step.stream == *stream).count() as u64;
                MappingCorrected {
                    revision: u64::from(dice.place) % (revisions + 2),
                    events: dice.place / 7 % 5,
                    withdrawn: Vec::new(),
                    unused: Vec::new(),
                }
                .into()
            }
            _ => MessageRemoved { index: within(messages)?, updated_at }.into(),
        })
    }

    /// Folds a stream as it is after all the steps.
    pub(crate) fn state(&self, stream: &StreamName) -> Option<SessionState> {
        let mut state = None;
        for (position, step) in (1..).zip(&self.steps).filter(|(_, step)| step.stream == *stream) {
            if self.redacted.contains(&position) {
                SessionState::apply_erased(
                    &mut state,
                    step.event.event_type(),
                    retold_core::Erasure::Redacted,
                );
            } else {
                SessionState::apply(&mut state, &step.event).unwrap();
            }
        }
        state
    }

    /// The streams that have events, in the order of their first one, which is that of their numbers.
    pub(crate) fn streams(&self) -> Vec<StreamName> {
        let mut seen = BTreeMap::new();
        for (position, step) in self.steps.iter().enumerate() {
            seen.entry(step.stream.clone()).or_insert(position);
        }
        let mut streams: Vec<_> = seen.into_iter().map(|(stream, position)| (position, stream)).collect();
        streams.sort();
        streams.into_iter().map(|(_, stream)| stream).collect()
    }

    pub(crate) fn one_by_one(&self) -> Vec<Vec<&Step>> {
        self.steps.iter().map(|step| vec![step]).collect()
    }

    pub(crate) fn in_commits(&self) -> Vec<Vec<&Step>> {
        let mut commits: Vec<Vec<&Step>> = Vec::new();
        for step in &self.steps {
            match commits.last_mut() {
                Some(commit) if !step.begins.0 => commit.push(step),
                _ => commits.push(vec![step]),
            }
        }
        commits
    }
}

fn extra_session(dice: &Dice) -> retold_core::Session {
    let mut document = serde_json::to_value(given::session("")).unwrap();
    if dice.flag {
        document["evaluation"] = json!({"score": 1.5, "notes": [dice.text, null]});
    }
    serde_json::from_value(document).unwrap()
}

impl History {
    /// Appends commits of [`one_by_one`](Self::one_by_one) or [`in_commits`](Self::in_commits). The log takes the bodies
    /// out that they say are redacted.
    pub(crate) fn append(&self, log: &Log, steps: &[&Step]) {
        let mut commit = Commit::default();
        for part in steps.chunk_by(|one, other| one.stream == other.stream) {
            let events = part.iter().map(|step| step.event.clone());
            commit = commit.and(part[0].stream.clone(), Expected::Any, events);
        }
        log.append(commit).unwrap();
    }
}
