//! An editor's session with what its agents' own tools kept, told as one.

use retold_core::event::{InstanceAdded, MessageAdded, SessionContextChanged, SessionCreated};
use retold_core::{Commit, Document as _, Event, Expected, Instance, Message, NewEvent, Session, StreamName};

use crate::story::Story;
use crate::support::{Place, snapshot};

const EDITOR: &str = "5f0c2a1e-0000-4000-8000-000000000001";
const RUN: &str = "0b1c2d3e-0000-4000-8000-00000000000a";
const FOLDER: &str = "/nowhere/atlas/.worktrees/comp-1";

fn add(place: &Place, at: &str, event: impl Into<Event>) {
    let name = StreamName::session("atlas", EDITOR, 1);
    let event = NewEvent { event: event.into(), occurred_at: Some(at.parse().unwrap()) };
    place.log().append(Commit::to(name, Expected::Any, [event])).unwrap();
}

fn says(place: &Place, at: &str, text: &str) {
    let mut message = Message::blank();
    message.id = text.to_owned();
    message.role = "user".to_owned();
    message.content = text.into();
    add(place, at, MessageAdded { message, index: None, updated_at: None });
}

/// The agent's transcript is in the log before the session that it belongs to, and another one that belongs to nothing.
fn place() -> Place {
    let place = Place::with_empty_store();
    for (id, folder) in [(RUN, FOLDER), ("4f5a6b7c-0000-4000-8000-00000000000b", "/nowhere/other")] {
        let mut run = Story::begin(&place.log(), id, "Mend the door", "2026-11-22T09:00:05Z");
        let cwds = Some(vec![folder.to_owned()]);
        run.add(SessionContextChanged {
            cwds,
            branches: Some(vec!["comp/1".to_owned()]),
            worktree: None,
            models: None,
            versions: None,
            files: None,
            partial: None,
            details: None,
        });
        run.calls("c1", ("Bash", "execute"), r#"{"command":"oil the hinge"}"#).gets("c1", "ok", "oiled");
    }
    let text = str::to_owned;
    let mut session = Session::blank();
    session.id = text(EDITOR);
    session.kind = text("competition");
    session.task = text("Mend the door");
    session.status = text("running");
    session.created_at = text("2026-11-22T09:00:00Z");
    session.updated_at = text("2026-11-22T09:00:00Z");
    add(&place, "2026-11-22T09:00:00Z", SessionCreated { session, place: None, home: None });
    let mut instance = Instance::blank();
    instance.instance_id = 3;
    instance.worktree_path = text(FOLDER);
    instance.branch = text("comp/1");
    instance.agent_name = text("Ada");
    instance.status = text("running");
    instance.start_time = Some(text("2026-11-22T09:00:04Z"));
    instance.runtime = Some(text("claude"));
    add(&place, "2026-11-22T09:00:04Z", InstanceAdded { instance, index: None, updated_at: None });
    says(&place, "2026-11-22T09:00:09.500Z", "How is the hinge?");
    says(&place, "2026-11-22T09:00:30Z", "Thank you.");
    place
}

#[test]
fn a_log_with_transcripts_is_in_the_order_in_which_things_happened_and_says_whose_each_event_is() {
    let place = place();
    snapshot!(place.piped(&["log", EDITOR, "--with-transcripts"]).done(), @r#"
    position  occurred_at           revision  by         what
          11  2026-11-22 09:00:00Z  r1                   session began: Mend the door
          12  2026-11-22 09:00:04Z  r2                   agent #3 Ada joined
           1  2026-11-22 09:00:06Z  r1        #3 claude  session began
           2  2026-11-22 09:00:07Z  r2        #3 claude  title is now: Mend the door
           3  2026-11-22 09:00:08Z  r3        #3 claude  folder is now: /nowhere/atlas/.worktrees/comp-1, branch is now: comp/1
           4  2026-11-22 09:00:09Z  r4        #3 claude  runs `oil the hinge`
          13  2026-11-22 09:00:09Z  r3                   user: How is the hinge?
           5  2026-11-22 09:00:10Z  r5        #3 claude  ran `oil the hinge` · ok · 1.0 s
          14  2026-11-22 09:00:30Z  r4                   user: Thank you.
    "#);
    snapshot!(place.terminal(&["log", EDITOR, "--with-transcripts", "-n", "3"]).done(), @r#"
    occurred_at           revision  by         what
    2026-11-22 09:00:09Z  r3                   user: How is the hinge?
    2026-11-22 09:00:10Z  r5        #3 claude  a call returned · ok: oiled
    2026-11-22 09:00:30Z  r4                   user: Thank you.
    "#);
    let rows = |args: &[&str]| -> Vec<(String, String)> {
        let args: Vec<&str> = [&["log", EDITOR, "--with-transcripts", "-o", "json"], args].concat();
        let answer: serde_json::Value = serde_json::from_str(&place.piped(&args).out).unwrap();
        let rows = answer["rows"].as_array().unwrap();
        let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or("own").to_owned();
        rows.iter().map(|row| (text(row, "by"), text(row, "type"))).collect()
    };
    let all = rows(&[]);
    assert_eq!(all.len(), 4 + 5);
    assert_eq!(all.iter().filter(|(by, _)| by == "#3 claude").count(), 5);
    let mut newest_first = rows(&["--reverse"]);
    newest_first.reverse();
    assert_eq!(newest_first, all);
    // A range is a time: what happened between its ends, wherever.
    assert_eq!(rows(&["r2..r3"]).len(), 5);
    assert_eq!(rows(&["--at", "r2"]).len(), 2);
    assert_eq!(rows(&["--at", "2026-11-22T09:00:07.500Z"]).len(), 4);
    assert_eq!(rows(&["--type", "ToolCalled"]), [("#3 claude".to_owned(), "ToolCalled".to_owned())]);
    snapshot!(place.piped(&["log", "--with-transcripts"]).refused(2), @r#"
        error: log: --with-transcripts is of one session
        hint: name it, as in `retold log 5f0c2a1e --with-transcripts`
        "#);
    assert!(!place.piped(&["log", EDITOR]).done().contains("#3 claude"));
}

#[test]
fn a_replay_with_transcripts_tells_both() {
    let place = place();
    snapshot!(place.piped(&["replay", EDITOR, "--with-transcripts"]).done(), @r#"
    2026-11-22 09:00:00Z  r1  SessionCreated
      + /: competition, running: Mend the door
    2026-11-22 09:00:04Z  r2  InstanceAdded
      + #3: running: Ada
    2026-11-22 09:00:06Z  #3 claude  r1  session began
    2026-11-22 09:00:07Z  #3 claude  r2  title is now: Mend the door
    2026-11-22 09:00:08Z  #3 claude  r3  folder is now: /nowhere/atlas/.worktrees/comp-1, branch is now: comp/1
    2026-11-22 09:00:09Z  #3 claude  r4  runs `oil the hinge`
    2026-11-22 09:00:09Z  r3  MessageAdded
      + chatHistory/0: user
          + How is the hinge?
    2026-11-22 09:00:10Z  #3 claude  r5  ran `oil the hinge` · ok · 1.0 s
    2026-11-22 09:00:30Z  r4  MessageAdded
      + chatHistory/1: user
          + Thank you.
    "#);
    assert!(!place.piped(&["replay", EDITOR]).done().contains("claude"));
}

#[test]
fn hits_in_transcripts_are_told_with_the_session_that_they_belong_to() {
    let place = place();
    let rows = |args: &[&str]| -> Vec<serde_json::Value> {
        let args: Vec<&str> = [&["search", "hinge", "-n", "9", "-o", "json"], args].concat();
        place.piped(&args).json()["rows"].as_array().unwrap().clone()
    };
    let flat = rows(&[]);
    assert!(flat.iter().all(|row| row.get("of").is_none()));
    let grouped = rows(&["--group"]);
    assert_eq!(grouped.len(), flat.len());
    let of = |row: &serde_json::Value| match row["of"]["session_id"].as_str() {
        Some(id) => id.to_owned(),
        None => row["session_id"].as_str().unwrap().to_owned(),
    };
    let mut groups: Vec<String> = grouped.iter().map(of).collect();
    groups.dedup();
    assert_eq!(groups.len(), 2, "{grouped:?}");
    let of_run = grouped.iter().find(|row| row["session_id"] == RUN).unwrap();
    assert_eq!(of_run["of"]["session_id"], EDITOR);
    assert_eq!(of_run["of"]["instance"], 3);
    let shown = place.piped(&["search", "hinge", "--group"]).exited_with(0).out;
    assert!(shown.contains("5f0c2a1e #3"), "{shown}");
}
