//! What whoever asks finds and is told: what lists show and functions that pull give, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use postgres::Client;
use retold_core::{Event, EventHash, EventType, Head, Position};
use retold_projections::{Order, SearchFilter, SessionFilter};
use retold_team::pull::{Place, PullError, pull};
use retold_team::read::{self, Arrived, Lists as _, ReadUpTo, TeamLog};
use retold_team::receiver::{Contents as _, Level, LogNumber, Receiver as _};
use retold_team::schema::{self, Permitted, Sight};
use retold_team::ship;
use retold_team::verify::verify;
use retold_team::work::Worker;
use retold_trial::{chance, needs};

use crate::given::{Store, created, message};
use crate::rows::{work, worker, worker_of};
use crate::search::{append_anything, on_server};
use crate::targets::{Cluster, Target, options};

/// What somebody finds, by sessions.
pub(crate) fn found(client: &mut Client, text: &str) -> (u64, Vec<String>) {
    let answer = on_server(client, text, &SearchFilter::new());
    let mut ids: Vec<String> = answer.hits.into_iter().map(|hit| hit.name.session_id).collect();
    ids.sort();
    ids.dedup();
    (answer.found, ids)
}

#[test]
fn a_search_finds_what_one_may_read_whole_and_counts_nothing_else() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut admin = cluster.admin();
    let other = schema::make_tenant(&mut admin, "globex").unwrap();
    schema::add_person(&mut admin, other, "Eve", "eve").unwrap();
    let ships = |store: &Store, user: &str| {
        ship::ship(&store.log, || cluster.connect(user), &mut options(Level::All, &[], None)).unwrap();
    };
    let of_ada = Store::new();
    of_ada.append("atlas", "ada-atlas", [created("ada-atlas"), message("karneval of Ada"), message("again")]);
    of_ada.append("borealis", "ada-borealis", [created("ada-borealis"), message("karneval, too")]);
    ships(&of_ada, "ada");
    let of_bob = Store::new();
    of_bob.append("atlas", "bob-atlas", [created("bob-atlas"), message("karneval of Bob")]);
    ships(&of_bob, "bob");
    let of_eve = Store::new();
    of_eve.append("atlas", "eve-atlas", [created("eve-atlas"), message("karneval of Eve")]);
    ships(&of_eve, "eve");
    work(&mut worker(&cluster));
    work(&mut Worker::new(worker_of(&cluster), other).unwrap());

    // As the functions that pull have it, whatever is looked for, alone and with what others said.
    let check = |user: &str| -> Vec<String> {
        let mut client = cluster.client(user);
        let whole: Vec<String> = cluster
            .connect(user)
            .unwrap()
            .sessions("")
            .unwrap()
            .into_iter()
            .map(|kept| kept.name.1)
            .collect();
        let (count, mut ids) = found(&mut client, "karneval");
        assert_eq!(count, ids.len() as u64);
        assert_eq!(
            ids,
            {
                let mut whole = whole.clone();
                whole.sort();
                whole
            },
            "{user}"
        );
        let (_, of_tasks) = found(&mut client, "mend -nothing door");
        assert_eq!(of_tasks, ids, "{user}");
        // All of it can be pulled.
        let (mut reader, folder) = (cluster.connect(user).unwrap(), tempfile::tempdir().unwrap());
        for kept in reader.sessions("").unwrap() {
            let (folder, source) = (folder.path(), "a test");
            let place = Place { folder, source, read_models: |_: &Path| Ok(()), progress: |_| true };
            let pulled =
                pull::<PullError>(&mut reader, kept.log, std::slice::from_ref(&kept), place).unwrap();
            assert_eq!(pulled.events[&kept.stream()], kept.revision, "{user}");
        }
        // What followers are told is what lists show, and no more.
        let (events, bodies) = told(&mut client);
        let listed: BTreeSet<String> = events.iter().map(|arrived| arrived.name.session_id.clone()).collect();
        let page = client.page(&SessionFilter::new().with_order(Order::Moved), false).unwrap();
        assert_eq!(listed, page.sessions.into_iter().map(|row| row.id).collect(), "{user}");
        ids.sort();
        assert_eq!(bodies.into_iter().collect::<Vec<_>>(), ids, "{user}");
        ids
    };
    let own = ["ada-atlas", "ada-borealis"];
    assert_eq!(check("ada"), own);
    assert_eq!(check("bob"), ["bob-atlas"]);
    assert_eq!(check("eve"), ["eve-atlas"]);
    assert_eq!(found(&mut admin, "karneval").0, 0, "who is of no team finds nothing");
    let mut permit = |sight, level| schema::permit(&mut admin, 1, "Bob", sight, level).unwrap();
    assert_eq!(permit(Sight::Workspace("borealis"), Some(Level::Facts)), Permitted::Done);
    assert_eq!(check("bob"), ["bob-atlas"]);
    assert_eq!(permit(Sight::Workspace("borealis"), Some(Level::All)), Permitted::Done);
    assert_eq!(check("bob"), ["ada-borealis", "bob-atlas"]);
    assert_eq!(permit(Sight::Everything, Some(Level::All)), Permitted::Done);
    assert_eq!(check("bob"), ["ada-atlas", "ada-borealis", "bob-atlas"]);
    assert_eq!(permit(Sight::Everything, Some(Level::Facts)), Permitted::Done);
    assert_eq!(check("bob"), ["ada-borealis", "bob-atlas"]);
    permit(Sight::Everything, None);
    permit(Sight::Workspace("borealis"), None);
    assert_eq!(check("bob"), ["bob-atlas"]);
    assert_eq!(check("eve"), ["eve-atlas"]);
    // Words that begin with another team's number, and its number in a setting, change nothing.
    let mut eve = cluster.client("eve");
    let raw = "select texts::text from retold.search_1('{''1/karneval''}', '{}', '{}', '{}', '{}', 10)";
    assert_eq!(eve.query_one(raw, &[]).unwrap().get::<_, String>(0), "[]");
    for closed in [
        "select * from retold.search",
        "select * from retold.search_sizes",
        "select retold.erase_texts(1, 1, '{1}')",
    ] {
        assert!(eve.query(closed, &[]).is_err(), "{closed}");
    }
    // Heads and whole logs: one's own, and those of which one sees something.
    let heads = |user: &str| read::heads(&mut cluster.client(user)).unwrap().len();
    assert_eq!((heads("ada"), heads("bob"), heads("eve")), (1, 1, 1));
    let verified = |user: &str| {
        let logs = verify(&mut cluster.connect(user).unwrap(), |_| true).unwrap();
        logs.into_iter().inspect(|log| assert_eq!(log.faults, [])).map(|log| log.events).sum::<u64>()
    };
    assert_eq!((verified("ada"), verified("bob"), verified("eve")), (5, 2, 2));
}

