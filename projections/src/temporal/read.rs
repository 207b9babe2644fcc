//! The read models at a moment, read.

use std::path::{Path, PathBuf};

use retold_core::happening::Moment;
use retold_core::{Head, Log, OnProgress, Position, attach_read_only};
use rusqlite::Connection;

use super::views::Bound;
use super::{NAME, place, views};
use crate::error::sqlite;
use crate::query::{SessionCounts, SessionFilter, SessionRow, count, list_unindexed};
use crate::sidecar::{SidecarFile, Usable, read_checkpoint, registry};
use crate::sql::add_functions;
use crate::{Error, Filled, Store};

/// The schema that the versions have beside the store.
pub(crate) const AT: &str = "retold_at";
/// Events that a question waits for to be taken in. Of more it is answered as of the checkpoint.
const CATCH_UP_MAX: u64 = 50_000;
/// Flips in a row, each just while the file is opened, before that is an error.
const FLIPS_MAX: u32 = 100;
const ACT: &str = "open the past for queries";

/// The read models at a moment, whatever has happened since. Nothing is replayed.
#[derive(Debug)]
pub struct TemporalReader {
    connection: Connection,
    moment: Moment,
    as_of: Head,
}

/// Whether the file is good enough for a moment as it is.
enum Known {
    Enough,
    Not(Usable),
}

impl Store {
    /// Returns the read models at a moment, from the projection `temporal`. Where that is not there it is filled; where it is
    /// behind what the moment needs, it is brought up to date, if that is 50,000 events at most. Otherwise the answer is
    /// for its checkpoint, [`TemporalReader::as_of`]. `None` where `progress` said to stop.
    ///
    /// Where nothing can be written beside the store, the file is read as it is; where there is none, it is filled for this
    /// process alone.
    ///
    /// # Errors
    /// Where the store cannot be read; those of [`Sidecars::catch_up`](crate::Sidecars::catch_up).
    pub fn temporal(
        &self,
        moment: Moment,
        progress: &dyn OnProgress,
    ) -> Result<Option<TemporalReader>, Error> {
        if !self.ready_temporal(moment, progress)? {
            return Ok(None);
        }
        for _ in 0..FLIPS_MAX {
            let path = self.temporal_path()?;
            match TemporalReader::open(&self.log, &path, moment) {
                // A file that was put in place meanwhile has another name.
                Err(_) if self.temporal_path()? != path => {}
                Ok(None) => {}
                opened => return opened,
            }
        }
        Err(Error::FolderGone { name: NAME.to_owned() })
    }

    /// Lists the sessions as they were at a moment, as [`sessions`](Self::sessions) does now; `None` where `progress` said to
    /// stop.
    ///
    /// # Errors
    /// Those of [`temporal`](Self::temporal) and [`sessions`](Self::sessions).
    pub fn sessions_at(
        &self,
        moment: Moment,
        filter: &SessionFilter,
        progress: &dyn OnProgress,
    ) -> Result<Option<Vec<SessionRow>>, Error> {
        self.temporal(moment, progress)?.map(|reader| reader.sessions(filter)).transpose()
    }

    fn temporal_path(&self) -> Result<PathBuf, Error> {
        if let Some(path) = self.private.projection(NAME) {
            return Ok(path);
        }
        let entry = registry::find(self.log.reader()?.connection(), NAME)?;
        let file = entry.and_then(|entry| entry.current);
        let file = file.ok_or_else(|| Error::NoProjection { name: NAME.to_owned() })?;
        Ok(file.path(self.log.path()))
    }

