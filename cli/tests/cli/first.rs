//! The first five minutes: what somebody is told who has nothing yet, and how to go on.

use std::process::ExitCode;

use crate::support::{Answer, Place, environment, snapshot};

fn alone(place: &Place, home: &str) -> Answer {
    place.run(&[], |io| io.environment = environment(&[("HOME", home)]))
}

#[test]
fn who_has_no_history_is_told_what_is_on_the_machine_and_the_command_that_takes_it_in() {
    let homes = format!("{}/../tests/transcripts", env!("CARGO_MANIFEST_DIR"));
    for (tool, found) in [
        ("claude", "  Claude Code "),
        ("codex", "  Codex "),
        ("gemini", "  Gemini CLI "),
        ("copilot", "  Copilot CLI "),
        ("opencode", "  opencode "),
        ("vibe-kanban", "  Vibe Kanban "),
        ("join", "  AIT42 Editor "),
    ] {
        let place = Place::empty();
        let answer = alone(&place, &format!("{homes}/{tool}/home"));
        assert_eq!(answer.exit, ExitCode::SUCCESS, "{tool}: {}", answer.err);
        assert!(
            answer.out.contains(found) && answer.out.contains("  retold import  "),
            "{tool}:\n{}",
            answer.out
        );
        assert_eq!(place.names(), Vec::<String>::new(), "nothing is written");
    }
    let place = Place::empty();
    snapshot!(alone(&place, place.folder().join("nobody").to_str().unwrap()).done(), @"
    Nothing is recorded yet; the store will be [folder]/sessions.db

    Nothing of Claude Code, Codex, Gemini CLI, Copilot CLI, opencode, Vibe Kanban
    or the AIT42 Editor was found on this machine.

      retold demo      imports a sample history and shows what retold does with it
      retold --help    lists the commands
    ");
}

#[test]
fn who_has_a_history_is_told_that_a_command_is_missing() {
    let place = Place::with_sessions();
    let answer = alone(&place, "/nowhere");
    assert!(answer.exit == 2.into() && answer.out.is_empty(), "{}", answer.out);
    assert!(answer.err.contains("a command is missing"), "{}", answer.err);
    // An empty store is not a history.
    let place = Place::with_empty_store();
    assert!(alone(&place, "/nowhere").done().starts_with("Nothing is recorded yet"));
}

#[test]
fn doctor_after_a_first_import_is_no_error() {
    let place = Place::with_transcripts();
    let answer = place.piped(&["doctor", "-q"]);
    assert_eq!(answer.exit, ExitCode::SUCCESS, "{}", answer.out);
    assert!(answer.out.contains("retold backup"), "{}", answer.out);
}

#[test]
fn setup_installs_completions_and_manual_pages() {
    let place = Place::empty();
    let to = place.folder().join("local");
    let answer = place.piped(&["setup", "--to", to.to_str().unwrap(), "-q"]);
    assert_eq!(answer.exit, ExitCode::SUCCESS, "{}", answer.err);
    for file in [
        "share/bash-completion/completions/retold",
        "share/zsh/site-functions/_retold",
        "share/fish/vendor_completions.d/retold.fish",
        "share/man/man1/retold-show.1",
    ] {
        assert!(to.join(file).is_file(), "{file}");
    }
}
