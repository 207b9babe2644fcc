//! Threads and processes give commands to one store at once, and any of them may die: what was acknowledged is there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rand::RngExt as _;
use retold::{Session, SessionHistory};
use serde_json::{Value, json};

const WORKSPACE: &str = "/src/atlas";
const SESSIONS: [&str; 3] = ["a1", "b1", "c1"];

fn session(id: &str) -> Value {
    let instance = |number: u32| {
        json!({
            "instanceId": number, "worktreePath": "", "branch": "", "agentName": "Ada", "status": "running",
            "tmuxSessionId": "",
        })
    };
    json!({
        "id": id, "type": "ensemble", "task": "t", "status": "running", "createdAt": "", "updatedAt": "",
        "instances": [instance(1), instance(2)], "chatHistory": [],
    })
}

/// What a writer did, and got an answer to.
#[derive(Clone, Debug, Default)]
struct Acknowledged {
    /// The ids of messages, by session.
    messages: Vec<(usize, String)>,
    /// Lines of output, by session.
    lines: Vec<(usize, String)>,
}

impl Acknowledged {
    fn extend(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.lines.extend(other.lines);
    }
}

/// One command of a writer: its method, its parameters, and what its answer acknowledges.
fn command(writer: &str, number: u32) -> (&'static str, Value, Acknowledged) {
    let which = retold_trial::chance::range(0..SESSIONS.len());
    let tag = format!("{writer}-{number}");
    let mut params = json!({"workspacePath": WORKSPACE, "sessionId": SESSIONS[which]});
    let mut acknowledged = Acknowledged::default();
    let method = match retold_trial::chance::range(0..10) {
        0..5 => {
            params["message"] = json!({"id": tag, "role": "user", "content": tag, "timestamp": ""});
            acknowledged.messages.push((which, tag));
            "add_chat_message"
        }
        5..8 => {
            params["instanceId"] = 1.into();
            params["chunk"] = format!("{tag}\n").into();
            acknowledged.lines.push((which, tag));
            "append_output"
        }
        8 => {
            params["instanceId"] = 2.into();
            params["newStatus"] = tag.into();
            "update_instance_status"
        }
        _ => "get_session",
    };
    (method, params, acknowledged)
}

/// Holds the store to what was acknowledged: each once, and nothing that nobody sent.
fn assert_kept(history: &SessionHistory, acknowledged: &Acknowledged, sent: &Acknowledged) {
    let sessions: Vec<Session> = SESSIONS.map(|id| history.get_session(WORKSPACE, id).unwrap()).into();
    let mut messages: BTreeMap<(usize, &str), u32> = BTreeMap::new();
    let mut lines: BTreeMap<(usize, &str), u32> = BTreeMap::new();
    for (which, session) in sessions.iter().enumerate() {
        for message in &session.chat_history {
            *messages.entry((which, &message.id)).or_default() += 1;
        }
        let output = session.instances[0].output.as_ref().and_then(|output| output.as_str());
        for line in output.unwrap_or_default().lines() {
            *lines.entry((which, line)).or_default() += 1;
        }
    }
    for (found, acknowledged, sent) in
        [(messages, &acknowledged.messages, &sent.messages), (lines, &acknowledged.lines, &sent.lines)]
    {
        for (which, tag) in acknowledged {
            assert_eq!(found.get(&(*which, &**tag)), Some(&1), "{tag} of {}", SESSIONS[*which]);
        }
        let sent: std::collections::BTreeSet<_> = sent.iter().map(|(which, tag)| (*which, &**tag)).collect();
        for key in found.keys() {
            assert!(sent.contains(key), "{key:?} was never sent");
        }
    }
    retold_tests::assert_sound(history.store().log());
}

fn call(history: &SessionHistory, method: &str, params: &Value) {
    let text = |key: &str| params[key].as_str().unwrap();
    let id = text("sessionId");
    match method {
        "add_chat_message" => {
            let message = serde_json::from_value(params["message"].clone()).unwrap();
            let answer = history.add_chat_message(WORKSPACE, id, message).unwrap();
            // The answer is the session with the message, whoever wrote in between.
            assert!(answer.chat_history.iter().any(|said| said.id == params["message"]["id"]));
        }
        "append_output" => drop(history.append_output(WORKSPACE, id, 1, text("chunk")).unwrap()),
        "update_instance_status" => {
            let answer = history.update_instance_status(WORKSPACE, id, 2, text("newStatus")).unwrap();
            assert_eq!(answer.instances[1].status, text("newStatus"));
        }
        _ => drop(history.get_session(WORKSPACE, id).unwrap()),
    }
}

