//! A fork is its parent up to a moment, and can be held against it.

use proptest::prelude::*;
use retold_core::event::{MessageAdded, MessageChanged};
use retold_core::{Event, EventType, Limit, Origin, Position, Recorded, Revision, StreamId};
use retold_tests::{all_events, assert_sound};
use retold_travel::{Authors, Error, Timeline, diff, fork};

use super::histories::{Given, corrects, dice, minute, status};
use crate::nightly;

fn events(given: &Given, stream: StreamId) -> Vec<Recorded> {
    let mut reader = given.log.reader().unwrap();
    let limit = Limit { rows: u32::MAX - 1, bytes: usize::MAX };
    reader.stream_events_after(stream, Revision::ZERO, given.head(), limit).unwrap().events
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

    #[test]
    fn a_fork_equals_its_parent_and_shares_its_history(
        dice in dice(1..80), at in any::<prop::sample::Index>(), gone in any::<u64>(),
    ) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let at = moments[at.index(moments.len())];
        // Bodies that change nothing but a value may be gone: the rest still fits.
        let values = all_events(&given.log).into_iter().filter(|event| {
            use retold_core::EventType as Kind;
            matches!(event.kind, Kind::TaskChanged | Kind::SessionStatusChanged | Kind::OutputAppended)
        });
        let redacted: Vec<Position> = values
            .map(|event| event.position)
            .filter(|position| gone >> (position.get() % 64) & 1 == 1)
            .collect();
        given.redact(&redacted);
        for stream in given.streams() {
            let parent = Timeline::of(&given.log, stream).unwrap().at(at).unwrap();
            let id = format!("fork-{}", stream.get());
            let forked = match fork(&given.log, stream, at, Some(&id)) {
                Ok(forked) => forked,
                Err(Error::NotThere { .. }) => {
                    prop_assert!(parent.state.is_none_or(|state| state.records.deleted));
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            let reader = given.log.reader().unwrap();
            let own = reader.stream(&forked.stream).unwrap().unwrap();
            let mut timeline = Timeline::of(&given.log, own).unwrap();
            let state = timeline.at(given.head()).unwrap().state.unwrap();
            let changed: Vec<String> = diff(parent.state.as_ref(), Some(&state), reader.connection())
                .unwrap()
                .iter()
                .map(|patch| patch.path.to_string())
                .collect();
            prop_assert_eq!(changed, ["id"]);
            prop_assert_eq!(&state.session.id, &id);

            let parents: Vec<Recorded> = events(&given, stream)
                .into_iter()
                .filter(|event| event.position <= at && !redacted.contains(&event.position))
                .collect();
            let owns = events(&given, own);
            prop_assert_eq!(owns.len(), parents.len() + 1);
            for (own, parent) in owns.iter().zip(&parents) {
                prop_assert!(is_of_parent(own, parent), "{own:?} {parent:?}");
            }
            let author = Authors::default().get(&reader, owns[0].position).unwrap().clone();
            let from = author.meta.clone().unwrap().from.unwrap();
            prop_assert_eq!((author.origin().unwrap(), from.position), (Origin::Fork, parent.position.get()));
            prop_assert_eq!(&from.hash.0, parent.hash.as_bytes());
            let again = fork(&given.log, stream, at, Some(&id));
            let is_refused = matches!(again, Err(Error::IdTaken { .. }));
            prop_assert!(is_refused);
        }
        if redacted.is_empty() {
            assert_sound(&given.log);
        }
    }
}

/// Whether an event of a fork is the one that its parent had, whose revisions it may name by lower numbers.
fn is_of_parent(own: &Recorded, parent: &Recorded) -> bool {
    let said = parent.event.clone().or_else(|| Event::of_erased(parent.kind, parent.erasure?));
    let is_alike = match (&own.event, &said) {
        (Some(Event::MappingCorrected(own)), Some(Event::MappingCorrected(parent))) => {
            own.revision <= parent.revision && own.events <= parent.events
        }
        (own, said) => own == said,
    };
    own.kind == parent.kind && own.occurred_at == parent.occurred_at && is_alike
}

/// Writes a session with a message or another a minute, of which some are corrected later and some redacted; returns its stream and
/// when its events happened.
fn corrected(given: &Given, dice: &[(u8, prop::sample::Index)]) -> (StreamId, Vec<i64>) {
    let name = retold_tests::name("a1");
    given.append(&name, [(minute(0), retold_tests::created("a1"))]);
    let stream = given.streams()[0];
    let (mut times, mut messages) = (vec![minute(0)], 0_usize);
    // Which events say that a body was redacted: nothing corrects them.
    let mut redactions = Vec::new();
    for (nth, (kind, index)) in dice.iter().enumerate() {
        let (now, of) = (minute(nth + 1), index.index(times.len()));
        let then = times[of];
        let correction = |events: u32| corrects(of as u64 + 1, events);
        let changed = |messages: usize| {
            let (index, content) =
                (u32::try_from(index.index(messages)).unwrap(), Some(nth.to_string().into()));
            Event::from(MessageChanged { index, set: Default::default(), content, updated_at: None })
        };
        let added = |messages: usize| {
            let index = Some(u32::try_from(index.index(messages + 1)).unwrap());
            let message = retold_core::Message::new(format!("m{nth}"), "user", nth.to_string());
            Event::from(MessageAdded { message, index, updated_at: None })
        };
        let is_of_correction = (6..=8).contains(kind);
        if is_of_correction && redactions.contains(&of) {
            continue;
        }
        let events = match kind {
            0 | 1 => vec![(now, status(nth.to_string()))],
            2 if messages > 0 => vec![(now, changed(messages))],
            3..=5 => vec![(now, added(messages))],
            // The session's creation is corrected by nothing but its status.
            6 => vec![(now, correction(1)), (then, status(format!("{nth} corrected")))],
            7 if messages > 0 => {
                let status = status(format!("{nth} corrected"));
                vec![(now, correction(3)), (then, status), (then, added(messages)), (then, changed(messages))]
            }
            8 if messages > 0 => vec![(now, correction(1)), (then, changed(messages))],
            9 => {
                let all = events(given, stream);
                let is_value = |event: &&Recorded| {
                    event.event.is_some()
                        && matches!(
                            event.kind,
                            EventType::SessionStatusChanged
                                | EventType::MessageChanged
                                | EventType::MessageAdded
                        )
                };
                let values: Vec<Position> = all.iter().filter(is_value).map(|event| event.position).collect();
                if !values.is_empty() {
                    retold_upkeep::redact(&given.log, &[values[index.index(values.len())]].into(), "leaked")
                        .unwrap();
                    redactions.push(times.len());
                    times.resize(events(given, stream).len(), now);
                }
                continue;
            }
            _ => continue,
        };
        messages += events.iter().filter(|(_, event)| event.event_type() == EventType::MessageAdded).count();
        times.extend(events.iter().map(|(at, _)| *at));
        given.append(&name, events);
    }
    (stream, times)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(32))]

    /// At every date, by what is known now: also where what the parent says was corrected later, and where bodies are gone, so that
    /// events of it are not in the fork.
    #[test]
    fn a_fork_of_what_was_corrected_equals_its_parent_at_every_date(
        dice in proptest::collection::vec((0_u8..10, any::<prop::sample::Index>()), 1..30),
        at in any::<prop::sample::Index>(),
    ) {
        let given = Given::at(minute(0));
        let (stream, times) = corrected(&given, &dice);
        let end = times[at.index(times.len())];
        for (id, at, end) in [
            ("by-date", retold_travel::Moment::Occurred(end), end),
            ("whole", retold_travel::Moment::Recorded(given.head()), minute(dice.len())),
        ] {
            let forked = fork(&given.log, stream, at, Some(id)).unwrap();
            let reader = given.log.reader().unwrap();
            let own = reader.stream(&forked.stream).unwrap().unwrap();
            let mut parent = Timeline::of(&given.log, stream).unwrap();
            let mut fork = Timeline::of(&given.log, own).unwrap();
            for date in times.iter().copied().filter(|date| *date <= end) {
                let (was, is) = (parent.happened_by(date).unwrap(), fork.happened_by(date).unwrap());
                let mut differs = diff(was.state.as_ref(), is.state.as_ref(), reader.connection()).unwrap();
                // Its own id is its last event, which the log's clock says the time of.
                differs.retain(|patch| patch.path.to_string() != "id");
                prop_assert!(differs.is_empty(), "{id} at minute {}: {differs:?}", (date - minute(0)) / 60_000_000);
            }
        }
    }
}

