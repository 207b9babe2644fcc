//! `retold history`: every write to one path.

use std::ops::ControlFlow;

use retold_travel::{Authors, Path, Write, history};

use super::Run;
use super::diff::sides;
use crate::changes;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::roster::{Place, Roll};
use crate::since::Since;
use crate::travel_args;

/// Show every write to a field of a session, oldest first
///
/// An agent or a message is named by its place in the list as it is at the end of the range, and followed back from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold history 5f0c2a1e status                  every status it had
  retold history 5f0c2a1e '#1/output'             every piece of an output
  retold history 5f0c2a1e instances/*/status      the statuses of all agents
  retold history 5f0c2a1e chatHistory r3..r7      the chat, between two events
  retold history 5f0c2a1e calls/3                 when a tool was called, and returned")]
pub(crate) struct History {
    /// The session
    session: String,
    /// The place, such as status, #3~2/status, instances/2/status, chatHistory/17 or calls/3
    path: String,
    /// Only writes in this range: A..B
    range: Option<String>,
    #[command(flatten)]
    since: Since,
}

impl Run for History {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        Some(self.session.clone())
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let calls = crate::calls::place(&self.path)?;
        let place = if calls.is_some() { Place::Path(Path::Whole) } else { Place::parse(&self.path)? };
        let range = self.range.as_deref().map(travel_args::parse_range).transpose()?;
        let range = self.since.range(context, range)?;
        let (found, mut timeline) = travel_args::begin(context, &log, &self.session)?;
        let (from, after, to) = context.moments(timeline.reader(), &found, range.as_ref())?;
        if let Some(path) = &calls {
            return crate::calls::history(context, &mut log.reader()?, &found, path, after, to);
        }
        let at_the_end = match &place {
            Place::Path(path) => Some(path.clone()),
            place => place.path(timeline.at_resolved(&to.resolved())?.state.as_ref()),
        };
        let Some(path) = at_the_end else {
            let (path, position) = (self.path, to.position);
            return Err(retold_travel::Error::NoSuchPlace { stream: found.name, path, position }.into());
        };
        let is_table = context.is_table();
        // Where one key is watched its path says nothing new, and elsewhere the path tells more than the event's type.
        let is_one = matches!(path, Path::Own(_) | Path::Field(..));
        let columns: &[&str] = match (is_table, is_one) {
            (true, true) => &["position", "occurred_at", "revision", "event", "value"],
            (true, false) => &["position", "occurred_at", "revision", "path", "value"],
            (false, _) => &crate::calls::CHANGES,
        };
        // A second reader: the first goes through the events meanwhile.
        let other = log.reader()?;
        let mut authors = Authors::default();
        let mut rows = context.rows(to, columns.iter().copied())?;
        history::<Failure>(&mut timeline, &path, from, to.happening(), |write| {
            let event = write.event;
            let place = match is_table {
                true => named(&write),
                false => write.patch.path.to_string(),
            };
            if is_table {
                rows.push([
                    event.position.into(),
                    Value::Instant(event.occurred_at),
                    format!("r{}", event.revision).into(),
                    if is_one { event.kind.name().into() } else { place.into() },
                    changes::written(write.patch).into(),
                ])?;
            } else {
                let [old, new] = sides(&changes::loaded_patch(write.patch, other.connection())?);
                rows.push([
                    event.position.into(),
                    event.revision.into(),
                    Value::Instant(event.recorded_at),
                    Value::Instant(event.occurred_at),
                    event.kind.name().into(),
                    authors.get(&other, event.position)?.origin().map(retold_core::Origin::name).into(),
                    place.into(),
                    write.patch.change.name().into(),
                    old,
                    new,
                ])?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let none = rows.count() == 0;
        rows.finish()?;
        Ok(if none { travel_args::nothing(context, "nothing was written there") } else { Exit::Done })
    }
}

/// Returns the place that is written to, by the name that the instance has then.
fn named(write: &Write<'_>) -> String {
    let mut roll = Roll::of(write.before);
    write.earlier.iter().for_each(|patch| drop(roll.follow(patch)));
    roll.follow(write.patch)
}
