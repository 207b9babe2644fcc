//! No command that takes something out, or writes over something, accepts an argument that it does not honour.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use crate::support::{FIRST, Place, SECOND, sample};

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
    "watch",
    "trace",
    "bisect",
    "bisect run",
    "what-if",
    "compare",
    "play",
    "tui",
    "resolve",
    "marks",
    "search",
    "sql",
    "metrics",
    "check",
    "head",
    "verify",
    "projections list",
    "projections show",
    "projections parameters",
    "projections diff",
    "projections check",
    "project",
    "backup list",
    "doctor",
    "quarantine list",
    "quarantine show",
    "rpc",
    "stats",
    "migrate status",
    "completions",
    "demo",
    "help",
    // These append, or let something stand still, and take nothing out.
    "fork",
    "projections pause",
    "projections resume",
    "migrate up",
];

fn sessions() -> Place {
    Place::with_sessions()
}

/// Two sessions with something to prune, and an archive that has it.
fn ready_to_prune() -> Place {
    let place = Place::empty();
    place.piped(&["import", &sample("sessions/4bc8e7777a46ac6b.json"), "-q"]).exited_with(0);
    let archive = path(&place, "whole.db");
    place.piped(&["backup", &archive, "-q"]).done();
    place
}

fn pruned() -> Place {
    let place = ready_to_prune();
    let archive = path(&place, "whole.db");
    place.piped(&["prune", "--before", "head", "--archive", &archive, "-q"]).done();
    place
}

fn with_projection() -> Place {
    let place = Place::with_sessions();
    for version in ["1", "2"] {
        let text = DECLARATION.replace("VERSION", version);
        let file = place.file(&format!("roles{version}.sql"), text);
        place.piped(&["projections", "add", &file]).done();
    }
    let text = DECLARATION.replace("VERSION", "1").replace("roles", "others");
    let file = place.file("others.sql", text);
    place.piped(&["projections", "add", &file]).done();
    place.file("roles3.sql", DECLARATION.replace("VERSION", "3"));
    place.file("more.sql", DECLARATION.replace("VERSION", "1").replace("roles", "more"));
    // Whatever a rebuild makes is not what stands there.
    let sidecars = place.folder().join("sessions.db-sidecars");
    for entry in std::fs::read_dir(sidecars).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "db") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let table = if name.starts_with("roles") { "roles" } else { "others" };
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute(&format!("update {table} set n = n + 100"), []).unwrap();
        }
    }
    place
}

const DECLARATION: &str = "-- projection: roles\n-- version: VERSION\n\
    create table roles (role text primary key, n integer not null) strict;\n-- on: MessageAdded\n\
    insert into roles values (:role, 1) on conflict do update set n = n + 1;\n";

fn with_secret() -> Place {
    let place = Place::with_sessions();
    let name = retold_core::StreamName::session("atlas", SECOND, 1);
    let body = retold_core::event::TaskChanged {
        task: format!("use ghp_{}", "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA"),
        updated_at: None,
    };
    place.log().append(retold_core::Commit::to(name, retold_core::Expected::Any, [body])).unwrap();
    place
}

/// A projection with rows that came from bodies which are pruned by now.
fn pruned_with_rows() -> Place {
    let place = with_projection();
    place.piped(&["prune", "--before", "head", "--archive", &path(&place, "whole.db"), "-q"]).done();
    place
}

fn damaged() -> Place {
    let place = Place::with_sessions();
    std::fs::copy(place.path(), path(&place, "copy.db")).unwrap();
    let head: serde_json::Value = place.piped(&["head", "-o", "json"]).json();
    place.file("id", head["rows"][0]["log"].as_str().unwrap());
    // It does not say any more whose log it is.
    place.tamper("pragma journal_mode = delete; update log set id = zeroblob(16)");
    place
}

fn deleted() -> Place {
    let place = Place::with_sessions();
    for id in [FIRST, SECOND] {
        place.piped(&["delete", id]).done();
    }
    let archive = path(&place, "old.db");
    place.piped(&["backup", &archive, "-q"]).done();
    place.piped(&["restore", FIRST]).done();
    place
}

