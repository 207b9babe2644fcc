//! `retold resolve`: what a point comes to.

use retold_travel::{Moment, Point};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;
use crate::session;

/// Print the moment that a point names: its position, or a time
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold resolve 'yesterday 17:30'
  retold resolve head-3m --session 5f0c2a1e    before its last three messages
  retold resolve mark:before-merge -o csv")]
pub(crate) struct Resolve {
    /// The point
    #[arg(allow_hyphen_values = true)]
    point: Point,
    /// The session that r7, and -3, are counted in
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
}

impl Run for Resolve {
    const READS_POINTS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let reader = log.reader()?;
        reader.begin()?;
        let session = self.session.map(|name| session::resolve(context, &reader, &name)).transpose()?;
        let resolved = context.resolver(&reader, session.as_ref()).resolve_moment_or_before(&self.point)?;
        let time = resolved.time.map(|(_, time)| time.to_string());
        let position = match resolved.moment {
            Moment::Recorded(position) => Some(position),
            Moment::Occurred(_) => None,
        };
        if context.is_table() {
            // The moment alone goes on to a script, as a point; the rest is for the person.
            context.note(&format!("{}: {}", self.point, resolved.said));
            let moment = position.map(|position| position.to_string()).or(time);
            context.say(&moment.unwrap_or_default())?;
            return Ok(Exit::Done);
        }
        let mut rows = context.rows(&resolved, ["point", "position", "hash", "said"])?;
        let hash = position.map(|_| resolved.head.hash);
        rows.push([
            self.point.to_string().into(),
            position.map_or(Value::Null, Into::into),
            hash.map_or(Value::Null, Into::into),
            resolved.said.as_str().into(),
        ])?;
        rows.finish()?;
        Ok(Exit::Done)
    }
}
