//! The commands that travel, as a person sees them.

use retold_core::event::{SessionDeleted, TaskChanged, WinnerSelected};
use retold_core::{Commit, Event, Expected, StreamName};

use crate::support::{FIRST, Place, SECOND, created, snapshot};

const STORY: &str = "7c2f4b1e";

#[test]
fn a_point_comes_to_a_position_and_says_which() {
    let place = Place::with_sessions();
    let answer = place.piped(&["resolve", "head-1", "--session", FIRST]);
    assert_eq!(answer.out, "6\n");
    snapshot!(answer.err, @"head-1: position 6, 2026-11-23 09:05:00Z, r4 of session 5f0c2a1e-0000-4000-8000-000000000001");
    snapshot!(place.piped(&["resolve", "2026-11-23T09:03:30Z", "-o", "json"]).done(), @r#"
    {"as_of":{"clock":"occurred","moment":"2026-11-23T09:03:30Z","position":7,"hash":"[hash]"},"rows":[
    {"point":"2026-11-23T09:03:30Z","position":null,"hash":null,"said":"what had happened by 2026-11-23 09:03:30Z"}
    ]}
    "#);
    snapshot!(place.piped(&["show", FIRST, "--at", "head-1m", "-o", "csv"]).refused(2), @"
    head-1m: position 3, 2026-11-23 09:02:00Z, r2 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: show: a document is not a table
    hint: -o json gives it whole
    ");
    snapshot!(place.piped(&["resolve", "nonsense"]).refused(2), @"
    error: nonsense: it is not a position, revision, time, mark or hash
    hint: `retold help points` tells what can be written for a moment
    ");
    snapshot!(place.piped(&["resolve", "5f0c2a1e:end"]).refused(2), @"
    error: point 5f0c2a1e:end: more than one is meant
      atlas/5f0c2a1e-0000-4000-8000-000000000001:end
      atlas/5f0c2a1e-0000-4000-8000-000000000002:end
    hint: write one of them as listed
    ");
    snapshot!(place.piped(&["log", "5..3"]).refused(2), @"error: range 5..3: it ends at position 3, before it begins, at 5");
}

#[test]
fn a_mark_is_made_listed_used_moved_and_taken_away() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["mark"]).err, @"there is no mark yet");
    snapshot!(place.piped(&["mark", "before-merge", "4"]).err, @"mark:before-merge: position 4, 2026-11-23 09:03:00Z, r3 of session 5f0c2a1e-0000-4000-8000-000000000001");
    snapshot!(place.piped(&["mark", "before-merge"]).refused(2), @"
    error: mark before-merge: it stands at position 4
    hint: --move puts it elsewhere; `retold mark` lists them
    ");
    snapshot!(place.piped(&["mark"]).done(), @"
    mark          position  created_at
    before-merge         4  2026-11-23 10:00:00Z
    ");
    snapshot!(place.piped(&["mark", "-o", "jsonl"]).done(), @r#"{"mark":"before-merge","position":4,"hash":"[hash]","created_at":"2026-11-23T10:00:00Z"}"#);
    let at = |point: &str| {
        place.piped(&["store", "head", "--at", point, "-o", "json"]).json()["as_of"]["position"].clone()
    };
    assert_eq!((at("mark:before-merge"), at("mark:before-merge-2")), (4.into(), 2.into()));
    place.piped(&["mark", "before-merge", "head", "--move"]);
    assert_eq!(at("mark:before-merge"), 7);
    snapshot!(place.piped(&["mark", "before-merge", "--delete"]).err, @"mark:before-merge is gone");
    snapshot!(place.piped(&["mark", "before-merge", "--delete"]).refused(1), @"
    error: mark before-merge: there is none
    hint: `retold mark` lists them
    ");
    snapshot!(place.piped(&["store", "head", "--at", "mark:before-merge"]).refused(2), @"error: point mark:before-merge: there is no mark yet");
    snapshot!(place.piped(&["mark", "v-3"]).refused(2), @r#"
    error: v-3: mark "v-3": its end reads as an offset, so that mark:NAME would mean another moment
    hint: `retold mark --help` lists what it takes
    "#);
}

#[test]
fn what_changed_between_two_moments_is_told_place_by_place() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["diff", FIRST, "r1", "-q"]).done().replace(&"x".repeat(5000), "[5000 x]"), @r"
    ~ status: running -> completed
    ~ updatedAt: 2026-11-23T08:00:00Z -> 2026-11-23T08:30:00Z
    + #1: running: 🤖 Ada
    + #1/output: 4.8 KiB
        + [5000 x]
    + chatHistory/0: user
        + Which hinge?
        + The upper one \u{1b}[31mhurts\u{1b}[0m.
    ");
    snapshot!(place.piped(&["diff", FIRST, "r1", "r3", "-q", "-o", "jsonl"]).done(), @r#"
    {"path":"instances/0","op":"insert","old":null,"new":{"instanceId":1,"worktreePath":"/tmp/w","branch":"b","agentName":"🤖 Ada","status":"running","tmuxSessionId":"t","output":null,"startTime":null,"endTime":null,"filesChanged":null,"linesAdded":null,"linesDeleted":null,"runtime":null,"model":null,"runtimeLabel":null}}
    {"path":"chatHistory/0","op":"insert","old":null,"new":{"id":"msg-1","role":"user","content":"Which hinge?\nThe upper one \u001b[31mhurts\u001b[0m.","timestamp":"2026-11-23T08:10:00Z","instanceId":null}}
    "#);
    snapshot!(place.piped(&["diff", FIRST, "r1", "--stat", "-q"]).done(), @"
    ~ status
    ~ updatedAt
    + #1
    + #1/output
    + chatHistory/0
    2 added, 3 changed
    ");
    snapshot!(place.piped(&["diff", FIRST, "r1", "--path", "status", "-q"]).done(), @"~ status: running -> completed");
    snapshot!(place.piped(&["diff", FIRST, "head", "-q"]).exited(1), @"");
    snapshot!(place.piped(&["diff", FIRST, SECOND, "--stat"]).done(), @"
    ~ id
    ~ task
    ~ status
    ~ updatedAt
    ~ #1/output
    - #1
    - chatHistory/0
    5 changed, 2 removed
    ");
    snapshot!(place.piped(&["diff", FIRST]).refused(2), @"
    error: diff: there is nothing to compare with
    hint: name a point, as in `retold diff SESSION head-1`, or another session
    ");
    snapshot!(place.piped(&["diff", FIRST, "r1", "nonsense"]).refused(2), @"
    r1: position 2, 2026-11-23 09:01:00Z, r1 of session 5f0c2a1e-0000-4000-8000-000000000001
    error: point nonsense: it is not a position, revision, time, mark or hash
    ");
    snapshot!(place.piped(&["diff", SECOND, "1", "2"]).refused(1), @"
    error: session 5f0c2a1e-0000-4000-8000-000000000002: not created yet at position 2
    hint: atlas/5f0c2a1e-0000-4000-8000-000000000002:start is its first moment
    ");
    snapshot!(place.piped(&["diff", FIRST, "r1", "--path", "status/1", "-q"]).refused(2), @r#"
    error: path "status/1": only instances and chatHistory hold something
    hint: a path is an instance by its name, or reads like the document: #3/status, instances/2/status, status, chatHistory/17/content
    "#);
}

#[test]
fn a_text_is_compared_line_by_line() {
    let place = Place::with_sessions();
    let append = |task: &str| {
        let event: Event = TaskChanged { task: task.to_owned(), updated_at: None }.into();
        place
            .log()
            .append(Commit::to(StreamName::session("atlas", FIRST, 1), Expected::Any, [event]))
            .unwrap();
    };
    append("Mend the door\nFirst the hinge.\nThen the lock.\nThen paint it.\n\u{1b}[31mred\u{1b}[0m");
    append("Mend the door\nFirst the hinge.\nThen the handle.\nThen paint it.\n\u{1b}[31mred\u{1b}[0m");
    snapshot!(place.terminal(&["diff", FIRST, "head-1", "-q"]).done(), @r"
    ~ task
          Mend the door
          First the hinge.
        - Then the lock.
        + Then the handle.
          Then paint it.
          \u{1b}[31mred\u{1b}[0m
    ");
    let coloured = place.piped(&["diff", FIRST, "head-1", "-q", "--color", "always"]).done();
    assert!(
        coloured.contains("\x1b[31m    - Then the lock.") && coloured.contains("\x1b[32m    + Then"),
        "{coloured}"
    );
}

#[test]
fn the_sessions_of_a_store_that_changed_are_told() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["diff", "--all", "0"]).done(), @"
    session   what     events  places              task
    5f0c2a1e  created       5  3 added, 1 changed  Mend the door
    5f0c2a1e  created       1  1 added             扉を直す
    ");
    snapshot!(place.piped(&["diff", "--all", "4", "6", "-o", "csv"]).done(), @"
    workspace,session_id,ordinal,what,events,added,changed,removed,task
    atlas,5f0c2a1e-0000-4000-8000-000000000002,1,created,1,1,0,0,扉を直す
    atlas,5f0c2a1e-0000-4000-8000-000000000001,1,changed,1,0,1,0,Mend the door
    ");
    snapshot!(place.piped(&["diff", "--all", "0", "1", "-q"]).exited(1), @"session  what  events  places  task");
}

#[test]
fn who_last_wrote_each_field_is_told() {
    let place = Place::with_sessions();
    snapshot!(place.terminal(&["blame", FIRST]).done(), @r"
    path           value                 position  occurred_at           origin
    id             5f0c2a1e-0000-4000-…         2  2026-11-23 09:01:00Z  application
    type           competition                  2  2026-11-23 09:01:00Z  application
    task           Mend the door                2  2026-11-23 09:01:00Z  application
    status         completed                    7  2026-11-23 08:30:00Z  application
    createdAt      2026-11-23T08:00:00Z         2  2026-11-23 09:01:00Z  application
    updatedAt      2026-11-23T08:30:00Z         7  2026-11-23 08:30:00Z  application
    #1             #1, running: 🤖 Ada          3  2026-11-23 09:02:00Z  application
    chatHistory/0  user: Which hinge?\…         4  2026-11-23 09:03:00Z  application
    ");
    snapshot!(place.piped(&["blame", FIRST, "instances/0/output"]).done(), @"
    path       value    position  occurred_at           origin
    #1/output  4.8 KiB         6  2026-11-23 09:05:00Z  application
    ");
    snapshot!(place.piped(&["blame", FIRST, "status", "-o", "json"]).done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"path":"status","value":"completed","position":7,"revision":5,"last_position":7,"recorded_at":"2026-11-23T09:06:00Z","occurred_at":"2026-11-23T08:30:00Z","type":"SessionStatusChanged","origin":"application"}
    ]}
    "#);
    snapshot!(place.piped(&["blame", FIRST, "winnerId"]).done(), @"
    path      value  position  occurred_at           origin
    winnerId  null          2  2026-11-23 09:01:00Z  application
    ");
    snapshot!(place.piped(&["blame", FIRST, "instances/7", "-q"]).refused(1), @"error: session 5f0c2a1e-0000-4000-8000-000000000001: there is no instances/7 at position 7");
    assert!(place.piped(&["blame", FIRST, "--all"]).done().contains("winnerId"));
}

#[test]
fn every_write_to_a_place_is_told() {
    let place = Place::with_sessions();
    snapshot!(place.terminal(&["history", FIRST, "status"]).done(), @"
    position  occurred_at           revision  event                 value
           2  2026-11-23 09:01:00Z  r1        SessionCreated        added competiti…
           7  2026-11-23 08:30:00Z  r5        SessionStatusChanged  completed
    ");
    snapshot!(place.piped(&["history", FIRST, "chatHistory/0/content", "-o", "jsonl"]).done(), @r#"{"position":4,"revision":3,"recorded_at":"2026-11-23T09:03:00Z","occurred_at":"2026-11-23T09:03:00Z","type":"MessageAdded","origin":"application","path":"chatHistory/0","op":"insert","old":null,"new":{"id":"msg-1","role":"user","content":"Which hinge?\nThe upper one \u001b[31mhurts\u001b[0m.","timestamp":"2026-11-23T08:10:00Z","instanceId":null}}"#);
    snapshot!(place.piped(&["history", FIRST, "winnerId", "r1.."]).err, @"
    r1: position 2, 2026-11-23 09:01:00Z, r1 of session 5f0c2a1e-0000-4000-8000-000000000001
    nothing was written there
    ");
    snapshot!(place.piped(&["history", FIRST, "chatHistory/3"]).refused(1), @"error: session 5f0c2a1e-0000-4000-8000-000000000001: there is no chatHistory/3 at position 7");
}

#[test]
fn the_values_of_an_expression_are_told() {
    let place = Place::with_sessions();
    snapshot!(place.terminal(&["trace", FIRST, "status"]).done(), @"
    position  occurred_at           revision  event                 value
           2  2026-11-23 09:01:00Z  r1        SessionCreated        running
           7  2026-11-23 08:30:00Z  r5        SessionStatusChanged  completed
    ");
    snapshot!(place.piped(&["trace", FIRST, "(select output_bytes from instances)", "r2..", "-q"]).done(), @"
    position  occurred_at           revision  event           value
           6  2026-11-23 09:05:00Z  r4        OutputAppended   5000
    ");
    snapshot!(place.piped(&["trace", FIRST, "stat"]).refused(2), @"
    error: query: there is no column stat
      stat
      ^
    ");
    snapshot!(place.piped(&["trace", FIRST, "winner_id"]).exited_with(1).err, @"it was null all the time");
}

#[test]
fn the_event_after_which_a_predicate_holds_is_found() {
    let place = Place::with_sessions();
    snapshot!(place.terminal(&["bisect", "--where", "status = 'completed'", FIRST]).done(), @"
    position  occurred_at           session   revision  event              holds
           7  2026-11-23 08:30:00Z  5f0c2a1e  r5        SessionStatusCha…  from here
    ");
    snapshot!(place.piped(&["bisect", "--where", "(select count(*) from sessions) > 1", "-o", "json"]).done(), @r#"
    {"as_of":{"position":7,"hash":"[hash]"},"rows":[
    {"position":5,"workspace":"atlas","session_id":"5f0c2a1e-0000-4000-8000-000000000002","ordinal":1,"revision":1,"recorded_at":"2026-11-23T09:04:00Z","occurred_at":"2026-11-23T09:04:00Z","type":"SessionCreated","holds":true}
    ],"at_start":false,"flips":1}
    "#);
    snapshot!(place.piped(&["bisect", "--where", "winner_id", FIRST]).exited_with(1).err, @"it holds after none of the events up to position 7");
    snapshot!(place.piped(&["bisect", "--where", "status = 'running'", "r2..r3", FIRST]).exited_with(0).err, @"
    r2: position 3, 2026-11-23 09:02:00Z, r2 of session 5f0c2a1e-0000-4000-8000-000000000001
    r3: position 4, 2026-11-23 09:03:00Z, r3 of session 5f0c2a1e-0000-4000-8000-000000000001
    it holds before the range begins
    it holds throughout
    ");
    snapshot!(place.piped(&["bisect", "--where", "nothing"]).refused(2), @"
    error: query: it is not SQL from `nothing` on
      nothing
      ^
    ");
    snapshot!(place.piped(&["bisect"]).refused(2), @"
    error: retold bisect: --where <SQL> is missing
    hint: usage: retold bisect --where <SQL> [RANGE|SESSION]...
    ");
    let name = StreamName::session("atlas", FIRST, 1);
    for winner_id in [Some(1), None, Some(2)] {
        let event: Event = WinnerSelected { winner_id, updated_at: None }.into();
        place.log().append(Commit::to(name.clone(), Expected::Any, [event])).unwrap();
    }
    let answer = place.piped(&["bisect", "--where", "winner_id", FIRST]);
    snapshot!(answer.out, @"
    position  occurred_at           session   revision  event           holds
           8  2026-11-23 09:00:00Z  5f0c2a1e  r6        WinnerSelected  from here
           9  2026-11-23 09:00:00Z  5f0c2a1e  r7        WinnerSelected  no more
          10  2026-11-23 09:00:00Z  5f0c2a1e  r8        WinnerSelected  from here
    ");
    snapshot!(answer.err, @"it flips 3 times, so that the first is one of several");
}

#[cfg(unix)]
#[test]
fn a_program_tells_good_from_bad() {
    let place = Place::with_sessions();
    let run = |script: &str| place.piped(&["bisect", "run", "..", FIRST, "--", "sh", "-c", script]);
    let answer = run("! grep -q xxxx");
    snapshot!(answer.out, @"
    position  revision  type            recorded_at           occurred_at
           6  r4        OutputAppended  2026-11-23 09:05:00Z  2026-11-23 09:05:00Z
    ");
    snapshot!(answer.err, @"
    r5 (position 7): bad
    r2 (position 3): good
    r3 (position 4): good
    r4 (position 6): bad
    4 states tested
    ");
    snapshot!(run("exit 0").exited_with(1).err, @"
    r5 (position 7): good
    1 state tested
    it is good at the end of the range
    ");
    snapshot!(run("exit 125").exited_with(1).err, @"
    r5 (position 7): cannot tell
    1 state tested
    the end of the range could not be told: end elsewhere
    ");
    snapshot!(run("exit 200").refused(2), @"error: bisect run: sh ended with 200 at r5, which ends the search");
    snapshot!(place.piped(&["bisect", "run", "..", FIRST, "--", "/no/such/program"]).refused(2), @"error: run /no/such/program: there is no such file or folder");
}

#[test]
fn a_session_is_brought_back_and_the_way_back_is_told() {
    let place = Place::with_sessions();
    let answer = place.piped(&["revert", FIRST, "--to", "r3"]);
    snapshot!(answer.out, @"
    atlas/5f0c2a1e-0000-4000-8000-000000000001 is as it was at position 4: 2 events appended, positions 8 to 9
    undo: retold revert atlas/5f0c2a1e-0000-4000-8000-000000000001 --to 7
    ");
    snapshot!(answer.err, @"r3: position 4, 2026-11-23 09:03:00Z, r3 of session 5f0c2a1e-0000-4000-8000-000000000001");
    assert!(place.piped(&["diff", FIRST, "r3", "-q"]).exited(1).is_empty());
    snapshot!(place.piped(&["revert", FIRST, "--to", "r3", "-q"]).done(), @"atlas/5f0c2a1e-0000-4000-8000-000000000001 is as it was at position 4 already: nothing was appended");
    snapshot!(place.piped(&["revert", FIRST, "--to", "7", "-o", "json"]).done(), @r#"{"events":2,"first":10,"last":11,"ordinal":1,"session_id":"5f0c2a1e-0000-4000-8000-000000000001","undo":"retold revert atlas/5f0c2a1e-0000-4000-8000-000000000001 --to 9","workspace":"atlas"}"#);
    assert!(place.piped(&["diff", FIRST, "7", "-q"]).exited(1).is_empty());
    snapshot!(place.piped(&["revert", SECOND, "--to", "1"]).refused(1), @"
    error: session 5f0c2a1e-0000-4000-8000-000000000002: not created yet at position 1
    hint: atlas/5f0c2a1e-0000-4000-8000-000000000002:start is its first moment
    ");
    assert!(place.piped(&["log", FIRST, "--origin", "revert", "-o", "jsonl"]).done().lines().count() >= 4);
}

#[test]
fn a_deleted_session_is_restored() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["undelete", FIRST]).refused(1), @"
    error: session 5f0c2a1e-0000-4000-8000-000000000001: it is not deleted at position 7
    hint: `retold log SESSION` tells when it was created, deleted and restored
    ");
    snapshot!(place.piped(&["delete", FIRST]).done(), @"
    atlas/5f0c2a1e-0000-4000-8000-000000000001 is deleted: 1 event appended, position 8
    undo: retold undelete atlas/5f0c2a1e-0000-4000-8000-000000000001
    ");
    snapshot!(place.piped(&["delete", FIRST]).refused(1), @"
    error: session 5f0c2a1e-0000-4000-8000-000000000001: it is deleted already at position 8
    hint: `retold log SESSION` tells when it was created, deleted and restored
    ");
    snapshot!(place.piped(&["undelete", FIRST]).done(), @"
    atlas/5f0c2a1e-0000-4000-8000-000000000001 is back: 1 event appended, position 9
    undo: retold delete atlas/5f0c2a1e-0000-4000-8000-000000000001
    ");
    place.piped(&["show", FIRST, "-q"]).done();
}

#[test]
fn a_fork_has_the_history_of_its_parent() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["fork", FIRST, "--at", "6", "--as", "second-try"]).done(), @"
    atlas/second-try has the history of atlas/5f0c2a1e-0000-4000-8000-000000000001 up to position 6: 5 events appended, positions 8 to 12
    undo: retold delete atlas/second-try
    ");
    snapshot!(place.piped(&["fork", FIRST, "--as", "second-try"]).refused(2), @"error: fork as second-try: a session of this workspace has that id");
    snapshot!(place.piped(&["diff", "second-try", FIRST, "--stat"]).done(), @"
    ~ id
    ~ status
    ~ updatedAt
    3 changed
    ");
    let compared = place.piped(&["compare", "second-try", FIRST]);
    snapshot!(compared.out, @"
    place   left     right      differs
    status  running  completed  yes
    ");
    snapshot!(compared.err, @"they part at status; before that 1 message in common");
    snapshot!(place.piped(&["compare", FIRST, FIRST]).exited_with(1).err, @"
    they do not part; before that 1 message in common
    nothing differs
    ");
    let random = place.piped(&["fork", FIRST, "-o", "json"]).json();
    assert_eq!(random["session_id"].as_str().unwrap().len(), 36);
    assert_eq!((random["parent"]["position"].clone(), random["events"].clone()), (7.into(), 6.into()));
    place.piped(&["sessions", "-q"]).done();
    place
        .log()
        .append(Commit::to(StreamName::session("atlas", SECOND, 1), Expected::Any, [SessionDeleted {}]))
        .unwrap();
    snapshot!(place.piped(&["fork", SECOND]).refused(1), @"
    error: session 5f0c2a1e-0000-4000-8000-000000000002: deleted at position 19
    hint: `retold log SESSION` tells when it was created, deleted and restored
    ");
}

#[test]
fn a_hypothesis_is_a_difference_and_says_so() {
    let place = Place::with_sessions();
    let answer = place.piped(&["what-if", FIRST, "--skip", "3,7"]);
    snapshot!(answer.out, @"
    ~ status: completed -> running
    ~ updatedAt: 2026-11-23T08:30:00Z -> 2026-11-23T08:00:00Z
    ~ #1/output: 4.8 KiB -> null
    - #1: running: 🤖 Ada
    ");
    snapshot!(answer.err, @"
    hypothetical: as if 3 (InstanceAdded), 7 (SessionStatusChanged) had not happened
    position 6 would not have fitted: OutputAppended at index 0 of 0 instances
    ");
    snapshot!(place.piped(&["what-if", FIRST, "--skip", "5"]).refused(2), @"
    error: leave out position 5: it is no event of session 5f0c2a1e-0000-4000-8000-000000000001 up to position 7
    hint: `retold log SESSION` tells the positions of its events
    ");
    snapshot!(place.piped(&["what-if", FIRST, "--skip", "r3"]).refused(2), @"
    error: --skip r3: a position is a number, as `retold log SESSION` shows it
    hint: `retold what-if --help` lists what it takes
    ");
}

#[test]
fn two_sessions_are_compared_and_where_they_part_is_named() {
    let place = Place::with_sample();
    let answer = place.terminal(&["compare", STORY, "7c2f4b1e~2"]);
    snapshot!(answer.out, @"
    place              left                  right              differs
    status             completed             running            yes
    preserveWorktrees  false                 null               yes
    winnerId           2                     null               yes
    runtimeMix         claude, codex, gemi…  null               yes
    totalDuration      987                   null               yes
    totalFilesChanged  5                     null               yes
    totalLinesAdded    43                    null               yes
    totalLinesDeleted  19                    null               yes
    chatHistory/0      user: `login_expire…                     only left
    chatHistory/1      system: Competition…                     only left
    chatHistory/2      assistant: Raised t…                     only left
    chatHistory/3      user: That is the t…                     only left
    chatHistory/4      assistant: For the …                     only left
    chatHistory/5      assistant: Found it…                     only left
    chatHistory/6      user: Does the tie-…                     only left
    chatHistory/7      assistant: Yes, for…                     only left
    chatHistory/8      assistant: I marked…                     only left
    chatHistory/9      user: Instance 2 wi…                     only left
    #0                                       #0, idle: Agent 1  only right
    #1                 #1, completed: 🔧 B…  #1, idle: Agent 2  agentName, status, …
    #2                 #2, completed: 🧪 T…  #2, idle: Agent 3  agentName, status, …
    #3                 #3, failed: 🐛 Bug …                     only left
    ");
    snapshot!(answer.err, @"they part at preserveWorktrees");
}

#[test]
fn a_session_is_told_again() {
    let place = Place::with_sample();
    let told = place.piped(&["replay", STORY, "r8..r12", "-q"]).done();
    snapshot!(told, @"
    2025-11-07 09:19:40Z  r9  InstanceStatusChanged
      ~ #1/status: running -> completed
    2025-11-07 09:19:41Z  r10  MessageAdded
      + chatHistory/2: assistant
          + Raised the wait from 200 ms to 2 s. 48 of 50 runs pass, so this makes it rarer but does not fix it.
    2025-11-07 09:20:15Z  r11  MessageAdded
      + chatHistory/3: user
          + That is the timeout again 🙂 What is it waiting for?
    2025-11-07 09:21:02Z  r12  MessageAdded
      + chatHistory/4: assistant
          + For the expiry task. It compares `SystemTime::now()` with a whole-second timestamp from the database.
    ");
    let all = place.piped(&["replay", STORY]).done();
    let events = place.piped(&["log", STORY, "-o", "jsonl"]).done().lines().count();
    assert_eq!(all.lines().filter(|line| line.starts_with("2025-")).count(), events);
    snapshot!(place.piped(&["replay", STORY, "-o", "json"]).refused(2), @r#"
    error: replay: it is for people
    hint: `retold log SESSION --patch -o jsonl` gives the same to programs
    "#);
    snapshot!(place.piped(&["replay", STORY, "--speed", "-1"]).refused(2), @"
    error: retold replay -1: there is no such option
    hint: `retold replay --help` lists what it takes
    ");
    // Somebody who has seen enough.
    let stopped = place.run(&["replay", STORY], |io| {
        io.out_is_terminal = true;
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(stopped.exit, std::process::ExitCode::from(130));
}

#[test]
fn events_are_chosen_by_type_origin_and_text() {
    let place = Place::with_sample();
    let rows = |args: &[&str]| -> Vec<serde_json::Value> {
        let text = place.piped(&[&["log", "-q", "-o", "jsonl"], args].concat()).done();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let added = rows(&["--type", "messageadded", "--type", "InstanceAdded", STORY]);
    assert!(!added.is_empty() && added.iter().all(|row| row["type"].as_str().unwrap().ends_with("Added")));
    let found = rows(&["--grep", "IGNORE"]);
    assert!(found.len() > 2);
    assert_eq!(rows(&["--grep", "ignore", "-n", "1"]), found[found.len() - 1..]);
    assert_eq!(rows(&["--grep", "ignore", "--reverse", "-n", "1"]), found[found.len() - 1..]);
    let registered = rows(&["--type", "WorkspaceRegistered"]).len();
    assert_eq!(rows(&["--origin", "import"]).len() + registered, rows(&[]).len());
    assert_eq!(place.piped(&["log", "--origin", "fork", "-o", "jsonl"]).exited(1), "");
    assert_eq!(rows(&["10..12"]).len(), 2);
    assert_eq!(rows(&[STORY, "r3..r5"]).len(), 2);
    assert_eq!(rows(&["r3..r5", STORY]).len(), 2);
    snapshot!(place.piped(&["log", "--type", "Message"]).refused(2), @r#"
    error: --type Message: the types are SessionCreated, TaskChanged, SessionStatusChanged, WinnerSelected, SessionDetailsChanged, SessionMoved, SessionDeleted, SessionRestored, InstanceAdded, InstanceStatusChanged, OutputAppended, OutputReplaced, InstanceDetailsChanged, InstanceRemoved, MessageAdded, MessageChanged, MessageRemoved, WorkspaceRegistered, BodyRedacted, BodiesPruned, BodiesRestored, TagsChanged, TitleChanged, SessionContextChanged, SessionLinked, StatusObserved, ToolCalled, ToolReturned, UsageRecorded, ContextCompacted, HistoryRewound, SourceFound, RecordsKept, SourceRead, ImportExcluded, ImportIncluded, MappingCorrected, FolderSeen
    hint: `retold log --help` lists what it takes
    "#);
    snapshot!(place.piped(&["log", STORY, "febbd603"]).refused(2), @"
    error: log: febbd603 is a second session
    hint: a range is A..B, anything else is a session
    ");
}

/// A text in a blob is found too, though no page holds it.
#[test]
fn a_long_text_is_searched() {
    let place = Place::with_sessions();
    assert_eq!(place.piped(&["log", "--grep", "xxxxx", "-o", "jsonl"]).done().lines().count(), 1);
}

#[test]
fn events_are_shown_with_what_they_changed() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["log", "--patch", "..5"]).done(), @r"
    1  2026-11-23 09:00:00Z  (atlas)  r1  WorkspaceRegistered  /home/ada/atlas
    2  2026-11-23 09:01:00Z  5f0c2a1e  r1  SessionCreated  competition, running: Mend the door
        + /: competition, running: Mend the door
    3  2026-11-23 09:02:00Z  5f0c2a1e  r2  InstanceAdded  #1, running: 🤖 Ada
        + #1: running: 🤖 Ada
    4  2026-11-23 09:03:00Z  5f0c2a1e  r3  MessageAdded  user: Which hinge?\nThe upper one \u{1b}[31mhurts\u{1b}[0m.
        + chatHistory/0: user
            + Which hinge?
            + The upper one \u{1b}[31mhurts\u{1b}[0m.
    5  2026-11-23 09:04:00Z  5f0c2a1e  r1  SessionCreated  competition, running: 扉を直す
        + /: competition, running: 扉を直す
    ");
    snapshot!(place.piped(&["log", FIRST, "--stat"]).done(), @r"
    2  2026-11-23 09:01:00Z  5f0c2a1e  r1  SessionCreated  competition, running: Mend the door
        1 added
    3  2026-11-23 09:02:00Z  5f0c2a1e  r2  InstanceAdded  #1, running: 🤖 Ada
        1 added
    4  2026-11-23 09:03:00Z  5f0c2a1e  r3  MessageAdded  user: Which hinge?\nThe upper one \u{1b}[31mhurts\u{1b}[0m.
        1 added
    6  2026-11-23 09:05:00Z  5f0c2a1e  r4  OutputAppended  #1 +5000 bytes
        1 changed
    7  2026-11-23 08:30:00Z  5f0c2a1e  r5  SessionStatusChanged  completed
        2 changed
    ");
    snapshot!(place.piped(&["log", FIRST, "--patch", "--reverse", "-n", "1", "-o", "jsonl"]).done(), @r#"{"position":7,"stream":{"workspace":"atlas","session_id":"5f0c2a1e-0000-4000-8000-000000000001","ordinal":1},"revision":5,"type":"SessionStatusChanged","recorded_at":"2026-11-23T09:06:00Z","occurred_at":"2026-11-23T08:30:00Z","commit_first":7,"hash":"[hash]","meta":{"origin":"application","operation":{"id":"[operation]","kind":"append"}},"body":{"status":"completed","updated_at":"2026-11-23T08:30:00Z"},"patches":[{"path":"updatedAt","op":"set","old":"2026-11-23T08:00:00Z","new":"2026-11-23T08:30:00Z"},{"path":"status","op":"set","old":"running","new":"completed"}]}"#);
}

#[test]
fn the_lists_are_those_of_the_moment() {
    let place = Place::with_sessions();
    let name = StreamName::session("atlas", FIRST, 1);
    place.log().append(Commit::to(name, Expected::Any, [SessionDeleted {}])).unwrap();
    let at = |point: &str| place.piped(&["sessions", "--at", point, "-q"]).done();
    snapshot!(at("4"), @"
    session   status   updated               agents  msgs  task
    5f0c2a1e  running  2026-11-23 08:00:00Z       1     1  Mend the door
    ");
    snapshot!(at("7"), @"
    session   status     updated               agents  msgs  task
    5f0c2a1e  completed  2026-11-23 08:30:00Z       1     1  Mend the door
    5f0c2a1e  running    2026-11-23 08:00:00Z       0     0  扉を直す
    ");
    assert_eq!(at("head"), place.piped(&["sessions"]).done());
    assert_eq!(place.piped(&["sessions", "--at", "1", "-q", "-o", "jsonl"]).exited(1), "");
    // The same rows as there were then, to the last column.
    let now = place.piped(&["sessions", "-o", "json"]).json();
    assert_eq!(place.piped(&["sessions", "--at", "8", "-o", "json"]).json(), now);
    snapshot!(place.piped(&["store", "stats", "--at", "4"]).done(), @"
    part    name                                        count  bytes
    events  all                                             4
    events  SessionCreated                                  1   81 B
    events  MessageAdded                                    1   71 B
    events  InstanceAdded                                   1   47 B
    events  WorkspaceRegistered                             1   47 B
    stream  atlas/5f0c2a1e-0000-4000-8000-000000000001      3  199 B
    stream  (atlas)                                         1   47 B
    ");
}

#[test]
fn a_part_of_a_session_is_shown() {
    let place = Place::with_sessions();
    let part = |path: &str| place.piped(&["show", FIRST, "--path", path, "-q"]).done();
    assert_eq!(part("instances/0/output"), format!("{}\n", "x".repeat(5000)));
    assert_eq!(part("status"), "completed\n");
    snapshot!(part("chatHistory/0"), @r#"
    {
      "id": "msg-1",
      "role": "user",
      "content": "Which hinge?\nThe upper one \u001b[31mhurts\u001b[0m.",
      "timestamp": "2026-11-23T08:10:00Z",
      "instanceId": null
    }
    "#);
    snapshot!(part("instances/*/agentName"), @r#"
    [
      "🤖 Ada"
    ]
    "#);
    snapshot!(place.piped(&["show", FIRST, "--path", "chatHistory/0/role", "--at", "r3", "-q", "-o", "json"]).done(), @r#"
    {
      "as_of": {
        "position": 4,
        "hash": "[hash]"
      },
      "path": "chatHistory/0/role",
      "value": "user"
    }
    "#);
    snapshot!(place.piped(&["show", FIRST, "--path", "chatHistory/9"]).refused(1), @"error: session 5f0c2a1e-0000-4000-8000-000000000001: there is no chatHistory/9 at position 7");
    let terminal = place.terminal(&["show", FIRST, "--path", "chatHistory/0/content", "-q"]).done();
    assert!(terminal.contains("\\u{1b}[31mhurts") && !terminal.contains('\x1b'), "{terminal}");
}

#[test]
fn help_has_topics() {
    let place = Place::with_sessions();
    let points = place.piped(&["help", "points"]).done();
    assert!(
        points.contains("mark:NAME") && points.contains("[ (+|-) N [unit] ]") && !points.contains('`'),
        "{points}"
    );
    for line in points.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
    assert_eq!(place.piped(&["help", "log"]).done(), place.piped(&["log", "--help"]).done());
    assert_eq!(place.piped(&["help"]).done(), place.piped(&["--help"]).done());
    snapshot!(place.piped(&["help", "nothing"]).refused(2), @"
    error: help nothing: there is no such topic or command
    hint: `retold help commands` lists the commands; topics are commands, options and points
    ");
}

/// What other programs write is told while one waits, in any format that can wait.
#[test]
fn the_log_is_followed() {
    use std::sync::atomic::Ordering;
    let place = Place::with_sessions();
    for format in ["table", "jsonl"] {
        let before =
            place.piped(&["store", "head", "-o", "json"]).json()["as_of"]["position"].as_u64().unwrap();
        let log = place.log();
        let told = place.run(&["log", "--follow", "-n", "1", "-o", format], |io| {
            let interrupt = std::sync::Arc::clone(&io.interrupt);
            let out = std::mem::replace(&mut io.out, Box::new(std::io::sink()));
            // The first line makes the next event happen; the line that tells of it ends the wait.
            io.out = Box::new(OnLine {
                out,
                lines: 0,
                on_line: Box::new(move |line| match line {
                    1 => {
                        let id = format!("new-{before}");
                        let name = StreamName::session("atlas", &id, 1);
                        log.append(Commit::to(name, Expected::Any, [created(&id, "Paint the door")]))
                            .unwrap();
                    }
                    _ => interrupt.store(true, Ordering::SeqCst),
                }),
            });
        });
        let told = told.exited(130);
        assert_eq!(told.lines().count(), 2, "{told}");
        assert!(told.lines().last().unwrap().contains("Paint the door"), "{told}");
    }
    snapshot!(place.piped(&["log", "--follow", "-o", "csv"]).refused(2), @"
    error: log: --follow writes a table or jsonl
    hint: -o jsonl is for programs
    ");
    snapshot!(place.piped(&["log", "--follow", "--at", "3"]).refused(2), @"
    error: log: --follow goes on, and --at or the range ends
    hint: leave the end away
    ");
}

/// Does something after every line.
struct OnLine {
    out: Box<dyn std::io::Write + Send>,
    lines: usize,
    on_line: Box<dyn FnMut(usize) + Send>,
}

impl std::io::Write for OnLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(bytes)?;
        for _ in bytes[..written].iter().filter(|byte| **byte == b'\n') {
            self.lines += 1;
            (self.on_line)(self.lines);
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// What was redacted is lost, but nothing else: every command goes on around it.
#[test]
fn a_redacted_body_stops_no_command() {
    let place = Place::with_sample();
    let first = place.piped(&["log", STORY, "-o", "csv"]).done();
    let positions: Vec<&str> = first.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    // A message, a status, an output and an agent that nothing else speaks of.
    let gone = [positions[1], positions[8], positions[6], positions[10]];
    for position in gone {
        place.tamper(&format!(
            "insert into redaction (position, body_commit, by_position) values ({position}, zeroblob(32), {position});
             update event set body = null, salt = null where position = {position}"
        ));
    }
    for args in [
        &["show", STORY][..],
        &["show", STORY, "--path", "chatHistory"],
        &["log", STORY, "--patch"],
        &["log", STORY, "--grep", "the"],
        &["diff", STORY, "r1"],
        &["blame", STORY],
        &["history", STORY, "chatHistory"],
        &["trace", STORY, "message_count"],
        &["bisect", "--where", "message_count > 3", STORY],
        &["bisect", "--where", "(select count(*) from chat_messages) > 3"],
        &["what-if", STORY, "--skip", positions[2], "-q"],
        &["compare", STORY, "7c2f4b1e~2"],
        &["replay", STORY],
        &["revert", STORY, "--to", "r12"],
        &["fork", STORY, "--at", "r12", "--as", "other"],
        &["sessions", "--at", "head"],
    ] {
        let answer = place.piped(args);
        assert_eq!(answer.exit, std::process::ExitCode::SUCCESS, "{args:?}: {}{}", answer.out, answer.err);
    }
    assert!(place.piped(&["log", STORY]).done().contains("(redacted)"));
}

/// Ids are any string, also one that would steer a terminal or a shell.
#[test]
fn a_hostile_id_does_nothing_to_a_terminal_or_a_shell() {
    let place = Place::empty();
    let id = "x\u{1b}[2J; rm -rf ~'\u{202e}";
    let log = place.log();
    for task in ["one", "two"] {
        let name = StreamName::session("atlas", id, 1);
        let event = match task {
            "one" => created(id, task),
            task => Event::from(TaskChanged { task: task.to_owned(), updated_at: None }).into(),
        };
        log.append(Commit::to(name, Expected::Any, [event])).unwrap();
    }
    for args in [
        &["diff", id, "r1"][..],
        &["blame", id],
        &["history", id, "task"],
        &["trace", id, "task"],
        &["bisect", "--where", "task = 'two'", id],
        &["replay", id, "--speed", "1000000"],
        &["log", id, "--patch"],
        &["resolve", "head"],
        &["mark", "here"],
        &["fork", id, "--as", "y\u{1b}[2J"],
        &["compare", id, "y\u{1b}[2J"],
        &["revert", id, "--to", "r1"],
        &["delete", id],
        &["undelete", id],
        &["revert", id, "--to", "0"],
    ] {
        let answer = place.terminal(args);
        let steers = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}');
        assert!(!steers(&answer.out) && !steers(&answer.err), "{args:?}: {}{}", answer.out, answer.err);
    }
    let undo = place.piped(&["delete", id]).done();
    assert!(undo.contains(r"undo: retold undelete 'atlas/x\u{1b}[2J; rm -rf ~'\''\u{202e}'"), "{undo}");
}
