//! What was said longer ago than a team keeps it goes; what is known of it stays.

use std::path::Path;

use jiff::{Timestamp, ToSpan};
use postgres::Client;
use retold_core::Options;
use retold_team::pull::{Place, PullError, pull};
use retold_team::purge::residue;
use retold_team::receiver::{Contents as _, Level};
use retold_team::retention::{Due, Retired, drop_empty, due, kept_from, policies, retire, set};
use retold_team::schema;
use retold_trial::needs;

use crate::given::{Store, created, message, task};
use crate::reach::found;
use crate::rows::{of_server, of_store, work, worker};
use crate::targets::{Cluster, Target};

/// Partitions for months that are over, and all bodies that are there in the one of four months ago.
fn aged(cluster: &Cluster) -> String {
    let mut admin = cluster.admin();
    schema::up(&mut admin, Timestamp::now().checked_sub((24 * 150).hours()).unwrap()).unwrap();
    let age = "update retold.body set received = date_trunc('month', current_date) - interval '4 months'";
    admin.batch_execute(age).unwrap();
    let part = "select distinct tableoid::regclass::text from retold.body";
    admin.query_one(part, &[]).unwrap().get::<_, String>(0).replace("retold.", "")
}

fn bodies(client: &mut Client) -> i64 {
    client.query_one("select count(*) from retold.body", &[]).unwrap().get(0)
}

#[test]
fn what_was_said_goes_and_lists_and_chains_stay() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut worker, mut admin) = (Store::new(), worker(&cluster), cluster.admin());
    let mut ada = cluster.client("ada");
    let long = format!("{}karneval-long{}", "x y ".repeat(1100), " z".repeat(900));
    let said = store.append(
        "atlas",
        "a1",
        [created("a1"), task("a task"), message("karneval"), message(&long), message("more")],
    );
    store.append("borealis", "b1", [created("b1"), message("karneval-other")]);
    target.ship(&store.log, Level::All).unwrap();
    let part = aged(&cluster);
    store.append("atlas", "a1", [message("newer"), task("newer task")]);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    assert!(found(&mut ada, "karneval").0 > 0);

    // Nothing goes that is not set, nor what is kept for longer.
    assert_eq!(retire(&mut admin, 1, 1).unwrap(), Retired::default());
    set(&mut admin, 1, Some(4)).unwrap();
    assert_eq!(due(&mut admin, 1, 4).unwrap(), []);
    assert_eq!(retire(&mut admin, 1, 1).unwrap(), Retired::default());
    set(&mut admin, 1, Some(3)).unwrap();
    assert_eq!(policies(&mut admin, &[1]).unwrap()[0].months, Some(3));
    assert_eq!(due(&mut admin, 1, 3).unwrap(), [Due { log: 1, content: 4, facts: 3 }]);
    assert!(kept_from(&mut admin, 3).unwrap().ends_with("-01"));
    assert_eq!(retire(&mut admin, 1, 1).unwrap(), Retired { content: 4, facts: 3 });
    let canaries = ["karneval", "karneval-long", "karneval-other"].map(str::to_owned);
    assert_eq!((cluster.rows_with(&canaries), bodies(&mut admin)), (Vec::new(), 5));
    assert_eq!(found(&mut ada, "karneval").0, 0, "it left the index in the same transaction");
    // Where another team has something, the month stays.
    let other = "insert into retold.body select 2, 1, 1, date_trunc('month', current_date) - interval '4 months', 0, '', ''";
    admin.batch_execute(other).unwrap();
    let dropped = drop_empty(&mut admin).unwrap();
    assert!(!dropped.is_empty() && !dropped.contains(&part), "{dropped:?}");
    admin.batch_execute("delete from retold.body where tenant = 2").unwrap();
    assert_eq!(drop_empty(&mut admin).unwrap(), [part]);

    // The chain is whole, lists have every session and count every message, and a rebuild comes to the same.
    let verified = target.assert_sound();
    assert_eq!((verified[0].events, verified[0].bodies, verified[0].absent), (9, 5, 0));
    work(&mut worker);
    let (own, rows) = (of_store(&store), of_server(&mut admin, 1));
    for table in ["sessions", "chat_messages"] {
        assert_eq!(rows[table].len(), own[table].len(), "{table}");
    }
    let counted = |client: &mut Client| -> Vec<(String, i64, String)> {
        let counts = "select id, message_count, task from retold.sessions order by id";
        let rows = client.query(counts, &[]).unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    };
    let expected = [("a1", 4, "newer task"), ("b1", 1, "mend the door")];
    let expected = expected.map(|(id, count, task)| (id.to_owned(), count, task.to_owned()));
    assert_eq!(counted(&mut admin), expected);
    worker.rebuild().unwrap();
    work(&mut worker);
    assert_eq!(of_server(&mut admin, 1), rows);
    assert!(found(&mut ada, "newer").0 > 0 && found(&mut ada, "more").0 == 0);

    // A session is pulled with what is there, and proves itself.
    let folder = tempfile::tempdir().unwrap();
    let mut reader = target.reader();
    let session = reader.sessions("a1").unwrap().pop().unwrap();
    let place =
        Place { folder: folder.path(), source: "a test", read_models: |_: &Path| Ok(()), progress: |_| true };
    let pulled = pull::<PullError>(&mut reader, session.log, &[session], place).unwrap();
    let part = Options::new().read_only(true).open(&pulled.path).unwrap();
    let verified = part.verify(|_| true).unwrap();
    assert!(verified.is_sound() && verified.events == 7, "{:?}", verified.faults);

    // Nothing of it is asked of the laptops again, also where they go through all that there is.
    assert_eq!(target.ship(&store.log, Level::All).unwrap().supplied, 0);
    admin.batch_execute("update retold.log set level = 2").unwrap();
    assert_eq!(target.ship(&store.log, Level::All).unwrap().supplied, 9);
    assert_eq!((bodies(&mut admin), cluster.rows_with(&canaries)), (5, Vec::new()));
    store.append("atlas", "a1", [message("newest")]);
    target.ship(&store.log, Level::All).unwrap();
    assert_eq!(target.assert_sound()[0].bodies, 6);
    assert_eq!(retire(&mut admin, 1, 1).unwrap(), Retired::default());

    // What was retired is redacted like everything else.
    assert_eq!(residue(&mut admin, &[1]).unwrap(), []);
    store.redact(&[said - 1]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_sound();
    let pending: Vec<String> =
        residue(&mut admin, &[1]).unwrap().into_iter().map(|table| table.part).collect();
    assert!(pending.contains(&"blob".to_owned()), "its long text was beside it: {pending:?}");
}

