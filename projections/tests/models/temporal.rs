//! The read models at any moment by either clock are what a fold of exactly the events that count makes of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use retold_core::event::{BodiesPruned, MappingCorrected, MessageAdded, MessageChanged, TitleChanged};
use retold_core::happening::{Moment, effective};
use retold_core::raw::Unreferred;
use retold_core::{
    Commit, Digest, Event, Expected, Limit, Log, MessagePatch, NewEvent, Position, Recorded, StreamId,
    StreamName,
};
use retold_projections::{CHANGING, EXISTS, MemoryHost, Store};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::counted::{counted, tell, turns};
use crate::given;
use crate::history::{History, Step, corrected_histories};
use crate::rows::{Row, query};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Times that go on, repeat, run backwards, and lie days ahead: around 2026.
fn times() -> impl Strategy<Value = Vec<i64>> {
    let step = prop_oneof![4 => 0_i64..6, 2 => 6_i64..10, 2 => -60_i64..0, 1 => 400_i64..402];
    prop::collection::vec(step, 60).prop_map(|steps| {
        let steps = (0..).zip(steps).map(|(at, step): (i64, i64)| at * 2 + step);
        steps.map(|step| 1_767_225_600_000_000 + step * DAY / 4).collect()
    })
}

fn append(log: &Log, history: &History, times: &[i64], range: std::ops::Range<usize>) {
    for (step, time) in history.steps[range.clone()].iter().zip(&times[range]) {
        let occurred_at = Some(Timestamp::from_microsecond(*time).unwrap());
        let event = NewEvent { event: step.event.clone(), occurred_at };
        log.append(Commit::to(step.stream.clone(), Expected::Any, [event])).unwrap();
    }
}

/// Takes out what was said in a session; false where there is none of it.
fn prune(log: &Log, stream: &StreamName, time: i64) -> bool {
    let head = log.reader().unwrap().head().unwrap();
    if log.reader().unwrap().stream(stream).unwrap().is_none() {
        return false;
    }
    let event = BodiesPruned {
        archive: "archive.db".to_owned(),
        archive_position: head.position.get(),
        archive_hash: Digest(*head.hash.as_bytes()),
        reason: None,
        updated_at: Some("2026-11-23 00:35:31".to_owned()),
    };
    let occurred_at = Some(Timestamp::from_microsecond(time).unwrap());
    let event = NewEvent { event: event.into(), occurred_at };
    let commit = Commit::to(stream.clone(), Expected::Any, [event]);
    let unreferred = Unreferred { as_of: head.position, texts: Default::default() };
    let prepared = log.raw().prepare_erasure(commit, unreferred).unwrap();
    log.append_prepared(prepared).unwrap().wait().unwrap();
    true
}

fn events(log: &Log) -> Vec<Recorded> {
    log.reader().unwrap().events_after(Position::ZERO, Limit { rows: 10_000, bytes: 1 << 30 }).unwrap().events
}

/// Every row of the read models, texts included.
fn rows(connection: &Connection, chunks: &str) -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("workspaces", query(connection, "select * from workspaces order by workspace")),
        ("sessions", query(connection, "select * from sessions order by stream")),
        ("instances", query(connection, "select * from instances order by stream, place")),
        ("chat_messages", query(connection, "select * from chat_messages order by stream, place")),
        (
            "output_chunks",
            query(
                connection,
                &format!("select stream, instance, ordinal, position, bytes from {chunks} order by 1, 2, 3"),
            ),
        ),
    ]
}

fn folded<'e>(log: &Log, events: impl IntoIterator<Item = &'e Recorded>) -> Vec<(&'static str, Vec<Row>)> {
    let mut host = MemoryHost::of(log).unwrap();
    for event in events {
        host.apply(event).unwrap();
    }
    host.flush().unwrap();
    rows(host.connection(), "output_chunks_next")
}

