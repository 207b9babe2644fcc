//! `retold search`: what a person sees of it, and a program.

use crate::story::{ID, place};
use crate::support::{Place, snapshot};

/// Both sides of an answer, as a terminal shows them.
fn both(answer: &crate::support::Answer) -> String {
    format!("{}{}", answer.out, answer.err)
}

#[test]
fn hits_fit_a_terminal_and_are_whole_in_a_pipe() {
    let place = Place::with_sample();
    snapshot!(both(&place.terminal(&["search", "login", "-n", "4"])), @r#"
    session     event  what    by                text
    7c2f4b1e    r7     output  🔧 Backend Deve…  …e flaky [login] test  ● I'll run …
    7c2f4b1e    r13    output  🧪 Test Generat…  …test -q [login]_expires -- --noca…
    7c2f4b1e~2  r1     task                      …e flaky [login] test
    7c2f4b1e    r1     task                      …e flaky [login] test
    6 hits; one of them whole: retold show SESSION --entry EVENT
      status    completed 5, running 1
      what      output 3, task 2, message 1
      agent     🐛 Bug Fixer 1, 🔧 Backend Developer 1, 🧪 Test Generator 1
    "#);
    snapshot!(both(&place.piped(&["search", "login", "-n", "2"])), @r#"
    session   event  what    by                    text
    7c2f4b1e  r7     output  🔧 Backend Developer  > Fix the flaky [login] test  ● I'll run the test in a loop first. ● Bash(for i in $(seq 50); do cargo test -q [login]_expir…
    7c2f4b1e  r13    output  🧪 Test Generator     $ cargo test -q [login]_expires -- --nocapture old expires_at=1762506725 new expires_at=1762506725 <- same second test aut…
    6 hits; one of them whole: retold show SESSION --entry EVENT
      status    completed 5, running 1
      what      output 3, task 2, message 1
      agent     🐛 Bug Fixer 1, 🔧 Backend Developer 1, 🧪 Test Generator 1
    "#);
    snapshot!(place.piped(&["search", "login", "-n", "1", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"position":545,"workspace":"c41d22cca937429a","session_id":"7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34","ordinal":1,"type":"competition","status":"completed","what":"output","role":null,"agent":"🔧 Backend Developer","snippet":"> Fix the flaky **login** test  ● I'll run the test in a loop first. ● Bash(for i in $(seq 50); do cargo test -q **login**_expir…","revision":7,"occurred_at":"2025-11-07T09:19:40.020114Z","call_id":null,"tool_name":null,"tool_kind":null}
    ],"found":6,"facets":{"agent":{"🐛 Bug Fixer":1,"🔧 Backend Developer":1,"🧪 Test Generator":1},"branches":{},"cwds":{},"files":{},"models":{},"project":{"atlas":6},"role":{"user":1},"status":{"completed":5,"running":1},"tags":{},"tool":{"ait42":6},"tool_kind":{},"tool_name":{},"type":{"competition":6},"versions":{},"what":{"message":1,"output":3,"task":2},"workspace":{"c41d22cca937429a":6}}}
    "#);
    snapshot!(place.piped(&["search", "login", "-n", "2", "-o", "csv"]).done().replace('\r', ""), @r#"
    position,workspace,session_id,ordinal,type,status,what,role,agent,snippet,revision,occurred_at,call_id,tool_name,tool_kind
    545,c41d22cca937429a,7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34,1,competition,completed,output,,🔧 Backend Developer,> Fix the flaky **login** test  ● I'll run the test in a loop first. ● Bash(for i in $(seq 50); do cargo test -q **login**_expir…,7,2025-11-07T09:19:40.020114Z,,,
    551,c41d22cca937429a,7c2f4b1e-93d5-4c0a-8e57-1d6f0a9b2c34,1,competition,completed,output,,🧪 Test Generator,$ cargo test -q **login**_expires -- --nocapture old expires_at=1762506725 new expires_at=1762506725 <- same second test aut…,13,2025-11-07T09:23:58.771302Z,,,
    "#);
    for line in both(&place.terminal(&["search", "test"])).lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn words_phrases_beginnings_and_parts_of_japanese_are_found() {
    let place = Place::with_sample();
    let found = |args: &[&str]| {
        let args: Vec<&str> = [&["search"], args, &["-o", "json"]].concat();
        place.piped(&args).json()["found"].as_u64().unwrap()
    };
    assert!(found(&["login"]) >= found(&["login test"]));
    assert!(found(&["log*"]) >= found(&["login"]));
    assert!(found(&["\"flaky login\""]) > 0);
    assert!(found(&["login -flaky"]) < found(&["login"]));
    assert!(found(&["当エー"]) > 0, "a part of an agent's name");
    let completed = found(&["login", "--status", "completed"]);
    assert!(completed > 0 && completed < found(&["login"]));
    assert_eq!(
        found(&["login", "--what", "task"]),
        found(&["login", "--what", "task", "--type", "competition"])
    );
}

#[test]
fn nothing_found_is_said_and_exits_with_one() {
    let place = Place::with_sample();
    snapshot!(both(&place.terminal(&["search", "zzzz"]).exited_with(1)), @"nothing found");
    snapshot!(place.piped(&["search", "zzzz", "-o", "json"]).exited(1), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    ],"found":0,"facets":{"agent":{},"branches":{},"cwds":{},"files":{},"models":{},"project":{},"role":{},"status":{},"tags":{},"tool":{},"tool_kind":{},"tool_name":{},"type":{},"versions":{},"what":{},"workspace":{}}}
    "#);
    snapshot!(both(&Place::with_empty_store().piped(&["search", "door"]).exited_with(1)), @"nothing found");
}

#[test]
fn a_search_that_cannot_be_read_says_why() {
    let place = Place::with_sessions();
    snapshot!(place.piped(&["search", "\"no end"]).refused(2), @r#"
    error: search: a phrase has no end: add a `"` at its end
    hint: words, "a phrase", begin*, -without
    "#);
    snapshot!(place.piped(&["search", "-q", "--", "-door"]).refused(2), @r#"
    error: search: there are only words to leave out: add one to look for
    hint: words, "a phrase", begin*, -without
    "#);
    snapshot!(place.piped(&["search", "?!"]).refused(2), @r#"
    error: search: there is no word in it: letters and digits are looked for, signs are not
    hint: words, "a phrase", begin*, -without
    "#);
    snapshot!(place.piped(&["search", "door", "--what", "title"]).refused(2), @r#"
    error: --what title: it is not one of task, message, output, agent, call, result, path
    hint: `retold search --help` lists what it takes
    "#);
    snapshot!(place.piped(&["search", "door", "--session", "nope"]).refused(1), @"error: find session nope: there is none");
    snapshot!(Place::empty().piped(&["search", "door"]).refused(3), @"
    error: open [folder]/sessions.db: there is no store
    hint: make one with `retold import ~/.ait42`, or name another with --store
    ");
}

#[test]
fn an_index_that_is_paused_answers_for_what_it_holds() {
    let place = Place::with_sessions();
    place.piped(&["search", "door"]).exited_with(0);
    place.piped(&["projections", "pause", "search"]).done();
    assert_eq!(place.piped(&["search", "door", "-o", "csv"]).err, "");
    place.piped(&["delete", crate::support::SECOND]);
    snapshot!(both(&place.piped(&["search", "door", "-o", "csv"]).exited_with(0)).replace('\r', ""), @r#"
    position,workspace,session_id,ordinal,type,status,what,role,agent,snippet,revision,occurred_at,call_id,tool_name,tool_kind
    2,atlas,5f0c2a1e-0000-4000-8000-000000000001,1,competition,completed,task,,,Mend the **door**,1,2026-11-23T09:01:00Z,,,
    warning: search is paused at position 7 of 8: `retold projections resume search` lets it go on
    "#);
}

#[test]
fn a_search_that_may_not_wait_says_how_far_the_index_is() {
    let place = Place::with_sample();
    snapshot!(place.piped(&["search", "login", "--wait", "0"]).refused(4), @"
    error: search: it is being filled for the first time, 606 of 606 events so far
    hint: `retold projections catch-up search` fills it to the end; --wait waits longer
    ");
    place.piped(&["search", "login"]).exited_with(0);
    place.piped(&["import", &crate::support::sample("dirty"), "-q"]).exited_with(6);
    let answer = place.piped(&["search", "login", "--wait", "0", "-o", "csv"]);
    assert!(
        answer.err.is_empty() || answer.err.starts_with("warning: search holds events up to"),
        "{}",
        answer.err
    );
}

#[test]
fn calls_are_found_with_what_they_returned_and_the_files_that_they_name() {
    let place = place();
    snapshot!(both(&place.terminal(&["search", "door", "--session", ID])), @r#"
    session   event  what     by         text
    0b1c2d3e  r10    path     Edit       src/[door].rs
    0b1c2d3e  r4     message  user       …end the [door], please. \u{202e}
    0b1c2d3e  r2     task                … upload [door]
    0b1c2d3e  r7     path     Read       …las/src/[door].rs
    0b1c2d3e  r7     call     Read       …las/src/[door].rs
    0b1c2d3e  r10    call     Edit       src/[door].rs a fn shut() { oil(); } b  a …
    0b1c2d3e  r9     message  assistant  …**, as `[door].rs` says:  - open - 蝶番に…
    7 hits; one of them whole: retold show SESSION --entry EVENT
      what      call 2, message 2, path 2, task 1
      role      assistant 1, user 1
      tool_name Edit 2, Read 2
      tool_kind edit 2, read 2
    "#);
    snapshot!(place.piped(&["search", "src/door.rs", "--in", "paths,outputs", "-o", "json"]).done(), @r#"
    {"as_of":{"position":32,"hash":"[hash]"},"rows":[
    {"position":10,"workspace":"claude","session_id":"0b1c2d3e-0000-4000-8000-00000000000a","ordinal":1,"type":"transcript","status":"completed","what":"path","role":null,"agent":null,"snippet":"**src/door.rs**","revision":10,"occurred_at":"2026-11-22T09:00:10Z","call_id":"c2","tool_name":"Edit","tool_kind":"edit"},
    {"position":7,"workspace":"claude","session_id":"0b1c2d3e-0000-4000-8000-00000000000a","ordinal":1,"type":"transcript","status":"completed","what":"path","role":null,"agent":null,"snippet":"/home/ada/atlas/**src/door.rs**","revision":7,"occurred_at":"2026-11-22T09:00:07Z","call_id":"c1","tool_name":"Read","tool_kind":"read"}
    ],"found":2,"facets":{"agent":{},"branches":{"main":2},"cwds":{"/home/ada/atlas":2},"files":{},"models":{"opus-5":2},"project":{"atlas":2},"role":{},"status":{"completed":2},"tags":{},"tool":{"claude":2},"tool_kind":{"edit":1,"read":1},"tool_name":{"Edit":1,"Read":1},"type":{"transcript":2},"versions":{"2.1":2},"what":{"path":2},"workspace":{"claude":2}}}
    "#);
    let answer = |args: &[&str]| place.piped(&[&["search"], args, &["-o", "json"]].concat());
    let found = |args: &[&str]| {
        let answer: serde_json::Value = serde_json::from_str(&answer(args).out).unwrap();
        answer["found"].as_u64().unwrap()
    };
    let all = found(&["door"]);
    let of: Vec<u64> =
        ["messages", "calls", "outputs", "paths"].map(|part| found(&["door", "--in", part])).to_vec();
    assert_eq!(of.iter().sum::<u64>(), all);
    assert!(of[0] > 0 && of[1] > 0 && of[3] > 0, "{of:?}");
    assert!(
        found(&["\"fn shut\"", "--in", "outputs"]) == 1 && found(&["\"shut fn\"", "--in", "outputs"]) == 0
    );
    assert_eq!(found(&["door", "--tool", "claude"]), all);
    assert_eq!(found(&["door", "--project", "atlas"]), all);
    assert_eq!(found(&["door", "--model", "opus", "--branch", "main"]), all);
    place.piped(&["search", "door", "--tool", "codex"]).exited_with(1);
    assert_eq!(found(&["oil", "--tool-name", "Edit"]), found(&["oil", "--tool-kind", "edit"]));
    assert!(found(&["cargo test", "--tool-kind", "execute"]) > 0);
    // Every hit leads to what it says.
    for hit in answer(&["door", "-n", "50"]).json()["rows"].as_array().unwrap() {
        if hit["what"] != "task" {
            let (id, revision) = (hit["session_id"].as_str().unwrap(), hit["revision"].to_string());
            let shown = place.piped(&["show", id, "--entry", &revision]).done().to_lowercase();
            assert!(shown.contains("door"), "{hit}: {shown}");
        }
    }
    snapshot!(place.piped(&["search", "door", "--in", "titles"]).refused(2), @r#"
    error: --in titles: accepted: messages, calls, outputs, paths
    hint: `retold search --help` lists what it takes
    "#);
}
