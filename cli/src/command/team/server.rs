//! A team's server, as its commands come to it.

use postgres::Client;
use retold_team::schema;

use super::place::{Place, Upkeep};
use crate::command::ship::target::{database, with_hint};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Connects to a team's PostgreSQL; returns what it is called, too.
pub(super) fn connect(
    address: &str,
    insecure: bool,
    context: &Context<'_>,
) -> Result<(String, Client), Failure> {
    database("work on a team", address, insecure, context)
}

/// What a failure of the schema is told as.
pub(super) fn failed(act: &str, name: &str, error: &schema::Error) -> Failure {
    let exit = match error {
        schema::Error::Postgres(_) => Exit::Io,
        _ => Exit::NotAStore,
    };
    let failure = Failure::caused(exit, error);
    let failure = Failure::new(exit, format!("cannot {act} {name}: {}", failure.message()));
    match error {
        schema::Error::Postgres(error) => with_hint(failure, error),
        _ => failure,
    }
}

/// Connects, and finds the one team that is meant.
pub(super) fn tenant(place: &Place, context: &Context<'_>) -> Result<(String, Client, i64), Failure> {
    let (name, mut client) = connect(&place.database, place.insecure, context)?;
    let found = schema::find_tenant(&mut client, place.tenant.as_deref())
        .map_err(|error| failed("find a team at", &name, &error))?;
    let tenant = found.ok_or_else(|| {
        Failure::usage(format!("cannot tell which team of {name} is meant"))
            .hint("--tenant names it; `retold team init ADDRESS --tenant NAME` makes one")
    })?;
    Ok((name, client, tenant))
}

/// Returns the numbers of the teams that are looked after: all of them, or the one that was named.
pub(super) fn teams(upkeep: &Upkeep, name: &str, client: &mut Client) -> Result<Vec<i64>, Failure> {
    let named = upkeep.tenant.as_deref();
    let teams = schema::tenants(client, named).map_err(|error| failed("find the teams of", name, &error))?;
    match named.filter(|_| teams.is_empty()) {
        Some(team) => Err(Failure::usage(format!("cannot find {team}: {name} has no team of this name"))),
        None => Ok(teams),
    }
}
