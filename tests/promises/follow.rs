//! Files that another program goes on writing are followed: every version that was finished, none that was not.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use retold_core::Log;
use retold_importer::ait42::{self, Follow, Options, Report};
use retold_tests::Store;
use retold_tests::import::{Home, dirty};

/// Long enough for a file to settle, on a slow machine.
const LONG: Duration = Duration::from_secs(60);
/// Long enough for a file that is whole to be given, were it whole.
const SHORT: Duration = Duration::from_secs(1);

fn follow(home: &Home) -> Follow {
    Follow::begin(&[home.path()], &BTreeMap::new()).unwrap()
}

fn import<'a>(log: &'a Log, follow: &mut Follow, options: Options<'a>) -> Report {
    let sources = follow.next(LONG).unwrap().expect("something changed");
    ait42::import(Some(log), &sources, options).unwrap()
}

fn session(id: &str, messages: u32) -> String {
    let messages: Vec<String> = (0..messages)
        .map(|number| format!(r#"{{"id":"m{number}","role":"user","content":"hello","timestamp":""}}"#))
        .collect();
    format!(
        r#"{{"id":"{id}","type":"debate","task":"t","status":"running","createdAt":"","updatedAt":"",
            "instances":[],"chatHistory":[{}]}}"#,
        messages.join(",")
    )
}

fn list(sessions: &[String]) -> String {
    format!("[{}]", sessions.join(","))
}

#[test]
fn what_is_there_comes_first_and_then_every_change() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1)])));
    let log = store.open();
    let mut follow = follow(&home);
    assert_eq!(import(&log, &mut follow, Options::default()).sessions.imported, 1);
    home.put("w1.json", list(&[session("a1", 2)]));
    let report = import(&log, &mut follow, Options::default());
    assert_eq!((report.files, report.sessions.updated, report.events_appended), (1, 1, 1));
    home.put("w2.json", list(&[session("b1", 0)]));
    let report = import(&log, &mut follow, Options::default());
    assert_eq!((report.files, report.sessions.imported), (1, 1));
    assert!(follow.next(Duration::ZERO).unwrap().is_none());
}

#[test]
fn a_file_that_is_half_written_is_waited_for_and_nothing_is_quarantined() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1)])));
    let log = store.open();
    let mut follow = follow(&home);
    import(&log, &mut follow, Options::default());
    let whole = list(&[session("a1", 3), session("b1", 0)]);
    for half in [whole.len() / 3, whole.len() - 1] {
        home.put("w1.json", &whole[..half]);
        assert!(follow.next(SHORT).unwrap().is_none(), "{half} bytes are no whole list");
    }
    home.put("w1.json", &whole);
    let report = import(&log, &mut follow, Options::default());
    assert_eq!((report.sessions.updated, report.sessions.imported, report.sessions.quarantined), (1, 1, 0));
}

/// A follower can only look at one moment and read at the next; in between the file may be emptied and begun once more.
#[test]
fn a_file_that_is_torn_between_being_given_and_being_read_is_left_until_it_is_whole() {
    let whole = list(&[session("a1", 3), session("b1", 2)]);
    for half in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1)])));
        let log = store.open();
        let mut follow = follow(&home);
        let sources = follow.next(LONG).unwrap().expect("what is there comes first");
        home.put("w1.json", &whole[..half]);
        let report = ait42::import(Some(&log), &sources, Options::default()).unwrap();
        assert_eq!((report.sessions.quarantined, report.quarantined.len()), (0, 0), "{half}: {report:?}");
        assert!(report.skipped.is_empty() && report.warnings.is_empty(), "{half}: {report:?}");
        // Nobody goes on with it: it is taken for torn after a while, and for what it is.
        if half == 70 {
            let file = std::fs::File::options().write(true).open(home.file("w1.json")).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
            assert_eq!(import(&log, &mut follow, Options::default()).sessions.quarantined, 1);
        }
        home.put("w1.json", &whole);
        let report = ait42::import(Some(&log), &sources, Options::default()).unwrap();
        assert_eq!((report.sessions.quarantined, report.messages), (0, 5), "{half}: {report:?}");
    }
}

