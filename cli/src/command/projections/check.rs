//! Projections, compared with what the log makes of them.

use retold_projections::{CheckedProjection, Difference, Error, Side, Store};

use super::INLINE;
use super::change::with_progress;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::printable::printable;

pub(super) fn check(context: &mut Context<'_>, names: &[String]) -> Result<Exit, Failure> {
    let store = context.open_store()?;
    let checked = run(context, &store, names, With::ReadModels)?;
    if checked.is_empty() {
        context.note("there are no rows to check: `retold projections rebuild` fills the read models");
        return Ok(Exit::Nothing);
    }
    let is_sound = checked.iter().all(CheckedProjection::is_sound);
    mark(context, &store, &checked);
    if context.is_table() {
        checked.iter().try_for_each(|one| tell(context, &store, one))?;
    } else {
        let head = store.log().reader()?.head()?;
        let columns = ["name", "version", "position", "sound", "fault", "differences", "uncompared"];
        let mut rows = context.rows(head, columns)?;
        for one in &checked {
            let differences: Vec<serde_json::Value> = one.differences.iter().map(document).collect();
            rows.push([
                one.name.as_str().into(),
                one.version.into(),
                one.position.into(),
                one.is_sound().into(),
                one.fault.as_deref().into(),
                Value::json(&differences),
                one.uncompared.into(),
            ])?;
        }
        rows.finish()?;
    }
    hint(context, &store, &checked)?;
    Ok(if is_sound { Exit::Done } else { Exit::Damaged })
}

/// What is checked where nothing is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum With {
    /// All projections.
    ReadModels,
    /// Those with files of their own.
    Files,
}

/// Checks projections, all that have rows where none is named.
///
/// # Errors
/// Where somebody asked to stop, or one that was named has no rows.
pub(crate) fn run(
    context: &Context<'_>,
    store: &Store,
    names: &[String],
    with: With,
) -> Result<Vec<CheckedProjection>, Failure> {
    let all = match names.is_empty() {
        true => {
            let inline = (with == With::ReadModels).then(|| INLINE.to_owned());
            inline.into_iter().chain(store.sidecars().names()?).collect()
        }
        false => names.to_vec(),
    };
    let mut checked = Vec::new();
    for name in all {
        let found = with_progress(context, store, &name, |sidecars, progress| {
            match sidecars.check(&name, progress) {
                // What was never filled has nothing wrong with it.
                Err(Error::NotFilled { .. }) if names.is_empty() => Ok(None),
                found => found.map(Some),
            }
        })?;
        match found {
            None => {}
            Some(None) => return Err(Failure::interrupted()),
            Some(Some(found)) => checked.push(found),
        }
    }
    Ok(checked)
}

/// Has the status of projections say what was found, where the store can be written: that one is damaged, or is not any more.
pub(crate) fn mark(context: &Context<'_>, read: &Store, checked: &[CheckedProjection]) {
    let status = read.sidecars().status(super::list::now(context)).unwrap_or_default();
    let is_marked = |name: &str| {
        let mut of_name = status.iter().filter(|status| status.name == name);
        of_name.any(|status| status.trouble.as_ref().is_some_and(|trouble| trouble.position.is_none()))
    };
    let news: Vec<_> = checked.iter().filter(|one| !one.is_sound() || is_marked(&one.name)).collect();
    if news.is_empty() {
        return;
    }
    let Ok(store) = Store::open_as_it_is(read.log().path(), context.options()) else { return };
    for one in news {
        // It was told all the same.
        let _not_noted = store.sidecars().mark_damaged(one);
    }
}

/// Says which command mends what was found.
///
/// # Errors
/// Where the store cannot be read.
pub(crate) fn hint(
    context: &mut Context<'_>,
    store: &Store,
    checked: &[CheckedProjection],
) -> Result<(), Failure> {
    let is_pruned = !retold_upkeep::pruned(store.log())?.is_empty();
    for one in checked.iter().filter(|one| !one.is_sound()) {
        // The read models are made of what no pruning takes.
        let but = if is_pruned && one.name != INLINE {
            ", and refuses to lose what came from pruned bodies"
        } else {
            ""
        };
        context.note(&format!(
            "hint: `retold projections rebuild {}` makes its rows again from the log{but}",
            one.name
        ));
    }
    Ok(())
}

/// The first differences of each projection that a person gets to see.
const SHOWN: usize = 10;

fn tell(context: &mut Context<'_>, store: &Store, one: &CheckedProjection) -> Result<(), Failure> {
    let name = format!("{}@{}", one.name, one.version);
    let verdict = one.verdict();
    match &verdict {
        None => context.say(&format!("{name}: sound, up to event {}", one.position))?,
        Some(verdict) => context.say(&format!("{name}: damaged: {}", printable(verdict)))?,
    }
    if let Some(caveat) = one.caveat() {
        context.note(&format!("{name}: {caveat}"));
    }
    if one.differences.is_empty() {
        return Ok(());
    }
    let head = store.log().reader()?.head()?;
    let mut rows = context.rows(head, ["table", "row", "key", "here", "by the log"])?;
    for difference in one.differences.iter().take(SHOWN) {
        rows.push([
            difference.table.as_str().into(),
            side(difference.side).into(),
            difference.key.as_str().into(),
            difference.left.as_deref().into(),
            Value::from(difference.right.as_deref()),
        ])?;
    }
    rows.finish()?;
    let rest = one.differences.len().saturating_sub(SHOWN) as u64;
    if rest > 0 {
        let more = if one.is_cut() { " at least" } else { "" };
        context.note(&format!("{} more{more}: -o json shows them", counted(rest, "row")));
    }
    Ok(())
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "too much",
        Side::Right => "missing",
        Side::Both => "differs",
    }
}

fn document(difference: &Difference) -> serde_json::Value {
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or(serde_json::Value::Null);
    serde_json::json!({
        "table": difference.table,
        "row": side(difference.side),
        "key": parsed(&difference.key),
        "here": difference.left.as_deref().map(parsed),
        "by_the_log": difference.right.as_deref().map(parsed),
    })
}
