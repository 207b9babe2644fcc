//! `retold rpc`: the history for programs in any language.

mod answers;
mod bounds;
mod changes;
mod faults;
mod follow;
mod handshake;
mod lines;
mod lists;
mod message;
mod methods;
mod parameter;
mod reference;
mod search;
mod served;
mod usage;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use retold::StaleUpdate;
use serde_json::value::RawValue;

use self::answers::{Answers, POLL_INTERVAL};
use self::lines::{Line, lines};
use self::message::{Fault, INVALID_REQUEST, PARSE_ERROR, Request, Response};
pub(crate) use self::reference::reference;
use self::served::Served;
use super::Run;
use super::usage::Priced;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// Serve JSON-RPC 2.0 on stdin and stdout, one message a line
///
/// The methods are the seven commands of the old history (create_session, update_session, get_session,
/// get_all_sessions, delete_session, add_chat_message, update_instance_status) with the front end's parameter names,
/// and add_message, append_output, select_winner, restore_session, list_sessions, changes, latest_events, follow, unfollow,
/// mirror_status, flush_mirror; what an
/// agent did is recorded by call_tool, return_tool, record_usage, compact_context, rewind_history, set_title,
/// set_context, link_session and observe_status. `initialize` tells versions and capabilities.
/// Every write takes an `idempotencyKey`: a write that comes again with its key is made once, and a key that comes with
/// another write is refused. An answer to a write comes once it is on disk; answers come in the order of the calls. A
/// batch has at most 1000 calls, is nested at most 512 levels deep, and is answered as one line, each answer written
/// before the next call is made. At the end of the input the mirrored files are brought up to date,
/// and the program ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold rpc                    answers lines such as
    {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_all_sessions\",\"params\":[\"/src/x\"]}
  retold rpc --mirror ~/.ait42  and keeps the old history's files current")]
pub(crate) struct Rpc {
    /// Keep the legacy files in this folder as the old history would
    #[arg(long, value_name = "DIR")]
    mirror: Option<PathBuf>,
    /// A document that was read before the newest messages came erases them, as in the old history
    #[arg(long)]
    literal: bool,
    /// The longest line that is read, in MiB; a longer one is answered with an error
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    max_line: u32,
}

impl Run for Rpc {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let path = context.store_path()?;
        store::make_folder(&path)?;
        let clock = Arc::clone(&context.io.clock);
        let mut options = retold::Options::new().clock(move || clock());
        if self.literal {
            options = options.stale_update(StaleUpdate::Literal);
        }
        if let Some(folder) = &self.mirror {
            options = options.mirror(folder);
        }
        let history = options.open(&path)?;
        if let Some(status) = history.mirror_status()? {
            let failed = status.error.map(|error| format!("cannot mirror a file: {error}"));
            status.skipped.into_iter().chain(failed).for_each(|line| context.note(&line));
        }
        let served = Served {
            history: &history,
            prices: Priced::of(context),
            clock: Arc::clone(&context.io.clock),
            followed: RefCell::default(),
        };
        let outcome = serve(&served, context, self.max_line as usize * 1024 * 1024);
        // Also where somebody has asked to stop: what was acknowledged is in the files too.
        let flushed = history.flush_mirror();
        let exit = outcome?;
        flushed?;
        Ok(exit)
    }
}

/// How often new events are looked for where somebody follows.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(20);

fn serve(history: &Served<'_>, context: &mut Context<'_>, bytes_max: usize) -> Result<Exit, Failure> {
    let input = std::mem::replace(&mut context.io.input, Box::new(std::io::empty()));
    let out = std::mem::replace(&mut context.io.out, Box::new(std::io::sink()));
    let answers = Answers::to(out, Arc::clone(&context.io.interrupt));
    let exit = serve_lines(history, context, &lines(input, bytes_max), bytes_max, &answers)?;
    answers.finish()?;
    Ok(exit)
}

fn serve_lines(
    history: &Served<'_>,
    context: &Context<'_>,
    lines: &Receiver<Line>,
    bytes_max: usize,
    answers: &Answers,
) -> Result<Exit, Failure> {
    loop {
        if context.io.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        let mut wait = POLL_INTERVAL;
        let mut followed = history.followed.borrow_mut();
        if followed.is_any() {
            wait = if followed.tell(answers)? { Duration::ZERO } else { FOLLOW_INTERVAL };
        }
        drop(followed);
        match lines.recv_timeout(wait) {
            // It answers nothing more of a store that a newer program has migrated.
            Err(RecvTimeoutError::Timeout) => history.check_schema()?,
            Err(RecvTimeoutError::Disconnected) => {
                history.check_schema()?;
                return Ok(Exit::Done);
            }
            Ok(Line::Failed(error)) => {
                return Err(Failure::new(Exit::Io, format!("read the calls: {error}")));
            }
            Ok(Line::TooLong { bytes }) => {
                let message =
                    format!("invalid request: a line of {bytes} bytes is over the limit of {bytes_max}");
                answers.write(refused(Fault::new(INVALID_REQUEST, message)))?;
            }
            Ok(Line::Whole(line)) => answer(history, &line, answers)?,
        }
    }
}

/// Answers one line, each call as it is done; writes nothing where it holds notifications alone, or nothing.
fn answer(history: &Served<'_>, line: &[u8], answers: &Answers) -> Result<(), Failure> {
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    let calls = match read(line) {
        Ok(calls) => calls,
        Err(fault) => return answers.write(refused(fault)),
    };
    match calls {
        Asked::One(text) => match one(history, text) {
            Some(answer) => answers.write(answer + "\n"),
            None => Ok(()),
        },
        Asked::Batch(calls) => {
            let mut before = "[";
            for call in calls {
                answers.check_wanted()?;
                if let Some(answer) = one(history, call.get()) {
                    answers.write(format!("{before}{answer}"))?;
                    before = ",";
                }
            }
            if before == "[" { Ok(()) } else { answers.write("]\n".to_owned()) }
        }
    }
}

/// What a line holds.
enum Asked<'a> {
    One(&'a str),
    Batch(Vec<&'a RawValue>),
}

/// Reads a line as far as that goes before a call is made.
fn read(line: &[u8]) -> Result<Asked<'_>, Fault> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        let message = format!("parse error: byte {} of the line (0x{:02x}) is not UTF-8", at + 1, line[at]);
        Fault::new(PARSE_ERROR, message)
    })?;
    // Syntax first: what is no JSON holds no call.
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| Fault::parse(&error))?;
    bounds::check_levels(text)?;
    if !text.trim_start().starts_with('[') {
        return Ok(Asked::One(text));
    }
    let bounds::Calls(calls) = serde_json::from_str(text).map_err(|error| Fault::batch(&error))?;
    if calls.is_empty() {
        return Err(Fault::new(INVALID_REQUEST, "invalid request: a batch without a call"));
    }
    Ok(Asked::Batch(calls))
}

fn refused(fault: Fault) -> String {
    written(&Response::new(None, Err(fault))) + "\n"
}

/// Answers one call; `None` for a notification.
fn one(history: &Served<'_>, text: &str) -> Option<String> {
    match Request::read(text) {
        Err((id, fault)) => Some(written(&Response::new(id, Err(fault)))),
        Ok(request) => {
            let outcome = methods::call(history, &request);
            request.id.map(|id| written(&Response::new(Some(id), outcome)))
        }
    }
}

fn written(response: &Response<'_>) -> String {
    let text = serde_json::to_string(response).expect("an answer has a form in JSON");
    crate::output::harmless(text)
}