fn with_files() -> Place {
    let place = Place::empty();
    for part in ["sessions/37c00bcc6c3693ff.json", "sessions/4bc8e7777a46ac6b.json"] {
        for folder in ["a", "b"] {
            place.file(&format!("{folder}/{part}"), std::fs::read(sample(part)).unwrap());
        }
    }
    place.piped(&["import", &path(&place, "a")]).exited_with(0);
    place
}

fn archived() -> Place {
    let place = with_files();
    place.piped(&["archive", &path(&place, "a/sessions"), "-q"]).done();
    place
}

fn exported() -> Place {
    let place = Place::with_sessions();
    place.file("out.csv", "written by somebody else\n");
    place
}

fn with_quarantine() -> Place {
    let place = Place::with_sessions();
    let file = place.file("0123456789abcdef.json", r#"[{"id": "torn", "type": "competition"}, {"id": 7}]"#);
    let other = place.file("fedcba9876543210.json", r#"[{"id": "torn too", "type": "competition"}]"#);
    place.piped(&["import", &file, &other]).exited_with(6);
    place.file("mended.json", std::fs::read(sample("sessions/37c00bcc6c3693ff.json")).unwrap());
    place
}

fn grown() -> Place {
    let place = Place::empty();
    let whole: serde_json::Value =
        serde_json::from_slice(&std::fs::read(sample("sessions/37c00bcc6c3693ff.json")).unwrap()).unwrap();
    let file = place.file("0123456789abcdef.json", serde_json::to_vec(&whole).unwrap());
    place.file("other/37c00bcc6c3693ff.json", serde_json::to_vec(&whole).unwrap());
    place.piped(&["import", &file]).exited_with(0);
    let less: Vec<_> = whole.as_array().unwrap().iter().skip(1).cloned().collect();
    place.file("0123456789abcdef.json", serde_json::to_vec(&less).unwrap());
    place
}

fn with_backups() -> Place {
    let place = Place::with_sessions();
    for name in ["kept/one-20261101T090000Z.db", "kept/two-20261102T090000Z.db"] {
        std::fs::create_dir_all(place.folder().join("kept")).unwrap();
        place.piped(&["backup", &path(&place, name), "-q"]).done();
    }
    place
}

fn marked() -> Place {
    let place = Place::with_sessions();
    place.piped(&["mark", "m", "3", "-q"]).done();
    place
}

fn path(place: &Place, name: &str) -> String {
    place.folder().join(name).to_str().unwrap().to_owned()
}

const WAYS: &[Way] = &[
    Way {
        path: "prune",
        ready: pruned,
        given: &[],
        base: "",
        options: &[
            ("before", "--before head", Answers),
            ("archive", "--archive @whole.db", Refused),
            ("reason", "--reason old", Refused),
            ("dry_run", "-n", Refused),
            ("restore", "--restore @whole.db", Changes),
            ("sessions", "7dbcdaa9", Refused),
        ],
    },
    Way {
        path: "prune",
        ready: ready_to_prune,
        given: &["before"],
        base: "--before head",
        options: &[
            ("before", "| --before 1", Changes),
            ("archive", "--archive @whole.db", Changes),
            ("reason", "--reason old", Changes),
            ("dry_run", "-n", Changes),
            ("restore", "--restore @whole.db", Refused),
            ("sessions", "7dbcdaa9", Changes),
        ],
    },
    Way {
        path: "prune",
        ready: pruned,
        given: &["restore"],
        base: "--restore @whole.db",
        options: &[
            ("before", "--before head", Refused),
            ("archive", "--archive @whole.db", Refused),
            ("reason", "--reason old", Refused),
            ("dry_run", "-n", Refused),
            ("restore", "| --restore @nothing.db", Changes),
            ("sessions", "7dbcdaa9", Changes),
        ],
    },
    Way {
        path: "redact",
        ready: sessions,
        given: &["positions", "reason"],
        base: "4 --reason x",
        options: &[
            ("positions", "6", Changes),
            ("sql", "--where position=6", Refused),
            ("regex", "--match hinge", Refused),
            ("secrets", "--secrets", Refused),
            ("reason", "| 4 --reason y", Changes),
            ("dry_run", "-n", Changes),
        ],
    },
    Way {
        path: "redact",
        ready: sessions,
        given: &["sql", "reason"],
        base: "--where position=4 --reason x",
        options: &[
            ("positions", "6", Refused),
            ("sql", "| --where position=6 --reason x", Changes),
            ("regex", "--match hinge", Refused),
            ("secrets", "--secrets", Refused),
            ("reason", "| --where position=4 --reason y", Changes),
            ("dry_run", "-n", Changes),
        ],
    },
    Way {
        path: "redact",
        ready: sessions,
        given: &["regex", "reason"],
        base: "--match hinge --reason x",
        options: &[
            ("positions", "6", Refused),
            ("sql", "--where position=6", Refused),
            ("regex", "| --match nowhere --reason x", Changes),
            ("secrets", "--secrets", Refused),
            ("reason", "| --match hinge --reason y", Changes),
            ("dry_run", "-n", Changes),
        ],
    },
    Way {
        path: "redact",
        ready: with_secret,
        given: &["secrets", "reason"],
        base: "--secrets --reason x",
        options: &[
            ("positions", "6", Refused),
            ("sql", "--where position=6", Refused),
            ("regex", "--match hinge", Refused),
            ("secrets", "| 4 --reason x", Changes),
            ("reason", "| --secrets", Refused),
            ("dry_run", "-n", Changes),
        ],
    },
    Way {
        path: "delete",
        ready: sessions,
        given: &["session"],
        base: FIRST,
        options: &[("session", "| 5f0c2a1e-0000-4000-8000-000000000002", Changes)],
    },
    Way {
        path: "revert",
        ready: sessions,
        given: &["session", "to"],
        base: "5f0c2a1e-0000-4000-8000-000000000001 --to r2",
        options: &[
            ("session", "| 5f0c2a1e-0000-4000-8000-000000000002 --to r1", Changes),
            ("to", "| 5f0c2a1e-0000-4000-8000-000000000001 --to r3", Changes),
        ],
    },
    Way { path: "compact", ready: pruned, given: &[], base: "", options: &[("anew", "--anew", Changes)] },
    Way {
        path: "restore",
        ready: deleted,
        given: &["target"],
        base: SECOND,
        options: &[("target", "| @old.db --overwrite", Changes), ("overwrite", "--overwrite", Refused)],
    },
    Way {
        path: "restore",
        ready: deleted,
        given: &["target"],
        base: "@old.db",
        options: &[
            ("target", "| 5f0c2a1e-0000-4000-8000-000000000002", Changes),
            ("overwrite", "--overwrite", Changes),
        ],
    },
    Way {
        path: "recover",
        ready: damaged,
        given: &["from", "to"],
        base: "@sessions.db @new.db",
        options: &[
            ("from", "| @copy.db @new.db", Refused),
            ("to", "| @sessions.db @newer.db", Changes),
            ("log", "--log @@id", Changes),
        ],
    },
    Way {
        path: "archive",
        ready: with_files,
        given: &["path"],
        base: "@a/sessions",
        options: &[
            ("path", "| @b/sessions", Changes),
            ("to", "--to @a.tar.zst", Changes),
            ("restore", "--restore --to x", Refused),
            ("into", "--into @c", Refused),
        ],
    },
    Way {
        path: "archive",
        ready: archived,
        given: &["path", "restore"],
        base: "@a/sessions --restore",
        options: &[
            ("path", "| @b --restore", Changes),
            ("to", "--to @a.tar.zst", Refused),
            ("restore", "| @a/sessions", Changes),
            ("into", "--into @b", Changes),
        ],
    },
    Way {
        path: "export",
        ready: exported,
        given: &["format", "table", "path"],
        base: "--format csv --table sessions @out.csv",
        options: &[
            ("format", "| --format jsonl --table sessions @new.jsonl", Changes),
            ("force", "--force", Changes),
            ("events", "--events", Refused),
            ("table", "| --format csv --table instances @new.csv", Changes),
            ("query", "--query q", Refused),
            ("partition_by", "--partition-by month", Refused),
            ("path", "| --format csv --table sessions @new.csv", Changes),
        ],
    },
    Way {
        path: "export",
        ready: exported,
        given: &["format", "events"],
        base: "--format csv --events",
        options: &[
            ("format", "| --format csv --events @x.csv", Changes),
            ("force", "--force", Refused),
            ("events", "--table sessions", Refused),
            ("table", "--table sessions", Refused),
            ("query", "--query q", Refused),
            ("partition_by", "--partition-by month", Refused),
            ("path", "@x.csv", Changes),
        ],
    },
    Way {
        path: "import",
        ready: grown,
        given: &["paths"],
        base: "@0123456789abcdef.json",
        options: &[
            ("paths", "@other/37c00bcc6c3693ff.json", Changes),
            ("workspace", "--workspace 0123456789abcdef=/src/x", Changes),
            ("dry_run", "--dry-run", Answers),
            ("watch", "--watch --dry-run", Refused),
            ("deletions", "--deletions", Changes),
        ],
    },
    Way {
        path: "projections drop",
        ready: with_projection,
        given: &["name"],
        base: "roles",
        options: &[("name", "| others", Changes)],
    },
    Way {
        path: "projections rollback",
        ready: with_projection,
        given: &["name"],
        base: "roles",
        options: &[("name", "| others", Changes)],
    },
    Way {
        path: "projections rebuild",
        ready: with_projection,
        given: &["name"],
        base: "roles",
        options: &[("name", "| others", Changes), ("force", "| builtin --force", Refused)],
    },
    Way {
        path: "projections rebuild",
        ready: pruned_with_rows,
        given: &["name"],
        base: "roles",
        options: &[("name", "| others", Answers), ("force", "--force", Changes)],
    },
    Way {
        path: "projections skip",
        ready: with_projection,
        given: &["name", "position", "reason"],
        base: "roles 4 --reason x",
        options: &[
            ("name", "| others 4 --reason x", Changes),
            ("position", "| roles 3 --reason x", Changes),
            ("reason", "| roles 4 --reason y", Changes),
        ],
    },
    Way {
        path: "projections add",
        ready: with_projection,
        given: &["file"],
        base: "@roles3.sql",
        options: &[("file", "| @more.sql", Changes), ("check", "--check", Changes)],
    },
    Way { path: "rebuild", ready: sessions, given: &[], base: "", options: &[] },
    Way {
        path: "migrate down",
        ready: Place::with_empty_store,
        given: &["to"],
        base: "1",
        options: &[("to", "| 2", Changes)],
    },
    Way {
        path: "quarantine retry",
        ready: with_quarantine,
        given: &[],
        base: "",
        options: &[("ids", "| 1", Answers), ("with", "| 1 --with @mended.json", Changes)],
    },
    Way {
        path: "quarantine dismiss",
        ready: with_quarantine,
        given: &["ids", "reason"],
        base: "1 --reason x",
        options: &[("ids", "| 2 --reason x", Changes), ("reason", "| 1 --reason y", Changes)],
    },
    Way {
        path: "backup",
        ready: with_backups,
        given: &["dest"],
        base: "@kept",
        options: &[
            ("dest", "| @other", Changes),
            ("keep", "--keep 1", Changes),
            ("every", "--every 0s", Refused),
        ],
    },
    Way {
        path: "mark",
        ready: marked,
        given: &["name", "point"],
        base: "m 5",
        options: &[
            ("name", "| n 5", Changes),
            ("point", "| m 5 --move", Changes),
            ("replace", "--move", Changes),
            ("delete", "--delete", Refused),
        ],
    },
    Way {
        path: "mark",
        ready: marked,
        given: &["name", "delete"],
        base: "m --delete",
        options: &[
            ("name", "| n --delete", Changes),
            ("point", "5", Refused),
            ("replace", "--move", Refused),
            ("delete", "| m", Refused),
        ],
    },
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
    if path == "compact" {
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
        for nested in command.get_subcommands() {
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
        if !["export", "restore"].contains(&way.path) {
            assert_eq!(at.0, ExitCode::from(2), "{} {}: {}", way.path, way.base, at.1);
        }
        let reads_points = matches!(way.path, "revert" | "export")
            || (matches!(way.path, "mark" | "prune")
                && way.base != ""
                && !way.base.contains("--delete")
                && !way.base.contains("--restore"));
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
