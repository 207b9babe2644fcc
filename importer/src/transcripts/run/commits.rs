//! Commits on their way into the log, while the next one is made.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use retold_core::{Commit, Error as LogError, Expected, Log, Meta, NewEvent, Origin};

use super::{Reading, Run, Stop};
use crate::Error;

/// Commits that wait. Each holds as much as a piece of a file, or its longest record.
const AHEAD: usize = 1;
/// A commit has about so many events at most.
pub(super) const EVENTS: usize = 1_000;

/// Appends commits on a thread of its own, in the order in which they are given; after one that failed, none.
pub(in crate::transcripts) struct Commits<'scope> {
    queue: Option<SyncSender<Commit>>,
    thread: Option<ScopedJoinHandle<'scope, Result<(), Error>>>,
}

impl<'scope> Commits<'scope> {
    pub(in crate::transcripts) fn to<'env>(log: &'env Log, scope: &'scope Scope<'scope, 'env>) -> Self {
        let (queue, commits) = sync_channel::<Commit>(AHEAD);
        let thread = scope.spawn(move || {
            for commit in commits {
                log.append(commit)?;
            }
            Ok(())
        });
        Self { queue: Some(queue), thread: Some(thread) }
    }

    /// Gives one, once there is room; what became of an earlier one is said here or at the end.
    pub(super) fn append(&mut self, commit: Commit) -> Result<(), Stop> {
        match self.queue.as_ref().is_some_and(|queue| queue.send(commit).is_ok()) {
            true => Ok(()),
            // The thread has ended: by an error, which is said once.
            false => {
                Err(Stop::Failed(self.end().err().unwrap_or(Error::Log(LogError::Stopped { act: "import" }))))
            }
        }
    }

    /// Waits until all that were given are appended.
    pub(in crate::transcripts) fn end(&mut self) -> Result<(), Error> {
        self.queue = None;
        match self.thread.take().map(ScopedJoinHandle::join) {
            None => Ok(()),
            Some(Ok(outcome)) => outcome,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

impl Run<'_, '_> {
    pub(super) fn flush_if_full(&mut self, reading: &mut Reading) -> Result<(), Stop> {
        if !reading.pieces.is_full() && self.events < EVENTS {
            return Ok(());
        }
        let stamp = reading.stamp.take();
        self.flush(Some(reading))?;
        reading.stamp = stamp;
        self.go(reading.read.min(reading.file_bytes))
    }

    /// Appends what waits: the events of sessions, and after them the pieces of the file that they were made of.
    pub(super) fn flush(&mut self, reading: Option<&mut Reading>) -> Result<(), Stop> {
        self.events = 0;
        let (mut before, mut firsts) = (0_u64, Vec::with_capacity(self.touched.len()));
        let mut commit = Commit::default();
        let touched = std::mem::take(&mut self.touched);
        for id in &touched {
            firsts.push(before);
            let Some(tracked) = self.sessions.get_mut(id) else { continue };
            let events = std::mem::take(&mut tracked.pending);
            before += events.len() as u64;
            if tracked.is_first_news() {
                self.report.sessions_changed += 1;
            }
            events.iter().for_each(|new| self.lesson.hear(&new.event));
            if !events.is_empty() {
                let expected = Expected::At(tracked.revision);
                tracked.revision = tracked.revision.plus(events.len() as u64);
                commit = commit.and(tracked.name.clone(), expected, events);
            }
        }
        let mut own: Vec<NewEvent> = std::mem::take(&mut self.folders.seen);
        if let Some(reading) = reading
            && !reading.pieces.is_empty()
        {
            reading.has_news = true;
            own.extend(reading.found.take().map(NewEvent::from));
            let kept = reading.pieces.take(
                before + own.len() as u64,
                &firsts,
                reading.file_bytes,
                reading.stamp.as_deref(),
            );
            own.extend(kept.into_iter().map(NewEvent::from));
        }
        if before == 0 && own.is_empty() {
            return Ok(());
        }
        self.report.events += before + own.len() as u64;
        if self.options.dry_run {
            return Ok(());
        }
        self.lesson.learn(self.log)?;
        let (expected, count) = (Expected::At(self.revision), own.len() as u64);
        if !own.is_empty() {
            commit = commit.and(self.workspace.clone(), expected, own);
            self.revision = self.revision.plus(count);
        }
        self.commits.append(commit.meta(Meta::of(Origin::Import)).hook(self.exclusions.hook()))
    }

    /// Waits until everything is appended.
    pub(in crate::transcripts) fn end(&mut self) -> Result<(), Stop> {
        self.commits.end().map_err(Stop::Failed)
    }
}
