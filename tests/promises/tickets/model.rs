//! Callers that hand over at random, and a model of what the log may say of it.

use std::collections::{BTreeMap, HashMap};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use retold::{Error, Session, SessionHistory, Ticket};
use retold_core::{Event, Log, Position, Recorded, SessionState, StreamId, StreamName};
use retold_tests::{all_events, assert_sound};

use super::{IDS, NUMBERS, TICK, WORKSPACE, block_on, document, message, poll_until};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Create,
    Update,
    Delete,
    Say,
    Status(u32),
    Output(u32),
    Select(Option<u32>),
    Restore,
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    op: Op,
    id: &'static str,
    tag: String,
    /// Whether its ticket was looked at, and what it said.
    outcome: Option<Result<(), String>>,
}

pub(super) fn draw(dice: &mut StdRng) -> Op {
    let number = *[1, 2].choose(dice).unwrap();
    match dice.random_range(0..100) {
        0..6 => Op::Create,
        6..18 => Op::Update,
        18..26 => Op::Delete,
        26..34 => Op::Restore,
        34..56 => Op::Say,
        56..66 => Op::Status(number),
        66..92 => Op::Output(number),
        _ => Op::Select(Some(number).filter(|_| dice.random_range(0..3) > 0)),
    }
}

/// A ticket, whatever it answers.
pub(super) enum Any {
    Session(Ticket<Session>),
    Nothing(Ticket<()>),
    Position(Ticket<Position>),
}

pub(super) fn hand_over(history: &SessionHistory, call: &Call) -> Any {
    let (id, tag) = (call.id, &*call.tag);
    let writes = history.with_idempotency_key(tag);
    match call.op {
        Op::Create => Any::Session(writes.create_session_later(WORKSPACE, document(id, tag)).unwrap()),
        Op::Update => Any::Session(writes.update_session_later(WORKSPACE, document(id, tag)).unwrap()),
        Op::Delete => Any::Nothing(writes.delete_session_later(WORKSPACE, id).unwrap()),
        Op::Say => Any::Session(writes.add_chat_message_later(WORKSPACE, id, message(tag)).unwrap()),
        Op::Status(number) => {
            Any::Session(writes.update_instance_status_later(WORKSPACE, id, number, tag).unwrap())
        }
        Op::Output(number) => {
            Any::Position(writes.append_output_later(WORKSPACE, id, number, format!("{tag}\n")).unwrap())
        }
        Op::Select(number) => Any::Session(writes.select_winner_later(WORKSPACE, id, number).unwrap()),
        Op::Restore => Any::Session(writes.restore_session_later(WORKSPACE, id).unwrap()),
    }
}

/// Holds an answer to the call: it is the session with what was written.
pub(super) fn check_answer(call: &Call, session: &Session) {
    let first_of = |number: u32| NUMBERS.iter().position(|other| *other == number).unwrap();
    match call.op {
        Op::Say => assert!(session.chat_history.iter().any(|said| said.id == call.tag), "{call:?}"),
        Op::Status(number) => assert_eq!(session.instances[first_of(number)].status, call.tag),
        Op::Select(winner) => assert_eq!(session.winner_id, winner),
        Op::Create | Op::Update => assert_eq!(session.task, call.tag),
        Op::Delete | Op::Output(_) | Op::Restore => {}
    }
    assert_eq!(session.id, call.id);
}

pub(super) fn settle<T>(ticket: Ticket<T>, how: u32) -> Result<T, Error> {
    match how {
        0 => ticket.wait(),
        1 => poll_until(ticket),
        _ => block_on(ticket),
    }
}

pub(super) fn look(call: &mut Call, ticket: Any, how: u32) {
    let outcome = match ticket {
        Any::Session(ticket) => settle(ticket, how).map(|session| check_answer(call, &session)),
        Any::Nothing(ticket) => settle(ticket, how),
        Any::Position(ticket) => settle(ticket, how).map(drop),
    };
    if let Err(error) = &outcome {
        assert!(matches!(error, Error::SessionNotFound { .. }), "{call:?}: {error:?}");
    }
    call.outcome = Some(outcome.map_err(|error| error.to_string()));
}

