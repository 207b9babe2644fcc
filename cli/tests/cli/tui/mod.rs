//! `retold tui`, through a pseudo-terminal.

mod pty;

use crate::support::Place;
use pty::Terminal;

#[test]
fn a_session_is_opened_and_stepped_through() {
    let place = Place::with_sample();
    let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], (80, 24));
    tui.shows(&["State at r26", "status: completed"]);
    tui.press("h");
    println!("{}", tui.shows(&["State at r25", "status: running"]));
    tui.press("d");
    println!("{}", tui.shows(&["Diff r24..r25", "q quit"]));
    tui.press("3");
    println!("{}", tui.shows(&["Blame at r25", "q quit"]));
    tui.press("4");
    println!("{}", tui.shows(&["Body of r25", "q quit"]));
    tui.press("\t\t");
    println!("{}", tui.shows(&[" Sessions", "q quit"]));
    tui.press("?");
    println!("{}", tui.shows(&[" Keys", "Esc back"]));
    tui.press("qq");
    let ended = tui.end();
    assert!(ended.exit.success() && ended.is_restored, "{}", ended.shown);
}
