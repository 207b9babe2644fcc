use std::fmt::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::support::{Answer, Place, snapshot};

pub(crate) const WORKSPACE: &str = "/src/atlas";

/// Sends lines, and returns what came back.
pub(crate) fn send(place: &Place, args: &[&str], lines: &str) -> Answer {
    let input = lines.to_owned();
    place.run(&[&["rpc"], args].concat(), |io| io.input = Box::new(std::io::Cursor::new(input)))
}

pub(crate) fn session(id: &str) -> Value {
    json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z",
        "instances": [{
            "instanceId": 1, "worktreePath": "/tmp/w", "branch": "b", "agentName": "Ada",
            "status": "running", "tmuxSessionId": "t",
        }],
        "chatHistory": [],
    })
}

pub(crate) fn call(id: impl Into<Value>, method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params}).to_string() + "\n"
}

/// Sends calls, and returns their answers.
pub(crate) fn calls(place: &Place, calls: &[(&str, Value)]) -> Vec<Value> {
    let mut lines = String::new();
    for (number, (method, params)) in calls.iter().enumerate() {
        lines.push_str(&call(number, method, params));
    }
    let answers = send(place, &[], &lines).done();
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), calls.len());
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer["id"], number);
    }
    answers
}

#[test]
fn the_commands_answer_as_the_front_end_knows_them() {
    let place = Place::empty();
    let of = |more: Value| -> Value {
        let mut params = json!({"workspacePath": WORKSPACE, "sessionId": "a1"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let message =
        json!({"id": "m1", "role": "user", "content": "hello", "timestamp": "2026-11-23T08:01:00Z"});
    let answers = calls(
        &place,
        &[
            ("create_session", json!({"workspacePath": WORKSPACE, "session": session("a1")})),
            ("add_chat_message", of(json!({"message": message}))),
            ("update_instance_status", of(json!({"instanceId": 1, "newStatus": "completed"}))),
            ("append_output", of(json!({"instanceId": 1, "chunk": "one\n"}))),
            ("append_output", of(json!({"instanceId": 1, "chunk": "two\n"}))),
            ("select_winner", of(json!({"instanceId": 1}))),
            ("get_session", of(json!({}))),
            ("delete_session", of(json!({}))),
            ("get_all_sessions", json!({"workspacePath": WORKSPACE})),
            ("restore_session", of(json!({}))),
            ("update_session", json!({"workspacePath": WORKSPACE, "session": session("a1")})),
            ("latest_events", of(json!({"limit": 2}))),
            ("list_sessions", json!({"text": "DOOR", "sort": "updated", "limit": 1})),
            (
                "add_message",
                of(json!({"message": {"id": "m2", "role": "user", "content": "again", "timestamp": "x"}})),
            ),
            ("get_session", of(json!({}))),
        ],
    );
    let result = |number: usize| &answers[number]["result"];
    assert_eq!(result(0)["instances"][0]["output"], Value::Null);
    assert_eq!(result(1)["chatHistory"][0]["content"], "hello");
    assert_eq!(result(1)["updatedAt"], "2026-11-23T10:00:00+00:00");
    assert_eq!(result(2)["instances"][0]["status"], "completed");
    assert_eq!((result(3), result(7)), (&Value::Null, &Value::Null));
    assert!(answers[3].as_object().unwrap().contains_key("result"));
    assert_eq!(result(6)["instances"][0]["output"], "one\ntwo\n");
    assert_eq!(result(6)["winnerId"], 1);
    assert_eq!(result(8), &json!([]));
    assert_eq!(result(9)["chatHistory"], result(6)["chatHistory"]);
    // The document that was sent is older than the message and the output, which stay.
    assert_eq!(result(10)["chatHistory"], result(6)["chatHistory"]);
    assert_eq!(result(10)["instances"][0]["output"], "one\ntwo\n");
    assert_eq!(result(10)["winnerId"], Value::Null);
    assert_eq!(result(11).as_array().unwrap().len(), 2);
    assert_eq!(result(12)["sessions"][0]["message_count"], 1);
    assert!(result(12)["next"].is_string());
    assert!(answers[13].as_object().unwrap().contains_key("result") && result(13).is_null());
    assert_eq!(result(14)["chatHistory"][0], result(6)["chatHistory"][0]);
    assert_eq!(result(14)["chatHistory"][1]["content"], "again");
}

#[test]
fn what_is_no_call_is_answered_with_the_place_and_the_next_call_is_done() {
    let place = Place::empty();
    let lines = [
        r#"{"jsonrpc":"2.0","id":1,"method":"get_session","params":{"workspacePath":"/w""#,
        r#"{"jsonrpc":"2.0","id":2,"method":"get_session","params":{"workspacePath":"/w"}}"#,
        r#"{"jsonrpc":"2.0","id":3,"method":"get_session","params":{"workspacePath":"/w","sessionId":7}}"#,
        r#"{"jsonrpc":"2.0","id":4,"method":"get_session","params":{"workspacePath":"/w","sessionId":"a","sesion":1}}"#,
        r#"{"jsonrpc":"2.0","id":5,"method":"get_session","params":{"workspacePath":"/w","sessionId":"a"}}"#,
        r#"{"jsonrpc":"2.0","id":6,"method":"get_all_sessions","params":{"workspacePath":" \t"}}"#,
        r#"{"jsonrpc":"2.0","id":7,"method":"add_chat_message","params":{"workspacePath":"","sessionId":"","message":{"id":"","role":"","content":"","timestamp":[]}}}"#,
        r#"{"jsonrpc":"2.0","id":8,"method":"create_session","params":{"workspacePath":" ","session":{}}}"#,
        r#"{"jsonrpc":"2.0","id":9,"method":"list_sessions","params":{"sort":"size"}}"#,
        r#"{"jsonrpc":"2.0","id":10,"method":"list_sessions","params":{"after":"x"}}"#,
        r#"{"jsonrpc":"2.0","id":11,"method":"list_sessions","params":{"after":"u.1.1"}}"#,
        r#"{"jsonrpc":"2.0","id":12,"method":"sing"}"#,
        r#"{"jsonrpc":"1.0","id":13,"method":"get_session"}"#,
        r#"{"jsonrpc":"2.0","id":[14],"method":"get_session"}"#,
        r#"{"jsonrpc":"2.0","id":15}"#,
        r#""hello""#,
        "[]",
        r#"[1, {"jsonrpc":"2.0","id":16,"method":"get_all_sessions","params":["/w"]}]"#,
        r#"{"jsonrpc":"2.0","method":"get_session"}"#,
        "",
        r#"{"jsonrpc":"2.0","id":17,"method":"get_all_sessions","params":{"workspacePath":"/w"}}"#,
    ];
    let answer = send(&place, &[], &lines.join("\n")).done();
    snapshot!(answer, @r#"
        {"jsonrpc":"2.0","error":{"code":-32700,"message":"parse error: EOF while parsing an object at column 77"},"id":null}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params: missing field `sessionId`"},"id":2}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.sessionId: invalid type: integer `7`, expected a string"},"id":3}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.sesion: unknown field `sesion`, expected `workspacePath` or `sessionId`"},"id":4}
        {"jsonrpc":"2.0","error":{"code":-32002,"message":"Session a not found","data":{"kind":"session_not_found"}},"id":5}
        {"jsonrpc":"2.0","result":[],"id":6}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.message.timestamp: invalid type: sequence, expected a string"},"id":7}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.session: missing field `id`"},"id":8}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.sort: unknown variant `size`, expected one of `file`, `updated`, `created`, `duration`, `filesChanged`"},"id":9}
        {"jsonrpc":"2.0","error":{"code":-32602,"message":"invalid params: params.after: not a place in a list: x"},"id":10}
        {"jsonrpc":"2.0","error":{"code":-32009,"message":"list sessions: the page begins behind a place in another order","data":{"kind":"other_order"}},"id":11}
        {"jsonrpc":"2.0","error":{"code":-32601,"message":"method not found: sing; there are initialize, create_session, update_session, get_session, get_all_sessions, delete_session, add_chat_message, add_message, update_instance_status, append_output, select_winner, restore_session, call_tool, return_tool, record_usage, compact_context, rewind_history, set_title, set_context, link_session, observe_status, tag_session, list_sessions, changes, follow, unfollow, latest_events, usage, search, mirror_status, flush_mirror"},"id":12}
        {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: `jsonrpc` is not \"2.0\""},"id":13}
        {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: `id` is neither a text, nor a number, nor null"},"id":null}
        {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: missing field `method` at column 25"},"id":15}
        {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: invalid type: string \"hello\", expected a call at column 7"},"id":null}
        {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: a batch without a call"},"id":null}
        [{"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: invalid type: integer `1`, expected a call at column 1"},"id":null},{"jsonrpc":"2.0","result":[],"id":16}]
        {"jsonrpc":"2.0","result":[],"id":17}
        "#);
}