#[test]
fn shippers_and_whoever_retires_do_not_lose_each_others_texts() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut admin) = (Store::new(), cluster.admin());
    set(&mut admin, 1, Some(1)).unwrap();
    store.append("atlas", "a1", [created("a1")]);
    target.ship(&store.log, Level::All).unwrap();
    let address = cluster.server.borrow().address("postgres", "postgres");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let retiring = scope.spawn(|| {
            let mut client = Client::connect(&address, postgres::NoTls).unwrap();
            let mut gone = 0;
            for _ in 0..100_000 {
                if stop.load(std::sync::atomic::Ordering::Relaxed) && gone > 0 {
                    break;
                }
                // What is there is as if it had come long ago.
                let _may_be_held = client.batch_execute(
                    "set lock_timeout = '2s'; update retold.body set received = '2020-01-01' where received > '-infinity'",
                );
                gone += retire(&mut client, 1, 1).map_or(0, |retired| retired.content);
            }
            gone
        });
        // One text, again and again: it comes, is retired and comes again.
        let long = "the same long text. ".repeat(400);
        for number in 0..60 {
            store.append("atlas", "a1", [message(&long), message(&format!("short {number}"))]);
            target.ship(&store.log, Level::All).unwrap();
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(retiring.join().unwrap() > 0);
    });
    target.assert_sound();
    store.append("atlas", "a1", [message(&"the same long text. ".repeat(400))]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_sound();
}
