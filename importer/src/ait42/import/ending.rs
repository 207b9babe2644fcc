//! The end of a file: what is gone from it, the order of its list, and the records of what said nothing new.

use std::collections::HashSet;
use std::sync::Arc;

use retold_core::event::{SessionDeleted, SessionMoved};
use retold_core::{Commit, Expected, Log, Meta, Origin, Source as Place, StreamName};

use super::super::import_records::{self, NewRecord, Record, Standing};
use super::super::order;
use super::kept::MoveRecord;
use super::open::Open;
use super::run::{CONFLICTS_MAX, Run};
use crate::Error;
use crate::quarantine::{self, OpenPiece};

impl Run<'_> {
    /// Ends a file. Nothing is done for one that has become outdated: it is read again.
    pub(super) fn end_file(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        self.take_answers(open, true)?;
        if open.is_own {
            return Ok(());
        }
        if !open.is_outdated {
            self.keep_records(open)?;
            self.move_into_order(open)?;
        }
        if !open.is_outdated && !open.is_cut && !self.report.interrupted {
            self.miss(open)?;
        }
        if !open.is_outdated && !open.is_cut && !self.report.interrupted && open.bytes.is_none() {
            self.settle_pieces(open)?;
        }
        Ok(())
    }

    /// Resolves earlier pieces of the file that are not in it any more: those whose session it has whole by now, and those of
    /// which no session is known, once all of the file can be read.
    fn settle_pieces(&mut self, open: &Open<'_>) -> Result<(), Error> {
        let Some(log) = self.writable() else { return Ok(()) };
        let pieces = quarantine::open_pieces(log, &open.name)?;
        if pieces.is_empty() {
            return Ok(());
        }
        let is_whole = open.damaged.is_empty() && !open.is_torn && !open.entries.is_empty();
        let whole: HashSet<&str> = open
            .entries
            .iter()
            .filter(|entry| !entry.is_set_aside && entry.fate.is_some())
            .map(|entry| entry.session_id.as_str())
            .collect();
        let is_settled = |piece: &OpenPiece| match &piece.session_id {
            _ if open.damaged.contains(&piece.digest) => false,
            Some(id) => whole.contains(id.as_str()),
            None => is_whole,
        };
        pieces
            .iter()
            .filter(|piece| is_settled(piece))
            .try_for_each(|piece| quarantine::resolve(log, piece.id))
    }

    /// Keeps the records of sessions that appended nothing.
    fn keep_records(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        let Some(log) = self.writable() else { return Ok(()) };
        let mut records = Vec::new();
        for entry in 0..open.entries.len() {
            let key = open.record_key(entry);
            let entry = &mut open.entries[entry];
            let Some((ordinal, place)) = entry.at.filter(|_| !entry.is_recorded) else { continue };
            let record = Record { digest: entry.digest, ordinal, place };
            records.push(NewRecord { key, record, before: entry.before });
            entry.is_recorded = true;
        }
        if records.is_empty() { Ok(()) } else { import_records::keep(&mut log.open_writer()?, &records) }
    }

    /// Counts what is gone from the file and still here; deletes it where the import was told to and the file can be
    /// trusted.
    fn miss(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        let Some(log) = self.log else { return Ok(()) };
        let first = open.entries.iter().filter(|entry| entry.array == 0);
        let has_record = |entry: &&super::open::Entry| entry.is_recorded || entry.before.is_some();
        if import_records::records_of(log, &open.name)? <= first.clone().filter(has_record).count() as u64 {
            return Ok(());
        }
        let met: HashSet<(&str, u32)> = first.map(|entry| (entry.session_id.as_str(), entry.nth)).collect();
        let known = import_records::sessions_of(log, &open.name)?;
        let mut missing: Vec<StreamName> = known
            .into_iter()
            .filter(|(session_id, nth, _)| !met.contains(&(session_id.as_str(), *nth)))
            .map(|(session_id, _, ordinal)| StreamName::session(&open.source.workspace, &session_id, ordinal))
            .collect();
        let is_trusted = !open.is_torn && !open.source.set_aside && !open.entries.is_empty();
        let deletes = self.options.deletions && is_trusted;
        for _ in 0..CONFLICTS_MAX {
            let standings = import_records::standings(log, &missing)?;
            let here: Vec<(StreamName, Standing)> = missing
                .drain(..)
                .zip(standings)
                .filter_map(|(name, standing)| standing.map(|standing| (name, standing)))
                .collect();
            if here.is_empty() {
                return Ok(());
            }
            // Asked after the log was read: what another importer brought from a newer version is not gone.
            let is_current = open.is_current();
            if !is_current && !self.is_last_pass {
                open.is_outdated = true;
                return Ok(());
            }
            if !deletes || !is_current {
                self.report.sessions.absent += here.len() as u64;
                return Ok(());
            }
            for (name, standing) in here {
                if !self.delete(log, open, &name, standing)? {
                    missing.push(name);
                }
            }
        }
        self.report.sessions.absent += missing.len() as u64;
        Ok(())
    }

    /// Deletes a session as it was seen; false where it is not so any more.
    fn delete(
        &mut self,
        log: &Log,
        open: &Open<'_>,
        name: &StreamName,
        seen: Standing,
    ) -> Result<bool, Error> {
        if self.writable().is_some() {
            let place = Place { file: open.name.clone(), file_hash: open.hash, offset: 0, length: 0 };
            let meta = Meta { source: Some(place), ..Meta::of(Origin::Import) };
            let commit = Commit::to(name.clone(), Expected::At(seen.revision), [SessionDeleted {}]);
            match log.append(commit.meta(meta)) {
                Err(error) if error.is_superseded() => return Ok(false),
                answer => drop(answer?),
            }
        }
        self.report.sessions.deleted += 1;
        self.report.events_appended += 1;
        Ok(true)
    }

    /// Puts the log's list into the file's order, where the file tells another than it told before. The order of a copy
    /// that was set aside is not the last word.
    fn move_into_order(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        let placed: Vec<usize> = (0..open.entries.len())
            .filter(|&at| open.entries[at].array == 0 && open.entries[at].at.is_some())
            .collect();
        if open.source.set_aside || order::moves(&places(open, &placed)).is_empty() {
            return Ok(());
        }
        for _ in 0..CONFLICTS_MAX {
            // Records tell where a session was then: what moves, moves among those that are there now.
            let standing = self.stand(open, &placed)?;
            let indexes: Vec<usize> = standing.iter().map(|(at, _)| *at).collect();
            let moves = order::moves(&places(open, &indexes));
            if moves.is_empty() {
                return Ok(());
            }
            if !open.is_current() {
                self.outdate(open);
                return Ok(());
            }
            let mut is_done = true;
            for (index, place) in moves {
                let (at, seen) = &standing[index];
                is_done &= self.move_to(open, *at, *seen, place)?;
            }
            if is_done {
                return Ok(());
            }
        }
        // Others keep moving the same sessions: one of them is the last.
        Ok(())
    }

    /// Moves a session that was seen where it is; false where it is not there any more.
    fn move_to(
        &mut self,
        open: &mut Open<'_>,
        at: usize,
        seen: Option<Standing>,
        place: f64,
    ) -> Result<bool, Error> {
        let key = open.record_key(at);
        let workspace = &open.source.workspace;
        let entry = &mut open.entries[at];
        let Some((ordinal, _)) = entry.at else { return Ok(true) };
        match (self.writable(), seen) {
            (Some(log), Some(seen)) => {
                let name = StreamName::session(workspace, &entry.session_id, ordinal);
                let commit = Commit::to(name, Expected::At(seen.revision), [SessionMoved { place }])
                    .hook(Arc::new(MoveRecord { key, ordinal, place }));
                match log.append(commit) {
                    Err(error) if error.is_superseded() => return Ok(false),
                    answer => drop(answer?),
                }
            }
            _ => self.dry_run.move_to(workspace, &entry.session_id, ordinal, place),
        }
        self.report.events_appended += 1;
        entry.at = Some((ordinal, place));
        Ok(true)
    }

    /// Looks up where sessions are, all at one moment; leaves out those that are deleted.
    fn stand(&self, open: &mut Open<'_>, placed: &[usize]) -> Result<Vec<(usize, Option<Standing>)>, Error> {
        let workspace = &open.source.workspace;
        let mut standing = Vec::with_capacity(placed.len());
        let (mut asked, mut names) = (Vec::new(), Vec::new());
        for &at in placed {
            let entry = &open.entries[at];
            let Some((ordinal, _)) = entry.at else { continue };
            let is_rehearsed = self.dry_run.records(workspace, &entry.session_id).contains_key(&ordinal);
            if self.log.is_some() && !is_rehearsed {
                asked.push(at);
                names.push(StreamName::session(workspace, &entry.session_id, ordinal));
            } else {
                standing.push((at, None));
            }
        }
        let Some(log) = self.log else { return Ok(standing) };
        for (at, seen) in asked.into_iter().zip(import_records::standings(log, &names)?) {
            let Some(seen) = seen else { continue };
            let entry = &mut open.entries[at];
            entry.at = entry.at.map(|(ordinal, _)| (ordinal, seen.place));
            standing.push((at, Some(seen)));
        }
        standing.sort_unstable_by_key(|(at, _)| *at);
        Ok(standing)
    }
}

fn places(open: &Open<'_>, indexes: &[usize]) -> Vec<f64> {
    indexes.iter().filter_map(|&at| open.entries[at].at.map(|(_, place)| place)).collect()
}
