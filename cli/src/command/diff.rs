//! `retold diff`: what changed between two moments, or between two sessions.

mod all;

use retold_core::Position;
use retold_travel::{CallChange, Frame, Patch, Point, SessionCalls, State, Timeline, diff};

use super::Run;
use crate::changes::{self, Stat};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Value};
use crate::roster::{Place, Roll};
use crate::since::Since;
use crate::travel_args;

/// Show what changed between two moments or two sessions
///
/// Without B the end is --at, or the session as it is. `+` is what came, `~` what changed, `-` what went; texts are compared
/// line by line. Calls of tools that began or ended between two moments come last.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold diff 5f0c2a1e head-1          what the session's last event did
  retold diff 5f0c2a1e r3 r7           what changed from its third to its seventh
  retold diff 5f0c2a1e 7c2f4b1e        two sessions, as they are
  retold diff --all yesterday today    which sessions changed yesterday, and how
  retold diff 5f0c2a1e r3 --stat       how much")]
pub(crate) struct Diff {
    /// The session; with --all the first point
    #[arg(value_name = "SESSION", required_unless_present_any = ["since", "until"])]
    first: Option<String>,
    /// The first point, or another session
    #[arg(value_name = "A|SESSION")]
    second: Option<String>,
    /// The second point
    #[arg(value_name = "B")]
    third: Option<String>,
    #[command(flatten)]
    since: Since,
    /// Every session of the store
    #[arg(long)]
    all: bool,
    /// How much, place by place, without the values
    #[arg(long)]
    stat: bool,
    /// Only what lies within this place, such as #3~2, instances/2 or calls
    #[arg(long, value_name = "PATH", conflicts_with = "all")]
    path: Option<String>,
}

impl Run for Diff {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        self.first.clone().filter(|_| !self.all)
    }

    fn run(mut self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        self.take_range(context)?;
        let log = context.open()?;
        if self.all {
            return all::run(self, context, &log);
        }
        let Some(first) = &self.first else {
            return Err(Failure::usage("diff: there is no session")
                .hint("name one, as in `retold diff SESSION --since yesterday`, or all of them with --all"));
        };
        let Some(second) = &self.second else {
            return Err(Failure::usage("diff: there is nothing to compare with")
                .hint("name a point, as in `retold diff SESSION head-1`, or another session"));
        };
        let (found, mut timeline) = travel_args::begin(context, &log, first)?;
        // A point is one wherever it can be: a session that is called like one is named with its workspace.
        if let Ok(point) = second.parse::<Point>() {
            let (a, b) = self.moments(context, &mut timeline, &found, &point)?;
            let (old, new) = (timeline.at_resolved(&a.resolved())?, timeline.at_resolved(&b.resolved())?);
            let name = timeline.name().clone();
            if old.state.is_none() && new.state.is_none() {
                let position = b.position;
                return Err(retold_travel::Error::NotThere {
                    stream: name,
                    reason: "not created yet",
                    position,
                }
                .into());
            }
            return self.answer(context, &mut timeline, (&old, &new), Some((a.position, b.position)), b);
        }
        if self.third.is_some() {
            return Err(Failure::usage(format!("diff: {second} is no point")).hint("`retold help points`"));
        }
        let as_of = context.as_of(timeline.reader(), Some(&found))?;
        let (_, mut other) = travel_args::begin(context, &log, second)?;
        let at = as_of.resolved();
        let (old, new) = (timeline.at_resolved(&at)?, other.at_resolved(&at)?);
        self.answer(context, &mut timeline, (&old, &new), None, as_of)
    }
}

impl Diff {
    /// Takes `--since` and `--until` for the two points.
    fn take_range(&mut self, context: &Context<'_>) -> Result<(), Failure> {
        let Some(range) = self.since.range(context, None)? else { return Ok(()) };
        let (a, b) = match self.all {
            true => (&mut self.first, &mut self.second),
            false => (&mut self.second, &mut self.third),
        };
        if a.is_some() || b.is_some() {
            return Err(Failure::usage("diff: the points are given as well as --since or --until")
                .hint("`--since A --until B` is the same as A B: write one of the two"));
        }
        *a = Some(range.after.map_or_else(|| "0".to_owned(), |point| point.to_string()));
        *b = range.to.map(|point| point.to_string());
        Ok(())
    }

    fn moments(
        &self,
        context: &mut Context<'_>,
        timeline: &mut Timeline<'_>,
        found: &retold_projections::Found,
        a: &Point,
    ) -> Result<(AsOf, AsOf), Failure> {
        let reader = timeline.reader();
        let from = context.resolver(reader, Some(found)).resolve_or_before(a)?;
        context.note_point(a, &from.said);
        let to = match &self.third {
            None => context.as_of(reader, Some(found))?,
            Some(text) => {
                let b: Point =
                    text.parse().map_err(|error| Failure::usage(format!("point {text}: {error}")))?;
                let to = context.resolver(reader, Some(found)).resolve_or_before(&b)?;
                context.note_point(&b, &to.said);
                (&to).into()
            }
        };
        Ok(((&from).into(), to))
    }

