//! Texts that are long, gone or lost.

use std::time::Duration;

use retold_core::{Event, StreamName, event};

use super::Place;
use super::desk::{created, said};

const SMALL: (u16, u16) = (80, 24);

#[test]
fn what_is_gone_from_the_log_is_told_and_looked_past() {
    let place = Place::empty();
    let name = StreamName::session("w", "a1", 1);
    place.append(&name, [created("a1", "x"), said(1, "secret"), said(2, "harmless")]);
    let mut desk = place.desk(None, SMALL);
    desk.press(&["Tab", "←", "4"]);
    assert!(desk.screen().contains("secret"));
    place.retold(&["redact", "2", "--reason", "r", "-q"]);
    desk.wait(Duration::from_millis(300));
    let screen = desk.screen();
    assert!(!screen.contains("secret") && screen.contains("the body was redacted"), "{screen}");
    desk.press(&["1"]);
    assert!(!desk.screen().contains("secret"), "{}", desk.screen());
    desk.press(&["/"]).type_in("secret");
    assert!(desk.screen().contains("there is no event that holds `secret`"), "{}", desk.screen());
}

#[test]
fn a_long_text_is_shown_by_its_two_ends() {
    let place = Place::empty();
    let name = StreamName::session("w", "a1", 1);
    let agent = serde_json::json!({
        "instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": "Ada",
        "status": "running", "tmuxSessionId": "t", "output": null,
    });
    let joined = event::InstanceAdded {
        instance: serde_json::from_value(agent).unwrap(),
        index: None,
        updated_at: None,
    };
    let text = format!("the beginning\n{}the end\n", "in between\n".repeat(200_000));
    let output = event::OutputAppended { index: 0, text: text.into(), updated_at: None };
    place.append(&name, [created("a1", "x"), Event::from(joined).into(), Event::from(output).into()]);
    let mut desk = place.desk(Some("a1"), SMALL);
    desk.press(&["g"]).type_in("r3").press(&["Tab", "End", "Enter"]);
    while !desk.screen().contains("│>output") {
        desk.press(&["↓"]);
    }
    assert!(desk.press(&["Enter"]).screen().contains("│>the beginning"), "{}", desk.screen());
    let screen = desk.press(&["End"]).screen();
    assert!(screen.contains("│>the end"), "{screen}");
    assert!(desk.model.opened.as_ref().unwrap().view.as_ref().unwrap().total < 30_000);
    // And its difference by its size.
    assert!(desk.press(&["d"]).screen().contains("too long t"), "{}", desk.screen());
}

#[test]
fn a_view_that_cannot_be_shown_is_told_once_and_the_rest_goes_on() {
    let place = Place::empty();
    let name = StreamName::session("w", "a1", 1);
    let long = "a long line of a long text\n".repeat(1000);
    place.append(&name, [created("a1", "x"), said(1, &long), said(2, "short")]);
    // A disk that lost what the message was.
    let connection = place.store.log().open_writer().unwrap();
    connection.execute("delete from blob", []).unwrap();
    let mut desk = place.desk(Some("a1"), SMALL);
    desk.press(&["Tab"]);
    while !desk.screen().contains("│>chatHistory/0") {
        desk.press(&["↓"]);
    }
    desk.press(&["Enter", "↓", "↓", "Enter"]);
    let screen = desk.screen();
    assert!(screen.contains("stopped") && screen.contains("is missing"), "{screen}");
    assert!(desk.model.wants().is_empty());
    // Two steps out of it the state is there as before.
    desk.press(&["Esc", "Esc"]);
    assert!(desk.screen().contains("chatHistory/1: user: short"), "{}", desk.screen());
    // A search meets it too, and says so.
    desk.press(&["Shift-Tab", "Home", "/"]).type_in("nowhere");
    assert!(desk.screen().contains("is missing"), "{}", desk.screen());
}
