//! What was redacted is in no file of a table, once it was purged; and what keeps it there is told.

use postgres::Client;
use retold_core::event::WorkspaceRegistered;
use retold_core::{Commit, Expected, StreamName};
use retold_team::purge::{Outcome, Purge, residue};
use retold_team::receiver::{Insecure, Level, Server};
use retold_trial::needs;
use retold_upkeep::{Archive, back_up, prunable, prune};

use crate::given::{Store, created, message, task};
use crate::rows::{of_server, of_store, work, worker};
use crate::targets::{Cluster, Target, packed};

fn server_as(cluster: &Cluster, user: &str) -> Server {
    let address = cluster.server.borrow().address(user, "postgres");
    Server::parse(&address, Insecure::Refused, |_, _, _, _| None).unwrap()
}

fn purge_as(cluster: &Cluster, user: &str) -> Purge {
    Purge::connect(&server_as(cluster, user)).unwrap()
}

fn pending(client: &mut Client) -> Vec<String> {
    residue(client, &[1]).unwrap().into_iter().map(|table| table.part).collect()
}

/// The partition of this month.
fn this_month(client: &mut Client) -> String {
    client.query_one("select 'body_' || to_char(current_date, 'YYYY_MM')", &[]).unwrap().get(0)
}

fn written(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Written { .. })
}

/// Does something until nothing is in its way: PostgreSQL has transactions of its own now and then.
fn in_the_end(mut act: impl FnMut() -> Outcome) -> Outcome {
    for _ in 0..200 {
        match act() {
            Outcome::StillRead | Outcome::Busy => std::thread::sleep(std::time::Duration::from_millis(50)),
            done => return done,
        }
    }
    act()
}

/// What of some canaries can be in a file.
struct Planted {
    /// The texts themselves, which are in rows.
    texts: Vec<String>,
    /// As the server has them: what lists show as it is, bodies and long texts packed.
    bytes: Vec<Vec<u8>>,
    /// The events that say them.
    positions: Vec<u64>,
}

/// Ships a store that says canaries everywhere.
fn planted(target: &Target, store: &Store, client: &mut Client) -> Planted {
    let long = format!("{}karneval-long{}", "x y ".repeat(1100), " z".repeat(900));
    let registered = WorkspaceRegistered { path: Some("/home/karneval-path".to_owned()), hashes: vec![] };
    let commit = Commit::to(StreamName::workspace("atlas"), Expected::Any, [registered]);
    let mut positions = vec![store.log.append(commit).unwrap().last.get()];
    for number in 0..4 {
        let id = format!("a{number}");
        let last = store.append(
            "atlas",
            &id,
            [
                created(&id),
                message("karneval-short"),
                message(&long),
                task(&format!("karneval-task {number}")),
            ],
        );
        positions.extend(last - 2..=last);
    }
    store.append("borealis", "b1", [created("b1"), message("kept")]);
    target.ship(&store.log, Level::All).unwrap();
    let texts =
        ["karneval-short", "karneval-long", "karneval-task", "karneval-path"].map(str::to_owned).to_vec();
    let mut bytes = packed(client, &positions);
    bytes.extend(["karneval-task", "karneval-path"].map(|text| text.as_bytes().to_vec()));
    bytes.sort();
    Planted { texts, bytes, positions }
}