fn begin(history: &SessionHistory) {
    for id in SESSIONS {
        let session = serde_json::from_value(session(id)).unwrap();
        history.create_session(WORKSPACE, session).unwrap();
    }
}

#[test]
fn eight_threads_of_five_hundred_commands_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    begin(&history);
    let mut acknowledged = Acknowledged::default();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|thread| {
                let history = history.clone();
                scope.spawn(move || {
                    let mut done = Acknowledged::default();
                    for number in 0..500 {
                        let (method, params, news) = command(&format!("t{thread}"), number);
                        call(&history, method, &params);
                        done.extend(news);
                    }
                    done
                })
            })
            .collect();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
    });
    assert_kept(&history, &acknowledged, &acknowledged);
}

/// A program that gives commands to `retold rpc`.
struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Client {
    fn start(store: &Path, mirror: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
        command.arg("--store").arg(store).arg("rpc");
        if let Some(mirror) = mirror {
            command.arg("--mirror").arg(mirror);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn send(&mut self, number: u32, method: &str, params: &Value) {
        let line = json!({"jsonrpc": "2.0", "id": number, "method": method, "params": params});
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Returns the next answer; `None` where there is none that is whole.
    fn answer(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.ends_with('\n').then(|| serde_json::from_str(&line).unwrap())
    }
}

#[test]
fn four_processes_of_five_hundred_calls_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    begin(&SessionHistory::open(&path).unwrap());
    let mut acknowledged = Acknowledged::default();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|process| {
                let mut client = Client::start(&path, None);
                scope.spawn(move || {
                    let mut done = Acknowledged::default();
                    for number in 0..500 {
                        let (method, params, news) = command(&format!("p{process}"), number);
                        client.send(number, method, &params);
                        let answer = client.answer().unwrap();
                        assert_eq!((&answer["id"], answer.get("error")), (&number.into(), None), "{answer}");
                        done.extend(news);
                    }
                    client.input = None;
                    assert!(client.child.wait().unwrap().success());
                    done
                })
            })
            .collect();
        for writer in writers {
            acknowledged.extend(writer.join().unwrap());
        }
    });
    let history = SessionHistory::open(&path).unwrap();
    assert_kept(&history, &acknowledged, &acknowledged);
}

#[test]
fn what_a_killed_rpc_acknowledged_is_there_and_the_mirror_catches_up() {
    let folder = tempfile::tempdir().unwrap();
    let (path, mirror) = (folder.path().join("sessions.db"), folder.path().join("mirror"));
    begin(&SessionHistory::open(&path).unwrap());
    let (mut acknowledged, mut sent) = (Acknowledged::default(), Acknowledged::default());
    let mut answers = 0;
    for run in 0..50 {
        let mut client = Client::start(&path, Some(&mirror));
        let mut underway = std::collections::VecDeque::new();
        // From "before the store is open" to "in the midst of it", with a few calls on their way.
        for number in 0..retold_trial::chance::rng().random_range(0..40) {
            let (method, params, news) = command(&format!("r{run}"), number);
            client.send(number, method, &params);
            sent.extend(news.clone());
            underway.push_back(news);
            if underway.len() > 4 {
                assert!(client.answer().unwrap().get("error").is_none());
                acknowledged.extend(underway.pop_front().unwrap());
                answers += 1;
            }
        }
        client.child.kill().unwrap();
        client.child.wait().unwrap();
        while let Some(answer) = client.answer() {
            assert!(answer.get("error").is_none(), "{answer}");
            acknowledged.extend(underway.pop_front().unwrap());
            answers += 1;
        }
        let history = retold::Options::new().mirror(&mirror).open(&path).unwrap();
        assert_kept(&history, &acknowledged, &sent);
        let file = std::fs::read_to_string(mirror.join("cafa4067cfa4e8bc.json")).unwrap();
        let all = history.get_all_sessions(WORKSPACE).unwrap();
        assert!(file == serde_json::to_string_pretty(&all).unwrap(), "the file of run {run}");
    }
    assert!(answers > 0, "no run came to answer anything");
}
