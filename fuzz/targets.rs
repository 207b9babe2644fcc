//! What fuzzers feed: each takes any bytes, and may refuse them, but never panics, hangs, or takes memory without bound.
//!
//! `cargo +nightly fuzz run TARGET` looks for what breaks one; the corpus is replayed by the tests of the workspace.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use retold_core::event::{self, EventType, Upcasters};
use retold_core::{Commit, Event, Expected, Limit, Log, Options, Position};
use retold_importer::ait42;
use retold_projections::{Declaration, SessionFilter, Store};
use retold_tests::{created, message, name, task};

/// The largest input: what is longer teaches a fuzzer nothing.
const BYTES_MAX: usize = 1 << 20;

thread_local! {
    /// One whose body is exchanged again and again.
    static PLACE: RefCell<Option<(tempfile::TempDir, rusqlite::Connection)>> = const { RefCell::new(None) };
    /// One that stays sound.
    static SOUND: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
}

/// A folder in memory where there is one: fuzzers write much, and keep nothing.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// Makes a small store in a folder.
fn small_store(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("sessions.db");
    let store = Store::open(&path, Options::new().create(true)).expect("a store");
    let events = [created("a1"), task("mend the door"), message("hello")];
    store.log().append(Commit::to(name("a1"), Expected::Any, events)).expect("a log");
    path
}

/// Lends a small store with its triggers gone, made once a thread.
fn with_store(work: impl FnOnce(&Path, &rusqlite::Connection)) {
    PLACE.with_borrow_mut(|place| {
        let (folder, connection) = place.get_or_insert_with(|| {
            let folder = folder();
            let connection = rusqlite::Connection::open(small_store(folder.path())).expect("a connection");
            connection.execute_batch("drop trigger event_update").expect("a trigger");
            (folder, connection)
        });
        work(&folder.path().join("sessions.db"), connection);
    });
}

/// Lends a small store that nobody damages, made once a thread.
fn with_sound_store(work: impl FnOnce(&Path)) {
    SOUND.with_borrow_mut(|place| {
        let folder = place.get_or_insert_with(|| {
            let folder = folder();
            small_store(folder.path());
            folder
        });
        work(&folder.path().join("sessions.db"));
    });
}

/// Reads all that can be read of a store.
fn read_all(path: &Path) {
    let Ok(store) = Store::open_as_it_is(path, Options::new().read_only(true)) else { return };
    let _checked = store.log().verify(|_| true);
    let Ok(mut reader) = store.log().reader() else { return };
    if let Ok(page) = reader.events_after(Position::ZERO, Limit { rows: 1000, bytes: 1 << 22 }) {
        for event in page.events.into_iter().filter_map(|event| event.event) {
            let mut event = event;
            let _resolved = reader.resolve_event(&mut event);
        }
    }
    let _rows = store.sessions(&SessionFilter::default());
    if let (Ok(Some(stream)), Ok(head)) = (reader.stream(&name("a1")), reader.head()) {
        let _state = reader.state(stream, head.position);
    }
}

/// The body of an event: the type, the codec, the bytes.
pub(crate) fn event_body(bytes: &[u8]) {
    let [kind, codec, body @ ..] = bytes else { return };
    if body.len() > BYTES_MAX {
        return;
    }
    with_store(|path, connection| {
        let kind = EventType::ALL[usize::from(*kind) % EventType::ALL.len()].number();
        let sql = "update event set type = ?1, codec = ?2, body = ?3 where position = 2";
        connection.execute(sql, (kind, codec % 4, body)).expect("a body can be written");
        read_all(path);
    });
}

