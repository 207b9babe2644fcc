//! `retold team`: what runs a team's server.

#[cfg(feature = "team")]
mod act;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Set up a team's server, add people, verify it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold team init postgres://admin@db.example/retold --tenant acme
  retold team add person ada --database postgres://admin@db.example/retold
  retold team token ada --device laptop --database postgres://admin@db.example/retold
  retold team migrate postgres://admin@db.example/retold --dry-run
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
    /// Give a person's machine a token; the one before it is void
    Token {
        /// The person's name
        person: String,
        /// The machine's name
        #[arg(long, value_name = "NAME")]
        device: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Subcommand)]
enum Add {
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

/// Which team, and where it is.
#[derive(Debug, clap::Args)]
struct Place {
    /// postgres://ADMIN@HOST/DATABASE
    #[arg(long, value_name = "ADDRESS", required = true)]
    database: String,
    /// The team, where there are several
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Speak to a server on another machine without TLS
    #[arg(long)]
    insecure: bool,
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
