//! Rows that are folded elsewhere, step by step, are those of the store.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use retold_core::{Event, Limit, Position, Recorded, Revision, StreamId};
use retold_projections::{Error, FoldedStream, ModelTable, SessionFold, Store};
use rusqlite::types::Value;

use crate::given;
use crate::history::histories;
use crate::rows::{Row, query};

/// Another database: the rows of each stream, table by table.
#[derive(Default)]
struct Elsewhere {
    rows: BTreeMap<(usize, i64), Vec<Row>>,
    extended: usize,
}

const TABLES: [ModelTable; 4] =
    [ModelTable::Sessions, ModelTable::Instances, ModelTable::Messages, ModelTable::Chunks];

fn column(table: ModelTable, name: &str) -> usize {
    table.columns().iter().position(|(column, _)| *column == name).unwrap()
}

fn number(row: &Row, at: usize) -> i64 {
    let Value::Integer(number) = row[at] else { panic!("{row:?}") };
    number
}

impl Elsewhere {
    fn of(&self, table: usize, stream: i64) -> Vec<Row> {
        self.rows.get(&(table, stream)).cloned().unwrap_or_default()
    }

    /// Takes in what is new in the log, all at once.
    fn step(&mut self, store: &Store, after: Position) {
        let mut reader = store.log().reader().unwrap();
        let mut fold = SessionFold::new().unwrap();
        let head = reader.head().unwrap().position;
        let events = reader.events_after(after, Limit::default()).unwrap().events;
        let mut again: BTreeSet<StreamId> = BTreeSet::new();
        let mut arrived: BTreeMap<StreamId, Vec<Recorded>> = BTreeMap::new();
        for event in events {
            if let Some(Event::BodyRedacted(body)) = &event.event {
                let redacted = reader.event_at(Position::new(body.position).unwrap()).unwrap().unwrap();
                again.insert(redacted.stream);
            }
            arrived.entry(event.stream).or_default().push(event);
        }
        let touched: BTreeSet<StreamId> = arrived.keys().chain(&again).copied().collect();
        for stream in &touched {
            for (table, which) in TABLES.into_iter().enumerate().take(2) {
                fold.put(which, self.of(table, stream.get())).unwrap();
            }
        }
        let mut replaced = Vec::new();
        for (stream, events) in &arrived {
            let of = folded_stream(store, *stream);
            let has = self.of(0, stream.get()).first().map(|row| number(row, column(TABLES[0], "revision")));
            let follows = has.unwrap_or(0) + 1 == events[0].revision.get().cast_signed();
            let extends = !again.contains(stream)
                && (of.name.is_workspace() || follows)
                && fold.extend(&of, events).unwrap();
            self.extended += usize::from(extends);
            if !extends {
                again.insert(*stream);
            }
        }
        for stream in &again {
            let all =
                reader.stream_events_after(*stream, Revision::ZERO, head, Limit::default()).unwrap().events;
            let mut pages = vec![all];
            fold.fold(&folded_stream(store, *stream), || Ok::<_, Error>(pages.pop().unwrap_or_default()))
                .unwrap();
            replaced.push(stream.get());
        }
        for (at, table) in TABLES.into_iter().enumerate() {
            replaced.iter().for_each(|stream| drop(self.rows.remove(&(at, *stream))));
            for row in fold.rows(table).unwrap() {
                let keys = match table {
                    ModelTable::Sessions => vec!["stream"],
                    ModelTable::Chunks => vec!["stream", "instance", "ordinal"],
                    _ => vec!["stream", "place"],
                };
                let key =
                    |row: &Row| keys.iter().map(|name| number(row, column(table, name))).collect::<Vec<_>>();
                let rows = self.rows.entry((at, number(&row, column(table, "stream")))).or_default();
                rows.retain(|other| key(other) != key(&row));
                rows.push(row);
                rows.sort_by_key(key);
            }
        }
    }

    fn table(&self, table: usize) -> Vec<Row> {
        self.rows.iter().filter(|((at, _), _)| *at == table).flat_map(|(_, rows)| rows.clone()).collect()
    }
}

fn folded_stream(store: &Store, stream: StreamId) -> FoldedStream {
    let reader = store.log().reader().unwrap();
    let sql = "select workspace from stream where id = ?1";
    let workspace = reader.connection().query_row(sql, [stream], |row| row.get(0)).unwrap();
    FoldedStream { number: stream.get(), workspace, name: reader.name(stream).unwrap() }
}

fn of_store(store: &Store, table: ModelTable) -> Vec<Row> {
    let reader = store.log().reader().unwrap();
    let order = match table {
        ModelTable::Sessions => "stream",
        ModelTable::Chunks => "stream, instance, ordinal",
        _ => "stream, place",
    };
    let sql = format!("select * from {} order by {order}", table.name());
    query(reader.connection(), &sql)
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 256, ..retold_trial::chance::properties(48) })]

    #[test]
    fn rows_that_are_folded_elsewhere_are_those_of_the_store(history in histories(), step in 1_usize..9) {
        let folder = given::folder();
        let store = given::store(&folder);
        let mut elsewhere = Elsewhere::default();
        let mut after = Position::ZERO;
        for commits in history.in_commits().chunks(step) {
            commits.iter().for_each(|commit| history.append(store.log(), commit));
            elsewhere.step(&store, after);
            after = store.status().unwrap().head.position;
            for (at, table) in TABLES.into_iter().enumerate() {
                prop_assert_eq!(&elsewhere.table(at), &of_store(&store, table), "{}", table.name());
            }
        }
    }
}

#[test]
fn what_comes_at_the_end_needs_no_row_but_the_sessions() {
    let folder = given::folder();
    let store = given::store(&folder);
    let mut elsewhere = Elsewhere::default();
    let name = given::record("w1", "a1");
    given::append(store.log(), &name, [given::created("a1")]);
    elsewhere.step(&store, Position::ZERO);
    for turn in 0..20 {
        let after = store.status().unwrap().head.position;
        given::append(store.log(), &name, [given::said(&format!("m{turn}"), "a word")]);
        elsewhere.step(&store, after);
    }
    assert_eq!(elsewhere.extended, 21);
    assert_eq!(elsewhere.table(2).len(), 20);
}
