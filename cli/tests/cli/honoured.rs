//! No command that takes something out, or writes over something, accepts an argument that it does not honour.

mod places;
mod ways;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use crate::support::Place;
use ways::WAYS;

/// What an argument does in a way of using a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Something else is in the store, or beside it, than without it.
    Changes,
    /// The program says that it does not go there, and does nothing.
    Refused,
    /// Another answer is given.
    Answers,
}
use Effect::{Answers, Changes, Refused};

/// A way of using a command: `base` is run on a place that was made ready, then with each of the options.
struct Way {
    path: &'static str,
    ready: fn() -> Place,
    /// Arguments of the declaration that `base` gives.
    given: &'static [&'static str],
    base: &'static str,
    /// Every other argument of the declaration, with what is typed: ` | ` parts what comes in the place of `base`.
    options: &'static [(&'static str, &'static str, Effect)],
}

/// Commands that take nothing out and write over nothing, as they are declared.
const HARMLESS: &[&str] = &[
    "sessions",
    "show",
    "log",
    "diff",
    "blame",
    "history",
    "trace",
    "bisect",
    "bisect run",
    "changes",
    "operations",
    "what-if",
    "compare",
    "replay",
    "tui",
    "resolve",
    "search",
    "sql",
    "metrics",
    "sources",
    "usage",
    "check",
    "store head",
    "store verify",
    "projections list",
    "projections show",
    "projections parameters",
    "projections diff",
    "projections check",
    "projections catch-up",
    "store backup list",
    "store doctor",
    "store quarantine list",
    "store quarantine show",
    "rpc",
    "mcp",
    "ui",
    "extract",
    // They send what is there, and change nothing of it.
    "pull",
    "ship",
    "ship status",
    // They change a server, and no store.
    "team init",
    "team migrate",
    "team verify",
    "team add person",
    "team add server",
    "team token",
    "team work",
    "team status",
    "team allow",
    "team deny",
    "team redact",
    "team retention",
    "team doctor",
    "serve",
    "store stats",
    "tag",
    "store migrate status",
    "shell print",
    // They write over and remove what an older retold generated.
    "service install",
    "service remove",
    "service status",
    "service print",
    // It writes over what an older retold generated.
    "shell install",
    "setup",
    // They change the file of settings, and no store.
    "config list",
    "config get",
    "config set",
    "config unset",
    "config edit",
    "config path",
    // It imports what a file holds before it writes the file.
    "ait42 mirror",
    "demo",
    "help",
    // These append, or let something stand still, and take nothing out.
    "fork",
    "projections pause",
    "projections resume",
    "store migrate up",
];

/// What is in the store and beside it, without what chance decides.
fn state(place: &Place, path: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![place.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let file = entry.unwrap().path();
            let name = file.strip_prefix(place.folder()).unwrap().to_str().unwrap().to_owned();
            if file.is_dir() {
                folders.push(file);
            } else if name.ends_with(".db") {
                found.insert(without_chance(&name), rows(&file, path));
            } else if ![".lock", "-wal", "-shm"].iter().any(|ending| name.ends_with(ending)) {
                let bytes = std::fs::read(&file).unwrap();
                let text = String::from_utf8(bytes).unwrap_or_default();
                found.insert(without_chance(&name), without_chance(&text));
            }
        }
    }
    found
}

/// Hashes, salts and parts of names are drawn.
fn without_chance(text: &str) -> String {
    let mut out = String::new();
    // What an excluded session is known by is salted.
    if let Some((before, marks)) = text.split_once("marks\"\":[")
        && let Some((_, after)) = marks.split_once(']')
    {
        return without_chance(before) + &without_chance(after);
    }
    let is_hex = |character: char| character.is_ascii_hexdigit() && !character.is_ascii_uppercase();
    for word in text.split_inclusive(|character: char| !is_hex(character)) {
        let digits = word.trim_end_matches(|character: char| !is_hex(character));
        // A file's name in the sidecar folder has eight of them.
        let is_drawn = digits.len() >= 32 || (digits.len() == 8 && out.ends_with('-'));
        out.push_str(if is_drawn { &word[digits.len()..] } else { word });
    }
    out
}