/// One caller: hands over, and looks at some tickets, at once, later, or never.
pub(super) fn caller(history: &SessionHistory, name: &str, count: u32, seed: u64) -> Vec<Call> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut calls: Vec<Call> = Vec::new();
    let mut kept: Vec<(usize, Any)> = Vec::new();
    for number in 0..count {
        TICK.set(TICK.get() + 1);
        let call = Call {
            op: draw(&mut dice),
            id: IDS.choose(&mut dice).unwrap(),
            tag: format!("{name}-{number}"),
            outcome: None,
        };
        let ticket = hand_over(history, &call);
        calls.push(call);
        let at = calls.len() - 1;
        match dice.random_range(0..10) {
            0..5 => drop(ticket),
            5..9 => kept.push((at, ticket)),
            _ => look(&mut calls[at], ticket, dice.random_range(0..3)),
        }
        while kept.len() > 12 {
            let (at, ticket) = kept.swap_remove(dice.random_range(0..kept.len()));
            look(&mut calls[at], ticket, dice.random_range(0..3));
        }
    }
    for (at, ticket) in kept {
        if dice.random_range(0..2) == 0 {
            look(&mut calls[at], ticket, dice.random_range(0..3));
        }
    }
    calls
}

/// The sessions as the log has made them, record by record.
#[derive(Default)]
pub(super) struct Model {
    /// By stream: its name, the position that it began at, its state, and the commit that deleted it.
    records: BTreeMap<StreamId, (StreamName, Position, SessionState, Option<Position>)>,
}

impl Model {
    /// The records of an id that are there, the first one first.
    fn there(&self, id: &str) -> Vec<StreamId> {
        let mut found: Vec<_> = self
            .records
            .iter()
            .filter(|(_, (name, _, state, _))| name.session_id == id && !state.records.deleted)
            .map(|(stream, (_, begun, ..))| (*begun, *stream))
            .collect();
        found.sort();
        found.into_iter().map(|(_, stream)| stream).collect()
    }

    /// The records of an id that its last delete took away, where there are some.
    fn deleted_last(&self, id: &str) -> Vec<StreamId> {
        let of_id = || self.records.iter().filter(|(_, (name, ..))| name.session_id == id);
        let last = of_id().filter_map(|(_, (.., deleted))| *deleted).max();
        of_id()
            .filter(|(_, (.., deleted))| deleted.is_some() && *deleted == last)
            .map(|(id, _)| *id)
            .collect()
    }

    fn take(&mut self, event: &Recorded, name: &StreamName) {
        let Some(what) = &event.event else { panic!("no body at {}", event.position) };
        let mut state = self.records.get(&event.stream).map(|(_, _, state, _)| state.clone());
        SessionState::apply(&mut state, what).unwrap();
        let begun = self.records.get(&event.stream).map_or(event.position, |(_, begun, ..)| *begun);
        let deleted = matches!(what, Event::SessionDeleted(_)).then_some(event.commit_first);
        self.records.insert(event.stream, (name.clone(), begun, state.unwrap(), deleted));
    }

    /// Whether a call would be refused, or had nothing to do.
    fn refuses(&self, call: &Call) -> bool {
        match call.op {
            Op::Create => false,
            Op::Restore => self.deleted_last(call.id).is_empty(),
            _ => self.there(call.id).is_empty(),
        }
    }

    /// Holds a commit to its call, as of what was there before it.
    fn check(&self, call: &Call, commit: &[Recorded], names: &HashMap<StreamId, StreamName>) {
        let there = self.there(call.id);
        let streams: Vec<StreamId> = commit.iter().map(|event| event.stream).collect();
        let index = |number: u32| u32::try_from(NUMBERS.iter().position(|n| *n == number).unwrap()).unwrap();
        let first = |said: &str| {
            assert_eq!(streams[0], *there.first().unwrap_or_else(|| panic!("{call:?}: {said}")), "{call:?}");
        };
        match (&call.op, commit[0].event.as_ref().unwrap()) {
            (Op::Create, Event::SessionCreated(body)) => {
                assert_eq!(body.session.task, call.tag);
                assert!(!self.records.contains_key(&streams[0]));
                assert_eq!(names[&streams[0]].session_id, call.id);
            }
            (Op::Update, _) => {
                first("an update of nothing");
                let told = commit.iter().any(
                    |event| matches!(&event.event, Some(Event::TaskChanged(body)) if body.task == call.tag),
                );
                assert!(told, "{call:?}");
            }
            (Op::Delete, Event::SessionDeleted(_)) => assert_eq!(streams, there, "{call:?}"),
            (Op::Restore, Event::SessionRestored(_)) => {
                let mut streams = streams.clone();
                streams.sort();
                assert_eq!(streams, self.deleted_last(call.id), "{call:?}");
            }
            (Op::Say, Event::MessageAdded(body)) => {
                first("a message to nobody");
                assert_eq!((&body.message.id, body.index), (&call.tag, None));
            }
            (Op::Status(number), Event::InstanceStatusChanged(body)) => {
                first("a status of nothing");
                assert_eq!((&body.status, body.index), (&call.tag, index(*number)));
            }
            (Op::Output(number), Event::OutputAppended(body)) => {
                first("output of nothing");
                assert_eq!(body.index, index(*number));
                assert_eq!(body.text.as_str(), Some(&*format!("{}\n", call.tag)));
            }
            (Op::Select(number), Event::WinnerSelected(body)) => {
                first("a winner of nothing");
                assert_eq!(body.winner_id, *number);
                let (.., state, _) = &self.records[&streams[0]];
                let others = state.session.instances.iter().zip(0..).filter(|(instance, at)| {
                    number.is_some_and(|number| *at != index(number)) && instance.status != "archived"
                });
                let archived: Vec<u32> = others.map(|(_, at)| at).collect();
                let said: Vec<u32> = commit[1..]
                    .iter()
                    .map(|event| match &event.event {
                        Some(Event::InstanceStatusChanged(body)) => body.index,
                        other => panic!("{call:?}: {other:?}"),
                    })
                    .collect();
                assert_eq!(said, archived, "{call:?}");
            }
            (_, other) => panic!("{call:?}: {other:?}"),
        }
    }
}

