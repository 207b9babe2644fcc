//! What `metrics` makes of known days, and that no event is left out.

use proptest::prelude::*;
use retold_core::event::{
    InstanceAdded, InstanceDetailsChanged, InstanceStatusChanged, OutputAppended, SessionStatusChanged,
    TaskChanged,
};
use retold_core::{Clock, Commit, Event, Expected, InstancePatch, NewEvent};
use retold_projections::{MetricsBy, Store};

use crate::given;
use crate::history::{History, histories};
use crate::rows::{Row, query};

fn filled(store: &Store) {
    store.sidecars().add_built_in("metrics").unwrap();
    store.sidecars().catch_up("metrics", &|_| true).unwrap();
}

fn at(time: &str, event: impl Into<Event>) -> NewEvent {
    NewEvent { event: event.into(), occurred_at: Some(time.parse().unwrap()) }
}

fn status(status: &str) -> SessionStatusChanged {
    SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at: None }
}

/// A session that runs across midnight, and is spoken to once it is over.
fn two_days() -> (tempfile::TempDir, Store) {
    let folder = given::folder();
    let store = given::store(&folder);
    let (instance, updated_at) = (given::instance(1), None);
    let lines = InstancePatch {
        lines_added: Some(Some(12)),
        lines_deleted: Some(Some(3)),
        ..InstancePatch::default()
    };
    let events = [
        at("2026-11-22T22:00:00Z", given::created("a1")),
        at("2026-11-22T22:00:00Z", InstanceAdded { instance, index: None, updated_at: None }),
        at("2026-11-22T23:00:00Z", given::said("m1", "begin")),
        at("2026-11-23T00:30:00Z", OutputAppended { index: 0, text: "0123456789".into(), updated_at: None }),
        at("2026-11-23T01:00:00Z", InstanceDetailsChanged { index: 0, set: lines, updated_at: None }),
        at(
            "2026-11-23T02:00:00Z",
            InstanceStatusChanged { index: 0, status: "completed".to_owned(), updated_at },
        ),
        at("2026-11-23T02:00:00Z", status("completed")),
        at("2026-11-23T09:00:00Z", given::said("m2", "thanks")),
        at("2026-11-23T10:00:00Z", TaskChanged { task: "over".to_owned(), updated_at: None }),
    ];
    store.log().append(Commit::to(given::record("w1", "a1"), Expected::Any, events)).unwrap();
    filled(&store);
    (folder, store)
}

fn row(values: impl IntoIterator<Item = serde_json::Value>) -> Row {
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Null => rusqlite::types::Value::Null,
        number => number.as_i64().map_or_else(|| number.as_f64().unwrap().into(), Into::into),
    };
    values.into_iter().map(value).collect()
}

/// A row of the test, value by value.
macro_rules! row {
    ($($value:expr),*) => { row([$(serde_json::json!($value)),*]) };
}

#[test]
fn the_figures_of_a_day_are_those_of_its_events() {
    let (_folder, store) = two_days();
    let by = |by| store.metrics(by, Clock::Occurred).unwrap().rows;
    let day = "select day, sessions, completed, failed, instances, messages, output_bytes, lines_added, lines_deleted, \
               seconds, active_seconds, events from metrics_day order by day";
    let sql = store.sql().unwrap();
    assert_eq!(
        query(&sql, day),
        [
            row!["2026-11-22", 1, 0, 0, 1, 1, 0, 0, 0, 0.0, 3600.0, 3],
            row!["2026-11-23", 0, 1, 0, 0, 1, 10, 12, 3, 14400.0, 7200.0, 6],
        ]
    );
    assert_eq!(
        query(&sql, "select status, times, seconds from metrics_day_status where day = '2026-11-23'"),
        [row!["running", 1, 14400.0]]
    );
    // Messages and bytes per hour of active time, the newest day first.
    let rates: Vec<Row> = by(MetricsBy::Day).iter().map(|row| [&row[6..7], &row[8..9]].concat()).collect();
    assert_eq!(rates, [row![0.5, 5.0], row![1.0, 0.0]]);
    let session = "select status, seconds, active_seconds, events, instances, instances_completed, instances_failed, \
                   messages, output_bytes, lines_added, lines_deleted from metrics_session";
    assert_eq!(query(&sql, session), [row!["completed", 43200.0, 14400.0, 9, 1, 1, 0, 2, 10, 12, 3]]);
    assert_eq!(
        query(&sql, "select status, times, seconds from metrics_session_status"),
        [row!["running", 1, 14400.0]]
    );
    assert_eq!(by(MetricsBy::Type)[0][..7], row!["competition", 1, 1, 0, 1, 2, 0.5][..]);
    assert_eq!(by(MetricsBy::Agent)[0], row!["🦊", 1, 0, 1, 0, 0, 0.0, 10, 2.5, 12, 3, 14400.0]);
    assert_eq!(by(MetricsBy::Runtime)[0][0], "unknown".to_owned().into());
}