#[test]
fn what_was_redacted_is_in_no_file_once_it_was_purged() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut worker, mut admin) = (Store::new(), worker(&cluster), cluster.admin());
    let Planted { texts, bytes, positions } = planted(&target, &store, &mut admin);
    work(&mut worker);
    // PostgreSQL keeps samples of what it looks at.
    admin.batch_execute("analyze").unwrap();
    let samples = "select count(*) from pg_stats where schemaname = 'retold' and
        (most_common_vals::text like '%karneval-task%' or histogram_bounds::text like '%karneval-task%')";
    assert!(admin.query_one(samples, &[]).unwrap().get::<_, i64>(0) > 0);
    let files = |admin: &mut Client| {
        admin.batch_execute("checkpoint").unwrap();
        let mut found = cluster.tables_with(&bytes);
        found.sort();
        found.dedup();
        found
    };
    let all = bytes.clone();
    assert!(all.len() >= 8 && files(&mut admin) == all);
    assert_eq!(pending(&mut admin), Vec::<String>::new());

    // What answers about it are sealed by until then.
    let secret = |admin: &mut Client| -> [Vec<u8>; 1] {
        [admin.query_one("select secret from retold.edition_1(1, 1)", &[]).unwrap().get(0)]
    };
    let of_row = |admin: &mut Client| -> [Vec<u8>; 1] {
        [admin.query_one("select secret from retold.edition", &[]).unwrap().get(0)]
    };
    let sealed = secret(&mut admin);
    let before = of_row(&mut admin);
    admin.batch_execute("checkpoint").unwrap();
    assert_eq!(cluster.tables_with(&before).len(), 1);

    let mut reader = cluster.admin();
    reader.batch_execute("begin isolation level repeatable read; select 1 from retold.tenant").unwrap();
    store.redact(&positions);
    target.ship(&store.log, Level::All).unwrap();
    assert_eq!(cluster.rows_with(&texts), Vec::<String>::new());
    assert!(files(&mut admin) == all, "the files have what no row has");
    let month = this_month(&mut admin);
    let tables = ["blob", &month, "chat_messages", "edition", "instances", "search", "sessions", "workspace"];
    assert_eq!(pending(&mut admin), tables);

    // What lists show is made again first, and whoever may still read what is gone is waited for.
    let mut purge = purge_as(&cluster, "postgres");
    assert!(matches!(purge.write_again("sessions").unwrap(), Outcome::ToBeMadeAgain(5)));
    work(&mut worker);
    assert_eq!(purge.write_again(&month).unwrap(), Outcome::StillRead);
    reader.batch_execute("commit").unwrap();
    // Somebody who holds a table is not waited for, and it stays as it is.
    reader.batch_execute("begin; lock table retold.blob in access share mode").unwrap();
    assert_eq!(purge.write_again("blob").unwrap(), Outcome::Busy);
    reader.batch_execute("commit").unwrap();
    assert_eq!(pending(&mut admin), tables);
    assert!(files(&mut admin) == all);

    for table in tables {
        let outcome = in_the_end(|| purge.write_again(table).unwrap());
        assert!(written(&outcome), "{table}: {outcome:?}");
    }
    assert_eq!(pending(&mut admin).len(), tables.len(), "nothing counts as purged before the samples are");
    assert!(written(&in_the_end(|| purge.finish().unwrap())));
    assert_eq!((pending(&mut admin), files(&mut admin)), (Vec::new(), Vec::new()));
    assert_eq!(cluster.tables_with(&before), Vec::<Vec<u8>>::new());
    assert_ne!(secret(&mut admin), sealed);
    let purged = "select count(*) from retold.purged where tenant = 1 and bytes_before >= bytes_after";
    assert_eq!(admin.query_one(purged, &[]).unwrap().get::<_, i64>(0), 8);
    target.assert_sound();
    assert_eq!(of_server(&mut admin, 1), of_store(&store));
    // What is told again is no news.
    let again = "select retold.take_gone(1, 1, array[$1::bigint], array[$2::bigint], array[0::smallint])";
    let last = store.head().cast_signed();
    admin.query(again, &[&positions[1].cast_signed(), &last]).unwrap();
    assert_eq!(pending(&mut admin), Vec::<String>::new());
}

#[test]
fn what_had_left_before_it_was_redacted_is_purged_too() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut admin) = (Store::new(), cluster.admin());
    store.append("atlas", "a1", [created("a1"), message("karneval-short"), task("x")]);
    target.ship(&store.log, Level::All).unwrap();
    let canary = packed(&mut admin, &[2]);
    let place = store.folder.path().join("archive.db");
    back_up(&store.log, &place, |_| true).unwrap();
    let archive = Archive::open(&store.log, &place, |_| true).unwrap();
    let before = store.log.reader().unwrap().head().unwrap().position;
    prune(&store.log, &archive, &prunable(&store.log, before).unwrap(), None, |_| true).unwrap();
    target.ship(&store.log, Level::All).unwrap();
    // What an archive has is not a redaction.
    assert_eq!(pending(&mut admin), Vec::<String>::new());
    store.redact(&[2]);
    target.ship(&store.log, Level::All).unwrap();
    let month = this_month(&mut admin);
    assert!(pending(&mut admin).contains(&month));
    admin.batch_execute("checkpoint").unwrap();
    assert_eq!(cluster.tables_with(&canary).len(), 1);
    let mut purge = purge_as(&cluster, "postgres");
    assert!(written(&in_the_end(|| purge.write_again(&month).unwrap())));
    assert!(written(&in_the_end(|| purge.finish().unwrap())));
    assert_eq!(cluster.tables_with(&canary).len(), 0);
}

#[test]
fn who_may_not_rewrite_the_samples_is_told_and_nothing_counts_as_purged() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let (store, mut worker, mut admin) = (Store::new(), worker(&cluster), cluster.admin());
    let Planted { bytes, positions, .. } = planted(&target, &store, &mut admin);
    work(&mut worker);
    admin.batch_execute("analyze").unwrap();
    store.redact(&positions);
    target.ship(&store.log, Level::All).unwrap();
    work(&mut worker);
    let tables = pending(&mut admin);
    // A shipper may not even ask.
    assert!(Purge::connect(&server_as(&cluster, "ada")).is_err());
    admin.batch_execute("create role keeper login; grant retold_owner to keeper").unwrap();
    let mut purge = purge_as(&cluster, "keeper");
    for table in &tables {
        let outcome = in_the_end(|| purge.write_again(table).unwrap());
        // Of what is empty now the samples stay.
        match table.as_str() {
            "blob" => assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}"),
            _ => assert!(written(&outcome), "{table}: {outcome:?}"),
        }
    }
    assert!(matches!(in_the_end(|| purge.finish().unwrap()), Outcome::Refused(_)));
    assert_eq!(pending(&mut admin), tables);
    admin.batch_execute("alter database postgres owner to keeper").unwrap();
    let finished = in_the_end(|| purge.finish().unwrap());
    assert!(written(&finished), "{finished:?}");
    assert_eq!(pending(&mut admin), ["blob"]);
    let mut purge = purge_as(&cluster, "postgres");
    assert!(written(&in_the_end(|| purge.write_again("blob").unwrap())));
    assert!(written(&in_the_end(|| purge.finish().unwrap())));
    assert_eq!((pending(&mut admin).len(), cluster.tables_with(&bytes).len()), (0, 0));
}
