//! `retold pull`: many sessions at once, chosen as a list is narrowed.

use std::collections::BTreeSet;

use retold_trial::{Postgres, needs};
use serde_json::Value;

use crate::support::{FIRST, Place};
use crate::team::{ask, shipped};

/// The file of an answer, as it is called on this machine.
fn file_of(place: &Place, answer: &Value) -> String {
    let files = named(answer, "file");
    assert_eq!(files.len(), 1, "{files:?}");
    files.first().unwrap().replace("[folder]", &place.folder().display().to_string())
}

/// The full names in the rows of an answer, and the files that they are in.
fn named(answer: &Value, column: &str) -> BTreeSet<String> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sessions_of_a_team_are_chosen_and_pulled_as_a_store_lists_them() {
    needs!(Postgres);
    let (server, place) = (Postgres::start(), Place::with_transcripts());
    let [admin, ada, _] = shipped(&server, &place);
    place.piped(&["team", "work", &admin]).exited_with(0);
    let all = place.piped(&["sessions", "-o", "json"]).json();
    let ranges: [&[&str]; 9] = [
        &["--tool", "codex"],
        &["--tool", "Claude"],
        &["--tool", "ait42"],
        &["--model", "opus"],
        &["--project", "atlas"],
        &["--project", "atlas", "--tool", "claude"],
        &["--project", "nowhere"],
        &["--since", "2025-11-02"],
        &["--since", "2025-11-02", "--tool", "claude"],
    ];
    let mut sizes = BTreeSet::new();
    for (nth, range) in ranges.into_iter().enumerate() {
        let own = place.piped(&[&["sessions", "-o", "json"], range].concat());
        let listed = ask(&place, &ada, &[&["sessions", "-o", "json"], range].concat());
        let folder = place.folder().join(format!("pulled-{nth}")).display().to_string();
        let pull = [&["pull", &ada, "--into", &folder, "-o", "json"], range].concat();
        // An empty list is a document, too, and ends with 1.
        let [wanted, listed] =
            [own, listed].map(|list| named(&serde_json::from_str(&list.out).unwrap(), "id"));
        assert_eq!(listed, wanted, "{range:?}");
        sizes.insert(wanted.len());
        if wanted.is_empty() {
            assert!(place.piped(&pull).refused(1).contains("has no session that is asked for"));
            continue;
        }
        let pulled = place.piped(&pull).json();
        let names = named(&pulled, "session");
        let ids = names.iter().map(|name| name.split_once('/').unwrap().1.to_owned());
        assert_eq!(ids.collect::<BTreeSet<_>>(), wanted, "{range:?}");
        let there = place.piped(&["sessions", "-o", "json", "--store", &file_of(&place, &pulled)]).json();
        assert_eq!(named(&there, "id"), wanted, "{range:?}");
        // Each row says what came of its session, and a second time nothing does.
        let new = |answer: &Value| -> u64 {
            answer["rows"].as_array().unwrap().iter().map(|row| row["events_new"].as_u64().unwrap()).sum()
        };
        assert_eq!(pulled["rows"][0]["events"], new(&pulled));
        assert_eq!(new(&place.piped(&pull).json()), 0);
    }
    assert!(sizes.len() > 3, "what is chosen differs: {sizes:?}");
    // The longest way is the shortest to say.
    let folder = place.folder().join("all").display().to_string();
    let every = place.piped(&["pull", &ada, "--all", "--into", &folder, "-o", "json"]).json();
    assert_eq!(every["rows"].as_array().unwrap().len(), all["rows"].as_array().unwrap().len());
    place.piped(&["store", "verify", "--store", &file_of(&place, &every)]).exited_with(0);
}

#[test]
fn a_pull_says_what_it_needs_to_know() {
    needs!(Postgres);
    let (server, place) = (Postgres::start(), Place::with_sessions());
    let [admin, ada, bob] = shipped(&server, &place);
    let unsaid = place.piped(&["pull", &ada]).refused(2);
    assert!(unsaid.contains("which sessions?") && unsaid.contains("--all"), "{unsaid}");
    place.piped(&["pull", &ada, FIRST, "--all"]).refused(2);
    place.piped(&["pull", &ada, FIRST, "--project", "atlas"]).refused(2);
    let ambiguous = place.piped(&["pull", &ada, ""]).refused(2);
    assert!(ambiguous.contains("may be 2 sessions"), "{ambiguous}");
    assert!(place.piped(&["pull", &ada, FIRST, "nothing"]).refused(1).contains("begins with nothing"));
    assert!(place.piped(&["pull", &bob, "--all"]).refused(1).contains("no session that is asked for"));
    // A list that the worker has not made yet is told of.
    let early = place.piped(&["pull", &ada, "--project", "atlas"]).exited_with(1).err;
    assert!(early.contains("are not listed yet"), "{early}");
    // What is listed and may not be read whole is left out.
    place.piped(&["team", "work", &admin]).exited_with(0);
    let facts = ["team", "allow", "bob", "--workspace", "atlas", "--level", "facts", "--database", &admin];
    place.piped(&facts).exited_with(0);
    let left = place.piped(&["pull", &bob, "--tool", "ait42"]).exited_with(1).err;
    assert!(left.contains("2 sessions that the list has you may not read whole"), "{left}");
    // One session named twice is one.
    let folder = place.folder().join("twice").display().to_string();
    let twice = place.piped(&["pull", &ada, FIRST, FIRST, "--into", &folder, "-o", "json"]).json();
    assert_eq!(twice["rows"].as_array().unwrap().len(), 1);
    // A directory has the sessions, and no list of them.
    let to = place.folder().join("usb").display().to_string();
    place.piped(&["ship", &to, "--level", "all"]).exited_with(0);
    let listless = place.piped(&["pull", &to, "--project", "atlas"]).refused(2);
    assert!(listless.contains("has no list"), "{listless}");
    let shown = place.piped(&["pull", &to, "--all"]).exited_with(0);
    assert!(shown.out.contains("sessions") && shown.err.contains("hint: retold --store"), "{shown:?}");
}
