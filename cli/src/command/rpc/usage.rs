//! What was used, for programs.

use jiff::Timestamp;
use retold::{TimeZone, Usage, UsageBy, UsageQuery, UsageRow};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::message::Fault;
use super::parameter::Parameter;
use super::served::Served;

/// What usage is summed up by.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums(UsageBy);

impl<'de> Deserialize<'de> for Sums {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        const WORDS: [&str; UsageBy::ALL.len()] = {
            let mut words = [""; UsageBy::ALL.len()];
            let mut at = 0;
            while at < words.len() {
                words[at] = UsageBy::ALL[at].word();
                at += 1;
            }
            words
        };
        let word = String::deserialize(from)?;
        UsageBy::of_word(&word).map(Self).ok_or_else(|| D::Error::unknown_variant(&word, &WORDS))
    }
}

impl Parameter for Sums {
    const FORM: &'static str =
        "`day` (the default), `week`, `month`, `project`, `session`, `model`, `tool` or `agent`";
    const IS_OPTIONAL: bool = true;
}

/// The zone of days, by its name.
pub(super) struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = Option::<String>::deserialize(from)?;
        let Some(name) = name else { return Ok(Self::default()) };
        TimeZone::get(&name).map(Self).map_err(|_| D::Error::custom(format!("{name:?} names no time zone")))
    }
}

impl Parameter for Zone {
    const FORM: &'static str = "string: the time zone of days, such as `Europe/Berlin`; by default UTC";
    const IS_OPTIONAL: bool = true;
}

#[derive(Serialize)]
pub(super) struct Summed {
    rows: Vec<Row>,
    total: Row,
}

#[derive(Serialize)]
struct Row {
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    records: u64,
    input: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    output: u64,
    reasoning: u64,
    cost: Option<i64>,
    cost_said_by_tools: i64,
    records_without_cost: u64,
    models: Vec<String>,
    sessions: u64,
    partial_sessions: u64,
}

impl From<UsageRow> for Row {
    fn from(row: UsageRow) -> Self {
        let UsageRow { key, tool, title, sum, models, sessions, partial, .. } = row;
        Self {
            key,
            tool,
            title,
            records: sum.records,
            input: sum.input,
            cache_read: sum.cache_read,
            cache_write: sum.cache_write,
            cache_write_1h: sum.cache_write_1h,
            output: sum.output,
            reasoning: sum.reasoning,
            cost: sum.cost.micros(),
            cost_said_by_tools: sum.cost.said_by_tools(),
            records_without_cost: sum.cost.unknown(),
            models,
            sessions,
            partial_sessions: partial,
        }
    }
}

pub(super) fn usage(
    served: &Served<'_>,
    by: Sums,
    range: [Option<Timestamp>; 2],
    tool: Option<String>,
    zone: Zone,
) -> Result<Summed, Fault> {
    let [from, before] = range.map(|at| at.map(retold_core::time::to_micros));
    let query = UsageQuery { by: by.0, from, before, tool, zone: zone.0 };
    let Usage { rows, total, .. } = served.usage(&query, &served.prices()?)?;
    Ok(Summed { rows: rows.into_iter().map(Row::from).collect(), total: total.into() })
}
