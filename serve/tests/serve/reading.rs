//! Who reads over HTTPS reads what that person reads of PostgreSQL, and nothing else.

use postgres::Client;
use retold_core::Record;
use retold_projections::{Order, SearchFilter, SearchIn, SearchQuery, SessionFilter};
use retold_team::read::{self, ListError, Lists, Narrowed, Page, SearchError, Searches as _, Wanted};
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
fn a_search_over_https_finds_what_one_of_the_database_finds() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let mut admin = cluster.admin();
    let key = "ghp_1234567890abcdefghijABCDEFGHIJ123456";
    for (user, store) in [("ada", Store::new()), ("bob", Store::new())] {
        for workspace in ["atlas", "borealis"] {
            let id = format!("{user}-{workspace}");
            let secret = message(&format!("the hinge has the key {key} under it"));
            let long = message(&"a text that lies outside of its event. ".repeat(200));
            store.append(
                workspace,
                &id,
                [created(&id), message("the hinge creaks"), long, task("oil it"), secret],
            );
        }
        ship::ship(&store.log, || cluster.connect(user), &mut options(Level::All, &[], None)).unwrap();
    }
    work(&mut worker(&cluster));
    let tokens = ["Ada", "Bob"].map(|person| token_for(&mut admin, person, "reader", &[Scope::Read]));
    let narrowings: [fn(&mut SearchFilter, &mut Narrowed); 9] = [
        |_, _| {},
        |filter, _| filter.workspace = Some("atlas".to_owned()),
        |filter, _| filter.kind = Some("competition".to_owned()),
        |filter, _| filter.status = Some("completed".to_owned()),
        |filter, _| filter.what = Some("task".to_owned()),
        |filter, _| filter.within = vec![SearchIn::Messages, SearchIn::Outputs],
        |filter, _| filter.having = vec![(Record::Tags, "\0'wip".to_owned())],
        |_, narrowed| narrowed.session = Some("bob-b".to_owned()),
        |_, narrowed| (narrowed.after, narrowed.to) = (Some(0), Some(1)),
    ];
    let (mut most, mut had_key) = (0, false);
    let mut compare = |user: &str, token: &Token| {
        let (mut client, mut far) = (cluster.client(user), over(&served, token));
        for asked in
            ["hinge", "\"the hinge\" -creaks", "text*", "oil", "ghp", "'; drop table retold.search; --"]
        {
            let query = SearchQuery::read(asked).unwrap();
            for narrow in narrowings {
                for (limit, is_masked) in [(10, false), (2, true)] {
                    let (mut filter, mut narrowed) = (SearchFilter::new(), Narrowed::default());
                    narrow(&mut filter, &mut narrowed);
                    let wanted =
                        Wanted { query: &query, filter: &filter, narrowed: &narrowed, limit, is_masked };
                    let told = far.search(&wanted).unwrap();
                    let direct = read::begin(&mut client).unwrap().search(&wanted).unwrap();
                    assert_eq!(format!("{told:?}"), format!("{direct:?}"), "{user}: {wanted:?}");
                    let has_key = told.hits.iter().any(|hit| hit.snippet.marked("", "").contains(key));
                    assert!(!(has_key && is_masked), "{told:?}");
                    had_key |= has_key;
                    most = most.max(told.answer().found);
                }
            }
        }
    };
    compare("ada", &tokens[0]);
    compare("bob", &tokens[1]);
    let permitted = schema::permit(&mut admin, 1, "Bob", Sight::Workspace("borealis"), Some(Level::All));
    assert_eq!(permitted.unwrap(), Permitted::Done);
    compare("bob", &tokens[1]);
    assert!(most > 4 && had_key, "{most}");
    // What is not searched so is said, and the server goes on.
    let query = SearchQuery::read("hinge").unwrap();
    let (mut filter, narrowed) = (SearchFilter::new(), Narrowed::default());
    let mut bob = over(&served, &tokens[1]);
    let mut search = |filter: &SearchFilter, limit| {
        bob.search(&Wanted { query: &query, filter, narrowed: &narrowed, limit, is_masked: false })
    };
    let refused = search(&filter, 1_000_000);
    assert!(
        matches!(&refused, Err(SearchError::Refused(why)) if why.contains("hits at most")),
        "{refused:?}"
    );
    filter.having = vec![(Record::Branches, "main".to_owned())];
    assert!(matches!(search(&filter, 5), Err(SearchError::Refused(_))));
    (filter.having, filter.project) = (Vec::new(), Some("atlas".to_owned()));
    assert!(matches!(search(&filter, 5), Err(SearchError::Filter("project"))));
    filter.project = None;
    assert_eq!(search(&filter, 5).unwrap().answer().found, 6);
    // A token that is for shipping alone searches nothing.
    let ships = token_for(&mut admin, "Ada", "laptop", &[Scope::Ship]);
    let wanted = Wanted { query: &query, filter: &filter, narrowed: &narrowed, limit: 5, is_masked: false };
    let denied = over(&served, &ships).search(&wanted);
    assert!(matches!(denied, Err(SearchError::Receiver(Error::Denied(_)))), "{denied:?}");
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