#[test]
fn what_was_verified_is_noted_by_who_reads_all_of_it_and_where_its_hash_is_that_one() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let store = Store::new();
    store.append("atlas", "s1", [created("s1"), message("one"), message("two")]);
    Target::Postgres(cluster.clone()).ship(&store.log, Level::All).unwrap();
    let noted = || {
        let row = cluster.admin().query_one("select verified from retold.log", &[]).unwrap();
        row.get::<_, i64>(0)
    };
    let log = LogNumber { tenant: 1, log: 1 };
    let head = cluster.connect("ada").unwrap().head(log).unwrap();
    // A person reads their own, and says nothing of it to the others.
    assert_eq!(verify(&mut cluster.connect("ada").unwrap(), |_| true).unwrap()[0].faults, []);
    assert_eq!(noted(), 0);
    let wrong = Head { hash: EventHash::from_bytes([7; 32]), ..head };
    let beyond = Head { position: head.position.plus(1), ..head };
    let mut keeper = cluster.connect("postgres").unwrap();
    for none in [wrong, beyond] {
        keeper.note_verified(log, none).unwrap();
    }
    assert_eq!(noted(), 0);
    verify(&mut keeper, |_| true).unwrap();
    assert_eq!(noted(), 3);
    // It does not go back, and what comes then is not verified yet.
    let first = cluster.connect("ada").unwrap().hash_at(log, Position::ZERO.plus(1)).unwrap();
    keeper.note_verified(log, first).unwrap();
    store.append("atlas", "s1", [message("three")]);
    Target::Postgres(cluster.clone()).ship(&store.log, Level::All).unwrap();
    assert_eq!(noted(), 3);
    // What is damaged is not noted.
    cluster.admin().batch_execute("update retold.event set occurred_at = 7 where position = 2").unwrap();
    assert_ne!(verify(&mut keeper, |_| true).unwrap()[0].faults, []);
    assert_eq!(noted(), 3);
}

/// The events that somebody is told, and the sessions of which they have bodies.
fn told(client: &mut Client) -> (Vec<Arrived>, BTreeSet<String>) {
    let (mut log, mut at, mut all) = (TeamLog::new().unwrap(), ReadUpTo::default(), Vec::new());
    let last = read::last_shipment(client).unwrap();
    while !at.has(last) {
        all.extend(log.next(client, &mut at, last, &[]).unwrap());
    }
    let bodies = all.iter().filter(|arrived| arrived.event.event.is_some());
    let bodies = bodies.map(|arrived| arrived.name.session_id.clone()).collect();
    (all, bodies)
}

#[test]
fn the_log_of_a_team_is_that_of_its_stores_shipment_by_shipment() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let store = Store::new();
    // Longer than a page, and of more shipments than are looked through at once.
    for round in 0..20 {
        for _ in 0..chance::range(1..8) {
            append_anything(&store);
        }
        if round == 10 {
            let many: Vec<Event> = (0..2_300).map(|number| message(&format!("message {number}"))).collect();
            store.append("atlas", "many", [created("many")]);
            store.append("atlas", "many", many);
            store.append("atlas", "many", [message(&"a long text. ".repeat(1_000))]);
        }
        target.ship(&store.log, Level::All).unwrap();
    }
    let mut ada = cluster.client("ada");
    let (arrived, _) = told(&mut ada);
    let mut reader = store.log.reader().unwrap();
    let mut at = Position::ZERO;
    let mut numbers = Vec::new();
    for arrived in &arrived {
        let own = reader.event_at(at.plus(1)).unwrap().unwrap();
        at = own.position;
        let name = reader.name(own.stream).unwrap();
        assert_eq!(arrived.name, name);
        let theirs = &arrived.event;
        assert_eq!((theirs.position, theirs.revision, theirs.hash), (own.position, own.revision, own.hash));
        assert_eq!(
            (&theirs.event, &theirs.meta, theirs.occurred_at),
            (&own.event, &own.meta, own.occurred_at)
        );
        numbers.push(arrived.shipment);
    }
    assert_eq!(at, reader.head().unwrap().position);
    assert!(numbers.is_sorted() && numbers.last() == Some(&read::last_shipment(&mut ada).unwrap()));
    let messages =
        TeamLog::new().unwrap().next(&mut ada, &mut ReadUpTo::default(), 9, &[EventType::SessionCreated]);
    assert!(messages.unwrap().iter().all(|arrived| arrived.event.kind == EventType::SessionCreated));
}