/// A body as it is in memory: the type, the bytes. Our reader and that of `rmp_serde` find the same event, or both refuse it.
pub(crate) fn event_bytes(bytes: &[u8]) {
    let [kind, body @ ..] = bytes else { return };
    if body.len() > BYTES_MAX {
        return;
    }
    let kind = EventType::ALL[usize::from(*kind) % EventType::ALL.len()];
    let ours = Upcasters::default().read(kind, kind.schema_version(), body);
    let theirs = by_rmp_serde(kind, body);
    match (&ours, &theirs) {
        // As text, so that a real that is not a number equals itself.
        (Ok(ours), Ok(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{kind}"),
        (Err(_), Err(_)) => {}
        _ => panic!("{kind}: {ours:?}, and {theirs:?} by rmp_serde"),
    }
}

fn by_rmp_serde(kind: EventType, body: &[u8]) -> Result<Event, rmp_serde::decode::Error> {
    fn read<T: serde::de::DeserializeOwned + Into<Event>>(
        body: &[u8],
    ) -> Result<Event, rmp_serde::decode::Error> {
        let mut reader = rmp_serde::Deserializer::from_read_ref(body);
        reader.set_max_depth(32);
        T::deserialize(&mut reader).map(Into::into)
    }
    match kind {
        EventType::SessionCreated => read::<event::SessionCreated>(body),
        EventType::TaskChanged => read::<event::TaskChanged>(body),
        EventType::SessionStatusChanged => read::<event::SessionStatusChanged>(body),
        EventType::WinnerSelected => read::<event::WinnerSelected>(body),
        EventType::SessionDetailsChanged => read::<event::SessionDetailsChanged>(body),
        EventType::SessionMoved => read::<event::SessionMoved>(body),
        EventType::SessionDeleted => read::<event::SessionDeleted>(body),
        EventType::SessionRestored => read::<event::SessionRestored>(body),
        EventType::InstanceAdded => read::<event::InstanceAdded>(body),
        EventType::InstanceStatusChanged => read::<event::InstanceStatusChanged>(body),
        EventType::OutputAppended => read::<event::OutputAppended>(body),
        EventType::OutputReplaced => read::<event::OutputReplaced>(body),
        EventType::InstanceDetailsChanged => read::<event::InstanceDetailsChanged>(body),
        EventType::InstanceRemoved => read::<event::InstanceRemoved>(body),
        EventType::MessageAdded => read::<event::MessageAdded>(body),
        EventType::MessageChanged => read::<event::MessageChanged>(body),
        EventType::MessageRemoved => read::<event::MessageRemoved>(body),
        EventType::WorkspaceRegistered => read::<event::WorkspaceRegistered>(body),
        EventType::BodyRedacted => read::<event::BodyRedacted>(body),
        EventType::BodiesPruned => read::<event::BodiesPruned>(body),
        EventType::BodiesRestored => read::<event::BodiesRestored>(body),
        EventType::TagsChanged => read::<event::TagsChanged>(body),
        EventType::TitleChanged => read::<event::TitleChanged>(body),
        EventType::SessionContextChanged => read::<event::SessionContextChanged>(body),
        EventType::SessionLinked => read::<event::SessionLinked>(body),
        EventType::StatusObserved => read::<event::StatusObserved>(body),
        EventType::ToolCalled => read::<event::ToolCalled>(body),
        EventType::ToolReturned => read::<event::ToolReturned>(body),
        EventType::UsageRecorded => read::<event::UsageRecorded>(body),
        EventType::ContextCompacted => read::<event::ContextCompacted>(body),
        EventType::HistoryRewound => read::<event::HistoryRewound>(body),
        EventType::SourceFound => read::<event::SourceFound>(body),
        EventType::RecordsKept => read::<event::RecordsKept>(body),
        EventType::SourceRead => read::<event::SourceRead>(body),
        EventType::ImportExcluded => read::<event::ImportExcluded>(body),
        EventType::ImportIncluded => read::<event::ImportIncluded>(body),
        EventType::FolderSeen => read::<event::FolderSeen>(body),
        EventType::MappingCorrected => read::<event::MappingCorrected>(body),
    }
}

/// A whole store.
pub(crate) fn store_file(bytes: &[u8]) {
    if bytes.len() > BYTES_MAX {
        return;
    }
    let folder = folder();
    let path = folder.path().join("sessions.db");
    std::fs::write(&path, bytes).expect("a file");
    read_all(&path);
    let _saved = retold_upkeep::recover(&path, &folder.path().join("new.db"), &[], |_| (), |_| true);
}

/// A session history of the AIT42 Editor.
pub(crate) fn legacy_json(bytes: &[u8]) {
    if bytes.len() > BYTES_MAX {
        return;
    }
    let folder = folder();
    let file = folder.path().join("0123456789abcdef.json");
    std::fs::write(&file, bytes).expect("a file");
    let log = Log::open(folder.path().join("sessions.db")).expect("a store");
    // What is no history at all is refused as a whole.
    let Ok(sources) = ait42::Sources::find(&[file], &BTreeMap::new()) else { return };
    let report = ait42::import(Some(&log), &sources, ait42::Options::default())
        .expect("a store and a file that can be read");
    assert!(report.not_reproduced.is_empty(), "what was imported leads back to its source");
    assert!(log.verify(|_| true).expect("a store").is_sound());
}

fn run(arguments: &[&str]) {
    with_store(|path, connection| {
        let before: i64 = connection.query_row("pragma data_version", [], |row| row.get(0)).expect("a store");
        let mut io = retold_cli::Io::of_process(std::sync::Arc::default());
        (io.out, io.err) = (Box::new(std::io::sink()), Box::new(std::io::sink()));
        let all = ["retold".into(), "--store".into(), path.as_os_str().to_owned()];
        let _exit = retold_cli::run(all.into_iter().chain(arguments.iter().map(OsString::from)), &mut io);
        let after: i64 = connection.query_row("pragma data_version", [], |row| row.get(0)).expect("a store");
        assert_eq!(before, after, "asking writes nothing");
    });
}

/// A point, as a person names it.
pub(crate) fn point(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        run(&["log", "a1", "--at", text]);
        run(&["verify", "--quick", "--expect", text]);
    }
}

/// A question in SQL, and a condition of a redaction that is only tried.
pub(crate) fn sql(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // What runs without end, or answers with a gigabyte, is for Ctrl-C, and not for this.
    let has_large_number = text.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() > 5);
    if text.to_ascii_lowercase().contains("recursive") || has_large_number || text.len() > 4096 {
        return;
    }
    run(&["sql", text]);
    run(&["redact", "--dry-run", "--where", text]);
}

