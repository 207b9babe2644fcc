//! What hostile texts do to the screen: nothing.

use retold_core::StreamName;

use super::Place;
use super::desk::{created, said};
use crate::printable::steers;

const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}gpj.exe\u{2066}\r\n\t\0\u{9b}31m👩‍🔧漢字\u{200b}";

#[test]
fn nothing_that_steers_reaches_the_screen() {
    let place = Place::empty();
    let id = format!("id{HOSTILE}");
    let name = StreamName::session(format!("w{HOSTILE}"), id.clone(), 1);
    place.append(&name, [created(&id, HOSTILE)]);
    place.append(&name, [said(1, HOSTILE), said(2, &HOSTILE.repeat(200))]);
    for size in [(80, 24), (120, 40)] {
        let mut desk = place.desk(None, size);
        for keys in [
            &["Tab", "1"][..],
            &["2"],
            &["3"],
            &["4"],
            &["1", "Tab", "Enter"],
            &["End", "Enter"],
            &["Esc", "Esc", "End", "Enter", "c"],
            &["s", "Esc", "Home", "2"],
        ] {
            let screen = desk.press(keys).screen();
            let steering: Vec<char> =
                screen.chars().filter(|letter| *letter != '\n' && steers(*letter)).collect();
            assert!(steering.is_empty(), "{steering:?} in\n{screen}");
        }
        desk.press(&["/"]).type_in(HOSTILE);
        desk.press(&["g"]).type_in(HOSTILE);
        assert!(!desk.screen().contains('\u{1b}'));
    }
}

#[test]
fn a_command_that_would_steer_a_shell_is_not_copied() {
    use crate::command::tui::model::{Action, Input, Want};
    let place = Place::empty();
    let id = "a\r\u{15}rm -rf";
    let name = StreamName::session("w", id, 1);
    place.append(&name, [created(id, "x")]);
    let mut desk = place.desk(None, (80, 24));
    desk.press(&["Tab"]);
    desk.model.update(Input::Act(Action::Copy));
    assert!(!desk.model.wants().iter().any(|want| matches!(want, Want::Clipboard(_))));
    assert!(desk.screen().contains(r"\u{15}rm"), "{}", desk.screen());
}
