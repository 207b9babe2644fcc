//! What an application gets of the one crate that it depends on.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use retold::{
    Change, Error, Instance, LogEvent, Message, Options, Order, Path, Point, Position, Revision,
    SearchFilter, Session, SessionFilter, SessionHistory, Text, TravelError, Value,
};

const WORKSPACE: &str = "/src/atlas";

fn open(folder: &tempfile::TempDir) -> SessionHistory {
    SessionHistory::open(folder.path().join("sessions.db")).unwrap()
}

fn session(id: &str) -> Session {
    Session::new(id, "debate", "Tabs or spaces").with_instance(Instance::new(1, "Ada"))
}

#[test]
fn a_handle_is_cheap_to_hand_around() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    fn is_sent<T: Send + 'static>() {}
    fn is_awaited<T: Future<Output = Result<Position, Error>> + Send + Unpin>() {}
    is_shared::<SessionHistory>();
    is_shared::<Options>();
    is_shared::<LogEvent>();
    is_sent::<retold::Subscription>();
    is_sent::<retold::SqlConnection>();
    is_sent::<Error>();
    is_awaited::<retold::Ticket<Position>>();
    // Clones are one history.
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    let clone = history.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || clone.create(WORKSPACE, session("a1")).unwrap());
    });
    assert_eq!(history.session(WORKSPACE, "a1").unwrap().id, "a1");
}

#[test]
fn what_is_kept_in_memory_is_counted_and_has_a_bound() {
    const TEXT: usize = 50_000;
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..64).map(|nth| format!("a{nth}")).collect();
    let of_all = ids.len() as u64 * TEXT as u64;
    let writer = open(&folder);
    for id in &ids {
        let session = session(id).with_message(Message::new("m1", "user", "x".repeat(TEXT)));
        writer.create(WORKSPACE, session).unwrap();
    }
    writer.close().unwrap();
    for (bound, holds_all) in [(8 * of_all, true), (of_all / 4, false)] {
        let path = folder.path().join("sessions.db");
        let history = Options::new().cache_bytes(bound).open(path).unwrap();
        assert_eq!(history.cached_bytes(), 0);
        for _ in 0..2 {
            let read: Vec<_> = ids.iter().map(|id| history.session(WORKSPACE, id).unwrap()).collect();
            assert_eq!(history.get_all_sessions(WORKSPACE).unwrap().len(), ids.len());
            assert!(read.iter().all(|session| session.chat_history[0].content.len() == TEXT as u64));
        }
        let cached = history.cached_bytes();
        assert!(cached <= bound, "{cached} of {bound}");
        assert_eq!(cached >= of_all, holds_all, "{cached} of {of_all}");
    }
}

/// A write of a life, which returns the position at which it is done.
type Step = fn(&SessionHistory) -> Result<Position, Error>;

const LONG: usize = 10_000;

/// A life of a session with every command in it.
const LIFE: &[Step] = &[
    |h| h.create(WORKSPACE, session("a1")),
    |h| h.add_message(WORKSPACE, "a1", Message::new("m1", "user", "x".repeat(LONG))),
    |h| h.append_output(WORKSPACE, "a1", 1, "y".repeat(LONG)),
    |h| h.add_instance(WORKSPACE, "a1", Instance::new(2, "Bob").with_output("begun\n")),
    |h| h.append_output(WORKSPACE, "a1", 2, "more\n"),
    |h| h.set_instance_status(WORKSPACE, "a1", 2, "failed"),
    |h| h.set_status(WORKSPACE, "a1", "completed", Some("2026-11-23T09:00:00Z".parse().unwrap())),
    |h| {
        let mut session = h.session(WORKSPACE, "a1")?;
        session.task = "Spaces".to_owned();
        h.update(WORKSPACE, session)
    },
    // Nothing to change is answered with the end of the log.
    |h| h.update(WORKSPACE, h.session(WORKSPACE, "a1")?),
    |h| h.add_instance(WORKSPACE, "a1", Instance::new(3, "Cyd")),
];

/// Lives it, and returns the session after each step.
fn live(history: &SessionHistory) -> Vec<(Position, Session)> {
    let step = |step: &Step| {
        let position = step(history).unwrap();
        assert_eq!(position, history.head().unwrap());
        (position, history.session(WORKSPACE, "a1").unwrap())
    };
    LIFE.iter().map(step).collect()
}