/// All that a database holds, row by row, but for hashes, salts and what is packed.
fn rows(file: &std::path::Path, path: &str) -> String {
    let connection = rusqlite::Connection::open(file).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let Ok(mut statement) = connection.prepare(sql) else { return Vec::new() };
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Ok(Some(row)) = rows.next() {
            let values = columns.iter().enumerate().map(|(at, name)| {
                let value: rusqlite::types::Value = row.get(at).unwrap();
                match value {
                    // A part of a file's name, which is drawn.
                    _ if name == "suffix" => "suffix".to_owned(),
                    rusqlite::types::Value::Blob(_) => format!("{name}=blob"),
                    // Microseconds since 1970, of whatever clock.
                    rusqlite::types::Value::Integer(1_600_000_000_000_000..) => format!("{name}=time"),
                    value => format!("{name}={value:?}"),
                }
            });
            found.push(without_chance(&values.collect::<Vec<_>>().join(" ")));
        }
        found.sort();
        found
    };
    let tables = "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%'
        and name not like '%search%' and name not like 'retold_%' and name <> 'dictionary'";
    let mut all = Vec::new();
    for table in texts(tables) {
        let name = table.split('"').nth(1).unwrap().to_owned();
        all.push(format!("{name}: {:?}", texts(&format!("select * from \"{name}\""))));
    }
    all.sort();
    all.extend(texts("pragma user_version"));
    if path == "store compact" {
        all.extend(texts("pragma page_count"));
    }
    let bodies = crate::support::run(
        [
            "retold",
            "--store",
            file.to_str().unwrap(),
            "sql",
            "-o",
            "csv",
            "-q",
            "select position, body from events",
        ]
        .map(Into::into),
        |_| {},
    );
    all.push(without_chance(&bodies.out));
    all.join("\n")
}

/// Runs the command on a fresh place; returns what it exited with, what it said, and what there is afterwards.
fn outcome(way: &Way, typed: &str) -> (ExitCode, String, BTreeMap<String, String>) {
    let place = (way.ready)();
    let folder = place.folder().to_str().unwrap().to_owned();
    let words: Vec<String> = format!("{} {typed}", way.path)
        .split_whitespace()
        .map(|word| match (word.strip_prefix("@@"), word.strip_prefix('@')) {
            (Some(name), _) => std::fs::read_to_string(place.folder().join(name)).unwrap(),
            (_, Some(name)) => format!("{folder}/{name}"),
            _ => word.to_owned(),
        })
        .collect();
    let answer = place.piped(&words.iter().map(String::as_str).collect::<Vec<_>>());
    // How long it took is no answer.
    let is_of_time = |line: &&str| line.ends_with(" ms");
    let said = format!("{}{}", answer.out, answer.err).replace(&folder, "[folder]");
    let said = said.lines().filter(|line| !is_of_time(line)).collect::<Vec<_>>().join("\n");
    let state = state(&place, way.path).into_iter();
    (answer.exit, said, state.map(|(name, text)| (name, text.replace(&folder, "[folder]"))).collect())
}

/// The commands of the declaration, by their words, with the arguments that are their own.
fn declared() -> BTreeMap<String, BTreeSet<String>> {
    fn add(command: &clap::Command, words: &[&str], all: &mut BTreeMap<String, BTreeSet<String>>) {
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        let own: BTreeSet<String> =
            own.map(|arg| arg.get_id().to_string()).filter(|id| id != "help" && id != "version").collect();
        if !words.is_empty() && (!command.has_subcommands() || !own.is_empty()) {
            all.insert(words.join(" "), own);
        }
        // A hidden command is one that its noun has, too.
        for nested in command.get_subcommands().filter(|nested| !nested.is_hide_set()) {
            add(nested, &[words, &[nested.get_name()]].concat(), all);
        }
    }
    let mut all = BTreeMap::new();
    add(&retold_cli::declaration(), &[], &mut all);
    all
}

