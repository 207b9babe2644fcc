//! The patches of a session, and the vectors that hold the page's own fold to them.

use serde_json::{Value, json};

use super::{Page, sample};

/// A session to which everything happens that the history can do.
fn eventful(history: &retold::SessionHistory) {
    use retold::{Instance, Message, Session};
    sample(history);
    let session = Session::new("b1", "ensemble", "x".repeat(5000))
        .with_instance(Instance::new(1, "Ada"))
        .with_instance(Instance::new(1, "Grace"));
    history.create("/src/atlas", session).unwrap();
    for nth in 0..40_u32 {
        history.append_output("/src/atlas", "b1", 1, format!("line {nth}\n")).unwrap();
        let text = if nth % 7 == 0 { "long ".repeat(900) } else { format!("said {nth}") };
        history
            .add_message("/src/atlas", "b1", Message::new(format!("m{nth}"), "user", text.as_str()))
            .unwrap();
    }
}

/// Puts one time in the place of every time: the clock of the run is in none of the vectors.
fn hold_still(value: &mut Value) {
    match value {
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => {
            *text = "2025-11-07T09:00:00Z".to_owned()
        }
        Value::Array(values) => values.iter_mut().for_each(hold_still),
        Value::Object(keys) => keys.values_mut().for_each(hold_still),
        _ => {}
    }
}

#[test]
fn vectors_of_the_fold_are_those_of_the_server() {
    let page = Page::with(eventful);
    let mut vectors = Vec::new();
    for session in ["a1", "b1"] {
        let window = page.get(&format!("/s/{session}/patches.json")).json();
        let steps = window["rows"].as_array().unwrap();
        let last = steps.len();
        assert_eq!(window["revisions"].as_u64(), Some(last as u64), "{session}: one window has all of it");
        let at =
            |revision: usize| page.get(&format!("/s/{session}.json?at=r{revision}")).json()["state"].clone();
        let states: Vec<Value> =
            (1..=last).step_by(5).chain([last]).map(|at_| json!([at_, at(at_)])).collect();
        vectors.push(json!({ "session": session, "steps": steps, "states": states }));
    }
    assert!(vectors.iter().all(|vector| vector["states"].as_array().is_some_and(|states| states.len() > 1)));
    vectors.iter_mut().for_each(hold_still);
    let text = serde_json::to_string(&vectors).unwrap() + "\n";
    let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("test/fold-vectors.json");
    if std::env::var_os("RETOLD_UPDATE").is_some() {
        std::fs::write(&place, text).unwrap();
        return;
    }
    assert!(std::fs::read_to_string(&place).unwrap() == text, "RETOLD_UPDATE=1 writes {}", place.display());
}