#[test]
fn times_that_cannot_be_do_no_harm() {
    let folder = given::folder();
    let store = given::store(&folder);
    let events = [
        at("2026-11-23T09:00:00Z", given::created("a1")),
        at("1932-01-01T12:00:00Z", given::said("m1", "before")),
        at("9999-12-30T12:00:00Z", status("paused")),
        at("-009000-01-01T00:00:00Z", status("running")),
        at("1969-12-31T23:59:59Z", given::said("m2", "after")),
    ];
    for event in events {
        store.log().append(Commit::to(given::record("w1", "a1"), Expected::Any, [event])).unwrap();
    }
    filled(&store);
    let sane = "select count(*), sum(events) from metrics_day where active_seconds between 0 and 86400 and seconds >= 0";
    assert_eq!(query(&store.sql().unwrap(), sane), [row![5, 5]]);
    let sane = "select events from metrics_session where active_seconds between 0 and seconds";
    assert_eq!(query(&store.sql().unwrap(), sane), [row![5]]);
}

#[test]
fn days_are_those_of_either_clock() {
    let (_folder, store) = two_days();
    let of = |clock, column| {
        let metrics = store.metrics(MetricsBy::Day, clock).unwrap();
        let at = |name: &str| metrics.columns.iter().position(|column| column == name).unwrap();
        let (day, figure) = (at("day"), at(column));
        metrics.rows.iter().map(|row| (row[day].clone(), row[figure].clone())).collect::<Vec<_>>()
    };
    let known = |day: &str, figure: i64| (day.to_owned().into(), figure.into());
    assert_eq!(of(Clock::Occurred, "messages"), [known("2026-11-23", 1), known("2026-11-22", 1)]);
    // All of it was recorded in one commit.
    let recorded = query(&store.sql().unwrap(), "select distinct substr(recorded_at, 1, 10) from events");
    let [day]: [Row; 1] = recorded.try_into().unwrap();
    for (column, figure) in [("messages", 2), ("sessions", 1), ("lines_added", 12), ("completed", 1)] {
        assert_eq!(of(Clock::Recorded, column), [(day[0].clone(), figure.into())], "{column}");
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn every_event_counts_once(history in histories()) {
        // One whose body is gone says nothing.
        let steps = history.steps.iter().take_while(|step| !matches!(step.event, Event::BodyRedacted(_)));
        let history = History { redacted: Default::default(), steps: steps.cloned().collect() };
        let folder = given::folder();
        let store = given::store(&folder);
        history.in_commits().iter().for_each(|commit| history.append(store.log(), commit));
        filled(&store);
        let sql = store.sql().unwrap();
        let counted = "select (select coalesce(sum(events), 0) from metrics_day),
            (select coalesce(sum(events), 0) from metrics_day_recorded), coalesce(sum(events), 0)
            from metrics_session";
        let of_sessions = history.steps.iter().filter(|step| !step.stream.is_workspace()).count();
        prop_assert_eq!(query(&sql, counted), [row![history.steps.len(), history.steps.len(), of_sessions]]);
        let differ = "select * from metrics_session m left join sessions s using (stream)
            where deleted = 0 and (m.messages, m.instances) is not (s.message_count, s.instance_count)";
        prop_assert_eq!(query(&sql, differ).len(), 0);
    }
}
