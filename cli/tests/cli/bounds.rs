//! What comes from outside takes a bounded part of the machine, and lets itself be stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::Place;

const WORKSPACE: &str = "/src/shed";

/// Begins a program on the store.
fn begin(place: &Place, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retold"));
    command.arg("--store").arg(place.path()).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The most memory that a living process has had, in bytes; `None` for one that has ended and was not waited for.
#[cfg(target_os = "linux")]
fn memory_if_alive(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// The most memory that a living process has had, in bytes.
#[cfg(target_os = "linux")]
fn most_memory(child: &Child) -> u64 {
    memory_if_alive(child).expect("a process that lives has memory")
}

fn call(id: usize, method: &str, params: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
}

/// Gives the store one session whose document is so many MiB, and returns its id.
fn large_session(place: &Place, mib: usize) -> String {
    let mut child = begin(place, &["rpc"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut ask = |text: String| -> Value {
        writeln!(input, "{text}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["result"].take()
    };
    let id = "paint".to_owned();
    let session = json!({
        "id": id, "type": "competition", "task": "mend the door", "status": "running", "createdAt": "",
        "updatedAt": "", "instances": [], "chatHistory": [],
    });
    ask(call(0, "create_session", &json!([WORKSPACE, session])));
    for number in 0..mib {
        let content = "x".repeat(1024 * 1024);
        let message =
            json!({"id": format!("m{number}"), "role": "user", "content": content, "timestamp": ""});
        ask(call(number, "add_chat_message", &json!([WORKSPACE, id, message])));
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    id
}

/// A batch of calls that each answer the session, on one line.
fn batch(id: &str, calls: usize) -> String {
    let calls: Vec<String> =
        (0..calls).map(|number| call(number, "get_session", &json!([WORKSPACE, id]))).collect();
    format!("[{}]", calls.join(","))
}

#[cfg(target_os = "linux")]
#[test]
fn a_batch_takes_the_memory_of_its_largest_answer() {
    let place = Place::empty();
    let id = large_session(&place, 4);
    let mut child = begin(&place, &["rpc"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut one = String::new();
    writeln!(input, "{}", call(0, "get_session", &json!([WORKSPACE, id]))).unwrap();
    output.read_line(&mut one).unwrap();
    let before = most_memory(&child);
    let calls = 60;
    writeln!(input, "{}", batch(&id, calls)).unwrap();
    let mut bytes = 0;
    loop {
        let buffer = output.fill_buf().unwrap();
        let end = memchr::memchr(b'\n', buffer);
        let used = end.map_or(buffer.len(), |end| end + 1);
        output.consume(used);
        bytes += used;
        if end.is_some() {
            break;
        }
    }
    assert!(bytes > calls * 4 * 1024 * 1024, "{bytes}");
    let grown = most_memory(&child) - before;
    assert!(grown < 40 * 1024 * 1024, "grown by {grown} for {bytes} bytes of answers of 4 MiB each");
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_line_is_bounded_in_its_calls_and_its_levels() {
    let place = Place::with_empty_store();
    let many = format!("[{}]", vec!["1"; 1001].join(","));
    let most = format!("[{}]", vec![r#"{"jsonrpc":"2.0","id":1,"method":"mirror_status"}"#; 1000].join(","));
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"get_session","params":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let lines = [many, most, deep].join("\n");
    let answer = place.run(&["rpc"], |io| io.input = Box::new(std::io::Cursor::new(lines.into_bytes())));
    let answers: Vec<Value> = answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let message = |answer: &Value| answer["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(message(&answers[0]), "invalid request: a batch of more than 1000 calls");
    assert_eq!(answers[1].as_array().unwrap().len(), 1000);
    assert_eq!(message(&answers[2]), "invalid request: nested deeper than 512 levels");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for the end of a program; one that does not end is killed, and the test fails.
fn ended(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it did not end");
        }
        std::thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_whoever_does_not_read_or_write() {
    let place = Place::empty();
    let id = large_session(&place, 1);
    for name in ["INT", "TERM"] {
        // Nobody writes to it.
        let mut idle = begin(&place, &["rpc"]);
        writeln!(idle.stdin.as_mut().unwrap(), "{}", call(0, "get_session", &json!([WORKSPACE, id])))
            .unwrap();
        let mut output = BufReader::new(idle.stdout.take().unwrap());
        output.read_line(&mut String::new()).unwrap();
        signal(&idle, name);
        assert_eq!(ended(&mut idle), Some(130), "{name}, idle");
        // Nobody reads what it writes: of 20 MiB, a byte.
        let mut stuck = begin(&place, &["rpc"]);
        writeln!(stuck.stdin.as_mut().unwrap(), "{}", batch(&id, 20)).unwrap();
        let mut first = [0];
        stuck.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
        assert_eq!(first, *b"[");
        signal(&stuck, name);
        assert_eq!(ended(&mut stuck), Some(130), "{name}, stuck");
    }
}

/// Runs the program to its end; returns its exit code, the most memory that it was seen with, and what it said.
#[cfg(target_os = "linux")]
fn watched(place: &Place, args: &[&str]) -> (Option<i32>, u64, String) {
    let mut child = begin(place, args);
    let mut output = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()).unwrap());
    let mut most = 0;
    let code = loop {
        most = most.max(memory_if_alive(&child).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::yield_now();
    };
    reading.join().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (code, most, said)
}

#[cfg(target_os = "linux")]
const MIB: u64 = 1024 * 1024;

/// One value that is too large, made in several ways: an error says so before there is one.
#[cfg(target_os = "linux")]
#[test]
fn a_query_makes_no_value_without_end() {
    let place = Place::with_sessions();
    for query in [
        "select length(zeroblob(900000000))",
        "select hex(zeroblob(300000000))",
        "select replace(hex(zeroblob(10000000)), '0', 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz')",
        "select printf('%900000000d', 1)",
    ] {
        let (code, most, said) = watched(&place, &["sql", "-o", "json", query]);
        assert!(code == Some(2) && said.contains("error: query: "), "{query}: {code:?} {said}");
        assert!(most < 1400 * MIB, "{query}: {most}");
    }
}

/// Rows are written as they are found, in every format but a table; what is sorted or compared goes to files.
#[cfg(target_os = "linux")]
#[test]
fn a_query_keeps_no_rows() {
    let place = Place::with_sessions();
    let rows = "with recursive n(i) as (select 1 union all select i + 1 from n limit 300000)";
    for (query, format) in [
        ("select i, 'a row of some length, so that many of them are something' from n", "json"),
        ("select i, 'a row of some length, so that many of them are something' from n", "csv"),
        (
            "select i, 'a row of some length, so that many of them are something' from n order by i % 99, i",
            "jsonl",
        ),
        (
            "select count(distinct 'a row of some length, so that many of them are something' || i) from n",
            "csv",
        ),
    ] {
        let (code, most, said) = watched(&place, &["sql", "-o", format, &format!("{rows} {query}")]);
        assert_eq!(code, Some(0), "{query}: {said}");
        assert!(most < 64 * MIB, "{query} as {format}: {most}");
    }
}

/// Words without end, brackets without end, and what means something to FTS5.
#[test]
fn a_search_for_anything_ends() {
    let place = Place::with_sessions();
    place.piped(&["search", "door"]).exited_with(0);
    for query in [
        "word ".repeat(5_000),
        "(".repeat(5_000),
        "\"".repeat(5_001),
        "a*".repeat(2_000),
        "-a ".repeat(5_000),
        "NEAR(a b, 5) AND OR NOT ^ : { } * +".to_owned(),
        "扉".repeat(5_000),
        "\u{0}".repeat(100),
        "x".repeat(1024 * 1024),
    ] {
        let begun = Instant::now();
        let answer = place.piped(&["search", "--", &query]);
        let said: String = answer.err.chars().take(300).collect();
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        assert!(!said.contains("panicked") && !said.contains("fts5"), "{said}");
    }
}
