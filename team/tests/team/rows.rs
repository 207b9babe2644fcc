//! What lists show on the server is what the store that was shipped says.

use std::collections::BTreeMap;

use postgres::Client;
use retold_core::event::{
    InstanceAdded, MessageAdded, MessageChanged, MessageRemoved, OutputAppended, SessionDeleted,
    SessionRestored, WorkspaceRegistered,
};
use retold_core::{Commit, Event, Expected, Instance, Options, StreamName};
use retold_projections::{ModelTable, SessionFilter, Store as WithRows};
use retold_team::read;
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

type Rows = BTreeMap<&'static str, Vec<String>>;

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

fn of_store(store: &Store) -> Rows {
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
fn of_server(client: &mut Client, log: i32) -> Rows {
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
        read::sessions(&mut ada, &SessionFilter::new().with_order(retold_projections::Order::Moved)).unwrap();
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

#[test]
fn what_is_redacted_leaves_the_rows_with_the_shipment_and_its_session_comes_back() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut client) = (Store::new(), worker(&cluster), cluster.admin());
    let secret = "the key is 4711-0815-karneval";
    let said = store.append("atlas", "a1", [created("a1"), task(secret)]);
    store.append("atlas", "a2", [created("a2"), task("another")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    let tasks = |client: &mut Client| -> Vec<String> {
        let rows = client.query("select task from retold.sessions order by id", &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(tasks(&mut client), [secret, "another"]);
    store.redact(&[said]);
    target.ship(&store.log, Level::All).unwrap();
    // No worker has been there since.
    assert_eq!(tasks(&mut client), ["another"]);
    for act in ["vacuum full retold.sessions", "vacuum full retold.body", "checkpoint"] {
        client.batch_execute(act).unwrap();
    }
    assert_eq!(cluster.tables_with(&[secret.to_owned()]), Vec::<String>::new());
    work(&mut worker);
    assert_eq!(of_server(&mut client, 1), of_store(&store));
    assert_eq!(tasks(&mut client).len(), 2);
}

#[test]
fn what_cannot_be_read_holds_up_nobody_elses_session() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut client) = (Store::new(), worker(&cluster), cluster.admin());
    let bad = store.append("atlas", "bad", [created("bad"), message("one"), message("two")]) - 1;
    store.append("atlas", "good", [created("good"), message("one")]);
    target.ship(&store.log, Level::All).unwrap();
    // Whoever ships directly may have written anything.
    let spoilt = "update retold.body set body = '\\xff', codec = 0 where position = $1";
    assert_eq!(client.execute(spoilt, &[&bad.cast_signed()]).unwrap(), 1);
    let spoilt = "update retold.event set body_commit = '\\x00' where position = $1";
    work(&mut worker);
    let rows = |client: &mut Client| -> Vec<(String, i64)> {
        let sql = "select id, message_count from retold.sessions where generation = (select generation from retold.models) order by id";
        client.query(sql, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let named = |rows: [(&str, i64); 2]| rows.map(|(id, count)| (id.to_owned(), count)).to_vec();
    assert_eq!(rows(&mut client), named([("bad", 0), ("good", 1)]));
    assert_eq!(read::listed(&mut cluster.client("ada")).unwrap().stale, 1);
    // What comes after it is taken in, and it is looked at again once it is erased.
    store.append("atlas", "good", [message("more")]);
    store.append("atlas", "bad", [message("three")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert_eq!(rows(&mut client), named([("bad", 0), ("good", 2)]));
    store.redact(&[bad]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert_eq!(rows(&mut client), named([("bad", 3), ("good", 2)]));
    assert_eq!(of_server(&mut client, 1), of_store(&store));
    assert_eq!(read::listed(&mut cluster.client("ada")).unwrap().stale, 0);
    // A header that is none, when all is made again.
    client.execute(spoilt, &[&bad.cast_signed()]).unwrap();
    worker.rebuild().unwrap();
    work(&mut worker);
    assert_eq!(rows(&mut client), named([("bad", 0), ("good", 2)]));
    // A name that is none is refused before it is in anybody's list.
    let name = "insert into retold.workspace (tenant, workspace, key) values (1, 99, $1)";
    for (key, is_one) in [(&b"\xff"[..], false), (b"\xe4\xbf\xae\0\\000\\", true), (b"a\0\xe4", false)] {
        let mut transaction = client.transaction().unwrap();
        assert_eq!(transaction.execute(name, &[&key]).is_ok(), is_one, "{key:?}");
    }
    // A worker of an older release leaves the rows alone.
    client.execute("update retold.checkpoint set state = state + 1", &[]).unwrap();
    let refused = worker.step().unwrap_err().to_string();
    assert!(refused.contains("a newer release keeps the rows"), "{refused}");
}

#[test]
fn pages_of_a_list_come_to_the_whole_in_every_order() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker) = (Store::new(), worker(&cluster));
    for number in 0..23 {
        let id = format!("s{number:02}");
        store.append("atlas", &id, [created(&id), message("one")]);
        if number % 3 == 0 {
            // Neither is what is asked for: what holds it, and what no text of PostgreSQL can hold.
            let tags = ["x\"wip", "\0", "wip"].map(str::to_owned).to_vec();
            let tags = retold_core::event::TagsChanged { tags };
            store.append("atlas", &id, [tags.into(), task(&format!("door {number}"))]);
        }
    }
    // Longer than any number of PostgreSQL's.
    let set = retold_core::SessionPatch { total_duration: Some(Some(u64::MAX)), ..Default::default() };
    let long = retold_core::event::SessionDetailsChanged { set };
    store.append("atlas", "s07", [long.into()]);
    store.append("atlas", "s22", [task("the last one")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    let mut ada = cluster.client("ada");
    use retold_projections::Order;
    for order in [Order::Moved, Order::Updated, Order::Created, Order::Duration, Order::FilesChanged] {
        let filter = SessionFilter::new().with_order(order);
        let whole: Vec<String> =
            read::sessions(&mut ada, &filter).unwrap().into_iter().map(|row| row.id).collect();
        assert_eq!(whole.len(), 23, "{order:?}");
        let (mut pages, mut next) = (Vec::new(), filter.clone().with_limit(5));
        loop {
            let page = read::sessions(&mut ada, &next).unwrap();
            let Some(last) = page.last() else { break };
            // It can be written down.
            let after = last.cursor.to_string().parse().unwrap();
            next = next.with_after(after);
            pages.extend(page.into_iter().map(|row| row.id));
        }
        assert_eq!(pages, whole, "{order:?}");
        match order {
            Order::Moved => assert_eq!(whole.first().unwrap(), "s22"),
            Order::Duration => assert_eq!(whole.first().unwrap(), "s07"),
            _ => {}
        }
    }
    let some = SessionFilter::new().with_order(Order::Moved).with_tag("wip").with_text("DOOR 1");
    let found: Vec<String> = read::sessions(&mut ada, &some).unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(found, ["s18", "s15", "s12"]);
    assert_eq!(read::count(&mut ada, &some).unwrap(), 3);
    let other = SessionFilter::new().with_order(Order::Moved).with_tag("x");
    assert!(read::sessions(&mut ada, &other).unwrap().is_empty());
    assert!(matches!(read::sessions(&mut ada, &SessionFilter::new()), Err(read::ListError::Order)));
}
