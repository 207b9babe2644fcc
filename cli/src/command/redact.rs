//! `retold redact`: what must go goes, and that it is gone is shown.

mod prove;
mod select;
mod tell;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use retold_core::{Position, StreamName};
use retold_projections::Store;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;
use crate::session;
use select::{Found, Positions, Selected};

/// Erase bodies of events from the store, for good
///
/// A BodyRedacted event says which, why and when; the bodies, the texts that nothing else refers to, and every trace of
/// them in the read models, in files beside the store, in free pages and in the WAL go. Every value of every table,
/// unpacked, and the bytes of all the store's files are searched afterwards: what was searched is told, and where other
/// events say it too, they are named, and the exit code is 7. The chain still verifies, and a rebuild does not bring the
/// content back.
///
/// Out of reach are backups, exports, the files that were imported, and other people's copies. Take a leaked key for
/// known, and change it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold redact --secrets --dry-run          what looks like a key or a token
  retold redact --secrets --reason leaked
  retold redact --match 'hunter\\d' --reason 'a password'
  retold redact 120 130-140 --reason 'asked for by the customer'
  retold redact --where \"session_id like '7c2f4b1e%'\" --reason 'private'")]
#[command(override_usage = "retold redact [OPTIONS] <POSITION..|--where SQL|--match REGEX|--secrets>")]
#[command(group(clap::ArgGroup::new("what").required(true).args(["positions", "sql", "regex", "secrets"])))]
pub(crate) struct Redact {
    /// Positions of events, and ranges of them
    #[arg(value_name = "POSITION")]
    positions: Vec<Positions>,
    /// Events for which this holds in SQL: position, workspace, session_id, ordinal, revision, type, recorded_at,
    /// occurred_at; and whatever the tables of `retold sql` say
    #[arg(long = "where", value_name = "SQL")]
    sql: Option<String>,
    /// Events in which a string matches, and quarantined records
    #[arg(long = "match", value_name = "REGEX")]
    regex: Option<regex::Regex>,
    /// Events in which a string looks like a key or a token, by the formats that their issuers publish
    #[arg(long)]
    secrets: bool,
    /// Why: it is kept in the log
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
    /// Only show what would go
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Run for Redact {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let options = context.options().read_only(self.dry_run);
        let store = Store::open(context.store_path()?, options)?;
        let mut selected = self.select(context, &store)?;
        selected.take_copies_along(&store)?;
        if selected.is_empty() {
            if !self.dry_run {
                // An earlier one may have been interrupted after its first step.
                prove::go_on(context, &store)?;
            }
            context.note("nothing to redact");
            return Ok(Exit::Nothing);
        }
        let Some(reason) = self.reason.filter(|_| !self.dry_run) else {
            show(context, &store, &selected)?;
            context.note(&format!("{}: a dry run", selected.counted()));
            return Ok(Exit::Done);
        };
        if selected.found.iter().any(|found| found.text.as_ref().is_some_and(|text| reason.contains(text))) {
            return Err(Failure::usage(
                "redact: the reason holds what is to be removed, and the log keeps the reason",
            ));
        }
        prove::redact(context, &store, &selected, &reason)
    }
}

/// Takes events out, and proves that `texts` are gone. Those that are gone already are passed over; where all are, an interrupted
/// redaction is gone on with.
///
/// # Errors
/// Where the store cannot be written, or bytes are left in its files.
pub(super) fn these(
    context: &mut Context<'_>,
    store: &Store,
    positions: &BTreeSet<Position>,
    texts: Vec<String>,
    reason: &str,
) -> Result<Exit, Failure> {
    let mut selected = select::of_positions(store, positions, false)?;
    selected.take_copies_along(store)?;
    if selected.is_empty() {
        prove::go_on(context, store)?;
        return Ok(Exit::Done);
    }
    selected.texts = texts;
    prove::redact(context, store, &selected, reason)
}

impl Redact {
    fn select(&self, context: &mut Context<'_>, store: &Store) -> Result<Selected, Failure> {
        if let Some(sql) = &self.sql {
            return select::by_sql(store, sql);
        }
        if let Some(regex) = &self.regex {
            let find = |text: &str| {
                regex
                    .find_iter(text)
                    .filter(|found| !found.is_empty())
                    .map(|found| ("match".to_owned(), found.range()))
                    .collect()
            };
            return select::by_text(context, store, &find);
        }
        if self.secrets {
            let find = |text: &str| {
                let found = retold_secrets::Secrets::published().find(text).into_iter();
                found.map(|secret| (secret.rule.to_owned(), secret.range)).collect()
            };
            return select::by_text(context, store, &find);
        }
        select::by_position(store, &self.positions)
    }
}

/// Lists what was selected, an event a row. What was found is shown by its first characters only.
fn show(context: &mut Context<'_>, store: &Store, selected: &Selected) -> Result<(), Failure> {
    let reader = store.log().reader()?;
    let head = reader.head()?;
    let mut names: BTreeMap<_, StreamName> = BTreeMap::new();
    let mut rows = context.rows(head, ["position", "session", "event", "found"])?;
    for found in &selected.found {
        if let Entry::Vacant(unknown) = names.entry(found.stream) {
            unknown.insert(reader.name(found.stream)?);
        }
        rows.push([
            found.position.into(),
            session::short(&names[&found.stream]).into(),
            found.kind.name().into(),
            found.label().into(),
        ])?;
    }
    for record in &selected.quarantined {
        rows.push([
            Value::Null,
            "(quarantine)".into(),
            format!("record {}", record.id).into(),
            "match".into(),
        ])?;
    }
    rows.finish_with(&[("events", (selected.positions().len() as u64).into())])
}

impl Selected {
    fn counted(&self) -> String {
        let mut text = counted(self.positions().len() as u64, "event");
        if !self.quarantined.is_empty() {
            text.push_str(&format!(", {}", counted(self.quarantined.len() as u64, "quarantined record")));
        }
        text
    }
}

impl Found {
    /// What it is, with as little of it as tells it from others.
    fn label(&self) -> String {
        const SHOWN: usize = 4;
        let Some(text) = &self.text else { return self.what.clone() };
        let begin: String = text.chars().take(if text.len() >= 4 * SHOWN { SHOWN } else { 1 }).collect();
        format!("{} {}… ({} bytes)", self.what, printable(&begin), text.len())
    }
}