    /// Whether the projection `temporal` holds what a moment needs, or is so far behind that a question does not wait for it:
    /// then [`temporal`](Self::temporal) writes nothing.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn holds_moment(&self, moment: Moment) -> Result<bool, Error> {
        Ok(matches!(self.known_past(moment)?, Known::Enough))
    }

    fn known_past(&self, moment: Moment) -> Result<Known, Error> {
        if self.private.projection(NAME).is_some() {
            return Ok(Known::Enough);
        }
        let end = self.log.reader()?.head()?.position;
        let needed = match moment {
            Moment::Recorded(position) => position.min(end),
            Moment::Occurred(_) => end,
        };
        let usable = self.sidecars().usable(NAME)?;
        Ok(match usable {
            Usable::Whole(_) => Known::Enough,
            Usable::UpTo(head) if head.position >= needed && !self.bodies_moved_after(head.position)? => {
                Known::Enough
            }
            Usable::UpTo(head) if end.get() - head.position.get() > CATCH_UP_MAX => Known::Enough,
            usable => Known::Not(usable),
        })
    }

    /// Whether bodies were pruned or came back after a position: the rows of the past before it are others now.
    fn bodies_moved_after(&self, position: Position) -> Result<bool, Error> {
        let sql = "select exists (select 1 from event where type in (20, 21) and position > ?1)";
        let reader = self.log.reader()?;
        let moved = reader.connection().query_row(sql, [position], |row| row.get(0));
        moved.map_err(sqlite("look for what was erased"))
    }

    /// Has the file hold what the moment needs, as far as that is possible; false where `progress` said to stop.
    fn ready_temporal(&self, moment: Moment, progress: &dyn OnProgress) -> Result<bool, Error> {
        let usable = match self.known_past(moment)? {
            Known::Enough => return Ok(true),
            Known::Not(usable) => usable,
        };
        let sidecars = self.sidecars();
        let caught_up = sidecars.add_built_in(NAME).and_then(|_| sidecars.catch_up(NAME, progress));
        match caught_up {
            Ok(Filled::UpTo(_)) => Ok(true),
            Ok(Filled::Interrupted) => Ok(false),
            // Whoever fills it, what is there is as good as it was.
            Err(Error::AtWork { .. }) if matches!(usable, Usable::UpTo(_)) => Ok(true),
            Err(error) if crate::private::is_about_place(&error) => match usable {
                Usable::UpTo(_) => Ok(true),
                _ => self.fill_privately(NAME, progress),
            },
            Err(error) => Err(error),
        }
    }
}

impl TemporalReader {
    /// Opens the file as it is now; `None` where it was written to just then.
    pub(super) fn open(log: &Log, path: &Path, moment: Moment) -> Result<Option<Self>, Error> {
        let act = sqlite(ACT);
        let gone = || Error::FolderGone { name: NAME.to_owned() };
        let reader = SidecarFile::open_beside(path)?.ok_or_else(gone)?.connection;
        let connection = log.open_reader()?;
        add_functions(&connection, log)?;
        let open = || -> rusqlite::Result<Option<(Moment, Head)>> {
            connection.pragma_update(None, "query_only", false)?;
            attach_read_only(&connection, path, AT)?;
            // All answers are of one state of the file, whoever writes to it.
            connection.execute_batch("begin")?;
            reader.execute_batch("begin")?;
            let as_of = read_checkpoint(&connection, &format!("{AT}."))?.head;
            if read_checkpoint(&reader, "")?.head != as_of {
                return Ok(None);
            }
            let moment = match moment {
                Moment::Recorded(position) => Moment::Recorded(position.min(as_of.position)),
                occurred @ Moment::Occurred(_) => occurred,
            };
            let sql = include_str!("../../sql/temporal/is_corrected.sql").replace("{at}", AT);
            let is_corrected = connection.query_row(&sql, [], |row| row.get(0))?;
            let bound = Bound::of(moment).corrected(is_corrected);
            place::add_function(&connection, reader, &bound)?;
            views::create(&connection, &bound, AT)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(Some((moment, as_of)))
        };
        let opened = open().map_err(act)?;
        Ok(opened.map(|(moment, as_of)| Self { connection, moment, as_of }))
    }

    /// Returns the moment that the answers stand for. A position after the last event that is taken in is that event's.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Returns the last event that is taken in: the answers know of no later one.
    pub fn as_of(&self) -> Head {
        self.as_of
    }

    /// Lists the sessions as they were, as [`Store::sessions`] does now.
    ///
    /// # Errors
    /// Those of [`Store::sessions`].
    pub fn sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionRow>, Error> {
        list_unindexed(&self.connection, filter)
    }

    /// Counts the sessions as they were, as [`Store::count_sessions`] does now.
    ///
    /// # Errors
    /// Those of [`Store::count_sessions`].
    pub fn count_sessions(&self, filter: &SessionFilter) -> Result<SessionCounts, Error> {
        count(&self.connection, filter)
    }

    /// Returns the connection that has the views, to be read only.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the connection that has the views, for more of them.
    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }
}

/// Returns the last position that a moment is about, where it is a prefix of the log.
pub(crate) fn prefix(moment: Moment) -> Option<Position> {
    if let Moment::Recorded(position) = moment { Some(position) } else { None }
}
