//! What is erased here is erased there.

use retold_team::receiver::Contents as _;
use std::collections::BTreeSet;

use retold_team::receiver::{Level, Why};
use retold_trial::needs;
use retold_upkeep::{Archive, back_up, prunable, prune, pruned, unprune};

use crate::given::{Store, created, message, task};
use crate::targets::{Cluster, Target, packed};

pub(crate) fn redacted(target: &Target) {
    let store = Store::new();
    let text = "long ".repeat(2000);
    store.append(
        "atlas",
        "a1",
        [created("a1"), message("before"), message(&text), message(&text), message("after")],
    );
    store.redact(&[2]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    // Of two that refer to one text, one goes: the text stays. Then the other, in a shipment with something new.
    store.redact(&[3]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    store.append("atlas", "a1", [task("new"), message("new")]);
    store.redact(&[4, 8]);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    let log = target.assert_sound()[0].number.unwrap();
    let range = target.keeper().range(log, 1, 99).unwrap();
    assert!(range.texts.is_empty(), "no body refers to it");
    let gone: BTreeSet<(u64, Why)> = range.gone.iter().map(|gone| (gone.position, gone.why)).collect();
    assert_eq!(gone, [2, 3, 4, 8].map(|position| (position, Why::Redacted)).into());
}

pub(crate) fn redacted_in_a_closed_workspace(target: &Target) {
    let store = Store::new();
    store.append("atlas", "a1", [created("a1"), message("a secret")]);
    store.append("borealis", "b1", [created("b1")]);
    target.ship(&store.log, Level::All).unwrap();
    store.redact(&[2]);
    target.ship_but(&store.log, Level::All, &["atlas"]).unwrap();
    let verified = target.assert_sound();
    assert_eq!((verified[0].bodies, verified[0].absent), (2, 1));
}

pub(crate) fn pruned_and_back(target: &Target) {
    let store = Store::new();
    let text = "long ".repeat(2000);
    store.append("atlas", "a1", [created("a1"), message("one"), message(&text), task("x")]);
    store.append("borealis", "b1", [created("b1"), message("other")]);
    target.ship(&store.log, Level::All).unwrap();
    let place = store.folder.path().join("archive.db");
    back_up(&store.log, &place, |_| true).unwrap();
    let archive = Archive::open(&store.log, &place, |_| true).unwrap();
    let before = store.log.reader().unwrap().head().unwrap().position;
    let sessions = prunable(&store.log, before).unwrap();
    assert_eq!(prune(&store.log, &archive, &sessions, None, |_| true).unwrap().bodies, 3);
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    let log = target.assert_sound()[0].number.unwrap();
    let gone = target.keeper().range(log, 1, 99).unwrap().gone;
    assert_eq!(
        gone.iter().map(|gone| (gone.position, gone.why)).collect::<Vec<_>>(),
        [2, 3, 6].map(|at| (at, Why::Pruned))
    );
    // One of them is redacted while it is away; the others come back.
    store.redact(&[2]);
    target.ship(&store.log, Level::All).unwrap();
    let sessions = pruned(&store.log).unwrap();
    unprune(&store.log, &archive, &sessions, |_| true).unwrap();
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    let gone = target.keeper().range(log, 1, 99).unwrap().gone;
    assert_eq!(gone.iter().map(|gone| (gone.position, gone.why)).collect::<Vec<_>>(), [(2, Why::Redacted)]);
}

#[test]
fn what_is_redacted_is_in_no_row_of_the_server() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let store = Store::new();
    let long = format!("{}hunter2-long{}", "x y ".repeat(1100), " z".repeat(900));
    store.append(
        "atlas",
        "a1",
        [created("a1"), message("hunter2-short"), message(&long), task("hunter2-task")],
    );
    target.ship(&store.log, Level::All).unwrap();
    let canaries = ["hunter2-short", "hunter2-long", "hunter2-task"].map(str::to_owned);
    assert_eq!(cluster.rows_with(&canaries).len(), 3, "the search finds what is there");
    let mut client = cluster.admin();
    let packed = packed(&mut client, &[2, 3, 4]);
    client.batch_execute("checkpoint").unwrap();
    assert_eq!(cluster.tables_with(&packed).len(), packed.len(), "the files have what is there");
    store.redact(&[2, 3, 4]);
    target.ship(&store.log, Level::All).unwrap();
    assert_eq!(cluster.rows_with(&canaries), Vec::<String>::new());
    // The heap keeps what was deleted until its tables are written again.
    for table in ["retold.body", "retold.blob"] {
        client.batch_execute(&format!("vacuum full {table}")).unwrap();
    }
    client.batch_execute("checkpoint").unwrap();
    assert_eq!(cluster.tables_with(&packed), Vec::<Vec<u8>>::new());
    target.assert_sound();
}
