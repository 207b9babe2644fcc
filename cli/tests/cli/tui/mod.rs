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
    tui.shows(&[
        "Events  26 of 26",
        "Conversation at r26",
        "session completed",
        "r26  position 564",
        "follow",
    ]);
    tui.press("1");
    tui.shows(&["State at r26", "status: completed"]);
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
    tui.shows(&["retold show c41d22cca937429a/7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34 --state --at r"]);
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
    tui.shows(&[" Sessions", "> 5f861e64    2025-12-05 14:56  completed    Review the last 7 commits"]);
    tui.press("j\r");
    tui.shows(&["Events  ", "Conversation at r", " 717f8d36  r"]);
    tui.press("s");
    tui.shows(&[" Sessions", "> 717f8d36"]);
    tui.press(ESCAPE);
    tui.shows(&["Conversation at r"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn sub_agents_are_under_their_session_in_the_list() {
    let place = Place::with_transcripts();
    let mut tui = Terminal::begin(&place, &["tui", "301c46a4"], SMALL, &[]);
    tui.shows(&["Conversation at r"]);
    tui.press("s");
    let folded = tui.until("the folded family", |shown| shown.contains("> 301c46a4") && shown.contains("▸ "));
    assert!(!folded.contains('└'), "{folded}");
    tui.press("u");
    let under = tui.until("the family", |shown| shown.contains("▾ ") && shown.contains("└ "));
    // One of them is opened as any other.
    assert!(under.lines().any(|line| line.contains("> 301c46a4") && line.contains("▾ ")), "{under}");
    tui.press("j\r");
    tui.shows(&["Events  ", "Conversation at r"]);
    tui.press("su");
    tui.until("the folded family", |shown| shown.contains("▸ ") && !shown.contains('└'));
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
    tui.shows(&["Events  2 of 26", "Conversation at r2"]);
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
    tui.shows(&[" Sessions", "7c2f4b1e    2025-11-07 09:", "  running  "]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn what_another_process_writes_appears() {
    let place = Place::with_sessions();
    let mut tui = Terminal::begin(&place, &["tui", FIRST], SMALL, &[]);
    tui.shows(&["Events  5 of 5", "Conversation at r5", "follow"]);
    tui.press("1");
    tui.shows(&["status: completed"]);
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
    tui.shows(&["Conversation at r23"]);
    // How long the pauses are is held without a terminal, where time stands still until it is told to go on.
    tui.press(" ");
    tui.shows(&["Conversation at r26", "played to the end"]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.until("no sessions", |shown| shown.contains("Conversation at r26") && !shown.contains("Sessions"));
    tui.resize((120, 40));
    tui.shows(&[" Sessions", "Events  26 of 26", "Conversation at r26", "b blame"]);
    tui.resize((30, 8));
    tui.shows(&["40×10 wanted"]);
    tui.resize(SMALL);
    tui.shows(&["Conversation at r26"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn what_is_pasted_is_no_key() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.shows(&["Conversation at r26"]);
    tui.press("\x1b[200~qmx\x1b[201~g\x1b[200~r3\n\x1b[201~\r");
    tui.shows(&["Conversation at r3"]);
    tui.press("q");
    assert!(tui.end().exit.success());
}

#[test]
fn a_conversation_is_read_and_opened() {
    let place = Place::with_transcripts();
    let mut tui = Terminal::begin(&place, &["tui", "baddaeca"], (100, 30), &[]);
    tui.shows(&["Conversation at r35", "All done.", "session completed"]);
    // The pane alone, and the sub-agent of a call in place.
    tui.press("\tz");
    tui.shows(&["▸ invoke_agent  ok", "▸ sub-agent 31df602b  Run the suite."]);
    tui.until("no events", |shown| !shown.contains("Events"));
    let up = tui.rows_up_to("▸ sub-agent 31df602b");
    tui.press(&"k".repeat(up));
    tui.shows(&[">    ▸ sub-agent 31df602b"]);
    tui.press("\r");
    tui.shows(&["▾ sub-agent 31df602b", "┊ "]);
    // It is the session's as of the event under the cursor in the list of events.
    tui.press("h");
    tui.shows(&["Conversation at r34"]);
    tui.press("gr3\r");
    tui.shows(&["Conversation at r3"]);
    tui.until("no answer", |shown| !shown.contains("All done."));
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn sessions_are_filtered_and_times_are_of_either_clock() {
    let place = Place::with_transcripts();
    let mut tui = Terminal::begin(&place, &["tui"], (100, 30), &[]);
    tui.shows(&[" Sessions", "  claude  ", "  codex  ", "  gemini  "]);
    tui.press("Ftool:gemini status:failed\r");
    tui.until("no other tool", |shown| {
        shown.contains("Sessions  tool:gemini status:failed") && !shown.contains("  codex  ")
    });
    tui.press("F\x15tool:codex retries\r");
    tui.until("the title", |shown| {
        shown.contains("Sessions  tool:codex retries") && !shown.contains("gemini")
    });
    tui.press("F\x15since:nonsense\r");
    tui.shows(&["since nonsense: "]);
    tui.press("F\x15\r");
    tui.shows(&["  claude  ", "  codex  "]);
    tui.shows(&["2026-08-03 09:"]);
    tui.press("T");
    tui.shows(&["times are when the log got it"]);
    tui.until("when they were imported", |shown| !shown.contains("2026-08-03 09:"));
    tui.press("T");
    tui.shows(&["times are when it happened", "2026-08-03 09:"]);
    tui.press("q");
    assert!(tui.end().is_restored);
}

#[test]
fn the_mouse_chooses_scrolls_and_goes_through_time() {
    let place = Place::with_sample();
    let click = |x: u16, y: u16| format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", x + 1, y + 1, x + 1, y + 1);
    let wheel = |down: bool, x: u16, y: u16| format!("\x1b[<{};{};{}M", 64 + u8::from(down), x + 1, y + 1);
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], (120, 30), &[]);
    tui.shows(&["Events  26 of 26"]);
    // The bar, from its first column to its last.
    tui.press(&click(0, 27));
    tui.shows(&["Events  1 of 26"]);
    tui.press(&click(119, 27));
    tui.shows(&["Events  26 of 26"]);
    // A row of the events, and the wheel over them.
    tui.press(&click(40, 5));
    tui.shows(&["Events  5 of 26"]);
    tui.press(&wheel(true, 40, 5));
    tui.shows(&["Events  8 of 26"]);
    tui.press(&wheel(false, 40, 5));
    tui.shows(&["Events  5 of 26"]);
    // A session: chosen by one click, opened by the next.
    tui.press(&click(5, 3));
    tui.press(&click(5, 3));
    tui.until("another session", |shown| {
        !shown.contains(" 7c2f4b1e  r5") && shown.contains("Conversation at r")
    });
    // Nothing is under the status line, and nothing happens.
    tui.press(&click(5, 28));
    tui.press("q");
    assert!(tui.end().is_restored);
}
