//! A write that was handed over is written: in the order of handing over, once, whatever becomes of its ticket.

use std::cell::Cell;
use std::future::Future;
use std::io::{BufRead, BufReader, Read};
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use rand::Rng;
use retold::{Durability, Error, Options, Session, SessionHistory, Ticket};
use retold_core::{Commit, Decided, Decision, Error as LogError, Event, Expected};
use retold_tests::{Store, all_events, assert_sound, created, name, place, task};

use self::model::{Call, caller, check};
use crate::{held, nightly};

mod model;

const WORKSPACE: &str = "/src/atlas";
/// Two of them are twins from the beginning.
const IDS: [&str; 3] = ["a1", "b1", "c1"];
/// The first of a number is meant; nothing keeps numbers unique.
const NUMBERS: [u32; 3] = [1, 2, 1];

fn document(id: &str, task: &str) -> Session {
    place::document(id, task, &NUMBERS)
}

fn message(tag: &str) -> retold::Message {
    place::said(tag, tag)
}

fn open(path: &std::path::Path) -> SessionHistory {
    Options::new().durability(Durability::Normal).open(path).unwrap()
}

/// Waits for a future without a runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn poll_until<T>(mut ticket: Ticket<T>) -> Result<T, Error> {
    loop {
        match ticket.poll() {
            Ok(None) => std::thread::yield_now(),
            Ok(Some(answer)) => return Ok(answer),
            Err(error) => return Err(error),
        }
    }
}

#[test]
fn chunks_whose_tickets_are_dropped_are_all_there_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let history = open(&path);
    drop(history.create_session_later(WORKSPACE, document("a1", "t")).unwrap());
    for number in 0..200 {
        drop(history.append_output_later(WORKSPACE, "a1", 1, format!("{number} ")).unwrap());
    }
    // What was handed over is written before the store is closed.
    drop(history);
    let session = open(&path).get_session(WORKSPACE, "a1").unwrap();
    let all: String = (0..200).map(|number| format!("{number} ")).collect();
    assert_eq!(session.instances[0].output.as_ref().and_then(|output| output.as_str()), Some(&*all));
}

#[test]
fn what_is_wrong_as_of_its_turn_comes_with_the_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder.path().join("sessions.db"));
    // Neither is there when it is handed over; only one is not there at its turn.
    let refused = history.add_chat_message_later(WORKSPACE, "a1", message("m0")).unwrap();
    let begun = history.create_session_later(WORKSPACE, document("a1", "t")).unwrap();
    let said = history.add_chat_message_later(WORKSPACE, "a1", message("m1")).unwrap();
    let missing = history.append_output_later(WORKSPACE, "a1", 7, "x").unwrap();
    let deleted = history.delete_session_later(WORKSPACE, "a1").unwrap();
    let too_late = history.add_chat_message_later(WORKSPACE, "a1", message("m2")).unwrap();
    let restored = history.restore_session_later(WORKSPACE, "a1").unwrap();
    assert!(matches!(refused.wait(), Err(Error::SessionNotFound { .. })));
    assert_eq!(begun.wait().unwrap().id, "a1");
    assert_eq!(said.wait().unwrap().chat_history.len(), 1);
    assert!(matches!(missing.wait(), Err(Error::InstanceNotFound { .. })));
    deleted.wait().unwrap();
    assert!(matches!(too_late.wait(), Err(Error::SessionNotFound { .. })));
    assert_eq!(restored.wait().unwrap().chat_history.len(), 1);
    assert!(matches!(
        history.add_chat_message_later(" ", "a1", message("m3")).map(drop),
        Err(Error::BlankWorkspace { .. })
    ));
}

/// What the old list would have said of a document that is sent twice is decided at each one's turn.
#[test]
fn a_change_that_is_none_when_handed_over_is_made_where_it_is_one_at_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder.path().join("sessions.db"));
    history.create_session(WORKSPACE, document("a1", "first")).unwrap();
    for _ in 0..20 {
        drop(history.update_session_later(WORKSPACE, document("a1", "second")).unwrap());
        drop(history.update_session_later(WORKSPACE, document("a1", "first")).unwrap());
    }
    let session = history.update_session(WORKSPACE, document("a1", "first")).unwrap();
    assert_eq!(session.task, "first");
    let changes = all_events(history.store().log())
        .into_iter()
        .filter(|event| matches!(event.event, Some(Event::TaskChanged(_))));
    assert_eq!(changes.count(), 40);
}

