//! How it ends: the terminal is as it was.

use super::SMALL;
use super::pty::{Ended, Terminal};
use crate::support::{Place, SECOND};

fn is_coloured(ended: &Ended) -> bool {
    // What sets a colour: SGR 30 to 37, 90 to 97, and 38.
    let text = String::from_utf8_lossy(&ended.written).into_owned();
    text.split("\x1b[")
        .skip(1)
        .filter_map(|rest| rest.split_once('m'))
        .any(|(codes, _)| codes.split(';').any(|code| matches!(code.parse::<u8>(), Ok(30..=38 | 90..=97))))
}

#[test]
fn ctrl_c_ends_it_whatever_is_under_way() {
    let place = Place::with_sample();
    for keys in ["\x03", "/typing\x03", "?\x03", " \x03"] {
        let mut tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
        tui.shows(&["Conversation at r26"]);
        tui.press(keys);
        let ended = tui.end();
        assert_eq!(ended.exit.exit_code(), 130, "{}", ended.shown);
        assert!(ended.is_restored, "{}", ended.shown);
    }
}

#[test]
fn a_signal_ends_it_and_the_terminal_is_restored() {
    let place = Place::with_sample();
    for signal in ["-TERM", "-INT"] {
        let tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
        tui.shows(&["Conversation at r26"]);
        let process = tui.process().to_string();
        assert!(std::process::Command::new("kill").args([signal, &process]).status().unwrap().success());
        let ended = tui.end();
        assert_eq!(ended.exit.exit_code(), 130);
        assert!(ended.is_restored, "{}", ended.shown);
    }
}

#[test]
fn it_ends_with_its_terminal() {
    let place = Place::with_sample();
    let tui = Terminal::begin(&place, &["tui", "7c2f4b1e"], SMALL, &[]);
    tui.shows(&["Conversation at r26"]);
    assert!(!tui.hang_up().success());
}

#[test]
fn a_store_that_is_replaced_ends_it_with_one_error() {
    let place = Place::with_sessions();
    let backup = place.folder().join("before.db");
    place.piped(&["backup", backup.to_str().unwrap()]).done();
    place.piped(&["redact", "3", "--reason", "r"]).done();
    let tui = Terminal::begin(&place, &["tui"], SMALL, &[]);
    tui.shows(&["Sessions", "Mend the door"]);
    place.piped(&["store", "restore", backup.to_str().unwrap(), "--overwrite", "-q"]).done();
    let ended = tui.end();
    assert_eq!(ended.exit.exit_code(), 4, "{}", ended.shown);
    assert!(
        ended.is_restored && ended.shown.contains("error: ") && ended.shown.contains("hint: "),
        "{}",
        ended.shown
    );
}

#[test]
fn an_error_before_the_first_frame_leaves_the_terminal_alone() {
    // Position 1 is the workspace's; of the second session there is nothing by then.
    let place = Place::with_sessions();
    for (args, code, said) in [
        (&["tui", "nobody"][..], 1, "nobody"),
        (&["tui", "--at", "1"], 2, "position 1 is not a session's event"),
        (&["tui", SECOND, "--at", "2"], 1, "not created yet"),
        (&["tui", "--at", "mark:nowhere"], 2, "there is no mark yet"),
    ] {
        let ended = Terminal::begin(&place, args, SMALL, &[]).end();
        assert_eq!(ended.exit.exit_code(), code, "{}", ended.shown);
        assert!(ended.shown.contains("error: ") && ended.shown.contains(said), "{}", ended.shown);
        assert!(!ended.written.windows(8).any(|bytes| bytes == b"\x1b[?1049h"));
    }
}

#[test]
fn colours_are_there_unless_nobody_wants_them() {
    let place = Place::with_sample();
    let colours = |args: &[&str], environment: &[(&str, &str)]| {
        let mut tui = Terminal::begin(&place, args, SMALL, environment);
        tui.shows(&["Conversation at r26"]);
        tui.press("d");
        tui.shows(&["Diff r25..r26", "status"]);
        tui.press("q");
        is_coloured(&tui.end())
    };
    assert!(colours(&["tui", "7c2f4b1e"], &[]));
    assert!(!colours(&["tui", "7c2f4b1e"], &[("NO_COLOR", "1")]));
    assert!(!colours(&["tui", "7c2f4b1e", "--color", "never"], &[]));
    assert!(colours(&["tui", "7c2f4b1e", "--color", "always"], &[("NO_COLOR", "1")]));
}

#[test]
fn without_a_terminal_it_is_refused() {
    let place = Place::with_sessions();
    insta::assert_snapshot!(place.piped(&["tui"]).refused(2), @"
    error: tui: the standard output is not a terminal
    hint: `retold show SESSION` and `retold log SESSION` tell the same to a pipe
    ");
    let typed = place.run(&["tui"], |io| io.out_is_terminal = true);
    insta::assert_snapshot!(typed.refused(2), @"
    error: tui: the standard input is not a terminal
    hint: `retold show SESSION` and `retold log SESSION` tell the same to a pipe
    ");
    insta::assert_snapshot!(place.piped(&["tui", "-o", "json"]).refused(2), @"
    error: tui: it is shown to people
    hint: `retold show SESSION -o json` and `retold log SESSION -o jsonl` tell the same to programs
    ");
    let dumb = Terminal::begin(&place, &["tui"], SMALL, &[("TERM", "dumb")]).end();
    assert!(dumb.exit.exit_code() == 2 && dumb.shown.contains("TERM is dumb"), "{}", dumb.shown);
}
