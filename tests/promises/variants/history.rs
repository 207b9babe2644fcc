use std::sync::atomic::{AtomicBool, Ordering};

use retold::{Error, SessionFilter, SessionHistory};
use retold_core::{Commit, Expected};

use super::{Cause, cause, table};

/// What the store refuses, and why: it is held, and it was restored.
fn by_the_store(folder: &std::path::Path) -> [Cause; 2] {
    let path = folder.join("held.db");
    let history = SessionHistory::open(&path).unwrap();
    history.create_session("/src/shed", retold_tests::session("s1")).unwrap();
    let backup = folder.join("held-backup.db");
    retold_upkeep::back_up(history.store().log(), &backup, |_| true).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let busy = history.delete_session("/src/shed", "s1").unwrap_err();
    drop(other);
    retold_upkeep::restore(&backup, &path, &folder.join("held-aside.db"), true, |_| true).unwrap();
    let replaced = history.delete_session("/src/shed", "s1").unwrap_err();
    [cause("Store", busy), cause("Store", replaced)]
}

/// What the read models refuse: a cursor of another order, and a rebuild while there is one.
fn by_the_read_models(history: &SessionHistory) -> [Cause; 2] {
    let page = history.list(None, &SessionFilter::new().with_limit(1)).unwrap();
    let updated = SessionFilter::new().with_order(retold::Order::Updated);
    let other_order = history.list(None, &updated.with_after(page[0].cursor.clone())).unwrap_err();
    let overtaken = AtomicBool::new(false);
    let under_way = history.store().rebuild(|_| {
        if !overtaken.swap(true, Ordering::Relaxed) {
            history.store().rebuild(|_| true).unwrap();
        }
        true
    });
    [cause("ReadModels", other_order), cause("ReadModels", Error::from(under_way.unwrap_err()))]
}

/// What a mirror cannot take in: a session whose file would be outside of its folder.
fn by_the_importer(folder: &std::path::Path) -> Cause {
    let options = retold::Options::new().mirror(folder.join("led-out"));
    let history = options.open(folder.join("led-out.db")).unwrap();
    let log = history.store().log();
    let out = retold_core::StreamName::session("../out", "s1", 1);
    log.append(Commit::to(out, Expected::Any, [retold_tests::created("s1")])).unwrap();
    // Those after it in the log are in their files all the same, and it is told again.
    history.create_session("/src/shed", retold_tests::session("s1")).unwrap();
    let first = history.flush_mirror().unwrap_err();
    let files = || {
        std::fs::read_dir(folder.join("led-out"))
            .unwrap()
            .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "json"))
    };
    assert_eq!(files().count(), 1);
    assert_eq!(history.flush_mirror().unwrap_err().to_string(), first.to_string());
    cause("Import", first)
}

/// What an error below the crate's says of another try, the crate's own says.
#[test]
fn what_may_help_is_said_by_the_error_below() {
    let stream = retold_core::StreamName::session("shed", "s1", 1);
    let found = retold_core::Revision::ZERO.plus(2);
    let conflict =
        || retold_core::Error::Conflict { stream: stream.clone(), expected: "revision 1".to_owned(), found };
    let imported = Error::from(retold_importer::Error::Log(conflict()));
    assert!(Error::from(conflict()).is_conflict() && imported.is_conflict());
    assert!(imported.is_retryable() && !imported.is_busy());
}

#[test]
fn every_error_of_the_old_commands_is_caused() {
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    let session = retold_tests::session("s1");
    let blank = history.create_session("  ", session.clone()).unwrap_err();
    history.create_session("/src/shed", session).unwrap();
    let no_session = history.get_session("/src/shed", "nosuch").unwrap_err();
    let no_instance = history.append_output("/src/shed", "s1", 7, "text").unwrap_err();
    let no_moment = history.session_at("/src/shed", "s1", retold::Position::ZERO.plus(99)).unwrap_err();
    let models = by_the_read_models(&history);
    let key_reused = {
        history.with_idempotency_key("k").delete_session("/src/shed", "nosuch").unwrap();
        history.with_idempotency_key("k").delete_session("/src/shed", "s1").unwrap_err()
    };
    let mirrored = |store: &str, mirror: &str| {
        retold::Options::new().mirror(folder.path().join(mirror)).open(folder.path().join(store))
    };
    // A file where the folder should be.
    std::fs::write(folder.path().join("notes"), "").unwrap();
    let mirror = mirrored("new.db", "notes/mirror").unwrap_err();
    let mirroring = mirrored("mirrored.db", "mirror").unwrap();
    mirroring.create_session("/src/shed", retold_tests::session("s1")).unwrap();
    let backup = folder.path().join("backup.db");
    retold_upkeep::back_up(mirroring.store().log(), &backup, |_| true).unwrap();
    mirroring.delete_session("/src/shed", "s1").unwrap();
    drop(mirroring);
    let other = mirrored("other.db", "mirror").unwrap_err();
    let aside = folder.path().join("aside.db");
    retold_upkeep::restore(&backup, &folder.path().join("mirrored.db"), &aside, true, |_| true).unwrap();
    let parent = mirrored("mirrored.db", "mirror").unwrap_err();
    let causes = [
        cause("BlankWorkspace", blank),
        cause("SessionNotFound", no_session),
        cause("InstanceNotFound", no_instance),
        cause("Travel", no_moment),
        cause("NotAPoint", Error::from("?".parse::<retold::Point>().unwrap_err())),
        cause("NotAPath", Error::from("~9".parse::<retold::Path>().unwrap_err())),
        cause("NotACursor", Error::from("?".parse::<retold::Cursor>().unwrap_err())),
        by_the_importer(folder.path()),
        cause("KeyReused", key_reused),
        cause("Mirror", mirror),
        cause("MirrorOfAnother", other),
        cause("MirrorOfAnother", parent),
    ];
    let causes: Vec<Cause> = causes.into_iter().chain(models).chain(by_the_store(folder.path())).collect();
    let source = include_str!("../../../history/src/error.rs");
    insta::with_settings!({ filters => [(r"[0-9a-f]{32}", "[log id]")] }, {
        insta::assert_snapshot!(table(source, &causes, &[folder.path().to_str().unwrap()]));
    });
}
