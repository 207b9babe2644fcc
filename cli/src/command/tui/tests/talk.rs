//! The conversation of a session, as it is seen and opened.

use std::time::Duration;

use retold_core::{Event, Message, NewEvent, StreamName, Text, event};

use super::desk::{created, said};
use super::{Desk, Place};
use crate::command::tui::keys::{input, pressed};
use crate::command::tui::model::{Action, Input, Tab};

const SMALL: (u16, u16) = (80, 24);
/// Events that a page may take, with what a frame reads besides.
const PAGE_MAX: u64 = 300;

/// A session of a tool: turns of a question, a thought, a call and its result, and an answer.
fn transcript(place: &Place, id: &str, turns: u64) -> StreamName {
    let name = StreamName::session("claude", id, 1);
    let session: retold_core::Session = serde_json::from_value(serde_json::json!({
        "id": id, "type": "transcript", "task": "Mend the door", "status": "open",
        "createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z",
        "instances": [], "chatHistory": [],
    }))
    .unwrap();
    place.append(&name, [Event::from(event::SessionCreated { session, place: None, home: None }).into()]);
    for begin in (0..turns).step_by(2_000) {
        place.append(&name, (begin..(begin + 2_000).min(turns)).flat_map(turn));
    }
    name
}

fn message(nth: u64, role: &str, content: String) -> NewEvent {
    let mut message = Message::new(format!("m{nth}-{role}"), role, content);
    message.timestamp = "2026-11-23T08:10:00Z".to_owned();
    Event::from(event::MessageAdded { message, index: None, updated_at: None }).into()
}

fn turn(nth: u64) -> [NewEvent; 5] {
    let input = serde_json::json!({ "command": format!("ls {nth}") }).to_string();
    let output: String = (1..=30).map(|line| format!("file {line} of {nth}\n")).collect();
    let called = event::ToolCalled {
        call: format!("c{nth}"),
        message: None,
        name: "Bash".to_owned(),
        kind: "execute".to_owned(),
        instance_id: None,
        input: Text::from(input),
        updated_at: None,
    };
    let output = Text::from(output);
    let returned =
        event::ToolReturned { call: format!("c{nth}"), outcome: "ok".to_owned(), output, updated_at: None };
    [
        message(nth, "user", format!("question {nth}")),
        message(nth, "thinking", format!("a thought about {nth}")),
        Event::from(called).into(),
        Event::from(returned).into(),
        message(nth, "assistant", format!("answer {nth}")),
    ]
}

fn desk<'p>(place: &'p Place, session: &str, size: (u16, u16)) -> Desk<'p> {
    let mut desk = place.unsettled(Some(session), size);
    desk.model.update(Input::Act(Action::Tab(Tab::Talk)));
    desk
}

/// Answers what is wanted once, as between two frames; returns how many events that read, `None` where nothing was wanted.
fn frame(desk: &mut Desk<'_>) -> Option<u64> {
    let (before, wants) = (desk.data.read(), desk.model.wants());
    if wants.is_empty() {
        return None;
    }
    for want in wants {
        let answer = desk.data.answer(want).unwrap();
        desk.model.take(answer);
    }
    let after = desk.data.read();
    Some(after.listed + after.folded - before.listed - before.folded)
}

#[test]
fn a_conversation_of_a_hundred_thousand_events_opens_at_once_and_is_read_page_by_page() {
    let place = Place::empty();
    transcript(&place, "long", 20_000);
    let mut desk = desk(&place, "long", SMALL);
    let read = frame(&mut desk).unwrap();
    let screen = desk.screen();
    assert!(read <= PAGE_MAX && screen.contains("answer 19999"), "{read} events:\n{screen}");
    assert!(screen.contains("Conversation at r100001"), "{screen}");
    // Whatever is done, no frame reads more than a page, and what is on the screen is of where one went.
    for (keys, shown) in [
        (&["←"][..], "file 30 of 19999"),
        (&["Tab", "PgUp", "PgUp", "PgUp", "PgUp", "PgUp", "PgUp"], "Conversation at r100000"),
        (&["Home"], "question 0"),
        (&["PgDn", "PgDn", "PgDn", "PgDn", "PgDn", "PgDn"], "question "),
        (&["End"], "file 30 of 19999"),
        (&["o"], "a thought about 19999"),
        (&["o"], "… 22 lines more"),
        (&["["], "question 19999"),
    ] {
        for key in keys {
            press(&mut desk, key);
            let mut frames = 0;
            while let Some(read) = frame(&mut desk) {
                assert!(read <= PAGE_MAX, "{key}: {read} events in a frame");
                frames += 1;
                assert!(frames < 20, "{key} goes on and on");
            }
        }
        assert!(desk.screen().contains(shown), "{keys:?}:\n{}", desk.screen());
    }
}

fn press(desk: &mut Desk<'_>, key: &str) {
    let input = input(&pressed(key), desk.model.is_typing()).unwrap();
    desk.model.update(input);
}

