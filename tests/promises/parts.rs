//! Parts of a log as stores of their own: what is in one is all there, and proves itself; nothing else is in it.

use std::path::Path;

use proptest::prelude::*;
use retold_core::{Commit, Error, Event, Expected, Log, Options, Position, StreamId};
use retold_projections::{SessionFilter, Store};
use retold_tests::{Store as Place, all_events, created, message, name, task};
use retold_travel::Authors;
use retold_upkeep::{Archive, TakenPart, back_up, prunable, prune, redact, restore, take_part};

use crate::nightly;

/// Takes sessions of a log into a store of their own, as they are now.
pub(crate) fn part(log: &Log, sessions: &[String], path: &Path) -> TakenPart {
    let head = log.reader().unwrap().head().unwrap();
    at(log, sessions, head.position, path)
}

fn at(log: &Log, sessions: &[String], position: Position, path: &Path) -> TakenPart {
    let reader = log.reader().unwrap();
    let find = |id: &String| reader.stream(&name(id)).unwrap();
    let streams: Vec<StreamId> = sessions.iter().filter_map(find).collect();
    let head = retold_core::Head { position, hash: reader.hash_at(position).unwrap().unwrap() };
    drop(reader);
    let fill = |path: &Path| Store::open(path, Options::new()).map(drop).map_err(|error| panic!("{error}"));
    take_part::<Error>(log, &streams, head, path, false, fill, |_| true).unwrap()
}

#[derive(Clone, Debug)]
enum Step {
    Say(u8, usize),
    Task(u8, String),
    Redact(u64),
    Prune,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_u8..4, 0_usize..6000).prop_map(|(session, length)| Step::Say(session, length)),
        2 => (0_u8..4, ".{0,40}").prop_map(|(session, text)| Step::Task(session, text)),
        1 => (0_u64..64).prop_map(Step::Redact),
        1 => Just(Step::Prune),
    ];
    prop::collection::vec(step, 1..24)
}

fn write(log: &Log, folder: &Path, steps: &[Step]) {
    let append = |session: u8, events: Vec<Event>| {
        log.append(Commit::to(name(&format!("s{session}")), Expected::Any, events)).unwrap();
    };
    // One commit holds events of several sessions.
    let all = (0..4).map(|session| format!("s{session}"));
    let commit = all.fold(Commit::default(), |commit, id| {
        let event = created(&id);
        commit.and(name(&id), Expected::Any, [event])
    });
    log.append(commit).unwrap();
    for (number, step) in steps.iter().enumerate() {
        let head = log.reader().unwrap().head().unwrap().position;
        match step {
            Step::Say(session, length) => {
                append(*session, vec![message(format!("s{session} says {}", "w ".repeat(*length)))]);
            }
            Step::Task(session, text) => append(*session, vec![task(text.clone())]),
            Step::Redact(place) => {
                let position = Position::new(place % head.get() + 1).unwrap();
                // What says that a body is gone is not redacted itself.
                let _refused = redact(log, &[position].into(), "a secret");
            }
            Step::Prune => {
                let path = folder.join(format!("archive-{number}.db"));
                back_up(log, &path, |_| true).unwrap();
                let archive = Archive::open(log, &path, |_| true).unwrap();
                prune(log, &archive, &prunable(log, head).unwrap(), None, |_| true).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(nightly(32)))]

    /// Events, states at every revision, rows of lists: what a part says of a session is what the whole says, up to the moment it
    /// was taken as of.
    #[test]
    fn a_part_says_of_its_sessions_what_the_whole_log_says(steps in steps(), chosen in 1_u8..16, until in 4_u64..64) {
        let place = Place::new();
        let log = place.open();
        write(&log, place.folder(), &steps);
        let events = all_events(&log);
        let until = Position::new(until.min(events.len() as u64)).unwrap();
        let sessions: Vec<String> =
            (0..4).filter(|session| chosen & 1 << session != 0).map(|session| format!("s{session}")).collect();
        let path = place.folder().join("part.db");
        // A session may have been erased since: what is gone is gone from what was, too.
        let taken = at(&log, &sessions, until, &path);
        prop_assert!(taken.verified.is_sound());
        let of_part = Options::new().read_only(true).open(&path).unwrap();
        let (mut whole, mut own) = (log.reader().unwrap(), of_part.reader().unwrap());
        let missing = taken.verified.part.as_ref().unwrap();
        prop_assert_eq!(missing.absent + taken.verified.events, until.get());
        prop_assert_eq!(missing.head.position, until);
        for id in &sessions {
            let (there, here) = (whole.stream(&name(id)).unwrap().unwrap(), own.stream(&name(id)).unwrap().unwrap());
            for event in events.iter().filter(|event| event.stream == there && event.position <= until) {
                let found = own.event_at(event.position).unwrap().unwrap();
                prop_assert_eq!(found.hash, event.hash);
                prop_assert_eq!(&found.event, &event.event);
                // The first event of its commit says whose it is: where the part lacks that, nobody is named.
                let has_first = own.event_at(event.commit_first).unwrap().is_some();
                let origin = |reader: &retold_core::Reader<'_>| {
                    Authors::default().get(reader, event.position).unwrap().origin()
                };
                prop_assert_eq!(origin(&own), origin(&whole).filter(|_| has_first));
                let mut states = [whole.state(there, event.position).unwrap(), own.state(here, event.position).unwrap()];
                for (state, reader) in states.iter_mut().zip([&mut whole, &mut own]) {
                    if let Some(state) = state {
                        reader.resolve(&mut state.session).unwrap();
                    }
                }
                // What went since says another word in its place.
                if until.get() == events.len() as u64 {
                    prop_assert_eq!(&states[0], &states[1]);
                }
            }
        }
        // The lists are those of the whole as it was then, but for what happened to the sessions since.
        let listed = |path: &Path| {
            let rows = Store::open(path, Options::new().read_only(true)).unwrap().sessions(&SessionFilter::default());
            rows.unwrap()
        };
        if until.get() == events.len() as u64 {
            drop(Store::open(log.path(), Options::new()).unwrap());
            let mut wanted = listed(log.path());
            let streams = sessions.iter().map(|id| whole.stream(&name(id)).unwrap().unwrap().get());
            let streams: Vec<i64> = streams.collect();
            wanted.retain(|row| streams.contains(&row.stream));
            let said = |rows: &[_]| serde_json::to_value(rows).unwrap();
            prop_assert_eq!(said(&listed(&path)), said(&wanted));
        }
    }
}

