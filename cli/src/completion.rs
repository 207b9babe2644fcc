//! What a shell offers while a command is typed: sessions with their titles, marks, workspaces, types of events, operations.
//!
//! It reads and nothing else, waits for no lock, and says nothing where there is no store or what it has cannot be read: who presses
//! Tab wants no complaint.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use retold_core::{EventType, Log, Options};
use retold_travel::{marks, operations};

use crate::Io;
use crate::output::cut;
use crate::printable::printable;
use crate::settings::Settings;

/// The variable by which a shell's script asks: its value is the shell.
pub(crate) const VARIABLE: &str = "RETOLD_COMPLETE";
/// So many are offered of one kind: nobody reads more.
const OFFERED_MAX: u32 = 100;
/// Letters of a title beside an id.
const TITLE: usize = 60;

/// What an argument names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Session,
    Point,
    Mark,
    Workspace,
    EventType,
    Operation,
}

/// Returns the answer to a shell that asks; `None` where none does.
pub(crate) fn answer(declaration: fn() -> Command) -> Option<ExitCode> {
    std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    let args: Vec<OsString> = std::env::args_os().collect();
    let folder = std::env::current_dir().ok();
    let io = Io::of_process(Arc::new(AtomicBool::new(false)));
    let store = store(&args, &io, declaration);
    let declared = || completed(declaration(), "", &store);
    // A shell that is not known here, a closed pipe: nobody is told while they type.
    let _unheard = CompleteEnv::with_factory(declared).var(VARIABLE).try_complete(args, folder.as_deref());
    Some(ExitCode::SUCCESS)
}

/// Returns the store that the typed words name, as the command would find it.
fn store(args: &[OsString], io: &Io, declaration: fn() -> Command) -> Option<PathBuf> {
    let mut typed = args.iter().filter_map(|word| word.to_str());
    let mut named = None;
    while let Some(word) = typed.next() {
        match word.strip_prefix("--store") {
            Some("") => named = typed.next().map(PathBuf::from),
            Some(rest) => named = rest.strip_prefix('=').map(PathBuf::from).or(named),
            None => {}
        }
    }
    // Settings that are wrong are told by commands.
    crate::store::place(named, &Settings::read(io, declaration).unwrap_or_default(), io)
}

/// Adds to a declaration what its arguments name.
fn completed(command: Command, path: &str, store: &Option<PathBuf>) -> Command {
    let path = format!("{path} {}", command.get_name());
    let command = command.mut_args(|argument| match named(&path, &argument) {
        Some(kind) => {
            let store = store.clone();
            argument.add(ArgValueCompleter::new(move |typed: &OsStr| offered(kind, typed, &store)))
        }
        None => argument,
    });
    command.mut_subcommands(|inner| completed(inner, &path, store))
}

/// Returns what an argument names, by its own name and by that of its value.
fn named(path: &str, argument: &Arg) -> Option<Named> {
    let value = argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let id = argument.get_id().as_str();
    let is_session = id == "session" || value.split('|').any(|word| word == "SESSION");
    match (id, value) {
        ("operation", _) => Some(Named::Operation),
        ("types", "TYPE") => Some(Named::EventType),
        (_, "WORKSPACE") => Some(Named::Workspace),
        ("name", _) if path.ends_with(" mark") => Some(Named::Mark),
        ("point", _) | (_, "POINT") => Some(Named::Point),
        _ => is_session.then_some(Named::Session),
    }
}

/// Returns what may be meant by what was typed so far.
fn offered(kind: Named, typed: &OsStr, store: &Option<PathBuf>) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let all = match kind {
        Named::EventType => Some(EventType::ALL.iter().map(|kind| (kind.name().to_owned(), None)).collect()),
        _ => open(store).and_then(|log| match kind {
            Named::Session => sessions(&log, typed),
            Named::Mark => mark_names(&log, ""),
            Named::Point => mark_names(&log, "mark:"),
            Named::Workspace => workspaces(&log, typed),
            Named::Operation => operation_names(&log),
            Named::EventType => None,
        }),
    };
    let is_meant = |(name, _): &(String, Option<String>)| {
        let begins = name.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed));
        begins && name.chars().all(is_plain)
    };
    let candidate = |(name, about): (String, Option<String>)| {
        let about = about.map(|about| cut(&printable(&about), TITLE).to_string().into());
        CompletionCandidate::new(name).help(about)
    };
    let all: Vec<_> = all.unwrap_or_default();
    all.into_iter().filter(is_meant).take(OFFERED_MAX as usize).map(candidate).collect()
}

/// Whether a letter is one to every shell, in a word and in the script's answer.
fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | '~' | ':' | '@' | '+')
}

fn open(store: &Option<PathBuf>) -> Option<Log> {
    Options::new().read_only(true).busy_timeout(Duration::ZERO).open(store.as_ref()?).ok()
}

type Names = Option<Vec<(String, Option<String>)>>;

fn sessions(log: &Log, typed: &str) -> Names {
    let reader = log.reader().ok()?;
    let sql = match typed.is_empty() {
        true => include_str!("../sql/completion/last_sessions.sql"),
        false => include_str!("../sql/completion/sessions.sql"),
    };
    let mut statement = reader.connection().prepare(sql).ok()?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = match typed.is_empty() {
        true => statement.query_map([OFFERED_MAX], row),
        // No id has this letter.
        false => {
            statement.query_map(rusqlite::params![typed, format!("{typed}\u{10ffff}"), OFFERED_MAX], row)
        }
    };
    found.ok()?.collect::<Result<_, _>>().ok()
}

fn workspaces(log: &Log, typed: &str) -> Names {
    let reader = log.reader().ok()?;
    let mut statement = reader.connection().prepare(include_str!("../sql/completion/workspaces.sql")).ok()?;
    let end = format!("{typed}\u{10ffff}");
    let found =
        statement.query_map(rusqlite::params![typed, end, OFFERED_MAX], |row| Ok((row.get(0)?, row.get(1)?)));
    found.ok()?.collect::<Result<_, _>>().ok()
}

fn mark_names(log: &Log, prefix: &str) -> Names {
    let all = marks(&log.reader().ok()?).ok()?;
    let named = |mark: retold_travel::Mark| {
        (format!("{prefix}{}", mark.name), Some(format!("position {}", mark.head.position)))
    };
    Some(all.into_iter().rev().map(named).collect())
}

fn operation_names(log: &Log) -> Names {
    let reader = log.reader().ok()?;
    let head = reader.head().ok()?.position;
    let found = operations(&reader, head, OFFERED_MAX as usize).ok()?;
    Some(found.all.into_iter().map(|one| (one.name.to_string(), Some(one.kind))).collect())
}
