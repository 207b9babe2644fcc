//! What the program is asked to do.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::bench::{Bench, Scale};
use crate::figure::Figure;
use crate::{
    Outcome, append, batch, commands, growth, import, message, projections, read, rebuild, rivals, start,
    team, temporal, transcripts, travel, usage, verify,
};

/// Measures retold beside what it is to stand against.
#[derive(Debug, Parser)]
#[command(about)]
pub(crate) struct Arguments {
    /// Measure these alone
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<Group>,
    /// A tenth of the sizes
    #[arg(long)]
    quick: bool,
    /// As little as shows that it works
    #[arg(long, hide = true)]
    smoke: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the stores live until the end: on a real disk [default: beside this program]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Work for a process of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Imports a legacy folder into a new store, and prints how long that took and how much memory
    #[command(hide = true)]
    Import {
        /// The folder
        from: PathBuf,
        /// The store
        store: PathBuf,
    },
    /// Writes transcripts of coding agents, as large as those that are measured, into a folder
    Home {
        /// The folder
        folder: PathBuf,
    },
    /// Many laptops before one server of a team, for ten minutes: how it takes that, and what it costs
    Load(crate::team::load::Load),
    /// Prints a line for every event that comes to a store
    #[command(hide = true)]
    Follow {
        /// The store
        store: PathBuf,
    },
}

/// Figures that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Durable commits of one event
    Append,
    /// A chat message onto a full workspace
    Message,
    /// One session, a list, all documents
    Read,
    /// The seven commands of the old history, many threads, the mirror
    Commands,
    /// A legacy folder into a new store
    Import,
    /// The whole log against its hashes
    Verify,
    /// The read models anew
    Rebuild,
    /// Commits of a hundred events, and a stream of as many read back
    Batch,
    /// Any moment of a long session
    Travel,
    /// Projections with files of their own
    Projections,
    /// Full text over a million messages
    Search,
    /// The read models at any moment
    Temporal,
    /// The same work in stores of ten thousand to ten million events
    Growth,
    /// From the start of the program to the first row of a list, where `retold` was built beside this program
    Start,
    /// What was used, summed up
    Usage,
    /// A gigabyte of agents' transcripts, where `retold` was built beside this program
    Transcripts,
    /// A team's PostgreSQL, where there is one to start
    Team,
    /// Other event stores
    Rivals,
}

impl Arguments {
    pub(crate) fn groups(&self) -> Vec<Group> {
        match self.only.as_slice() {
            [] => Group::value_variants().to_vec(),
            only => only.to_vec(),
        }
    }

    pub(crate) fn scale(&self) -> Scale {
        match (self.smoke, self.quick) {
            (true, _) => Scale::SMOKE,
            (false, true) => Scale::QUICK,
            (false, false) => Scale::FULL,
        }
    }
}

impl Group {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    pub(crate) fn measure(self, bench: &Bench) -> Outcome<Vec<Figure>> {
        match self {
            Self::Append => append::measure(bench),
            Self::Message => message::measure(bench),
            Self::Read => read::measure(bench),
            Self::Commands => commands::measure(bench),
            Self::Import => import::measure(bench),
            Self::Verify => verify::measure(bench),
            Self::Rebuild => rebuild::measure(bench),
            Self::Batch => batch::measure(bench),
            Self::Travel => travel::measure(bench),
            Self::Projections => projections::measure(bench),
            Self::Search => projections::measure_search(bench),
            Self::Temporal => temporal::measure(bench),
            Self::Growth => growth::measure(bench),
            Self::Start => start::measure(bench),
            Self::Usage => usage::measure(bench),
            Self::Transcripts => transcripts::measure(bench),
            Self::Team => team::measure(bench),
            Self::Rivals => rivals::measure(bench),
        }
    }
}
