//! Whoever reads a projection never finds it empty and never meets an error, and whoever follows keeps it current.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use retold_core::{Commit, Durability, Expected, Options};
use retold_projections::{Error, Following, ProjectionState, Store};
use retold_tests::{created, name, seen, task};

fn filled(place: &retold_tests::Store) -> Store {
    let store =
        Store::open(place.path(), Options::new().create(true).durability(Durability::Normal)).unwrap();
    store.log().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    store.log().append(Commit::to(name("a1"), Expected::Any, (0..200).map(|n| task(n.to_string())))).unwrap();
    store.sidecars().add(&seen(1)).unwrap();
    store.sidecars().catch_up("seen", &|_| true).unwrap();
    store
}

/// Ends a thread's work, also where the test fails.
struct Stop<'s>(&'s AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn readers_during_rebuilds_find_all_rows_of_one_version() {
    let place = retold_tests::Store::new();
    let store = filled(&place);
    let (done, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let (rows, versions): (i64, i64) = store
                    .sql()
                    .unwrap()
                    .query_row("select count(*), count(distinct by) from seen", [], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .unwrap();
                assert!(rows >= 201 && versions == 1, "{rows} rows of {versions} versions");
                answers.fetch_add(1, Ordering::SeqCst);
            }
        });
        let _stop = Stop(&done);
        for version in 2..12 {
            store.sidecars().rebuild("seen", &|_| true).unwrap();
            store.sidecars().add(&seen(version)).unwrap();
            store.sidecars().catch_up("seen", &|_| true).unwrap();
            let so_far = answers.load(Ordering::SeqCst);
            while answers.load(Ordering::SeqCst) < so_far + 2 {
                assert!(!reader.is_finished(), "the reader met an error");
                std::thread::yield_now();
            }
        }
    });
}

#[test]
fn who_follows_keeps_projections_current_whatever_happens_to_them() {
    let place = retold_tests::Store::new();
    let store = filled(&place);
    let sidecars = store.sidecars();
    let done = AtomicBool::new(false);
    let rows = || -> Option<i64> {
        store.sql().ok()?.query_row("select count(*) from seen", [], |row| row.get(0)).ok()
    };
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let begun = std::time::Instant::now();
        while !is_so() {
            assert!(begun.elapsed().as_secs() < 60, "{what}: {:?}", store.sidecars().status_of("seen", 0));
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut told = |following: Following| {
                assert!(matches!(following, Following::CaughtUp { .. }), "{following:?}")
            };
            sidecars.follow(&|| done.load(Ordering::SeqCst), &mut told).unwrap();
        });
        let _stop = Stop(&done);
        let append = |text: &str| {
            store
                .log()
                .append(Commit::to(name("a1"), Expected::Any, [task(text)]))
                .unwrap()
                .last
                .get()
                .cast_signed()
        };
        let last = append("one");
        wait("an append arrives", &|| rows() == Some(last));
        assert_eq!(sidecars.status_of("seen", 0).unwrap().state, ProjectionState::CaughtUp);
        std::fs::remove_dir_all(retold_core::sidecar_folder(&place.path())).unwrap();
        let last = append("two");
        wait("the folder is made again", &|| rows() == Some(last));
        sidecars.add(&seen(2)).unwrap();
        let version =
            || store.sql().ok()?.query_row("select max(by) from seen", [], |row| row.get::<_, u32>(0)).ok();
        wait("a newer version is put in place", &|| version() == Some(2));
        // The one that follows keeps the newer file; for a moment it still has the older one too.
        let back = || match sidecars.rollback("seen", &|_| true) {
            Err(Error::AtWork { .. }) => false,
            back => back.unwrap() == Some(1),
        };
        wait("it is rolled back", &back);
        let last = append("back");
        wait("the version before is followed", &|| rows() == Some(last) && version() == Some(1));
        sidecars.pause("seen").unwrap();
        sidecars.resume("seen").unwrap();
        let last = append("three");
        wait("it goes on after a pause", &|| rows() == Some(last));
    });
}
