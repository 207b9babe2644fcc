//! `retold team`: what runs a team's server.

#[cfg(feature = "team")]
mod act;
mod place;
#[cfg(feature = "team")]
mod server;
#[cfg(feature = "team")]
mod token;

#[cfg(feature = "team")]
pub(super) use act::verify_all;

use self::place::{Place, Upkeep};
use super::Run;
use crate::context::Context;
use crate::duration::duration;
use crate::exit::Exit;
use crate::failure::Failure;

/// Set up a team's server, add people, verify it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold team init postgres://admin@db.example/retold --tenant acme
  retold team add person ada --database postgres://admin@db.example/retold
  retold team add server retold_web --database postgres://admin@db.example/retold
  retold team token ada --device laptop --expires 90d --database postgres://admin@db.example/retold
  retold team token --revoke 1-4 --database postgres://admin@db.example/retold
  retold team migrate postgres://admin@db.example/retold --dry-run
  retold team doctor postgres://admin@db.example/retold
  retold team redact --purge postgres://admin@db.example/retold
  retold team retention postgres://admin@db.example/retold --tenant acme --months 6
  retold team verify postgres://admin@db.example/retold")]
pub(crate) struct Team {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Make the schema, the roles and a tenant; again changes nothing
    Init {
        /// postgres://ADMIN@HOST/DATABASE
        #[arg(value_name = "ADDRESS")]
        database: String,
        /// The team's name
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Print the SQL, and do nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Bring the schema up to this release, and make the coming months' partitions
    Migrate {
        /// postgres://ADMIN@HOST/DATABASE
        #[arg(value_name = "ADDRESS")]
        database: String,
        /// Print the SQL, and do nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Recompute every chain from what the server or the directory has
    Verify {
        /// postgres://ADMIN@HOST/DATABASE, or a directory
        #[arg(value_name = "TARGET")]
        target: String,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Keep what lists show, until all is taken in; with --follow until Ctrl-C
    ///
    /// Reads what was shipped, and writes the rows that `retold --store ADDRESS sessions` reads. It can be killed at any time; several take
    /// turns. The role needs retold_worker.
    Work {
        /// postgres://WORKER@HOST/DATABASE
        #[arg(value_name = "ADDRESS")]
        database: String,
        /// Go on with what comes, until Ctrl-C
        #[arg(long)]
        follow: bool,
        /// Make all rows again, beside those that are read meanwhile
        #[arg(long)]
        rebuild: bool,
        /// The team, where there are several
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Show the logs of the team: whose they are, how far they were shipped, and when
    Status {
        /// postgres://USER@HOST/DATABASE
        #[arg(value_name = "ADDRESS")]
        database: String,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Write the tables again in which bytes of what was redacted are left
    ///
    /// PostgreSQL keeps the bytes of a deleted row until it writes others over them. Of each table that held something of a redaction it
    /// makes a new file (VACUUM FULL), one table after the other: whoever uses the table waits meanwhile, and as much room is needed on
    /// the disk as the table takes. What that does not reach (the write-ahead log, backups, standbys) is told at the end.
    /// Exits with 4 where something could not be purged yet, and says what.
    Redact {
        /// Do it: say so, since it takes the tables for itself
        #[arg(long, required = true)]
        purge: bool,
        #[command(flatten)]
        upkeep: Upkeep,
        /// Say which tables, and do nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Take out what was said longer ago than the team keeps it; facts stay
    ///
    /// Of bodies that arrived before the month that is N months before this one, content goes: messages, outputs, calls and results of
    /// tools. Headers stay, and so does what the level `facts` says: lists show and count the same sessions. Without --months and --off
    /// it does what is set, for all teams: that is what cron is for.
    Retention {
        #[command(flatten)]
        upkeep: Upkeep,
        /// Keep so many months beside this one, from now on
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1200))]
        months: Option<u16>,
        /// Keep everything, from now on
        #[arg(long, conflicts_with = "months")]
        off: bool,
        /// Say what would go, and do nothing
        #[arg(short = 'n', long)]
        dry_run: bool,
    },
    /// Check the server and suggest fixes
    ///
    /// It reads, and changes nothing. Exits with 1 where there is something to do, with 10 where something is bad: what was shipped may be
    /// lost, or seen by somebody who should not.
    Doctor {
        #[command(flatten)]
        upkeep: Upkeep,
    },
    /// Let a person read what others ship
    Allow {
        #[command(flatten)]
        sight: Sight,
        /// facts: what lists show; all: the sessions whole
        #[arg(long, value_enum, default_value_t = Shown::All, value_name = "LEVEL", hide_possible_values = true)]
        level: Shown,
        #[command(flatten)]
        place: Place,
    },
    /// Take that back
    Deny {
        #[command(flatten)]
        sight: Sight,
        #[command(flatten)]
        place: Place,
    },
    /// Add somebody
    #[command(subcommand)]
    Add(Add),
    /// Give a person's machine a token for `retold serve`, list or revoke
    ///
    /// The token is printed once; the database has its SHA-256. The one that the machine had before is void. A token that is revoked or
    /// has expired also ends that machine's shipping with a role of its own.
    Token(Token),
}

#[derive(Debug, clap::Args)]
struct Token {
    /// The person's name
    #[arg(required_unless_present_any = ["list", "revoke"])]
    person: Option<String>,
    /// The machine's name
    #[arg(long, value_name = "NAME", required_unless_present_any = ["list", "revoke"])]
    device: Option<String>,
    /// What it is for: ship, read, admin
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        value_name = "SCOPES",
        hide_possible_values = true,
        default_values_t = [Scope::Ship, Scope::Read]
    )]
    scope: Vec<Scope>,
    /// How long it holds: 90d, 12h [default: until it is revoked]
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with_all = ["list", "revoke"])]
    expires: Option<std::time::Duration>,
    /// Show the tokens there are, without their secrets
    #[arg(long, conflicts_with_all = ["person", "device", "revoke"])]
    list: bool,
    /// Revoke a token and its machine, by the token's id: 1-4
    #[arg(long, value_name = "ID", conflicts_with_all = ["person", "device"])]
    revoke: Option<String>,
    #[command(flatten)]
    place: Place,
}