fn told(store: &Store, moment: Moment) -> Vec<(&'static str, Vec<Row>)> {
    let reader = store.temporal(moment, &|_| true).unwrap().unwrap();
    rows(reader.connection(), "output_chunks")
}

/// Returns the first row that is in one and not in the other, table by table.
fn difference(told: &[(&str, Vec<Row>)], folded: &[(&str, Vec<Row>)]) -> Option<String> {
    let lacks = |rows: &[Row], others: &[Row]| rows.iter().find(|row| !others.contains(row)).cloned();
    let differ = told.iter().zip(folded).filter(|(told, folded)| told != folded);
    let differ: Vec<String> = differ
        .map(|((table, told), (_, folded))| {
            format!("{table}: told {:?}, folded {:?}", lacks(told, folded), lacks(folded, told))
        })
        .collect();
    (!differ.is_empty()).then(|| differ.join("\n"))
}

/// Compares every moment with the fold of the events that count.
fn check(store: &Store, times_to_try: usize) -> Result<(), TestCaseError> {
    let log = store.log();
    let events = events(log);
    let streams = tell(&events);
    for end in 0..=events.len() {
        let moment = Moment::Recorded(Position::new(end as u64).unwrap());
        prop_assert_eq!(
            difference(&told(store, moment), &folded(log, &events[..end])),
            None,
            "at position {}",
            end
        );
    }
    let around: BTreeSet<i64> = turns(&streams).iter().flat_map(|time| [time - 1, *time, time + 1]).collect();
    for time in around.into_iter().rev().take(times_to_try) {
        prop_assert_eq!(
            difference(&told(store, Moment::Occurred(time)), &folded(log, &counted(&streams, time))),
            None,
            "at time {} of {:?}",
            time,
            turns(&streams)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..retold_trial::chance::properties(12) })]

    #[test]
    fn any_moment_by_either_clock_is_the_fold_of_the_events_that_count(
        history in corrected_histories(),
        times in times(),
        part in any::<prop::sample::Index>(),
        pruned in prop::option::of(any::<(prop::sample::Index, bool)>()),
    ) {
        let folder = given::folder();
        let mut store = given::store(&folder);
        let part = part.index(history.steps.len() + 1);
        append(store.log(), &history, &times, 0..part);
        store.sidecars().add_built_in("temporal").unwrap();
        store.sidecars().catch_up("temporal", &|_| true).unwrap();
        // Goes on with nothing in memory.
        drop(store);
        store = given::store(&folder);
        let pruned = pruned.and_then(|(stream, is_late)| {
            let streams: Vec<_> = history.streams().into_iter().filter(|name| !name.is_workspace()).collect();
            (!streams.is_empty()).then(|| (stream.get(&streams).clone(), is_late))
        });
        let prune_now = |store: &Store, late| {
            let stream = pruned.as_ref().filter(|(_, is_late)| *is_late == late);
            stream.is_some_and(|(stream, _)| prune(store.log(), stream, times[0]))
        };
        let is_pruned = prune_now(&store, false);
        let mut history = history;
        if is_pruned {
            // Redactions name positions, which are others now.
            let is_redaction = |step: &Step| matches!(step.event, Event::BodyRedacted(_));
            let mut index = 0;
            history.steps.retain(|step| {
                index += 1;
                index <= part || !is_redaction(step)
            });
        }
        append(store.log(), &history, &times, part..history.steps.len());
        store.sidecars().catch_up("temporal", &|_| true).unwrap();
        prune_now(&store, true);
        check(&store, 60)?;
        let checked = store.sidecars().check("temporal", &|_| true).unwrap().unwrap();
        prop_assert!(checked.is_sound(), "{:?}", checked.verdict());
    }
}

/// Since when sessions have had their status without a break, found by looking at one moment after the other.
#[derive(Default)]
struct Watched(BTreeMap<i64, (String, i64)>);

