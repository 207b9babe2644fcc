//! Output that arrives in pieces, cut in the middle of a character: it is stored, shown, and written as it was; and what keeps the
//! original says nothing of a text that was redacted.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use retold::{RawText, SessionHistory};
use retold_tests::import::{Home, exported};
use retold_tests::{Store, all_events};
use serde_json::{Value, json};

const FOLDER: &str = "/src/a";

/// Serves the lines to `rpc`, and returns its answers.
fn rpc(store: &Store, args: &[&str], lines: &[u8]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("--store")
        .arg(store.path())
        .arg("rpc")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn document(output: Option<&str>) -> Value {
    json!({
        "id": "cut", "type": "competition", "task": "t", "status": "running", "createdAt": "", "updatedAt": "",
        "instances": [{"instanceId": 1, "worktreePath": "", "branch": "", "agentName": "", "status": "running",
            "tmuxSessionId": "", "output": output}],
        "chatHistory": [],
    })
}

fn call(method: &str, params: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}\n")
}

fn create(output: Option<&str>) -> String {
    call("create_session", &format!("{{\"workspacePath\":\"{FOLDER}\",\"session\":{}}}", document(output)))
}

fn by_name(chunk: &str) -> String {
    let own = format!("\"workspacePath\":\"{FOLDER}\",\"sessionId\":\"cut\"");
    call("append_output", &format!("{{{own},\"instanceId\":1,\"chunk\":\"{chunk}\"}}"))
}

fn in_order(chunk: &str) -> String {
    call("append_output", &format!("[\"{FOLDER}\",\"cut\",1,\"{chunk}\"]"))
}

/// What a legacy file has for the session's output, between its quotes.
fn output_in(file: &[u8]) -> Vec<u8> {
    let begin = b"\"output\": \"";
    let at = file.windows(begin.len()).position(|bytes| bytes == begin).unwrap() + begin.len();
    let end = file[at..].windows(3).position(|bytes| bytes == b"\",\n").unwrap();
    file[at..at + end].to_vec()
}

fn written(store: &Store) -> (Vec<u8>, Vec<u8>) {
    let file = exported(&store.open()).into_values().next().unwrap();
    (output_in(&file), file)
}

#[test]
fn a_chunk_that_is_cut_within_a_character_is_written_as_it_was_sent() {
    let long = "0123456789".repeat(1_000);
    let cases: &[(Option<&str>, &[&str], &str)] = &[
        (None, &["one \\ud83c"], "one \\ud83c"),
        (Some("so far: "), &["\\uD83C!", " plain ", "\\udf89"], "so far: \\uD83C! plain \\udf89"),
        (Some(&long), &["\\ud83c", "\\ud83c and"], &format!("{long}\\ud83c\\ud83c and")),
        (Some("müde"), &[&long, "\\udc00", &long], &format!("müde{long}\\udc00{long}")),
        // The two halves of a character are the character.
        (None, &["party \\ud83c", "\\udf89 on"], "party \u{1f389} on"),
        // What only looks like what is kept is a text like any other.
        (None, &["retold:original \\ud83c"], "retold:original \\ud83c"),
    ];
    for (before, chunks, expected) in cases {
        for call in [by_name, in_order] {
            let (store, mirror) = (Store::new(), Home::new());
            let calls: String = chunks.iter().map(|chunk| call(chunk)).collect();
            let calls = create(*before) + &calls;
            let answers = rpc(&store, &["--mirror", mirror.path().to_str().unwrap()], calls.as_bytes());
            assert!(answers.iter().all(|answer| answer.get("error").is_none()), "{answers:?}");
            let (output, file) = written(&store);
            assert_eq!(String::from_utf8(output).unwrap(), *expected);
            let mirrored = retold_tests::import::files(&mirror.path());
            let mirrored =
                mirrored.iter().find(|(path, _)| path.extension().is_some_and(|end| end == "json"));
            assert!(mirrored.unwrap().1 == &file, "{expected}");
            // Applications see text, and no key that they did not write.
            let history = SessionHistory::open(store.path()).unwrap();
            let seen = history.get_session(FOLDER, "cut").unwrap();
            let seen = serde_json::to_value(seen).unwrap();
            assert!(seen["instances"][0].get("retold:original").is_none(), "{seen}");
            let plain: Value = seen["instances"][0]["output"].clone();
            assert!(plain.as_str().unwrap().contains('\u{fffd}'), "{plain}");
            // What is sent back as it was read changes nothing.
            history.update_session(FOLDER, serde_json::from_value(seen).unwrap()).unwrap();
            drop(history);
            assert!(written(&store).1 == file, "{expected}");
        }
    }
}

