//! Who is let in, and as whom.

use jiff::{Timestamp, ToSpan as _};
use retold_core::LogId;
use retold_serve::{Limits, Rate};
use retold_team::receiver::{Attach, Attached, Error, Level, LogNumber, Receiver as _};
use retold_team::ship::{ShipError, ship};
use retold_team::token::{self, NewToken, Scope, Token};
use retold_trial::needs;

use crate::answers::{attach_of, shipments};
use crate::given::{Store, message};
use crate::hostile::asked;
use crate::served::{Served, connect, target, token_for, token_of};
use crate::targets::{Cluster, options};

fn denied(result: Result<Attached, Error>) -> String {
    match result {
        Err(Error::Denied(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_that_does_not_hold_lets_nobody_in() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let mut admin = cluster.admin();
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada")]);
    let attach = attach_of(&store, "laptop");
    let enter = |token: &Token| connect(&served.base(), token).attach(&attach);

    let good = token_of(&mut admin, "Ada", "laptop");
    assert!(matches!(enter(&good).unwrap(), Attached::To(_)));
    // One of the same id with another secret, and one that never was.
    let flipped: String = good.as_str().chars().map(|c| if c == 'a' { 'b' } else { c }).collect();
    let other = Token::read(&flipped.replace("rt_1-1_", "rt_1-99_")).unwrap();
    let wrong = Token::read(&format!("rt_1-1_{}", "0".repeat(64))).unwrap();
    let said: Vec<String> = [&wrong, &other].map(|token| denied(enter(token))).to_vec();
    assert!(said[0].contains("does not hold") && said[0] == said[1], "{said:?}");
    // A newer one voids it, at once.
    let newer = token_of(&mut admin, "Ada", "laptop");
    assert!(matches!(enter(&newer).unwrap(), Attached::To(_)));
    assert_eq!(denied(enter(&good)), said[0]);
    // One that has expired.
    let past = Timestamp::now().checked_sub(1.hour()).unwrap();
    let new = NewToken { person: "Ada", device: "old", scopes: &[Scope::Ship], expires_at: Some(past) };
    let expired = token::make(&mut admin, 1, new).unwrap().unwrap();
    assert_eq!(denied(enter(&expired)), said[0]);
    // One that is for something else.
    for scope in [Scope::Read, Scope::Admin] {
        let reading = token_for(&mut admin, "Ada", "reader", &[scope]);
        assert!(denied(enter(&reading)).contains("scopes lack `ship`"));
    }
    // One that is revoked while the server believes it: the database does not.
    assert!(token::revoke(&mut admin, newer.id()).unwrap());
    match enter(&newer) {
        Ok(Attached::Refused(_)) => {}
        other => panic!("{other:?}"),
    }
    let revived = token_of(&mut admin, "Ada", "laptop");
    assert!(matches!(enter(&revived).unwrap(), Attached::To(_)));
    // A person who was disabled.
    admin.batch_execute("update retold.person set disabled_at = now() where name = 'Ada'").unwrap();
    assert!(matches!(enter(&revived), Ok(Attached::Refused(_))));
    for secret in [&good, &newer, &wrong, &expired, &revived] {
        let told = served.told.lock().join("\n");
        assert!(!told.contains(&secret.as_str()[8..]), "{told}");
        let failed = format!("{:?} {:?}", enter(secret), connect(&served.base(), secret));
        assert!(!failed.contains(&secret.as_str()[8..]), "{failed}");
        let rows = admin.query("select row(d.*)::text from retold.device d", &[]).unwrap();
        assert!(rows.iter().all(|row| !row.get::<_, String>(0).contains(&secret.as_str()[8..])));
    }
}

#[test]
fn anothers_log_and_one_that_is_not_there_are_the_same() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada")]);
    let head = of_ada.ship(&store.log, Level::All).unwrap().head;
    let log = of_ada.assert_sound()[0].number.unwrap();
    let token = token_of(&mut cluster.admin(), "Bob", "laptop");
    let mut bob = connect(&served.base(), &token);
    let next = shipments(&store).remove(0);
    let mut said = Vec::new();
    for number in [log, LogNumber { log: 99, ..log }, LogNumber { tenant: 7, ..log }] {
        said.push([
            format!("{:?}", bob.head(number)),
            format!("{:?}", bob.hash_at(number, head.position)),
            format!("{:?}", bob.ship(number, &next)),
            format!("{:?}", bob.supply(number, &next, true)),
        ]);
    }
    assert!(said[0][0].contains("no such log") && said[0][2].contains("no such log"), "{said:?}");
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    // Nor is he told who has it by going on from it.
    let attach =
        Attach { log: LogId::random(), parent: Some((store.log.id(), head)), ..attach_of(&store, "x") };
    assert_eq!(bob.attach(&attach).unwrap(), Attached::ParentFirst);
    let refused =
        ship(&store.log, || Ok(connect(&served.base(), &token)), &mut options(Level::All, &[], None));
    assert!(matches!(refused, Err(ShipError::Refused(_))), "{refused:?}");
    assert_eq!(of_ada.assert_sound()[0].events, 1);
}

#[test]
fn only_a_server_names_persons() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada")]);
    of_ada.ship(&store.log, Level::All).unwrap();
    let token = token_of(&mut cluster.admin(), "Bob", "laptop");
    assert_eq!(token.id().to_string(), "1-2");
    let ask = |client: &mut postgres::Client, named: &str| -> i64 {
        client.execute("select set_config('retold.person', $1, false)", &[&named]).unwrap();
        client
            .query_one("select count(*) from retold.head_1(1, 1) where head is not null", &[])
            .unwrap()
            .get(0)
    };
    // Ada is person 1 with device 1, Bob person 2 with device 2.
    let mut bob = cluster.client("bob");
    for named in ["1-1-1", "1-1", "1", "", "1-2-2", "x", "' or true"] {
        assert_eq!(ask(&mut bob, named), 0, "{named}");
    }
    bob.batch_execute("set role bob; create function pg_temp.session_user() returns name language sql as $$ select 'web'::name $$").unwrap();
    assert_eq!(ask(&mut bob, "1-1-1"), 0);
    for act in [
        "set session authorization web",
        "set role retold_server",
        "set role web",
        "select * from retold.token_1(1, 1)",
        "select * from retold.before_1(1, 1, '{}', '{}')",
        "select * from retold.figures_1()",
    ] {
        assert!(bob.batch_execute(act).is_err(), "{act}");
    }
    let mut web = cluster.client("web");
    for (named, count) in [
        ("1-1-1", 1),
        ("1-2-2", 0),
        ("1-1-2", 0),
        ("1-2-1", 0),
        ("2-1-1", 0),
        ("", 0),
        ("1-1-1-1", 0),
        ("x", 0),
    ] {
        assert_eq!(ask(&mut web, named), count, "{named}");
    }
    // It reaches no table by itself.
    for table in ["event", "body", "blob", "device", "person", "log", "shipment"] {
        for act in [format!("select * from retold.{table}"), format!("delete from retold.{table}")] {
            assert!(web.batch_execute(&act).is_err(), "{act}");
        }
    }
    // A person's own role works as before, whatever it sets.
    let mut ada = cluster.client("ada");
    assert_eq!((ask(&mut ada, ""), ask(&mut ada, "1-2-2")), (1, 1));
}

#[test]
fn a_token_that_asks_for_too_much_waits_and_loses_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let rate = Rate { requests: 20.0, bytes: 1e9, burst: 0.25 };
    let served = Served::with(&cluster, Limits { rate, ..Limits::default() });
    let target = target(&cluster, &served);
    let store = Store::new();
    for _ in 0..10 {
        store.append_something();
    }
    let mut waiting = options(Level::All, &[], None);
    waiting.wait = &std::thread::sleep;
    // More than a quarter of a second has.
    let token = token_of(&mut cluster.admin(), "Ada", "laptop");
    let codes: Vec<u16> =
        (0..10).map(|_| asked(&served, "POST", "/v1/head", Some(&token), b"\x91\x92\x01\x01").0).collect();
    assert!(codes.contains(&429) && codes[0] != 429, "{codes:?}");
    let (_, headers, _) = asked(&served, "POST", "/v1/head", Some(&token), b"\x91\x92\x01\x01");
    assert!(headers.to_ascii_lowercase().contains("retry-after: 1"), "{headers}");
    ship(&store.log, || Ok(connect(&served.base(), &token)), &mut waiting).unwrap();
    target.assert_has(&store.log);
}
