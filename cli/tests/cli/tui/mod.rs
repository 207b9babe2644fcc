//! `retold tui`, through a pseudo-terminal.

mod ends;
pub(crate) mod pty;

use retold_core::event::SessionStatusChanged;
use retold_core::{Commit, Expected, StreamName};

use crate::support::{FIRST, Place};
use pty::{ESCAPE, Terminal};

const SMALL: (u16, u16) = (80, 24);

#[test]
fn a_session_is_looked_through() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.shows(&["Events  26 of 26", "State at r26", "status: completed", "r26  position 564", "follow"]);
    // A step back, and what the event changed.
    tui.press("h");
    tui.shows(&["State at r25", "status: running"]);
    tui.press("d");
    tui.shows(&["Diff r24..r25", "~ winnerId: null -> 2"]);
    // A point, as every command takes it.
    tui.press("g");
    tui.shows(&["go to: "]);
    tui.press("head-23\r");
    tui.shows(&["Events  3 of 26", "head-23: position 541", "Diff r2..r3"]);
    tui.press("1]");
    tui.shows(&["State at r6", "chatHistory/1: system"]);
    tui.press("e");
    tui.shows(&["State at r21"]);
    // A name for the moment, which every command knows.
    tui.press("m");
    tui.shows(&["mark this moment as: "]);
    tui.press("gave-up\r");
    tui.shows(&["mark:gave-up: position 559"]);
    assert!(place.piped(&["mark", "-o", "csv"]).done().contains("gave-up,559,"));
    // The same name again is refused, and everything goes on.
    tui.press("hmgave-up\r");
    tui.shows(&["State at r20", "--move puts it elsewhere"]);
    tui.press("gmark:gave-up\r");
    tui.shows(&["State at r21", "mark:gave-up: position 559"]);
    // A text, from the beginning on.
    tui.press("\x1b[H/FLAKY\r");
    tui.shows(&["State at r7"]);
    tui.press("c");
    tui.shows(&["retold show c41d22cca937429a/7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34 --at r7"]);
    tui.press("?");
    tui.shows(&[" Keys", "the next event of the session"]);
    tui.press("qq");
    let ended = tui.end();
    assert!(ended.exit.success() && ended.is_restored, "{}", ended.shown);
    assert!(ended.written.windows(7).any(|bytes| bytes == b"\x1b]52;c;"), "the clipboard got the command");
}

#[test]
fn sessions_are_chosen_from_the_list() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui"], SMALL, &[]);
    tui.shows(&[" Sessions", ">5f861e64  2025-12-05 14:56  completed  Review the last 7 commits"]);
    tui.press("j\r");
    tui.shows(&["Events  ", "State at r", "id: 717f8d36", " 717f8d36  r"]);
    tui.press("s");
    tui.shows(&[" Sessions", ">717f8d36"]);
    tui.press(ESCAPE);
    tui.shows(&["State at r"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn it_begins_where_it_is_told() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "--at", "559"], SMALL, &[]);
    tui.shows(&["Events  21 of 26", " 7c2f4b1e  r21  position 559"]);
    tui.press("q");
    tui.end();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e", "--at", "r2"], SMALL, &[]);
    tui.shows(&["Events  2 of 26", "State at r2"]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn a_time_is_when_things_happened_unless_the_other_clock_is_named() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "--at", "2025-11-07 09:20"], SMALL, &[]);
    tui.shows(&["Events  10 of 26", " 7c2f4b1e  r10  position 548"]);
    tui.press("g2025-11-07 09:13\r");
    tui.shows(&["2025-11-07T09:13:00 (occurred): position"]);
    tui.press("grecorded 2026-11-24\r");
    tui.shows(&["2026-11-24T00:00:00 (recorded): position", "Events  26 of 26"]);
    tui.press("g2025-11-06\r");
    tui.shows(&["nothing had happened by 2025-11-06"]);
    // The list is that of the moment which it was begun with, and so is a session that is opened from it.
    tui.press("s");
    tui.shows(&[" Sessions", "7c2f4b1e  2025-11-07 09:", "  running  "]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn what_another_process_writes_appears() {
    let place = Place::with_sessions();
    let mut tui = Terminal::begin(&place, &["tui", FIRST], SMALL, &[]);
    tui.shows(&["Events  5 of 5", "status: completed", "follow"]);
    let append = |status: &str| {
        let event = SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at: None };
        let name = StreamName::session("atlas", FIRST, 1);
        place.log().append(Commit::to(name, Expected::Any, [event])).unwrap();
    };
    append("round_2");
    tui.shows(&["Events  6 of 6", "status: round_2", "State at r6"]);
    // Who went back stays there, and sees that there is more.
    tui.press("h");
    tui.until("no follow", |shown| shown.contains("State at r5") && !shown.contains("follow"));
    append("round_3");
    tui.shows(&["Events  5 of 7", "State at r5"]);
    tui.press("f");
    tui.shows(&["Events  7 of 7", "status: round_3", "follow"]);
    append("paused");
    tui.shows(&["Events  8 of 8", "status: paused"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn a_session_plays_to_its_end() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e", "--at", "r23"], SMALL, &[]);
    tui.shows(&["State at r23"]);
    // How long the pauses are is held without a terminal, where time stands still until it is told to go on.
    tui.press(" ");
    tui.shows(&["State at r26", "played to the end"]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.until("no sessions", |shown| shown.contains("State at r26") && !shown.contains("Sessions"));
    tui.resize((120, 40));
    tui.shows(&[" Sessions", "Events  26 of 26", "State at r26", "b blame"]);
    tui.resize((30, 8));
    tui.shows(&["40×10 wanted"]);
    tui.resize(SMALL);
    tui.shows(&["State at r26", "status: completed"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn what_is_pasted_is_no_key() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.shows(&["State at r26"]);
    tui.press("\x1b[200~qmx\x1b[201~g\x1b[200~r3\n\x1b[201~\r");
    tui.shows(&["State at r3"]);
    tui.press("q");
    assert!(tui.end().exit.success());
}
