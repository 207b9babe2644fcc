//! The tables that a question is asked of.

use retold_projections::readable_json;
use rusqlite::{Connection, params};

use super::Outputs;
use super::reads::Reads;
use super::text;
use crate::state::index;
use crate::{Agent, Change, List, Patch, Path, Rope, Said, State};

pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("../../sql/probe/schema.sql"))
}

/// Fills the tables that are read.
pub(super) fn load(
    connection: &Connection,
    reads: &Reads,
    outputs: &Outputs,
    state: Option<&State>,
) -> rusqlite::Result<()> {
    connection.execute_batch(include_str!("../../sql/probe/empty.sql"))?;
    share(reads, outputs, state);
    let Some(state) = state else { return Ok(()) };
    connection.execute_batch("begin")?;
    write_session(connection, state)?;
    if reads.reads("instances") {
        for (place, agent) in (0..).zip(state.agents.iter()) {
            write_agent(connection, place, agent)?;
        }
    }
    if reads.reads("messages") {
        for (place, said) in (0..).zip(state.messages.iter()) {
            write_message(connection, place, said)?;
        }
    }
    connection.execute_batch("commit")
}

/// Does to the tables what an event did to the session, as far as the patches touch what is read.
pub(super) fn apply(
    connection: &Connection,
    reads: &Reads,
    outputs: &Outputs,
    patches: &[Patch],
    after: Option<&State>,
) -> rusqlite::Result<()> {
    let Some(state) = after else { return load(connection, reads, outputs, None) };
    for patch in patches.iter().filter(|patch| reads.touches(patch)) {
        match (&patch.path, &patch.change) {
            (Path::Whole | Path::Own(_), _) => write_session(connection, state)?,
            (Path::Row(list, at), change) => {
                write_session(connection, state)?;
                let table = Table::of(*list);
                if !reads.reads(table.name) {
                    continue;
                }
                match change {
                    Change::Remove(_) => {
                        run(connection, table.delete, [at])?;
                        run(connection, table.shift, params![at, -1])?;
                    }
                    _ => {
                        run(connection, table.shift, params![at, 1])?;
                        write(connection, *list, *at, state)?;
                    }
                }
            }
            (Path::Field(list, at, _), _) => {
                run(connection, Table::of(*list).delete, [at])?;
                // An event that takes an element away says first what it loses: it is no longer there then, or the
                // next one is, and the removal that follows puts that right.
                write(connection, *list, *at, state)?;
            }
            (Path::Rows(_) | Path::Each(..), _) => {}
        }
    }
    share(reads, outputs, Some(state));
    Ok(())
}

/// Outputs are read where they are: each piece of one that is written on would be copied for every answer otherwise.
fn share(reads: &Reads, outputs: &Outputs, state: Option<&State>) {
    if reads.reads_column("instances", "output")
        && let Ok(mut outputs) = outputs.lock()
    {
        outputs.clear();
        outputs.extend(
            state.into_iter().flat_map(|state| state.agents.iter()).map(|agent| agent.output.clone()),
        );
    }
}

struct Table {
    name: &'static str,
    delete: &'static str,
    shift: &'static str,
}

impl Table {
    fn of(list: List) -> Self {
        match list {
            List::Instances => Self {
                name: "instances",
                delete: include_str!("../../sql/probe/delete_instance.sql"),
                shift: include_str!("../../sql/probe/shift_instances.sql"),
            },
            List::Messages => Self {
                name: "messages",
                delete: include_str!("../../sql/probe/delete_message.sql"),
                shift: include_str!("../../sql/probe/shift_messages.sql"),
            },
        }
    }
}

fn write(connection: &Connection, list: List, at: u32, state: &State) -> rusqlite::Result<()> {
    match list {
        List::Instances => match state.agents.get(at as usize) {
            Some(agent) => write_agent(connection, at, agent),
            None => Ok(()),
        },
        List::Messages => match state.messages.get(at as usize) {
            Some(said) => write_message(connection, at, said),
            None => Ok(()),
        },
    }
}

fn write_session(connection: &Connection, state: &State) -> rusqlite::Result<()> {
    let session = &state.session;
    let extra = (!session.extra.is_empty()).then(|| readable_json(session.extra.to_json()));
    let mix = session.runtime_mix.as_ref().map(|mix| serde_json::Value::from(mix.clone()).to_string());
    run(
        connection,
        include_str!("../../sql/probe/write_session.sql"),
        params![
            session.id,
            session.kind,
            session.task,
            session.status,
            session.created_at,
            session.updated_at,
            session.completed_at,
            session.model,
            session.timeout_seconds,
            session.preserve_worktrees,
            session.winner_id,
            mix,
            session.total_duration.map(u64::cast_signed),
            session.total_files_changed,
            session.total_lines_added,
            session.total_lines_deleted,
            extra,
            state.standing(),
            state.home,
            state.deleted,
            index(state.agents.len()),
            index(state.messages.len()),
        ],
    )
}

fn write_agent(connection: &Connection, place: u32, agent: &Agent) -> rusqlite::Result<()> {
    let instance = &agent.instance;
    run(
        connection,
        include_str!("../../sql/probe/write_instance.sql"),
        params![
            place,
            instance.instance_id,
            instance.worktree_path,
            instance.branch,
            instance.agent_name,
            instance.status,
            instance.tmux_session_id,
            instance.start_time,
            instance.end_time,
            instance.files_changed,
            instance.lines_added,
            instance.lines_deleted,
            instance.runtime,
            instance.model,
            instance.runtime_label,
            (!instance.extra.is_empty()).then(|| readable_json(instance.extra.to_json())),
            agent.output.as_ref().map(Rope::len).map(u64::cast_signed),
        ],
    )
}

fn write_message(connection: &Connection, place: u32, said: &Said) -> rusqlite::Result<()> {
    let message = &said.message;
    run(
        connection,
        include_str!("../../sql/probe/write_message.sql"),
        params![
            place,
            message.id,
            message.role,
            message.timestamp,
            message.instance_id,
            (!message.extra.is_empty()).then(|| readable_json(message.extra.to_json())),
            text::value(&message.content),
            message.content.len().cast_signed(),
        ],
    )
}

fn run(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(params).map(drop)
}