/// A fork reads its parent, and is written later; a redaction looks for forks, and is written later: whichever comes first, nobody
/// says again what was redacted.
#[test]
fn no_fork_says_what_was_redacted_while_it_was_made() {
    const SECRET: &str = "hunter2";
    let store = retold_tests::Store::new();
    let models = retold_projections::Store::open(
        store.path(),
        retold_core::Options::new().create(true).durability(retold_core::Durability::Normal),
    )
    .unwrap();
    let log = models.log();
    for round in 0..nightly(40) {
        let name = retold_tests::name(&format!("s{round}"));
        let begin = [retold_tests::created(&name.session_id), retold_tests::message(SECRET)];
        let padding = (0..200).map(|number| retold_tests::task(number.to_string()));
        let events: Vec<_> = begin.into_iter().chain(padding).collect();
        let appended =
            log.append(retold_core::Commit::to(name.clone(), retold_core::Expected::Any, events)).unwrap();
        let stream = log.reader().unwrap().stream(&name).unwrap().unwrap();
        let said = appended.first.plus(1);
        let forked = std::thread::scope(|scope| {
            let forks: Vec<_> = (0..2)
                .map(|number| {
                    let id = format!("s{round}-{number}");
                    scope.spawn(move || fork(log, stream, appended.last, Some(&id)).unwrap())
                })
                .collect();
            retold_upkeep::redact(log, &[said].into(), "leaked").unwrap();
            forks.into_iter().map(|fork| fork.join().unwrap()).collect::<Vec<_>>()
        });
        let events = all_events(log);
        assert!(events.iter().any(|event| event.kind == EventType::BodyRedacted));
        for fork in forked {
            let says = |event: &&Recorded| match &event.event {
                Some(Event::MessageAdded(body)) => body.message.content.as_str() == Some(SECRET),
                _ => false,
            };
            let again = events.iter().filter(|event| event.commit_first == fork.appended.first).find(says);
            assert!(again.is_none(), "round {round}: {again:?}");
        }
    }
    assert_sound(log);
}
