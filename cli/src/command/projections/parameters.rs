//! What the statements of a declared projection can use.

use retold_core::EventType;
use retold_projections::parameters;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store::NO_HEAD;

pub(super) fn list(context: &mut Context<'_>, kind: Option<&str>) -> Result<Exit, Failure> {
    let kind = match kind {
        None => None,
        Some(name) => Some(find(name)?),
    };
    let mut rows = context.rows(NO_HEAD, ["parameter", "type", "about"])?;
    for parameter in parameters() {
        let is_meant = match kind {
            None => parameter.is_of_all(),
            Some(kind) => parameter.is_of(kind),
        };
        if is_meant {
            rows.push([
                format!(":{}", parameter.name).into(),
                parameter.kind.into(),
                parameter.about.into(),
            ])?;
        }
    }
    rows.finish()?;
    if kind.is_none() && context.is_table() {
        let types: Vec<&str> = EventType::ALL.iter().map(|kind| kind.name()).collect();
        context.note(&format!("each type has more of its own: {}", types.join(", ")));
    }
    Ok(Exit::Done)
}

fn find(name: &str) -> Result<EventType, Failure> {
    EventType::ALL.iter().copied().find(|kind| kind.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
        let types: Vec<&str> = EventType::ALL.iter().map(|kind| kind.name()).collect();
        Failure::usage(format!("list parameters: there is no event type {name}"))
            .hint(format!("the types are {}", types.join(", ")))
    })
}
