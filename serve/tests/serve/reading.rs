//! Who reads over HTTPS reads what that person reads of PostgreSQL, and nothing else.

use postgres::Client;
use retold_projections::{Order, SessionFilter};
use retold_team::read::{ListError, Lists, Page};
use retold_team::receiver::https::Endpoint;
use retold_team::receiver::{Contents, Error, Https, KeptStream, Level};
use retold_team::schema::{self, Permitted, Sight};
use retold_team::ship;
use retold_team::token::{Scope, Token};
use retold_trial::{chance, needs};

use crate::given::{Store, created, message, task};
use crate::rows::{work, worker};
use crate::served::{Served, token_for};
use crate::targets::{Cluster, options};

fn over(served: &Served, token: &Token) -> Https {
    Https::at(&Endpoint::new(&served.base(), token.clone(), None).unwrap())
}

fn moved() -> SessionFilter {
    SessionFilter::new().with_order(Order::Moved)
}

/// All that somebody reads.
#[derive(Debug, PartialEq)]
struct Seen {
    logs: Vec<String>,
    sessions: Vec<(String, String, u32)>,
    streams: Vec<KeptStream>,
    listed: Vec<String>,
    count: Option<u64>,
}

fn seen(reader: &mut impl Contents, page: Page) -> Seen {
    let logs = reader.read_logs().unwrap().into_iter().map(|log| format!("{log:?}")).collect();
    let sessions = reader.sessions("").unwrap();
    let streams =
        sessions.iter().map(|session| reader.stream(session.log, &session.key, 0, 3).unwrap()).collect();
    let listed = page.sessions.iter().map(|row| format!("{row:?}")).collect();
    let sessions = sessions.into_iter().map(|session| session.name).collect();
    Seen { logs, sessions, streams, listed, count: page.count }
}

#[test]
fn a_token_reads_what_its_person_reads() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let mut admin = cluster.admin();
    for (user, store) in [("ada", Store::new()), ("bob", Store::new())] {
        for workspace in ["atlas", "borealis"] {
            let id = format!("{user}-{workspace}");
            let long = "a text that lies outside of its event. ".repeat(200);
            store.append(workspace, &id, [created(&id), message("one"), message(&long), task("mend it")]);
        }
        ship::ship(&store.log, || cluster.connect(user), &mut options(Level::All, &[], None)).unwrap();
    }
    work(&mut worker(&cluster));
    let scopes = [Scope::Read];
    let tokens = ["Ada", "Bob"].map(|person| token_for(&mut admin, person, "reader", &scopes));
    let both = |admin_has: usize| {
        for (user, token) in ["ada", "bob"].into_iter().zip(&tokens) {
            let page = cluster.client(user).page(&moved(), true).unwrap();
            let direct = seen(&mut cluster.connect(user).unwrap(), page);
            let mut far = over(&served, token);
            let page = far.page(&moved(), true).unwrap();
            assert_eq!(seen(&mut far, page), direct);
            assert_eq!(direct.sessions.len(), if user == "bob" { admin_has } else { 2 });
        }
    };
    both(2);
    let mut permit = |sight, level| schema::permit(&mut admin, 1, "Bob", sight, level).unwrap();
    assert_eq!(permit(Sight::Workspace("borealis"), Some(Level::All)), Permitted::Done);
    both(3);
    assert_eq!(permit(Sight::Workspace("borealis"), None), Permitted::Done);
    both(2);
    // What another has, and what is not there, are the same.
    let mut bob = over(&served, &tokens[1]);
    for session in cluster.connect("postgres").unwrap().sessions("ada").unwrap() {
        assert_eq!(bob.stream(session.log, &session.key, 0, 10).unwrap(), KeptStream::default());
        let nowhere = retold_team::receiver::LogNumber { log: 99, ..session.log };
        assert_eq!(bob.stream(nowhere, &session.key, 0, 10).unwrap(), KeptStream::default());
    }
    // What is not listed so is said, and the server goes on.
    let refused = bob.page(&SessionFilter::new(), false);
    assert!(matches!(&refused, Err(ListError::Refused(why)) if why.contains("lists by")), "{refused:?}");
    assert_eq!(bob.page(&moved().with_text("MEND").with_limit(1), true).unwrap().count, Some(2));
    for hostile in ["'; drop table retold.sessions; --", "\0", "%", "\u{202e}"] {
        assert_eq!(bob.page(&moved().with_text(hostile), true).unwrap().count, Some(0), "{hostile:?}");
        assert!(bob.sessions(hostile).unwrap().is_empty());
    }
}

#[test]
fn a_token_for_shipping_reads_nothing_and_one_for_reading_ships_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let mut admin: Client = cluster.admin();
    let ships = token_for(&mut admin, "Ada", "laptop", &[Scope::Ship, Scope::Admin]);
    let mut ships = over(&served, &ships);
    let denied = |result: Result<(), Error>| match result {
        Err(Error::Denied(why)) => assert!(why.contains("scopes lack"), "{why}"),
        other => panic!("{other:?}"),
    };
    denied(ships.logs().map(drop));
    denied(ships.sessions("").map(drop));
    match ships.page(&moved(), false) {
        Err(ListError::Receiver(error)) => denied(Err(error)),
        other => panic!("{other:?}"),
    }
    let reads = token_for(&mut admin, "Ada", "reader", &[Scope::Read]);
    let store = Store::new();
    store.append("atlas", "a1", [created("a1")]);
    let shipped = ship::ship(&store.log, || Ok(over(&served, &reads)), &mut options(Level::All, &[], None));
    match shipped {
        Err(ship::ShipError::Receiver(error)) => denied(Err(error)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_of_a_session_is_some_megabytes_and_all_pages_are_the_session() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let token = token_for(&mut cluster.admin(), "Ada", "laptop", &[Scope::Ship, Scope::Read]);
    let store = Store::new();
    store.append("atlas", "long", [created("long")]);
    for _ in 0..9 {
        // As long as it is when it is packed.
        let text: String = (0..3 << 20).map(|_| char::from(chance::range(32..127))).collect();
        store.append("atlas", "long", [message(&text)]);
    }
    let mut far = over(&served, &token);
    ship::ship(&store.log, || Ok(over(&served, &token)), &mut options(Level::All, &[], None)).unwrap();
    let session = far.sessions("long").unwrap().pop().unwrap();
    let mut near = cluster.connect("ada").unwrap();
    let (mut after, mut pages, mut events) = (0, 0, 0);
    loop {
        let page = far.stream(session.log, &session.key, after, 100).unwrap();
        assert_eq!(page, near.stream(session.log, &session.key, after, 100).unwrap());
        let bytes: usize = page.texts.iter().map(|text| text.bytes.len()).sum();
        assert!(bytes < 24 << 20, "{bytes}");
        pages += 1;
        events += page.events.len();
        after = page.events.last().unwrap().0.revision;
        if !page.more {
            break;
        }
    }
    assert_eq!(events, 10);
    assert!(pages > 1);
}
