//! `retold undo`: an operation taken back by appending.

use retold_core::StreamName;
use retold_projections::Store;
use retold_travel::{Performed, Undone, Wanted, undo, undo_plan};

use super::uses::{StoreUse, of};
use super::{Run, operations};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::printable::printable;

/// So many sessions are named of those that an undo changes.
const NAMED: usize = 5;

/// Undo the last command or another operation by appending
///
/// Every command that appends is an operation: `retold operations` lists them. Without a name the last command is undone that a person
/// gave; what programs append by themselves (`rpc`, `import --follow`, the mirror, applications) is passed over, and undone by its name.
///
/// Sessions that began with the operation are deleted, as `retold delete` does. What else it changed becomes what it was. What has
/// changed since is never lost: the undo is refused then, and names the operation that changed it. An import that added to sessions
/// which were there before cannot be undone, nor can a redaction or a pruning.
///
/// An undo is an operation itself: `retold undo` again takes it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold tag 5f0c2a1e +wip
  retold undo                 the tag is gone
  retold undo                 and it is back
  retold undo 3f9a            the operation whose id begins so
  retold undo p1234           the one that wrote position 1234
  retold undo -n              what an undo would take back")]
pub(crate) struct Undo {
    /// The operation: its id, the beginning of one, or p and a position that it wrote [default: the last command]
    operation: Option<String>,
    /// Only show what would be taken back
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Run for Undo {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let options = context.options().read_only(self.dry_run);
        let store = Store::open(context.store_path()?, options)?;
        let wanted = self.operation.map_or(Wanted::Last(is_command), Wanted::Named);
        let undone = match self.dry_run {
            true => undo_plan(store.log(), &wanted)?,
            false => undo(store.log(), &wanted)?,
        };
        tell(context, &undone)
    }
}

/// Whether an operation is a command that a person gave, and that ended.
fn is_command(operation: &Performed) -> bool {
    let goes_on = operation.arguments.iter().any(|(name, _)| name == "follow");
    let (by, page) = retold_present::BY_PAGE;
    let is_of_page =
        operation.arguments.iter().any(|(name, value)| name == by && value.as_deref() == Some(page));
    is_of_page
        || of(&operation.kind) == Some(StoreUse::Writes) && operation.kind != "ait42 mirror" && !goes_on
}

fn tell(context: &mut Context<'_>, undone: &Undone) -> Result<Exit, Failure> {
    let Undone { of, by, streams, leaves_files, appended } = undone;
    let events: u64 = streams.iter().map(|(_, events)| events).sum();
    let redo = by.map(|by| format!("retold undo {by}"));
    if !context.is_table() {
        let stream = |(name, events): &(StreamName, u64)| {
            serde_json::json!({
                "workspace": name.workspace,
                "session_id": name.session_id,
                "ordinal": name.ordinal,
                "events": events,
            })
        };
        let answer = serde_json::json!({
            "undone": { "operation": of.name.to_string(), "command": of.kind },
            "operation": by.map(|by| by.to_string()),
            "streams": streams.iter().map(stream).collect::<Vec<_>>(),
            "events": events,
            "first": appended.as_ref().map(|appended| appended.first.get()),
            "last": appended.as_ref().map(|appended| appended.last.get()),
            "undo": redo,
        });
        context.document(&answer, false)?;
        return Ok(Exit::Done);
    }
    let what = operations::full(of);
    context.say(&printable(&match appended {
        None => format!("would undo {what}: {}", counted(events, "event")),
        Some(appended) if appended.first == appended.last => {
            format!("undid {what}: 1 event appended, position {}", appended.first)
        }
        Some(appended) => format!(
            "undid {what}: {} appended, positions {} to {}",
            counted(events, "event"),
            appended.first,
            appended.last
        ),
    }))?;
    for (name, events) in streams.iter().take(NAMED) {
        context.say(&printable(&format!("  {}: {}", operations::stream(name), counted(*events, "event"))))?;
    }
    if let Some(more) = streams.len().checked_sub(NAMED).filter(|more| *more > 0) {
        context.say(&format!("  and {} more", counted(more as u64, "session")))?;
    }
    if *leaves_files {
        context.note("what the import noted of files stays: a later import does not bring it back");
    }
    if let Some(redo) = redo {
        context.say(&format!("undo: {redo}"))?;
    }
    Ok(Exit::Done)
}
