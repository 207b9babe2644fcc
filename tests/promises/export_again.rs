//! What a legacy writer wrote comes out byte for byte, also after it wrote again.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use retold_benches::legacy::{Instance, LegacyStore, Message, Session};
use retold_core::event::SessionCreated;
use retold_core::{Commit, Expected, StreamName};
use retold_importer::Error;
use retold_importer::ait42::{self, Existing};
use retold_tests::Store;
use retold_tests::import::{dirty, exported, files, head, import};

fn text() -> BoxedStrategy<String> {
    const HOSTILE: &[&str] = &[
        "",
        "running",
        "completed",
        "null",
        "\0\u{1}\u{1f}\u{7f}",
        "\u{feff}\u{2028}\u{1b}[31mred\u{1b}[0m\r\n\t\u{8}\u{c}",
        "quote \" backslash \\ slash / \\u0041",
        "👩‍👩‍👧‍👦 修理する 🏳️‍🌈 e\u{301}",
        "},\n  {\n    \"id\": \"a\",\n    \"type\": \"b\",\n    \"task\": \"c\"",
        "]\n[",
    ];
    prop_oneof![
        3 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        2 => any::<String>(),
        // Longer than what a body keeps of a text.
        1 => (any::<char>(), 4000_usize..4200).prop_map(|(letter, times)| letter.to_string().repeat(times)),
    ]
    .boxed()
}

fn time() -> BoxedStrategy<String> {
    const TIMES: &[&str] = &[
        "",
        "soon",
        "2025-11-14T01:02:03+00:00",
        "2025-11-14T01:02:03.123Z",
        "2025-11-14T01:02:03.123456789+00:00",
        "2026-11-23 00:35:31",
        "1969-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "-009999-01-02T00:00:00Z",
    ];
    prop_oneof![4 => prop::sample::select(TIMES).prop_map(str::to_owned), 1 => text()].boxed()
}

fn edge() -> BoxedStrategy<u32> {
    prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()].boxed()
}

fn instance() -> BoxedStrategy<Instance> {
    let texts = [text(), text(), text(), text(), text()];
    let options = [text(), time(), time(), text(), text(), text()].map(option::of);
    let numbers = [edge(), edge(), edge()].map(option::of);
    (0_u32..3, texts, options, numbers)
        .prop_map(|(instance_id, texts, options, numbers)| {
            let [worktree_path, branch, agent_name, status, tmux_session_id] = texts;
            let [output, start_time, end_time, runtime, model, runtime_label] = options;
            let [files_changed, lines_added, lines_deleted] = numbers;
            Instance {
                instance_id,
                worktree_path,
                branch,
                agent_name,
                status,
                tmux_session_id,
                output,
                start_time,
                end_time,
                files_changed,
                lines_added,
                lines_deleted,
                runtime,
                model,
                runtime_label,
            }
        })
        .boxed()
}

fn message() -> BoxedStrategy<Message> {
    let id = prop::sample::select(&["", "msg-1", "msg-1-response", "history-0-1"][..]);
    (id, text(), text(), time(), option::of(edge()))
        .prop_map(|(id, role, content, timestamp, instance_id)| Message {
            id: id.to_owned(),
            role,
            content,
            timestamp,
            instance_id,
        })
        .boxed()
}

fn session(id: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Session> {
    let texts = [text(), text(), text(), time(), time()];
    let options = [time(), text()].map(option::of);
    let numbers = [edge(), edge(), edge(), edge(), edge()].map(option::of);
    let rest = (
        any::<Option<bool>>(),
        option::of(vec(text(), 0..3)),
        option::of(prop_oneof![Just(u64::MAX), any::<u64>()]),
    );
    (id, texts, options, numbers, rest, vec(instance(), 0..4), vec(message(), 0..5))
        .prop_map(|(id, texts, options, numbers, rest, instances, chat_history)| {
            let [session_type, task, status, created_at, updated_at] = texts;
            let [completed_at, model] = options;
            let [timeout_seconds, winner_id, total_files_changed, total_lines_added, total_lines_deleted] =
                numbers;
            let (preserve_worktrees, runtime_mix, total_duration) = rest;
            Session {
                id,
                session_type,
                task,
                status,
                created_at,
                updated_at,
                completed_at,
                instances,
                chat_history,
                model,
                timeout_seconds,
                preserve_worktrees,
                winner_id,
                runtime_mix,
                total_duration,
                total_files_changed,
                total_lines_added,
                total_lines_deleted,
            }
        })
        .boxed()
}

/// Few ids, so that they repeat.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![3 => prop::sample::select(&["a", "b", "comp-123", ""][..]).prop_map(str::to_owned), 1 => text()]
}

/// What a later version of the file does to a session.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Box<Session>),
    Instances(Vec<Instance>),
    Messages(Vec<Message>),
    Message(Message),
    Output(Option<String>),
    Task(String),
    Swap(usize),
    New(Box<Session>),
}

