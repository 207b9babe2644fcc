//! The one way to ask what was used.

use jiff::tz::TimeZone;
use rusqlite::{Connection, Row};

use super::group::{Groups, Part};
use super::prices::Known;
use super::sessions::Sessions;
use super::{Cost, Prices, QUARTER, UsageSum};
use crate::error::sqlite;
use crate::transcripts::NAME;
use crate::{Error, Projects, SqlConnection, Store};

/// What usage is summed up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UsageBy {
    /// The day, in the zone that is asked for.
    #[default]
    Day,
    /// The week, by the day of its Monday.
    Week,
    /// The month.
    Month,
    /// The project: the folder that the session began in.
    Project,
    /// The session, with its sub-agents.
    Session,
    /// The model.
    Model,
    /// The tool.
    Tool,
    /// The kind of agent: `main` for sessions of their own.
    Agent,
}

impl UsageBy {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Project,
        Self::Session,
        Self::Model,
        Self::Tool,
        Self::Agent,
    ];

    /// Returns the word for it, as the program and its protocols have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Project => "project",
            Self::Session => "session",
            Self::Model => "model",
            Self::Tool => "tool",
            Self::Agent => "agent",
        }
    }

    /// Returns what has this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.word() == word)
    }
}

/// Which usage is asked for, and how it is summed up.
#[derive(Clone, Debug)]
pub struct UsageQuery {
    /// By what.
    pub by: UsageBy,
    /// From this time on, in microseconds since 1970.
    pub from: Option<i64>,
    /// Before this time.
    pub before: Option<i64>,
    /// Only of this tool.
    pub tool: Option<String>,
    /// The zone of days, weeks and months.
    pub zone: TimeZone,
}

impl Default for UsageQuery {
    /// All of it, by days of UTC.
    fn default() -> Self {
        Self { by: UsageBy::Day, from: None, before: None, tool: None, zone: TimeZone::UTC }
    }
}

/// What was used, a row each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageRow {
    /// The day, session, model or what else was asked for; `None` where it is not known.
    pub key: Option<String>,
    /// The session's tool, where rows are sessions.
    pub tool: Option<String>,
    /// The session's title, where rows are sessions.
    pub title: Option<String>,
    /// What was used.
    pub sum: UsageSum,
    /// The models that used it.
    pub models: Vec<String>,
    /// How many sessions used it, sub-agents among them.
    pub sessions: u64,
    /// Of how many of these a part of the usage is not known.
    pub partial: u64,
}

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The newest day, week, month or session first; else what costs the most.
    pub rows: Vec<UsageRow>,
    /// All rows together. A session may be in several rows, and is counted once here.
    pub total: UsageRow,
    /// The models of records without a cost.
    pub without_cost: Vec<String>,
}

/// The tools whose own cost is in dollars.
const IN_DOLLARS: [&str; 2] = ["claude", "opencode"];

impl Store {
    /// Returns what was used, as the projection `transcripts` has it. Each response counts once, over files, forks, resumed
    /// sessions and sub-agents; deleted sessions count too. O(quarters of hours in which sessions used models), and
    /// O(sessions).
    ///
    /// # Errors
    /// [`Error::NoProjection`] where it was not filled yet.
    pub fn usage(&self, query: &UsageQuery, prices: &Prices) -> Result<Usage, Error> {
        let connection = connection(self)?;
        let projects = match query.by {
            UsageBy::Project => Projects::read(&mut self.log.reader()?)?,
            _ => Projects::default(),
        };
        let read = || -> rusqlite::Result<Usage> {
            let mut parts = Parts::new(&connection, prices, query.tool.as_deref())?;
            parts.sessions.projects = projects;
            let mut groups = Groups::new(query.by, &query.zone);
            parts.read(query.from, query.before, &mut |sessions, part| groups.add(sessions, part))?;
            groups.finish(&mut parts.sessions)
        };
        read().map_err(sqlite("sum up usage"))
    }
}

/// Opens the store with the projection.
pub(super) fn connection(store: &Store) -> Result<SqlConnection, Error> {
    let connection = store.sql_for(NAME)?;
    match connection.attached().iter().any(|name| name == NAME) {
        true => Ok(connection),
        false => Err(Error::NoProjection { name: NAME.to_owned() }),
    }
}

/// What was used, part by part, each with its cost.
pub(super) struct Parts<'a> {
    connection: &'a Connection,
    pub(super) sessions: Sessions<'a>,
    prices: Known<'a>,
    tool: Option<&'a str>,
}

/// What takes a part.
pub(super) type Each<'f> = &'f mut dyn FnMut(&mut Sessions<'_>, &Part<'_>) -> rusqlite::Result<()>;

impl<'a> Parts<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        prices: &'a Prices,
        tool: Option<&'a str>,
    ) -> rusqlite::Result<Self> {
        let sessions = Sessions::read(connection)?;
        Ok(Self { connection, sessions, prices: Known::of(prices), tool })
    }

    /// Hands over what was used in a time: whole quarters of an hour as sums, in their order, then what is left at both ends
    /// record by record.
    pub(super) fn read(
        &mut self,
        from: Option<i64>,
        before: Option<i64>,
        each: Each<'_>,
    ) -> rusqlite::Result<()> {
        let sums = include_str!("../../../sql/transcripts/usage/sums.sql");
        let edge = include_str!("../../../sql/transcripts/usage/edge.sql");
        let ceiling = |at: i64| at.div_euclid(QUARTER) + i64::from(at.rem_euclid(QUARTER) > 0);
        let first = from.map_or(i64::MIN, ceiling);
        let end = before.map_or(i64::MAX, |at| at.div_euclid(QUARTER));
        let start = |quarter: i64| quarter.saturating_mul(QUARTER);
        if first > end {
            // Both ends are in one quarter.
            return self.hand_over(edge, (from.unwrap_or(i64::MIN), before.unwrap_or(i64::MAX)), each);
        }
        self.hand_over(sums, (first, end), each)?;
        if let Some(from) = from.filter(|from| start(first) > *from) {
            self.hand_over(edge, (from, start(first)), each)?;
        }
        if let Some(before) = before.filter(|before| start(end) < *before) {
            self.hand_over(edge, (start(end), before), each)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, sql: &str, range: (i64, i64), each: Each<'_>) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            self.hand_over_row(row, each)?;
        }
        Ok(())
    }

    fn hand_over_row(&mut self, row: &Row<'_>, each: Each<'_>) -> rusqlite::Result<()> {
        let stream: i64 = row.get(1)?;
        let session = self.sessions.get(stream)?;
        if self.tool.is_some_and(|tool| tool != session.tool) {
            return Ok(());
        }
        let is_in_dollars = IN_DOLLARS.contains(&session.tool.as_str());
        let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0));
        let mut sum = UsageSum {
            records: number(5)?,
            input: number(6)?,
            cache_read: number(7)?,
            cache_write: number(8)?,
            cache_write_1h: number(9)?,
            output: number(10)?,
            reasoning: number(11)?,
            cost: Cost::default(),
        };
        let (quarter, steps): (i64, i64) = (row.get(0)?, row.get(4)?);
        let model = row.get_ref(3)?.as_str()?;
        let said = (row.get(12)?, number(13)?);
        let said = Some(said).filter(|(_, records)| is_in_dollars && *records > 0);
        sum.cost = Cost::of(&sum, self.prices.rates(model, quarter, steps), said);
        each(&mut self.sessions, &Part { quarter, stream, model, sum })
    }
}
