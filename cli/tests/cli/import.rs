use std::process::ExitCode;

use crate::support::{Place, sample, snapshot};

/// Runs an import that does not end well, and returns what it says.
fn refused(place: &Place, path: &str, code: u8) -> String {
    let said = place.piped(&["import", path]).refused(code);
    assert!(!place.path().exists(), "an import of nothing makes no store");
    said
}

#[test]
fn a_history_is_imported_and_told() {
    let place = Place::empty();
    snapshot!(place.piped(&["import", &sample("")]).done(), @"
    store        [folder]/sessions.db
    files        3, 345.5 KiB, in [n] ms
    sessions     29 read: 29 imported, 0 updated, 0 unchanged
    in them      85 instances, 206 messages
    events       606 appended
    reproduced   29 of 29, exactly
    ");
    snapshot!(place.piped(&["import", &sample("sessions")]).done(), @"
    store        [folder]/sessions.db
    files        3, 345.5 KiB, in [n] ms
    sessions     29 read: 0 imported, 0 updated, 29 unchanged
    in them      85 instances, 206 messages
    events       0 appended
    reproduced   29 of 29, exactly
    ");
}

#[test]
fn json_is_the_report() {
    let place = Place::empty();
    snapshot!(place.piped(&["import", &sample(""), "-o", "jsonl"]).done(), @r#"{"files":3,"bytes":353819,"sessions":{"read":29,"imported":29,"updated":0,"unchanged":0,"quarantined":0,"absent":0,"deleted":0},"instances":85,"messages":206,"events_appended":606,"reproduced":29,"not_reproduced":[],"quarantined":[],"skipped":[],"warnings":[],"duration_ms":[n],"dry_run":false,"interrupted":false}"#);
    let report = place.piped(&["import", &sample(""), "-o", "json"]).json();
    assert_eq!(
        (report["sessions"]["unchanged"].as_u64(), report["events_appended"].as_u64()),
        (Some(29), Some(0))
    );
    let counts = place.piped(&["import", &sample(""), "-o", "csv"]).done();
    assert!(counts.starts_with("what,count\r\nfiles,3\r\nbytes,353819\r\nsessions.read,29\r\n"), "{counts}");
}

#[test]
fn what_cannot_be_read_is_quarantined_and_exits_with_six() {
    let place = Place::empty();
    let file = sample("dirty/damaged-middle.json");
    let answer = place.piped(&["import", &file, &sample("dirty/truncated.json")]);
    assert_eq!(answer.exit, ExitCode::from(6));
    snapshot!(answer.out, @"
    store        [folder]/sessions.db
    files        2, 12.4 KiB, in [n] ms
    sessions     6 read: 6 imported, 0 updated, 0 unchanged
    in them      6 instances, 12 messages
    events       60 appended
    reproduced   6 of 6, exactly
    quarantined  2 pieces

    file                 bytes       reason
    damaged-middle.json  3489..5096  the session has no end
    truncated.json       3489..4155  the file ends inside the session
    ");
    snapshot!(answer.err, @"
    warning: [sample]/dirty/truncated.json: the file ends inside its list
    hint: `retold store quarantine list` shows what could not be read; nothing of it is lost
    ");
    let report = place.piped(&["import", &file, "-o", "json"]);
    assert_eq!(report.exit, ExitCode::from(6), "also where it was known already");
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    snapshot!(report["quarantined"].to_string(), @r#"[{"file":"[sample]/dirty/damaged-middle.json","length":1607,"offset":3489,"reason":"the session has no end"}]"#);
    // Quiet leaves the answer alone.
    assert_eq!(place.piped(&["import", &file, "-q", "-o", "jsonl"]).exited(6).lines().count(), 1);
}

#[test]
fn every_dirty_file_is_taken_as_far_as_it_goes() {
    let place = Place::empty();
    let answer = place.terminal(&["import", &sample("dirty")]);
    assert_eq!(answer.exit, ExitCode::from(6));
    for line in answer.out.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80 || line.starts_with("store "), "{line}");
    }
    assert!(place.piped(&["verify", "-q"]).done().starts_with("sound: "));
}

#[test]
fn a_dry_run_creates_nothing() {
    let place = Place::empty();
    snapshot!(place.piped(&["import", &sample(""), "--dry-run"]).done(), @"
    store        [folder]/sessions.db, not written to: a dry run
    files        3, 345.5 KiB, in [n] ms
    sessions     29 read: 29 imported, 0 updated, 0 unchanged
    in them      85 instances, 206 messages
    events       606 to append
    reproduced   29 of 29, exactly
    ");
    assert!(place.names().is_empty());
    let inner = place.folder().join("a/b/sessions.db");
    let inner = inner.to_str().unwrap();
    let report = place.piped(&["import", &sample(""), "--dry-run", "-o", "json", "--store", inner]).json();
    assert_eq!(
        (report["dry_run"].as_bool(), report["sessions"]["imported"].as_u64()),
        (Some(true), Some(29))
    );
    assert!(place.names().is_empty());
    place.piped(&["import", &sample(""), "--store", inner]).done();
    assert_eq!(place.names(), ["a"]);
    let before = std::fs::read(inner).unwrap();
    let report = place.piped(&["import", &sample(""), "--dry-run", "-o", "json", "--store", inner]).json();
    assert_eq!(report["sessions"]["unchanged"].as_u64(), Some(29));
    assert_eq!(std::fs::read(inner).unwrap(), before);
}

#[test]
fn what_is_no_history_is_refused_before_anything_is_made() {
    let place = Place::empty();
    snapshot!(refused(&place, "/nowhere/at/all", 2), @"
    error: import /nowhere/at/all: there is no such file or folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    let folder = place.folder().join("empty");
    std::fs::create_dir(&folder).unwrap();
    snapshot!(refused(&place, folder.to_str().unwrap(), 1), @"
    error: import [folder]/empty: no session files in this folder
    hint: session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`
    ");
    snapshot!(refused(&place, &place.file("notes.txt", "Dear diary"), 2), @"error: import [folder]/notes.txt: not a session history, expected a JSON array of sessions, found text that begins with `D`");
    let database = place.folder().join("x.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch("create table t (a)").unwrap();
    snapshot!(refused(&place, database.to_str().unwrap(), 2), @"error: import [folder]/x.db: not a session history, expected a JSON array of sessions, found a SQLite database");
    snapshot!(place.piped(&["import"]).refused(2), @r#"
    error: find the files of coding agents: this account has no home folder
    hint: name the folder: retold import claude PATH
    "#);
    snapshot!(place.piped(&["import", "x", "--workspace", "nonsense"]).refused(2), @"
    error: --workspace nonsense: accepted is HASH=PATH
    hint: `retold import --help` lists what it takes
    ");
    snapshot!(place.piped(&["import", "x", "--at", "3"]).refused(2), @r#"
    error: import: --at is not for this command
    hint: it is for sessions, show, log, diff, blame, history, trace, bisect, what-if, compare, replay, tui, fork, operations, sql, export, stats, store head
    "#);
}

#[test]
fn a_workspace_is_named_where_nothing_tells_it() {
    let place = Place::empty();
    let file = place.file("0123456789abcdef.json", std::fs::read(sample("dirty/compact.json")).unwrap());
    place.piped(&["import", &file, "--workspace", "0123456789abcdef=/src/atlas"]).done();
    let rows = place.piped(&["sessions", "-o", "json"]).json()["rows"].clone();
    assert_eq!(
        (rows[0]["workspace"].as_str(), rows[0]["path"].as_str()),
        (Some("0123456789abcdef"), Some("/src/atlas"))
    );
}

#[test]
fn ctrl_c_ends_between_two_sessions_and_the_next_import_goes_on() {
    let place = Place::empty();
    let answer = place.run(&["import", &sample("")], |io| {
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(answer.exit, ExitCode::from(130));
    snapshot!(answer.err, @"interrupted: what was read is in the log, the next import goes on from here");
    let report = place.piped(&["import", &sample(""), "-o", "json"]).json();
    assert_eq!(report["reproduced"].as_u64(), Some(29));
}

/// Runs `import --follow` on a folder in which another program writes twice.
fn watched(format: &str) -> crate::support::Answer {
    let place = Place::empty();
    let file = |messages: &str| {
        let session = |id: &str| {
            format!(
                r#"{{"id":"{id}","type":"debate","task":"","status":"","createdAt":"","updatedAt":"",
                    "instances":[],"chatHistory":[{messages}]}}"#
            )
        };
        place.file("ait42/w1.json", format!("[{},{}]", session("a1"), session("b1")))
    };
    let path = file("");
    let (send, interrupt) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let folder = std::path::Path::new(&path).parent().unwrap().to_str().unwrap().to_owned();
        let place = &place;
        let watching = scope.spawn(move || {
            place.run(&["import", &folder, "--follow", "-o", format], |io| {
                send.send(io.interrupt.clone()).unwrap()
            })
        });
        let interrupt = interrupt.recv().unwrap();
        let wait_for = |events: u64| {
            let head = || {
                retold_core::Log::open(place.path()).and_then(|log| Ok(log.reader()?.head()?.position.get()))
            };
            while !head().is_ok_and(|head| head >= events) {
                assert!(!watching.is_finished(), "it ended by itself");
                std::thread::yield_now();
            }
        };
        wait_for(4);
        file(r#"{"id":"m1","role":"user","content":"hello","timestamp":""}"#);
        wait_for(6);
        interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
        watching.join().unwrap()
    })
}

#[test]
fn what_another_program_goes_on_writing_is_followed_until_somebody_stops_it() {
    let answer = watched("table");
    assert_eq!(answer.exit, ExitCode::from(130));
    snapshot!(answer.out, @"
    2026-11-23 10:00:00Z  w1.json  2 imported, 4 events
    2026-11-23 10:00:00Z  w1.json  2 updated, 2 events
    ");
    snapshot!(answer.err, @"following 1 file; Ctrl-C ends");
}

#[test]
fn each_change_is_a_row_for_programs() {
    let answer = watched("csv").exited_with(130);
    snapshot!(answer.out.replace('\r', ""), @"
    time,file,files,imported,updated,deleted,quarantined,events
    2026-11-23T10:00:00Z,w1.json,1,2,0,0,0,4
    2026-11-23T10:00:00Z,w1.json,1,0,2,0,0,2
    ");
    let answer = watched("jsonl").exited_with(130);
    assert_eq!(answer.out.lines().filter(|line| line.starts_with('{')).count(), 2, "{}", answer.out);
}

/// Asks the program to stop once it has said a word.
struct StopsAt {
    word: &'static str,
    heard: String,
    interrupt: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

impl std::io::Write for StopsAt {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.heard.push_str(&String::from_utf8_lossy(bytes));
        if self.heard.contains(self.word) {
            self.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_follower_that_could_not_read_everything_says_so_by_its_exit_code() {
    for (name, word, code) in [("w1.json", "following", 130), ("w1 (conflicted copy).json", "skipped", 6)] {
        let place = Place::empty();
        let path = place.file(&format!("ait42/{name}"), "[]");
        let folder = std::path::Path::new(&path).parent().unwrap().to_str().unwrap();
        let answer = place.run(&["import", folder, "--follow"], |io| {
            let interrupt = std::sync::Arc::clone(&io.interrupt);
            io.err = Box::new(StopsAt { word, heard: String::new(), interrupt });
        });
        assert_eq!(answer.exit, ExitCode::from(code), "{name}");
    }
}
