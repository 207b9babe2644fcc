//! However the rows came about, they are the same, and they are what the folded sessions say.

use proptest::prelude::*;
use retold_projections::{ProjectionState, Store};

use crate::history::{History, Step, histories};
use crate::rows::Rows;
use crate::{expected, given};

fn written(history: &History, commits: &[Vec<&Step>]) -> Rows {
    let folder = given::folder();
    let store = given::store(&folder);
    for commit in commits {
        history.append(store.log(), commit);
    }
    assert_eq!(store.status().unwrap().state, ProjectionState::CaughtUp);
    Rows::of(&store)
}

/// The first events with read models, the others without, the rest by opening.
fn caught_up(history: &History, with_models: usize) -> Rows {
    let folder = given::folder();
    let commits = history.in_commits();
    let (with, without) = commits.split_at(with_models.min(commits.len()));
    if !with.is_empty() {
        let store = given::store(&folder);
        with.iter().for_each(|commit| history.append(store.log(), commit));
    }
    let log = given::bare_log(&folder);
    without.iter().for_each(|commit| history.append(&log, commit));
    drop(log);
    Rows::of(&given::store(&folder))
}

fn rebuilt(history: &History) -> Rows {
    let folder = given::folder();
    let store = given::store(&folder);
    history.in_commits().iter().for_each(|commit| history.append(store.log(), commit));
    let (before, status) = (Rows::of(&store), store.status().unwrap());
    assert_eq!(store.rebuild(|_| true).unwrap(), Some(status.head.position));
    assert_eq!(Rows::of(&store), before);
    assert_eq!(store.status().unwrap(), status);
    // The next append goes into the new tables.
    given::append(store.log(), &given::record("w9", "z9"), [given::created("z9")]);
    assert_eq!(Rows::of(&store).table("sessions").len(), before.table("sessions").len() + 1);
    before
}

/// Two handles on one file, in turn.
fn by_two(history: &History) -> Rows {
    let folder = given::folder();
    let stores = [given::store(&folder), given::store(&folder)];
    for (commit, store) in history.in_commits().iter().zip(stores.iter().cycle()) {
        history.append(store.log(), commit);
    }
    Rows::of(&stores[0])
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 256, ..retold_trial::chance::properties(48) })]

    #[test]
    fn rows_are_what_the_fold_says_however_they_came_about(history in histories(), part in 0_usize..20) {
        let rows = written(&history, &history.one_by_one());
        expected::check(&history, &rows);
        prop_assert_eq!(&written(&history, &history.in_commits()), &rows, "in commits");
        prop_assert_eq!(&caught_up(&history, 0), &rows, "by catching up");
        prop_assert_eq!(&caught_up(&history, part), &rows, "by catching up with a part");
        prop_assert_eq!(&rebuilt(&history), &rows, "by a rebuild");
        prop_assert_eq!(&by_two(&history), &rows, "by two writers");
    }
}

#[test]
fn two_writers_at_once_keep_the_rows_equal() {
    let folder = given::folder();
    let stores: [Store; 2] = [given::store(&folder), given::store(&folder)];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                let own = given::record("w1", &format!("own{number}"));
                let shared = given::record("w1", "shared");
                given::append(store.log(), &own, [given::created("own")]);
                for round in 0..30 {
                    given::append(store.log(), &own, [given::said(&format!("m{round}"), "hello")]);
                    let event = if round == 0 && number == 0 {
                        given::created("shared")
                    } else {
                        given::said("m", "to all")
                    };
                    // Before the other has begun the session, there is none to write to.
                    let _misfit = store.log().append(retold_core::Commit::to(
                        shared.clone(),
                        retold_core::Expected::Any,
                        [event],
                    ));
                }
            });
        }
    });
    let rows = Rows::of(&stores[0]);
    stores[1].rebuild(|_| true).unwrap();
    assert_eq!(Rows::of(&stores[0]), rows);
}
