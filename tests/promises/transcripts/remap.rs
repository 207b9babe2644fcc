//! Kept records are mapped again by a better mapping: the log is corrected by the difference, and by nothing where there is none.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use retold_core::Options as LogOptions;
use retold_importer::transcripts::{Options, RemapOptions, Remapped, import, remap};
use retold_projections::Store;
use retold_transcripts::{
    Each, Fact, Form, Format, Interpreter, Outcome, Places, Record, Role, Settled, Source, Status, Tool,
    ToolKind, What, format,
};
use serde_json::Value;

use super::{Owner, TOOLS, differences};

/// Hands over what is made of a fact.
type Misreading = fn(Fact, &mut dyn FnMut(Fact));

/// What an earlier release understood of a tool's records: what an import maps with is whatever format it is given.
struct Earlier {
    now: &'static dyn Format,
    wrong: Misreading,
}

impl Format for Earlier {
    fn tool(&self) -> Tool {
        self.now.tool()
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        self.now.discover(places, failed)
    }

    fn recognise(&self, path: &Path) -> bool {
        self.now.recognise(path)
    }

    fn read(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        self.now.read(source, each)
    }

    fn cut(&self, form: Form, contents: &mut dyn io::Read, each: &mut Each<'_>) -> io::Result<()> {
        self.now.cut(form, contents, each)
    }

    fn counted(&self, source: &Source, record: &Record<'_>) -> u64 {
        self.now.counted(source, record)
    }

    fn interpreter(&self, places: &Places) -> Box<dyn Interpreter> {
        Box::new(Misread { now: self.now.interpreter(places), wrong: self.wrong })
    }
}

struct Misread {
    now: Box<dyn Interpreter>,
    wrong: Misreading,
}

impl Interpreter for Misread {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        self.now.survey(source, record);
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        let wrong = self.wrong;
        self.now.record(source, record, &mut |fact| wrong(fact, each));
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let wrong = self.wrong;
        self.now.beside(source, contents, &mut |fact| wrong(fact, each));
    }

    fn settled(&self, session: &str) -> Settled {
        let status = self.now.settled(session).status.map(|_| (Status::Failed, true));
        Settled { status, is_usage_partial: true, ..self.now.settled(session) }
    }
}

/// Whether a text is one of some, always the same.
fn is_one_of(text: &str, of: u32) -> bool {
    text.bytes().map(u32::from).sum::<u32>() % of == 0
}

/// The ways in which a mapping may have been wrong.
const MISREADINGS: [(&str, Misreading); 7] = [
    ("texts were others", |mut fact, each| {
        if let What::Spoke { text, role: Role::Assistant, .. } = &mut fact.what {
            text.insert_str(0, "misread: ");
        }
        each(fact);
    }),
    ("messages were missing", |fact, each| match &fact.what {
        What::Spoke { text, .. } if is_one_of(text, 2) => {}
        _ => each(fact),
    }),
    ("there were messages too many", |fact, each| {
        if let What::Spoke { id, text, .. } = &fact.what {
            let (id, text) = (format!("{id} again"), format!("{text} again"));
            each(Fact { what: What::Spoke { id, role: Role::System, text, model: None }, ..fact.clone() });
        }
        each(fact);
    }),
    ("roles were others", |mut fact, each| {
        if let What::Spoke { role, text, .. } = &mut fact.what
            && is_one_of(text, 3)
            && *role == Role::Thinking
        {
            *role = Role::System;
        }
        each(fact);
    }),
    ("calls were of other kinds, and some were none", |mut fact, each| {
        match &mut fact.what {
            What::Called { id, .. } if is_one_of(id, 3) => return,
            What::Called { kind, .. } => *kind = ToolKind::Other,
            What::Returned { outcome, output, .. } => {
                *outcome = Outcome::Denied;
                output.push_str(" misread");
            }
            _ => {}
        }
        each(fact);
    }),
    ("other tokens were counted, and too many keys", |mut fact, each| {
        if let What::Used { tokens, key, .. } = &mut fact.what {
            tokens.output += 7;
            let more = key.clone() + " again";
            let mut other = fact.clone();
            if let What::Used { key, .. } = &mut other.what {
                *key = more;
            }
            each(other);
        }
        each(fact);
    }),
    ("titles, compactions and rewinds were not understood", |fact, each| match fact.what {
        What::Titled(_) | What::Compacted { .. } | What::Rewound { .. } | What::Moved { .. } => {}
        _ => each(fact),
    }),
];

/// The tools of which the records of a session come in the order in which they happened.
const RUN_FORWARD: [&str; 3] = ["claude", "codex", "copilot"];

fn store(owner: &Owner) -> Store {
    Store::open(owner.folder.path().join("log.db"), LogOptions::new().create(true)).unwrap()
}