impl Watched {
    /// Looks at the next moment, and compares what is told of it.
    fn look(&mut self, store: &Store, moment: Moment, happened: i64) -> Result<(), TestCaseError> {
        let reader = store.temporal(moment, &|_| true).unwrap().unwrap();
        let mut now = BTreeMap::new();
        for row in query(reader.connection(), "select stream, status from sessions") {
            let [Value::Integer(stream), Value::Text(status)] = row.as_slice() else { panic!("{row:?}") };
            let since =
                self.0.get(stream).filter(|(known, _)| known == status).map_or(happened, |(_, since)| *since);
            now.insert(*stream, (status.clone(), since));
        }
        let streams: Vec<_> = (1..=20).map(StreamId::of_number).collect();
        let told = reader.standings(&streams).unwrap();
        let told: BTreeMap<_, _> =
            told.into_iter().map(|told| (told.stream.get(), (told.status, told.since))).collect();
        prop_assert_eq!(&told, &now, "{:?}", moment);
        self.0 = now;
        Ok(())
    }
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(12))]

    #[test]
    fn since_when_a_session_stands_so_is_the_moment_from_which_on_it_did(
        history in corrected_histories(),
        times in times(),
    ) {
        let folder = given::folder();
        let store = given::store(&folder);
        append(store.log(), &history, &times, 0..history.steps.len());
        let events = events(store.log());
        let streams = tell(&events);
        let mut watched = Watched::default();
        for event in &events {
            let of_stream: Vec<_> = events.iter().filter(|other| other.stream == event.stream).collect();
            let times = effective(&of_stream.iter().map(|event| event.occurred_at).collect::<Vec<_>>());
            let nth = of_stream.iter().position(|other| other.position == event.position).unwrap();
            watched.look(&store, Moment::Recorded(event.position), times[nth])?;
        }
        let mut watched = Watched::default();
        for time in turns(&streams) {
            watched.look(&store, Moment::Occurred(time), time)?;
        }
    }
}

type Lists = BTreeMap<i64, Vec<Value>>;

/// What lists show of every session, as far as it may change.
fn lists(store: &Store, moment: Moment) -> Lists {
    let reader = store.temporal(moment, &|_| true).unwrap().unwrap();
    let sql = format!("select stream, {} from sessions", CHANGING.join(", "));
    let rows = query(reader.connection(), &sql).into_iter();
    rows.map(|mut row| {
        let Value::Integer(stream) = row.remove(0) else { panic!("a stream is a number") };
        (stream, row)
    })
    .collect()
}

/// Applies all changes on the way, in windows of a few events.
fn apply(store: &Store, lists: &mut Lists, from: Moment, to: Moment, window: u32) {
    let mut after = None;
    loop {
        let changes = store.changes(from, to, after, window, &|_| true).unwrap().unwrap();
        for change in changes.rows {
            if change.field == EXISTS {
                let is_there = lists.contains_key(&change.stream);
                assert_eq!(change.was, i64::from(is_there).into(), "{change:?}");
                match change.is == Value::from(1) {
                    true => drop(lists.insert(change.stream, vec![Value::Null; CHANGING.len()])),
                    // What it was comes after: it is taken away once it is empty.
                    false => assert!(is_there),
                }
                continue;
            }
            let row = lists.get_mut(&change.stream).expect("a session that exists");
            let field = CHANGING.iter().position(|field| *field == change.field).unwrap();
            assert_eq!(row[field], change.was, "{} of {change:?}", change.field);
            row[field] = change.is;
            if row.iter().all(|value| *value == Value::Null) {
                lists.remove(&change.stream);
            }
        }
        // A cursor is sent about as text.
        after = changes.next.map(|next| next.to_string().parse().unwrap());
        if after.is_none() {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..retold_trial::chance::properties(12) })]

    #[test]
    fn changes_lead_from_one_moment_to_the_other_and_back(
        history in corrected_histories(),
        times in times(),
        ends in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 4),
        window in 1_u32..9,
    ) {
        let folder = given::folder();
        let store = given::store(&folder);
        append(store.log(), &history, &times, 0..history.steps.len());
        let events = events(store.log());
        let turns: Vec<i64> = turns(&tell(&events)).into_iter().collect();
        for (from, to) in ends {
            let position = |end: prop::sample::Index| {
                Moment::Recorded(Position::new(end.index(events.len() + 1) as u64).unwrap())
            };
            let time = |end: prop::sample::Index| Moment::Occurred(turns[end.index(turns.len())]);
            for (from, to) in [(position(from), position(to)), (time(from), time(to))] {
                let (begun, ended) = (lists(&store, from), lists(&store, to));
                let mut moved = begun.clone();
                apply(&store, &mut moved, from, to, window);
                prop_assert_eq!(&moved, &ended, "from {:?} to {:?}", from, to);
                apply(&store, &mut moved, to, from, window);
                prop_assert_eq!(&moved, &begun, "and back");
            }
        }
    }
}

