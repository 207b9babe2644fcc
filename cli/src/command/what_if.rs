//! `retold what-if`: a session without some of its events.

use std::collections::BTreeSet;

use retold_core::Position;
use retold_travel::{diff, what_if};

use super::Run;
use super::diff::{answer, named};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::travel_args;

/// Show a session as it would be without some of its events
///
/// Nothing is written. The answer is the difference from what it is to what it would be. Later events name agents and messages by their place,
/// so that without the event that one of them came with they speak of the next one, or of none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold what-if 5f0c2a1e --skip 12          without the event at position 12
  retold what-if 5f0c2a1e --skip 12,14,15    without three of them")]
pub(crate) struct WhatIf {
    /// The session
    session: String,
    /// The positions of the events to leave out
    #[arg(long, value_name = "POSITION", value_delimiter = ',', required = true, value_parser = position)]
    skip: Vec<Position>,
    /// How much, place by place, without the values
    #[arg(long)]
    stat: bool,
}

fn position(text: &str) -> Result<Position, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .and_then(Position::new)
        .ok_or_else(|| "a position is a number, as `retold log SESSION` shows it".to_owned())
}

impl Run for WhatIf {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let (found, mut timeline) = travel_args::begin(context, &log, &self.session)?;
        let as_of = context.as_of(timeline.reader(), Some(&found))?;
        let skip: BTreeSet<Position> = self.skip.into_iter().collect();
        let hypothesis = what_if(&mut timeline, &skip, as_of.happening())?;
        let skipped: Vec<String> =
            hypothesis.skipped.iter().map(|(position, kind)| format!("{position} ({kind})")).collect();
        context.note(&format!("hypothetical: as if {} had not happened", skipped.join(", ")));
        for (position, misfit) in &hypothesis.unfit {
            context.note(&format!("position {position} would not have fitted: {misfit}"));
        }
        let patches = {
            let (actual, without) = (hypothesis.actual.state.as_ref(), hypothesis.state.as_ref());
            diff(actual, without, timeline.reader().connection())?
        };
        let told = named(hypothesis.actual.state.as_ref(), patches);
        answer(context, &mut timeline, &told, &[], as_of, self.stat)?;
        Ok(if told.is_empty() { travel_args::nothing(context, "it would be the same") } else { Exit::Done })
    }
}