#[test]
fn a_message_goes_to_the_first_session_of_its_id_as_of_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder.path().join("sessions.db"));
    for round in 0..30 {
        let id = format!("s{round}");
        history.create_session(WORKSPACE, document(&id, "older")).unwrap();
        history.delete_session(WORKSPACE, &id).unwrap();
        history.create_session(WORKSPACE, document(&id, "newer")).unwrap();
        // Planned for the newer one, which is the second once the older one is back.
        drop(history.restore_session_later(WORKSPACE, &id).unwrap());
        let answer = history.add_chat_message_later(WORKSPACE, &id, message("m")).unwrap().wait().unwrap();
        assert_eq!((&*answer.task, answer.chat_history.len()), ("older", 1));
        let deleted = history.create_session_later(WORKSPACE, document(&id, "third")).unwrap();
        drop(history.delete_session_later(WORKSPACE, &id).unwrap());
        drop(deleted);
        assert!(
            matches!(history.get_session(WORKSPACE, &id), Err(Error::SessionNotFound { .. })) || {
                // The delete may be under way still: what is handed over after it finds none.
                let gone = history.add_chat_message(WORKSPACE, &id, message("n"));
                matches!(gone, Err(Error::SessionNotFound { .. }))
            }
        );
    }
}

// ---- Interleavings, against a model ----

thread_local! {
    /// What the clock says on this thread, in microseconds: it is part of no answer that is compared.
    static TICK: Cell<i64> = const { Cell::new(0) };
}

#[test]
fn whatever_becomes_of_tickets_everything_is_written_once_in_its_callers_order() {
    let runs = nightly(6);
    for _ in 0..runs {
        let seed = retold_trial::chance::rng().next_u64();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        // Each opens the store by itself, as another process would: what one knows, the other may have made void.
        let histories = [open(&path), open(&path)];
        for id in ["a1", "b1", "b1"] {
            histories[0].create_session(WORKSPACE, document(id, "begin")).unwrap();
        }
        let callers: Vec<Vec<Call>> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..4_u64)
                .map(|number| {
                    let history = histories[usize::from(number == 3)].clone();
                    scope.spawn(move || {
                        caller(&history, &format!("t{number}"), 120, seed.wrapping_add(number))
                    })
                })
                .collect();
            running.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        drop(histories);
        check(open(&path).store().log(), &callers);
    }
    held("tickets dropped, polled, waited for and awaited", runs);
}

