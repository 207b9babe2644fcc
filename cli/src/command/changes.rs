//! `retold changes`: what changed in the lists between two moments.

use retold_core::happening::Moment;
use retold_core::{Head, Position};
use retold_projections::{ChangeCursor, Changes, SessionChange};

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::since::Since;
use crate::{session, travel_args};

/// List what changed in lists of sessions between two moments
///
/// A row for each key that an event changed: the session, the key, what it was and what it is, and the event's position. From a
/// later moment to an earlier one the same changes are listed backwards, so that applied in order they lead from the one to the
/// other. `exists` is 1 while there is the session: it becomes 0 where it is deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold changes 1200..           since position 1200
  retold changes 1200..1300       up to position 1300
  retold changes 1300..1200       the same, undone
  retold changes yesterday.. -n 100 -o json")]
pub(crate) struct ChangesBetween {
    /// From one moment to another: A..B; without A from the beginning, without B to the end
    range: Option<String>,
    #[command(flatten)]
    since: Since,
    /// Of at most N events
    #[arg(short, long, value_name = "N", default_value_t = 1_000)]
    number: u32,
    /// Start after this cursor, printed by the window before
    #[arg(long, value_name = "CURSOR")]
    after: Option<ChangeCursor>,
}

const COLUMNS: [&str; 5] = ["position", "session", "field", "was", "is"];
const COLUMNS_LONG: [&str; 8] =
    ["position", "happened_at", "workspace", "id", "ordinal", "field", "was", "is"];

impl Run for ChangesBetween {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = context.open_store()?;
        let reader = store.log().reader()?;
        let range = self.range.as_deref().map(travel_args::parse_range).transpose()?;
        let range = self.since.range(context, range)?.unwrap_or_default();
        let resolve = |point: Option<&retold_travel::Point>| match point {
            Some(point) => {
                Ok::<_, Failure>(Some(context.resolver(&reader, None).resolve_moment_or_before(point)?))
            }
            None => Ok(None),
        };
        let (after, to) = (resolve(range.after.as_ref())?, resolve(range.to.as_ref())?);
        for (point, found) in [(&range.after, &after), (&range.to, &to)] {
            if let (Some(point), Some(found)) = (point, found) {
                context.note_point(point, &found.said);
            }
        }
        let head = reader.head()?;
        let from = after.as_ref().map_or_else(|| AsOf::from(crate::store::NO_HEAD), Into::into);
        let to = to.as_ref().map_or_else(|| AsOf::from(head), Into::into);
        let (from_moment, to_moment) = of_one_clock(from.moment, to.moment, head);
        let later = match (from_moment, to_moment) {
            (Moment::Recorded(one), Moment::Recorded(other)) if one > other => from,
            (Moment::Occurred(one), Moment::Occurred(other)) if one > other => from,
            _ => to,
        };
        let changes = past::ask(context, &store, later.moment, &|| true, |store, progress| {
            store.changes(from_moment, to_moment, self.after, self.number, progress)
        })?;
        let Changes { rows: changes, next, as_of, .. } = changes.ok_or_else(Failure::interrupted)?;
        let as_of = as_of.map_or(later, |as_of| past::stands_for(context, later, as_of));
        let is_table = context.is_table();
        let mut rows =
            if is_table { context.rows(as_of, COLUMNS)? } else { context.rows(as_of, COLUMNS_LONG)? };
        for change in &changes {
            if is_table { rows.push(short(change))? } else { rows.push(long(change))? }
        }
        let next = next.map(|next| next.to_string());
        let count = rows.count();
        rows.finish_with(&[("next", next.as_deref().into())])?;
        if let Some(next) = next.filter(|_| is_table) {
            context.note(&format!("there are more; the next ones: --after {next}"));
        }
        Ok(if count == 0 { Exit::Nothing } else { Exit::Done })
    }
}

/// The beginning and the end of the log are moments by either clock.
pub(super) fn of_one_clock(from: Moment, to: Moment, head: Head) -> (Moment, Moment) {
    let occurred = |moment| match moment {
        Moment::Recorded(Position::ZERO) => Moment::Occurred(i64::MIN),
        Moment::Recorded(position) if position == head.position => Moment::Occurred(i64::MAX),
        moment => moment,
    };
    match (from, to) {
        (Moment::Occurred(_), to) => (from, occurred(to)),
        (from, Moment::Occurred(_)) => (occurred(from), to),
        both => both,
    }
}

fn short(change: &SessionChange) -> [Value; 5] {
    [
        change.position.into(),
        session::short(&change.session).into(),
        change.field.into(),
        (&change.was).into(),
        (&change.is).into(),
    ]
}

fn long(change: &SessionChange) -> [Value; 8] {
    [
        change.position.into(),
        Value::Instant(change.happened),
        change.session.workspace.as_str().into(),
        change.session.session_id.as_str().into(),
        change.session.ordinal.into(),
        change.field.into(),
        (&change.was).into(),
        (&change.is).into(),
    ]
}
