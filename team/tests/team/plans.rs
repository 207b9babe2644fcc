//! The schema: ready to be distributed by tenant, and closed to whoever has no business in it.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};

use postgres::{Client, NoTls};
use retold_team::read::{Searches as _, Wanted};
use retold_team::receiver::{Level, Postgres, Receiver};
use retold_team::schema;
use retold_trial::needs;

use crate::given::{Store, message};
use crate::targets::{Cluster, Target};

/// Has `ada` be told the plan of every statement of hers, within functions, too.
const EXPLAINED: &str = "alter role ada set session_preload_libraries = 'auto_explain';
    alter role ada set auto_explain.log_min_duration = 0;
    alter role ada set auto_explain.log_nested_statements = on;
    alter role ada set auto_explain.log_level = 'notice'";

/// Tables that every node has a copy of.
const REFERENCE: &str = "org,migration";

#[test]
fn every_key_is_led_by_the_tenant() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut client = cluster.admin();
    let lint = include_str!("lint.sql");
    let findings = |client: &mut Client| -> Vec<String> {
        let rows = client.query(lint, &[&"retold", &REFERENCE]).unwrap();
        rows.iter()
            .map(|row| {
                format!(
                    "{}: {} {:?}",
                    row.get::<_, String>(0),
                    row.get::<_, String>(1),
                    row.get::<_, Option<String>>(2)
                )
            })
            .collect()
    };
    assert_eq!(findings(&mut client), Vec::<String>::new());
    // It finds what it is for.
    client
        .batch_execute(
            "create table retold.bad (id bigserial primary key, tenant bigint, name text unique);
            create table retold.worse (id int)",
        )
        .unwrap();
    assert!(findings(&mut client).len() >= 6, "{:?}", findings(&mut client));
}

#[test]
fn again_changes_nothing_and_several_may_set_up_at_once() {
    needs!(Postgres);
    let server = retold_trial::Postgres::start();
    let address = server.address("postgres", "postgres");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut client = Client::connect(&address, NoTls).unwrap();
                schema::up(&mut client, jiff::Timestamp::now()).unwrap();
                schema::make_tenant(&mut client, "acme").unwrap();
            });
        }
    });
    let mut client = Client::connect(&address, NoTls).unwrap();
    let count = |client: &mut Client, what: &str| -> i64 { client.query_one(what, &[]).unwrap().get(0) };
    assert_eq!(count(&mut client, "select count(*) from retold.tenant"), 1);
    assert_eq!(
        count(&mut client, "select count(*) from pg_inherits where inhparent = 'retold.body'::regclass"),
        15
    );
    let newest = schema::newest();
    assert_eq!(schema::current(&mut client).unwrap(), newest);
    // The script does the same in a database of its own.
    client.batch_execute("create database by_hand").unwrap();
    let mut other = Client::connect(&server.address("postgres", "by_hand"), NoTls).unwrap();
    other.batch_execute(&schema::script(0)).unwrap();
    schema::up(&mut other, jiff::Timestamp::now()).unwrap();
    assert_eq!(schema::current(&mut other).unwrap(), newest);
    // A schema of a newer release is left alone.
    let newer = newest + 1;
    other.batch_execute(&format!("insert into retold.migration values ({newer}, 'x', '\\x00')")).unwrap();
    assert!(matches!(
        schema::up(&mut other, jiff::Timestamp::now()),
        Err(schema::Error::Newer { found, known }) if (found, known) == (newer, newest)
    ));
}

/// The tables whose rows a reader sees by policies.
const ROW_BY_ROW: [&str; 5] = ["sessions", "instances", "chat_messages", "output_chunks", "workspace"];

#[test]
fn a_shipper_reaches_its_own_logs_by_the_functions_and_nothing_else() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada")]);
    target.ship(&store.log, Level::All).unwrap();
    let mut bob = cluster.client("bob");
    let tables: Vec<String> = cluster
        .admin()
        .query("select relname::text from pg_class where relnamespace = 'retold'::regnamespace and relkind in ('r', 'p')", &[])
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert!(tables.len() > 15);
    for table in &tables {
        for act in [format!("select * from retold.{table}"), format!("delete from retold.{table}")] {
            match bob.query(&act, &[]) {
                Err(_) => {}
                // Row by row: there is none for him.
                Ok(rows) => assert!(
                    ROW_BY_ROW.contains(&table.as_str()) && act.starts_with("select") && rows.is_empty(),
                    "{act}"
                ),
            }
        }
    }
    for function in [
        "known_at(1, 1, 1)",
        "me()",
        "may_ship(1, 1)",
        "may_read(1, 1, 1)",
        "mark_stale(1, 1, '{1}')",
        "erase_rows(1, 1, '{1}')",
        "take_gone(1, 1, '{1}', '{1}', '{0}')",
        "erase_texts(1, 1, '{1}')",
    ] {
        assert!(bob.batch_execute(&format!("select * from retold.{function}")).is_err(), "{function}");
    }
    // Another's log and one that is not there are the same to him.
    let ask = |client: &mut Client, log: i32| -> usize {
        client.query("select * from retold.head_1(1, $1) where head is not null", &[&log]).unwrap().len()
            + client
                .query("select * from retold.hash_at_1(1, $1, 1) where hash is not null", &[&log])
                .unwrap()
                .len()
    };
    assert_eq!((ask(&mut bob, 1), ask(&mut bob, 99)), (0, 0));
    assert_eq!(ask(&mut cluster.client("ada"), 1), 2);
    // A setting makes nobody somebody else.
    bob.batch_execute("set retold.person = '1'; set role bob").unwrap();
    assert_eq!(ask(&mut bob, 1), 0);
    let refused = retold_team::ship::ship(
        &store.log,
        || cluster.connect("bob"),
        &mut crate::targets::options(Level::All, &[], None),
    );
    assert!(
        matches!(refused, Err(retold_team::ship::ShipError::Refused(why)) if why.contains("another person"))
    );
    // Nor does he go on from it, as a copy of it might: what he erased would be erased in it.
    let copied = retold_team::receiver::Attach {
        log: retold_core::LogId::random(),
        parent: Some((store.log.id(), store.log.reader().unwrap().head().unwrap())),
        ..crate::answers::attach_of(&store, "laptop")
    };
    let mut of_bob = cluster.connect("bob").unwrap();
    assert_eq!(of_bob.attach(&copied).unwrap(), retold_team::receiver::Attached::ParentFirst);
    // Who was disabled ships no more.
    cluster.admin().batch_execute("update retold.person set disabled_at = now() where name = 'Ada'").unwrap();
    assert!(target.ship(&store.log, Level::All).is_err());
}

