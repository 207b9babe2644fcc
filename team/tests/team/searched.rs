//! The index of a server: what leaves it, what is not in it, what is asked of it, and whoever is in the way.

use std::collections::BTreeSet;

use postgres::Client;
use retold_projections::{SearchFilter, SearchQuery};
use retold_team::read::{self, Narrowed, SearchError, Searches as _, Wanted};
use retold_team::receiver::Level;
use retold_team::work::Worker;
use retold_trial::needs;
use retold_upkeep::{Archive, prunable, prune, pruned, unprune};

use crate::given::{Store, created, message};
use crate::reach::found;
use crate::rows::{work, worker};
use crate::search::{append_anything, compare, hit_of, in_store, on_server, redact_something};
use crate::targets::{Cluster, Target};

#[test]
fn what_is_erased_leaves_the_index_with_the_shipment() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut ada) = (Store::new(), worker(&cluster), cluster.client("ada"));
    let canary = "karnevalkanarienvogel";
    let said = store.append("atlas", "a1", [created("a1"), message("kept"), message(canary)]);
    store.append("atlas", "a2", [created("a2"), message("another")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert_eq!(found(&mut ada, canary).0, 1);
    let rows = "select count(*) from retold.search where words::text like '%karnevalkanarienvogel%'";
    let count = |client: &mut Client| -> i64 { client.query_one(rows, &[]).unwrap().get(0) };
    let mut admin = cluster.admin();
    assert_eq!(count(&mut admin), 1);
    // Another generation has it, too, while it is built.
    worker.rebuild().unwrap();
    store.redact(&[said]);
    target.ship(&store.log, Level::All).unwrap();
    // No worker has been there since.
    assert_eq!((count(&mut admin), found(&mut ada, canary).0), (0, 0));
    assert_eq!(found(&mut ada, "another").0, 1, "another session is found as it was");
    for table in ["search", "search_sizes", "body"] {
        admin.batch_execute(&format!("vacuum full retold.{table}")).unwrap();
    }
    admin.batch_execute("checkpoint").unwrap();
    assert_eq!(cluster.tables_with(&[canary.to_owned()]), Vec::<String>::new());
    work(&mut worker);
    assert_eq!((found(&mut ada, canary).0, found(&mut ada, "kept").0), (0, 1));
    compare(&store, &mut ada, "kept", &SearchFilter::new());
    // What is pruned is in an archive, and not on the server.
    let place = store.folder.path().join("archive.db");
    retold_upkeep::back_up(&store.log, &place, |_| true).unwrap();
    let archive = Archive::open(&store.log, &place, |_| true).unwrap();
    let before = store.log.reader().unwrap().head().unwrap().position;
    let sessions = prunable(&store.log, before).unwrap();
    prune(&store.log, &archive, &sessions, None, |_| true).unwrap();
    target.ship(&store.log, Level::All).unwrap();
    assert_eq!(found(&mut ada, "kept").0, 0);
    work(&mut worker);
    assert_eq!(found(&mut ada, "kept").0, 0);
    let sessions = pruned(&store.log).unwrap();
    unprune(&store.log, &archive, &sessions, |_| true).unwrap();
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert_eq!(found(&mut ada, "kept").0, 1);
}

#[test]
fn texts_that_a_level_withholds_are_not_found_and_long_ones_are_found_whole() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut ada) = (Store::new(), worker(&cluster), cluster.client("ada"));
    let mut long: Vec<String> = (0..60_000).map(|number| format!("w{number}")).collect();
    long.insert(0, "first".to_owned());
    long.extend(["the".to_owned()].into_iter().cycle().take(900));
    long.push("last".to_owned());
    store.append("atlas", "a1", [created("a1"), message("short"), message(&long.join(" "))]);
    target.ship(&store.log, Level::Facts).unwrap();
    work(&mut worker);
    assert_eq!((found(&mut ada, "short").0, found(&mut ada, "mend").0), (0, 1));
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    for asked in [
        "short",
        "first last",
        "first w59999 the",
        "\"w15998 w15999 w16000 w16001\"",
        "last -w59999",
        "first -nothing",
        "w3999* first",
        "\"first w1\"",
        "\"the last\"",
        "last -\"the last\"",
        "\"first w0\" w1599*",
    ] {
        compare(&store, &mut ada, asked, &SearchFilter::new());
    }
}

