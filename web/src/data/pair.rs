//! Two sessions side by side.

use retold_core::{Position, Reader};
use retold_present::changes::short;
use retold_present::roster::Roll;
use retold_travel::{Authors, List, Pair, Path, State, Value as Held, compare as compared};
use serde_json::{Value, json};

use super::name_of;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::query::Query;
use crate::site::{Asked, Opened, Site};

/// Pairs of messages of an answer; all are compared.
const ROWS_MAX: usize = 4000;

pub(crate) fn compare(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let open = |name: &str| -> Result<Opened<'_>, Problem> {
        let missing =
            || Problem::bad("compare: there are not two sessions").hint("give them with ?a= and &b=");
        let session = asked.query.text(name).ok_or_else(missing)?.to_owned();
        site.open(&Asked { session, number: 0, query: Query::clone(&asked.query) })
    };
    let (mut left, mut right) = (open("a")?, open("b")?);
    let (one, two) = (state(&mut left)?, state(&mut right)?);
    let comparison = compared(&one, &two, left.timeline.reader().connection())?;
    let rolls = [Roll::of(Some(&one)), Roll::of(Some(&two))];
    let own = comparison
        .own
        .iter()
        .map(|(key, one, two)| json!({ "place": key.to_string(), "left": short(one), "right": short(two) }));
    let mut authors = [Authors::default(), Authors::default()];
    let mut messages = Vec::new();
    for pair in comparison.messages.iter().take(ROWS_MAX) {
        let [by_one, by_two] = &mut authors;
        messages.push(json!({
            "left": message(&one, pair.left, by_one, left.timeline.reader())?,
            "right": message(&two, pair.right, by_two, right.timeline.reader())?,
            "is_same": pair.is_same(),
            "differ": pair.differ.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    }
    let agents = comparison.instances.iter().map(|pair| agent(pair, (&one, &two), &rolls));
    let side = |opened: &Opened<'_>, state: &State| {
        json!({
            "name": name_of(&opened.found.name),
            "revision": opened.revision.get(),
            "task": state.session.task,
            "status": state.session.status,
            "agents": state.agents.len(),
            "messages": state.messages.len(),
        })
    };
    let (own, agents): (Vec<Value>, Vec<Value>) = (own.collect(), agents.collect());
    let (left_side, right_side) = (side(&left, &one), side(&right, &two));
    let as_of = left.as_of;
    Ok(Answer::of(&as_of, left.timeline.reader())?
        .with("left", left_side)
        .with("right", right_side)
        .with("own", own)
        .with("agents", agents)
        .with("is_cut", comparison.messages.len() > ROWS_MAX)
        .with("divergence", comparison.divergence.as_ref().map(|path| rolls[0].path(path)))
        .with_rows(messages))
}

fn state(opened: &mut Opened<'_>) -> Result<State, Problem> {
    let position = opened.position_of(opened.revision)?;
    let frame = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let stream = opened.found.name.clone();
    frame
        .state
        .ok_or_else(|| retold_travel::Error::NotThere { stream, reason: "not created yet", position }.into())
}

fn message(
    state: &State,
    at: Option<u32>,
    authors: &mut Authors,
    reader: &mut Reader<'_>,
) -> Result<Value, Problem> {
    let Some(row) = at.and_then(|at| state.messages.get(at as usize)) else { return Ok(Value::Null) };
    let position: Position = row.provenance.added;
    let text = short(&Held::Message(Box::new(row.message.clone())));
    Ok(json!({
        "revision": authors.get(reader, position)?.revision.get(),
        "role": row.message.role,
        "text": text,
    }))
}

fn agent(pair: &Pair, (one, two): (&State, &State), rolls: &[Roll; 2]) -> Value {
    let path = Path::Row(List::Instances, pair.left.or(pair.right).unwrap_or_default());
    let told = |state: &State, at: Option<u32>| {
        let agent = state.agents.get(at? as usize)?;
        Some(short(&Held::Instance(Box::new(agent.instance.clone()))))
    };
    json!({
        "place": rolls[usize::from(pair.left.is_none())].path(&path),
        "left": told(one, pair.left),
        "right": told(two, pair.right),
        "is_same": pair.is_same(),
        "differ": pair.differ.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
