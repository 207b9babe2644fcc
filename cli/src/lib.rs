//! The retold command line.
//!
//! [`run`] is the whole program: it reads arguments, works on one store, writes rows to [`Io::out`] and everything
//! else to [`Io::err`]. It looks at nothing of the process but what [`Io`] holds, so tests call it as it is.
//!
//! ```
//! use std::process::ExitCode;
//!
//! let mut io = retold_cli::Io::of_process(Default::default());
//! io.out = Box::new(std::io::sink());
//! assert_eq!(retold_cli::run(["retold", "--version"].map(Into::into), &mut io), ExitCode::SUCCESS);
//! ```

mod arguments;
mod calls;
mod command;
mod complaint;
mod completion;
mod context;
mod conversation;
mod damage;
mod duration;
mod global;
mod io;
mod joined;
mod left_over;
mod output;
mod page;
mod pager;
mod process;
mod progress;
mod run;
mod session;
mod settings;
mod since;
mod span;
mod store;
mod styled;
mod travel_args;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

pub use command::StoreUse;
pub use io::{Clock, Environment, Io};
pub use process::process;

use arguments::Parsed;
use context::{Context, Program};
use retold_present::{Exit, Failure, alarm, changes, roster};

/// Where the words are that the terminal and the page have in common.
mod exit {
    pub(crate) use retold_present::Exit;
}
mod failure {
    pub(crate) use retold_present::{Failure, io_words};
}
mod printable {
    pub(crate) use retold_present::{printable, steers};
}
mod summary {
    pub(crate) use retold_present::{instance_index, summary};
}

/// Runs the program with its arguments, its own name first, and returns what it exits with.
///
/// A reader that closes its end of the pipe early has had enough: the program ends quietly, with success.
pub fn run(args: impl IntoIterator<Item = OsString>, io: &mut Io) -> ExitCode {
    run_to(args.into_iter().collect(), io).into()
}

/// Returns how the arguments are declared, for what is made from the declaration: completions, pages of a manual, tests.
pub fn declaration() -> clap::Command {
    <arguments::Arguments as clap::CommandFactory>::command()
}

/// Returns every command that the program has, as it is typed, with what it does to the store; `None` where that is not
/// stated.
pub fn commands() -> Vec<(String, Option<StoreUse>)> {
    command::commands(&declaration())
}

/// Returns the page on the protocol of `retold rpc`, docs/RPC.md, as the methods are declared.
pub fn rpc_reference() -> String {
    command::rpc_reference()
}

/// Returns the page on settings, docs/SETTINGS.md, as the table of keys says it.
pub fn settings_reference() -> String {
    settings::page()
}

const PROGRAM: Program = Program { declaration, run: run_to };

/// Runs the program up to its exit code, which a command that runs others looks at.
fn run_to(args: Vec<OsString>, io: &mut Io) -> Exit {
    match arguments::parse(args, io) {
        Ok(Parsed::Run(arguments, operation, settings)) => {
            let mut context = Context::new(arguments.global, settings, operation, PROGRAM, io);
            context.warn_of_zone();
            let outcome = arguments.command.run(&mut context);
            let colour = context.error_colour();
            finish(outcome, colour, io)
        }
        Ok(Parsed::Alone(arguments, settings, said)) => {
            let operation = retold_core::Operation::new("help");
            let mut context = Context::new(arguments.global, settings, operation, PROGRAM, io);
            let colour = context.error_colour();
            let outcome = match command::greeting(&context) {
                Some(text) => context.text(&text).map(|()| Exit::Done),
                None => said.map(|help| {
                    let _unheard = io.err.write_all(help.as_bytes());
                    Exit::Usage
                }),
            };
            finish(outcome, colour, io)
        }
        Ok(Parsed::Answered(exit)) => finish(Ok(exit), false, io),
        Err(failure) => {
            let colour = io.wants_colour(io.err_is_terminal, clap::ColorChoice::Auto);
            finish(Err(failure), colour, io)
        }
    }
}

fn finish(outcome: Result<Exit, Failure>, colour: bool, io: &mut Io) -> Exit {
    let flushed = io.out.flush().map_err(Failure::output);
    match outcome.and_then(|exit| flushed.map(|()| exit)) {
        Ok(exit) => exit,
        Err(failure) => {
            // Where even stderr is closed there is nobody left to tell.
            let _unheard = failure.tell(&mut io.err, colour);
            failure.exit()
        }
    }
}
