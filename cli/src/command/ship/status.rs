//! `retold ship status`: how far the log was shipped.

use super::hint::Hint;
use super::target::Target;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Value;

pub(super) fn status(context: &mut Context<'_>, target: Option<&str>) -> Result<Exit, Failure> {
    let wanted = match target {
        // Nobody is connected to: a target is only named.
        Some(target) => Some(Target::read(target, true, context)?.name()),
        None => None,
    };
    let log = context.open()?;
    let head = log.reader()?.head()?;
    let id = log.id().to_string();
    let mut hints = Hint::all(log.path());
    hints.retain(|hint| hint.log == id && wanted.as_ref().is_none_or(|wanted| *wanted == hint.target));
    if hints.is_empty() {
        context.note("the log was not shipped, as far as is known here");
        return Ok(Exit::Nothing);
    }
    let columns = ["target", "level", "shipped_to", "lag", "shipped_at", "held_back", "diverged_after"];
    let mut rows = context.rows(head, columns)?;
    for hint in hints {
        rows.push([
            hint.target.into(),
            hint.level.into(),
            hint.position.into(),
            head.position.get().saturating_sub(hint.position).into(),
            Value::Instant(hint.at),
            hint.private.into_iter().collect::<Vec<_>>().join(", ").into(),
            hint.diverged.into(),
        ])?;
    }
    rows.finish()?;
    Ok(Exit::Done)
}
