//! `retold sessions`: the list.

use retold_core::{Head, Reader, time};
use retold_projections::{Order, Replica, SessionFilter, SessionRow, Store};
use rusqlite::OptionalExtension;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::session;

/// List sessions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold sessions                          all, in the order of their files
  retold sessions --sort updated -n 10     the ten that were updated last
  retold sessions --status running -o json for a script
  retold sessions --at yesterday           the list as it was when yesterday began")]
pub(crate) struct Sessions {
    /// Only those of this workspace: its key, or its folder
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Only those of this status
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only those of this type: competition, ensemble, debate
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// The order: file, updated or created
    #[arg(long, value_enum, default_value_t, value_name = "ORDER", hide_possible_values = true)]
    sort: Sort,
    /// So many at the most
    #[arg(short, long, value_name = "N")]
    number: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Sort {
    #[default]
    File,
    Updated,
    Created,
}

impl Verb for Sessions {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options().read_only(true))?;
        if context.global.at.is_none() {
            context.warn_if_behind(&store)?;
        }
        let reader = store.log().reader()?;
        let workspace = match self.workspace {
            Some(text) => Some(key(&reader, &text)?),
            None => None,
        };
        let filter = SessionFilter {
            workspace,
            status: self.status,
            kind: self.kind,
            order: match self.sort {
                Sort::File => Order::File,
                Sort::Updated => Order::Updated,
                Sort::Created => Order::Created,
            },
            limit: self.number,
        };
        let as_of = context.as_of(&reader, None)?;
        let found = match context.global.at {
            None => store.sessions(&filter)?,
            Some(_) => past(context, &store, as_of, &filter)?,
        };
        let is_table = context.is_table();
        let mut rows = if is_table { context.rows(as_of, SHORT)? } else { context.rows(as_of, LONG)? };
        for row in &found {
            if is_table { rows.push(short(row))? } else { rows.push(long(row))? }
        }
        rows.finish()?;
        Ok(if found.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

/// Lists the sessions as they were: the read models are filled in memory up to there.
fn past(
    context: &Context<'_>,
    store: &Store,
    as_of: Head,
    filter: &SessionFilter,
) -> Result<Vec<SessionRow>, Failure> {
    let mut replica = Replica::of(store.log())?;
    let bar = context.progress("go back", as_of.position.get());
    let mut reader = store.log().reader()?;
    let went = replica.go_to(&mut reader, as_of.position, |at| {
        bar.set_position(at.get());
        !context.io.is_interrupted()
    })?;
    bar.finish_and_clear();
    if went { Ok(replica.sessions(filter)?) } else { Err(Failure::interrupted()) }
}

/// Returns the key of the workspace with this key or of this folder; where there is none, the text as it stands.
fn key(reader: &Reader<'_>, text: &str) -> Result<String, Failure> {
    let found = reader
        .connection()
        .query_row(include_str!("../../sql/workspace_key.sql"), [text], |row| row.get(0))
        .optional()
        .map_err(retold_core::Error::sqlite("find a workspace"))?;
    Ok(found.unwrap_or_else(|| text.to_owned()))
}

/// Room for the task goes before the type, which `show` and every other format tell.
const SHORT: [&str; 6] = ["session", "status", "updated", "agents", "msgs", "task"];

fn short(row: &SessionRow) -> [Value; 6] {
    let name = retold_core::StreamName::session(&row.workspace, &row.id, row.ordinal);
    let updated = match time::parse(&row.updated_at) {
        Some(instant) => Value::Instant(time::to_micros(instant)),
        None => row.updated_at.as_str().into(),
    };
    [
        session::short(&name).into(),
        row.status.as_str().into(),
        updated,
        row.instance_count.into(),
        row.message_count.into(),
        row.task.as_str().into(),
    ]
}

const LONG: [&str; 16] = [
    "workspace",
    "path",
    "id",
    "ordinal",
    "type",
    "task",
    "status",
    "created_at",
    "updated_at",
    "completed_at",
    "winner_id",
    "instance_count",
    "message_count",
    "latest_instance_status",
    "position",
    "revision",
];

fn long(row: &SessionRow) -> [Value; 16] {
    [
        row.workspace.as_str().into(),
        row.path.as_deref().into(),
        row.id.as_str().into(),
        row.ordinal.into(),
        row.kind.as_str().into(),
        row.task.as_str().into(),
        row.status.as_str().into(),
        row.created_at.as_str().into(),
        row.updated_at.as_str().into(),
        row.completed_at.as_deref().into(),
        row.winner_id.into(),
        row.instance_count.into(),
        row.message_count.into(),
        row.latest_instance_status.as_deref().into(),
        row.position.into(),
        row.revision.into(),
    ]
}