/// Imports a tool's files as an earlier release did.
fn import_as(owner: &Owner, earlier: &Earlier) {
    let places = Places::of(owner.home());
    let mut options = Options {
        places: &places,
        known: &mut |_| Ok(Vec::new()),
        progress: &|_| true,
        dry_run: false,
        memory: None,
    };
    let report = import(store(owner).log(), earlier, &mut options).unwrap();
    assert!(report.failed.is_empty() && report.events > 0);
}

fn remapped(owner: &Owner, tool: Tool) -> Remapped {
    let places = Places::of(owner.home());
    let mut options = RemapOptions { places: &places, progress: &|_| true, dry_run: false };
    remap(store(owner).log(), format(tool), &mut options).unwrap()
}

/// What a tool's sessions are, at a moment, without where in the log that is said.
fn sessions(owner: &Owner, at: Option<&str>) -> Vec<Value> {
    let listed = owner.run(&["sessions", "--flat", "-n", "100", "-o", "jsonl"], 0);
    let mut sessions = Vec::new();
    for line in listed.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let id = row["id"].as_str().unwrap();
        let mut arguments = vec!["show", id, "-o", "json"];
        arguments.extend(at.into_iter().flat_map(|at| ["--at", at]));
        let output = owner.command(&arguments).output().unwrap();
        let mut found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if found["session"].is_null() {
            continue;
        }
        strip(&mut found["calls"]);
        if let (Some(_), Some(session)) = (at, found["session"].as_object_mut()) {
            // What is corrected says nothing of when the session had last moved.
            session.remove("updatedAt");
        }
        let mut calls = found["calls"].as_array().cloned().unwrap_or_default();
        calls.sort_by_key(Value::to_string);
        sessions.push(serde_json::json!({"id": id, "session": found["session"], "calls": calls}));
    }
    sessions.sort_by_key(|session| session["id"].to_string());
    sessions
}

