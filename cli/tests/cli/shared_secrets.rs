//! What is handed on holds no secret, however the events cut it.

use retold_core::event::{InstanceAdded, InstanceRemoved, OutputAppended, OutputReplaced};
use retold_core::{Document as _, Event, Instance};

use crate::story::Story;
use crate::support::Place;

const ID: &str = "2c3d4e5f-0000-4000-8000-00000000000d";
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
/// Lines of a private key whose end was never written.
const KEY: [&str; 2] = ["MIIEpAIBAAKCAQEA7v9bS2Q4k1x8Zf3Tq0Yw", "Vb7nR5mK2pL9wX4cD6fG8hJ1sA3qE0zT"];

fn joins(number: u32, output: Option<&str>) -> Event {
    let output = output.map(Into::into);
    let mut instance = Instance::blank();
    instance.instance_id = number;
    instance.output = output;
    InstanceAdded { instance, index: None, updated_at: None }.into()
}

fn writes(index: u32, text: &str) -> Event {
    OutputAppended { index, text: text.into(), updated_at: None }.into()
}

fn begins_again(index: u32, text: &str) -> Event {
    OutputReplaced { index, text: Some(text.into()), updated_at: None }.into()
}

/// Stories in which a secret is cut; whether something of it is left is asked of each of its parts.
fn cut() -> Vec<(&'static str, Vec<Event>)> {
    let (one, other) = TOKEN.split_at(20);
    let begin = format!("-----BEGIN {} KEY-----\n{}", "RSA PRIVATE", KEY[0]);
    vec![
        ("pieces", vec![joins(1, None), writes(0, one), writes(0, other)]),
        ("replaced", vec![joins(1, None), begins_again(0, one), writes(0, other), begins_again(0, "new")]),
        (
            "removed",
            vec![
                joins(1, None),
                writes(0, one),
                writes(0, other),
                InstanceRemoved { index: 0, updated_at: None }.into(),
            ],
        ),
        (
            "removed before another",
            vec![
                joins(1, None),
                joins(2, None),
                writes(1, one),
                InstanceRemoved { index: 0, updated_at: None }.into(),
                writes(0, other),
            ],
        ),
        ("first output", vec![joins(1, Some(one)), writes(0, other)]),
        ("open key", vec![joins(1, None), writes(0, &begin), writes(0, &format!("\n{}\n", KEY[1]))]),
    ]
}

#[test]
fn a_secret_that_events_cut_is_not_in_the_page() {
    for (name, events) in cut() {
        let place = Place::with_empty_store();
        let mut story = Story::begin(&place.log(), ID, "Mend", "2026-11-22T09:00:00Z");
        for event in events {
            story.add(event);
        }
        let parts = [&TOKEN[..20], &TOKEN[20..], KEY[0], KEY[1]];
        let unmasked = place.piped(&["export", "--format", "html", ID, "--unmasked"]).out;
        assert!(parts.iter().any(|part| unmasked.contains(part)), "{name}");
        let page = place.piped(&["export", "--format", "html", ID]).out;
        assert!(page.contains("[masked: "), "{name}");
        for part in parts {
            assert!(!page.contains(part), "{name}: {part}");
        }
    }
}

/// Where a text is cut, the token is at every place around it.
#[test]
fn a_secret_at_the_end_of_what_a_call_is_about_is_not_handed_on() {
    let place = Place::with_empty_store();
    let mut story = Story::begin(&place.log(), ID, "Mend", "2026-11-22T09:00:00Z");
    for (nth, before) in (955..1002).step_by(5).enumerate() {
        let long = format!("{}{TOKEN} {}", "w ".repeat(before / 2), "behind ".repeat(20));
        story.calls(
            &format!("a{nth}"),
            ("Bash", "execute"),
            &serde_json::json!({"command": long}).to_string(),
        );
        story.calls(&format!("b{nth}"), ("Note", "other"), &long);
    }
    for format in ["html", "markdown"] {
        let unmasked = place.piped(&["export", "--format", format, ID, "--unmasked"]).out;
        assert!(unmasked.contains(TOKEN), "{format}");
        let shared = place.piped(&["export", "--format", format, ID]).out;
        assert!(shared.contains("[masked: github-token]"), "{format}");
        assert!(!shared.contains(&TOKEN[..8]), "{format}");
    }
}
