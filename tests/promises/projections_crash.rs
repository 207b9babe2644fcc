//! A process that fills projections may die at any moment: what is read is the old rows or the new ones.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use retold_core::{Commit, Durability, Expected, Options};
use retold_projections::{Error, Filled, ProjectionState, Store};
use retold_tests::{created, name, seen, task};

const KILLS: usize = 100;

fn child(arguments: &[&str], path: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_child"));
    command.arg(arguments[0]).arg(path).args(&arguments[1..]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn open(path: &Path) -> Store {
    Store::open(path, Options::new().create(true).durability(Durability::Normal)).unwrap()
}

/// Checks that the rows are those of one version up to its checkpoint, and returns how many there are.
fn assert_no_mixture(store: &Store) -> u64 {
    let status = store.sidecars().status_of("seen", 0).unwrap();
    let sql = store.sql().unwrap();
    let (rows, last, versions): (i64, i64, i64) = sql
        .query_row("select count(*), coalesce(max(position), 0), count(distinct by) from seen", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    let position = status.position.get().cast_signed();
    assert_eq!((rows, last), (position, position), "{status:?}");
    assert!(versions <= 1, "{status:?}");
    status.position.get()
}

#[test]
fn a_killed_process_leaves_old_rows_or_new_ones() {
    let store = retold_tests::Store::new();
    let opened = open(&store.path());
    opened.log().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    opened.sidecars().add(&seen(1)).unwrap();
    opened.sidecars().catch_up("seen", &|_| true).unwrap();
    drop(opened);
    let mut lines_read = 0;
    for _ in 0..KILLS {
        // From "before the store is open" to "in the midst of the third flip".
        let mut command = Command::new(env!("CARGO_BIN_EXE_child"));
        command.arg("project").arg(store.path());
        lines_read += crate::kill_between_lines(&mut command, 8, 20_000);

        let store = open(&store.path());
        let state = store.sidecars().status_of("seen", 0).unwrap().state;
        assert!(
            !matches!(state, ProjectionState::Running | ProjectionState::Rebuilding),
            "nobody is at work, and the status says {state:?}"
        );
        assert_no_mixture(&store);
        let head = store.log().reader().unwrap().head().unwrap().position;
        assert_eq!(store.sidecars().catch_up("seen", &|_| true).unwrap(), Filled::UpTo(head));
        assert_eq!(assert_no_mixture(&store), head.get());
    }
    assert!(lines_read > KILLS, "the processes came to do something: {lines_read}");
}

#[test]
fn of_two_processes_that_rebuild_one_does_and_the_other_says_so() {
    let store = retold_tests::Store::new();
    let opened = open(&store.path());
    opened.log().append(Commit::to(name("a1"), Expected::Any, [created("a1"), task("one")])).unwrap();
    opened.sidecars().add(&seen(1)).unwrap();
    opened.sidecars().catch_up("seen", &|_| true).unwrap();
    let mut first = child(&["rebuild", "seen"], &store.path());
    let mut printed = BufReader::new(first.stdout.take().unwrap());
    let mut line = String::new();
    printed.read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    let refused = opened.sidecars().rebuild("seen", &|_| true).unwrap_err();
    assert!(
        matches!(&refused, Error::AtWork { name, process } if name == "seen" && *process == first.id()),
        "{refused}"
    );
    assert_eq!(opened.sidecars().status_of("seen", 0).unwrap().state, ProjectionState::Rebuilding);
    assert_eq!(assert_no_mixture(&opened), 2);
    drop(first.stdin.take());
    line.clear();
    printed.read_line(&mut line).unwrap();
    assert_eq!(line, "done\n");
    assert!(first.wait().unwrap().success());
    assert_eq!(opened.sidecars().status_of("seen", 0).unwrap().state, ProjectionState::CaughtUp);
}
