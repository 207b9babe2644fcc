//! Calls of tools through time: `diff`, `blame`, `history` and `show --path` name them as `show -o json` lists them.

use retold_core::event::MappingCorrected;
use serde_json::Value;

use crate::story::{ID, Story, place};
use crate::support::{Place, snapshot};

/// The story, of which a better mapping says the second call again later.
fn corrected() -> Place {
    let place = place();
    let mut story = Story::resume(&place.log(), ID, "2026-11-23T09:00:00Z");
    let withdrawn = vec![10, 11];
    story.add(MappingCorrected { revision: 10, events: 2, withdrawn, unused: Vec::new() });
    story.calls("c2", ("MultiEdit", "edit"), r#"{"file_path":"src/door.rs","edits":[]}"#);
    story.gets("c2", "error", "no such text");
    story.calls("c5", ("Bash", "execute"), r#"{"command":"sleep 9"}"#);
    place
}

#[test]
fn diff_tells_the_calls_that_began_or_ended_between_two_moments() {
    let place = corrected();
    snapshot!(place.piped(&["diff", ID, "r7", "r14"]).out, @r#"
    ~ updatedAt: 2026-11-22T09:00:07+00:00 -> 2026-11-22T09:00:14+00:00
    + chatHistory/3: assistant
        + # Plan
        + 
        + Oil the **hinge**, as `door.rs` says:
        + 
        + - open
        + - 蝶番に油をさして、扉がきちんと閉まることを確かめてから、もう一度開けて静かに閉めます。
    ~ calls/0/outcome: null -> ok
    + calls/1: Edit src/door.rs (ok)
    + calls/2: Bash cargo test --workspace (ok)
    + calls/3: Bash rm -rf / (has not returned)
    "#);
    snapshot!(place.piped(&["diff", ID, "r10", "r26", "--path", "calls"]).out, @r#"
    - calls/1: Edit src/door.rs (has not returned)
    + calls/1: MultiEdit src/door.rs (error)
    + calls/2: Bash cargo test --workspace (ok)
    + calls/3: Bash rm -rf / (denied)
    + calls/4: Bash sleep 9 (has not returned)
    "#);
    snapshot!(place.piped(&["diff", ID, "r7", "r12", "--path", "calls", "-o", "json"]).out, @r#"
    {"as_of":{"position":12,"hash":"[hash]"},"rows":[
    {"path":"calls/0/outcome","op":"set","old":null,"new":"ok"},
    {"path":"calls/1","op":"insert","old":null,"new":{"id":"c2","name":"Edit","kind":"edit","subject":{"is":"file","text":"src/door.rs"},"position":10,"outcome":"ok","returned":11}},
    {"path":"calls/2","op":"insert","old":null,"new":{"id":"c3","name":"Bash","kind":"execute","subject":{"is":"command","text":"cargo test --workspace"},"position":12,"outcome":null,"returned":null}}
    ]}
    "#);
    snapshot!(place.piped(&["diff", ID, "r7", "r14", "--path", "calls", "--stat"]).out, @r#"
    ~ calls/0/outcome
    + calls/1
    + calls/2
    + calls/3
    3 added, 1 changed
    "#);
    snapshot!(place.piped(&["diff", ID, "r8", "r9", "--path", "calls"]).exited_with(1).err, @r#"
    r8: position 8, happened 2026-11-22 09:00:08Z, recorded 2026-11-23 09:07:00Z, r8 of session 0b1c2d3e-0000-4000-8000-00000000000a
    r9: position 9, happened 2026-11-22 09:00:09Z, recorded 2026-11-23 09:08:00Z, r9 of session 0b1c2d3e-0000-4000-8000-00000000000a
    nothing differs
    "#);
    // Another part of the session has no calls in it.
    assert!(!place.piped(&["diff", ID, "r7", "r14", "--path", "chatHistory"]).out.contains("calls/"));
}

fn calls(place: &Place, revision: usize) -> Vec<Value> {
    let answer = place.piped(&["show", ID, "--at", &format!("r{revision}"), "-o", "json"]).json();
    let listed = answer["calls"].as_array().cloned().unwrap_or_default();
    let outcome = |call: &Value| call["returned"]["outcome"].clone();
    listed.iter().map(|call| serde_json::json!([call["id"], call["name"], outcome(call)])).collect()
}

#[test]
fn what_differs_of_calls_leads_from_any_moment_to_any_other() {
    let place = corrected();
    // Where calls begin, end, and are corrected.
    let moments = [6, 7, 8, 10, 11, 13, 15, 23, 24, 25, 26];
    let listed: Vec<Vec<Value>> = moments.iter().map(|revision| calls(&place, *revision)).collect();
    for (from, before) in moments.iter().zip(&listed) {
        for (to, after) in moments.iter().zip(&listed) {
            let (from, to) = (format!("r{from}"), format!("r{to}"));
            let answer = place.piped(&["diff", ID, &from, &to, "--path", "calls", "-o", "json"]);
            let rows: Value = serde_json::from_str(&answer.out).unwrap();
            let mut made = before.clone();
            let rows = rows["rows"].as_array().unwrap();
            let at = |row: &Value| -> usize {
                row["path"].as_str().unwrap().split('/').nth(1).unwrap().parse().unwrap()
            };
            // What goes is named as it was, the rest as it is.
            for row in rows.iter().filter(|row| row["op"] == "remove").rev() {
                made.remove(at(row));
            }
            for row in rows.iter().filter(|row| row["op"] == "insert") {
                let new = &row["new"];
                made.insert(at(row), serde_json::json!([new["id"], new["name"], new["outcome"]]));
            }
            for row in rows.iter().filter(|row| row["op"] == "set") {
                assert_eq!(made[at(row)][2], row["old"], "{from} {to}");
                made[at(row)][2] = row["new"].clone();
            }
            assert_eq!(&made, after, "{from} {to}: {rows:?}");
        }
    }
}

#[test]
fn blame_and_history_tell_the_events_of_a_call() {
    let place = corrected();
    let blame = place.piped(&["blame", ID]).out;
    assert!(blame.contains("calls/0") && blame.contains("Bash sleep 9 (has not returned)"), "{blame}");
    snapshot!(place.piped(&["blame", ID, "calls", "--at", "r14"]).out, @r#"
    path     value                                  position  occurred_at           origin
    calls/0  Read /home/ada/atlas/src/door.rs (ok)         7  2026-11-22 09:00:07Z  application
    calls/1  Edit src/door.rs (ok)                        10  2026-11-22 09:00:10Z  application
    calls/2  Bash cargo test --workspace (ok)             12  2026-11-22 09:00:12Z  application
    calls/3  Bash rm -rf / (has not returned)             14  2026-11-22 09:00:14Z  application
    "#);
    snapshot!(place.piped(&["blame", ID, "calls/1", "--at", "r12", "-o", "csv"]).out.replace('\r', ""), @r#"
    path,value,position,revision,last_position,recorded_at,occurred_at,type,origin
    calls/1/name,Edit,10,10,10,2026-11-23T09:09:00Z,2026-11-22T09:00:10Z,ToolCalled,application
    calls/1/kind,edit,10,10,10,2026-11-23T09:09:00Z,2026-11-22T09:00:10Z,ToolCalled,application
    calls/1/input,107 B,10,10,10,2026-11-23T09:09:00Z,2026-11-22T09:00:10Z,ToolCalled,application
    calls/1/outcome,ok,11,11,11,2026-11-23T09:10:00Z,2026-11-22T09:00:11Z,ToolReturned,application
    calls/1/output,4 B,11,11,11,2026-11-23T09:10:00Z,2026-11-22T09:00:11Z,ToolReturned,application
    "#);
    snapshot!(place.piped(&["history", ID, "calls/c2"]).out, @r#"
    position  occurred_at           revision  path             value
          10  2026-11-22 09:00:10Z  r10       calls/1          added Edit src/door.rs (has not returned)
          11  2026-11-22 09:00:11Z  r11       calls/1/outcome  ok
          33  2026-11-23 09:00:01Z  r23       calls/1          removed Edit src/door.rs (ok)
          34  2026-11-23 09:00:02Z  r24       calls/1          added MultiEdit src/door.rs (has not returned)
          35  2026-11-23 09:00:03Z  r25       calls/1/outcome  error
    "#);
    snapshot!(place.piped(&["history", ID, "calls/2/outcome", "..r14", "-o", "json"]).out, @r#"
    {"as_of":{"position":14,"hash":"[hash]"},"rows":[
    {"position":12,"revision":12,"recorded_at":"2026-11-23T09:11:00Z","occurred_at":"2026-11-22T09:00:12Z","type":"ToolCalled","origin":"application","path":"calls/2","op":"insert","old":null,"new":{"id":"c3","name":"Bash","kind":"execute","subject":{"is":"command","text":"cargo test --workspace"},"position":12,"outcome":null,"returned":null}},
    {"position":13,"revision":13,"recorded_at":"2026-11-23T09:12:00Z","occurred_at":"2026-11-22T09:00:13Z","type":"ToolReturned","origin":"application","path":"calls/2/outcome","op":"set","old":null,"new":"ok"}
    ]}
    "#);
    snapshot!(place.piped(&["history", ID, "calls", "r7..r12"]).out, @r#"
    position  occurred_at           revision  path             value
           8  2026-11-22 09:00:08Z  r8        calls/0/outcome  ok
          10  2026-11-22 09:00:10Z  r10       calls/1          added Edit src/door.rs (has not returned)
          11  2026-11-22 09:00:11Z  r11       calls/1/outcome  ok
          12  2026-11-22 09:00:12Z  r12       calls/2          added Bash cargo test --workspace (has not returned)
    "#);
    assert_eq!(place.piped(&["show", ID, "--path", "calls/3/output"]).done(), "not allowed\n");
    assert_eq!(place.piped(&["show", ID, "--path", "calls/c4/outcome"]).done(), "denied\n");
    let whole = place.piped(&["show", ID, "--path", "calls/0", "-o", "json"]).json();
    assert_eq!(whole["value"]["output"], "fn open() {}\nfn shut() {}\n");
}

#[test]
fn a_call_that_is_not_there_is_said_not_to_be() {
    let place = place();
    for command in ["blame", "history"] {
        for path in ["calls/9", "calls/none", "calls/3"] {
            let args = [command, ID, path, if command == "blame" { "--at" } else { "..r8" }, "r8"];
            let args = if command == "blame" { &args[..] } else { &args[..4] };
            let answer = place.piped(args).exited_with(1);
            assert!(
                answer.err.contains(&format!("no {path}")) || answer.err.contains(path),
                "{}",
                answer.err
            );
        }
        let answer = place.piped(&[command, ID, "calls/1/when"]).refused(2);
        assert!(answer.contains("of a call there are name, kind, input, outcome and output"), "{answer}");
    }
    let answer = place.piped(&["show", ID, "--path", "calls/9"]).exited_with(1);
    assert!(answer.err.contains("calls/9"), "{}", answer.err);
}
