//! The commands: one file each.

mod archive;
mod backup;
mod bisect;
mod blame;
mod changes;
mod check;
mod compact;
mod compare;
mod config;
mod delete;
mod demo;
mod diff;
mod doctor;
mod export;
mod extract;
mod finding;
mod first;
mod forget;
mod fork;
mod groups;
mod head;
mod help;
mod history;
mod import;
mod log;
mod mark;
mod mcp;
mod metrics;
mod migrate;
mod mirror;
mod operations;
mod projections;
mod prune;
mod pull;
mod quarantine;
mod recover;
mod redact;
mod replay;
mod resolve;
mod restore;
mod revert;
mod rpc;
mod search;
mod serve;
mod service;
mod sessions;
mod shell;
mod ship;
mod show;
mod sources;
pub(crate) mod sql;
mod stats;
mod tag;
mod team;
mod trace;
mod tui;
mod ui;
mod unarchive;
mod undelete;
mod undo;
mod unprune;
mod usage;
mod uses;
mod verify;
mod what_if;

pub use uses::StoreUse;
pub(crate) use uses::commands;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
pub(crate) use crate::run::Run;
use crate::run::refuse_clock;
pub(crate) use first::greeting;
pub(crate) use groups::one_screen;
pub(crate) use rpc::reference as rpc_reference;

macro_rules! commands {
    (
        $(#[$about:meta])*
        $group:ident $above:literal
        $($(#[$attribute:meta])* $name:literal $module:ident::$verb:ident,)*
        $(@ $(#[$noun_about:meta])* $noun_name:literal $noun:ident,)*
    ) => {
        $(#[$about])*
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum $group {
            $($(#[$attribute])* #[command(name = $name)] $verb($module::$verb),)*
            $($(#[$noun_about])* #[command(name = $noun_name, subcommand)] $noun($noun),)*
        }

        impl $group {
            /// Runs it.
            pub(crate) fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
                match self {
                    $(Self::$verb(verb) => start(concat!($above, $name), verb, context),)*
                    $(Self::$noun(noun) => noun.run(context),)*
                }
            }

            /// Adds the commands that take `--at`.
            fn travellers(found: &mut Vec<&'static str>) {
                $(if <$module::$verb as Run>::TRAVELS && !found.contains(&$name) { found.push(concat!($above, $name)); })*
                $($noun::travellers(found);)*
            }
        }
    };
}

commands! {
    /// Which command, with its arguments.
    Command ""
    "import" import::Import,
    "sessions" sessions::Sessions,
    "show" show::Show,
    "log" log::Log,
    "diff" diff::Diff,
    "blame" blame::Blame,
    "history" history::History,
    "trace" trace::Trace,
    "bisect" bisect::Bisect,
    "changes" changes::ChangesBetween,
    "what-if" what_if::WhatIf,
    "compare" compare::Compare,
    "replay" replay::Replay,
    "tui" tui::Tui,
    "ui" ui::Ui,
    "revert" revert::Revert,
    "fork" fork::Fork,
    "delete" delete::Delete,
    "undelete" undelete::Undelete,
    "tag" tag::Tag,
    "undo" undo::Undo,
    "operations" operations::Operations,
    "redact" redact::Redact,
    "forget" forget::Forget,
    "resolve" resolve::Resolve,
    "mark" mark::Mark,
    "search" search::Search,
    "sql" sql::Sql,
    "metrics" metrics::Metrics,
    "sources" sources::Sources,
    "usage" usage::Usage,
    "export" export::Export,
    "extract" extract::Extract,
    "ship" ship::Ship,
    "pull" pull::Pull,
    "team" team::Team,
    "serve" serve::Serve,
    "check" check::Check,
    "projections" projections::Projections,
    // These stay within reach without their noun: they are typed in a hurry.
    #[command(hide = true)]
    "verify" verify::Verify,
    #[command(hide = true)]
    "backup" backup::Backup,
    #[command(hide = true)]
    "doctor" doctor::Doctor,
    #[command(hide = true)]
    "stats" stats::Stats,
    "rpc" rpc::Rpc,
    "mcp" mcp::Mcp,
    "service" service::Service,
    "shell" shell::Shell,
    "setup" shell::Setup,
    "config" config::Config,
    "demo" demo::Demo,
    "help" help::Help,
    @
    /// Verify, back up, measure and repair the store
    "store" StoreCommand,
    @
    /// Archive and mirror the AIT42 Editor's files
    "ait42" Ait42Command,
}

commands! {
    /// What is done to the store as a whole.
    StoreCommand "store "
    "verify" verify::Verify,
    "head" head::Head,
    "doctor" doctor::Doctor,
    "stats" stats::Stats,
    "backup" backup::Backup,
    "restore" restore::Restore,
    "prune" prune::Prune,
    "unprune" unprune::Unprune,
    "compact" compact::Compact,
    "recover" recover::Recover,
    "migrate" migrate::Migrate,
    "quarantine" quarantine::Quarantine,
}

commands! {
    /// What is done to the files of the AIT42 Editor.
    Ait42Command "ait42 "
    "archive" archive::Archive,
    "unarchive" unarchive::Unarchive,
    "mirror" mirror::Mirror,
}

/// Returns the commands that take `--at`.
fn travellers() -> Vec<&'static str> {
    let mut found = Vec::new();
    Command::travellers(&mut found);
    found
}

fn start<V: Run>(name: &str, verb: V, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if context.global.store.is_some() && uses::of(name) == Some(StoreUse::None) && name != "help" {
        context.note(&format!("{name}: --store means nothing here, no store is opened"));
    }
    if context.global.at.is_some() && !V::TRAVELS {
        return Err(Failure::usage(format!("{name}: --at is not for this command"))
            .hint(format!("it is for {}", travellers().join(", "))));
    }
    if !V::READS_POINTS {
        refuse_clock(name, context)?;
    }
    if !verb.asks_server()
        && uses::of(name) != Some(StoreUse::None)
        && let Some(address) = context.server()
    {
        pull::bring(name, &address, verb.session(), context)?;
    }
    let done = verb.run(context);
    // First: where somebody wrote meanwhile, what looks like damage may be two moments read as one.
    context.check_undisturbed()?;
    done
}
