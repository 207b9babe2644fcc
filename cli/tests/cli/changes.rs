//! What changed in the lists between two moments, and the lists as they were.

use serde_json::{Map, Value};

use crate::support::Place;

/// What lists show of every session, by workspace and id.
type Lists = Map<String, Value>;

const SHOWN: [&str; 5] = ["status", "task", "updated_at", "message_count", "instance_count"];

fn rows(place: &Place, args: &[&str]) -> Vec<Value> {
    let answer = place.piped(args);
    answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn name_of(row: &Value) -> String {
    format!("{}/{}", row["workspace"].as_str().unwrap(), row["id"].as_str().unwrap())
}

fn lists(place: &Place, at: &str) -> Lists {
    let shown = |row: Value| {
        let keys = SHOWN.map(|key| (key.to_owned(), row[key].clone()));
        (name_of(&row), Value::Object(keys.into_iter().collect()))
    };
    rows(place, &["sessions", "--at", at, "-o", "jsonl"]).into_iter().map(shown).collect()
}

fn apply(lists: &mut Lists, changes: Vec<Value>) {
    for change in changes {
        let (name, field) = (name_of(&change), change["field"].as_str().unwrap().to_owned());
        if field == "exists" {
            match change["is"] == 1 {
                true => drop(lists.insert(name, Map::new().into())),
                false => drop(lists.remove(&name)),
            }
        } else if let Some(row) = lists.get_mut(&name).filter(|_| SHOWN.contains(&field.as_str())) {
            row[&field] = change["is"].clone();
        }
    }
}

#[test]
fn changes_lead_from_one_list_to_the_other_and_back() {
    let place = Place::with_sessions();
    let head: usize = place.piped(&["store", "head", "-o", "json"]).json()["as_of"]["position"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap();
    for from in 1..=head {
        for to in 1..=head {
            let range = format!("{from}..{to}");
            let mut moved = lists(&place, &from.to_string());
            apply(&mut moved, rows(&place, &["changes", &range, "-o", "jsonl"]));
            assert_eq!(moved, lists(&place, &to.to_string()), "{range}");
        }
    }
}

#[test]
fn a_window_of_changes_says_where_the_next_one_begins() {
    let place = Place::with_sessions();
    let whole = rows(&place, &["changes", "..", "-o", "jsonl"]);
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut args = vec!["changes", "..", "-o", "json", "-n", "2"];
        if let Some(after) = &after {
            args.extend(["--after", after]);
        }
        let answer = place.piped(&args).json();
        found.extend(answer["rows"].as_array().unwrap().clone());
        match answer["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(found, whole);
    assert!(whole.len() > 10);
}

#[test]
fn the_past_is_kept_beside_the_store_and_may_be_deleted() {
    let place = Place::with_sessions();
    let then = lists(&place, "4");
    let state = |name: &str| {
        rows(&place, &["projections", "list", "-o", "jsonl"])
            .into_iter()
            .find(|row| row["name"] == name)
            .map(|row| row["state"].clone())
    };
    assert_eq!(state("temporal"), Some("caught_up".into()));
    assert!(place.piped(&["projections", "check", "temporal"]).out.contains("temporal"));
    place.piped(&["projections", "rebuild", "temporal"]).done();
    assert_eq!(lists(&place, "4"), then);
    place.piped(&["projections", "drop", "temporal"]).done();
    assert_eq!(state("temporal"), None);
    assert_eq!(lists(&place, "4"), then);
    assert_eq!(state("temporal"), Some("caught_up".into()));
}
