//! Sessions as people name, list, read and hand on: conversations.

use retold_core::event::MessageAdded;
use retold_core::{Commit, Document as _, Event, Expected, Message};

use crate::story::{ID, Story, place};
use crate::support::{Answer, Place, environment, snapshot};

fn at(place: &Place, columns: usize, args: &[&str]) -> Answer {
    place.run(args, |io| {
        io.out_is_terminal = true;
        io.columns = columns;
        io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
    })
}

#[test]
fn a_session_reads_as_a_conversation() {
    let place = place();
    snapshot!(at(&place, 80, &["show", ID]).out, @r#"
    Mend the upload door
    claude 2.1 · opus-5 · /home/ada/atlas · main
    completed (inferred) · 2026-11-22 09:00:00Z · 22 s · 7 messages · 4 calls
    claude/0b1c2d3e-0000-4000-8000-00000000000a

    user  2026-11-22 09:00:04  (compacted)
      Mend the door,
      please. \u{1b}]0;owned\u{7}\u{202e}

    assistant  09:00:05  (compacted)
      thought for 1.0 s · 5 words
      ▸ Read /home/ada/atlas/src/door.rs  ok 1.0 s · 2 lines

      Plan

      Oil the hinge, as `door.rs` says:

      • open
      • 蝶番に油をさして、扉がきちんと閉まることを確かめてから、もう一度開けて静かに
        閉めます。

      ▸ Edit src/door.rs  ok 1.0 s · 1 line
            a
          - fn shut() {}
          + fn shut() { oil(); }
            b
      ▸ Bash cargo test --workspace  ok 1.0 s
          test 1 ... ok
          test 2 ... ok
          test 3 ... ok
          test 4 ... ok
          … 22 lines more: retold show 0b1c2d3e --entry r12
          test 27 ... ok
          test 28 ... ok
          test 29 ... ok
          test 30 ... ok
      ▸ Bash rm -rf /  denied 1.0 s
          not allowed
      412.0k tokens read, 321 written · opus-5

    user  09:00:17  (taken back)  (compacted)
      wrong turn

    · went back: 1 message taken back  09:00:18
    · compacted: the model goes on with a summary of all before  09:00:19

    user  09:00:20
      And now?

    assistant  09:00:21
      Done.

    · session completed  09:00:22
    "#);
    let narrow = at(&place, 40, &["show", ID]).out;
    for line in narrow.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 40, "{line}");
    }
    // A pipe gets the same words, on lines that are not wrapped.
    let piped = place.piped(&["show", ID]).out;
    assert!(piped.contains("  thought for 1.0 s · 5 words\n"), "{piped}");
    assert!(
        piped.lines().any(|line| line.contains("蝶番に油をさして") && line.ends_with("静かに閉めます。")),
        "{piped}"
    );
    assert!(!piped.contains('\u{1b}') && !piped.contains('\u{202e}'));
    // Colour where it is wanted, and only around what is said.
    let coloured = place.piped(&["show", ID, "--color", "always"]).out;
    assert!(coloured.contains("\u{1b}[32m+ fn shut() { oil(); }\u{1b}[0m"), "{coloured}");
    assert!(coloured.contains("\u{1b}[31m- fn shut() {}\u{1b}[0m"), "{coloured}");
}

#[test]
fn what_is_cut_and_folded_is_shown_on_demand() {
    let place = place();
    let shown = place.piped(&["show", ID]).out;
    assert!(!shown.contains("latch") && !shown.contains("test 15"), "{shown}");
    let line = shown.lines().find(|line| line.contains("more: retold show")).unwrap();
    let args: Vec<&str> = line.split("retold ").nth(1).unwrap().split(' ').collect();
    let entry = place.piped(&args).done();
    assert!(entry.contains("test 15 ... ok"), "{entry}");
    let full = place.piped(&["show", ID, "--full"]).out;
    assert!(full.contains("latch") && full.contains("test 15 ... ok"), "{full}");
    let one = place.piped(&["show", ID, "-n", "1"]).out;
    assert!(one.contains("earlier turns: retold show 0b1c2d3e --all") && !one.contains("Plan"), "{one}");
    let all = place.piped(&["show", ID, "--all"]).out;
    assert_eq!(all, shown);
    let past = place.piped(&["show", ID, "--at", "r4"]).out;
    assert!(past.contains("Mend the door,") && !past.contains("thought"), "{past}");
    let answer = place.piped(&["show", ID, "-o", "json"]).json();
    assert_eq!(answer["calls"][2]["name"], "Bash");
    assert_eq!(answer["calls"][2]["returned"]["outcome"], "ok");
}

