//! Lists, full text, usage and SQL.

use retold_projections::{
    Answer as SearchAnswer, Prices, SearchFilter, SearchQuery, SessionCounts, SessionFilter, SessionRow,
    SqlConnection, Usable, Usage, UsageBlock, UsageQuery,
};
use retold_travel::Point;

use crate::named::workspace;
use crate::{Error, SessionHistory};

impl SessionHistory {
    /// Refuses a store that a newer release has migrated since it was opened: every write does so too.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn check_schema(&self) -> Result<(), Error> {
        Ok(self.inner.store.log().check_schema()?)
    }

    /// Lists sessions without their outputs and messages: those of one workspace, or of all where `workspace_path` is
    /// `None`; the path says the workspace, whatever `filter` says of it. [`SessionFilter::after`] begins the next page
    /// after the [cursor](SessionRow::cursor) of the last row.
    ///
    /// ```
    /// use retold::{Order, Session, SessionFilter, SessionHistory};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let history = SessionHistory::open(folder.path().join("sessions.db"))?;
    /// history.create("/src/atlas", Session::new("a1", "debate", "Tabs or spaces"))?;
    /// let running = SessionFilter::new().with_status("running").with_order(Order::Updated).with_limit(20);
    /// let rows = history.list(Some("/src/atlas"), &running)?;
    /// assert_eq!(rows[0].id, "a1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::ReadModels`] for a cursor of another order; [`Error::Store`] where the store
    /// cannot be read.
    pub fn list(
        &self,
        workspace_path: Option<&str>,
        filter: &SessionFilter,
    ) -> Result<Vec<SessionRow>, Error> {
        Ok(self.inner.store.sessions(&of_workspace(workspace_path, filter)?)?)
    }

    /// Lists sessions as [`list`](Self::list) does, as they were at a moment.
    ///
    /// Nothing is replayed: the projection `temporal` has the rows of every moment. The first answer of all fills it.
    ///
    /// # Errors
    /// Those of [`list`](Self::list); [`Error::Travel`] where the point names no moment.
    pub fn list_at(
        &self,
        workspace_path: Option<&str>,
        filter: &SessionFilter,
        point: impl Into<Point>,
    ) -> Result<Vec<SessionRow>, Error> {
        let filter = of_workspace(workspace_path, filter)?;
        let moment = self.moment_of(&self.inner.store.log().reader()?, &point.into())?;
        Ok(self.inner.store.sessions_at(moment, &filter, &|_| true)?.unwrap_or_default())
    }

    /// Counts the sessions that `filter` leaves, whatever its page, by status and type.
    ///
    /// # Errors
    /// Those of [`list`](Self::list).
    pub fn count(
        &self,
        workspace_path: Option<&str>,
        filter: &SessionFilter,
    ) -> Result<SessionCounts, Error> {
        Ok(self.inner.store.count_sessions(&of_workspace(workspace_path, filter)?)?)
    }

    /// Searches tasks, messages, outputs, agents' names, and what tools were called with and returned: at most `limit` hits, the best
    /// first.
    ///
    /// All words must be there. `"a phrase"` is matched as it is, `begin*` is the beginning of a word, `-without` is not
    /// there. The index is brought up to date first: the first search reads the whole log.
    ///
    /// # Errors
    /// [`Error::ReadModels`] for a query that cannot be read, and where another process fills the index right now;
    /// [`Error::Store`] where the store cannot be read.
    pub fn search(&self, query: &str, filter: &SearchFilter, limit: u32) -> Result<SearchAnswer, Error> {
        let query = SearchQuery::read(query)?;
        self.bring_up(SEARCH)?;
        Ok(self.inner.store.search(&query, filter, limit)?)
    }

    /// Brings a projection that comes with retold to the end of the log.
    fn bring_up(&self, name: &str) -> Result<(), Error> {
        let sidecars = self.inner.store.sidecars();
        if !matches!(sidecars.usable(name)?, Usable::Whole(_)) {
            sidecars.add_built_in(name)?;
            sidecars.catch_up(name, &|_| true)?;
        }
        Ok(())
    }

    /// Returns what was used, summed up by day, model, session or what else the query says: tokens, each response's once, and
    /// what they cost at these prices. Deleted sessions count too. The projection is brought up to date first: the first
    /// question reads the whole log.
    ///
    /// ```
    /// use retold::{Prices, UsageBy, UsageQuery};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let history = retold::SessionHistory::open(folder.path().join("sessions.db"))?;
    /// let query = UsageQuery { by: UsageBy::Model, ..UsageQuery::default() };
    /// let usage = history.usage(&query, &Prices::built_in())?;
    /// for row in &usage.rows {
    ///     // `None`: no price is known, and the tool said none.
    ///     println!("{:?}: {} tokens, {:?} µ$", row.key, row.sum.tokens(), row.sum.cost.micros());
    /// }
    /// assert_eq!(usage.total.sum.records, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ReadModels`] where another process fills the projection right now; [`Error::Store`] where the store cannot be
    /// read.
    pub fn usage(&self, query: &UsageQuery, prices: &Prices) -> Result<Usage, Error> {
        self.bring_up(TRANSCRIPTS)?;
        Ok(self.inner.store.usage(query, prices)?)
    }

    /// Returns usage by blocks of five hours, the newest first, as the limits of Claude Code count it.
    ///
    /// # Errors
    /// Those of [`usage`](Self::usage).
    pub fn usage_blocks(&self, query: &UsageQuery, prices: &Prices) -> Result<Vec<UsageBlock>, Error> {
        self.bring_up(TRANSCRIPTS)?;
        Ok(self.inner.store.usage_blocks(query, prices)?)
    }

    /// Opens a connection for SQL over sessions, instances, messages, events and declared projections, with their texts.
    /// It cannot write, and sees the store as each statement begins. Of more than nine declared projections it has those
    /// that `query` mentions.
    ///
    /// The columns are those of `docs/ANALYSTS.md`. SQL of strangers may be run on it: it reads, and attaches, sets and calls
    /// nothing else; how long a query may take is for a progress handler.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let history = retold::SessionHistory::open(folder.path().join("sessions.db"))?;
    /// let query = "select count(*) from sessions where status = ?1";
    /// let running: i64 = history.sql(query)?.query_row(query, ["running"], |row| row.get(0))?;
    /// assert_eq!(running, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Store`] where the store cannot be read.
    pub fn sql(&self, query: &str) -> Result<SqlConnection, Error> {
        only_reading(self.inner.store.sql_for(query)?)
    }

    /// Opens a connection as [`sql`](Self::sql) does, on which everything is as it was at a moment.
    ///
    /// # Errors
    /// Those of [`sql`](Self::sql); [`Error::Travel`] where the point names no moment.
    pub fn sql_at(&self, query: &str, point: impl Into<Point>) -> Result<SqlConnection, Error> {
        let moment = self.moment_of(&self.inner.store.log().reader()?, &point.into())?;
        let opened = self.inner.store.sql_at(moment, query, &|_| true)?;
        only_reading(opened.ok_or(retold_core::Error::Stopped { act: "fill the read models" })?)
    }
}

fn only_reading(mut connection: SqlConnection) -> Result<SqlConnection, Error> {
    let kept = retold_projections::allow_reading(&mut connection);
    kept.map_err(retold_core::Error::sqlite("open the store for queries"))?;
    Ok(connection)
}

const SEARCH: &str = "search";
const TRANSCRIPTS: &str = "transcripts";

fn of_workspace(path: Option<&str>, filter: &SessionFilter) -> Result<SessionFilter, Error> {
    let workspace = path.map(|path| workspace(path, "list sessions", "")).transpose()?;
    let mut filter = filter.clone();
    filter.workspace = workspace;
    Ok(filter)
}
