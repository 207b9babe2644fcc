//! However many importers, followers and applications run at once on one store, a session of a file is one record.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Barrier;

use retold_core::{Log, Session};
use retold_importer::ait42::{self, Options};
use retold_tests::import::{Home, exported, sessions, sources};
use retold_tests::{Store, assert_sound};
use serde_json::{Value, json};

use super::nightly;

fn document(id: &str, messages: usize, updated: usize) -> Value {
    let messages: Vec<Value> = (0..messages)
        .map(|number| json!({"id": format!("m{number}"), "role": "user", "content": format!("{id} {number}"), "timestamp": ""}))
        .collect();
    json!({
        "id": id, "type": "debate", "task": format!("task of {id}"), "status": "running",
        "createdAt": "2026-11-23T09:00:00Z", "updatedAt": format!("2026-11-23T09:00:{updated:02}Z"),
        "instances": [], "chatHistory": messages,
    })
}

/// A file as the editor writes it.
fn text(documents: &[Value]) -> Vec<u8> {
    let sessions: Vec<Session> =
        documents.iter().map(|document| serde_json::from_value(document.clone()).unwrap()).collect();
    serde_json::to_vec_pretty(&sessions).unwrap()
}

/// Checks that the log gives every file back, and has a record for each of its sessions and no other.
fn assert_holds_just(log: &Log, folder: &Path, files: &[&str]) {
    let there: BTreeMap<String, Vec<u8>> =
        files.iter().map(|file| ((*file).to_owned(), std::fs::read(folder.join(file)).unwrap())).collect();
    let exported = exported(log);
    assert_eq!(ids(&exported), ids(&there));
    assert!(exported == there, "every file comes out as it is");
    let count: usize = there.values().map(|bytes| retold_tests::import::parse(bytes).len()).sum();
    let held = sessions(log);
    let names: Vec<String> = held.iter().map(|held| held.name.to_string()).collect();
    assert_eq!(held.len(), count, "{names:?}");
    assert!(held.iter().all(|held| !held.state.records.deleted));
    assert_sound(log);
}

