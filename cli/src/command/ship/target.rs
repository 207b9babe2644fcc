//! Where a log is shipped to.

mod tokens;

use std::path::{Path, PathBuf};

use retold_team::receiver::https::{Endpoint, read_address};
use retold_team::receiver::{Boxed, Directory, Error, Https, Insecure, Postgres, Server, password_of};
use retold_team::token::Token;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::store::{is_address, is_http};

/// The environment's variables of a token, and of certificates that a server is known by.
const TOKEN: &str = "RETOLD_TOKEN";
const CERTIFICATES: &str = "RETOLD_CA";

/// A target, as it was given.
pub(crate) enum Target {
    Directory(PathBuf),
    Postgres(Box<Server>),
    Https(Box<Endpoint>),
}

impl Target {
    /// Reads a target. A password that the address lacks is that of PGPASSWORD, else of `~/.pgpass`; a token that of RETOLD_TOKEN, else
    /// of the file of tokens.
    pub(crate) fn read(text: &str, insecure: bool, context: &Context<'_>) -> Result<Self, Failure> {
        if !is_address(text) {
            return Ok(Self::Directory(std::path::absolute(text).unwrap_or_else(|_| PathBuf::from(text))));
        }
        let insecure = if insecure { Insecure::Allowed } else { Insecure::Refused };
        if is_http(text) {
            return Ok(Self::Https(Box::new(endpoint(text, insecure, context)?)));
        }
        let password = |host: &str, port: u16, database: &str, user: &str| {
            let set = context.io.variable("PGPASSWORD").and_then(|set| set.into_string().ok());
            set.or_else(|| {
                let file = context.io.variable("PGPASSFILE").map(PathBuf::from);
                let home = || context.io.variable("HOME").map(|home| Path::new(&home).join(".pgpass"));
                let text = std::fs::read_to_string(file.or_else(home)?).ok()?;
                password_of(&text, [host, &port.to_string(), database, user])
            })
        };
        let server = Server::parse(text, insecure, password).map_err(|error| {
            Failure::usage(error.to_string()).hint(
                "`sslmode=verify-full` and `sslrootcert=FILE` say whom to trust; --insecure does without",
            )
        })?;
        Ok(Self::Postgres(Box::new(server)))
    }

    /// What it is called in messages, and known by: without a password.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Directory(folder) => folder.display().to_string(),
            Self::Postgres(server) => format!("postgres://{}", server.name()),
            Self::Https(endpoint) => endpoint.name().to_owned(),
        }
    }

    /// Connects to it.
    pub(crate) fn connect(&self) -> Result<Boxed, Error> {
        Ok(match self {
            Self::Directory(folder) => Boxed::of(Directory::open(folder)?),
            Self::Postgres(server) => Boxed::of(Postgres::connect(server)?),
            Self::Https(endpoint) => Boxed::of(Https::at(endpoint)),
        })
    }
}

/// Connects to a team's PostgreSQL, to do something with it; returns what it is called, and the connection.
pub(crate) fn database(
    act: &str,
    address: &str,
    insecure: bool,
    context: &Context<'_>,
) -> Result<(String, postgres::Client), Failure> {
    let (name, server) = server_of(act, address, insecure, context)?;
    let client = server.connect().map_err(|error| failure_of("connect to", &name, &error))?;
    Ok((name, client))
}

/// Reads the address of a team's PostgreSQL.
pub(crate) fn server_of(
    act: &str,
    address: &str,
    insecure: bool,
    context: &Context<'_>,
) -> Result<(String, Box<Server>), Failure> {
    // Of a server of our own no token is asked for, to be told the same in the end.
    let target = if is_http(address) { None } else { Some(Target::read(address, insecure, context)?) };
    let name = target.as_ref().map(Target::name);
    if let Some((Target::Postgres(server), name)) = target.zip(name) {
        return Ok((name, server));
    }
    Err(Failure::usage(format!("cannot {act}: a team's server is postgres://HOST/DATABASE")).hint(
        "a `retold serve` takes logs (`retold ship`), lists sessions and gives them, and searches; it answers nothing else",
    ))
}

fn endpoint(text: &str, insecure: Insecure, context: &Context<'_>) -> Result<Endpoint, Failure> {
    let refused = |error: Error| {
        Failure::usage(error.to_string())
            .hint("a retold server is https://HOST[:PORT], with a token in RETOLD_TOKEN; --insecure does without TLS")
    };
    let base = read_address(text, insecure).map_err(refused)?;
    let token = match context.io.variable(TOKEN) {
        Some(set) => set.to_str().and_then(|set| Token::read(set.trim())).ok_or_else(|| {
            Failure::usage(format!("{TOKEN} is not a token")).hint("`retold team token` prints one: rt_…")
        })?,
        None => tokens::find(&base, context)?,
    };
    let roots = match context.io.variable(CERTIFICATES) {
        Some(file) => Some(std::fs::read(&file).map_err(|error| {
            let file = file.to_string_lossy();
            Failure::new(Exit::Io, format!("cannot read {CERTIFICATES}={file}: {}", io_words(&error)))
        })?),
        None => None,
    };
    Endpoint::new(&base, token, roots.as_deref()).map_err(refused)
}

/// What a failure of a receiver is told as.
pub(crate) fn failure_of(act: &str, name: &str, error: &Error) -> Failure {
    let exit = match error {
        Error::Damaged(_) => Exit::Damaged,
        Error::Target(_) => Exit::Usage,
        Error::Denied(_) => Exit::Refused,
        _ if error.may_pass() => Exit::Busy,
        _ => Exit::Io,
    };
    let failure = Failure::caused(exit, error);
    let failure = Failure::new(exit, format!("cannot {act} {name}: {}", failure.message()));
    match error {
        Error::Postgres(error) => with_hint(failure, error),
        _ => failure,
    }
}

/// Says what helps where PostgreSQL refuses for want of a schema or of a right.
pub(crate) fn with_hint(failure: Failure, error: &postgres::Error) -> Failure {
    match error.code().map(postgres::error::SqlState::code) {
        Some("42883" | "3F000" | "42P01") => failure.hint(
            "the database has no schema of this release: `retold team migrate ADDRESS`, or `retold team init ADDRESS --tenant NAME`",
        ),
        Some("42501") => failure.hint(
            "the role may not: `retold team add person` lets it ship and read, `grant retold_worker` work and verify",
        ),
        _ => failure,
    }
}
