//! `retold resolve`: what a point comes to.

use retold_projections::find;
use retold_travel::Point;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Print the position that a point names
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
        let session = self.session.map(|name| find(&reader, &name)).transpose()?;
        let resolved = context.resolver(&reader, session.as_ref()).resolve_or_before(&self.point)?;
        if context.is_table() {
            // The position alone goes on to a script; the rest is for the person.
            context.note(&format!("{}: {}", self.point, resolved.said));
            context.say(&resolved.head.position.to_string())?;
            return Ok(Exit::Done);
        }
        let mut rows = context.rows(resolved.head, ["point", "position", "hash", "said"])?;
        let said = resolved.said;
        rows.push([
            self.point.to_string().into(),
            resolved.head.position.into(),
            resolved.head.hash.into(),
            said.into(),
        ])?;
        rows.finish()?;
        Ok(Exit::Done)
    }
}