fn ids(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<&str, Vec<String>> {
    let ids = |bytes: &Vec<u8>| {
        retold_tests::import::parse(bytes).into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    files.iter().map(|(file, bytes)| (file.as_str(), ids(bytes))).collect()
}

#[test]
fn importers_at_once_bring_every_session_once() {
    for round in 0..nightly(6) {
        let (store, home) = (Store::new(), Home::new());
        // A fifth of the ids is there twice.
        let documents: Vec<Value> =
            (0..60).map(|number| document(&format!("s{}", number % 50), number % 7, 0)).collect();
        home.put("0a0a0a0a0a0a0a01.json", text(&documents));
        home.put("0a0a0a0a0a0a0a02.json", text(&documents[..20]));
        let importers: u32 = 2 + round % 4;
        let logs: Vec<Log> = (0..2).map(|_| store.open()).collect();
        let barrier = Barrier::new(importers as usize);
        let reports: Vec<ait42::Report> = std::thread::scope(|scope| {
            let run = |number: u32| {
                let (log, barrier) = (&logs[number as usize % 2], &barrier);
                let sources = sources(&home.path());
                scope.spawn(move || {
                    barrier.wait();
                    ait42::import(Some(log), &sources, Options::default()).unwrap()
                })
            };
            let threads: Vec<_> = (0..importers).map(run).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for report in &reports {
            let counts = report.sessions;
            assert_eq!((counts.read, report.reproduced), (80, 80), "{report:?}");
            assert_eq!(counts.imported + counts.updated + counts.unchanged, 80, "{report:?}");
            assert!(report.quarantined.is_empty() && report.skipped.is_empty(), "{report:?}");
        }
        let imported: u64 = reports.iter().map(|report| report.sessions.imported).sum();
        assert_eq!(imported, 80);
        let appended: u64 = reports.iter().map(|report| report.events_appended).sum();
        assert_eq!(appended, retold_tests::import::head(&logs[0]).get());
        let files = ["0a0a0a0a0a0a0a01.json", "0a0a0a0a0a0a0a02.json"];
        assert_holds_just(&logs[0], &home.path().join("sessions"), &files);
        let again = home.import(&logs[0]);
        assert_eq!((again.events_appended, again.sessions.unchanged), (0, 80));
    }
}

/// A file grows while importers read it: each has another version, and none undoes what a newer one brought.
#[test]
fn an_importer_with_an_older_version_undoes_nothing() {
    for _ in 0..nightly(4) {
        let (store, home) = (Store::new(), Home::new());
        let file = "0a0a0a0a0a0a0a01.json";
        let version = |version: usize| {
            let documents: Vec<Value> =
                (0..30 + version).map(|number| document(&format!("s{number}"), version, 0)).collect();
            text(&documents)
        };
        let put = |bytes: Vec<u8>| {
            let temporary = home.path().join("next");
            std::fs::write(&temporary, bytes).unwrap();
            std::fs::rename(temporary, home.file(file)).unwrap();
        };
        put(version(0));
        let log = store.open();
        let versions = 25;
        std::thread::scope(|scope| {
            let importer = |_| {
                scope.spawn(|| {
                    loop {
                        let bytes = std::fs::read(home.file(file)).unwrap();
                        let report = home.import(&log);
                        assert_eq!(report.quarantined, []);
                        let is_whole = report.reproduced == report.sessions.read;
                        assert_eq!(is_whole, report.skipped.is_empty(), "{report:?}");
                        if is_whole && bytes == version(versions) {
                            return;
                        }
                    }
                })
            };
            let importers: Vec<_> = (0..3).map(importer).collect();
            for number in 1..=versions {
                let before = retold_tests::import::head(&log);
                put(version(number));
                while number % 5 == 0 && retold_tests::import::head(&log) == before {
                    std::thread::yield_now();
                }
            }
            importers.into_iter().for_each(|importer| importer.join().unwrap());
        });
        assert_holds_just(&log, &home.path().join("sessions"), &[file]);
    }
}

fn retold(store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// An import by a program of its own.
struct Importer {
    command: Command,
    child: Child,
}

impl Importer {
    fn start(store: &Path, format: &str, path: &Path) -> Self {
        let mut command = retold(store);
        command.args(["-o", format, "import"]).arg(path);
        let child = command.spawn().unwrap();
        Self { command, child }
    }

    /// Waits for its end. Busy is to try again: on a machine that is full of work others may be faster for long.
    fn finish(mut self) -> String {
        loop {
            let output = self.child.wait_with_output().unwrap();
            if output.status.code() != Some(4) {
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                return String::from_utf8(output.stdout).unwrap();
            }
            self.child = self.command.spawn().unwrap();
        }
    }
}

/// The case itself: an import by three programs at once.
#[test]
fn three_programs_that_import_one_file_make_one_record_of_each_session() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/01-two-imports/0a0a0a0a0a0a0a01.json");
    let text = std::fs::read_to_string(file).unwrap();
    let store = Store::new();
    drop(store.open());
    let home = Home::new();
    let rounds = nightly(6);
    for round in 0..rounds {
        home.put("0a0a0a0a0a0a0a01.json", text.replace("\"paint-door\"", &format!("\"paint-door-{round}\"")));
        let programs: Vec<Importer> =
            (0..3).map(|_| Importer::start(&store.path(), "table", &home.path())).collect();
        for program in programs {
            let told = program.finish();
            assert!(told.contains("reproduced   1 of 1"), "{told}");
        }
    }
    assert_eq!(sessions(&store.open()).len(), rounds as usize);
}

/// A writer through `rpc`, that waits for each answer.
struct Rpc {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    number: u32,
}

impl Rpc {
    fn start(store: &Path) -> Self {
        Self::with(store, &[])
    }

    fn with(store: &Path, args: &[&str]) -> Self {
        let mut child = retold(store).arg("rpc").args(args).stdin(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers, number: 0 }
    }

    fn call(&mut self, method: &str, params: Value) {
        loop {
            self.number += 1;
            let call = json!({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params});
            writeln!(self.child.stdin.as_ref().unwrap(), "{call}").unwrap();
            let mut line = String::new();
            self.answers.read_line(&mut line).unwrap();
            let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{method}: {line}"));
            // Busy is to try again: nothing was written.
            match answer["error"]["data"]["kind"].as_str() {
                Some("busy") => {}
                _ => {
                    assert!(answer.get("error").is_none(), "{answer}");
                    return;
                }
            }
        }
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        finish(self.child);
    }
}

/// A program that follows a folder, and what it said.
struct Follower {
    child: Child,
    told: std::fs::File,
}

impl Follower {
    fn start(store: &Path, folder: &Path) -> Self {
        let told = tempfile::tempfile().unwrap();
        let child = retold(store)
            .args(["-o", "jsonl", "import", "--follow"])
            .arg(folder)
            .stdout(told.try_clone().unwrap())
            .spawn();
        Self { child: child.unwrap(), told }
    }

    /// Ends it; returns how many versions of files it brought, each of which the log gives back.
    fn end(mut self) -> usize {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (mut words, mut told) = (String::new(), String::new());
        self.child.stderr.as_mut().unwrap().read_to_string(&mut words).unwrap();
        assert!(!words.contains("warning") && !words.contains("error"), "{words}");
        self.told.rewind().unwrap();
        self.told.read_to_string(&mut told).unwrap();
        let whole = told.rfind('\n').map_or("", |end| &told[..end]);
        for line in whole.lines() {
            let report: Value = serde_json::from_str(line).unwrap();
            assert_eq!(report["reproduced"], report["sessions"]["read"], "{report}");
            assert_eq!(report["quarantined"], json!([]), "{report}");
        }
        whole.lines().count()
    }
}

/// Four importers, three followers and two writers, as processes, on a folder that grows.
#[cfg(unix)]
#[test]
fn importers_followers_and_writers_at_once_make_nothing_twice() {
    let (store, home) = (Store::new(), Home::new());
    drop(store.open());
    let folder = home.path().join("sessions");
    let files = ["0a0a0a0a0a0a0a01.json", "0a0a0a0a0a0a0a02.json"];
    let mut documents: [Vec<Value>; 2] = [vec![document("s0", 1, 0)], vec![document("s0", 1, 0)]];
    let put = |documents: &[Vec<Value>; 2]| {
        for (file, documents) in files.iter().zip(documents) {
            let temporary: PathBuf = home.path().join("next");
            std::fs::write(&temporary, text(documents)).unwrap();
            std::fs::rename(temporary, folder.join(file)).unwrap();
        }
    };
    put(&documents);
    let followers: Vec<Follower> = (0..3).map(|_| Follower::start(&store.path(), &folder)).collect();
    let mut writers: Vec<Rpc> = (0..2).map(|_| Rpc::start(&store.path())).collect();
    let rounds = nightly(50);
    let mut reports = 0;
    for round in 1..=rounds as usize {
        // A new session, twins now and then; and those that are there grow.
        for (file, documents) in documents.iter_mut().enumerate() {
            documents.push(document(&format!("s{round}"), 1, 0));
            if round % 3 == file {
                documents.push(document(&format!("s{round}"), 2, 0));
            }
            let grown = round / 2;
            documents[grown] = document(documents[grown]["id"].as_str().unwrap(), 3 + file, round % 60);
        }
        put(&documents);
        let importers: Vec<Importer> =
            (0..4).map(|_| Importer::start(&store.path(), "json", &folder)).collect();
        for (number, writer) in writers.iter_mut().enumerate() {
            let id = format!("w{number}-{round}");
            let workspace = format!("/src/own-{number}");
            writer
                .call("create_session", json!({"workspacePath": workspace, "session": document(&id, 0, 0)}));
            let message = json!({"id": "m", "role": "user", "content": "c", "timestamp": ""});
            writer.call(
                "add_chat_message",
                json!({"workspacePath": workspace, "sessionId": id, "message": message}),
            );
        }
        let total: usize = documents.iter().map(Vec::len).sum();
        for importer in importers {
            let report: Value = serde_json::from_str(&importer.finish()).unwrap();
            assert_eq!(report["sessions"]["read"], total, "{report}");
            assert_eq!(report["reproduced"], total, "{report}");
            assert_eq!(report["quarantined"], json!([]), "{report}");
            reports += 1;
        }
    }
    writers.into_iter().for_each(Rpc::end);
    let followed: usize = followers.into_iter().map(Follower::end).sum();
    assert!(followed >= 3, "each has brought something");
    assert_eq!(reports, rounds * 4);
    let log = store.open();
    let mut exported = exported(&log);
    let own: Vec<String> = exported.keys().filter(|file| !files.contains(&file.as_str())).cloned().collect();
    for file in own {
        let written = retold_tests::import::parse(&exported.remove(&file).unwrap());
        assert_eq!(written.len(), rounds as usize);
        assert!(written.iter().all(|session| session.chat_history.len() == 1));
    }
    for file in files {
        assert_eq!(
            String::from_utf8(exported[file].clone()).unwrap(),
            String::from_utf8(std::fs::read(folder.join(file)).unwrap()).unwrap()
        );
    }
    let of_files: usize = documents.iter().map(Vec::len).sum();
    assert_eq!(sessions(&log).len(), of_files + 2 * rounds as usize);
    assert_sound(&log);
}

/// A mirror's file is what the log said a moment ago: whoever imports it sets nothing back, however far the log went on.
#[test]
fn importers_of_a_mirrored_folder_set_nothing_back() {
    let (store, home) = (Store::new(), Home::new());
    drop(store.open());
    let folder = home.path().join("sessions");
    let mut writer = Rpc::with(&store.path(), &["--mirror", folder.to_str().unwrap()]);
    let workspace = "/src/own";
    writer.call("create_session", json!({"workspacePath": workspace, "session": document("s", 0, 0)}));
    writer.call("flush_mirror", json!({}));
    let followers: Vec<Follower> = (0..2).map(|_| Follower::start(&store.path(), &folder)).collect();
    let rounds = nightly(4);
    for round in 0..rounds {
        for number in 0..20 {
            let id = format!("m{round}-{number}");
            let message = json!({"id": id, "role": "user", "content": id, "timestamp": ""});
            let params = json!({"workspacePath": workspace, "sessionId": "s", "message": message});
            writer.call("add_chat_message", params);
            if number == 10 {
                writer.call("flush_mirror", json!({}));
            }
        }
        // The file is behind the log by some messages now.
        for _ in 0..2 {
            let importer = Importer::start(&store.path(), "json", &folder);
            let report: Value = serde_json::from_str(&importer.finish()).unwrap();
            assert_eq!(report["events_appended"], 0, "{report}");
        }
    }
    writer.call("flush_mirror", json!({}));
    writer.end();
    followers.into_iter().map(Follower::end).for_each(drop);
    let held = sessions(&store.open());
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].state.session.chat_history.len(), rounds as usize * 20);
}