/// What lists and SQL say of a tool's sessions at a moment.
fn listed(owner: &Owner, at: &str) -> Vec<Value> {
    let ask = |arguments: &[&str]| {
        let output = owner.command(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        rows
    };
    let sql = "select s.id, s.task, s.status, s.message_count, s.instance_count, m.place, m.id as message, m.role, m.content \
               from sessions s left join chat_messages m on m.stream = s.stream order by s.id, m.place";
    let mut found = ask(&["sql", sql, "--at", at, "-o", "jsonl"]);
    found.extend(ask(&["sessions", "--flat", "-n", "100", "--at", at, "-o", "jsonl"]).into_iter().map(
        |row| serde_json::json!({"id": row["id"], "task": row["task"], "messages": row["message_count"]}),
    ));
    found
}

/// What differs of the first session between two moments, but for when it last moved.
fn differs(owner: &Owner, id: &str, from: &str, to: &str) -> Vec<Value> {
    let output = owner.command(&["diff", id, from, to, "-o", "jsonl"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut rows: Vec<Value> = rows.filter(|row| row["path"] != "updatedAt").collect();
    rows.iter_mut().for_each(strip);
    // What is known beside the document is corrected to what it came to in the end.
    rows.retain(|row| {
        row["path"].as_str().is_some_and(|path| !path.starts_with("calls") && !path.starts_with('.'))
    });
    rows
}

/// Takes out where in the log something is.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| key != "position" && key != "revision");
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Some of the times at which things happened, the last among them.
fn times(owner: &Owner) -> Vec<String> {
    let listed = owner.run(&["log", "-o", "jsonl"], 0);
    let mut times: Vec<String> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["stream"]["session_id"] != "" && event["occurred_at"] != event["recorded_at"])
        .map(|event| event["occurred_at"].as_str().unwrap().to_owned())
        .collect();
    times.sort();
    times.dedup();
    let step = times.len().div_ceil(4);
    let last = times.last().cloned();
    times.into_iter().skip(step / 2).step_by(step).chain(last).collect()
}

/// What a tool's sessions come to, in figures.
fn receipt(owner: &Owner, tool: &str) -> Value {
    let mut receipt = owner.receipt(tool);
    serde_json::json!({"totals": receipt["totals"].take(), "sessions": receipt["sessions"].take()})
}

#[test]
fn the_same_mapping_appends_nothing() {
    for tool in TOOLS {
        let owner = Owner::of(tool);
        owner.run(&["import", tool], 0);
        // Nothing on the disk is needed.
        std::fs::remove_dir_all(owner.home()).unwrap();
        let head = owner.head();
        let said = owner.run(&["import", "--remap"], 0);
        assert!(said.contains("nothing differs"), "{tool}: {said}");
        assert_eq!(owner.head(), head, "{tool}");
    }
}

#[test]
fn a_better_mapping_leads_to_what_a_fresh_import_leads_to_by_both_clocks() {
    for (number, tool) in TOOLS.into_iter().enumerate() {
        let of = Tool::of_word(tool).unwrap();
        let fresh = Owner::of(tool);
        fresh.run(&["import", tool], 0);
        let now = sessions(&fresh, None);
        // Of files whose records run back in time, events count by those before them: which ones are there decides.
        let times = if RUN_FORWARD.contains(&tool) { times(&fresh) } else { Vec::new() };
        let then: Vec<_> = times.iter().map(|at| (sessions(&fresh, Some(at)), listed(&fresh, at))).collect();
        let id = now[0]["id"].as_str().unwrap();
        let ends = times.first().zip(times.last());
        let differing = ends.map(|(from, to)| differs(&fresh, id, from, to));
        // All of the first tool, and of each other one every third.
        let some = MISREADINGS.into_iter().enumerate().filter(|(at, _)| number == 0 || at % 3 == number % 3);
        for (what, wrong) in some.map(|(_, misreading)| misreading) {
            let owner = Owner::of(tool);
            import_as(&owner, &Earlier { now: format(of), wrong });
            let head = owner.head();
            let before = sessions(&owner, Some(head.split_whitespace().next().unwrap()));
            owner.run(&["import", "--remap", tool, "--dry-run"], 0);
            assert_eq!(owner.head(), head, "{tool}: {what}: a dry run writes nothing");
            owner.run(&["import", "--remap", tool], 0);
            assert_ne!(owner.head(), head, "{tool}: {what}");
            let mut wrong = Vec::new();
            let mut compare = |at: &str, expected: &[Value], found: Vec<Value>| {
                differences(at, &Value::from(expected), &Value::from(found), &mut wrong);
            };
            compare("now", &now, sessions(&owner, None));
            compare("receipt", &[receipt(&fresh, tool)], vec![receipt(&owner, tool)]);
            for (at, (then, lists)) in times.iter().zip(&then) {
                compare(at, then, sessions(&owner, Some(at)));
                compare(&format!("lists at {at}"), lists, listed(&owner, at));
            }
            if let (Some((from, to)), Some(differing)) = (ends, &differing) {
                compare("what differs", differing, differs(&owner, id, from, to));
            }
            let position = head.split_whitespace().next().unwrap();
            compare("by the log", &before, sessions(&owner, Some(position)));
            assert!(wrong.is_empty(), "{tool}: {what}: {wrong:#?}");
            let head = owner.head();
            assert_eq!(remapped(&owner, of).events, 0, "{tool}: {what}: again");
            owner.run(&["import", tool], 0);
            assert_eq!(owner.head(), head, "{tool}: {what}: an import after it finds nothing new");
            owner.run(&["store", "verify"], 0);
        }
    }
}

#[test]
fn side_by_side_they_correct_nothing_twice() {
    for tool in ["claude", "codex"] {
        let of = Tool::of_word(tool).unwrap();
        let owner = Owner::of(tool);
        import_as(&owner, &Earlier { now: format(of), wrong: MISREADINGS[0].1 });
        let children: Vec<_> = (0..3)
            .map(|_| {
                let mut command = owner.command(&["import", "--remap", tool, "-o", "jsonl"]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let events: u64 = children
            .into_iter()
            .map(|child| {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", super::text(&output));
                let report: Value = serde_json::from_slice(&output.stdout).unwrap();
                report["events"].as_u64().unwrap()
            })
            .sum();
        let alone = Owner::of(tool);
        import_as(&alone, &Earlier { now: format(of), wrong: MISREADINGS[0].1 });
        assert_eq!(events, remapped(&alone, of).events, "{tool}");
        assert_eq!(remapped(&owner, of).events, 0, "{tool}");
    }
}

#[test]
fn what_was_redacted_stays_out_and_its_session_as_it_is() {
    let owner = Owner::of("claude");
    let claude = format(Tool::Claude);
    import_as(&owner, &Earlier { now: claude, wrong: MISREADINGS[0].1 });
    let listed = owner.run(&["log", "--type", "MessageAdded", "-o", "jsonl"], 0);
    let first: Value = serde_json::from_str(listed.lines().last().unwrap()).unwrap();
    let position = first["position"].to_string();
    let secret = first["body"]["message"]["content"].as_str().unwrap().to_owned();
    owner.run(&["redact", &position, "--reason", "test"], 0);
    let report = remapped(&owner, Tool::Claude);
    assert!(report.erased > 0, "{report:?}");
    let told = owner.run(&["log", "-o", "jsonl"], 0);
    assert!(!told.contains(&secret), "it does not come back");
}
