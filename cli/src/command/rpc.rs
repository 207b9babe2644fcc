//! `retold rpc`: the history for programs in any language.

mod lines;
mod message;
mod methods;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use retold::{SessionHistory, StaleUpdate};
use serde_json::value::RawValue;

use self::lines::{Line, lines};
use self::message::{Fault, INVALID_REQUEST, PARSE_ERROR, Request, Response};
use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// Serve the history to another program: JSON-RPC 2.0, a message a line, on stdin and stdout
///
/// The methods are the seven commands of the old history (create_session, update_session, get_session,
/// get_all_sessions, delete_session, add_chat_message, update_instance_status) with the front end's parameter names,
/// and append_output, select_winner, restore_session, list_sessions, latest_events, mirror_status, flush_mirror.
/// Every write takes an `idempotencyKey`. An answer to a write comes once it is on disk; answers come in the order of
/// the calls. Batches are answered as one line. At the end of the input the mirrored files are brought up to date,
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

/// How often it is looked whether somebody asked the program to stop.
const LOOK: Duration = Duration::from_millis(50);

impl Verb for Rpc {
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
        let outcome = serve(&history, context, self.max_line as usize * 1024 * 1024);
        // Also where somebody has asked to stop: what was acknowledged is in the files too.
        let flushed = history.flush_mirror();
        let exit = outcome?;
        flushed?;
        Ok(exit)
    }
}

fn serve(history: &SessionHistory, context: &mut Context<'_>, bytes_max: usize) -> Result<Exit, Failure> {
    let input = std::mem::replace(&mut context.io.input, Box::new(std::io::empty()));
    let lines = lines(input, bytes_max);
    loop {
        if context.io.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        let answer = match lines.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Done),
            Ok(Line::Failed(error)) => {
                return Err(Failure::new(Exit::Io, format!("read the calls: {error}")));
            }
            Ok(Line::TooLong { bytes }) => {
                let message =
                    format!("invalid request: a line of {bytes} bytes is over the limit of {bytes_max}");
                Some(written(&Response::new(None, Err(Fault::new(INVALID_REQUEST, message)))))
            }
            Ok(Line::Whole(line)) => answer(history, &line),
        };
        if let Some(answer) = answer {
            context.say(&answer)?;
            context.io.out.flush().map_err(Failure::output)?;
        }
    }
}

/// Answers one line; `None` where it holds notifications alone, or nothing.
fn answer(history: &SessionHistory, line: &[u8]) -> Option<String> {
    let refuse = |fault| Some(written(&Response::new(None, Err(fault))));
    if line.trim_ascii().is_empty() {
        return None;
    }
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("parse error: no UTF-8 at column {}", error.valid_up_to() + 1);
            return refuse(Fault::new(PARSE_ERROR, message));
        }
    };
    // Syntax first: what is no JSON holds no call.
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        return refuse(Fault::parse(&error));
    }
    if !text.trim_start().starts_with('[') {
        return one(history, text);
    }
    let calls: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(calls) => calls,
        Err(error) => return refuse(Fault::parse(&error)),
    };
    if calls.is_empty() {
        return refuse(Fault::new(INVALID_REQUEST, "invalid request: a batch without a call"));
    }
    let answers: Vec<String> = calls.iter().filter_map(|call| one(history, call.get())).collect();
    (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
}

/// Answers one call; `None` for a notification.
fn one(history: &SessionHistory, text: &str) -> Option<String> {
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
