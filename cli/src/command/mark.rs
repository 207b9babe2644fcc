//! `retold mark`: moments with a name.

use retold_core::{Head, Log, time};
use retold_projections::Store;
use retold_travel::{Anchor, MarkName, Point, mark, marks, unmark};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::travel_args;

/// Name a moment, or list the named ones
///
/// `mark:NAME` is then a point. Without a name, lists the marks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold mark                           the marks that there are
  retold mark before-merge              this moment
  retold mark release 5f0c2a1e:r7       another one
  retold mark release head --move       put it elsewhere
  retold mark release --delete          take the name away; the moment stays
  retold sessions --at mark:release     use it")]
pub(crate) struct Mark {
    /// The name: letters, digits, _, . and -
    name: Option<MarkName>,
    /// The moment [default: the end of the log]
    #[arg(allow_hyphen_values = true)]
    point: Option<Point>,
    /// Move a mark that has the name already
    #[arg(long = "move", requires = "name", conflicts_with = "delete")]
    replace: bool,
    /// Take the name away
    #[arg(long, requires = "name", conflicts_with = "point")]
    delete: bool,
}

impl Run for Mark {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let Some(name) = self.name else {
            crate::run::refuse_clock("mark", context)?;
            return list(context);
        };
        let store = Store::open(context.store_path()?, context.options())?;
        let log = store.log();
        if self.delete {
            crate::run::refuse_clock("mark --delete", context)?;
            unmark(log, name.as_str())?;
            context.note(&format!("mark:{} is gone", name));
            return tell(context, log, &name, "deleted", None);
        }
        let point = self.point.unwrap_or(Point::from(Anchor::Head));
        let resolved = context.resolver(&log.reader()?, None).resolve(&point)?;
        let now = time::to_micros((context.io.clock)());
        mark(log, &name, resolved.head, now, self.replace)?;
        context.note(&format!("mark:{}: {}", name, resolved.said));
        tell(context, log, &name, "marked", Some(resolved.head))
    }
}

/// Answers programs; a person has been told already.
fn tell(
    context: &mut Context<'_>,
    log: &Log,
    name: &MarkName,
    done: &str,
    at: Option<Head>,
) -> Result<Exit, Failure> {
    if !context.is_table() {
        let head = log.reader()?.head()?;
        let mut rows = context.rows(head, ["mark", "done", "position"])?;
        rows.push([name.as_str().into(), done.into(), at.map_or(Value::Null, |head| head.position.into())])?;
        rows.finish()?;
    }
    Ok(Exit::Done)
}

fn list(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let log = context.open()?;
    let reader = log.reader()?;
    let found = marks(&reader)?;
    let is_table = context.is_table();
    let columns: &[&str] = match is_table {
        true => &["mark", "position", "created_at"],
        false => &["mark", "position", "hash", "created_at"],
    };
    let mut rows = context.rows(reader.head()?, columns.iter().copied())?;
    for mark in &found {
        let (name, made) = (mark.name.as_str(), Value::Instant(mark.created_at));
        match is_table {
            true => rows.push([name.into(), mark.head.position.into(), made])?,
            false => rows.push([name.into(), mark.head.position.into(), mark.head.hash.into(), made])?,
        }
    }
    rows.finish()?;
    Ok(if found.is_empty() { travel_args::nothing(context, "there is no mark yet") } else { Exit::Done })
}