/// Holds a log to what its callers handed over.
pub(super) fn check(log: &Log, callers: &[Vec<Call>]) {
    assert_sound(log);
    let reader = log.reader().unwrap();
    let events = all_events(log);
    let names: HashMap<StreamId, StreamName> =
        events.iter().map(|event| (event.stream, reader.name(event.stream).unwrap())).collect();
    // Each call's turn: the position of its first event, or the end of the log that it had nothing to add to.
    let turn = |call: &Call| {
        let used = reader.use_of_key(&call.tag).unwrap()?;
        Some(if used.first == Position::ZERO { (used.last, false) } else { (used.first, true) })
    };
    let mut by_commit: HashMap<Position, &Call> = HashMap::new();
    let mut unsaid: Vec<(Position, Position, &Call)> = Vec::new();
    for calls in callers {
        let mut last = Position::ZERO;
        let mut open: Vec<&Call> = Vec::new();
        for call in calls {
            match turn(call) {
                Some((at, true)) => {
                    assert!(at > last, "{call:?} stands before what was handed over before it");
                    assert!(by_commit.insert(at, call).is_none());
                    unsaid.extend(open.drain(..).map(|call| (last, at, call)));
                    last = at;
                }
                Some((at, false)) => {
                    assert!(at >= last, "{call:?} had its turn before what was handed over before it");
                    unsaid.push((at, at.plus(1), call));
                }
                None => {
                    assert!(
                        !matches!(call.outcome, Some(Ok(()))),
                        "{call:?} was acknowledged, and is not there"
                    );
                    open.push(call);
                }
            }
        }
        unsaid.extend(open.drain(..).map(|call| (last, Position::ZERO.plus(u64::MAX), call)));
    }
    let mut model = Model::default();
    let mut justified = vec![false; unsaid.len()];
    let mut rest = &events[..];
    let mut registered = 0;
    let mut known = 0;
    while let Some(begin) = rest.first() {
        let length = rest.iter().take_while(|event| event.commit_first == begin.commit_first).count();
        let (commit, behind) = rest.split_at(length);
        rest = behind;
        // The end of `before` may be the moment of a call that wrote nothing.
        let before = Position::ZERO.plus(begin.position.get() - 1);
        excuse(&model, before, &unsaid, &mut justified);
        let (own, of_workspace): (Vec<Recorded>, Vec<Recorded>) =
            commit.iter().cloned().partition(|event| !names[&event.stream].is_workspace());
        registered += of_workspace.len();
        if let Some(call) = by_commit.get(&begin.position) {
            known += 1;
            model.check(call, &own, &names);
        }
        own.iter().for_each(|event| model.take(event, &names[&event.stream]));
    }
    excuse(&model, Position::ZERO.plus(events.len() as u64), &unsaid, &mut justified);
    assert_eq!(known, by_commit.len(), "a key names what is no commit");
    assert_eq!(registered, 1, "the workspace is told once");
    for ((from, to, call), justified) in unsaid.iter().zip(justified) {
        assert!(justified, "{call:?} was lost: nothing refused it from {from} to {to}");
    }
}

/// Marks the calls that a model at the end of `at` refuses, of those that may have had their turn there.
pub(super) fn excuse(
    model: &Model,
    at: Position,
    unsaid: &[(Position, Position, &Call)],
    justified: &mut [bool],
) {
    for ((from, to, call), justified) in unsaid.iter().zip(justified) {
        *justified |= *from <= at && at < *to && model.refuses(call);
    }
}