fn age(text: &str) -> Result<std::time::Duration, &'static str> {
    duration(text).filter(|age| !age.is_zero()).ok_or("how long it holds: 90d, 12h")
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Scope {
    Ship,
    Read,
    Admin,
}

#[derive(Debug, clap::Subcommand)]
enum Add {
    /// Add a role for `retold serve`, which acts for whoever has a token
    Server {
        /// The role to log in with
        role: String,
        /// postgres://ADMIN@HOST/DATABASE
        #[arg(long, value_name = "ADDRESS", required = true)]
        database: String,
        /// Speak to a server on another machine without TLS
        #[arg(long)]
        insecure: bool,
    },
    /// Add a person who may ship, with a role to log in with
    Person {
        /// The person's name
        name: String,
        /// The role to log in with [default: the name]
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

/// Who reads what.
#[derive(Debug, clap::Args)]
struct Sight {
    /// The person's name
    person: String,
    /// What is of this workspace: its key, or its folder
    #[arg(
        long,
        value_name = "WORKSPACE",
        required_unless_present = "everything",
        conflicts_with = "everything"
    )]
    workspace: Option<String>,
    /// What is of any workspace
    #[arg(long)]
    everything: bool,
}

/// How much of it.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Shown {
    Facts,
    All,
}

impl Run for Team {
    const ASKS_SERVERS: bool = true;

    #[cfg(feature = "team")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        act::run(self.act, context)
    }

    #[cfg(not(feature = "team"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(left_out("team"))
    }
}

/// What a command of teams comes to in a program without them.
#[cfg(not(feature = "team"))]
pub(super) fn left_out(command: &str) -> Failure {
    Failure::usage(format!("{command}: this program was built without teams"))
        .hint("`cargo install retold-cli` builds it with them")
}
