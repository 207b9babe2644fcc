//! Vibe Kanban.
//!
//! It starts agents of other tools for tasks: task, workspace, session, process, turn, each a row. What a process wrote is in a file,
//! or in a row, and is what the agent's own transcript says better: it is kept, and nothing is counted from it.

mod log;
mod logs;
mod reading;
mod state;

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::saved;
use super::tool::{Format, Interpreter, Tool};
use crate::database::{Key, Listing};
use crate::json::Object;
use crate::spans::{self, Each};
use crate::walk;
use crate::{Form, Places, Record, Rows, Source, SourceRole};

/// How many files of a folder are looked at to see what it is.
const FILES_LOOKED_AT: usize = 64;
/// How much of a file is read to see what it is.
const LOOK_MAX: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct VibeKanban;

impl Format for VibeKanban {
    fn tool(&self) -> Tool {
        Tool::VibeKanban
    }

    fn discover(&self, places: &Places, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut add = |path: PathBuf, form, role| {
            let name = places.name(&path);
            sources.push(Source { path, name, form, role });
        };
        for root in roots(places) {
            // The newer one first: the older one is what it was made of.
            for name in ["db.v2.sqlite", "db.sqlite"] {
                if walk::is_file(&root.join(name), failed) {
                    add(root.join(name), Form::Database, SourceRole::Transcript);
                }
            }
            for path in walk::files(&root.join("sessions"), failed) {
                match log::place(&path) {
                    Some(_) => add(path, Form::Lines, SourceRole::Transcript),
                    None => add(path, Form::Opaque, SourceRole::Companion),
                }
            }
        }
        sources
    }

    fn recognise(&self, path: &Path) -> bool {
        if !path.is_dir() {
            return is_database(path) || is_log(path);
        }
        let is_found = ["db.v2.sqlite", "db.sqlite"].into_iter().any(|name| is_database(&path.join(name)));
        let mut files = walk::files(path, &mut |_, _| {});
        files.retain(|path| log::place(path).is_some());
        is_found || files.iter().take(FILES_LOOKED_AT).any(|path| is_log(path))
    }

    fn cut(&self, form: Form, contents: &mut dyn io::Read, each: &mut Each<'_>) -> io::Result<()> {
        match form {
            Form::Lines | Form::CompressedLines => spans::lines_and_texts(contents, 0, each),
            Form::Document => spans::document(contents, each),
            Form::Database => spans::rows(contents, each),
            Form::Opaque => Ok(()),
        }
    }

    fn cut_from(&self, offset: u64, contents: &mut dyn io::Read, each: &mut Each<'_>) -> io::Result<()> {
        spans::lines_and_texts(contents, offset, each)
    }

    fn rows(&self, source: &Source, each: &mut Each<'_>) -> io::Result<()> {
        rows(&Rows::open(&source.path)?, each)
    }

    /// The lines of logs are what is counted, in rows as in files.
    fn counted(&self, source: &Source, record: &Record<'_>) -> u64 {
        if source.form != Form::Database {
            return 1;
        }
        let lines = || {
            let record = Object::read(record.json())?;
            let is_log = record.text("table")? == "execution_process_logs";
            let logs = record.object("row").filter(|_| is_log)?.text("logs")?;
            Some(log::messages(&logs).count() as u64)
        };
        lines().unwrap_or(0)
    }

    fn interpreter(&self, _places: &Places) -> Box<dyn Interpreter> {
        Box::<reading::Reading>::default()
    }

    fn restored(&self, saved: &[u8]) -> Option<Box<dyn Interpreter>> {
        saved::read::<reading::Reading>(saved)
    }
}

/// Where each system has it.
fn roots(places: &Places) -> Vec<PathBuf> {
    let share = places.variable("XDG_DATA_HOME").unwrap_or_else(|| places.home().join(".local/share"));
    let roaming = places.variable("APPDATA").unwrap_or_else(|| places.home().join("AppData/Roaming"));
    vec![
        share.join("vibe-kanban"),
        places.home().join("Library/Application Support/ai.bloop.vibe-kanban"),
        roaming.join("bloop/vibe-kanban/data"),
    ]
}

/// Hands over a database from tasks to logs: what a row refers to comes before it, and a process with its turns and its logs.
fn rows(rows: &Rows, each: &mut Each<'_>) -> io::Result<()> {
    const ORDER: &[&str] = &["created_at", "id"];
    // Before there were sessions, attempts had processes.
    let (parents, parent) = match rows.has("sessions")? {
        true => ("sessions", "session_id"),
        false => ("task_attempts", "task_attempt_id"),
    };
    rows.make_findable("execution_processes", parent)?;
    for table in ["coding_agent_turns", "executor_sessions", "execution_process_repo_states"] {
        rows.make_findable(table, "execution_process_id")?;
    }
    rows.make_findable("execution_process_logs", "execution_id")?;
    let mut listing = Listing::new(rows, each);
    let before =
        ["projects", "repos", "project_repos", "tasks", "workspaces", "task_attempts", "workspace_repos"];
    for table in before.into_iter().filter(|table| *table != parents) {
        let order = rows.order(table, ORDER)?;
        listing.all(table, &order)?;
    }
    let order = rows.order(parents, ORDER)?;
    listing.all_then(parents, &order, "id", &mut |listing, session| {
        listing.having_then("execution_processes", (parent, session), ORDER, "id", &mut of_process)
    })?;
    let order = rows.order("execution_processes", ORDER)?;
    let lost = listing.without("execution_processes", parent, parents)?;
    listing.all_then("execution_processes", &format!("{lost} {order}"), "id", &mut of_process)?;
    for (table, column) in OF_PROCESS {
        let lost = listing.without(table, column, "execution_processes")?;
        listing.all(table, &lost)?;
    }
    Ok(())
}

const OF_PROCESS: [(&str, &str); 4] = [
    ("coding_agent_turns", "execution_process_id"),
    ("executor_sessions", "execution_process_id"),
    ("execution_process_logs", "execution_id"),
    ("execution_process_repo_states", "execution_process_id"),
];

fn of_process(listing: &mut Listing<'_>, process: &Key) -> io::Result<()> {
    for (table, column) in OF_PROCESS {
        listing.having(table, column, process, &["created_at", "inserted_at", "id"])?;
    }
    Ok(())
}

fn is_database(path: &Path) -> bool {
    const MAGIC: &[u8] = b"SQLite format 3\0";
    let mut start = [0; MAGIC.len()];
    if !path.is_file() || std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_err()
    {
        return false;
    }
    start == MAGIC
        && Rows::open(path)
            .is_ok_and(|rows| rows.has_column("execution_processes", "run_reason").unwrap_or(false))
}

fn is_log(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut line = Vec::new();
    let Ok(file) = std::fs::File::open(path) else { return false };
    if BufReader::new(file.take(LOOK_MAX)).read_until(b'\n', &mut line).is_err() {
        return false;
    }
    log::is_message(&line)
}
