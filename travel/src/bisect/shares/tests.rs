//! However many shares a range is parted into, what is found is what one thread finds.

use proptest::prelude::*;
use retold_core::event::{MessageAdded, MessageRemoved, SessionCreated, SessionStatusChanged, TaskChanged};
use retold_core::{Commit, Event, Expected, Message, Options, Session, StreamName};
use tempfile::TempDir;

use super::*;

/// A log with one session.
struct Given {
    _folder: TempDir,
    log: Log,
    stream: StreamId,
}

impl Given {
    fn session(events: impl IntoIterator<Item = Event>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Options::new().create(true).open(folder.path().join("sessions.db")).unwrap();
        let document = serde_json::json!({
            "id": "a1", "type": "competition", "task": "{}", "status": "running",
            "createdAt": "2026-11-23T09:00:00Z", "updatedAt": "2026-11-23T09:00:00Z",
            "instances": [], "chatHistory": [],
        });
        let session: Session = serde_json::from_value(document).unwrap();
        let created = SessionCreated { session, place: None, home: None }.into();
        let name = StreamName::session("w", "a1", 1);
        let events: Vec<Event> = std::iter::once(created).chain(events).collect();
        log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
        let stream = log.reader().unwrap().stream(&name).unwrap().unwrap();
        Self { _folder: folder, log, stream }
    }

    fn head(&self) -> Position {
        self.log.reader().unwrap().head().unwrap().position
    }
}

fn message(content: &str) -> Event {
    let message = Message::new("m", "user", content);
    MessageAdded { message, index: None, updated_at: None }.into()
}

fn status(status: &str) -> Event {
    SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at: None }.into()
}

fn events(dice: &[(u8, bool)]) -> Vec<Event> {
    let mut messages = 0_u32;
    let event = |(kind, flag): &(u8, bool)| match kind {
        0 => Some(status(if *flag { "failed" } else { "running" })),
        1 if messages > 0 => {
            messages -= 1;
            let index = if *flag { 0 } else { messages };
            Some(MessageRemoved { index, updated_at: None }.into())
        }
        1 => None,
        _ => {
            messages += 1;
            Some(message(if *flag { "needle" } else { "hay" }))
        }
    };
    dice.iter().filter_map(event).collect()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn shares_of_a_session_find_what_one_thread_finds(
        dice in proptest::collection::vec((0_u8..5, any::<bool>()), 1..60),
        after in any::<prop::sample::Index>(),
        shares in 2_usize..6,
    ) {
        let given = Given::session(events(&dice));
        let head = given.head();
        let after = Position::ZERO.plus(after.index(dice.len()) as u64).min(head);
        for predicate in [
            "(select count(*) from messages) % 2",
            "exists (select 1 from messages where content = 'needle')",
            "status = 'failed' and (select count(*) from messages) > 1",
        ] {
            let found = |shares: usize| {
                let (of, range) = ((&given.log, given.stream), (after.into(), head.into()));
                bisect_session_in(|_| shares, of, predicate, range, Arc::default(), &|_| true).unwrap()
            };
            prop_assert_eq!(found(shares), found(1), "{} in {} shares", predicate, shares);
        }
    }

    #[test]
    fn shares_of_the_read_models_find_what_one_thread_finds(
        dice in proptest::collection::vec((0_u8..5, any::<bool>()), 1..60),
        after in any::<prop::sample::Index>(),
        shares in 2_usize..6,
    ) {
        let given = Given::session(events(&dice));
        let head = given.head();
        let after = Position::ZERO.plus(after.index(dice.len()) as u64).min(head);
        for predicate in [
            "(select count(*) from chat_messages) % 2",
            "(select count(*) from sessions where status = 'failed')",
        ] {
            let found = |shares: usize| {
                let range = (after, head);
                bisect_models_in(|_| shares, &given.log, predicate, range, Arc::default(), &|_| true).unwrap()
            };
            prop_assert_eq!(found(shares), found(1), "{} in {} shares", predicate, shares);
        }
    }
}

/// One thread goes through what is sound and then fails; a share that begins at what is not fails at once.
#[test]
fn the_error_of_a_late_share_is_that_of_one_thread() {
    let task = |number: u64| match number {
        1_002.. => "not JSON".to_owned(),
        _ => format!("{{\"n\": {number}}}"),
    };
    let event = |number: u64| Event::from(TaskChanged { task: task(number), updated_at: None });
    let given = Given::session((2..=2_000).map(event));
    let predicate = "json_extract(task, '$.n') % 2 and (select count(*) from messages) = 0";
    let range = (Moment::from(Position::ZERO.plus(1)), given.head().into());
    let failed = |shares: usize| {
        // The first share is still at work when the last one fails.
        let (first, is_last_at_work) = (std::thread::current().id(), AtomicBool::new(shares < 2));
        let progress = |_| {
            let is_first = std::thread::current().id() == first;
            is_last_at_work.fetch_or(!is_first, Ordering::Relaxed);
            while is_first && !is_last_at_work.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            true
        };
        let of = (&given.log, given.stream);
        bisect_session_in(|_| shares, of, predicate, range, Arc::default(), &progress)
            .unwrap_err()
            .to_string()
    };
    let one = failed(1);
    assert!(one.contains("JSON"), "{one}");
    for shares in 2..5 {
        assert_eq!(failed(shares), one, "in {shares} shares");
    }
}

/// Each share has a copy of the read models: a range in which little is asked is one share, however many events it has.
#[test]
fn shares_are_of_what_is_asked() {
    let many = std::iter::repeat_with(|| message("hay")).take(300);
    let given = Given::session([status("failed")].into_iter().chain(many).chain([status("running")]));
    let asked = |predicate: &str, after: u64| {
        let asked = std::cell::Cell::new(None);
        let shares = |count| {
            asked.set(Some(count));
            1
        };
        let range = (Position::ZERO.plus(after), given.head());
        bisect_models_in(shares, &given.log, predicate, range, Arc::default(), &|_| true).unwrap();
        asked.get()
    };
    // What begins a session brings rows of all tables.
    let of_workspaces = "exists (select 1 from workspaces)";
    assert_eq!(asked(of_workspaces, 0), Some(1));
    assert_eq!(asked(of_workspaces, 2), Some(0));
    let of_messages = asked("(select count(*) from chat_messages) > 7", 0);
    assert!(of_messages.is_some_and(|count| (301..=303).contains(&count)), "{of_messages:?}");
}