#[test]
fn a_key_stands_for_the_original_of_a_chunk_too() {
    let store = Store::new();
    let keyed = |chunk: &str| by_name(chunk).replace("\"chunk\"", "\"idempotencyKey\":\"k\",\"chunk\"");
    let calls = [create(None), keyed("a\\ud83c"), keyed("a\\ud83c"), keyed("a\\ud83d"), keyed("a\u{fffd}")];
    let answers = rpc(&store, &[], calls.concat().as_bytes());
    let kinds: Vec<_> = answers.iter().map(|answer| answer["error"]["data"]["kind"].as_str()).collect();
    assert_eq!(kinds, [None, None, None, Some("key_reused"), Some("key_reused")]);
    assert_eq!(written(&store).0, b"a\\ud83c");
}

#[test]
fn a_line_that_is_not_utf_8_gets_one_error_with_its_offset_and_the_next_line_is_served() {
    let place = br#"{"jsonrpc":"2.0","id":1,"method":"get_all_sessions","params":["/src/"#;
    for (bad, byte) in
        [(&b"\xff"[..], "ff"), (b"\xed\xa0\xbc", "ed"), (b"\xe4\xb8", "e4"), (b"\xc0\x80", "c0")]
    {
        let one = [&place[..], bad, b"\"]}"].concat();
        let batch = [b"[", &place[..], b"a\"]},", &one, b"]"].concat();
        for (line, at) in [(&one, place.len()), (&batch, 2 * place.len() + 6)] {
            let store = Store::new();
            let sound = call("get_all_sessions", "[\"/src/a\"]");
            let answers = rpc(&store, &[], &[line, &b"\n"[..], sound.as_bytes()].concat());
            let message = format!("parse error: byte {} of the line (0x{byte}) is not UTF-8", at + 1);
            let error = json!({"code": -32700, "message": message});
            assert_eq!(answers[0], json!({"jsonrpc": "2.0", "id": null, "error": error}));
            assert_eq!(answers[1..], [json!({"jsonrpc": "2.0", "id": 1, "result": []})]);
        }
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    /// The bytes of a process, in pieces of any length: the file has the bytes.
    #[test]
    fn bytes_in_pieces_of_any_length_are_written_as_they_came(
        bytes in prop::collection::vec(prop_oneof![
            Just("plain ".as_bytes()), Just("müde 👩‍👧".as_bytes()), Just(&b"\xff"[..]), Just(&b"\xe4\xb8"[..]), Just("\u{fffd}".as_bytes()),
        ], 1..12),
        cuts in prop::collection::vec(1_usize..9, 1..40),
    ) {
        let bytes = bytes.concat();
        let store = Store::new();
        let history = SessionHistory::open(store.path()).unwrap();
        history.create_session(FOLDER, serde_json::from_value(document(None)).unwrap()).unwrap();
        let (mut rest, mut cuts) = (&bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            history.append_output(FOLDER, "cut", 1, RawText::from_bytes(chunk)).unwrap();
            rest = behind;
        }
        drop(history);
        prop_assert_eq!(written(&store).0, bytes);
    }
}

/// After a redaction, what is left is the same whatever the words were, and no hash of them is there.
#[test]
fn nothing_that_keeps_an_original_tells_of_a_redacted_text() {
    let left = |words: &str| {
        let store = Store::new();
        let message = |more: &str| {
            format!(
                "{{\"id\":\"m1\",\"role\":\"user\",\"content\":\"{words}\\ud83c\",\"timestamp\":\"\"{more}}}"
            )
        };
        let with = |extra: &str, output: &str| {
            let mut session = document(Some(output));
            session["chatHistory"] = json!(["@"]);
            session.to_string().replace("\"@\"", &message(extra))
        };
        let params = |session: String| format!("{{\"workspacePath\":\"{FOLDER}\",\"session\":{session}}}");
        let calls = [
            call("create_session", &params(with("", "out"))),
            by_name(&format!("{words}\\ud83c")),
            // Another key changes: the unknown keys are written again, all of them.
            call("update_session", &params(with(",\"pinned\":true", &format!("out{words}\u{fffd}")))),
            by_name("\\udf89"),
        ];
        let answers = rpc(&store, &[], calls.concat().as_bytes());
        assert!(answers.iter().all(|answer| answer.get("error").is_none()), "{answers:?}");
        let log = store.open();
        let bodies = || {
            let bodies =
                all_events(&log).into_iter().map(|event| (event.position, json!(event.event).to_string()));
            bodies.collect::<Vec<_>>()
        };
        let said: Vec<_> = bodies().into_iter().filter(|(_, body)| body.contains(words)).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        retold_upkeep::redact(&log, &said.into_iter().map(|(position, _)| position).collect(), "leaked")
            .unwrap();
        let raw: Vec<String> = all_events(&log).iter().map(|event| format!("{:?}", event.event)).collect();
        assert!(raw.iter().any(|body| body.contains("retold:original")), "an original is left: {raw:?}");
        let raw = raw.join("\n");
        for text in [words.to_owned(), format!("out{words}")] {
            for text in [text.clone(), format!("{text}\u{fffd}")] {
                let hash = blake3::hash(text.as_bytes()).to_hex();
                assert!(!raw.contains(&hash.as_str()[..8]), "{raw}");
            }
        }
        // The times of the run are no part of it.
        let is_time = |part: &&str| part.len() > 20 && part.starts_with("20") && part.contains('T');
        raw.split('"').filter(|part| !is_time(part)).collect::<String>()
    };
    assert_eq!(left("hunter2 opens it"), left("correct horse 16"));
}

/// What becomes of a document between two imports. No change is of a text that has half a character, unless at its end.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    Status,
    UnknownKey,
    UnknownKeyBefore,
    UnknownKeyOfMessage,
    Output,
    Half,
    Message,
}

