//! Every way to fail has a variant of its own, and words that say what was done, to what, and why not.

use std::time::Duration;

use retold_core::{
    BODY_BYTES_MAX, Commit, Error, Event, Expected, Head, Inline, Limit, Log, Options, Outline, Position,
    Refused, Revision, StagedPart,
};
use retold_tests::{Store, created, name, task, words};
use rusqlite::{Connection, TransactionBehavior};

/// What a read model does at the beginning of every transaction.
type Begin = fn(&Connection) -> Result<(), Error>;

/// A read model that knows nothing but this.
struct Model(Begin);

impl Inline for Model {
    fn begin(&mut self, transaction: &Connection, _head: Head) -> Result<(), Error> {
        self.0(transaction)
    }

    fn stage(&mut self, _transaction: &Connection, parts: &[StagedPart<'_>]) -> Result<(), Refused> {
        for part in parts {
            let mut outline = Outline::default();
            for staged in &part.events {
                outline
                    .apply(staged.event)
                    .map_err(|misfit| Refused::InvalidEvent(part.name.clone(), misfit))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, _transaction: &Connection, _head: Head) -> Result<(), Error> {
        Ok(())
    }

    fn abandon(&mut self) {}
}

fn with_model(store: &Store, begin: Begin) -> Log {
    Options::new().create(true).inline(Model(begin)).open(store.path()).unwrap()
}

fn append(log: &Log, event: Event) -> Error {
    log.append(Commit::to(name("a1"), Expected::Any, [event])).unwrap_err()
}

/// An error's words, with the folder of the test left out.
fn words_of(error: &Error, store: &Store) -> String {
    words(error).replace(store.folder().to_str().unwrap(), "FOLDER")
}

macro_rules! assert_error {
    ($error:expr, $store:expr, $variant:pat, $words:expr) => {
        let error = $error;
        assert!(matches!(error, $variant), "{error:?}");
        assert_eq!(words_of(&error, $store), $words);
    };
}

#[test]
fn no_store() {
    let store = Store::new();
    let error = Options::new().open(store.path()).unwrap_err();
    assert_error!(error, &store, Error::NoStore { .. }, "open FOLDER/sessions.db: there is no store");
}

#[test]
fn not_a_store() {
    let store = Store::new();
    std::fs::create_dir(store.path()).unwrap();
    let said = "open FOLDER/sessions.db: not a retold store, but a folder";
    assert_error!(store.try_open().unwrap_err(), &store, Error::NotAStore { .. }, said);
}

#[test]
fn newer() {
    let store = Store::new();
    drop(store.open());
    Connection::open(store.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let known = retold_migrations::latest();
    let said =
        format!("open FOLDER/sessions.db: made by a newer release, schema 99, this one knows up to {known}");
    assert_error!(store.try_open().unwrap_err(), &store, Error::Newer { .. }, said);
}

#[test]
fn older() {
    let store = Store::new();
    let mut connection = Connection::open(store.path()).unwrap();
    retold_migrations::up(&mut connection, 1).unwrap();
    drop(connection);
    let error = Options::new().read_only(true).open(store.path()).unwrap_err();
    let known = retold_migrations::latest();
    let said = format!(
        "open FOLDER/sessions.db: schema 1 is older than {known}, and the store is open for reading only"
    );
    assert_error!(error, &store, Error::Older { .. }, said);
    // Opened to write, it is brought up to date.
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
}

#[test]
fn io() {
    let store = Store::new();
    let error = Log::open(store.folder().join("no/sessions.db")).unwrap_err();
    let said = "create the store FOLDER/no/sessions.db: No such file or directory (os error 2)";
    assert_error!(error, &store, Error::Io { .. }, said);
}

#[test]
fn conflict() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    let expected = Expected::At(Revision::new(4).unwrap());
    let error = log.append(Commit::to(name("a1"), expected, [task("two")])).unwrap_err();
    let said = "append to session a1: expected revision 4, found revision 2";
    assert_error!(error, &store, Error::Conflict { .. }, said);
}

#[test]
fn misfit() {
    let store = Store::new();
    let log = with_model(&store, |_| Ok(()));
    let said = "append to session a1: TaskChanged on a session that was never created";
    assert_error!(append(&log, task("one")), &store, Error::InvalidEvent { .. }, said);
    // It was this caller's fault alone.
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
}

#[test]
fn malformed() {
    let store = Store::new();
    let log = store.open();
    let none: [Event; 0] = [];
    let error = log.append(Commit::to(name("a1"), Expected::Any, none)).unwrap_err();
    let said = "append: a commit holds at least one event for each stream it names";
    assert_error!(error, &store, Error::Malformed { .. }, said);
    assert!(matches!(log.append(Commit::default()), Err(Error::Malformed { .. })));
    assert!(matches!(log.train(std::iter::empty()), Err(Error::Malformed { .. })));
}

#[test]
fn too_large() {
    let store = Store::new();
    let error = append(&store.open(), task("x".repeat(BODY_BYTES_MAX)));
    let said = "append: a body of 67108875 bytes is over the limit of 67108864";
    assert_error!(error, &store, Error::TooLarge { .. }, said);
}

#[test]
fn busy() {
    let store = Store::new();
    let log = Options::new().create(true).busy_timeout(Duration::ZERO).open(store.path()).unwrap();
    let mut other = Connection::open(store.path()).unwrap();
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    assert_error!(append(&log, task("one")), &store, Error::Busy { .. }, "append: the store is busy");
    drop(held);
    // It was nobody's damage: the writer goes on.
    log.append(Commit::to(name("a1"), Expected::Any, [task("one")])).unwrap();
}

#[test]
fn full_and_latched() {
    let store = Store::new();
    // A file that may not grow is what a full disk looks like to SQLite.
    let log = with_model(&store, |transaction| {
        transaction
            .pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
            .and_then(|pages| transaction.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())))
            .map_err(Error::sqlite("limit the store"))
    });
    let text = (0..200_000).map(|_| char::from(retold_trial::chance::range(b'!'..=b'~'))).collect::<String>();
    let error = append(&log, retold_tests::message(text));
    assert!(matches!(error, Error::InvalidEvent { .. }), "{error:?}");
    let error = log
        .append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("x".repeat(1_000_000))]))
        .map(|_| ())
        .and_then(|()| {
            let text = (0..200_000)
                .map(|_| char::from(retold_trial::chance::range(b'!'..=b'~')))
                .collect::<String>();
            log.append(Commit::to(name("b1"), Expected::Any, [created("b1"), retold_tests::message(text)]))
        })
        .unwrap_err();
    assert_error!(error, &store, Error::Full { .. }, "append: the disk is full");
    let said = "append: the writer stopped after an error: append: the disk is full";
    assert_error!(append(&log, created("c1")), &store, Error::Latched { .. }, said);
    drop(log);
    store.open().append(Commit::to(name("c1"), Expected::Any, [created("c1")])).unwrap();
}

