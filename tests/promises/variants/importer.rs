use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retold_core::{Commit, Expected, StreamName};
use retold_importer::Error;
use retold_importer::ait42::{self, Existing};
use retold_tests::import::{dirty, files};
use retold_tests::{Store, session};

use super::{Cause, cause, table};

fn find(path: impl Into<PathBuf>) -> Error {
    ait42::Sources::find(&[path.into()], &BTreeMap::new()).unwrap_err()
}

fn finding(folder: &Path) -> Vec<Cause> {
    let empty = folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    let file = folder.join("notes.txt");
    std::fs::write(&file, "not JSON").unwrap();
    vec![
        cause("Io", find(folder.join("nosuch"))),
        cause("Io", find(folder.join("nosuch")).during("check against")),
        cause("NoSessions", find(&empty)),
        cause("NoSessions", find(&empty).during("archive")),
        cause("NotAHistory", find(file)),
    ]
}

fn archives(store: &Store, folder: &Path) -> Vec<Cause> {
    let log = store.open();
    let history = folder.join("history");
    std::fs::create_dir(&history).unwrap();
    std::fs::write(history.join("0a0a0a0a0a0a0a0a.json"), dirty("compact.json")).unwrap();
    let sources = ait42::Sources::find(std::slice::from_ref(&history), &BTreeMap::new()).unwrap();
    ait42::import(Some(&log), &sources, ait42::Options::default()).unwrap();
    let now = "2026-11-23T09:00:00Z".parse().unwrap();
    let there = folder.join("there.tar.zst");
    std::fs::write(&there, "hello").unwrap();
    let head = log.reader().unwrap().head().unwrap().position;
    let other = folder.join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("0a0a0a0a0a0a0a0a.json"), dirty("update-before.json")).unwrap();
    let would_lose = ait42::export(&log, &other, head, Existing::Compare, |_| true).unwrap_err();
    let in_the_way = ait42::archive(&log, &history, Some(&there), now, &|_| true).unwrap_err();
    let not_an_archive = ait42::restore(&there, &history, &|_| true).unwrap_err();
    // The editor writes after its files were compared, while the archive is made.
    let file = history.join("0a0a0a0a0a0a0a0a.json");
    let changed = ait42::archive(&log, &history, None, now, &|at| {
        if at.done > at.total.unwrap_or_default() / 3 {
            std::fs::write(&file, dirty("update-before.json")).unwrap();
        }
        true
    });
    let changed = changed.unwrap_err();
    assert_eq!(files(&history).len(), 1);
    vec![
        cause("WouldLose", would_lose),
        cause("InTheWay", in_the_way),
        cause("NotAnArchive", not_an_archive),
        cause("Changed", changed),
    ]
}

#[test]
fn every_error_of_an_import_is_caused() {
    let (store, folder) = (Store::new(), tempfile::tempdir().unwrap());
    let mut causes = finding(folder.path());
    causes.extend(archives(&store, folder.path()));
    let log = store.open();
    let none = ait42::retry(&log, &[99], &BTreeMap::new()).unwrap_err();
    causes.push(cause("NoQuarantined", none));
    let event = retold_core::event::SessionCreated { session: session("s1"), place: None, home: None };
    log.append(Commit::to(StreamName::session("../out", "s1", 1), Expected::Any, [event])).unwrap();
    let head = log.reader().unwrap().head().unwrap();
    let leads_out =
        ait42::export(&log, &folder.path().join("out"), head.position, Existing::Compare, |_| true)
            .unwrap_err();
    causes.push(cause("NotAFileName", leads_out));
    let sources = ait42::Sources::find(&[folder.path().join("history")], &BTreeMap::new()).unwrap();
    causes.push(cause("Log", ait42::check(&log, &sources, |_| false).map(drop).unwrap_err()));
    let source = include_str!("../../../importer/src/error.rs");
    insta::assert_snapshot!(table(source, &causes, &[folder.path().to_str().unwrap()]));
}
