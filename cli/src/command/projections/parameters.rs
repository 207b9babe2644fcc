//! What the statements of a declared projection can use.

use retold_core::EventType;
use retold_projections::parameters;

use crate::command::help::wrap;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store::NO_HEAD;

/// Where prose begins, after a name and a type.
const INDENT: usize = 29;

pub(super) fn list(context: &mut Context<'_>, kind: Option<&str>) -> Result<Exit, Failure> {
    let kind = match kind {
        None => None,
        Some(name) => Some(find(name)?),
    };
    let meant = parameters().iter().filter(|parameter| match kind {
        None => parameter.is_of_all(),
        Some(kind) => parameter.is_of(kind),
    });
    if context.is_table() && context.io.out_is_terminal {
        // What they tell is prose, and never cut.
        let columns = context.io.columns.saturating_sub(INDENT).max(20);
        let mut text = String::new();
        for parameter in meant {
            let mut about = String::new();
            wrap(&mut about, &parameter.about, &" ".repeat(INDENT), columns);
            text.push_str(&format!(":{:<18} {:<8} {}\n", parameter.name, parameter.kind, about.trim()));
        }
        context.text(&text)?;
    } else {
        let mut rows = context.rows(NO_HEAD, ["parameter", "type", "about"])?;
        for parameter in meant {
            let name = format!(":{}", parameter.name);
            rows.push([name.into(), parameter.kind.into(), (*parameter.about).into()])?;
        }
        rows.finish()?;
    }
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
