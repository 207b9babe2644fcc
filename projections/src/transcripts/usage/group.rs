//! What sums are grouped by.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::query::{Usage, UsageBy, UsageRow};
use super::sessions::Sessions;
use super::{QUARTER, UsageSum};

/// One row of `usage_sums`, with its cost.
pub(super) struct Part<'a> {
    pub(super) quarter: i64,
    pub(super) stream: i64,
    pub(super) model: &'a str,
    pub(super) sum: UsageSum,
}

/// The groups so far.
pub(super) struct Groups<'a> {
    by: UsageBy,
    zone: &'a TimeZone,
    groups: Vec<Group>,
    by_key: HashMap<Key, usize>,
    /// The group of what is asked for again and again.
    by_quarter: HashMap<i64, usize>,
    by_stream: HashMap<i64, usize>,
    by_model: HashMap<String, usize>,
    /// The sessions that the sum of all is of.
    streams: HashSet<i64>,
    total: UsageSum,
    without_cost: BTreeSet<String>,
}

/// What rows are told apart by; a session is its stream, for ids repeat over tools.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Date(Date),
    Text(Option<String>),
    Session(i64),
}

struct Group {
    row: UsageRow,
    streams: HashSet<i64>,
    models: BTreeSet<String>,
    last: i64,
}

/// The agent that a session of its own counts under.
const MAIN: &str = "main";

impl<'a> Groups<'a> {
    pub(super) fn new(by: UsageBy, zone: &'a TimeZone) -> Self {
        Self {
            by,
            zone,
            groups: Vec::new(),
            by_key: HashMap::new(),
            by_quarter: HashMap::new(),
            by_stream: HashMap::new(),
            by_model: HashMap::new(),
            streams: HashSet::new(),
            total: UsageSum::default(),
            without_cost: BTreeSet::new(),
        }
    }

    /// Adds a part to the group that it belongs to.
    pub(super) fn add(&mut self, sessions: &mut Sessions<'_>, part: &Part<'_>) -> rusqlite::Result<()> {
        let at = self.group_of(sessions, part)?;
        let group = &mut self.groups[at];
        group.row.sum.add(&part.sum);
        group.last = group.last.max(part.quarter);
        group.streams.insert(part.stream);
        if !group.models.contains(part.model) {
            group.models.insert(part.model.to_owned());
        }
        self.streams.insert(part.stream);
        self.total.add(&part.sum);
        if part.sum.cost.unknown() > 0 && !self.without_cost.contains(part.model) {
            self.without_cost.insert(part.model.to_owned());
        }
        Ok(())
    }

    fn group_of(&mut self, sessions: &mut Sessions<'_>, part: &Part<'_>) -> rusqlite::Result<usize> {
        let known = match self.by {
            UsageBy::Day | UsageBy::Week | UsageBy::Month => self.by_quarter.get(&part.quarter),
            UsageBy::Model => self.by_model.get(part.model),
            _ => self.by_stream.get(&part.stream),
        };
        if let Some(at) = known {
            return Ok(*at);
        }
        let key = self.key(sessions, part)?;
        let at = match self.by_key.get(&key) {
            Some(at) => *at,
            None => {
                let row = self.row(sessions, &key)?;
                let (streams, models) = (HashSet::new(), BTreeSet::new());
                self.groups.push(Group { row, streams, models, last: i64::MIN });
                self.by_key.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        match self.by {
            UsageBy::Day | UsageBy::Week | UsageBy::Month => drop(self.by_quarter.insert(part.quarter, at)),
            UsageBy::Model => drop(self.by_model.insert(part.model.to_owned(), at)),
            _ => drop(self.by_stream.insert(part.stream, at)),
        }
        Ok(at)
    }

    fn key(&self, sessions: &mut Sessions<'_>, part: &Part<'_>) -> rusqlite::Result<Key> {
        Ok(match self.by {
            UsageBy::Day => Key::Date(day(part.quarter, self.zone)),
            UsageBy::Week => {
                let day = day(part.quarter, self.zone);
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                Key::Date(day.checked_sub(jiff::SignedDuration::from_hours(24 * since_monday)).unwrap_or(day))
            }
            UsageBy::Month => Key::Date(day(part.quarter, self.zone).first_of_month()),
            UsageBy::Model => Key::Text(Some(part.model.to_owned())),
            UsageBy::Session => Key::Session(sessions.root(part.stream)?),
            UsageBy::Tool => Key::Text(Some(sessions.get(part.stream)?.tool.clone())),
            UsageBy::Project => Key::Text(sessions.project(part.stream)?),
            UsageBy::Agent => {
                let agent = sessions.agent(part.stream)?;
                Key::Text(Some(agent.unwrap_or_else(|| MAIN.to_owned())))
            }
        })
    }

    fn row(&self, sessions: &mut Sessions<'_>, key: &Key) -> rusqlite::Result<UsageRow> {
        Ok(match key {
            Key::Date(day) if self.by == UsageBy::Month => {
                UsageRow { key: Some(day.strftime("%Y-%m").to_string()), ..UsageRow::default() }
            }
            Key::Date(day) => UsageRow { key: Some(day.to_string()), ..UsageRow::default() },
            Key::Text(text) => UsageRow { key: text.clone(), ..UsageRow::default() },
            Key::Session(stream) => {
                let known = sessions.get(*stream)?;
                UsageRow {
                    key: Some(known.id.clone()),
                    tool: Some(known.tool.clone()),
                    title: known.title.clone(),
                    ..UsageRow::default()
                }
            }
        })
    }

    /// Returns the rows in their order, with the sum of all.
    pub(super) fn finish(self, sessions: &mut Sessions<'_>) -> rusqlite::Result<Usage> {
        let mut partial = HashSet::new();
        for stream in &self.streams {
            if sessions.get(*stream)?.is_partial {
                partial.insert(*stream);
            }
        }
        let count = |streams: &HashSet<i64>| streams.len() as u64;
        let (by, mut groups) = (self.by, self.groups);
        match by {
            UsageBy::Day | UsageBy::Week | UsageBy::Month => {
                groups.sort_by(|one, other| other.row.key.cmp(&one.row.key));
            }
            UsageBy::Session => groups.sort_by(|one, other| {
                (other.last, &one.row.key, &one.row.tool).cmp(&(one.last, &other.row.key, &other.row.tool))
            }),
            // What costs most is first, then what used most.
            _ => groups.sort_by(|one, other| {
                let weight =
                    |group: &Group| (group.row.sum.cost.micros().unwrap_or(0), group.row.sum.tokens());
                weight(other).cmp(&weight(one)).then_with(|| one.row.key.cmp(&other.row.key))
            }),
        }
        let mut models = BTreeSet::new();
        let rows = groups.into_iter().map(|group| {
            models.extend(group.models.iter().cloned());
            UsageRow {
                sessions: count(&group.streams),
                partial: count(&group.streams.intersection(&partial).copied().collect()),
                models: group.models.into_iter().collect(),
                ..group.row
            }
        });
        let rows: Vec<UsageRow> = rows.collect();
        let total = UsageRow {
            sum: self.total,
            sessions: count(&self.streams),
            partial: count(&partial),
            models: models.into_iter().collect(),
            ..UsageRow::default()
        };
        Ok(Usage { rows, total, without_cost: self.without_cost.into_iter().collect() })
    }
}

/// Returns the day that a quarter of an hour is in.
fn day(quarter: i64, zone: &TimeZone) -> Date {
    let micros = quarter.saturating_mul(QUARTER);
    let instant = Timestamp::from_microsecond(micros);
    let instant = instant.unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX });
    instant.to_zoned(zone.clone()).date()
}
