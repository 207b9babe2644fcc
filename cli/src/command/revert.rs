//! `retold revert`: a session as it was, by going on.

use retold_core::{Clock, time};
use retold_projections::Store;
use retold_travel::{Point, Reverted, revert};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::printable::printable;
use crate::session;
use crate::travel_args;

/// Restore an earlier state by appending compensating events
///
/// The events that lead there are appended, and nothing is rewritten: what was between stays in the log. Where somebody else writes to the session meanwhile, it is
/// refused, and nothing is appended. To a date it is brought to what `show --at` shows: what had happened by then, with what was
/// corrected of that since.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold revert 5f0c2a1e --to head-1    take the last event back
  retold revert 5f0c2a1e --to r7        as it was after its seventh event
  retold diff 5f0c2a1e r7               what that would take back")]
pub(crate) struct Revert {
    /// The session
    session: String,
    /// The point to bring it back to
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    to: Point,
}

impl Run for Revert {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options())?;
        let log = store.log();
        let (found, to) = {
            let reader = log.reader()?;
            let found = session::resolve(context, &reader, &self.session)?;
            let to = context.resolver(&reader, Some(&found)).resolve(&self.to)?;
            (found, to)
        };
        context.note_point(&self.to, &to.said);
        let reverted = revert(log, found.stream, &to)?;
        let what = match to.time {
            Some((Clock::Occurred, at)) => {
                let corrections = match reverted.corrections {
                    0 => String::new(),
                    some => format!(", with {}", counted(some, "later correction")),
                };
                let (date, position) = (time::shown(at, &context.zone()), to.head.position);
                format!("is as it was on {date} (position {position}{corrections})")
            }
            _ => format!("is as it was at position {}", to.head.position),
        };
        tell(context, &reverted, &what, |before| {
            format!("revert {} --to {before}", travel_args::word(&found.name))
        })
    }
}

/// Says what was done, and how to undo it.
///
/// # Errors
/// Where it cannot be written.
pub(super) fn tell(
    context: &mut Context<'_>,
    reverted: &Reverted,
    what: &str,
    undo: impl FnOnce(u64) -> String,
) -> Result<Exit, Failure> {
    let name = session::full(&reverted.stream);
    let events =
        reverted.appended.as_ref().map_or(0, |appended| appended.last.get() - appended.first.get() + 1);
    if !context.is_table() {
        let undo = reverted.appended.as_ref().map(|_| format!("retold {}", undo(reverted.before.get())));
        let answer = serde_json::json!({
            "workspace": reverted.stream.workspace,
            "session_id": reverted.stream.session_id,
            "ordinal": reverted.stream.ordinal,
            "events": events,
            "first": reverted.appended.as_ref().map(|appended| appended.first.get()),
            "last": reverted.appended.as_ref().map(|appended| appended.last.get()),
            "undo": undo,
        });
        context.document(&answer, false)?;
        return Ok(Exit::Done);
    }
    let Some(appended) = &reverted.appended else {
        context.say(&printable(&format!("{name} {what} already: nothing was appended")))?;
        return Ok(Exit::Done);
    };
    let range = match appended.first == appended.last {
        true => format!("position {}", appended.first),
        false => format!("positions {} to {}", appended.first, appended.last),
    };
    context.say(&printable(&format!("{name} {what}: {} appended, {range}", counted(events, "event"))))?;
    context.say(&printable(&format!("undo: retold {}", undo(reverted.before.get()))))?;
    Ok(Exit::Done)
}
