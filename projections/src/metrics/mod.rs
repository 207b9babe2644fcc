//! Figures per session, day and agent: a projection declared in SQL, as an analyst would, that comes with retold.

use retold_core::Clock;
use rusqlite::types::Value;

use crate::declared::{Declaration, Declared};
use crate::error::sqlite;
use crate::sidecar::BuiltIn;
use crate::{Error, Store};

const DECLARATION: &str = include_str!("metrics.sql");

pub(crate) const METRICS: BuiltIn = BuiltIn {
    name: "metrics",
    version: 4,
    about: "sessions, instances, messages, outcomes, durations, lines, time in status and throughput, by session and by day",
    make: |_| {
        let declaration = Declaration::read_own(DECLARATION).expect("a test reads it");
        Box::new(Declared::new(&declaration))
    },
};

/// What figures are summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsBy {
    /// The day that things happened on, or that the log got them, in UTC.
    Day,
    /// The week, by its Monday, likewise.
    Week,
    /// The month, likewise.
    Month,
    /// The session's type.
    Type,
    /// The instance's runtime.
    Runtime,
    /// The agent's name.
    Agent,
}

/// Figures, a row each.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The names of the columns; the first one is what they are summed up by.
    pub columns: Vec<String>,
    /// A value for each column.
    pub rows: Vec<Vec<Value>>,
}

impl Store {
    /// Returns figures, as the projection `metrics` has them. Of days, weeks and months `clock` says which of an event's two times
    /// counts.
    ///
    /// # Errors
    /// [`Error::NoProjection`] where it was not filled yet.
    pub fn metrics(&self, by: MetricsBy, clock: Clock) -> Result<Metrics, Error> {
        let connection = self.sql_for("metrics")?;
        if !connection.attached().iter().any(|name| name == "metrics") {
            return Err(Error::NoProjection { name: "metrics".to_owned() });
        }
        let days = match clock {
            Clock::Occurred => "metrics_day",
            Clock::Recorded => "metrics_day_recorded",
        };
        let of = |period: &str| {
            include_str!("../../sql/metrics/by_period.sql")
                .replacen("day as day", period, 1)
                .replace("metrics_day", days)
        };
        let sql = match by {
            MetricsBy::Day => of("day as day"),
            // The Monday that it begins with.
            MetricsBy::Week => of("date(day, '-6 days', 'weekday 1') as week"),
            MetricsBy::Month => of("substr(day, 1, 7) as month"),
            MetricsBy::Type => include_str!("../../sql/metrics/by_type.sql").to_owned(),
            MetricsBy::Runtime => include_str!("../../sql/metrics/by_runtime.sql").to_owned(),
            MetricsBy::Agent => include_str!("../../sql/metrics/by_agent.sql").to_owned(),
        };
        let read = || -> rusqlite::Result<Metrics> {
            let mut statement = connection.prepare(&sql)?;
            let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let width = columns.len();
            let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
            Ok(Metrics { columns, rows: rows.collect::<Result<_, _>>()? })
        };
        read().map_err(sqlite("read the metrics"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_sound() {
        Declaration::read_own(DECLARATION).unwrap().check().unwrap();
    }
}
