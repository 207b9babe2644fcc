//! Pruning: what was said and written in old sessions leaves the store once an archive has it. What happened stays, and so
//! does what each body committed to, so that the chain verifies from its first event.
//!
//! A `BodiesPruned` event in a session says that everything that was said before it is gone, and into which archive; the
//! writer makes it so in the same transaction (`erasure/` in core). A `BodiesRestored` event says that it is back. Only the bodies
//! of messages and of outputs go (`EventType::is_content`): every list keeps its length, so that whatever happens to the
//! session later names the same things, before and after they are put back.

mod archive;
mod select;
mod unprune;

use retold_core::event::BodiesPruned;
use retold_core::raw::Unreferred;
use retold_core::{Commit, Digest, Error, Expected, Log, OnProgress, Position, Progress, StreamName, Unit};

pub use archive::Archive;
use select::{LastUses, texts_to_keep};
pub use select::{Prunable, prunable, prunable_among};
pub use unprune::{PrunedSession, Unpruned, pruned, pruned_among, pruned_of, unprune};

/// Bodies that go in one transaction, about: writers wait for some ten milliseconds.
const BODIES_A_COMMIT: u64 = 2000;

/// What a pruning did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// The sessions that it took something out of.
    pub sessions: u64,
    /// The bodies that it took out.
    pub bodies: u64,
    /// Sessions that stay as they are, because something happened in them meanwhile.
    pub skipped: Vec<StreamName>,
}

/// Takes what was said and written in sessions out of the store, once it is seen that the archive has it: every body
/// of them, with the same salt.
///
/// `sessions` are those that [`prunable`] returned in one call, all or some of them. Each is pruned whole or not at all, some
/// of them in a transaction; interrupted, the next call goes on with the others. `progress` gets the bodies that are gone.
///
/// # Errors
/// [`Error::Archive`] where it lacks a body: nothing was pruned then; [`Error::Stopped`]; otherwise those of
/// [`Log::append`].
pub fn prune(
    log: &Log,
    archive: &Archive,
    sessions: &[Prunable],
    reason: Option<&str>,
    progress: impl OnProgress,
) -> Result<Pruned, Error> {
    archive.has_all(sessions)?;
    let batches: Vec<&[Prunable]> = batches(sessions);
    let mut texts = LastUses::of(batches.iter().copied());
    texts.keep(&texts_to_keep(log, sessions)?);
    let as_of = sessions.iter().map(|session| session.as_of).min().unwrap_or_default();
    let bodies_total: u64 = sessions.iter().map(|session| session.bodies).sum();
    let mut pruned = Pruned::default();
    for (number, batch) in batches.iter().enumerate() {
        let mut batch: Vec<&Prunable> = batch.iter().collect();
        while !batch.is_empty() {
            let unreferred = Unreferred { as_of, texts: texts.of_batch(number) };
            match prune_batch(log, archive, &batch, reason, unreferred) {
                Ok(()) => {
                    pruned.sessions += batch.len() as u64;
                    pruned.bodies += batch.iter().map(|session| session.bodies).sum::<u64>();
                    break;
                }
                Err(Error::Conflict { stream, .. }) => {
                    // It is not quiet any more.
                    let at = batch.iter().position(|session| session.name == stream);
                    let session = batch.remove(at.expect("a conflict is about a stream of the commit"));
                    texts.keep(&session.texts);
                    pruned.skipped.push(stream);
                }
                Err(error) => return Err(error),
            }
        }
        progress.advance("prune", Progress::new(Unit::Bodies, pruned.bodies, bodies_total))?;
    }
    Ok(pruned)
}

fn prune_batch(
    log: &Log,
    archive: &Archive,
    sessions: &[&Prunable],
    reason: Option<&str>,
    unreferred: Unreferred,
) -> Result<(), Error> {
    let mut reader = log.reader()?;
    let mut commit = Commit::default();
    for session in sessions {
        let state = reader.state(session.stream, Position::ZERO.plus(u64::MAX))?;
        let event = BodiesPruned {
            archive: archive.path().display().to_string(),
            archive_position: archive.head().position.get(),
            archive_hash: Digest(*archive.head().hash.as_bytes()),
            reason: reason.map(str::to_owned),
            updated_at: state.map(|state| state.session.updated_at),
        };
        commit = commit.and(session.name.clone(), Expected::At(session.revision), [event]);
    }
    drop(reader);
    let prepared = log.raw().prepare_erasure(commit, unreferred)?;
    log.append_prepared(prepared)?.wait().map(drop)
}

/// Cuts sessions into batches of some bodies each.
fn batches(sessions: &[Prunable]) -> Vec<&[Prunable]> {
    let mut batches = Vec::new();
    let (mut begun, mut bodies) = (0, 0);
    for (at, session) in sessions.iter().enumerate() {
        bodies += session.bodies;
        if bodies >= BODIES_A_COMMIT {
            batches.push(&sessions[begun..=at]);
            (begun, bodies) = (at + 1, 0);
        }
    }
    if begun < sessions.len() {
        batches.push(&sessions[begun..]);
    }
    batches
}

impl Archive {
    /// Holds every body that is to go against the one that the archive has.
    fn has_all(&self, sessions: &[Prunable]) -> Result<(), Error> {
        let mut bodies = self.bodies()?;
        for session in sessions {
            for (position, commit) in &session.said {
                if bodies.get(*position, commit)?.is_none() {
                    let found = format!("it has not the body at position {position} of {}", session.name);
                    return Err(Error::Archive { path: self.path().to_owned(), found });
                }
            }
        }
        Ok(())
    }
}
