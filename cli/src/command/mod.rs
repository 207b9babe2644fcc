//! The commands: one file each.

mod completions;
mod demo;
mod export;
mod head;
mod import;
mod log;
mod metrics;
mod migrate;
mod project;
mod projections;
mod quarantine;
mod rebuild;
mod search;
mod sessions;
mod show;
mod sql;
mod stats;
mod verify;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Something that the program does: arguments, and what happens with them.
pub(crate) trait Verb {
    /// Whether it answers as of `--at`. Where not, `--at` is refused before it runs.
    const TRAVELS: bool = false;

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
            [$(($name, <$module::$verb as Verb>::TRAVELS),)*]
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
    "search" search::Search,
    "sql" sql::Sql,
    "metrics" metrics::Metrics,
    "export" export::Export,
    "head" head::Head,
    "verify" verify::Verify,
    "projections" projections::Projections,
    "project" project::Project,
    "rebuild" rebuild::Rebuild,
    "quarantine" quarantine::Quarantine,
    "stats" stats::Stats,
    "migrate" migrate::Migrate,
    "completions" completions::Completions,
    "demo" demo::Demo,
}

fn start<V: Verb>(name: &str, verb: V, context: &mut Context<'_>) -> Result<Exit, Failure> {
    if context.global.at.is_some() && !V::TRAVELS {
        return Err(Failure::usage(format!("{name}: --at is not for this command"))
            .hint(format!("it is for {}", travellers().join(", "))));
    }
    verb.run(context)
}
