//! What a follower does for the store from time to time.

use std::time::{Duration, Instant};

use retold_projections::Store;

use crate::command::prune::retention;
use crate::context::Context;
use crate::failure::Failure;

/// How often the retention is applied that is set.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// When it is tried again where it could not be applied.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// When something is due.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    next: Option<Instant>,
}

impl Upkeep {
    /// Applies the retention that is set, where that is due. Where it cannot be applied, or not to all that it is about,
    /// that is said, and the follower goes on.
    ///
    /// # Errors
    /// Where the answer cannot be written, or somebody asked to stop.
    pub(super) fn apply(&mut self, context: &mut Context<'_>, store: &Store) -> Result<(), Failure> {
        let Some(set) = context.settings.retention() else { return Ok(()) };
        if self.next.is_some_and(|next| Instant::now() < next) {
            return Ok(());
        }
        let applied = retention::apply(context, store, set);
        if context.io.is_interrupted() {
            return Ok(());
        }
        let after = match applied {
            Ok(done) => {
                if let Some(line) = done {
                    context.note(&line);
                }
                EVERY
            }
            Err(failure) => {
                context.note(&format!("retention: not applied completely: {}", failure.words()));
                AGAIN
            }
        };
        self.next = Instant::now().checked_add(after);
        Ok(())
    }
}