#[test]
fn read_only() {
    let store = Store::new();
    drop(store.open());
    let said = "append: the store is read-only";
    assert_error!(append(&store.open_read_only(), task("one")), &store, Error::ReadOnly { .. }, said);
}

#[test]
fn inline() {
    let store = Store::new();
    let log = with_model(&store, |_| Err(Error::Inline { reason: "it is diverged".to_owned() }));
    // Every caller of the transaction hears the same, and the writer goes on.
    let tickets: Vec<_> = (0..32)
        .map(|_| log.append_later(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap())
        .collect();
    for ticket in tickets {
        let said = "keep the read models: it is diverged";
        assert_error!(ticket.wait().unwrap_err(), &store, Error::Inline { .. }, said);
    }
}

#[test]
fn damaged() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    store.attacker().execute("update event set occurred_at = 0 where position = 2", []).unwrap();
    let said = "open the store: the store is damaged: at position 2, hash does not match the event";
    assert_error!(store.try_open().unwrap_err(), &store, Error::Damaged { .. }, said);
}

#[test]
fn stopped() {
    let store = Store::new();
    let log = store.open();
    log.append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    let said = "verify the log: stopped before the end";
    assert_error!(log.verify(|_| false).unwrap_err(), &store, Error::Stopped { .. }, said);
}

#[test]
fn body() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    store.attacker().execute("update event set codec = 0, body = x'c0'", []).unwrap();
    let log = store.open_read_only();
    let error = log.reader().unwrap().events_after(Position::ZERO, Limit::default()).unwrap_err();
    assert!(matches!(error, Error::Body { .. }), "{error:?}");
    let said = words_of(&error, &store);
    assert!(said.starts_with("read the event at position 1: the body is no SessionCreated: "), "{said}");
}

#[test]
fn sqlite() {
    let store = Store::new();
    let log = store.open();
    Connection::open(store.path()).unwrap().execute_batch("drop table commit_key").unwrap();
    let error = log.append(Commit::to(name("a1"), Expected::Any, [created("a1")]).key("k")).unwrap_err();
    assert!(matches!(error, Error::Sqlite { .. }), "{error:?}");
    let said = words_of(&error, &store);
    assert!(said.starts_with("append: no such table: commit_key"), "{said}");
}
