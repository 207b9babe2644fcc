//! Moving about: what keys do beyond a screen.

use std::time::Duration;

use retold_core::event::{MappingCorrected, TaskChanged};
use retold_core::{Event, NewEvent, StreamName};

use super::Place;
use super::desk::{created, said};

const SMALL: (u16, u16) = (80, 24);

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
    assert!(
        desk.press(&["End"]).screen().contains(" s0          2026-11-23 10:00  running"),
        "{}",
        desk.screen()
    );
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
    assert!(screen.contains("second        0m The second"), "{screen}");
    assert_eq!(desk.model.sessions.chosen().unwrap().name, first);
}

/// A session whose second event was corrected after its third one.
fn mended(place: &Place) {
    let name = StreamName::session("w", "mended", 1);
    let at = |time: &str, event: NewEvent| {
        let occurred_at = Some(format!("2026-11-22T{time}:00Z").parse().unwrap());
        NewEvent { occurred_at, ..event }
    };
    let task =
        |task: &str| NewEvent::from(Event::from(TaskChanged { task: task.to_owned(), updated_at: None }));
    let corrects = MappingCorrected { revision: 2, events: 1, withdrawn: Vec::new(), unused: Vec::new() };
    place.append(
        &name,
        [
            at("09:00", created("mended", "begun")),
            at("09:10", task("misread")),
            at("09:30", said(1, "later")),
            at("10:00", NewEvent::from(Event::from(corrects))),
            at("09:10", task("read well")),
        ],
    );
}

/// The revision that is looked at, and which of its tasks the session has then.
fn seen(desk: &super::Desk<'_>) -> (u64, [bool; 3]) {
    let tasks =
        ["begun", "misread", "read well"].map(|task| desk.screen().contains(&format!("task: {task}")));
    (desk.model.opened.as_ref().unwrap().at(), tasks)
}

#[test]
fn a_date_shows_what_was_corrected_since_until_another_event_is_looked_at() {
    let place = Place::empty();
    mended(&place);
    let mut desk = place.desk(Some("mended"), (120, 40));
    desk.press(&["g"]).type_in("2026-11-22T09:15:00Z");
    assert_eq!(seen(&desk), (2, [false, false, true]), "{}", desk.screen());
    desk.press(&["g"]).type_in("r1");
    assert_eq!(seen(&desk), (1, [true, false, false]), "{}", desk.screen());
    desk.press(&["g"]).type_in("r2");
    assert_eq!(seen(&desk), (2, [false, true, false]), "{}", desk.screen());
}

#[test]
fn a_jump_that_is_refused_leaves_all_as_it_was_and_says_why() {
    let place = Place::empty();
    place.append(&StreamName::session("w", "older", 1), [created("older", "The older one")]);
    mended(&place);
    let mut desk = place.desk(Some("mended"), (120, 40));
    desk.press(&["g"]).type_in("2026-11-22T09:15:00Z");
    let before = seen(&desk);
    for (point, why) in [
        ("1", "not created yet"),
        ("mark:nowhere", "there is no mark yet"),
        ("nobody:r1", "nobody"),
        ("older:r9", "older"),
        ("2026-11-22T08:00:00Z", "nothing"),
    ] {
        desk.press(&["g"]).type_in(point);
        assert!(desk.screen().contains(why), "{point}: {}", desk.screen());
        // What is shown is asked for again.
        desk.press(&["d", "1"]);
        assert_eq!(seen(&desk), before, "{point}: {}", desk.screen());
    }
}