fn edit() -> impl Strategy<Value = (prop::sample::Index, Edit)> {
    let edit = prop_oneof![
        session(Just(String::new())).prop_map(|session| Edit::Replace(Box::new(session))),
        vec(instance(), 0..4).prop_map(Edit::Instances),
        vec(message(), 0..4).prop_map(Edit::Messages),
        message().prop_map(Edit::Message),
        option::of(text()).prop_map(Edit::Output),
        text().prop_map(Edit::Task),
        (0_usize..6).prop_map(Edit::Swap),
        session(id()).prop_map(|session| Edit::New(Box::new(session))),
    ];
    (any::<prop::sample::Index>(), edit)
}

fn make(sessions: &mut Vec<Session>, at: usize, edit: Edit) {
    let last = sessions.len() - 1;
    let session = &mut sessions[at];
    match edit {
        Edit::Replace(other) => *session = Session { id: session.id.clone(), ..*other },
        Edit::Instances(instances) => session.instances = instances,
        Edit::Messages(messages) => session.chat_history = messages,
        Edit::Message(message) => session.chat_history.insert(0, message),
        Edit::Output(output) => {
            if let Some(instance) = session.instances.last_mut() {
                instance.output = output.map(|more| instance.output.take().unwrap_or_default() + &more);
            }
        }
        Edit::Task(task) => session.task = task,
        Edit::Swap(with) => sessions.swap(at, with.min(last)),
        Edit::New(session) => sessions.insert(at, *session),
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(48))]

    #[test]
    fn hostile_documents_come_out_byte_for_byte_and_so_do_newer_versions(
        mut written in vec(session(id()), 1..6),
        edits in vec(edit(), 0..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let writer = LegacyStore::new(folder.path());
        let file = writer.file("/no/such/workspace");
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        for session in &written {
            writer.create_session("/no/such/workspace", session.clone()).unwrap();
        }
        let store = Store::new();
        let log = store.open();
        let report = import(&log, folder.path());
        prop_assert_eq!(report.reproduced, written.len() as u64, "{:?}", report);
        prop_assert!(exported(&log)[&name] == std::fs::read(&file).unwrap());

        for (at, edit) in edits {
            let at = at.index(written.len());
            make(&mut written, at, edit);
        }
        std::fs::remove_file(&file).unwrap();
        for session in &written {
            writer.create_session("/no/such/workspace", session.clone()).unwrap();
        }
        let report = import(&log, folder.path());
        prop_assert_eq!(report.reproduced, written.len() as u64, "{:?}", report);
        prop_assert!(exported(&log)[&name] == std::fs::read(&file).unwrap());
        prop_assert_eq!(import(&log, folder.path()).events_appended, 0);
        retold_tests::assert_sound(&log);
    }
}

#[test]
fn unknown_keys_come_out_to_the_letter() {
    for file in ["unknown-keys.json", "deep.json"] {
        let home = retold_tests::import::Home::of("aa.json", dirty(file));
        let store = Store::new();
        let log = store.open();
        home.import(&log);
        let text = exported(&log).remove("aa.json").unwrap();
        // The comparison is by letter where a key is unknown.
        assert_eq!(retold_tests::import::parse(&text), retold_tests::import::parse(&dirty(file)), "{file}");
        let squeeze = |bytes: &[u8]| -> String {
            String::from_utf8(bytes.to_vec()).unwrap().split_ascii_whitespace().collect()
        };
        for number in ["1e400", "123456789012345678901234567890"] {
            assert_eq!(squeeze(&text).matches(number).count(), squeeze(&dirty(file)).matches(number).count());
        }
    }
}

#[test]
fn a_name_that_is_no_file_name_writes_nothing_anywhere() {
    for name in ["..", ".", "", "a/b", "../escaped", "/tmp/absolute", "a\\b", "c:d"] {
        for as_home in [false, true] {
            let store = Store::new();
            let log = store.open();
            let (workspace, home) = if as_home { ("aa", Some(name.to_owned())) } else { (name, None) };
            let created = SessionCreated { session: retold_tests::session("s1"), place: None, home };
            let good = SessionCreated { session: retold_tests::session("s0"), place: None, home: None };
            log.append(Commit::to(StreamName::session("00", "s0", 1), Expected::Any, [good])).unwrap();
            log.append(Commit::to(StreamName::session(workspace, "s1", 1), Expected::Any, [created]))
                .unwrap();
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("out");
            let error = ait42::export(&log, &folder, head(&log), Existing::Compare, |_| true).unwrap_err();
            assert!(matches!(&error, Error::NotAFileName { name: found, .. } if found == name), "{error}");
            let words = error.to_string().replace(folder.to_str().unwrap(), "DIR");
            assert_eq!(
                words,
                format!("export to DIR: expected a plain file name for a workspace, found {name:?}")
            );
            assert!(files(place.path()).is_empty() && !folder.exists());
        }
    }
}
