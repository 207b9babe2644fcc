//! What lists show, and who may read what of others.

use postgres::Client;

use super::migration::{Error, Migration};
use crate::receiver::Level;

/// Rows beside the log, policies, and functions that read.
pub(super) const STEP: Migration = Migration {
    number: 2,
    name: "read",
    as_caller: 2,
    up: &[
        include_str!("../../sql/0002-read/readers.sql"),
        include_str!("../../sql/0002-read/schema_read.sql"),
        include_str!("../../sql/0002-read/is_text.sql"),
        include_str!("../../sql/0002-read/names_are_text.sql"),
        include_str!("../../sql/0002-read/ids_are_text.sql"),
        include_str!("../../sql/0002-read/models.sql"),
        include_str!("../../sql/0002-read/sessions.sql"),
        include_str!("../../sql/0002-read/sessions_by_moved.sql"),
        include_str!("../../sql/0002-read/sessions_by_workspace.sql"),
        include_str!("../../sql/0002-read/sessions_by_key.sql"),
        include_str!("../../sql/0002-read/instances.sql"),
        include_str!("../../sql/0002-read/chat_messages.sql"),
        include_str!("../../sql/0002-read/output_chunks.sql"),
        include_str!("../../sql/0002-read/stale.sql"),
        include_str!("../../sql/0002-read/stream_by_id.sql"),
        include_str!("../../sql/0002-read/mark_stale.sql"),
        include_str!("../../sql/0002-read/erase_rows.sql"),
        include_str!("../../sql/0002-read/take_bodies.sql"),
        include_str!("../../sql/0002-read/take_gone.sql"),
        include_str!("../../sql/0002-read/may_read.sql"),
        include_str!("../../sql/0002-read/my_tenant.sql"),
        include_str!("../../sql/0002-read/my_logs.sql"),
        include_str!("../../sql/0002-read/my_workspaces.sql"),
        include_str!("../../sql/0002-read/my_generation.sql"),
        include_str!("../../sql/0002-read/policies.sql"),
        include_str!("../../sql/0002-read/logs_1.sql"),
        include_str!("../../sql/0002-read/sessions_1.sql"),
        include_str!("../../sql/0002-read/stream_1.sql"),
        include_str!("../../sql/0002-read/stream_texts_1.sql"),
        include_str!("../../sql/0002-read/stream_gone_1.sql"),
        include_str!("../../sql/0002-read/status_1.sql"),
        include_str!("../../sql/0002-read/view_sessions.sql"),
        include_str!("../../sql/0002-read/view_instances.sql"),
        include_str!("../../sql/0002-read/view_chat_messages.sql"),
        include_str!("../../sql/0002-read/view_output_chunks.sql"),
        include_str!("../../sql/0002-read/grants.sql"),
    ],
};

/// What may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight<'a> {
    /// Everything of the team.
    Everything,
    /// A workspace, by its key or its folder.
    Workspace(&'a str),
}

/// What became of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permitted {
    /// It is as it was asked for.
    Done,
    /// There is no such person.
    NoPerson,
    /// There is no such workspace, as far as one was shipped by name.
    NoWorkspace,
}

/// Lets a person read what others ship: at [`Level::Facts`] what lists show, at [`Level::All`] the sessions whole; `None` takes that back.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn permit(
    client: &mut Client,
    tenant: i64,
    person: &str,
    sight: Sight<'_>,
    level: Option<Level>,
) -> Result<Permitted, Error> {
    let mut transaction = client.transaction()?;
    let found = transaction
        .query_opt("select person from retold.person where tenant = $1 and name = $2", &[&tenant, &person])?;
    let Some(person) = found.map(|row| row.get::<_, i32>(0)) else { return Ok(Permitted::NoPerson) };
    let workspaces: Vec<i32> = match sight {
        Sight::Everything => vec![EVERYTHING],
        Sight::Workspace(text) => {
            let sql = "select workspace from retold.workspace where tenant = $1 and (key = $2 or path = $3)";
            let rows = transaction.query(sql, &[&tenant, &text.as_bytes(), &text])?;
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    if workspaces.is_empty() {
        return Ok(Permitted::NoWorkspace);
    }
    transaction.execute(
        "delete from retold.visible where tenant = $1 and person = $2 and workspace = any ($3)",
        &[&tenant, &person, &workspaces],
    )?;
    if let Some(level) = level {
        transaction.execute(
            "insert into retold.visible (tenant, person, workspace, level) select $1, $2, w, $4 from unnest($3::integer[]) w",
            &[&tenant, &person, &workspaces, &level.number()],
        )?;
    }
    transaction.commit()?;
    Ok(Permitted::Done)
}

/// The number that stands for all workspaces.
const EVERYTHING: i32 = 0;
