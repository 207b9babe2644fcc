//! Who sees what of others: nothing until it is allowed, and then that.

use postgres::Client;
use retold_projections::{Order, SessionFilter};
use retold_team::read::{self, Lists as _};
use retold_team::receiver::{Contents as _, Error, Level, Postgres};
use retold_team::schema::{self, Permitted, Sight};
use retold_team::ship;
use retold_trial::needs;

use crate::given::{Store, created, message};
use crate::rows::{work, worker, worker_of};
use crate::targets::{Cluster, options};

/// The sessions that somebody's list has.
fn listed(client: &mut Client) -> Vec<String> {
    let page = client.page(&SessionFilter::new().with_order(Order::Moved), false).unwrap();
    let mut ids: Vec<String> = page.sessions.into_iter().map(|row| row.id).collect();
    ids.sort();
    ids
}

/// The texts that somebody's question in SQL finds.
fn asked(client: &mut Client, question: &str) -> Result<Vec<String>, Error> {
    let mut transaction = read::begin(client)?;
    let mut answer = read::ask(&mut transaction, question)?;
    let mut found = Vec::new();
    loop {
        let rows = answer.next_rows()?;
        if rows.is_empty() {
            break;
        }
        found.extend(rows.into_iter().filter_map(|row| match row.into_iter().next() {
            Some(rusqlite::types::Value::Text(text)) => Some(text),
            _ => None,
        }));
    }
    found.sort();
    Ok(found)
}

/// The sessions that somebody can pull.
fn pulled(cluster: &Cluster, user: &str) -> Vec<String> {
    let mut contents: Postgres = cluster.connect(user).unwrap();
    let found = contents.sessions("").unwrap();
    let mut ids = Vec::new();
    for session in found {
        let events = contents.stream(session.log, &session.key, 0, 10).unwrap().events;
        assert!(!events.is_empty());
        ids.push(session.name.1);
    }
    ids.sort();
    ids
}

#[test]
fn everybody_sees_their_own_and_what_was_allowed() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut admin = cluster.admin();
    let other = schema::make_tenant(&mut admin, "globex").unwrap();
    schema::add_person(&mut admin, other, "Eve", "eve").unwrap();
    let ships = |store: &Store, user: &str| {
        ship::ship(&store.log, || cluster.connect(user), &mut options(Level::All, &[], None)).unwrap();
    };
    let of_ada = Store::new();
    of_ada.append("atlas", "ada-atlas", [created("ada-atlas"), message("of Ada")]);
    of_ada.append("borealis", "ada-borealis", [created("ada-borealis"), message("of Ada too")]);
    ships(&of_ada, "ada");
    let of_bob = Store::new();
    of_bob.append("atlas", "bob-atlas", [created("bob-atlas"), message("of Bob")]);
    ships(&of_bob, "bob");
    let of_eve = Store::new();
    of_eve.append("atlas", "eve-atlas", [created("eve-atlas"), message("of Eve")]);
    ships(&of_eve, "eve");
    work(&mut worker(&cluster));
    work(&mut retold_team::work::Worker::new(worker_of(&cluster), other).unwrap());

    let all_ways = |user: &str| {
        let mut client = cluster.client(user);
        let list = listed(&mut client);
        assert_eq!(asked(&mut client, "select id from sessions;").unwrap(), list);
        let messages =
            asked(&mut client, "select s.id from chat_messages m join sessions s using (stream)").unwrap();
        assert_eq!(messages, list);
        (list, pulled(&cluster, user))
    };
    let both = |ids: &[&str]| {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        (ids.clone(), ids)
    };
    let own = ["ada-atlas", "ada-borealis"];
    assert_eq!(all_ways("ada"), both(&own));
    assert_eq!(all_ways("bob"), both(&["bob-atlas"]));
    assert_eq!(all_ways("eve"), both(&["eve-atlas"]));

    // A workspace, for lists alone; then whole; then everything of the team; then nothing again.
    let mut permit = |sight, level| schema::permit(&mut admin, 1, "Bob", sight, level).unwrap();
    assert_eq!(permit(Sight::Workspace("borealis"), Some(Level::Facts)), Permitted::Done);
    let (list, pull) = all_ways("bob");
    assert_eq!((list.len(), pull), (2, vec!["bob-atlas".to_owned()]));
    assert_eq!(permit(Sight::Workspace("borealis"), Some(Level::All)), Permitted::Done);
    assert_eq!(all_ways("bob"), both(&["ada-borealis", "bob-atlas"]));
    assert_eq!(permit(Sight::Everything, Some(Level::All)), Permitted::Done);
    assert_eq!(all_ways("bob"), both(&["ada-atlas", "ada-borealis", "bob-atlas"]));
    assert_eq!(permit(Sight::Everything, None), Permitted::Done);
    assert_eq!(permit(Sight::Workspace("borealis"), None), Permitted::Done);
    assert_eq!(all_ways("bob"), both(&["bob-atlas"]));
    assert_eq!(permit(Sight::Workspace("nowhere"), Some(Level::All)), Permitted::NoWorkspace);
    assert_eq!(schema::permit(&mut admin, 1, "Zoe", Sight::Everything, None).unwrap(), Permitted::NoPerson);
    assert_eq!(all_ways("eve"), both(&["eve-atlas"]));

    // Another's log and one that is not there are the same.
    let mut bob = cluster.connect("bob").unwrap();
    let of_another = cluster.connect("postgres").unwrap().sessions("ada").unwrap();
    for session in of_another {
        assert!(bob.stream(session.log, &session.key, 0, 10).unwrap().events.is_empty());
        let nowhere = retold_team::receiver::LogNumber { log: 99, ..session.log };
        assert!(bob.stream(nowhere, &session.key, 0, 10).unwrap().events.is_empty());
    }
    // Nobody writes through a question, and one question is one.
    for refused in [
        "delete from retold.sessions returning 'x'",
        "with gone as (delete from retold.sessions returning id) select id from gone",
        "select 'a'; select 'b'",
        "select set_config('role', 'retold_owner', false)",
        "select id::text from retold.event",
        "copy retold.sessions to stdout",
    ] {
        let failed = asked(&mut cluster.client("bob"), refused);
        assert!(failed.is_err(), "{refused}");
    }
}

#[test]
fn a_reader_finds_its_functions_closed_to_settings() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let store = Store::new();
    store.append("atlas", "a1", [created("a1")]);
    ship::ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    work(&mut worker(&cluster));
    let mut bob = cluster.client("bob");
    for setting in ["set retold.person = '1'", "set session authorization default", "set role retold_reader"]
    {
        bob.batch_execute(setting).unwrap();
        assert!(listed(&mut bob).is_empty(), "{setting}");
    }
    assert!(bob.batch_execute("set role ada").is_err());
    assert!(bob.batch_execute("set session authorization ada").is_err());
    let status = read::status(&mut bob).unwrap();
    // That there are logs in the team is no secret; what is in them is.
    assert_eq!((status.len(), status[0].person.as_str()), (1, "Ada"));
}
