//! What a shell offers while a command is typed.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use crate::support::{FIRST, Place};

fn asked(place: &Place, words: &[&str], store: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retold"));
    command.env_clear().env("RETOLD_COMPLETE", "fish").env("XDG_DATA_HOME", place.folder().join("none"));
    store.map(|store| command.env("RETOLD_STORE", store));
    command.current_dir(place.folder()).args(["--", "retold"]).args(words).output().unwrap()
}

/// What is offered, by its name, with what is said of it.
fn offered(place: &Place, words: &[&str]) -> BTreeMap<String, String> {
    let output = asked(place, words, place.path().to_str());
    assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let (name, about) = line.split_once('\t').unwrap_or((line, ""));
        (name.to_owned(), about.to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn what_the_store_has_is_offered() {
    let place = Place::with_sessions();
    place.piped(&["mark", "before-merge", "3"]).exited_with(0);
    place.piped(&["tag", FIRST, "+wip"]).done();
    let names = |words: &[&str]| offered(&place, words).into_keys().collect::<Vec<_>>();
    for command in [
        &["show"][..],
        &["log"],
        &["tag"],
        &["delete"],
        &["revert"],
        &["fork"],
        &["diff"],
        &["blame"],
        &["history"],
        &["tui"],
        &["forget"],
        &["search", "door", "--session"],
        &["store", "prune", "--before", "head"],
    ] {
        let all = offered(&place, &[command, &["5f0c"]].concat());
        assert!(all.get(FIRST).is_some_and(|title| !title.is_empty()), "{command:?}: {all:?}");
        let some = names(&[command, &["5f0c2a1e-0000-4000-8000-000000000001"]].concat());
        assert_eq!(some.iter().filter(|name| name.starts_with("5f0c")).count(), 1, "{command:?}: {some:?}");
    }
    // The last ones, where nothing was typed yet.
    assert!(names(&["show", ""]).contains(&FIRST.to_owned()));
    assert_eq!(offered(&place, &["mark", "be"])["before-merge"], "position 3");
    assert_eq!(names(&["revert", FIRST, "--to", "mark:"]), ["mark:before-merge"]);
    assert_eq!(names(&["show", FIRST, "--at", "mark:b"]), ["mark:before-merge"]);
    assert_eq!(names(&["sessions", "--workspace", "at"]), ["atlas"]);
    assert_eq!(names(&["log", "--type", "MessageA"]), ["MessageAdded"]);
    assert_eq!(names(&["log", "--type", "messagea"]), ["MessageAdded"]);
    let operations = offered(&place, &["undo", ""]);
    assert_eq!(operations.values().filter(|kind| *kind == "tag").count(), 1, "{operations:?}");
    // The store may be set.
    let settings = place.folder().join("none").join("config.toml");
    std::fs::create_dir_all(settings.parent().unwrap()).unwrap();
    std::fs::write(&settings, format!("store = {:?}\n", place.path().to_str().unwrap())).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_retold"));
    command.env_clear().env("RETOLD_COMPLETE", "fish").env("RETOLD_CONFIG", &settings);
    let set = command.args(["--", "retold", "show", "5f0c"]).output().unwrap();
    assert!(String::from_utf8_lossy(&set.stdout).contains(FIRST), "{set:?}");
    // Commands and options, as ever.
    assert!(names(&["und"]).contains(&"undelete".to_owned()));
    assert!(names(&["import", "--dry"]).contains(&"--dry-run".to_owned()));
    // What is deleted is not offered.
    place.piped(&["delete", FIRST]).done();
    assert!(!names(&["show", "5f0c"]).contains(&FIRST.to_owned()));
}

#[test]
fn another_store_is_named_in_every_way() {
    let place = Place::with_sessions();
    let store = place.path();
    let store = store.to_str().unwrap();
    let joined = format!("--store={store}");
    for words in [&["--store", store, "show", "5f0c"][..], &[&joined, "show", "5f0c"]] {
        let output = asked(&place, words, None);
        assert!(String::from_utf8(output.stdout).unwrap().contains(FIRST), "{words:?}");
    }
}

#[test]
fn nothing_is_said_where_there_is_no_store_or_it_cannot_be_read() {
    let place = Place::empty();
    let text = place.file("text.db", "this is no store, and it is longer than a header of one hundred bytes: it goes on and on and on and on");
    for store in ["/no/such/store.db", &text] {
        for words in [&["show", "5f"][..], &["undo", ""], &["mark", "b"], &["sessions", "--workspace", ""]] {
            let output = asked(&place, words, Some(store));
            assert!(output.status.success() && output.stderr.is_empty(), "{store} {words:?}: {output:?}");
        }
    }
    assert_eq!(place.names(), ["text.db"], "nothing is made");
}

#[test]
fn nobody_is_waited_for_and_nothing_is_written() {
    let place = Place::with_sessions();
    // What every reader leaves beside the store is there by then.
    place.piped(&["sessions"]).done();
    let state = || {
        (
            place.names(),
            place
                .names()
                .iter()
                .map(|name| std::fs::read(place.folder().join(name)).unwrap())
                .collect::<Vec<_>>(),
        )
    };
    let before = state();
    for words in [&["show", "5f0c"][..], &["undo", ""], &["mark", ""], &["sessions", "--workspace", ""]] {
        offered(&place, words);
    }
    assert_eq!(state().0, before.0);
    let is_same = |(at, name): (usize, &String)| name.ends_with("-shm") || state().1[at] == before.1[at];
    assert!(before.0.iter().enumerate().all(is_same), "something was written");
    let other = rusqlite::Connection::open(place.path()).unwrap();
    other.execute_batch("begin exclusive").unwrap();
    let begun = std::time::Instant::now();
    offered(&place, &["show", "5f0c"]);
    // Whoever waits for a lock waits for seconds.
    assert!(begun.elapsed().as_secs() < 3);
}

#[test]
fn hostile_names_and_titles_reach_no_shell() {
    let place = Place::empty();
    let log = place.log();
    for (id, task) in [
        ("aa$(reboot)", "quiet"),
        ("aa;ls", "quiet"),
        ("aa\nbb", "quiet"),
        ("aa bb", "quiet"),
        ("aa-fine", "a title\nof two lines \u{1b}[31mred\tand more"),
    ] {
        let name = retold_core::StreamName::session("atlas", id, 1);
        let created = crate::support::created(id, task);
        log.append(retold_core::Commit::to(name, retold_core::Expected::Any, [created])).unwrap();
    }
    drop(log);
    let all = offered(&place, &["show", "aa"]);
    assert_eq!(all.keys().filter(|name| name.starts_with("aa")).collect::<Vec<_>>(), ["aa-fine"], "{all:?}");
    assert!(!all["aa-fine"].contains(['\u{1b}', '\n', '\t']), "{all:?}");
}
