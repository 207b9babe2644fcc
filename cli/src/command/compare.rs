//! `retold compare`: two sessions side by side.

use retold_travel::{Comparison, List, Pair, Path, State, Timeline, compare};

use super::Run;
use crate::changes::short;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value, counted};
use crate::roster::Roll;
use crate::travel_args;

/// Compare two sessions and show where they diverge
///
/// Messages are paired by what they say, agents by their numbers. Ids and times are not compared: they differ between any two
/// sessions.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold compare 5f0c2a1e 7c2f4b1e
  retold compare 5f0c2a1e 7c2f4b1e --at yesterday
  retold compare 5f0c2a1e 7c2f4b1e --all    also what is the same")]
pub(crate) struct Compare {
    /// The first session
    left: String,
    /// The second
    right: String,
    /// Also what is the same
    #[arg(long)]
    all: bool,
}

impl Run for Compare {
    const TRAVELS: bool = true;

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let (found, mut left) = travel_args::begin(context, &log, &self.left)?;
        let (_, mut right) = travel_args::begin(context, &log, &self.right)?;
        let as_of = context.as_of(left.reader(), Some(&found))?;
        let (one, two) = (there(&mut left, as_of)?, there(&mut right, as_of)?);
        let comparison = compare(&one, &two, left.reader().connection())?;
        let is_table = context.is_table();
        let rolls = [Roll::of(Some(&one)), Roll::of(Some(&two))];
        let parted = match &comparison.divergence {
            Some(path) => format!("they part at {}", rolls[0].path(path)),
            None => "they do not part".to_owned(),
        };
        let mut rows = context.rows(as_of, ["place", "left", "right", "differs"])?;
        for row in rows_of(&comparison, &one, &two, is_table.then_some(&rolls), self.all) {
            rows.push(row)?;
        }
        let divergence = comparison.divergence.as_ref().map(ToString::to_string);
        rows.finish_with(&[("divergence", divergence.into())])?;
        if is_table {
            let same = comparison.messages.iter().take_while(|pair| pair.is_same()).count();
            let before = match same {
                0 => String::new(),
                same => format!("; before that {} in common", counted(same as u64, "message")),
            };
            context.note(&format!("{parted}{before}"));
        }
        Ok(if comparison.divergence.is_some() {
            Exit::Done
        } else {
            travel_args::nothing(context, "nothing differs")
        })
    }
}

fn there(timeline: &mut Timeline<'_>, as_of: AsOf) -> Result<State, Failure> {
    let frame = timeline.at_resolved(&as_of.resolved())?;
    let (stream, number) = (timeline.name().clone(), timeline.stream());
    let position = as_of.of(timeline.reader(), number)?;
    frame
        .state
        .ok_or_else(|| retold_travel::Error::NotThere { stream, reason: "not created yet", position }.into())
}

/// Returns the rows of a comparison. An instance is called by its name where the names are given, else by its path.
fn rows_of(
    comparison: &Comparison,
    left: &State,
    right: &State,
    names: Option<&[Roll; 2]>,
    all: bool,
) -> Vec<[Value; 4]> {
    let own = comparison.own.iter().map(|(key, left, right)| {
        [key.to_string().into(), short(left).into(), short(right).into(), "yes".into()]
    });
    let pair = |list: List, pair: &Pair, one: Option<String>, two: Option<String>| {
        let path = Path::Row(list, pair.left.or(pair.right).unwrap_or_default());
        let place = match names {
            Some([left, right]) => if pair.left.is_some() { left } else { right }.path(&path),
            None => path.to_string(),
        };
        let keys: Vec<String> = pair.differ.iter().map(ToString::to_string).collect();
        let differs = match (pair.left, pair.right) {
            (Some(_), None) => "only left".to_owned(),
            (None, Some(_)) => "only right".to_owned(),
            _ => keys.join(", "),
        };
        [place.into(), one.into(), two.into(), differs.into()]
    };
    let message = |state: &State, at: Option<u32>| {
        let said = state.messages.get(at? as usize)?;
        Some(short(&retold_travel::Value::Message(Box::new(said.message.clone()))))
    };
    let agent = |state: &State, at: Option<u32>| {
        let agent = state.agents.get(at? as usize)?;
        Some(short(&retold_travel::Value::Instance(Box::new(agent.instance.clone()))))
    };
    let shown = |pair: &&Pair| all || !pair.is_same();
    let messages = comparison.messages.iter().filter(shown);
    let messages = messages.map(|p| pair(List::Messages, p, message(left, p.left), message(right, p.right)));
    let agents = comparison.instances.iter().filter(shown);
    let agents = agents.map(|p| pair(List::Instances, p, agent(left, p.left), agent(right, p.right)));
    own.chain(messages).chain(agents).collect()
}
