//! `retold changes`: what changed in the lists between two moments.

use retold_core::Position;
use retold_core::happening::Moment;
use retold_projections::{ChangeCursor, Changes, SessionChange};
use retold_travel::Point;
use rusqlite::types;

use super::Run;
use super::projections::past;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::{session, travel_args};

/// List what changed in the lists of sessions between two moments
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
    range: String,
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
        let range = travel_args::parse_range(&self.range)?;
        let head: AsOf = reader.head()?.into();
        let resolve = |point: Option<&Point>| match point {
            Some(point) => {
                let resolved = context.resolver(&reader, None).resolve_moment_or_before(point)?;
                Ok::<_, Failure>(Some((AsOf::from(&resolved), resolved.said)))
            }
            None => Ok(None),
        };
        let ends = [resolve(range.after.as_ref())?, resolve(range.to.as_ref())?];
        for (point, end) in [&range.after, &range.to].into_iter().zip(&ends) {
            if let (Some(point), Some((_, said))) = (point, end) {
                context.note_point(point, said);
            }
        }
        let [from, to] = ends.map(|end| end.map(|(as_of, _)| as_of));
        let (from, to) = (moment(from, to, Position::ZERO), moment(to, from, head.position));
        let asked = if is_after(from, to) { from } else { to };
        let changes = past::ask(context, &store, asked, &|| true, |store, progress| {
            store.changes(from, to, self.after, self.number, progress)
        })?;
        let Changes { rows: changes, next, as_of, .. } = changes.ok_or_else(Failure::interrupted)?;
        let asked = match asked {
            Moment::Recorded(position) => {
                let hash = reader.hash_at(position)?.unwrap_or(crate::store::NO_HEAD.hash);
                AsOf { position, hash, moment: asked, ..head }
            }
            Moment::Occurred(_) => AsOf { moment: asked, ..head },
        };
        let as_of = past::stands_for(context, asked, as_of.unwrap_or(head.head()));
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

/// Returns the moment of an end of the range; of one that was left out, the first or the last moment of the other's clock.
fn moment(end: Option<AsOf>, other: Option<AsOf>, open: Position) -> Moment {
    match (end, other.map(|other| other.moment)) {
        (Some(end), _) => end.moment,
        (None, Some(Moment::Occurred(_))) => {
            Moment::Occurred(if open == Position::ZERO { i64::MIN } else { i64::MAX })
        }
        (None, _) => Moment::Recorded(open),
    }
}

fn is_after(one: Moment, other: Moment) -> bool {
    match (one, other) {
        (Moment::Recorded(one), Moment::Recorded(other)) => one > other,
        (Moment::Occurred(one), Moment::Occurred(other)) => one > other,
        _ => false,
    }
}

fn short(change: &SessionChange) -> [Value; 5] {
    [
        change.position.into(),
        session::short(&change.session).into(),
        change.field.into(),
        value(&change.was),
        value(&change.is),
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
        value(&change.was),
        value(&change.is),
    ]
}

fn value(value: &types::Value) -> Value {
    match value {
        types::Value::Null => Value::Null,
        types::Value::Integer(number) => Value::Integer(*number),
        types::Value::Real(number) => Value::Real(*number),
        types::Value::Text(text) => text.as_str().into(),
        types::Value::Blob(bytes) => Value::Hex(bytes.clone()),
    }
}
