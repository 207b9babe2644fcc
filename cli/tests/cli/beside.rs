//! Whatever is pruned, redacted, rebuilt and appended meanwhile: nothing that is healthy is called damaged, and whoever loses
//! a race goes on.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::support::{Place, SECOND, created};

/// Runs `what` on threads of their own until `watched` has come to its end.
fn beside(what: &[&(dyn Fn() + Sync)], watched: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    let rounds: Vec<AtomicU64> = what.iter().map(|_| AtomicU64::new(0)).collect();
    std::thread::scope(|scope| {
        for (one, rounds) in what.iter().zip(&rounds) {
            let stop = &stop;
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    one();
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _stop = Stop(&stop);
        watched();
    });
    assert!(rounds.iter().all(|rounds| rounds.load(Ordering::Relaxed) > 0), "{rounds:?}");
}

#[test]
fn no_damage_is_reported_that_is_not_there() {
    let place = Place::with_sample();
    let archive = place.folder().join("archive.db").to_str().unwrap().to_owned();
    for name in ["search", "metrics"] {
        place.piped(&["projections", "add", name, "-q"]).exited_with(0);
    }
    let said = AtomicU64::new(0);
    let append = || {
        let number = said.fetch_add(1, Ordering::Relaxed);
        let name = retold_core::StreamName::session("atlas", format!("n{number}"), 1);
        let event = created(&format!("n{number}"), "the task of a session that is redacted in a moment");
        let commit = retold_core::Commit::to(name, retold_core::Expected::Any, [event]);
        let position = place.log().append(commit).unwrap().first.to_string();
        place.piped(&["redact", &position, "--reason", "x", "-q"]);
    };
    let prune = || {
        place.piped(&["store", "prune", "--before", "606", "--archive", &archive, "-q"]);
        place.piped(&["store", "unprune", &archive, "-q"]);
    };
    let rebuild = || {
        place.piped(&["projections", "rebuild", "metrics", "--force", "-q"]);
        place.piped(&["projections", "rebuild", "-q"]);
        place.piped(&["projections", "catch-up", "-q"]);
    };
    beside(&[&append, &prune, &rebuild], || {
        for round in 0..12 {
            for command in [&["verify", "--full"][..], &["projections", "check"], &["doctor"], &["verify"]] {
                let answer = place.piped(command);
                let all = format!("round {round} {command:?}: {answer:?}");
                assert_ne!(answer.exit, ExitCode::from(10), "{all}");
                assert!(!answer.out.contains("damaged") && !answer.out.contains("bad  "), "{all}");
            }
        }
    });
    let last = place.piped(&["verify", "--full"]).done();
    assert!(last.starts_with("sound: "), "{last}");
}

#[test]
fn a_redaction_that_loses_a_race_in_the_folder_of_sidecars_goes_on() {
    let place = Place::with_sessions();
    let folder = retold_core::sidecar_folder(&place.path());
    let count = AtomicU64::new(0);
    let make = || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let folder = if number.is_multiple_of(2) { folder.clone() } else { folder.join("at") };
        let _lost_the_race = std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join(format!("x{}", number % 64)), "made meanwhile"));
    };
    beside(&[&make, &make, &make], || {
        // The emptying itself, many times over.
        for _ in 0..500 {
            retold_core::remove_sidecars(&place.path()).unwrap();
        }
        for round in 0..8 {
            let name = retold_core::StreamName::session("atlas", SECOND, 1);
            let task = retold_core::event::TaskChanged {
                task: format!("a task of round {round}"),
                updated_at: None,
            };
            let commit = retold_core::Commit::to(name, retold_core::Expected::Any, [task]);
            let position = place.log().append(commit).unwrap().first.to_string();
            let answer = place.piped(&["redact", &position, "--reason", "x"]);
            assert_eq!(answer.exit, ExitCode::SUCCESS, "{answer:?}");
        }
    });
    // Nothing is left of what was put aside.
    let left: Vec<String> = place.names().into_iter().filter(|name| name.ends_with(".partial")).collect();
    assert_eq!(left, Vec::<String>::new());
}
