use retold_core::event::{SessionDeleted, SessionRestored};
use retold_core::{Commit, Expected, StreamName};

use crate::support::{FIRST, Place, SECOND, sample, snapshot};

const STORY: &str = "7c2f4b1e";

#[test]
fn a_session_is_a_page() {
    let place = Place::with_sessions();
    let answer = place.piped(&["show", FIRST, "--state"]);
    snapshot!(answer.err, @"as of position 7, happened 2026-11-23 08:30:00Z, recorded 2026-11-23 09:06:00Z, r5 of session 5f0c2a1e-0000-4000-8000-000000000001");
    snapshot!(answer.out, @r"
    Mend the door
    atlas/5f0c2a1e-0000-4000-8000-000000000001  competition  completed
    created 2026-11-23 08:00:00Z  updated 2026-11-23 08:30:00Z

    #1 🤖 Ada  running  output 4.8 KiB
        /tmp/w on b

    user  2026-11-23 08:10:00Z
        Which hinge?
        The upper one \u{1b}[31mhurts\u{1b}[0m.
    ");
    let page = place.piped(&["show", FIRST, "--outputs", "-q"]).done();
    assert!(page.contains(&"x".repeat(5000)));
}

#[test]
fn json_is_the_legacy_document_with_its_moment() {
    let place = Place::with_sample();
    let file = std::fs::read(sample("sessions/c41d22cca937429a.json")).unwrap();
    let documents: Vec<serde_json::Value> = serde_json::from_slice(&file).unwrap();
    let twins: Vec<_> =
        documents.iter().filter(|session| session["id"].as_str().unwrap().starts_with(STORY)).collect();
    assert_eq!(twins.len(), 2);
    for (name, document) in [(STORY, twins[0]), ("7c2f4b1e~2", twins[1])] {
        let answer = place.piped(&["show", name, "-o", "json"]).json();
        assert_eq!(&answer["session"], document, "{name}");
        let head = place.piped(&["store", "head", "-o", "json"]).json();
        assert_eq!(answer["as_of"], head["as_of"]);
        assert_eq!(answer.as_object().unwrap().len(), 2);
        let line = place.piped(&["show", name, "-o", "jsonl"]).done();
        assert_eq!(
            (line.lines().count(), serde_json::from_str::<serde_json::Value>(&line).unwrap()),
            (1, answer)
        );
    }
    snapshot!(place.piped(&["show", STORY, "-o", "csv"]).refused(2), @"
    error: show: a document is not a table
    hint: -o json gives it whole
    ");
}

#[test]
fn any_moment_can_be_asked_for() {
    let place = Place::with_sessions();
    let at = |point: &str| {
        let answer = place.piped(&["show", FIRST, "-o", "json", "--at", point]).json();
        let messages = answer["session"]["chatHistory"].as_array().unwrap().len();
        (
            answer["as_of"]["position"].as_u64().unwrap(),
            messages,
            answer["session"]["status"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(at("3"), (3, 0, "running".to_owned()));
    assert_eq!(at("r3"), (4, 1, "running".to_owned()));
    assert_eq!(at("r5"), (7, 1, "completed".to_owned()));
    assert_eq!(at("2026-11-23T09:03:30Z"), (4, 1, "running".to_owned()));
    assert_eq!(at("2026-11-23T12:03:30+02:00"), (7, 1, "completed".to_owned()));
    snapshot!(place.piped(&["show", SECOND, "--at", "3"]).refused(1), @"
    error: show session 5f0c2a1e-0000-4000-8000-000000000002: not created yet at position 3
    hint: atlas/5f0c2a1e-0000-4000-8000-000000000002:start is its first moment
    ");
    snapshot!(place.piped(&["show", SECOND, "--at", "r9"]).refused(2), @"error: point r9: session 5f0c2a1e-0000-4000-8000-000000000002 ends at r1");
}

#[test]
fn a_deleted_session_is_seen_as_it_was() {
    let place = Place::with_sessions();
    let name = StreamName::session("atlas", SECOND, 1);
    let log = place.log();
    log.append(Commit::to(name.clone(), Expected::Any, [SessionDeleted {}])).unwrap();
    snapshot!(place.piped(&["show", SECOND]).refused(1), @"
    error: show session 5f0c2a1e-0000-4000-8000-000000000002: it is deleted
    hint: its history stays: look at it with --at, before the deletion that `retold log` shows
    ");
    let before = place.piped(&["show", SECOND, "--at", "r1", "-o", "json"]).json();
    assert_eq!(before["session"]["task"], "扉を直す");
    log.append(Commit::to(name, Expected::Any, [SessionRestored {}])).unwrap();
    place.piped(&["show", SECOND, "-q"]).done();
}

#[test]
fn a_name_that_fits_none_or_several_is_said_to() {
    let place = Place::with_sample();
    snapshot!(place.piped(&["show", "zz"]).refused(1), @"error: find session zz: there is none");
    snapshot!(place.piped(&["show", "7c2f4b1e~3"]).refused(1), @"error: find session 7c2f4b1e~3: there is none");
    snapshot!(place.piped(&["show", "7c2f4b1e#2"]).refused(1), @"
    error: find session 7c2f4b1e#2: there is none
    hint: the second record of an id is ID~2
    ");
    let said = place.piped(&["show", "febbd603"]).refused(2);
    snapshot!(said, @"
    error: find session febbd603: more than one is meant
      37c00bcc6c3693ff/febbd603-e052-4acd-8c4b-f807aa31567d
      c41d22cca937429a/febbd603-e052-4acd-8c4b-f807aa31567d
    hint: name one of them as listed, or more of its id
    ");
    for name in said.lines().filter_map(|line| line.strip_prefix("  ")) {
        place.piped(&["show", name, "-q"]).done();
    }
}

#[test]
fn hostile_text_does_nothing_to_a_terminal() {
    let place = Place::empty();
    place.piped(&["import", &sample("dirty/control-characters.json")]).done();
    let steers = |text: &str| {
        text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c))
    };
    let sessions = place.piped(&["sessions", "-o", "csv"]).done();
    let names: Vec<String> =
        sessions.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect();
    assert!(!names.is_empty());
    for name in names {
        for args in [
            &["show", &name, "--outputs"][..],
            &["show", &name, "-o", "json"],
            &["log", &name],
            &["sessions"],
        ] {
            let answer = place.terminal(args);
            assert!(!steers(&answer.out) && !steers(&answer.err), "{args:?}: {}", answer.out);
        }
        assert!(place.terminal(&["show", &name, "--outputs"]).out.contains("\\u{1b}"));
    }
}

#[cfg(unix)]
#[test]
fn a_long_page_goes_through_the_pager() {
    let place = Place::with_sample();
    let kept = place.folder().join("paged");
    let pager = format!("dd status=none of={}", kept.display());
    let answer = place.run(&["show", STORY, "-q"], |io| {
        io.out_is_terminal = true;
        io.environment = crate::support::environment(&[("RETOLD_PAGER", &pager), ("NO_COLOR", "1")]);
    });
    assert_eq!(answer.done(), "");
    assert!(std::fs::read_to_string(&kept).unwrap().starts_with("Fix the flaky login test\n"));
}
