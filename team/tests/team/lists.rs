//! What whoever asks the server is shown, and what no longer.

use postgres::Client;
use retold_projections::{Order, SessionFilter};
use retold_team::read::{self, Lists as _};
use retold_team::receiver::Level;
use retold_trial::needs;

use crate::given::{Store, created, message, task};
use crate::rows::{of_server, of_store, work, worker};
use crate::targets::{Cluster, Target};

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
    for order in [Order::Moved, Order::Updated, Order::Created, Order::Duration, Order::FilesChanged] {
        let filter = SessionFilter::new().with_order(order);
        let whole: Vec<String> =
            ada.page(&filter, false).unwrap().sessions.into_iter().map(|row| row.id).collect();
        assert_eq!(whole.len(), 23, "{order:?}");
        let (mut pages, mut next) = (Vec::new(), filter.clone().with_limit(5));
        loop {
            let page = ada.page(&next, false).unwrap().sessions;
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
    let page = ada.page(&some, true).unwrap();
    let found: Vec<&str> = page.sessions.iter().map(|row| row.id.as_str()).collect();
    assert_eq!((found.as_slice(), page.count), (["s18", "s15", "s12"].as_slice(), Some(3)));
    let other = SessionFilter::new().with_order(Order::Moved).with_tag("x");
    assert!(ada.page(&other, false).unwrap().sessions.is_empty());
    assert!(matches!(ada.page(&SessionFilter::new(), false), Err(read::ListError::Order)));
}