#[test]
fn nothing_is_in_a_part_but_its_sessions() {
    let place = Place::new();
    let log = place.open();
    let canary =
        |session: &str, number: usize| format!("canary-{session}-{number}-{}", "plumage".repeat(number % 3));
    for id in ["mine", "theirs"] {
        let said = (0..400).map(|number| message(format!("{} and more of it", canary(id, number))));
        log.append(Commit::to(name(id), Expected::Any, std::iter::once(created(id)).chain(said))).unwrap();
        let long = message(format!("{} {}", canary(id, 1000), "long ".repeat(2000)));
        log.append(Commit::to(name(id), Expected::Any, [long])).unwrap();
    }
    // A dictionary learns words of both, and what follows is packed with it.
    let events: Vec<Event> = all_events(&log).into_iter().filter_map(|event| event.event).collect();
    log.train(&events).unwrap();
    log.append(Commit::to(name("mine"), Expected::Any, [message(canary("mine", 2000))])).unwrap();
    let path = place.folder().join("part.db");
    part(&log, &["mine".to_owned()], &path);
    assert!(!path.with_file_name("part.db-wal").exists());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let dictionaries: Vec<Vec<u8>> = connection
        .prepare("select bytes from dictionary")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(dictionaries.len(), 1);
    drop(connection);
    let bytes = std::fs::read(&path).unwrap();
    let found = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(!found("canary-theirs") && !found("theirs"));
    let copy = Options::new().read_only(true).open(&path).unwrap();
    let said = |event: &retold_core::Recorded| format!("{:?}", event.event);
    assert!(all_events(&copy).iter().map(said).all(|said| !said.contains("canary-theirs")));
    assert!(all_events(&copy).iter().map(said).any(|said| said.contains(&canary("mine", 2000))));
}

#[test]
fn a_part_is_written_by_nobody_and_stands_in_for_no_whole() {
    let place = Place::new();
    let log = place.open();
    for id in ["a1", "b1"] {
        log.append(Commit::to(name(id), Expected::Any, [created(id), message("a")])).unwrap();
    }
    let path = place.folder().join("part.db");
    part(&log, &["b1".to_owned()], &path);
    let before = std::fs::read(&path).unwrap();
    let own = Options::new().open(&path).unwrap();
    let refused = own.append(Commit::to(name("b1"), Expected::Any, [message("c")]));
    assert!(matches!(refused, Err(Error::PartOfLog { .. })), "{refused:?}");
    drop(own);
    // It is neither a backup nor an archive of the log, though its head is the log's.
    let store = log.path().to_owned();
    let aside = place.folder().join("aside.db");
    let refused = Archive::open(&log, &path, |_| true).map(drop);
    assert!(matches!(refused, Err(Error::Archive { .. })), "{refused:?}");
    drop(log);
    let refused = restore(&path, &store, &aside, true, |_| true).map(drop);
    assert!(matches!(refused, Err(Error::PartOfLog { .. })), "{refused:?}");
    assert!(!aside.exists());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
