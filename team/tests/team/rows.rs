//! What lists show on the server is what the store that was shipped says.

use std::collections::BTreeMap;

use postgres::Client;
use retold_core::event::{
    InstanceAdded, MessageAdded, MessageChanged, MessageRemoved, OutputAppended, SessionDeleted,
    SessionRestored, WorkspaceRegistered,
};
use retold_core::{Commit, Event, Expected, Instance, Options, StreamName};
use retold_projections::{ModelTable, SessionFilter, Store as WithRows};
use retold_team::read::Lists as _;
use retold_team::receiver::Level;
use retold_team::work::Worker;
use retold_trial::{chance, needs};
use rusqlite::types::Value;

use crate::given::{Store, created, message, task};
use crate::targets::{Cluster, Target};

/// The columns that are numbers of the store itself.
const OWN: [&str; 2] = ["stream", "workspace"];
const TABLES: [ModelTable; 4] =
    [ModelTable::Sessions, ModelTable::Instances, ModelTable::Messages, ModelTable::Chunks];

pub(crate) type Rows = BTreeMap<&'static str, Vec<String>>;

pub(crate) fn worker(cluster: &Cluster) -> Worker {
    Worker::new(worker_of(cluster), 1).unwrap()
}

/// A connection of a role that may do what the worker does, and no more.
pub(crate) fn worker_of(cluster: &Cluster) -> Client {
    let make = "do $$ begin create role worker login; exception when duplicate_object then null; end $$";
    cluster.admin().batch_execute(&format!("{make}; grant retold_worker to worker")).unwrap();
    cluster.client("worker")
}

pub(crate) fn work(worker: &mut Worker) {
    while worker.step().unwrap().more {}
}

fn row(named: (String, String, i64), table: ModelTable, values: Vec<Value>) -> String {
    let columns = table.columns();
    let own = |name: &&str| OWN.contains(name);
    let values: Vec<_> = columns
        .iter()
        .zip(values)
        .filter(|((name, _), _)| !own(name))
        // PostgreSQL holds no NUL.
        .map(|((name, _), value)| match value {
            Value::Text(text) => format!("{name}={}", text.replace('\0', "\u{fffd}")),
            value => format!("{name}={value:?}"),
        })
        .collect();
    format!("{named:?} {}", values.join(" "))
}

pub(crate) fn of_store(store: &Store) -> Rows {
    let rows = WithRows::open(store.log.path(), Options::new()).unwrap();
    let reader = rows.log().reader().unwrap();
    let mut all = Rows::new();
    for table in TABLES {
        let columns: Vec<String> = table.columns().iter().map(|(name, _)| format!("t.{name}")).collect();
        let sql = format!(
            "select w.key, s.session_id, s.ordinal, {} from {} t join stream s on s.id = t.stream join workspace w on w.id = s.workspace",
            columns.join(", "),
            table.name()
        );
        let mut statement = reader.connection().prepare(&sql).unwrap();
        let found = statement
            .query_map([], |found| {
                let named = (found.get(0)?, found.get(1)?, found.get(2)?);
                let values = (0..columns.len()).map(|at| found.get(3 + at)).collect::<Result<_, _>>()?;
                Ok(row(named, table, values))
            })
            .unwrap();
        let mut found: Vec<String> = found.collect::<Result<_, _>>().unwrap();
        found.sort();
        all.insert(table.name(), found);
    }
    all
}

/// The rows of a generation; of one log.
pub(crate) fn of_server(client: &mut Client, log: i32) -> Rows {
    let mut all = Rows::new();
    for table in TABLES {
        let columns: Vec<String> = table
            .columns()
            .iter()
            .map(|(name, kind)| if *kind == "any" { format!("t.{name}::text") } else { format!("t.{name}") })
            .collect();
        let sql = format!(
            "select w.key, s.session_id, s.ordinal, {} from retold.{} t join retold.stream s using (tenant, stream)
            join retold.workspace w on w.tenant = s.tenant and w.workspace = s.workspace
            where t.generation = (select generation from retold.models) and t.log = $1",
            columns.join(", "),
            table.name()
        );
        let mut found = Vec::new();
        for one in client.query(&sql, &[&log]).unwrap() {
            let text = |at: usize| String::from_utf8(one.get::<_, Vec<u8>>(at)).unwrap();
            let columns = table.columns();
            let values = columns.iter().enumerate().map(|(at, (_, kind))| {
                let at = 3 + at;
                match *kind {
                    "integer" => one.get::<_, Option<i64>>(at).map(Value::Integer),
                    "real" => one.get::<_, Option<f64>>(at).map(Value::Real),
                    "any" => {
                        one.get::<_, Option<String>>(at).map(|text| Value::Integer(text.parse().unwrap()))
                    }
                    _ => one.get::<_, Option<String>>(at).map(Value::Text),
                }
                .unwrap_or(Value::Null)
            });
            found.push(row((text(0), text(1), one.get(2)), table, values.collect()));
        }
        found.sort();
        all.insert(table.name(), found);
    }
    all
}

