//! Redaction: a body leaves, what it committed to stays.
//!
//! A `BodyRedacted` event in a commit is what happened, and the writer makes it so in the same transaction. Here is what comes
//! before: which events say it too, and which texts nothing else refers to.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::mpsc::channel;

use retold_core::event::BodyRedacted;
use retold_core::raw::{Redactable, Unreferred, referred};
use retold_core::{
    Appended, Commit, CommitHook, Decided, Decision, Error, Event, Expected, Log, Meta, Origin, Position,
    Reader, StreamId,
};
use rusqlite::Connection;

use crate::copies::copies_in;

/// What a redaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// The bodies that it took out, or that do not come back.
    pub bodies: u64,
    /// Those of them that were pruned before: an archive has them still.
    pub pruned: u64,
    /// The texts outside of events that went with them, because nothing else refers to them.
    pub blobs: u64,
    /// Where the `BodyRedacted` events are; `None` where every body was gone before.
    pub appended: Option<Appended>,
}

/// Takes the bodies of events out of the store, with their salts and with the texts that nothing else refers to.
///
/// Appends a `BodyRedacted` event for each to its stream, in one commit, and removes in the same transaction, so that
/// read models that are kept with the log are filled again without them. The chain still verifies. The bytes are
/// overwritten where they were (`secure_delete`), but the WAL and copies elsewhere may hold them: see
/// [`compact`](crate::compact) and [`find_residue`](crate::find_residue). Positions that are redacted already are passed
/// over. What forks say again goes with it: see [`copies`](crate::copies); also where the fork is made while this looks for it.
///
/// O(log) where a body refers to a text outside of it: every body is looked at for the same text.
///
/// # Errors
/// [`Error::Malformed`] for a position that the log does not have, and for that of a `BodyRedacted` event; otherwise
/// those of [`Log::append`].
pub fn redact(log: &Log, positions: &BTreeSet<Position>, reason: &str) -> Result<Redaction, Error> {
    let plan = {
        let mut reader = log.reader()?;
        reader.begin()?;
        plan_redaction(&mut reader, positions, reason)?
    };
    let Some(Plan { commit, mut redaction, unreferred }) = plan else { return Ok(Redaction::none()) };
    let as_of = unreferred.as_of;
    let prepared = log.raw().prepare_erasure(commit.hook(Arc::new(NoForkSince(as_of))), unreferred)?;
    // Where a session was forked meanwhile, all is looked up again inside the transaction.
    let (positions, reason) = (positions.clone(), reason.to_owned());
    let (sender, again) = channel();
    let decided = log.raw().append_or_decide(prepared, move |reader| {
        let plan = plan_redaction(reader, &positions, &reason)?;
        let (decision, redaction) = match plan {
            Some(Plan { commit, redaction, .. }) => (Decision::Append(commit), redaction),
            None => (Decision::Nothing { of: None }, Redaction::none()),
        };
        // The transaction may be given up and this asked again: the last answer counts.
        let _gone = sender.send(redaction);
        Ok(decision)
    })?;
    match decided.wait()? {
        Decided::Appended { appended, as_planned } => {
            redaction = again.try_iter().last().filter(|_| !as_planned).unwrap_or(redaction);
            redaction.appended = Some(appended);
            Ok(redaction)
        }
        _ => Ok(Redaction::none()),
    }
}

impl Redaction {
    fn none() -> Self {
        Self { bodies: 0, pruned: 0, blobs: 0, appended: None }
    }
}

/// What a redaction comes to, as of what a reader shows.
struct Plan {
    commit: Commit,
    redaction: Redaction,
    unreferred: Unreferred,
}

/// Plans a redaction; `None` where every body is gone already.
fn plan_redaction(
    reader: &mut Reader<'_>,
    positions: &BTreeSet<Position>,
    reason: &str,
) -> Result<Option<Plan>, Error> {
    let as_of = reader.head()?.position;
    let copies = copies_in(reader, positions)?;
    let positions: BTreeSet<Position> = positions.iter().chain(copies.keys()).copied().collect();
    let mut by_stream: BTreeMap<StreamId, Vec<Event>> = BTreeMap::new();
    let (mut redaction, mut texts) = (Redaction::none(), HashSet::new());
    for position in &positions {
        let (connection, decoder) = reader.raw();
        let found = Redactable::read(connection, decoder.unpacker(), *position)?;
        let Some(found) = found? else { continue };
        redaction.bodies += 1;
        redaction.pruned += u64::from(found.is_pruned);
        texts.extend(found.text);
        let event = BodyRedacted { position: position.get(), reason: reason.to_owned() };
        by_stream.entry(found.stream).or_default().push(event.into());
    }
    let (connection, decoder) = reader.raw();
    let is_going = |position: &Position| positions.contains(position);
    let referred = referred(connection, decoder.unpacker(), &texts, Position::ZERO, is_going)?;
    let texts: HashSet<_> = texts.difference(&referred).copied().collect();
    redaction.blobs = texts.len() as u64;
    let mut commit: Option<Commit> = None;
    for (stream, events) in by_stream {
        let name = reader.name(stream)?;
        commit = Some(match commit {
            None => Commit::to(name, Expected::Any, events),
            Some(commit) => commit.and(name, Expected::Any, events),
        });
    }
    let unreferred = Unreferred { as_of, texts };
    Ok(commit.map(|commit| Plan { commit, redaction, unreferred }))
}

/// Refuses a redaction that was planned before a session was forked: the fork may say again what is to go.
#[derive(Debug)]
struct NoForkSince(Position);

impl CommitHook for NoForkSince {
    fn check(&self, transaction: &Connection) -> rusqlite::Result<bool> {
        let mut statement = transaction.prepare_cached(include_str!("../sql/metas_after.sql"))?;
        let mut rows = statement.query([self.0])?;
        while let Some(row) = rows.next()? {
            // One that cannot be read may be that of a fork.
            let meta = Meta::of_bytes(row.get_ref(0)?.as_blob()?, Position::ZERO);
            if !meta.is_ok_and(|meta| meta.origin != Origin::Fork) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn apply(&self, _transaction: &Connection, _appended: &Appended) -> rusqlite::Result<()> {
        Ok(())
    }
}
