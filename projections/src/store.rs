//! A store: a log with its read models.

use std::path::Path;

use retold_core::{Head, Log, OnProgress, Options, Position};
use rusqlite::{Connection, TransactionBehavior};

use crate::Error;
use crate::builtin::{Generation, VERSION, complete_indexes, complete_tables, is_indexed, missing_columns};
use crate::engine::{Checked, Checkpoint, StoreHost, catch_up_log, check, drop_some, is_left_over, rebuild};
use crate::private::Private;
use crate::query::Counters;
use crate::search::Searched;
use crate::sidecar::{ProjectionState, inline_state};

/// A log with its read models, which are kept in the transaction of every append. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) log: Log,
    pub(crate) private: Private,
    pub(crate) counters: Counters,
    pub(crate) searched: Searched,
}

/// Where the read models are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// How they relate to the log.
    pub state: ProjectionState,
    /// The last position they hold.
    pub position: Position,
    /// The end of the log.
    pub head: Head,
}

impl Store {
    /// Opens the store at `path`, with its read models caught up. Takes the same time whatever the log's length,
    /// unless another program has written without them or an older release made them.
    ///
    /// # Errors
    /// Those of [`Options::open`]; [`Error::Diverged`] where the read models stand for another history.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let read_only = options.is_read_only();
        let store = Self::open_as_it_is(path, options)?;
        if !read_only {
            store.complete()?;
            store.sweep()?;
            store.bring_up_to_date()?;
        }
        Ok(store)
    }

    /// Opens the store and leaves the read models as they are, for one who will [rebuild](Self::rebuild) them, also
    /// where they stand for another history.
    ///
    /// # Errors
    /// Those of [`Options::open`].
    pub fn open_as_it_is(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        Ok(Self {
            log: options.inline(StoreHost::new()).open(path)?,
            private: Private::default(),
            counters: Counters::default(),
            searched: Searched::default(),
        })
    }

    /// Returns the log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Returns where the read models are. O(1).
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn status(&self) -> Result<Status, Error> {
        let (checkpoint, state, head) = inline_state(&self.log)?;
        let position = checkpoint.map_or(Position::ZERO, |checkpoint| checkpoint.head.position);
        Ok(Status { state, position, head })
    }

    /// Fills the read models again beside the old ones, and puts them in their place in one transaction: readers see
    /// old rows or new ones, never none. Appends go on meanwhile. Returns the position they hold, or `None` where
    /// `progress` said to stop; the next call goes on from there.
    ///
    /// # Errors
    /// [`Error::RebuildUnderWay`] where another process does the same; otherwise where the store cannot be written.
    pub fn rebuild(&self, progress: impl OnProgress) -> Result<Option<Position>, Error> {
        self.rebuild_and(progress, |_| {})
    }

    /// Does what [`rebuild`](Self::rebuild) does, and calls `seen` as soon as readers see the new rows. What comes after it is
    /// the removal of the old ones, in short steps between which others write; should it be interrupted, the next rebuild
    /// removes what is left.
    ///
    /// # Errors
    /// Those of [`rebuild`](Self::rebuild).
    pub fn rebuild_and(
        &self,
        progress: impl OnProgress,
        seen: impl FnOnce(Position),
    ) -> Result<Option<Position>, Error> {
        #[cfg(feature = "tracing")]
        let _span = tracing::info_span!(target: "retold", "rebuild").entered();
        Ok(rebuild(&self.log, &progress, |head| seen(head.position))?.map(|head| head.position))
    }

    /// Makes the rows of `sample` session records at random, or of all streams, again from their events and compares them
    /// with what the read models hold, at the position that they hold. `progress` gets the streams that are done; `None`
    /// where it said to stop. The store is only read.
    ///
    /// # Errors
    /// Where the store cannot be read, or an event in it cannot.
    pub fn check(&self, sample: Option<u32>, progress: impl OnProgress) -> Result<Option<Checked>, Error> {
        check(&self.log, sample, &progress)
    }

    /// Gives the tables the columns, indexes and counters that an older release did not know.
    fn complete(&self) -> Result<(), Error> {
        let act = crate::error::sqlite("bring the read models up to date");
        let lacks = |connection: &Connection| -> Result<Option<Checkpoint>, Error> {
            let Some(live) = Checkpoint::read(connection, Generation::Live)? else { return Ok(None) };
            let is_complete = missing_columns(connection, "main", "sessions").map_err(&act)?.is_empty()
                && is_indexed(connection, live.generation).map_err(&act)?;
            // Those of another version are built again, or left alone.
            Ok((live.version == VERSION && !is_complete).then_some(live))
        };
        if lacks(self.log.reader()?.connection())?.is_none() {
            return Ok(());
        }
        let mut connection = self.log.open_writer()?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
        // Another process may have rebuilt them meanwhile.
        if let Some(live) = lacks(&tx)? {
            complete_tables(&tx, Generation::Live)
                .and_then(|()| complete_indexes(&tx, Generation::Live, live.generation))
                .map_err(&act)?;
        }
        tx.commit().map_err(&act)
    }

    /// Removes some of what a rebuild left that a crash ended after its flip.
    fn sweep(&self) -> Result<(), Error> {
        if is_left_over(self.log.reader()?.connection())? {
            drop_some(&mut self.log.open_writer()?)?;
        }
        Ok(())
    }

    fn bring_up_to_date(&self) -> Result<(), Error> {
        let status = self.status()?;
        match status.state {
            ProjectionState::CaughtUp => Ok(()),
            ProjectionState::Outdated => self.rebuild(|_| true).map(drop),
            ProjectionState::Diverged => Err(Error::Diverged { position: status.position }),
            _ => catch_up_log(&self.log),
        }
    }
}
