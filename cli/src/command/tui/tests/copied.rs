//! A command that is copied gives the view that was copied.

use retold_core::StreamName;
use serde_json::Value;

use super::desk::{created, said};
use super::{Desk, Place};
use crate::command::tui::copied::command;

/// Takes a line apart as a shell does, runs it on the store, and returns its answer.
fn run(place: &Place, line: &str, more: &[&str]) -> String {
    let arguments = line.strip_prefix("retold ").unwrap();
    let script = format!("set -- {arguments}; printf '%s\\n' \"$@\"");
    let words = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    place.retold(&words.lines().chain(more.iter().copied()).collect::<Vec<_>>())
}

fn json(place: &Place, desk: &Desk<'_>) -> Value {
    serde_json::from_str(&run(place, &command(&desk.model), &["-o", "json"])).unwrap()
}

#[test]
fn a_copied_state_is_the_state_that_is_shown() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), (80, 24));
    desk.press(&["←"]);
    let status = json(&place, &desk)["session"]["status"].as_str().unwrap().to_owned();
    assert_eq!(status, "running");
    assert!(desk.screen().contains("status: running"), "{}", desk.screen());
    // A text of it.
    desk.press(&["Tab", "End", "Enter", "↓", "↓", "Enter"]);
    let text = run(&place, &command(&desk.model), &[]);
    let first: String = text.chars().take(40).collect();
    assert!(desk.screen().contains(&first), "{text}\n{}", desk.screen());
}

#[test]
fn a_copied_difference_is_the_difference_that_is_shown() {
    let place = Place::with_sample();
    for keys in [&["d"][..], &["E", "d"], &["Home", "d"], &["←", "←", "x", "End", "d"]] {
        let mut desk = place.desk(Some("7c2f4b1e"), (200, 60));
        let screen = desk.press(keys).screen();
        let answer = run(&place, &command(&desk.model), &[]);
        assert!(!answer.is_empty());
        for line in answer.lines() {
            let shown: String = line.chars().take(60).collect();
            assert!(screen.contains(shown.trim_end()), "{shown}\nin\n{screen}");
        }
    }
}

#[test]
fn a_copied_blame_is_the_blame_that_is_shown() {
    let place = Place::with_sample();
    for keys in [&["3"][..], &["←", "Tab", "End", "Enter", "b"]] {
        let mut desk = place.desk(Some("7c2f4b1e"), (200, 60));
        let screen = desk.press(keys).screen();
        let answer = json(&place, &desk);
        let rows = answer["rows"].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let (path, revision) = (row["path"].as_str().unwrap(), &row["revision"]);
            // The number of an instance is its name; to a program its place is.
            let name = match path.strip_prefix("instances/") {
                Some(index) => format!("#{}, ", index.parse::<u32>().unwrap() + 1),
                None => format!("{}: ", path.strip_prefix("chatHistory/9/").unwrap_or(path)),
            };
            let is_shown = |line: &str| line.contains(&format!("r{revision} ")) && line.contains(&name);
            assert!(screen.lines().any(is_shown), "{path} by r{revision} in\n{screen}");
        }
    }
}

#[test]
fn a_copied_body_is_the_event_that_is_shown() {
    let place = Place::with_sample();
    for keys in [&["4"][..], &["Home", "4"], &["E", "4"]] {
        let mut desk = place.desk(Some("7c2f4b1e"), (120, 40));
        let screen = desk.press(keys).screen();
        let answer = run(&place, &command(&desk.model), &[]);
        let event: Value = serde_json::from_str(&answer).unwrap();
        let (position, hash) = (event["position"].to_string(), event["hash"].as_str().unwrap());
        assert!(
            screen.contains(&format!("position     {position}")) && screen.contains(&hash[..20]),
            "{screen}"
        );
    }
}

#[test]
fn the_copied_list_is_the_list_that_is_shown() {
    let place = Place::with_sample();
    let desk = place.desk(None, (80, 24));
    let ids: Vec<String> = json(&place, &desk)["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap()[..8].to_owned())
        .collect();
    let screen = desk.screen();
    let shown: Vec<&str> = screen.lines().skip(1).take(21).filter_map(|line| line.get(2..10)).collect();
    assert_eq!(shown, ids[..shown.len()]);
}

#[test]
fn a_name_that_a_shell_would_take_apart_is_copied_whole() {
    let place = Place::empty();
    for id in ["it's $(touch x) `a` \"b\"", "two words; rm -rf *", "#&|<>"] {
        let name = StreamName::session("w", id, 1);
        place.append(&name, [created(id, "quote me"), said(1, "hello")]);
        let mut desk = place.desk(None, (120, 40));
        desk.press(&["Tab"]);
        assert_eq!(json(&place, &desk)["session"]["id"], id);
    }
}