#[test]
fn what_is_there_after_a_kill_is_a_beginning_of_what_each_caller_handed_over() {
    let runs = nightly(25);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let mut acknowledged = 0;
    for run in 0..runs {
        let id = format!("r{run}");
        open(&path).create_session(WORKSPACE, document(&id, "t")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_child"))
            .args(["hand-over", path.to_str().unwrap(), WORKSPACE, &id])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        for _ in 0..retold_trial::chance::range(0..12) {
            printed.read_line(&mut told).unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        printed.read_to_string(&mut told).unwrap();
        let whole = told.rsplit_once('\n').map_or("", |(whole, _)| whole);

        let history = open(&path);
        let session = history.get_session(WORKSPACE, &id).unwrap();
        let output =
            session.instances[0].output.as_ref().and_then(|output| output.as_str()).unwrap_or_default();
        for (caller, there) in [
            ("output", output.lines().map(str::to_owned).collect::<Vec<_>>()),
            ("message", session.chat_history.iter().map(|said| said.id.clone()).collect()),
        ] {
            let beginning: Vec<String> = (0..there.len()).map(|number| number.to_string()).collect();
            assert_eq!(there, beginning, "{caller} of run {run}");
            let mut told = whole
                .lines()
                .filter_map(|line| line.strip_prefix(caller))
                .filter_map(|n| n.trim().parse().ok());
            let told: Option<usize> = told.next_back();
            acknowledged += u32::from(told.is_some());
            assert!(
                told.is_none_or(|told| told < there.len()),
                "{caller} {told:?} of run {run} is not there"
            );
        }
        assert_sound(history.store().log());
    }
    assert!(acknowledged > 0, "no run came to acknowledge anything");
    held("kill -9 with tickets dropped", runs);
}

// ---- The log's own: writes that are decided at their turn ----

#[test]
fn a_decision_that_panics_is_its_callers_alone() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let before: Vec<_> = (0..50)
        .map(|n| log.append_later(Commit::to(name("a1"), Expected::Any, [task(n.to_string())])).unwrap())
        .collect();
    let panics = log.append_decided(None, None, false, |_| panic!("out of paint")).unwrap();
    let ends = log
        .append_decided(None, None, false, |reader| {
            // A connection that writes nothing while a write is decided.
            let refused = reader.connection().execute("delete from commit_key", []);
            assert!(refused.is_err());
            Ok(Decision::Refuse)
        })
        .unwrap();
    let after = log.append_later(Commit::to(name("a1"), Expected::Any, [task("after")])).unwrap();
    let error = panics.wait().unwrap_err();
    assert!(matches!(&error, LogError::Panicked { said, .. } if said == "out of paint"), "{error:?}");
    assert!(matches!(ends.wait().unwrap(), Decided::Refused));
    assert_eq!(after.wait().unwrap().last.get(), 52);
    before.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
    assert_sound(&log);
}

#[test]
fn a_decision_sees_what_was_handed_over_before_it() {
    let store = Store::new();
    let log = store.open();
    drop(log.append_later(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap());
    for number in 2..=100_u64 {
        let decided = log.append_decided(None, None, false, move |reader| {
            let stream = reader.stream(&name("a1"))?.expect("it was handed over before");
            assert_eq!(reader.revision(stream)?.get(), number - 1);
            // Neither begins nor ends anything: the moment is the writer's.
            reader.begin()?;
            reader.end()?;
            let state = reader.state(stream, reader.head()?.position)?.expect("it was created");
            let said = if number == 2 { "mend the door".to_owned() } else { (number - 1).to_string() };
            assert_eq!(state.session.task, said);
            let expected = Expected::At(reader.revision(stream)?);
            Ok(Decision::Append(Commit::to(name("a1"), expected, [task(number.to_string())])))
        });
        drop(decided.unwrap());
    }
    drop(log);
    let log = store.open();
    assert_eq!(all_events(&log).len(), 100);
    assert_sound(&log);
}

#[test]
fn a_busy_store_is_told_to_who_waits_and_tried_again_for_the_others() {
    let store = Store::new();
    let options = || retold_core::Options::new().create(true).busy_timeout(Duration::from_millis(20));
    let log = options().open(store.path()).unwrap();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let holder = rusqlite::Connection::open(store.path()).unwrap();
    holder.execute_batch("begin immediate").unwrap();
    for number in 0..20 {
        drop(log.append_later(Commit::to(name("a1"), Expected::Any, [task(number.to_string())])).unwrap());
    }
    let polled = log.append_later(Commit::to(name("a1"), Expected::Any, [task("20")])).unwrap();
    let waits = log.append(Commit::to(name("a1"), Expected::Any, [task("never")]));
    assert!(matches!(waits, Err(LogError::Busy { .. })), "{waits:?}");
    assert!(polled.poll().is_none());
    holder.execute_batch("commit").unwrap();
    assert_eq!(polled.wait().unwrap().last.get(), 22);
    drop(log);
    let tasks: Vec<String> = all_events(&store.open())
        .into_iter()
        .filter_map(|event| match event.event {
            Some(Event::TaskChanged(body)) => Some(body.task),
            _ => None,
        })
        .collect();
    assert_eq!(tasks, (0..=20).map(|number| number.to_string()).collect::<Vec<_>>());
}
