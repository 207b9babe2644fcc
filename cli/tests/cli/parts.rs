//! A session with its proof: `retold export --format log`.

use crate::support::Place;

/// What reads without a session of its own, and with the one that a part holds.
const READING: &[&[&str]] = &[
    &["sessions"],
    &["show"],
    &["log"],
    &["diff", "@", "1", "head"],
    &["search", "the"],
    &["metrics"],
    &["sql", "select count(*) from sessions"],
    &["store", "stats"],
    &["verify", "--full"],
    &["store", "doctor"],
    &["sessions", "--at", "2025-12-05"],
];

#[test]
fn a_session_leaves_with_its_proof_and_answers_by_itself() {
    let place = Place::with_sample();
    let whole = place.piped(&["sessions", "-o", "json"]).json();
    let id = whole["rows"][2]["id"].as_str().unwrap();
    let part = place.folder().join("part.db");
    let part_path = part.to_str().unwrap();
    let head = place.piped(&["store", "head", "-o", "json"]).json();
    let said = place.piped(&["export", "--format", "log", id, part_path]).exited_with(0).err;
    let head = format!("{}:{}", head["as_of"]["position"], head["as_of"]["hash"].as_str().unwrap());
    assert!(said.contains(&head), "{said}");
    // What is said of the session is what the whole says.
    let own = place.piped_on(&part, &["sessions", "-o", "json"]).json();
    let mut row = whole["rows"][2].clone();
    // The folder of a workspace is said in a stream of its own.
    row["path"] = serde_json::Value::Null;
    assert_eq!(own["rows"], serde_json::json!([row]));
    let shown = |store: Option<&std::path::Path>, args: &[&str]| match store {
        Some(store) => place.piped_on(store, args).json(),
        None => place.piped(args).json(),
    };
    for args in [vec!["show", id, "-o", "json"], vec!["history", id, "status", "-o", "json"]] {
        let (mut one, mut other) = (shown(None, &args), shown(Some(&part), &args));
        for answer in [&mut one, &mut other] {
            answer.as_object_mut().unwrap().remove("as_of");
        }
        assert_eq!(one, other, "{args:?}");
    }
    for args in READING {
        let said = place.piped_on(&part, args).exited_with(0).err;
        assert!(!said.contains("for this answer alone"), "{args:?}: {said}");
    }
    let verified = place.piped_on(&part, &["verify", "-o", "json"]).json();
    assert_eq!(verified["sound"], true);
    let all: u64 = head.split(':').next().unwrap().parse().unwrap();
    assert_eq!(verified["absent"].as_u64().unwrap() + verified["events"].as_u64().unwrap(), all);
    // It is read, and written by nobody.
    for args in [vec!["tag", id, "+x"], vec!["fork", id], vec!["redact", "--match", "feed", "--reason", "x"]]
    {
        let said = place.piped_on(&part, &args).refused(5);
        assert!(said.contains("part of a log"), "{args:?}: {said}");
    }
    // It is not written over, and nothing is taken for what it is not.
    let said = place.piped(&["export", "--format", "log", id, part_path]).refused(2);
    assert!(said.contains("--force"), "{said}");
    place.piped(&["export", "--format", "log", id, part_path, "--force", "--at", "head"]).exited_with(0);
    assert!(place.piped(&["export", "--format", "log", id]).refused(2).contains("SESSION FILE"));
    assert!(
        place.piped(&["export", "--format", "log", id, "x.db", "--unmasked"]).refused(2).contains("masked")
    );
    assert!(place.piped(&["store", "restore", part_path]).exited_with(5).err.contains("part of a log"));
}