#[test]
fn a_date_leads_to_what_happened_last_by_then_where_no_session_is_open() {
    let place = Place::empty();
    mended(&place);
    let later = NewEvent {
        occurred_at: Some("2026-11-22T09:20:00Z".parse().unwrap()),
        ..created("other", "The other one")
    };
    place.append(&StreamName::session("w", "other", 1), [later]);
    for (point, name, revision) in
        [("2026-11-22T09:15:00Z", "mended", 2), ("2026-11-22T09:25:00Z", "other", 1)]
    {
        let mut desk = place.desk(None, (120, 40));
        desk.model.opened = None;
        desk.press(&["g"]).type_in(point);
        let opened = desk.model.opened.as_ref().unwrap();
        assert_eq!((&*opened.name.session_id, opened.at()), (name, revision), "{}", desk.screen());
    }
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
    while !row("│>#3, ", &desk.screen()) {
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
    assert!(desk.screen().contains("│>~ #3/status: running -> failed"), "{}", desk.screen());
    let screen = desk.press(&["1"]).screen();
    assert!(screen.contains("State at r21  #3") && screen.contains("│>status: failed"), "{screen}");
    // Or opened by itself.
    let screen = desk.press(&["d", "Enter"]).screen();
    assert!(screen.contains("State at r21  #3/status"), "{screen}");
    assert!(screen.contains("│>failed"), "{screen}");
}

#[test]
fn the_help_scrolls_from_its_end_at_once() {
    let place = Place::empty();
    let mut desk = place.desk(None, SMALL);
    let end = desk.press(&["?", "End"]).screen();
    assert!(end.contains("click on the bar"), "{end}");
    let up = desk.press(&["↑"]).screen();
    assert!(!up.contains("click on the bar") && up.contains("wheel"), "{up}");
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
fn the_list_opens_on_the_session_that_is_looked_at() {
    let place = Place::with_sample();
    let mut desk = place.desk(Some("7c2f4b1e"), SMALL);
    let screen = desk.press(&["s"]).screen();
    assert!(
        screen.contains("> 7c2f4b1e    2025-11-07 09:28  completed    Fix the flaky login test"),
        "{screen}"
    );
    assert_eq!(
        Some(&desk.model.sessions.chosen().unwrap().name),
        desk.model.opened.as_ref().map(|opened| &opened.name)
    );
}

#[test]
fn times_are_those_of_the_zone() {
    let place = Place::with_sample();
    let story = Some("7c2f4b1e");
    let utc = place.desk(story, SMALL).press(&["3"]).screen();
    let apia = jiff::tz::TimeZone::get("Pacific/Apia").unwrap();
    let mut desk = place.desk_in(apia, story, SMALL);
    let there = desk.press(&["3"]).screen();
    // Thirteen hours ahead, from the next morning on.
    assert!(utc.contains("r1    11-07 09:12") && utc.contains("2025-11-07 09:28:30Z"), "{utc}");
    assert!(there.contains("r1    11-07 22:12") && there.contains("2025-11-07 22:28:30+13:00"), "{there}");
}

#[test]
fn searches_and_the_way_to_errors_go_around_in_both_directions() {
    let place = Place::empty();
    let name = StreamName::session("w", "a1", 1);
    place.append(&name, [created("a1", "x"), said(1, "error: one"), said(2, "quiet"), said(3, "error: two")]);
    let mut desk = place.desk(Some("a1"), SMALL);
    let at = |desk: &super::Desk<'_>| desk.model.opened.as_ref().unwrap().at();
    for (key, is_at, said) in [
        ("e", 2, "past the last event: from the first again"),
        ("e", 4, ""),
        ("E", 2, ""),
        ("E", 4, "past the first event: from the last again"),
    ] {
        desk.press(&[key]);
        assert_eq!(at(&desk), is_at, "{key}");
        assert!(desk.screen().contains(said), "{key}: {}", desk.screen());
        assert_eq!(desk.screen().contains("past the "), !said.is_empty(), "{key}");
    }
    desk.press(&["/"]).type_in("quiet");
    assert_eq!(at(&desk), 3);
    for key in ["n", "N"] {
        desk.press(&[key]);
        assert_eq!(at(&desk), 3);
        assert!(desk.screen().contains("this is the only event that holds `quiet`"), "{}", desk.screen());
    }
    for direction in ["n", "N"] {
        desk.press(&["/"]).type_in("nowhere").press(&[direction]);
        assert_eq!(at(&desk), 3);
        assert!(desk.screen().contains("there is no event that holds `nowhere`"), "{}", desk.screen());
    }
}

#[test]
fn it_opens_on_what_is_running_and_tells_how_each_session_stands() {
    let place = Place::empty();
    let session = |id: &str, status: &str, updated_at: &str| {
        let session = serde_json::json!({
            "id": id, "type": "transcript", "task": "x", "status": status,
            "createdAt": "2026-11-23T08:00:00Z", "updatedAt": updated_at, "instances": [], "chatHistory": [],
        });
        let session = serde_json::from_value(session).unwrap();
        let created = retold_core::event::SessionCreated { session, place: None, home: None };
        let mut created = retold_core::NewEvent::from(retold_core::Event::from(created));
        created.occurred_at = Some(updated_at.parse().unwrap());
        place.append(&StreamName::session("w", id, 1), [created]);
    };
    session("ended", "completed", "2026-11-23T09:59:00Z");
    session("working", "open", "2026-11-23T09:55:00Z");
    session("waiting", "open", "2026-11-23T09:49:00Z");
    session("stuck", "running", "2026-11-23T09:00:00Z");
    session("broken-off", "interrupted", "2026-11-23T08:30:00Z");
    session("broken", "failed", "2026-11-23T08:20:00Z");
    let desk = place.desk(None, SMALL);
    let screen = desk.screen();
    let told: Vec<&str> = screen.lines().skip(1).take(6).map(str::trim_end).collect();
    let rows = [
        "  ended       2026-11-23 09:59  completed    x",
        "> working     2026-11-23 09:55  running      x",
        "  waiting     2026-11-23 09:49  paused       x",
        "  stuck       2026-11-23 09:00  running      x",
        " ⊘broken-off  2026-11-23 08:30  interrupted  x",
        " !broken      2026-11-23 08:20  failed       x",
    ];
    assert_eq!(told, rows, "{screen}");
    assert_eq!(desk.model.opened.as_ref().unwrap().name.session_id, "working");
}