#[test]
fn every_moment_of_a_session_can_be_asked_for_by_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    let life = live(&history);
    let last = life.last().unwrap().1.clone();
    assert_eq!((last.status.as_str(), last.task.as_str()), ("completed", "Spaces"));
    assert_eq!(last.completed_at.as_deref(), Some("2026-11-23T09:00:00+00:00"));
    assert_eq!(last.instances.len(), 3);
    assert_eq!(last.instances[1].output.as_ref().and_then(Text::as_str), Some("begun\nmore\n"));
    let events = history.latest_events(WORKSPACE, "a1", 1_000).unwrap();
    for (position, session) in &life {
        assert_eq!(history.session_at(WORKSPACE, "a1", *position).unwrap(), *session, "{position}");
        // The first command registers the workspace after the session.
        let event = events.iter().find(|event| event.position <= *position).unwrap();
        let by_revision = history.session_at(WORKSPACE, "a1", event.revision).unwrap();
        assert_eq!(by_revision, *session, "r{}", event.revision);
        let point: Point = position.to_string().parse().unwrap();
        assert_eq!(history.session_at(WORKSPACE, "a1", &point).unwrap(), *session, "{point}");
    }
    let newest = events[0].recorded_at;
    assert_eq!(history.session_at(WORKSPACE, "a1", newest).unwrap(), last);
    // Deleted, it is gone now, and not from its past.
    history.delete(WORKSPACE, "a1").unwrap();
    assert!(matches!(history.session(WORKSPACE, "a1"), Err(Error::SessionNotFound { .. })));
    let (position, session) = &life[2];
    assert_eq!(history.session_at(WORKSPACE, "a1", *position).unwrap(), *session);
    let head = history.head().unwrap();
    match history.session_at(WORKSPACE, "a1", head) {
        Err(Error::Travel(TravelError::NotThere { reason: "deleted", position, .. })) => {
            assert_eq!(position, head);
        }
        other => panic!("{other:?}"),
    }
    let nobody = history.session_at(WORKSPACE, "nobody", head);
    assert!(matches!(nobody, Err(Error::SessionNotFound { .. })));
    let never = history.session_at(WORKSPACE, "a1", Revision::ZERO.plus(99));
    assert!(matches!(never, Err(Error::Travel(TravelError::NoSuchPoint { .. }))));
    // A later record of the id is another session: each moment has its own.
    let again = history.create(WORKSPACE, Session::new("a1", "debate", "Again")).unwrap();
    assert_eq!(history.session_at(WORKSPACE, "a1", again).unwrap().task, "Again");
    assert_eq!(history.session_at(WORKSPACE, "a1", *position).unwrap(), *session);
}

#[test]
fn what_changed_is_told_with_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    let life = live(&history);
    // Up to the second message and the first output, both too long for the event itself.
    let patches = history.diff(WORKSPACE, "a1", life[0].0, life[2].0).unwrap();
    let inserted = patches.iter().find_map(|patch| match &patch.change {
        Change::Insert(Value::Message(message)) => message.content.as_str(),
        _ => None,
    });
    assert_eq!(inserted.map(str::len), Some(LONG));
    let extended = patches.iter().find_map(|patch| match &patch.change {
        Change::Extend { text, .. } => text.as_str(),
        _ => None,
    });
    assert_eq!(extended.map(str::len), Some(LONG));
    assert!(history.diff(WORKSPACE, "a1", life[3].0, life[3].0).unwrap().is_empty());

    let path: Path = "instances/1/output".parse().unwrap();
    let rows = history.blame(WORKSPACE, "a1", &path).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].value, Value::text("begun\nmore\n"));
    assert_eq!(rows[0].position, life[4].0);
    let earlier = history.blame_at(WORKSPACE, "a1", &path, life[3].0).unwrap();
    assert_eq!((&earlier[0].value, earlier[0].position), (&Value::text("begun\n"), life[3].0));
    let whole = history.blame(WORKSPACE, "a1", &Path::Whole).unwrap();
    let task = whole.iter().find(|row| row.path.to_string() == "task").unwrap();
    assert_eq!((&task.value, task.kind.name()), (&Value::text("Spaces"), "TaskChanged"));
    assert!(!whole.iter().any(|row| row.path.to_string() == "winnerId"), "it was never set");
    let nowhere = history.blame(WORKSPACE, "a1", &"instances/9".parse().unwrap());
    assert!(matches!(nowhere, Err(Error::Travel(TravelError::NoSuchPlace { .. }))));

    let writes = history.history(WORKSPACE, "a1", &"status".parse().unwrap()).unwrap();
    let values: Vec<String> = writes
        .iter()
        .map(|write| match &write.patch.change {
            Change::Set { new, .. } => format!("{new:?}"),
            change => change.name().to_owned(),
        })
        .collect();
    assert_eq!(values, ["insert".to_owned(), format!("{:?}", Value::text("completed"))]);
    assert!(writes.is_sorted_by_key(|write| write.position));
    let outputs = history.history(WORKSPACE, "a1", &path).unwrap();
    assert_eq!(
        outputs.iter().map(|write| write.patch.change.name()).collect::<Vec<_>>(),
        ["insert", "extend", "extend"]
    );
}