/// Appends something that happens to a session, of all kinds that rows can come from.
fn append_anything(store: &Store) {
    let workspace = ["atlas", "borealis", "修理\0"][chance::range(0..3)];
    let id = format!("s{}", chance::range(0..3));
    let name = StreamName::session(workspace, &id, 1);
    let mut reader = store.log.reader().unwrap();
    let head = reader.head().unwrap().position;
    let stream = reader.stream(&name).unwrap();
    let state = stream.and_then(|stream| reader.state(stream, head).unwrap());
    drop(reader);
    let mut events: Vec<Event> = Vec::new();
    match &state {
        None => events.push(created(&id)),
        Some(state) if state.records.deleted => events.push(SessionRestored {}.into()),
        Some(state) => {
            let (instances, messages) = (state.session.instances.len(), state.session.chat_history.len());
            let index = |length: usize| u32::try_from(chance::range(0..length.max(1))).unwrap();
            events.push(match chance::range(0..10) {
                0 => task(&format!("task \0 {}", chance::range(0..99))),
                1 | 2 => {
                    let instance: Instance = serde_json::from_value(serde_json::json!({
                        "instanceId": chance::range(0..9), "worktreePath": "/w", "branch": "b", "agentName": "fox",
                        "status": "running", "tmuxSessionId": "t",
                    }))
                    .unwrap();
                    let index = (chance::range(0..2) == 0).then(|| index(instances));
                    InstanceAdded { instance, index, updated_at: None }.into()
                }
                3 if instances > 0 => {
                    let text = "output ".repeat(chance::range(1..900)).into();
                    OutputAppended { index: index(instances), text, updated_at: None }.into()
                }
                4 if messages > 0 => MessageRemoved { index: index(messages), updated_at: None }.into(),
                5 if messages > 0 => MessageChanged {
                    index: index(messages),
                    set: retold_core::MessagePatch::default(),
                    content: Some("another".into()),
                    updated_at: Some("2026-11-24T09:00:00Z".to_owned()),
                }
                .into(),
                6 => SessionDeleted {}.into(),
                7 => match message("in between") {
                    Event::MessageAdded(body) => {
                        MessageAdded { index: Some(index(messages + 1)), ..body }.into()
                    }
                    other => other,
                },
                _ => message("a message"),
            });
        }
    }
    if chance::range(0..12) == 0 {
        let event = WorkspaceRegistered { path: Some(format!("/home/{workspace}")), hashes: vec![] };
        let commit = Commit::to(StreamName::workspace(workspace), Expected::Any, [event]);
        store.log.append(commit).unwrap();
    }
    store.log.append(Commit::to(name, Expected::Any, events)).unwrap();
}

#[test]
fn the_rows_of_the_server_are_those_of_the_store() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut client) = (Store::new(), worker(&cluster), cluster.admin());
    for round in 0..25 {
        for _ in 0..chance::range(1..12) {
            append_anything(&store);
        }
        if chance::range(0..3) == 0 {
            store.redact_something();
        }
        target.ship(&store.log, Level::All).unwrap();
        if round == 12 {
            worker.rebuild().unwrap();
        }
        // What came in several steps is taken in at once now and then.
        if chance::range(0..4) > 0 {
            work(&mut worker);
            assert_eq!(of_server(&mut client, 1), of_store(&store), "round {round}");
        }
    }
    worker.rebuild().unwrap();
    work(&mut worker);
    assert_eq!(of_server(&mut client, 1), of_store(&store));
    let rows: i64 =
        client.query_one("select count(distinct generation) from retold.sessions", &[]).unwrap().get(0);
    assert!(rows <= 1);
    // What is taken in is not taken in again.
    let step = worker.step().unwrap();
    assert_eq!((step.events, step.again, step.more), (0, 0, false));
}

