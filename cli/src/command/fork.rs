//! `retold fork`: a session that goes another way.

use retold_projections::Store;
use retold_travel::fork;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::printable::printable;
use crate::session;
use crate::travel_args;

/// Create a session with the history of another one
///
/// Its events are the parent's, body for body, and their commit names the parent, the position and its hash. Long texts are
/// shared. The parent stays as it is. By a date it has what had happened by then, with what was corrected of that since.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold fork 5f0c2a1e --at r7               from its seventh event on, with a new id
  retold fork 5f0c2a1e --as second-try       from now on
  retold compare 5f0c2a1e second-try         where the two part")]
pub(crate) struct Fork {
    /// The session
    session: String,
    /// The id of the new one [default: a random UUID]
    #[arg(long = "as", value_name = "ID")]
    id: Option<String>,
}

impl Run for Fork {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        let log = store.log();
        let (found, as_of) = {
            let reader = log.reader()?;
            let found = session::resolve(context, &reader, &self.session)?;
            let as_of = context.as_of(&reader, Some(&found))?;
            (found, as_of)
        };
        let forked = fork(log, found.stream, as_of.happening(), self.id.as_deref())?;
        let (parent, name) = (session::full(&forked.parent), session::full(&forked.stream));
        let appended = &forked.appended;
        let events = appended.last.get() - appended.first.get() + 1;
        if forked.redacted > 0 {
            let what = counted(forked.redacted, "event");
            context.note(&format!("{what} of the parent are redacted: what they did is lost here too"));
        }
        if forked.corrections > 0 {
            let (what, are) = match forked.corrections {
                1 => ("1 later event corrects".to_owned(), "it is"),
                some => (format!("{some} later events correct"), "they are"),
            };
            context.note(&format!("{what} what had happened by then; {are} included"));
        }
        if !context.is_table() {
            let answer = serde_json::json!({
                "workspace": forked.stream.workspace,
                "session_id": forked.stream.session_id,
                "ordinal": forked.stream.ordinal,
                "parent": {
                    "workspace": forked.parent.workspace,
                    "session_id": forked.parent.session_id,
                    "ordinal": forked.parent.ordinal,
                    "position": forked.at.get(),
                },
                "events": events,
                "first": appended.first.get(),
                "last": appended.last.get(),
                "undo": format!("retold delete {}", travel_args::word(&forked.stream)),
            });
            context.document(&answer, false)?;
            return Ok(Exit::Done);
        }
        context.say(&printable(&format!(
            "{name} has the history of {parent} up to position {}: {} appended, positions {} to {}",
            forked.at,
            counted(events, "event"),
            appended.first,
            appended.last
        )))?;
        context.say(&printable(&format!("undo: retold delete {}", travel_args::word(&forked.stream))))?;
        Ok(Exit::Done)
    }
}