/// Whatever an application is given to run on it: the connection reads, now and for earlier.
#[test]
fn sql_reads_and_does_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let history = retold::SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    history.create_session("/src/shed", retold_tests::session("s1")).unwrap();
    let head = retold::Position::ZERO.plus(1);
    let other = folder.path().join("other.db");
    for connection in [history.sql("").unwrap(), history.sql_at("", head).unwrap()] {
        let count: i64 = connection.query_row("select count(*) from sessions", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1);
        for refused in [
            format!("attach '{}' as other", other.display()),
            format!("vacuum into '{}'", other.display()),
            "pragma query_only = 0".to_owned(),
            "pragma writable_schema = 1".to_owned(),
            "create temp table t (a)".to_owned(),
            "delete from sessions".to_owned(),
            "select load_extension('x')".to_owned(),
        ] {
            assert!(connection.execute_batch(&refused).is_err(), "{refused}");
        }
        assert!(!other.exists());
    }
}

#[test]
fn lists_words_and_sql_answer_for_now_and_for_earlier() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    let first = history.create(WORKSPACE, session("a1")).unwrap();
    history.create("/src/borea", session("b1").with_status("failed")).unwrap();
    let all = SessionFilter::new().with_order(Order::Created);
    let ids = |rows: Vec<retold::SessionRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(history.list(None, &all).unwrap()), ["b1", "a1"]);
    assert_eq!(ids(history.list(Some(WORKSPACE), &all).unwrap()), ["a1"]);
    assert_eq!(ids(history.list(None, &all.clone().with_status("failed")).unwrap()), ["b1"]);
    assert_eq!(ids(history.list_at(None, &all, first).unwrap()), ["a1"]);
    assert_eq!(history.count(None, &all).unwrap().total, 2);
    let row = history.list(Some(WORKSPACE), &all).unwrap().remove(0);
    let (position, revision): (Position, Revision) = (row.position, row.revision);
    assert_eq!(
        (position.plus(1), revision.get()),
        (first, 2),
        "the workspace is registered after the session"
    );
    let json = serde_json::to_value(&row).unwrap();
    assert_eq!((json["position"].as_u64(), json["revision"].as_u64()), (Some(position.get()), Some(2)));

    let words = SearchFilter::new();
    assert_eq!(history.search("spaces", &words, 10).unwrap().found, 2);
    // The index is brought up to date by whoever asks.
    history.add_message(WORKSPACE, "a1", Message::new("m1", "user", "a rare word")).unwrap();
    let found = history.search("rare", &words.clone().with_what("message"), 10).unwrap();
    assert_eq!((found.found, found.hits[0].name.session_id.as_str()), (1, "a1"));
    assert!(matches!(history.search("\"", &words, 10), Err(Error::ReadModels(_))));

    let count = "select count(*) from sessions";
    let now: i64 = history.sql(count).unwrap().query_row(count, [], |row| row.get(0)).unwrap();
    let then: i64 = history.sql_at(count, first).unwrap().query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!((now, then), (2, 1));
    let sql = history.sql(count).unwrap();
    assert!(sql.execute("delete from sessions", []).is_err(), "it cannot write");
}

#[test]
fn who_follows_gets_every_event_once_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    history.create(WORKSPACE, session("a1")).unwrap();
    // What is there, and then the end of it.
    let mut log = history.subscribe(Position::ZERO);
    let there: Vec<LogEvent> = log.within(Duration::ZERO).map(Result::unwrap).collect();
    let positions = |events: &[LogEvent]| events.iter().map(|event| event.position.get()).collect::<Vec<_>>();
    assert_eq!(positions(&there), (1..=history.head().unwrap().get()).collect::<Vec<_>>());
    assert_eq!(log.position(), history.head().unwrap());
    assert!(log.next_within(Duration::from_millis(1)).unwrap().is_none());
    // Another clone blocks until there is something; the same one, later, is not behind.
    let (begun, writer) = (Arc::new(Barrier::new(2)), history.clone());
    std::thread::scope(|scope| {
        let mut follower = history.subscribe(log.position());
        let ready = Arc::clone(&begun);
        let following = scope.spawn(move || {
            ready.wait();
            follower.by_ref().take(2).map(Result::unwrap).collect::<Vec<_>>()
        });
        begun.wait();
        for word in ["one", "two"] {
            writer.add_message(WORKSPACE, "a1", Message::new(word, "user", word.repeat(5_000))).unwrap();
        }
        let came = following.join().unwrap();
        for (event, word) in came.iter().zip(["one", "two"]) {
            let Some(retold::Event::MessageAdded(added)) = &event.event else { panic!("{event:?}") };
            assert_eq!(added.message.content, Text::from(word.repeat(5_000)));
            assert_eq!(event.session.session_id, "a1");
            assert!(event.recorded_at >= event.occurred_at);
        }
        let again: Vec<LogEvent> = log.within(Duration::ZERO).map(Result::unwrap).collect();
        assert_eq!(again, came);
    });
    // A new process goes on from a number that it kept.
    let kept: Position = serde_json::from_str(&serde_json::to_string(&there[1].position).unwrap()).unwrap();
    drop((log, writer));
    history.close().unwrap();
    let mut log = open(&folder).subscribe(kept);
    assert_eq!(log.next_within(Duration::ZERO).unwrap().unwrap().position, kept.plus(1));
}