    fn answer(
        &self,
        context: &mut Context<'_>,
        timeline: &mut Timeline<'_>,
        (old, new): (&Frame, &Frame),
        between: Option<(Position, Position)>,
        as_of: AsOf,
    ) -> Result<Exit, Failure> {
        let only = self.path.as_deref().map(crate::calls::place).transpose()?.flatten();
        let calls = match between.filter(|_| only.is_some() || self.path.is_none()) {
            None => SessionCalls::default(),
            Some((from, to)) => {
                let stream = timeline.stream();
                SessionCalls::read(timeline.reader(), stream, from.max(to))?
            }
        };
        let mut changed = between.map_or_else(Vec::new, |(from, to)| calls.between(from, to));
        if let Some(path) = &only {
            changed.retain(|change| path.has(change.index, change.call));
        }
        let patches = diff(old.state.as_ref(), new.state.as_ref(), timeline.reader().connection())?;
        let mut told = named(old.state.as_ref(), patches);
        if only.is_some() {
            told.clear();
        } else if let Some(path) = &self.path {
            let place = Place::parse(path)?;
            // By the name that it has in the end, or had in the beginning.
            let found = place.path(new.state.as_ref()).or_else(|| place.path(old.state.as_ref()));
            told.retain(|(patch, _)| found.as_ref().is_some_and(|path| path.touches(&patch.path)));
        }
        answer(context, timeline, &told, &changed, as_of, self.stat)?;
        Ok(if told.is_empty() && changed.is_empty() {
            travel_args::nothing(context, "nothing differs")
        } else {
            Exit::Done
        })
    }
}

/// Returns patches that lead away from a state, each with its place as people read it.
pub(super) fn named(from: Option<&State>, patches: Vec<Patch>) -> Vec<(Patch, String)> {
    let mut roll = Roll::of(from);
    let named = |patch: Patch| {
        let path = roll.follow(&patch);
        (patch, path)
    };
    patches.into_iter().map(named).collect()
}

/// Answers with patches.
///
/// # Errors
/// Where a text cannot be loaded, or the answer not be written.
pub(super) fn answer(
    context: &mut Context<'_>,
    timeline: &mut Timeline<'_>,
    told: &[(Patch, String)],
    calls: &[CallChange<'_>],
    as_of: AsOf,
    stat: bool,
) -> Result<(), Failure> {
    let connection = timeline.reader().connection();
    if !context.is_table() {
        let columns: &[&str] = if stat { &["path", "op"] } else { &["path", "op", "old", "new"] };
        let mut rows = context.rows(as_of, columns.iter().copied())?;
        for (patch, _) in told {
            let head = [patch.path.to_string().into(), patch.change.name().into()];
            match stat {
                true => rows.push(head)?,
                false => {
                    let [old, new] = sides(&changes::loaded_patch(patch, connection)?);
                    rows.push(head.into_iter().chain([old, new]))?;
                }
            }
        }
        for change in calls {
            let (path, op, old, new) = crate::calls::change(change);
            let head = [path.into(), op.into()];
            match stat {
                true => rows.push(head)?,
                false => rows.push(head.into_iter().chain([old, new]))?,
            }
        }
        return rows.finish();
    }
    let mut page = String::new();
    let style = context.style("");
    for (patch, path) in told {
        match stat {
            true => page.push_str(&format!("{} {}\n", sign(patch), crate::printable::printable(path))),
            false => changes::write(&mut page, patch, path, connection, style)?,
        }
    }
    for change in calls {
        crate::calls::write(&mut page, change, stat, style);
    }
    if stat && !(told.is_empty() && calls.is_empty()) {
        let mut counted = Stat::of(told.iter().map(|(patch, _)| patch));
        calls.iter().for_each(|change| counted.count(change.new.is_some(), change.old.is_some()));
        page.push_str(&format!("{}\n", counted.said()));
    }
    context.text(&page)
}

/// What a place held, and what it holds.
pub(super) fn sides(patch: &Patch) -> [Value; 2] {
    use retold_travel::Change;
    match &patch.change {
        Change::Set { old, new } => [Value::json(old), Value::json(new)],
        // What was there stays; it is not told again.
        Change::Extend { text, .. } => [Value::Null, Value::json(text)],
        Change::Insert(new) => [Value::Null, Value::json(new)],
        Change::Remove(old) => [Value::json(old), Value::Null],
    }
}

fn sign(patch: &Patch) -> char {
    use retold_travel::Change;
    match &patch.change {
        Change::Insert(_) | Change::Extend { .. } => '+',
        Change::Remove(_) => '-',
        Change::Set { .. } => '~',
    }
}