/// A projection, as an analyst declares it: what is one fills its tables from the log, and touches nothing else.
pub(crate) fn projection(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // What runs into the limit of steps is refused, after a while.
    if text.to_ascii_lowercase().contains("recursive") || text.len() > 8192 {
        return;
    }
    let Ok(declaration) = Declaration::read(text) else { return };
    if declaration.check().is_err() {
        return;
    }
    with_sound_store(|path| {
        let store = Store::open(path, Options::new()).expect("a store");
        let head = store.log().reader().and_then(|reader| reader.head()).expect("a head");
        let name = declaration.name();
        let sidecars = store.sidecars();
        if sidecars.add(&declaration).is_ok() {
            // Its statements may refuse an event; that is told by its status.
            let _filled = sidecars.catch_up(name, &|_| true);
            let _rebuilt = sidecars.rebuild(name, &|_| true);
            assert!(!sidecars.status(0).expect("a status").is_empty());
            sidecars.remove(name).expect("it was added");
        }
        let after = store.log().reader().and_then(|reader| reader.head()).expect("a head");
        assert_eq!(head, after, "a projection writes no event");
        assert!(store.check(None, |_| true).expect("a store").is_some_and(|checked| checked.different == 0));
    });
}

/// Lines for `retold rpc`: each call gets an answer, and what was written is sound.
pub(crate) fn rpc_lines(bytes: &[u8]) {
    if bytes.len() > BYTES_MAX {
        return;
    }
    let folder = folder();
    let path = folder.path().join("sessions.db");
    with_sound_store(|from| assert!(std::fs::copy(from, &path).expect("a copy") > 0));
    let (said, told) = (Said::default(), Said::default());
    let mut io = retold_cli::Io::of_process(std::sync::Arc::default());
    (io.out, io.err) = (Box::new(said.clone()), Box::new(told.clone()));
    io.input = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let arguments = ["retold".into(), "--store".into(), path.as_os_str().to_owned(), "rpc".into()];
    let exit = retold_cli::run(arguments, &mut io);
    drop(io);
    assert_eq!(exit, std::process::ExitCode::SUCCESS, "{}", told.text());
    for line in said.text().lines() {
        assert!(line.starts_with('{') || line.starts_with('['), "{line}");
        assert!(line.contains("\"jsonrpc\":\"2.0\""), "{line}");
    }
    let store = Store::open(&path, Options::new()).expect("a store");
    assert!(store.log().verify(|_| true).expect("a store").is_sound());
    assert!(store.check(None, |_| true).expect("a store").is_some_and(|checked| checked.different == 0));
}

/// What was written, for whoever reads it afterwards.
#[derive(Clone, Default)]
struct Said(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Said {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panics while writing")).into_owned()
    }
}

impl std::io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics while writing").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
