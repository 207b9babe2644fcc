//! A document has a million elements at most: what has more is named, and stops nothing else.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use retold_tests::Store;
use retold_tests::import::Home;
use serde_json::{Value, json};

const MAX: usize = 1_000_000;
const TOO_MANY: &str = "more than 1000000 messages, instances, unknown keys or runtimes in one session";

/// A session with `count` of these at this place: a key of the document, or unknown keys.
fn session(id: &str, place: &str, element: &str, count: usize) -> String {
    let known = json!({
        "id": id, "type": "debate", "task": "t", "status": "running", "createdAt": "", "updatedAt": "",
    });
    let many = vec![element; count].join(",");
    let lists = ["instances", "chatHistory", "runtimeMix"].map(|list| match list == place {
        true => format!("\"{list}\":[{many}]"),
        false => format!("\"{list}\":[]"),
    });
    let unknown = if place.is_empty() { format!(",{many}") } else { String::new() };
    format!("{},{}{unknown}}}", known.to_string().trim_end_matches('}'), lists.join(","))
}

/// The smallest of each.
const PLACES: [(&str, &str); 3] = [
    ("", "\"x\":1"),
    ("runtimeMix", "\"\""),
    ("chatHistory", r#"{"id":"","role":"","content":"","timestamp":""}"#),
];

fn retold(store: &Store, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("--store")
        .arg(store.path())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn an_import_names_a_session_of_more_than_a_million_elements_and_goes_on() {
    for (place, element) in PLACES {
        let (store, home) = (Store::new(), Home::new());
        let sessions = [session("a", place, element, MAX + 1), session("b", place, element, 1)];
        home.put("0a0a0a0a0a0a0a0a.json", format!("[{}]", sessions.join(",")));
        let output = retold(&store, &["import", home.path().to_str().unwrap(), "-o", "json"], b"");
        assert_eq!(output.status.code(), Some(6), "{place}: {output:?}");
        let list = retold(&store, &["store", "quarantine", "list", "-o", "json"], b"");
        let list: Value = serde_json::from_slice(&list.stdout).unwrap();
        let reasons: Vec<&Value> =
            list["rows"].as_array().unwrap().iter().map(|row| &row["reason"]).collect();
        assert_eq!(reasons, [TOO_MANY], "{place}");
        let sessions = retold(&store, &["sessions", "-o", "json"], b"");
        let sessions: Value = serde_json::from_slice(&sessions.stdout).unwrap();
        assert!(
            sessions.to_string().contains("\"b\"") && !sessions.to_string().contains("\"a\""),
            "{sessions}"
        );
    }
}

#[test]
fn rpc_refuses_a_session_of_more_than_a_million_elements_and_serves_the_next_line() {
    for (place, element) in PLACES {
        let store = Store::new();
        let create = |id: u32, session: &str| {
            format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"create_session\",\"params\":{{\"workspacePath\":\"/src/a\",\"session\":{session}}}}}\n"
            )
        };
        let lines = [
            create(1, &session("a", place, element, MAX + 1)),
            create(2, &session("b", place, element, 1)),
            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"get_all_sessions\",\"params\":[\"/src/a\"]}\n"
                .to_owned(),
        ];
        let output = retold(&store, &["rpc"], lines.concat().as_bytes());
        assert_eq!(output.status.code(), Some(0), "{place}: {output:?}");
        let answers: Vec<Value> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [refused, created, listed] = &answers[..] else { panic!("{place}: {answers:?}") };
        assert_eq!(refused["error"]["code"], -32602, "{place}");
        assert_eq!(refused["error"]["message"], format!("invalid params: {TOO_MANY}"), "{place}");
        assert!(created.get("error").is_none(), "{place}: {created}");
        let ids: Vec<&Value> = listed["result"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, ["b"], "{place}");
    }
}

/// The last one that fits is no different from any other.
#[test]
fn a_session_of_a_million_elements_is_imported() {
    let (store, home) = (Store::new(), Home::new());
    home.put("0a0a0a0a0a0a0a0a.json", format!("[{}]", session("a", "runtimeMix", "\"\"", MAX)));
    let output = retold(&store, &["import", home.path().to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read =
        retold(&store, &["sql", "select json_array_length(runtime_mix) from sessions", "-o", "csv"], b"");
    assert!(String::from_utf8_lossy(&read.stdout).contains("1000000"), "{read:?}");
}