#[test]
fn every_statement_of_a_shipment_looks_at_one_partition_of_sixteen() {
    needs!(Postgres);
    let server = retold_trial::Postgres::start();
    let mut client = Client::connect(&server.address("postgres", "postgres"), NoTls).unwrap();
    // The schema as it is, but for what a distribution by tenant makes of its largest table.
    let whole = "    unique (tenant, stream, revision)\n);";
    let script = schema::script(0);
    assert_eq!(script.matches(whole).count(), 1);
    let mut parts = String::from("    unique (tenant, stream, revision)\n) partition by hash (tenant);\n");
    for part in 0..16 {
        parts.push_str(&format!(
            "create table retold.event_part_{part:02} partition of retold.event for values with (modulus 16, remainder {part});\n"
        ));
    }
    client.batch_execute(&script.replace(whole, &parts)).unwrap();
    for tenant in ["acme", "other"] {
        schema::make_tenant(&mut client, tenant).unwrap();
    }
    schema::add_person(&mut client, 2, "Ada", "ada").unwrap();
    client.batch_execute(EXPLAINED).unwrap();
    let (plans, told) = mpsc::channel();
    let connect = || {
        let plans = plans.clone();
        let mut config: postgres::Config = server.address("ada", "postgres").parse().unwrap();
        config.notice_callback(move |notice| drop(plans.send(notice.message().to_owned())));
        Ok(Postgres::over(config.connect(NoTls).unwrap()))
    };
    let store = Store::new();
    store.append("atlas", "s1", [message("one"), message(&"long ".repeat(2000))]);
    store.append("borealis", "s2", [message("two")]);
    let ship = |level, private: &[&str]| {
        retold_team::ship::ship(&store.log, connect, &mut crate::targets::options(level, private, None))
            .unwrap()
    };
    ship(Level::Facts, &["borealis"]);
    ship(Level::All, &[]);
    store.redact(&[2]);
    ship(Level::All, &[]);
    let told: Vec<Arc<str>> = told.try_iter().map(Arc::from).collect();
    let mut looked = 0;
    for plan in &told {
        let parts: BTreeSet<&str> =
            plan.match_indices("event_part_").map(|(at, _)| &plan[at..at + 13]).collect();
        looked += usize::from(!parts.is_empty());
        assert!(parts.len() <= 1, "{plan}");
    }
    assert!(looked > 5, "{looked} of {} plans look at events", told.len());
}

#[test]
fn a_search_looks_into_the_index_of_words() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let (store, mut worker, mut admin) = (Store::new(), crate::rows::worker(&cluster), cluster.admin());
    store.append("atlas", "a1", [crate::given::created("a1")]);
    for part in 0..20 {
        let messages =
            (0..300).map(|number| message(&format!("message {part} {number} of {}", part * 300 + number)));
        store.append("atlas", "a1", messages);
    }
    Target::Postgres(cluster.clone()).ship(&store.log, Level::All).unwrap();
    crate::rows::work(&mut worker);
    admin.batch_execute("vacuum analyze retold.search, retold.sessions, retold.search_sizes").unwrap();
    admin.batch_execute(EXPLAINED).unwrap();
    let (plans, told) = mpsc::channel();
    let mut config: postgres::Config = cluster.server.borrow().address("ada", "postgres").parse().unwrap();
    config.notice_callback(move |notice| drop(plans.send(notice.message().to_owned())));
    let mut ada = config.connect(NoTls).unwrap();
    for asked in ["4711", "message 4711", "\"of 4711\"", "471*", "message -4711 299"] {
        let query = retold_projections::SearchQuery::read(asked).unwrap();
        let (filter, narrowed) =
            (retold_projections::SearchFilter::new(), retold_team::read::Narrowed::default());
        let mut transaction = retold_team::read::begin(&mut ada).unwrap();
        let (limit, is_masked) = (10, false);
        let wanted = Wanted { query: &query, filter: &filter, narrowed: &narrowed, limit, is_masked };
        let answer = transaction.search(&wanted).unwrap().answer();
        drop(transaction);
        assert!(answer.found > 0, "{asked}");
        let plans: Vec<String> = told.try_iter().collect();
        let search = plans.iter().find(|plan| plan.contains("with cut as")).unwrap();
        assert!(search.contains("Bitmap Index Scan on search_by_words"), "{asked}: {search}");
        assert!(!search.contains("Seq Scan on search "), "{asked}: {search}");
    }
}
