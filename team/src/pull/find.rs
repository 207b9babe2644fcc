//! Which sessions of a team somebody means.

use std::collections::BTreeMap;

use crate::receiver::{Contents, Edition, Error, Hash, KeptSession};

/// A workspace, a session's id, an ordinal.
pub type Name = (String, String, u32);

/// Candidates that are told, where several sessions are meant.
const CANDIDATES_MAX: usize = 8;

/// Places of a name where an id may begin.
const SLASHES_MAX: usize = 64;

/// Why no session is meant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The receiver failed, or cannot be reached.
    #[error(transparent)]
    Receiver(#[from] Error),
    /// There is none that whoever asks may read whole.
    #[error("there is no session whose id begins with {0}")]
    Nothing(String),
    /// It may be several.
    #[error("{word} may be {count} sessions: {}", ids.join(", "))]
    Several {
        /// What was given.
        word: String,
        /// How many begin so.
        count: usize,
        /// The ids of some.
        ids: Vec<String>,
    },
}

/// Returns the sessions whose id begins so, of those that whoever asks may read whole; of one that is in several logs, the copy that goes
/// furthest.
///
/// # Errors
/// Where the receiver fails.
pub fn sessions(
    contents: &mut (impl Contents + ?Sized),
    id: &str,
) -> Result<BTreeMap<Name, KeptSession>, Error> {
    Ok(furthest(contents.sessions(id)?))
}

fn furthest(all: Vec<KeptSession>) -> BTreeMap<Name, KeptSession> {
    let mut furthest: BTreeMap<Name, KeptSession> = BTreeMap::new();
    for one in all {
        let known = furthest.entry(one.name.clone()).or_insert_with(|| one.clone());
        if known.revision < one.revision {
            *known = one;
        }
    }
    furthest
}

/// Returns the session whose id begins so.
///
/// # Errors
/// Where there is none, or are several, or the receiver fails.
pub fn one(contents: &mut (impl Contents + ?Sized), word: &str) -> Result<KeptSession, FindError> {
    one_of(&sessions(contents, word)?, word)
}

fn one_of(found: &BTreeMap<Name, KeptSession>, word: &str) -> Result<KeptSession, FindError> {
    let is_exact = found.keys().any(|(_, id, _)| id == word);
    let mut fit: Vec<&KeptSession> = found.values().filter(|one| !is_exact || one.name.1 == word).collect();
    if fit.len() > 1 {
        let ids = fit.iter().take(CANDIDATES_MAX).map(|one| one.name.1.clone()).collect();
        return Err(FindError::Several { word: word.to_owned(), count: fit.len(), ids });
    }
    fit.pop().cloned().ok_or_else(|| FindError::Nothing(word.to_owned()))
}

/// Returns the session of a name in full (`WORKSPACE/ID`, `WORKSPACE/ID~ORDINAL`), else the one whose id begins so; and after it the agents
/// that it began, as far as they are in the same log.
///
/// # Errors
/// Those of [`one`].
pub fn family(contents: &mut (impl Contents + ?Sized), name: &str) -> Result<Vec<KeptSession>, FindError> {
    family_among(|id| contents.sessions(id), name)
}

/// The same of sessions that are told by the beginning of their id, as [`Contents::sessions`] does: asked once, unless the name has more than
/// one slash.
///
/// # Errors
/// Those of [`one`].
pub fn family_among(
    mut sessions: impl FnMut(&str) -> Result<Vec<KeptSession>, Error>,
    name: &str,
) -> Result<Vec<KeptSession>, FindError> {
    // Where it is in the name that the id begins, nobody is asked.
    for (slash, _) in name.match_indices('/').take(SLASHES_MAX) {
        let (workspace, rest) = (&name[..slash], &name[slash + 1..]);
        let of_ordinal = rest.rsplit_once('~').and_then(|(id, number)| Some((id, number.parse().ok()?)));
        for (id, ordinal) in [of_ordinal, Some((rest, 1))].into_iter().flatten() {
            let wanted = (workspace.to_owned(), id.to_owned(), ordinal);
            let found = furthest(sessions(id)?);
            if let Some(one) = found.get(&wanted) {
                return Ok(with_agents(one.clone(), found));
            }
        }
    }
    let found = furthest(sessions(name)?);
    Ok(with_agents(one_of(&found, name)?, found))
}

/// Puts a session before the agents that it began, which are among what was found beside it: their ids go on from its own.
fn with_agents(one: KeptSession, found: BTreeMap<Name, KeptSession>) -> Vec<KeptSession> {
    let is_agent = |agent: &KeptSession| {
        let is_below = agent.name.1.strip_prefix(&one.name.1).is_some_and(|rest| rest.starts_with('/'));
        is_below && agent.log == one.log && agent.name.0 == one.name.0
    };
    let agents: Vec<KeptSession> = found.into_values().filter(is_agent).collect();
    std::iter::once(one).chain(agents).collect()
}

/// Returns a number of what a receiver has of sessions: where it is the same, so is what it has. `None` where the receiver does not tell.
pub fn content(sessions: &[KeptSession]) -> Option<Hash> {
    let mut hasher = blake3::Hasher::new_derive_key("retold 2026-11-29 what a receiver has of sessions");
    for one in sessions {
        let Edition { hash, changes } = one.edition?;
        hasher.update(&one.log.tenant.to_le_bytes());
        hasher.update(&one.log.log.to_le_bytes());
        hasher.update(&*one.key);
        hasher.update(&one.revision.to_le_bytes());
        hasher.update(&*hash);
        hasher.update(&changes.to_le_bytes());
    }
    Some(Hash::from(*hasher.finalize().as_bytes()))
}