#[test]
fn a_line_over_the_limit_is_refused_and_the_next_call_is_done() {
    let place = Place::empty();
    let mut lines = call(1, "get_all_sessions", &json!({"workspacePath": "x".repeat(3 << 20)}));
    lines.push_str(&call(2, "get_all_sessions", &json!({"workspacePath": "/w"})));
    snapshot!(send(&place, &["--max-line", "2"], &lines).done(), @r#"
    {"jsonrpc":"2.0","error":{"code":-32600,"message":"invalid request: a line of 3145810 bytes is over the limit of 2097152"},"id":null}
    {"jsonrpc":"2.0","result":[],"id":2}
    "#);
}

#[test]
fn a_body_over_the_limit_is_refused_and_the_next_call_is_done() {
    let place = Place::empty();
    let mut large = session("a1");
    large["evaluation"] = "x".repeat(65 << 20).into();
    let mut lines = call(1, "create_session", &json!({"workspacePath": WORKSPACE, "session": large}));
    lines.push_str(&call(2, "get_all_sessions", &json!({"workspacePath": WORKSPACE})));
    snapshot!(send(&place, &["--max-line", "100"], &lines).done(), @r#"
    {"jsonrpc":"2.0","error":{"code":-32004,"message":"append: a body of 68157594 bytes is over the limit of 67108864","data":{"kind":"too_large"}},"id":1}
    {"jsonrpc":"2.0","result":[],"id":2}
    "#);
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let place = Place::empty();
    let answer = place.run(&["rpc"], |io| {
        io.input = Box::new(&b"{\"jsonrpc\": \"\xff\"}\n"[..]);
    });
    snapshot!(answer.done(), @r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse error: byte 14 of the line (0xff) is not UTF-8"},"id":null}"#);
}

#[test]
fn a_write_with_a_key_happens_once() {
    let place = Place::empty();
    let params = json!({"workspacePath": WORKSPACE, "session": session("a1"), "idempotencyKey": "k1"});
    let once = calls(&place, &[("create_session", params.clone())]);
    let twice = calls(
        &place,
        &[("create_session", params), ("get_all_sessions", json!({"workspacePath": WORKSPACE}))],
    );
    assert_eq!(once[0]["result"], twice[0]["result"]);
    assert_eq!(twice[1]["result"].as_array().unwrap().len(), 1);
}

#[test]
fn the_mirrored_files_are_current_when_the_input_ends() {
    let place = Place::empty();
    let mirror = place.folder().join("mirror");
    let mirror = mirror.to_str().unwrap();
    let mut lines = call(1, "create_session", &json!({"workspacePath": WORKSPACE, "session": session("a1")}));
    lines.push_str(&call(2, "mirror_status", &json!({})));
    send(&place, &["--mirror", mirror], &lines).done();
    let file = std::fs::read_to_string(format!("{mirror}/cafa4067cfa4e8bc.json")).unwrap();
    let [written]: [Value; 1] = serde_json::from_str(&file).unwrap();
    assert_eq!(written["task"], "mend the door");
    // Another store must not write over it.
    let other = Place::empty();
    assert_eq!(send(&other, &["--mirror", mirror], "").exit, ExitCode::from(2));
}

#[test]
fn hostile_text_does_not_steer_a_terminal() {
    let place = Place::empty();
    let mut hostile = session("a1");
    hostile["task"] = "\u{9b}2J\u{202e}".into();
    let line = call("\u{9b}", "create_session", &json!({"workspacePath": WORKSPACE, "session": hostile}));
    let answer = send(&place, &[], &line).done();
    assert!(!answer.contains(['\u{9b}', '\u{202e}']), "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["id"], &answer["result"]["task"]), (&"\u{9b}".into(), &"\u{9b}2J\u{202e}".into()));
}

#[test]
fn a_program_that_is_asked_to_stop_stops_between_two_calls() {
    let place = Place::empty();
    let mut lines = String::new();
    write!(lines, "{}", call(1, "get_all_sessions", &json!({"workspacePath": "/w"}))).unwrap();
    let answer = place.run(&["rpc"], |io| {
        io.input = Box::new(std::io::Cursor::new(lines));
        io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!((answer.exit, answer.out.as_str()), (ExitCode::from(130), ""));
}

#[test]
fn a_conversation_is_opened_by_what_both_sides_speak() {
    let place = Place::empty();
    let answers = calls(
        &place,
        &[
            ("initialize", json!({})),
            ("initialize", json!({"protocolVersion": 1})),
            ("initialize", json!({"protocolVersion": 2})),
        ],
    );
    assert_eq!(answers[0]["result"], answers[1]["result"]);
    let told = &answers[0]["result"];
    assert_eq!(told["protocolVersion"], 1);
    assert_eq!(told["program"], json!({"name": "retold", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(told["store"]["schema"], retold_migrations::latest());
    assert_eq!(told["store"]["log"], place.log().id().to_string());
    assert_eq!(told["capabilities"], json!({"idempotencyKeys": true, "mirror": false}));
    for name in ["initialize", "create_session", "call_tool"] {
        assert!(told["methods"].as_array().unwrap().contains(&name.into()), "{name}");
    }
    assert!(told["events"].as_array().unwrap().contains(&"ToolCalled".into()));
    assert_eq!(answers[2]["error"]["data"]["kind"], "protocol");
}

/// What an agent did, as each method records it: method, parameters, event type.
fn doings() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (
            "call_tool",
            json!({"call": "c1", "name": "shell", "kind": "execute", "input": {"command": ["ls", 1.0]}, "instanceId": 1}),
            "ToolCalled",
        ),
        ("return_tool", json!({"call": "c1", "outcome": "ok", "output": "a.txt"}), "ToolReturned"),
        (
            "record_usage",
            json!({"key": "r1", "model": "m", "input": 10, "cacheRead": 5, "output": 7, "reasoning": 2, "cost": 31}),
            "UsageRecorded",
        ),
        ("compact_context", json!({"messages": ["m1"]}), "ContextCompacted"),
        ("rewind_history", json!({"messages": ["m1"]}), "HistoryRewound"),
        ("set_title", json!({"title": "Doors and hinges"}), "TitleChanged"),
        (
            "set_context",
            json!({"cwds": ["/src/atlas"], "models": ["m"], "details": {"a": 1}}),
            "SessionContextChanged",
        ),
        ("link_session", json!({"relation": "fork", "parent": "a0", "spawnedBy": "c0"}), "SessionLinked"),
        ("observe_status", json!({"status": "open", "inferred": true}), "StatusObserved"),
    ]
}

pub(crate) fn in_session(mut params: Value) -> Value {
    params["workspacePath"] = WORKSPACE.into();
    params["sessionId"] = "a1".into();
    params
}

#[test]
fn what_an_agent_did_is_recorded_by_whoever_runs_it() {
    let place = Place::empty();
    let doings = doings();
    let mut lines = vec![("create_session", json!({"workspacePath": WORKSPACE, "session": session("a1")}))];
    lines.extend(doings.iter().map(|(method, params, _)| (*method, in_session(params.clone()))));
    lines.push(("latest_events", in_session(json!({"limit": 9}))));
    lines.push(("get_session", in_session(json!({}))));
    let answers = calls(&place, &lines);
    let mut events = answers[10]["result"].as_array().unwrap().clone();
    events.reverse();
    for (event, (method, _, kind)) in events.iter().zip(&doings) {
        assert_eq!(event["type"], *kind, "{method}");
    }
    assert_eq!(
        events[0]["body"]["input"],
        r#"{"command": ["ls", 1.0]}"#.replace(": ", ":").replace(", ", ",")
    );
    assert_eq!(answers[11]["result"]["task"], "Doors and hinges");
    assert_eq!(answers[11]["result"]["status"], "open");
    // The read models have them, as those of a transcript.
    place.piped(&["projections", "add", "transcripts", "-q"]).exited_with(0);
    let sql = "select call_id as call, name, kind, outcome from tool_calls";
    let rows: Value = serde_json::from_str(&place.piped(&["sql", sql, "-o", "json"]).done()).unwrap();
    assert_eq!(rows["rows"], json!([{"call": "c1", "name": "shell", "kind": "execute", "outcome": "ok"}]));
    let sql = "select key, input, cache_read, output, cost from usage_records";
    let rows: Value = serde_json::from_str(&place.piped(&["sql", sql, "-o", "json"]).done()).unwrap();
    assert_eq!(rows["rows"], json!([{"key": "r1", "input": 10, "cache_read": 5, "output": 7, "cost": 31}]));
}

#[test]
fn what_an_agent_cannot_have_done_is_refused_and_nothing_is_written() {
    let place = Place::empty();
    calls(&place, &[("create_session", json!({"workspacePath": WORKSPACE, "session": session("a1")}))]);
    let before = place.log().reader().unwrap().head().unwrap();
    let mut wrong = Vec::new();
    for (method, params, _) in doings() {
        for (key, value) in [
            ("call", json!(" ")),
            ("name", json!("")),
            ("kind", json!("run")),
            ("outcome", json!("fine")),
            ("key", json!("")),
            ("reasoning", json!(8)),
            ("relation", json!("cousin")),
            ("parent", json!("")),
            ("status", json!("")),
            ("details", json!([1])),
        ] {
            if params.get(key).is_some() {
                let mut params = in_session(params.clone());
                params[key] = value;
                wrong.push((method, params, "malformed"));
            }
        }
        let mut nobody = in_session(params.clone());
        nobody["sessionId"] = "nobody".into();
        wrong.push((method, nobody, "session_not_found"));
        if params.get("instanceId").is_some() {
            let mut nobody = in_session(params);
            nobody["instanceId"] = 7.into();
            wrong.push((method, nobody, "instance_not_found"));
        }
    }
    let lines: Vec<(&str, Value)> =
        wrong.iter().map(|(method, params, _)| (*method, params.clone())).collect();
    for (answer, (method, params, kind)) in calls(&place, &lines).iter().zip(&wrong) {
        assert_eq!(answer["error"]["data"]["kind"], *kind, "{method} {params}");
    }
    assert_eq!(place.log().reader().unwrap().head().unwrap(), before);
}

#[test]
fn a_doing_that_comes_again_with_its_key_is_recorded_once() {
    let place = Place::empty();
    let mut lines = vec![("create_session", json!({"workspacePath": WORKSPACE, "session": session("a1")}))];
    for (method, params, _) in doings() {
        let mut params = in_session(params);
        params["idempotencyKey"] = method.into();
        lines.push((method, params.clone()));
        lines.push((method, params));
    }
    let answers = calls(&place, &lines);
    for pair in answers[1..].chunks(2) {
        assert_eq!(pair[0]["result"], pair[1]["result"]);
    }
    let events = place.log().reader().unwrap().head().unwrap().position.get();
    let again = calls(&place, &lines[1..]);
    assert_eq!(again[0]["result"], answers[1]["result"]);
    assert_eq!(place.log().reader().unwrap().head().unwrap().position.get(), events);
}