#[test]
fn a_session_is_named_as_people_do() {
    let place = place();
    let titled = |args: &[&str], title: &str| {
        let answer = place.piped(args);
        assert!(answer.out.starts_with(title), "{args:?}: {}{}", answer.out, answer.err);
        answer.err
    };
    let said = titled(&["show"], "Mend the upload door");
    assert_eq!(said, "session 0b1c2d3e: Mend the upload door (1 d ago)\n");
    titled(&["show", "@"], "Mend the upload door");
    // The sub-agent is none of those that a person thinks of.
    titled(&["show", "@2"], "Paint the upload gate");
    titled(&["show", "paint"], "Paint the upload gate");
    titled(&["show", "GATE", "upload"], "Paint the upload gate");
    titled(&["show", "upload gaet"], "Paint the upload gate");
    titled(&["show", "brush"], "Find the brush");
    assert_eq!(titled(&["show", "0b1c"], "Mend the upload door"), "");
    snapshot!(place.piped(&["show", "upload"]).refused(2), @r#"
    error: find session upload: more than one is meant
      claude/0b1c2d3e-0000-4000-8000-00000000000a  Mend the upload door (1 d ago)
      claude/4f5a6b7c-0000-4000-8000-00000000000b  Paint the upload gate (3 d ago)
    hint: name one of them as listed, or more of its id
    "#);
    snapshot!(place.piped(&["show", "@3"]).refused(1), @r#"
    error: find session @3: there are 2 sessions
    hint: `retold sessions` lists them, the last one first
    "#);
    assert!(place.piped(&["show", "nothing like it"]).refused(1).contains("there is none"));
    // Every command that takes a session takes such a name.
    for args in
        [&["log", "@2"][..], &["blame", "gate"], &["diff", "@2", "r2"], &["replay", "@2", "--speed", "1000"]]
    {
        let answer = place.piped(args);
        assert!(answer.err.contains("session 4f5a6b7c: Paint"), "{args:?}: {}", answer.err);
    }
    // What moved last by happening, also after a revert, whatever its own `updatedAt` is then.
    place.piped(&["revert", "gate", "--to", "r2", "-q"]).done();
    titled(&["show"], "Paint the upload gate");
    assert!(place.piped(&["sessions"]).done().lines().nth(1).unwrap().starts_with("4f5a6b7c"));
}

#[test]
fn where_several_fit_a_person_is_asked() {
    let place = place();
    let answer = |typed: &'static str| {
        place.run(&["show", "upload"], |io| {
            (io.out_is_terminal, io.err_is_terminal, io.input_is_terminal) = (true, true, true);
            io.environment = environment(&[("NO_COLOR", "1"), ("PAGER", "cat")]);
            io.input = Box::new(typed.as_bytes());
        })
    };
    assert!(answer("2\n").out.starts_with("Paint the upload gate"));
    assert!(answer("1\n").out.starts_with("Mend the upload door"));
    for typed in ["\n", "9\n", "", "x\n"] {
        assert!(answer(typed).err.contains("none was chosen"), "{typed:?}");
    }
}

#[test]
fn a_list_has_the_last_first_and_sub_agents_under_theirs() {
    let place = place();
    snapshot!(at(&place, 80, &["sessions"]).done(), @r#"
    session   moved    status     with  title
    0b1c2d3e  1 d ago  completed        Mend the upload door
    4f5a6b7c  3 d ago  paused     +1    Paint the upload gate
    3 sessions, 1 of them under others: --flat shows each
    "#);
    snapshot!(at(&place, 120, &["sessions", "--flat"]).done(), @r#"
    session   moved    status     tool    project  title
    8d9e0f1a  1 d ago  paused     claude           Find the brush
    0b1c2d3e  1 d ago  completed  claude  atlas    Mend the upload door
    4f5a6b7c  3 d ago  paused     claude           Paint the upload gate
    3 sessions
    "#);
    snapshot!(at(&place, 40, &["sessions"]).done(), @r#"
    Mend the upload door
      0b1c2d3e · 1 d ago · completed · atlas
    Paint the upload gate  +1
      4f5a6b7c · 3 d ago · paused
    3 sessions, 1 of them under others:
    --flat shows each
    "#);
    let ids = |args: &[&str]| {
        place.piped(args).out.lines().skip(1).map(|line| line[..8].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["sessions", "--tool", "claude"]), ["0b1c2d3e", "4f5a6b7c"]);
    assert_eq!(ids(&["sessions", "--tool", "codex"]), [""; 0]);
    assert_eq!(ids(&["sessions", "--project", "Atlas"]), ["0b1c2d3e"]);
    assert_eq!(ids(&["sessions", "--project", "/home/ada"]), ["0b1c2d3e"]);
    assert_eq!(ids(&["sessions", "--model", "OPUS"]), ["0b1c2d3e"]);
    assert_eq!(ids(&["sessions", "--search", "brush"]), ["8d9e0f1a"]);
    let first = place.piped(&["sessions", "-n", "1"]);
    let next = first.err.split("--after ").nth(1).unwrap().trim();
    assert_eq!(ids(&["sessions", "--after", next]), ["4f5a6b7c"]);
}

#[test]
fn the_log_says_in_words_what_happened() {
    let place = place();
    let log = at(&place, 120, &["log", ID]).out;
    for words in [
        "session began",
        "title is now: Mend the upload door",
        "folder is now: /home/ada/atlas, branch is now: main",
        "thought: The hinge, or the latch?",
        "reads /home/ada/atlas/src/door.rs",
        "ran `cargo test --workspace` · ok · 1.0 s",
        "ran `rm -rf /` · denied · 1.0 s",
        "412.0k tokens read, 321 written · opus-5",
        "went back: 1 message taken back",
        "session completed, it seems",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
    assert!(!log.contains("ToolCalled"), "{log}");
    assert!(at(&place, 120, &["log", ID, "-v"]).out.contains("ToolCalled"));
}

#[test]
fn a_conversation_is_handed_on_as_markdown_that_stays_text() {
    let place = place();
    let file = place.folder().join("s.md").to_str().unwrap().to_owned();
    let answer = place.piped(&["export", "--format", "markdown", "gate", &file]);
    assert!(answer.err.contains("1 secret masked"), "{}", answer.err);
    let text = std::fs::read_to_string(&file).unwrap();
    snapshot!(text, @r#"
    # Paint the upload gate

    - session: claude/4f5a6b7c-0000-4000-8000-00000000000b
    - tool: claude
    - status: open
    - began: 2026-11-20 09:00:00Z
    - took: 6.0 s
    - size: 2 messages, 1 call

    ## user · 2026-11-20 09:00:03Z

    > Paint it. key [masked: github-token] &lt;script>alert(1)&lt;/script>

    ## assistant · 2026-11-20 09:00:04Z

    > ```
    > open fence
    >
    > ## user
    >
    > ![x](http://evil.example/p.png)

    <details>
    <summary>Bash echo '````' · error, 1.0 s</summary>

    `````json
    {"command":"echo '````'"}
    `````

    ````text
    ```
    </details>
    ````

    </details>
    "#);
    let unmasked = place.piped(&["export", "--format", "markdown", "gate", "--unmasked"]).out;
    assert!(unmasked.contains("ghp_0123456789abcdefghij"));
    assert!(place.piped(&["export", "--format", "markdown", ID, &file]).refused(2).contains("there already"));
    assert!(place.piped(&["export", "--format", "markdown"]).out.starts_with("# Mend the upload door"));
}

#[test]
fn a_session_is_handed_on_as_one_page_and_taken_out_of_it_again() {
    let place = place();
    let file = place.folder().join("s.html").to_str().unwrap().to_owned();
    let answer = place.piped(&["export", "--format", "html", "gate", &file]);
    assert!(answer.err.contains("masked: --unmasked writes them"), "{}", answer.err);
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("Content-Security-Policy") && !page.contains("ghp_0123456789"), "{}", page.len());
    // What is said is data, and never markup.
    assert!(!page.contains("<script>alert(1)"));
    let events = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let extracted = events(&place.piped(&["extract", &file]).out);
    let logged = events(&place.piped(&["log", "gate", "-o", "jsonl"]).out);
    let hashes = |rows: &[serde_json::Value]| -> Vec<String> {
        rows.iter().filter_map(|row| Some(row.get("hash")?.as_str()?.to_owned())).collect()
    };
    let logged: Vec<serde_json::Value> =
        logged.into_iter().filter(|row| row.get("revision").is_some()).collect();
    assert!(!extracted.is_empty());
    assert_eq!(hashes(&extracted), hashes(&logged));
    // As of a moment it holds nothing that came after.
    let early = place.piped(&["export", "--format", "html", "gate", "--at", "r2"]).out;
    std::fs::write(&file, early).unwrap();
    assert_eq!(events(&place.piped(&["extract", &file]).out).len(), 2);
    assert!(place.piped(&["export", "--format", "html", ID, &file]).refused(2).contains("there already"));
    for broken in [
        "",
        "<html>",
        "<script type=\"application/json\" id=\"retold\">{",
        "<script type=\"application/json\" id=\"retold\">{}</script>",
    ] {
        std::fs::write(&file, broken).unwrap();
        assert!(place.piped(&["extract", &file]).refused(2).contains("error: extract: "), "{broken}");
    }
}

#[test]
fn a_long_conversation_is_shown_from_its_end() {
    let place = Place::with_empty_store();
    let log = place.log();
    let mut story = Story::begin(&log, ID, "Long", "2026-11-22T09:00:00Z");
    let events: Vec<Event> = (0..20_000)
        .map(|number| {
            let role = if number % 2 == 0 { "user" } else { "assistant" };
            let content = format!("said {number}").into();
            let mut message = Message::blank();
            message.role = role.to_owned();
            message.content = content;
            MessageAdded { message, index: None, updated_at: None }.into()
        })
        .collect();
    for some in events.chunks(5_000) {
        log.append(Commit::to(story.name.clone(), Expected::Any, some.to_vec())).unwrap();
    }
    story.says("user", "the end");
    let shown = place.piped(&["show"]).out;
    assert!(shown.contains("the end") && shown.contains("said 19999"), "{shown}");
    assert!(shown.lines().count() < 80, "{}", shown.lines().count());
}
