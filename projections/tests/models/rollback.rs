//! Back to the version before: it is read when it is as new as what was read, or not at all.

use std::sync::atomic::{AtomicU64, Ordering};

use retold_core::Position;
use retold_projections::{ProjectionState, Store};

use crate::given;
use crate::rows::{Row, query};
use crate::sidecars::{catch_up, declared};

/// A store with two versions of `seen`, of which the first cannot take in event 4, and three events.
fn rolled_forward(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let schema = "create table seen (position integer primary key, by integer not null)";
    for (version, by) in [(1, "iif(:position = 4, json('{'), 1)"), (2, "2")] {
        let on = format!("insert into seen values (:position, {by})");
        store.sidecars().add(&declared("seen", version, schema, &on)).unwrap();
        catch_up(&store, "seen");
    }
    let said = |id| given::said(id, "more");
    given::append(store.log(), &given::record("w1", "a1"), [said("m1"), said("m2")]);
    catch_up(&store, "seen");
    store
}

fn seen(store: &Store) -> Vec<Row> {
    query(&store.sql().unwrap(), "select count(*), min(by), max(by) from seen")
}

#[test]
fn a_rollback_is_read_once_it_has_caught_up_and_not_before() {
    let folder = given::folder();
    let store = rolled_forward(&folder);
    let newer = [[3.into(), 2.into(), 2.into()]];
    assert_eq!(store.sidecars().rollback("seen", &|_| false).unwrap(), None);
    assert_eq!(seen(&store), newer);
    let rounds = AtomicU64::new(0);
    let watch = |_| {
        rounds.fetch_add(1, Ordering::Relaxed);
        assert_eq!(seen(&store), newer);
        true
    };
    assert_eq!(store.sidecars().rollback("seen", &|_| true).unwrap(), Some(1));
    assert_eq!(seen(&store), [[3.into(), 1.into(), 1.into()]]);
    assert_eq!(store.sidecars().rollback("seen", &|_| true).unwrap(), Some(2));
    // Its file is gone: it is filled anew, and not read before it is full.
    std::fs::remove_file(previous_file(&store)).unwrap();
    assert_eq!(store.sidecars().rollback("seen", &|_| false).unwrap(), None);
    assert_eq!(store.sidecars().status_of("seen", 0).unwrap().building, None);
    assert_eq!(store.sidecars().rollback("seen", &watch).unwrap(), Some(1));
    assert!(rounds.into_inner() > 0);
    assert_eq!(seen(&store), [[3.into(), 1.into(), 1.into()]]);
    // So it is where it cannot be used.
    std::fs::write(previous_file(&store), b"SQLite format 3\0").unwrap();
    assert_eq!(store.sidecars().rollback("seen", &|_| true).unwrap(), Some(2));
    assert_eq!(seen(&store), newer);
    assert_eq!(store.sidecars().status_of("seen", 0).unwrap().state, ProjectionState::CaughtUp);
}

/// The file that a rollback goes back to.
fn previous_file(store: &Store) -> std::path::PathBuf {
    let status = store.sidecars().status_of("seen", 0).unwrap();
    let is_previous = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&format!("seen@{}-", status.previous.unwrap())) && name.ends_with(".db")
    };
    let files = std::fs::read_dir(retold_core::sidecar_folder(store.log().path())).unwrap();
    files.map(|entry| entry.unwrap().path()).find(is_previous).unwrap()
}

#[test]
fn a_version_that_cannot_catch_up_is_not_gone_back_to() {
    for is_gone in [false, true] {
        let folder = given::folder();
        let store = rolled_forward(&folder);
        given::append(store.log(), &given::record("w1", "a1"), [given::said("m3", "poison")]);
        catch_up(&store, "seen");
        if is_gone {
            std::fs::remove_file(previous_file(&store)).unwrap();
        }
        let error = store.sidecars().rollback("seen", &|_| true).unwrap_err();
        assert_eq!(
            error.to_string(),
            "roll back projection seen to version 1: it stops at event 4: malformed JSON"
        );
        assert_eq!(seen(&store), [[4.into(), 2.into(), 2.into()]]);
        let status = store.sidecars().status_of("seen", 0).unwrap();
        assert_eq!((status.state, status.trouble, status.building), (ProjectionState::CaughtUp, None, None));
        store.sidecars().skip("seen", Position::new(4).unwrap(), "a slip").unwrap();
        assert_eq!(store.sidecars().rollback("seen", &|_| true).unwrap(), Some(1));
        assert_eq!(seen(&store), [[3.into(), 1.into(), 1.into()]]);
    }
}