#[test]
fn a_correction_counts_by_happening_from_what_it_corrects_on_and_by_the_log_from_itself() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = given::record("w", "a1");
    let at =
        |second: i64| Some(Timestamp::from_microsecond(1_767_225_600_000_000 + second * 1_000_000).unwrap());
    let new = |event: Event, second| NewEvent { event, occurred_at: at(second) };
    let mark = |revision, events| {
        let body = MappingCorrected { revision, events, withdrawn: Vec::new(), unused: Vec::new() };
        Event::from(body)
    };
    let events = [
        new(given::created("a1"), 0),
        new(given::said("m1", "misread"), 10),
        new(given::said("m3", "three"), 30),
        new(given::said("m4", "four"), 40),
        // The second message is misread; one after it was not understood, and the title came later than it should.
        new(mark(2, 1), 40),
        new(
            MessageChanged {
                index: 0,
                set: MessagePatch::default(),
                content: Some("one".into()),
                updated_at: None,
            }
            .into(),
            10,
        ),
        new(mark(2, 1), 40),
        new(
            MessageAdded { message: given::message("m2", "two"), index: Some(1), updated_at: None }.into(),
            20,
        ),
        new(mark(3, 1), 40),
        new(TitleChanged { title: "a better title".to_owned(), updated_at: None }.into(), 30),
        new(given::said("m5", "five"), 50),
    ];
    store.log().append(Commit::to(name, Expected::Any, events)).unwrap();
    let said = |moment| {
        let reader = store.temporal(moment, &|_| true).unwrap().unwrap();
        let sql = "select group_concat(content, ' ' order by place) from chat_messages";
        let text: Option<String> = reader.connection().query_row(sql, [], |row| row.get(0)).unwrap();
        let sql = "select task, message_count from sessions";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (task, count): (String, u32) = reader.connection().query_row(sql, [], row).unwrap();
        (task, count, text.unwrap_or_default())
    };
    let happened = |second| said(Moment::Occurred(at(second).unwrap().as_microsecond()));
    let task = happened(0).0;
    for (second, count, text) in
        [(10, 1, "one"), (20, 2, "one two"), (30, 3, "one two three"), (40, 4, "one two three four")]
    {
        let title = if second < 30 { task.as_str() } else { "a better title" };
        assert_eq!(happened(second), (title.to_owned(), count, text.to_owned()), "{second}");
    }
    let recorded = |position| said(Moment::Recorded(Position::new(position).unwrap()));
    for (position, count, text) in [
        (4, 3, "misread three four"),
        (6, 3, "one three four"),
        (8, 4, "one two three four"),
        (11, 5, "one two three four five"),
    ] {
        let title = if position < 10 { task.as_str() } else { "a better title" };
        assert_eq!(recorded(position), (title.to_owned(), count, text.to_owned()), "{position}");
    }
    assert_eq!(happened(50), recorded(11));
}