#[test]
fn every_argument_of_what_takes_something_out_is_honoured_or_refused() {
    let declared = declared();
    let listed: BTreeSet<&str> = WAYS.iter().map(|way| way.path).chain(HARMLESS.iter().copied()).collect();
    let known: BTreeSet<&str> = declared.keys().map(String::as_str).collect();
    let mut wrong = Vec::new();
    assert_eq!(listed, known, "each command is either harmless, or its arguments are shown here");
    for way in WAYS {
        let said: BTreeSet<String> = way.options.iter().map(|(id, ..)| (*id).to_owned()).collect();
        assert_eq!(said, declared[way.path], "{} {}: say what each argument does", way.path, way.base);
        assert!(way.given.iter().all(|id| declared[way.path].contains(*id)), "{}", way.path);
        let untouched = state_untouched(way);
        let (exit, words, without) = outcome(way, way.base);
        let again = outcome(way, way.base).2;
        assert!(without == again, "{} {}: chance decides: {}", way.path, way.base, first(&without, &again));
        for (id, typed, effect) in way.options {
            let line = match typed.strip_prefix("| ") {
                Some(instead) => instead.to_owned(),
                None => format!("{} {typed}", way.base),
            };
            let (exit_with, words_with, with) = outcome(way, &line);
            let case =
                format!("{} {line} ({id}): {exit_with:?} {words_with}; without: {exit:?} {words}", way.path);
            let is_usage = exit_with == ExitCode::from(2);
            match effect {
                Changes if is_usage || with == without => wrong.push(case),
                Answers if is_usage || (exit_with, &words_with) == (exit, &words) => wrong.push(case),
                Refused if !is_usage || with != untouched => {
                    wrong.push(format!("{case}: {}", first(&with, &untouched)));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The first line in which two states are not the same.
fn first(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> String {
    let lines = |state: &BTreeMap<String, String>| -> Vec<String> {
        let of_file = |(name, text): (&String, &String)| -> Vec<String> {
            text.lines().map(|line| format!("{name}: {line}")).collect()
        };
        state.iter().flat_map(of_file).collect()
    };
    let (one, other) = (lines(one), lines(other));
    let differs = one.iter().zip(&other).find(|(one, other)| one != other);
    format!("{differs:?}, {} and {} lines", one.len(), other.len())
}

fn state_untouched(way: &Way) -> BTreeMap<String, String> {
    let place = (way.ready)();
    let folder = place.folder().to_str().unwrap().to_owned();
    let state = state(&place, way.path).into_iter();
    state.map(|(name, text)| (name, text.replace(&folder, "[folder]"))).collect()
}

#[test]
fn what_all_commands_take_is_refused_where_it_means_nothing() {
    for way in WAYS {
        let at = outcome(way, &format!("{} --at 1", way.base));
        if !["export"].contains(&way.path) {
            assert_eq!(at.0, ExitCode::from(2), "{} {}: {}", way.path, way.base, at.1);
        }
        let reads_points = matches!(way.path, "revert" | "export")
            || (matches!(way.path, "mark" | "store prune")
                && !way.base.is_empty()
                && !way.base.contains("--retention")
                && !way.base.contains("--delete"));
        let clock = outcome(way, &format!("{} --clock occurred", way.base.replace("out.csv", "new.csv")));
        let is_refused = clock.1.contains("--clock means nothing here");
        assert_eq!(is_refused, !reads_points, "{} {}: {}", way.path, way.base, clock.1);
        assert!(!is_refused || clock.0 == ExitCode::from(2), "{}", clock.1);
        let (exit, said, _) = outcome(way, &format!("{} -o json -q", way.base));
        // What went wrong is told in words.
        if exit == ExitCode::SUCCESS && !way.base.contains("--format") && !said.is_empty() {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&said);
            assert!(parsed.is_ok(), "{} {}: {said}", way.path, way.base);
        }
    }
}
