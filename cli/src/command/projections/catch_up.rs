//! `retold projections catch-up`: projections, filled up to the end of the log, once or continuously.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use retold_projections::{Error, Filled, Following, Kind, Store};

use super::change::with_progress;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

pub(super) fn catch_up(
    context: &mut Context<'_>,
    names: Vec<String>,
    is_followed: bool,
) -> Result<Exit, Failure> {
    let store = Store::open(context.store_path()?, context.options())?;
    if is_followed { follow(context, &store) } else { once(context, &store, names) }
}

fn once(context: &mut Context<'_>, store: &Store, names: Vec<String>) -> Result<Exit, Failure> {
    let head = store.log().reader()?.head()?;
    let status = store.sidecars().status(super::list::now(context))?;
    let paused: Vec<&str> = status
        .iter()
        .filter(|status| status.state == retold_projections::ProjectionState::Paused)
        .map(|status| status.name.as_str())
        .collect();
    if let Some(name) = names.iter().find(|name| paused.contains(&name.as_str())) {
        return Err(Failure::new(Exit::Usage, format!("fill projection {name}: it is paused"))
            .hint(format!("`retold projections resume {name}` lets it go on")));
    }
    let names = match names.is_empty() {
        false => names,
        true => {
            let all = status.iter().filter(|status| status.kind != Kind::Inline);
            all.map(|status| status.name.clone()).filter(|name| !paused.contains(&name.as_str())).collect()
        }
    };
    if names.is_empty() {
        context.note(match paused.first() {
            None => "there is no projection to bring up to date: `retold projections add FILE` declares one",
            Some(_) => "every projection is paused: `retold projections resume NAME` lets one go on",
        });
        return Ok(Exit::Nothing);
    }
    // What is wrong with one is told in the end, when all others are done.
    let mut failures: Vec<Failure> = Vec::new();
    let mut done: Vec<(String, u64)> = Vec::new();
    for name in names {
        match with_progress(context, store, &name, |sidecars, progress| sidecars.catch_up(&name, progress)) {
            Ok(Filled::UpTo(position)) => done.push((name, position.get())),
            Ok(Filled::Interrupted) => {
                context.note("interrupted: the next run goes on from here");
                return Ok(Exit::Interrupted);
            }
            Err(failure) => failures.push(failure),
        }
    }
    let is_table = context.is_table();
    if is_table {
        for (name, position) in &done {
            context.say(&format!("{name}: holds {}", counted(*position, "event")))?;
        }
    } else {
        let mut rows = context.rows(head, ["name", "position"])?;
        done.iter().try_for_each(|(name, position)| rows.push([name.as_str().into(), (*position).into()]))?;
        rows.finish()?;
    }
    let last = failures.pop();
    failures.iter().for_each(|failure| context.tell(failure));
    last.map_or(Ok(Exit::Done), Err)
}

fn follow(context: &mut Context<'_>, store: &Store) -> Result<Exit, Failure> {
    let interrupt = Arc::clone(&context.io.interrupt);
    let mut heard = Vec::new();
    let mut tell = |context: &mut Context<'_>, following: Following| match following {
        Following::CaughtUp { name, position } => {
            context.note(&format!("{name}: holds {}, and follows", counted(position.get(), "event")));
        }
        Following::Stopped { name, error } => {
            context.note(&format!("{name}: stands still"));
            heard.push(name);
            context.tell(&Failure::from(error));
        }
        _ => {}
    };
    let followed: Result<(), Error> = store
        .sidecars()
        .follow(&|| interrupt.load(Ordering::Relaxed), &mut |following| tell(context, following));
    followed?;
    Ok(Exit::Interrupted)
}
