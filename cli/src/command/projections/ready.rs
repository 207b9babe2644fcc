//! A projection that comes with retold, as ready for a question as it can be made.

use std::time::Duration;

use retold_core::Head;
use retold_present::{CaughtUp, catch_up};
use retold_projections::{Error, Store, Usable};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// Brings a projection to the end of the log, as far as that goes within `bound`, and returns the store to ask with the
/// moment that the projection stands for.
///
/// Nothing is written where it holds every event already. Where nothing can be written, it is read as of its checkpoint, and
/// the person is told; where there is none of it, it is filled for this process alone.
pub(crate) fn ready(
    context: &mut Context<'_>,
    name: &str,
    bound: Duration,
) -> Result<(Store, Head), Failure> {
    let store = context.open_store()?;
    if let Usable::Whole(head) = store.sidecars().usable(name)? {
        return Ok((store, head));
    }
    let refused = match Store::open(context.store_path()?, context.options()) {
        Ok(writable) => match bring_up(context, &writable, name, bound) {
            Ok(()) => return as_it_is(writable, name),
            Err(Trouble::Failure(failure)) => return Err(failure),
            Err(Trouble::Place(error)) => error,
        },
        Err(error) if is_about_writing(&error) => error,
        Err(error) => return Err(error.into()),
    };
    let cause = Failure::from(refused).words();
    match store.sidecars().usable(name)? {
        Usable::Whole(head) => Ok((store, head)),
        Usable::UpTo(head) => {
            let end = store.log().reader()?.head()?.position;
            context.note(&format!(
                "warning: {name} holds events up to position {} of {end} and cannot be brought up to date: {cause}",
                head.position
            ));
            Ok((store, head))
        }
        Usable::Not => {
            let head = store.log().reader()?.head()?;
            let bar = context.watch("index");
            let is_full = store.fill_privately(name, &bar.follow());
            bar.end();
            if !is_full? {
                return Err(Failure::interrupted());
            }
            context.note(&format!("{name} was filled for this answer alone: {cause}"));
            Ok((store, head))
        }
    }
}

/// Why a projection was not brought up to date.
enum Trouble {
    /// Nothing can be written where its file is.
    Place(Error),
    Failure(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if is_about_writing(&error) { Self::Place(error) } else { Self::Failure(error.into()) }
    }
}

impl From<retold_core::Error> for Trouble {
    fn from(error: retold_core::Error) -> Self {
        Error::from(error).into()
    }
}

fn is_about_writing(error: &Error) -> bool {
    matches!(error, Error::Log(error) if error.is_about_writing())
}

fn as_it_is(store: Store, name: &str) -> Result<(Store, Head), Failure> {
    let head = match store.sidecars().usable(name)? {
        Usable::Whole(head) | Usable::UpTo(head) => head,
        _ => store.log().reader()?.head()?,
    };
    Ok((store, head))
}

/// Brings a projection to the end of the log within `bound`, and says where it does not come there.
fn bring_up(context: &mut Context<'_>, store: &Store, name: &str, bound: Duration) -> Result<(), Trouble> {
    let (now, head) = (super::list::now(context), store.log().reader()?.head()?.position);
    let bar = context.watch("index");
    let caught_up = catch_up(store, name, now, bound, &bar.follow());
    bar.end();
    let caught_up = caught_up?;
    let status = store.sidecars().status_of(name, now)?;
    match caught_up {
        CaughtUp::Whole => return Ok(()),
        CaughtUp::Paused => {
            if status.position < head {
                context.note(&format!(
                    "warning: {name} is paused at position {} of {head}: `retold projections resume {name}` lets it go on",
                    status.position
                ));
            }
            return Ok(());
        }
        CaughtUp::NotYet if context.io.is_interrupted() => return Err(Failure::interrupted().into()),
        CaughtUp::NotYet if status.position >= head => return Ok(()),
        CaughtUp::NotYet => {}
    }
    if status.path.is_none() {
        let so_far = status.building.and_then(|(_, position)| position).unwrap_or_default();
        return Err(Failure::new(
            Exit::Busy,
            format!(
                "{name}: it is being filled for the first time, {so_far} of {} so far",
                counted(head.get(), "event")
            ),
        )
        .hint(format!("`retold projections catch-up {name}` fills it to the end; --wait waits longer"))
        .into());
    }
    context.note(&format!(
        "warning: {name} holds events up to position {} of {head}: `retold projections catch-up {name}` brings it to the end",
        status.position
    ));
    Ok(())
}
