//! Moving about: what keys do beyond a screen.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::layout::Size;
use retold_core::{Event, StreamName, event};

use super::Place;
use super::desk::{created, said};
use crate::command::tui::keys::{KEYS, input, pressed};
use crate::command::tui::model::Input;

const SMALL: (u16, u16) = (80, 24);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_keys_are_pressed_the_cursor_is_seen_and_the_view_is_of_it(
        keys in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
        sizes in prop::collection::vec((0_u16..140, 0_u16..50), 1..4),
    ) {
        // What leads out is left out.
        let keys: Vec<&str> = {
            let all: Vec<&str> = KEYS.iter().flat_map(|binding| binding.keys).copied().collect();
            let all: Vec<&str> = all.into_iter().filter(|key| !["q", "Ctrl-C"].contains(key)).collect();
            keys.iter().map(|key| all[key.index(all.len())]).collect()
        };
        let mut desk = sample().desk(None, SMALL);
        for (nth, key) in keys.iter().enumerate() {
            if nth % 20 == 0 {
                let (width, height) = sizes[nth / 20 % sizes.len()];
                desk.model.update(Input::Resize(Size { width, height }));
            }
            if let Some(input) = input(&pressed(key), desk.model.is_typing()) {
                desk.model.update(input);
            }
            desk.wait(Duration::from_millis(40)).screen();
            let layout = desk.model.layout();
            let Some(opened) = desk.model.opened.as_ref().filter(|_| !layout.is_too_small) else { continue };
            prop_assert!((1..=opened.last).contains(&opened.at()));
            let rows = u64::from(layout.events.height) - 1;
            for list in [opened.events, opened.rows] {
                prop_assert!(list.top <= list.cursor && list.cursor < list.top + rows, "{list:?}");
            }
            let view = opened.view.as_ref().unwrap();
            prop_assert_eq!((view.ask.at, view.ask.tab), (opened.at(), opened.tab));
        }
    }
}

/// The sample history, imported once.
fn sample() -> &'static Place {
    static PLACE: std::sync::OnceLock<Place> = std::sync::OnceLock::new();
    PLACE.get_or_init(Place::with_sample)
}

#[test]
fn sessions_are_read_a_page_at_a_time() {
    let place = Place::empty();
    for nth in 0..250 {
        let id = format!("s{nth}");
        place.append(&StreamName::session("w", &id, 1), [created(&id, "one of many")]);
    }
    let mut desk = place.desk(None, SMALL);
    assert_eq!(desk.model.sessions.rows.len(), 100);
    desk.press(&["PgDn", "PgDn", "PgDn", "PgDn"]);
    assert_eq!(desk.model.sessions.rows.len(), 200);
    assert!(desk.press(&["End"]).screen().contains(" s0  running"), "{}", desk.screen());
    assert_eq!(desk.model.sessions.rows.len(), 250);
    desk.press(&["Enter"]);
    assert!(desk.screen().contains("id: s0"), "{}", desk.screen());
}

#[test]
fn a_new_session_appears_and_the_cursor_stays_on_its_own() {
    let place = Place::empty();
    let first = StreamName::session("w", "first", 1);
    place.append(&first, [created("first", "The first")]);
    let mut desk = place.desk(None, (120, 40));
    place.append(&StreamName::session("w", "second", 1), [created("second", "The second")]);
    desk.wait(Duration::from_millis(300)).wait(Duration::from_secs(1)).wait(Duration::from_secs(1));
    let screen = desk.screen();
    assert!(screen.contains("second  The second"), "{screen}");
    assert_eq!(desk.model.sessions.chosen().unwrap().name, first);
}

#[test]
fn back_leads_to_where_a_jump_began() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["←", "E", "["]).press(&["g"]).type_in("r2");
    let at = |desk: &super::Desk<'_>| desk.model.opened.as_ref().unwrap().at();
    assert_eq!(at(&desk), 2);
    let jumps: Vec<u64> = (0..3).map(|_| at(desk.press(&["Backspace"]))).collect();
    assert_eq!(jumps, [18, 21, 25]);
    assert!(desk.press(&["Backspace"]).screen().contains("there was no jump"));
}

#[test]
fn blame_under_the_cursor_leads_to_the_event_that_wrote_it() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    // From the state of an agent: who wrote its status?
    desk.press(&["g"]).type_in("r24");
    let row = |text: &str, screen: &str| screen.lines().any(|line| line.contains(text));
    desk.press(&["Tab"]);
    while !row("│>instances/2", &desk.screen()) {
        desk.press(&["↓"]);
    }
    desk.press(&["Enter"]);
    while !row("│>status", &desk.screen()) {
        desk.press(&["↓"]);
    }
    desk.press(&["b"]);
    assert!(row("│>r21   11-07 09:27  status: failed", &desk.screen()), "{}", desk.screen());
    desk.press(&["Enter"]);
    assert_eq!(desk.model.opened.as_ref().unwrap().at(), 21);
}

#[test]
fn what_changed_is_looked_at_among_what_stands_beside_it() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["E", "d", "Tab"]);
    assert!(desk.screen().contains("│>~ instances/2/status: running -> failed"), "{}", desk.screen());
    let screen = desk.press(&["1"]).screen();
    assert!(screen.contains("State at r21  instances/2") && screen.contains("│>status: failed"), "{screen}");
    // Or opened by itself.
    let screen = desk.press(&["d", "Enter"]).screen();
    assert!(screen.contains("State at r21  instances/2/status"), "{screen}");
    assert!(screen.contains("│>failed"), "{screen}");
}

#[test]
fn the_help_scrolls_from_its_end_at_once() {
    let place = Place::empty();
    let mut desk = place.desk(None, SMALL);
    let end = desk.press(&["?", "End"]).screen();
    assert!(end.contains("leave at once"), "{end}");
    let up = desk.press(&["↑"]).screen();
    assert!(!up.contains("leave at once") && up.contains("leave"), "{up}");
    assert!(desk.press(&["Esc"]).screen().contains("no session yet"));
}

#[test]
fn a_point_of_another_session_opens_it() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["g"]).type_in("5f861e64:r2");
    let screen = desk.screen();
    assert!(screen.contains("Events  2 of 3") && screen.contains("id: 5f861e64"), "{screen}");
    // And back, jump by jump.
    desk.press(&["End", "Backspace"]);
    assert!(desk.screen().contains("Events  2 of 3"), "{}", desk.screen());
    desk.press(&["Backspace"]);
    assert!(desk.screen().contains("Events  26 of 26"), "{}", desk.screen());
    assert!(desk.press(&["Backspace"]).screen().contains("there was no jump"));
}

#[test]
fn playing_keeps_the_pauses_and_stops_at_the_end() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    desk.press(&["g"]).type_in("r10").press(&["Space"]);
    let at = |desk: &super::Desk<'_>| desk.model.opened.as_ref().unwrap().at();
    // Between the two lies a minute: ten times as fast it is six seconds, and no pause is over one.
    assert_eq!(at(desk.wait(Duration::from_millis(900))), 10);
    assert!(desk.model.rest() <= Duration::from_millis(250));
    assert_eq!(at(desk.wait(Duration::from_millis(200))), 11);
    assert!(desk.press(&["+"]).screen().contains("plays ×20"), "{}", desk.screen());
    desk.press(&["Space", "g"]).type_in("r25").press(&["Space"]);
    desk.wait(Duration::from_secs(2)).wait(Duration::from_secs(2));
    assert!(at(&desk) == 26 && desk.model.play.is_none(), "{}", desk.screen());
}

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
    assert!(desk.screen().contains("no event that holds `secret` follows"), "{}", desk.screen());
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