#[test]
fn hostile_questions_are_answered_or_refused() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut ada) = (Store::new(), worker(&cluster), cluster.client("ada"));
    for _ in 0..40 {
        append_anything(&store);
    }
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    let words = vec!["door"; 200_000].join(" ");
    let phrase = format!("\"{words}\"");
    let long = "x".repeat(1 << 20);
    for asked in [
        "'; drop table retold.search; --",
        "a & b | !c <-> d",
        "door:*A",
        "\\",
        "'",
        "''''",
        "\0",
        "a\0b",
        "%",
        "\u{feff}door",
        "$1",
        &long,
        &phrase,
        &words,
        "door -'",
        "-- -door door",
        "it''s",
        "1/door",
        "\u{1}door",
    ] {
        let Ok(query) = SearchQuery::read(asked) else { continue };
        let mut transaction = read::begin(&mut ada).unwrap();
        let filter = SearchFilter::new();
        let (narrowed, limit, is_masked) = (&Narrowed::default(), 10, false);
        match transaction.search(&Wanted { query: &query, filter: &filter, narrowed, limit, is_masked }) {
            Ok(found) => {
                let answer = found.answer();
                drop(transaction);
                assert_eq!(answer.found, in_store(&store, asked, &filter).found, "{asked}");
            }
            Err(error) => assert!(matches!(error, SearchError::TooLong(200_000)), "{error}"),
        }
    }
    let mut filter = SearchFilter::new().with_workspace("a' or true --").with_tag("\"], \0");
    filter.model = Some("%".to_owned());
    filter.branch = Some("\\u0000".to_owned());
    assert_eq!(on_server(&mut ada, "door", &filter).found, 0);
    for raw in [
        "select * from retold.search_1('{}', '{}', '{}', '{}', '{}', 10)",
        "select * from retold.search_1('{a}', '{}', '{}', '{}', '{}', 100000)",
        "select * from retold.search_1(array_fill('a'::tsquery, array[65]), '{}', '{}', '{}', '{}', 10)",
        "select * from retold.search_1('{a}', '{}', '{b}', '{}', '{}', 10)",
    ] {
        assert!(ada.query(raw, &[]).is_err(), "{raw}");
    }
}

#[test]
fn a_worker_that_is_cut_off_while_it_is_searched_loses_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let store = Store::new();
    let address = cluster.server.borrow().address("postgres", "postgres");
    for _ in 0..3 {
        for _ in 0..25 {
            append_anything(&store);
        }
        redact_something(&store);
        target.ship(&store.log, Level::All).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut steps = 0;
                while steps < 6 {
                    let Ok(client) = Client::connect(&address, postgres::NoTls) else { continue };
                    let mut worker = Worker::new(client, 1).unwrap();
                    let _begun = worker.rebuild();
                    while let Ok(step) = worker.step() {
                        steps += 1;
                        if !step.more {
                            break;
                        }
                    }
                }
            });
            let (mut admin, mut ada) = (cluster.admin(), cluster.client("ada"));
            for _ in 0..10 {
                admin
                    .execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity
                        where query like '%retold.%' and usename = 'postgres' and pid <> pg_backend_pid()",
                        &[],
                    )
                    .unwrap();
                // What is found is of one generation, and each text once.
                let answer = on_server(&mut ada, "door", &SearchFilter::new());
                let hits: BTreeSet<String> = answer.hits.iter().map(hit_of).collect();
                assert_eq!(hits.len() as u64, answer.found);
            }
        });
        work(&mut worker(&cluster));
        let mut ada = cluster.client("ada");
        for asked in ["door", "mend window", "\"mend the\""] {
            compare(&store, &mut ada, asked, &SearchFilter::new());
        }
    }
}