#[test]
fn a_worker_that_is_cut_off_anywhere_loses_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut client) = (Store::new(), cluster.admin());
    let address = cluster.server.borrow().address("postgres", "postgres");
    for _ in 0..6 {
        for _ in 0..20 {
            append_anything(&store);
        }
        store.redact_something();
        target.ship(&store.log, Level::All).unwrap();
        // Two workers take turns while somebody ends their connections.
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let address = &address;
                scope.spawn(move || {
                    let mut steps = 0;
                    while steps < 6 {
                        let Ok(client) = Client::connect(address, postgres::NoTls) else { continue };
                        let mut worker = Worker::new(client, 1).unwrap();
                        while let Ok(step) = worker.step() {
                            steps += usize::from(!step.held);
                            if steps >= 6 {
                                break;
                            }
                        }
                    }
                });
            }
            for _ in 0..15 {
                std::thread::sleep(std::time::Duration::from_millis(chance::range(1..12)));
                client
                    .execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity
                        where query like '%retold.%' and pid <> pg_backend_pid()",
                        &[],
                    )
                    .unwrap();
            }
        });
        let mut last = worker(&cluster);
        work(&mut last);
        assert_eq!(of_server(&mut client, 1), of_store(&store));
    }
}

#[test]
fn a_level_that_is_raised_and_a_log_that_was_restored_are_listed_as_they_are() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut client) = (Store::new(), worker(&cluster), cluster.admin());
    for _ in 0..30 {
        append_anything(&store);
    }
    // Of headers nobody is told what a session is called.
    target.ship(&store.log, Level::Headers).unwrap();
    work(&mut worker);
    assert!(of_server(&mut client, 1)["sessions"].is_empty());
    target.ship(&store.log, Level::Facts).unwrap();
    work(&mut worker);
    let (here, there) = (of_store(&store), of_server(&mut client, 1));
    assert_eq!(there["sessions"].len(), here["sessions"].len());
    assert_eq!(there["chat_messages"].len(), here["chat_messages"].len());
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert_eq!(of_server(&mut client, 1), here);
    let backup = store.folder.path().join("backup.db");
    retold_upkeep::back_up(&store.log, &backup, |_| true).unwrap();
    let place = store.folder.path().join("restored.db");
    retold_upkeep::restore(&backup, &place, &store.folder.path().join("aside.db"), false, |_| true).unwrap();
    let store = Store { log: Options::new().open(&place).unwrap(), ..store };
    for _ in 0..10 {
        append_anything(&store);
    }
    for (workspace, id) in [("atlas", "s0"), ("borealis", "s1")] {
        let name = StreamName::session(workspace, id, 1);
        let mut reader = store.log.reader().unwrap();
        let (head, stream) = (reader.head().unwrap().position, reader.stream(&name).unwrap());
        let state = stream.and_then(|stream| reader.state(stream, head).unwrap());
        drop(reader);
        if state.is_some_and(|state| !state.records.deleted) {
            store.append(workspace, id, [SessionDeleted {}.into()]);
        }
    }
    store.append("atlas", "of-the-restored", [created("of-the-restored")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    // The log that goes on lists what it has touched, each session whole, and the one that it goes on from no more.
    let here = of_store(&store);
    for row in &of_server(&mut client, 2)["sessions"] {
        assert!(here["sessions"].contains(row), "{row}");
    }
    let mut ada = cluster.client("ada");
    let listed =
        ada.page(&SessionFilter::new().with_order(retold_projections::Order::Moved), false).unwrap().sessions;
    assert_eq!(listed.len(), here["sessions"].len());
    let rows = WithRows::open(store.log.path(), Options::new()).unwrap();
    let mut own = rows.sessions(&SessionFilter::new()).unwrap();
    let mut listed = listed;
    let key = |row: &retold_projections::SessionRow| (row.workspace.clone(), row.id.clone());
    own.sort_by_key(key);
    listed.sort_by_key(key);
    for (own, listed) in own.iter().zip(&listed) {
        assert_eq!(
            (&own.id, own.revision, own.message_count),
            (&listed.id, listed.revision, listed.message_count)
        );
    }
}
