//! What a server over HTTPS needs of the schema.

use postgres::Client;

use super::migration::{Error, Migration};

/// A server that acts for the persons of tokens.
pub(super) const STEP: Migration = Migration {
    number: 3,
    name: "serve",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0003-serve/me.sql"),
        include_str!("../../sql/0003-serve/token_1.sql"),
        include_str!("../../sql/0003-serve/before_1.sql"),
        include_str!("../../sql/0003-serve/figures_1.sql"),
        include_str!("../../sql/0003-serve/schema_1.sql"),
        include_str!("../../sql/0003-serve/grants.sql"),
    ],
};

/// Makes a login role for a server over HTTPS where there is none, and lets it act for the persons of tokens; returns whether the role
/// was made. Where the caller may, it is also let see how long transactions run.
///
/// # Errors
/// Where PostgreSQL refuses.
pub fn add_server(client: &mut Client, role: &str) -> Result<bool, Error> {
    let mut transaction = client.transaction()?;
    let is_new =
        transaction.query_opt("select 1 from pg_roles where rolname = $1::text::name", &[&role])?.is_none();
    let create = if is_new { "create role %1$I login" } else { "select 1" };
    let quoted = format!("select format('{create}; grant retold_server to %1$I', $1::text), quote_ident($1)");
    let row = transaction.query_one(&quoted, &[&role])?;
    let (grants, role): (String, String) = (row.get(0), row.get(1));
    transaction.batch_execute(&grants)?;
    let mut inner = transaction.transaction()?;
    if inner.batch_execute(&format!("grant pg_read_all_stats to {role}")).is_ok() {
        inner.commit()?;
    } else {
        inner.rollback()?;
    }
    transaction.commit()?;
    Ok(is_new)
}