#[test]
fn a_file_that_stays_torn_is_taken_in_as_it_is() {
    let (store, home) = (Store::new(), Home::of("w1.json", dirty("truncated.json")));
    // It was written long ago: nobody is about to finish it.
    let file = std::fs::File::options().write(true).open(home.file("w1.json")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
    let report = import(&store.open(), &mut follow(&home), Options::default());
    assert!(report.sessions.imported > 0 && report.sessions.quarantined > 0, "{report:?}");
}

#[test]
fn a_file_that_is_emptied_or_removed_deletes_nothing() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1), session("b1", 1)])));
    let log = store.open();
    let mut follow = follow(&home);
    import(&log, &mut follow, Options { deletions: true, ..Options::default() });
    for emptied in ["", "[]"] {
        home.put("w1.json", emptied);
        let report = import(&log, &mut follow, Options { deletions: true, ..Options::default() });
        assert_eq!((report.sessions.absent, report.sessions.deleted), (2, 0), "{emptied:?}");
    }
    std::fs::remove_file(home.file("w1.json")).unwrap();
    assert!(follow.next(SHORT).unwrap().is_none());
}

#[test]
fn a_file_that_becomes_no_history_is_told_once_and_deletes_nothing() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1)])));
    let log = store.open();
    let mut follow = follow(&home);
    import(&log, &mut follow, Options { deletions: true, ..Options::default() });
    let file = home.file("w1.json");
    let mut alone = Follow::begin(std::slice::from_ref(&file), &BTreeMap::new()).unwrap();
    alone.next(LONG).unwrap().expect("what is there comes first");
    std::fs::write(&file, b"SQLite format 3\0 and the rest of it").unwrap();
    let report = import(&log, &mut alone, Options { deletions: true, ..Options::default() });
    assert_eq!((report.files, report.events_appended, report.warnings.len()), (0, 0, 1), "{report:?}");
    assert!(report.warnings[0].contains("w1.json"), "{report:?}");
    assert!(alone.next(SHORT).unwrap().is_none());
    home.put("w1.json", list(&[session("a1", 2)]));
    assert_eq!(import(&log, &mut alone, Options::default()).sessions.updated, 1);
}

#[test]
fn a_session_that_is_gone_is_deleted_only_where_that_was_asked_for() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 1), session("b1", 1)])));
    let log = store.open();
    let mut follow = follow(&home);
    import(&log, &mut follow, Options::default());
    home.put("w1.json", list(&[session("b1", 1)]));
    let report = import(&log, &mut follow, Options::default());
    assert_eq!((report.sessions.absent, report.events_appended), (1, 0));
    home.put("w1.json", list(&[session("b1", 2)]));
    let report = import(&log, &mut follow, Options { deletions: true, ..Options::default() });
    assert_eq!((report.sessions.absent, report.sessions.deleted, report.events_appended), (0, 1, 2));
    // Told once; and back again, it is restored as the session it was.
    home.put("w1.json", list(&[session("b1", 3)]));
    let report = import(&log, &mut follow, Options { deletions: true, ..Options::default() });
    assert_eq!((report.sessions.absent, report.sessions.deleted), (0, 0));
    home.put("w1.json", list(&[session("a1", 2), session("b1", 3)]));
    let report = import(&log, &mut follow, Options { deletions: true, ..Options::default() });
    assert_eq!((report.sessions.updated, report.sessions.imported), (1, 0));
}

#[test]
fn a_writer_that_never_rests_is_followed_to_its_end() {
    let (store, home) = (Store::new(), Home::of("w1.json", list(&[session("a1", 0)])));
    let log = store.open();
    let mut follow = follow(&home);
    import(&log, &mut follow, Options::default());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=200 {
                // As the old history does: emptied, then written.
                home.put("w1.json", list(&[session("a1", number), session("b1", number)]));
            }
        });
        let deadline = Instant::now() + LONG;
        let messages = loop {
            if let Some(sources) = follow.next(SHORT).unwrap() {
                let report = ait42::import(Some(&log), &sources, Options::default()).unwrap();
                assert_eq!(report.sessions.quarantined, 0);
                if report.messages == 400 {
                    break report.messages;
                }
            }
            assert!(Instant::now() < deadline, "the last version never came");
        };
        assert_eq!(messages, 400);
    });
}