#[test]
fn closing_waits_for_what_was_handed_over_and_says_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(&folder);
    history.create(WORKSPACE, session("a1")).unwrap();
    for number in 0..200 {
        let message = Message::new(number.to_string(), "user", "hello");
        drop(history.add_message_later(WORKSPACE, "a1", message).unwrap());
    }
    let clone = history.clone();
    history.close().unwrap();
    assert_eq!(clone.session(WORKSPACE, "a1").unwrap().chat_history.len(), 200, "a clone reads on");
    clone.add_message(WORKSPACE, "a1", Message::new("201", "user", "and writes")).unwrap();
    clone.close().unwrap();
    // What never wrote has nothing to wait for.
    open(&folder).close().unwrap();

    // A mirror that cannot be written is told, and the log has everything.
    let mirror = folder.path().join("mirror");
    let options = || Options::new().mirror(&mirror);
    let history = options().open(folder.path().join("mirrored.db")).unwrap();
    std::fs::remove_dir_all(&mirror).unwrap();
    std::fs::write(&mirror, "a file in the folder's place").unwrap();
    history.create(WORKSPACE, session("a1")).unwrap();
    let refused = history.close().unwrap_err();
    assert!(matches!(refused, Error::Mirror { .. }), "{refused:?}");
    std::fs::remove_file(&mirror).unwrap();
    let history = options().open(folder.path().join("mirrored.db")).unwrap();
    assert_eq!(history.session(WORKSPACE, "a1").unwrap().id, "a1");
    history.close().unwrap();
    assert_eq!(
        std::fs::read_dir(&mirror)
            .unwrap()
            .filter(|entry| {
                entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "json")
            })
            .count(),
        1
    );
}

/// The old commands and the new ones are the same writes: one log, one document, one use of a key.
#[test]
fn the_old_commands_and_the_new_ones_write_the_same() {
    let clock = || "2026-11-23T09:00:00Z".parse().unwrap();
    let write = |new: bool| {
        let folder = tempfile::tempdir().unwrap();
        let history = Options::new().clock(clock).open(folder.path().join("sessions.db")).unwrap();
        let h = &history;
        let begun = session("a1").with_created_at(clock());
        let message = Message::new("m1", "user", "hello").with_timestamp(clock());
        if new {
            h.with_idempotency_key("k").create(WORKSPACE, begun).unwrap();
            h.add_message(WORKSPACE, "a1", message).unwrap();
            h.set_instance_status(WORKSPACE, "a1", 1, "done").unwrap();
        } else {
            h.with_idempotency_key("k").create_session(WORKSPACE, begun).unwrap();
            h.add_chat_message(WORKSPACE, "a1", message).unwrap();
            h.update_instance_status(WORKSPACE, "a1", 1, "done").unwrap();
        }
        let mut changed = h.session(WORKSPACE, "a1").unwrap();
        changed.task = "Spaces".to_owned();
        if new {
            h.update(WORKSPACE, changed).unwrap();
        } else {
            h.update_session(WORKSPACE, changed).unwrap();
        }
        // A key that was used by the one is used for the other.
        let begun = session("a1").with_created_at(clock());
        if new {
            h.with_idempotency_key("k").create_session(WORKSPACE, begun).unwrap();
        } else {
            h.with_idempotency_key("k").create(WORKSPACE, begun).unwrap();
        }
        assert_eq!(h.get_all_sessions(WORKSPACE).unwrap().len(), 1);
        let mut log = h.subscribe(Position::ZERO);
        let events: Vec<LogEvent> = log.within(Duration::ZERO).map(Result::unwrap).collect();
        let bodies: Vec<_> = events.into_iter().map(|event| (event.session, event.event)).collect();
        (bodies, h.session(WORKSPACE, "a1").unwrap())
    };
    assert_eq!(write(true), write(false));
}
