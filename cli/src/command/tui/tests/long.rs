//! A session of a hundred thousand events: whatever is asked, little is read.

use std::sync::OnceLock;

use retold_core::{Event, NewEvent, StreamName, Text, event};

use super::desk::{created, said};
use super::{Desk, Place};

const EVENTS: u64 = 100_000;
/// Events that a screen may take: some pages of the list, a step of a search, and the way from one keyframe to the next.
const LISTED_MAX: u64 = 300;
const FOLDED_MAX: u64 = 2200;

fn long() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::empty();
        let name = StreamName::session("atlas", "long", 1);
        let agent = serde_json::json!({
            "instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": "Ada",
            "status": "running", "tmuxSessionId": "t", "output": null,
        });
        let instance = serde_json::from_value(agent).unwrap();
        let joined = event::InstanceAdded { instance, index: None, updated_at: None };
        place.append(&name, [created("long", "A long one"), Event::from(joined).into()]);
        let event = |nth: u64| -> NewEvent {
            match nth {
                77_777 => said(nth, "needle, and error: out of hay"),
                nth if nth.is_multiple_of(100) => said(nth, "still here?"),
                nth => {
                    let text = Text::from(format!("line {nth}\n"));
                    Event::from(event::OutputAppended { index: 0, text, updated_at: None }).into()
                }
            }
        };
        for begin in (2..EVENTS).step_by(10_000) {
            place.append(&name, (begin + 1..=(begin + 10_000).min(EVENTS)).map(event));
        }
        place
    })
}

#[test]
fn a_hundred_thousand_events_are_looked_through_without_reading_them() {
    let place = long();
    let desk = place.desk(Some("long"), (80, 24));
    // The first state is the fold of all, in steps that let keys through; from then on there are keyframes.
    assert!(desk.data.read().folded <= EVENTS);
    assert!(desk.screen().contains("State at r100000"), "{}", desk.screen());
    let mut desk = place.desk(Some("long"), (80, 24));
    assert!(desk.data.read().folded <= FOLDED_MAX, "{:?}", desk.data.read());

    let mut check = |keys: &[&str], typed: Option<&str>, shown: &[&str]| {
        let before = desk.data.read();
        desk.press(keys);
        if let Some(text) = typed {
            desk.type_in(text);
        }
        let (screen, after) = (desk.screen(), desk.data.read());
        assert!(shown.iter().all(|text| screen.contains(text)), "{keys:?}, {shown:?}:\n{screen}");
        let (listed, folded) = (after.listed - before.listed, after.folded - before.folded);
        assert!(listed <= LISTED_MAX && folded <= FOLDED_MAX, "{keys:?}: {listed} listed, {folded} folded");
    };
    check(&["g"], Some("r50050"), &["State at r50050", "chatHistory/0: user: still here?"]);
    check(&["→"], None, &["State at r50051"]);
    check(&["]"], None, &["State at r50100"]);
    check(&["["], None, &["State at r50000"]);
    check(&["d"], None, &["Diff r49999..r50000", "+ chatHistory/499: user"]);
    check(&["x", "End"], None, &["Diff r50000..r100000", "base r50000"]);
    check(&["1", "Tab", "End"], None, &["chatHistory/1000: user: still here?"]);
    check(&["b"], None, &["Blame at r100000"]);
    check(&["Shift-Tab", "Home", "1"], None, &["State at r1\n", "status: running"]);
    check(&["g"], Some("r77776"), &["State at r77776"]);
    check(&["e"], None, &["State at r77777"]);
    check(&["["], None, &["State at r77700"]);
    check(&["/"], Some("NEEDLE"), &["State at r77777"]);
}

/// Answers what is wanted once: what happens between two frames.
fn frame(desk: &mut Desk<'_>) {
    for want in desk.model.wants() {
        let answer = desk.data.answer(want).unwrap();
        desk.model.take(answer);
    }
}

#[test]
fn the_first_state_comes_in_steps_and_nobody_has_to_wait_for_it() {
    let place = Place::empty();
    let name = StreamName::session("atlas", "a1", 1);
    place.append(&name, [created("a1", "x")]);
    place.append(&name, (2..=5000).map(|nth| said(nth, "hello")));
    let mut desk = place.unsettled(Some("a1"), (80, 24));
    frame(&mut desk);
    assert!(desk.screen().contains("reading, 2000 of 5000 events; Esc stops"), "{}", desk.screen());
    assert_eq!(desk.model.rest(), std::time::Duration::ZERO);
    // The events are there already, and keys are taken.
    assert!(desk.screen().contains("r5000  10:00  Message"), "{}", desk.screen());
    press(&mut desk, "Esc");
    assert!(desk.screen().contains("stopped"), "{}", desk.screen());
    assert!(desk.model.wants().is_empty() && desk.model.rest() > std::time::Duration::ZERO);
    press(&mut desk, "Tab");
    press(&mut desk, "Enter");
    frame(&mut desk);
    assert!(desk.screen().contains("reading, 4000 of 5000 events"), "{}", desk.screen());
    frame(&mut desk);
    assert!(desk.screen().contains("id: a1"), "{}", desk.screen());
    assert_eq!(desk.data.read().folded, 5000);
}

fn press(desk: &mut Desk<'_>, key: &str) {
    let pressed = crate::command::tui::keys::pressed(key);
    let input = crate::command::tui::keys::input(&pressed, desk.model.is_typing()).unwrap();
    desk.model.update(input);
}

#[test]
fn a_long_search_goes_in_steps_and_can_be_stopped() {
    let place = long();
    let mut desk = place.desk(Some("long"), (80, 24));
    desk.press(&["Home", "/"]);
    desk.model.update(crate::command::tui::model::Input::Text("nowhere".to_owned()));
    press(&mut desk, "Enter");
    let before = desk.data.read().listed;
    (0..3).for_each(|_| frame(&mut desk));
    assert!(desk.data.read().listed - before <= 3 * 200);
    assert!(desk.screen().contains("at r601 on the way to `nowhere`; Esc stops"), "{}", desk.screen());
    assert_eq!(desk.model.rest(), std::time::Duration::ZERO);
    assert!(desk.press(&["Esc"]).screen().contains("stopped"));
    assert!(desk.model.rest() > std::time::Duration::ZERO);
}