#[test]
fn every_row_is_passed_once_up_and_once_down() {
    let place = Place::empty();
    transcript(&place, "a1", 600);
    let mut desk = desk(&place, "a1", SMALL);
    desk.settle();
    desk.press(&["Tab"]);
    // Up to the first and down to the last, pages come and go: the questions are seen in order, each of them.
    for (key, back) in [("PgUp", true), ("PgDn", false)] {
        let mut seen: Vec<u64> = Vec::new();
        for _ in 0..2_000 {
            let screen = desk.screen();
            let mut shown: Vec<u64> = screen
                .lines()
                .filter_map(|line| line.split('│').nth(1)?.split("question ").nth(1)?.trim().parse().ok())
                .collect();
            if back {
                shown.reverse();
            }
            shown.retain(|nth| seen.last() != Some(nth) && !seen.contains(nth));
            seen.extend(shown);
            let before = desk.screen();
            desk.press(&[key]);
            if desk.screen() == before {
                break;
            }
        }
        let mut expected: Vec<u64> = (0..600).collect();
        if back {
            expected.reverse();
        }
        assert_eq!(seen, expected, "{key}");
    }
}

#[test]
fn what_is_folded_is_opened_on_a_key_and_the_cursor_stays() {
    let place = Place::empty();
    transcript(&place, "a1", 2);
    let mut desk = desk(&place, "a1", SMALL);
    desk.settle();
    desk.press(&["Tab", "z"]);
    let find = |desk: &mut Desk<'_>, what: &str| {
        desk.press(&["End"]);
        for _ in 0..200 {
            if desk.screen().lines().any(|line| line.starts_with('>') && line.contains(what)) {
                return;
            }
            desk.press(&["↑"]);
        }
        panic!("no {what} in\n{}", desk.screen());
    };
    find(&mut desk, "▸ Bash");
    assert!(!desk.screen().contains("file 15 of 1"), "{}", desk.screen());
    assert!(desk.screen().contains("… 22 lines more: Enter opens it"), "{}", desk.screen());
    desk.press(&["Enter"]);
    let screen = desk.screen();
    assert!(screen.lines().any(|line| line.starts_with(">  ▸ Bash")) && screen.contains("ls 1"), "{screen}");
    desk.press(&["PgDn"]);
    assert!(desk.screen().contains("file 15 of 1"), "{}", desk.screen());
    // Folded from the middle of it, the cursor is on its first row.
    desk.press(&["Enter"]);
    assert!(desk.screen().lines().any(|line| line.starts_with(">  ▸ Bash")), "{}", desk.screen());
    find(&mut desk, "thought");
    assert!(!desk.screen().contains("a thought about 1"), "{}", desk.screen());
    assert!(desk.press(&["Enter"]).screen().contains("a thought about 1"));
    // From a row to its event, and back.
    desk.press(&["."]);
    assert!(desk.screen().contains("Conversation at r8"), "{}", desk.screen());
    desk.press(&["Backspace"]);
    assert!(desk.screen().contains("Conversation at r11"), "{}", desk.screen());
}

#[test]
fn a_sub_agent_is_opened_in_place_as_it_was_then() {
    let place = Place::empty();
    let parent = transcript(&place, "parent", 2);
    let child = StreamName::session("claude", "child", 1);
    place.append(&child, [created("child", "Look after the hinge")]);
    let linked = event::SessionLinked {
        relation: "subagent".to_owned(),
        parent: "parent".to_owned(),
        spawned_by: Some("c1".to_owned()),
    };
    place.append(&child, [Event::from(linked).into(), said(1, "the hinge is oiled")]);
    let mut desk = desk(&place, "parent", (100, 40));
    desk.settle();
    desk.press(&["Tab", "z"]);
    assert!(desk.screen().contains("▸ sub-agent child  Look after the hinge"), "{}", desk.screen());
    while !desk.screen().lines().any(|line| line.starts_with('>') && line.contains("sub-agent")) {
        desk.press(&["↑"]);
    }
    desk.press(&["Enter"]);
    let screen = desk.screen();
    assert!(screen.contains("▾ sub-agent child") && screen.contains("┊   the hinge is oiled"), "{screen}");
    // Its own session, and back to the one that began it.
    desk.press(&["↓", "↓", "."]);
    assert!(desk.screen().contains("child  r3"), "{}", desk.screen());
    desk.press(&["Backspace"]);
    assert!(desk.screen().contains("parent  r11") && parent.session_id == "parent", "{}", desk.screen());
    desk.press(&["o", "o"]);
    assert!(desk.screen().contains("the hinge is oiled"), "it stays open:\n{}", desk.screen());
}

#[test]
fn who_reads_is_not_moved_by_what_others_write() {
    let place = Place::empty();
    let name = transcript(&place, "a1", 100);
    let mut desk = desk(&place, "a1", SMALL);
    desk.settle();
    desk.press(&["Tab", "PgUp", "PgUp"]);
    let row = |desk: &Desk<'_>| {
        desk.screen()
            .lines()
            .find_map(|line| line.split('│').nth(1)?.strip_prefix('>').map(str::to_owned))
            .unwrap()
    };
    let before = row(&desk);
    place.append(&name, turn(100));
    desk.wait(Duration::from_secs(1));
    assert!(desk.screen().contains("Conversation at r506"), "{}", desk.screen());
    assert_eq!(row(&desk), before);
    // Who is at its end sees what comes.
    desk.press(&["End"]);
    place.append(&name, turn(101));
    desk.wait(Duration::from_secs(1));
    assert!(desk.screen().contains("answer 101"), "{}", desk.screen());
}