const CHANGES: [Change; 8] = [
    Change::Nothing,
    Change::Status,
    Change::UnknownKey,
    Change::UnknownKeyBefore,
    Change::UnknownKeyOfMessage,
    Change::Output,
    Change::Half,
    Change::Message,
];

/// A document with half a character in every kind of text, each another one, and how many there are.
fn with_halves(changes: &[Change]) -> (String, u32) {
    let count = |of: fn(&Change) -> bool| changes.iter().filter(|change| of(change)).count();
    let mut halves = 0;
    let mut half = || {
        halves += 1;
        format!("\\ud{:03x}", 0x800 + halves)
    };
    let keys = "\"z\": 1,".repeat(count(|change| matches!(change, Change::UnknownKeyBefore)));
    let task = format!("the {} task", half());
    let unknown = format!(
        "\"x\": 1, \"k{}\": 2, \"y\": {}",
        half(),
        count(|change| matches!(change, Change::UnknownKey))
    );
    let mix = format!("[\"a\", \"{}\"]", half());
    let name = half();
    let mut output = format!("out {}", half());
    let content = format!("said {} and more", half());
    for change in changes {
        match change {
            Change::Output => output.push_str(" goes on"),
            Change::Half => output.push_str(&half()),
            _ => {}
        }
    }
    let status = count(|change| matches!(change, Change::Status));
    let of_message = count(|change| matches!(change, Change::UnknownKeyOfMessage));
    let more = (0..count(|change| matches!(change, Change::Message))).map(|number| {
        format!(",{{\"id\":\"m{number}\",\"role\":\"user\",\"content\":\"c\",\"timestamp\":\"\"}}")
    });
    let more: String = more.collect();
    let text = format!(
        "[{{\"id\":\"a\",\"type\":\"debate\",\"task\":\"{task}\",\"status\":\"s{status}\",\"createdAt\":\"\",\"updatedAt\":\"\",\
         \"instances\":[{{\"instanceId\":1,\"worktreePath\":\"\",\"branch\":\"\",\"agentName\":\"{name}\",\"status\":\"\",\
         \"tmuxSessionId\":\"\",\"output\":\"{output}\"}}],\
         \"chatHistory\":[{{\"id\":\"m\",\"role\":\"user\",\"content\":\"{content}\",\"timestamp\":\"\",\"n\":{of_message}}}{more}],\
         \"runtimeMix\":{mix},{keys}{unknown}}}]"
    );
    (text, halves)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    /// An original is in the event that brought it, and in no other one, however the document goes on.
    #[test]
    fn what_is_kept_of_half_a_character_is_said_once(
        changes in proptest::collection::vec(prop::sample::select(CHANGES.to_vec()), 0..7),
    ) {
        let store = Store::new();
        let home = Home::new();
        let options = retold_core::Options::new().create(true);
        let models = retold_projections::Store::open(store.path(), options).unwrap();
        let log = models.log();
        for until in 0..=changes.len() {
            let (text, halves) = with_halves(&changes[..until]);
            home.put("0a0a0a0a0a0a0a0a.json", &text);
            home.import(log);
            let bodies: Vec<String> =
                all_events(log).iter().map(|event| format!("{:?}", event.event)).collect();
            let bodies = bodies.concat();
            for half in 1..=halves {
                let original = format!("ud{:03x}", 0x800 + half);
                prop_assert_eq!(bodies.matches(&original).count(), 1, "{} after {:?}", original, &changes[..until]);
            }
            // And all of them come back.
            let files = exported(log);
            let written = files.values().next().unwrap();
            for half in 1..=halves {
                let original = format!("\\ud{:03x}", 0x800 + half);
                let count = String::from_utf8_lossy(written).matches(&original).count();
                prop_assert_eq!(count, 1, "{} after {:?}", original, &changes[..until]);
            }
            prop_assert_eq!(models.check(None, |_| true).unwrap().unwrap().different, 0);
        }
    }
}
