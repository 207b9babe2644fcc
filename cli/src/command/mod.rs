//! The commands: one file each.

mod archive;
mod backup;
mod bisect;
mod blame;
mod changes;
mod check;
mod compact;
mod compare;
mod completions;
mod delete;
mod demo;
mod diff;
mod doctor;
mod export;
mod fork;
mod groups;
mod head;
mod help;
mod import;
mod log;
mod mark;
mod metrics;
mod migrate;
mod play;
mod project;
mod projections;
mod prune;
mod quarantine;
mod rebuild;
mod recover;
mod redact;
mod resolve;
mod restore;
mod revert;
mod rpc;
mod search;
mod sessions;
mod show;
pub(crate) mod sql;
mod stats;
mod tag;
mod trace;
mod tui;
mod uses;
mod verify;
mod watch;
mod what_if;

pub use uses::{StoreUse, commands};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
pub(crate) use backup::folder as backups_of;
pub(crate) use groups::one_screen;
pub(crate) use prune::archives_of;
pub(crate) use rpc::reference as rpc_reference;

/// Something that the program does: arguments, and what happens with them.
pub(crate) trait Run {
    /// Whether it answers as of `--at`. Where not, `--at` is refused before it runs.
    const TRAVELS: bool = false;
    /// Whether it reads points, so that `--clock` means something. Where not, `--clock` is refused before it runs.
    const READS_POINTS: bool = Self::TRAVELS;

    /// Does it.
    ///
    /// # Errors
    /// What the person is told.
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure>;
}

macro_rules! commands {
    ($($name:literal $module:ident::$verb:ident,)*) => {
        /// Which command, with its arguments.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command { $(#[command(name = $name)] $verb($module::$verb),)* }

        impl Command {
            /// Runs it.
            pub(crate) fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
                match self { $(Self::$verb(verb) => start($name, verb, context),)* }
            }
        }

        /// The commands that take `--at`.
        fn travellers() -> Vec<&'static str> {
            [$(($name, <$module::$verb as Run>::TRAVELS),)*]
                .into_iter()
                .filter_map(|(name, travels)| travels.then_some(name))
                .collect()
        }
    };
}

commands! {
    "import" import::Import,
    "sessions" sessions::Sessions,
    "show" show::Show,
    "log" log::Log,
    "diff" diff::Diff,
    "blame" blame::Blame,
    "watch" watch::Watch,
    "trace" trace::Trace,
    "bisect" bisect::Bisect,
    "changes" changes::ChangesBetween,
    "what-if" what_if::WhatIf,
    "compare" compare::Compare,
    "play" play::Play,
    "tui" tui::Tui,
    "revert" revert::Revert,
    "fork" fork::Fork,
    "delete" delete::Delete,
    "tag" tag::Tag,
    "resolve" resolve::Resolve,
    "mark" mark::Mark,
    "marks" mark::Marks,
    "search" search::Search,
    "sql" sql::Sql,
    "metrics" metrics::Metrics,
    "export" export::Export,
    "check" check::Check,
    "archive" archive::Archive,
    "head" head::Head,
    "verify" verify::Verify,
    "projections" projections::Projections,
    "project" project::Project,
    "rebuild" rebuild::Rebuild,
    "redact" redact::Redact,
    "backup" backup::Backup,
    "restore" restore::Restore,
    "prune" prune::Prune,
    "compact" compact::Compact,
    "doctor" doctor::Doctor,
    "recover" recover::Recover,
    "quarantine" quarantine::Quarantine,
    "rpc" rpc::Rpc,
    "stats" stats::Stats,
    "migrate" migrate::Migrate,
    "completions" completions::Completions,
    "demo" demo::Demo,
    "help" help::Help,
}

fn start<V: Run>(name: &str, verb: V, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if context.global.at.is_some() && !V::TRAVELS {
        return Err(Failure::usage(format!("{name}: --at is not for this command"))
            .hint(format!("it is for {}", travellers().join(", "))));
    }
    if !V::READS_POINTS {
        refuse_clock(name, context)?;
    }
    let done = verb.run(context)?;
    context.check_undisturbed()?;
    Ok(done)
}

/// Refuses `--clock` where no point is read.
fn refuse_clock(what: &str, context: &Context<'_>) -> Result<(), Failure> {
    match context.global.clock {
        None => Ok(()),
        Some(_) => Err(Failure::usage(format!("{what}: --clock means nothing here")).hint(
            "it says which of an event's two times is meant by a time in a point, and no point is read",
        )),
    }
}
