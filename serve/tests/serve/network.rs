//! A network that cuts and delays, servers that are killed, and a database that goes away.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use retold_serve::Limits;
use retold_team::receiver::{Answer, Level, Receiver as _};
use retold_team::ship::{ShipError, ship};
use retold_trial::{chance, needs};

use crate::given::Store;
use crate::hostile::asked;
use crate::proxy::Proxy;
use crate::served::{Served, connect, target, token_of};
use crate::targets::{Cluster, Target, options};

/// Each event is in one shipment.
fn assert_once(cluster: &Cluster, store: &Store) {
    let sum = "select coalesce(sum(last + 1 - first), 0)::bigint from retold.shipment";
    let sum: i64 = cluster.admin().query_one(sum, &[]).unwrap().get(0);
    assert_eq!(sum.unsigned_abs(), store.head());
}

#[test]
fn a_network_that_cuts_and_delays_loses_nothing_and_doubles_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let token = token_of(&mut cluster.admin(), "Ada", "desk");
    let proxy = Proxy::before(served.address.port());
    let base = format!("http://127.0.0.1:{}", proxy.port);
    let store = Store::new();
    let (mut cuts, mut rounds) = (0, 0);
    // Chance decides how many of them are cut.
    while rounds < 40 || cuts <= 5 {
        rounds += 1;
        assert!(rounds < 1000, "{cuts}");
        store.append_something();
        let (up, down) = (chance::range(0..4_000), chance::range(0..700));
        let is_up = chance::range(0..2) == 0;
        proxy.to_server.store(if is_up { up } else { -1 }, Ordering::Relaxed);
        proxy.to_client.store(if is_up { -1 } else { down }, Ordering::Relaxed);
        proxy.delay.store(chance::range(0..4), Ordering::Relaxed);
        match ship(&store.log, || Ok(connect(&base, &token)), &mut options(Level::All, &[], None)) {
            Ok(_) => {}
            Err(ShipError::Receiver(error)) if error.may_pass() => cuts += 1,
            Err(ShipError::Busy) => cuts += 1,
            Err(other) => panic!("{other:?}"),
        }
        of_ada.assert_sound();
    }
    of_ada.ship(&store.log, Level::All).unwrap();
    of_ada.assert_has(&store.log);
    assert_once(&cluster, &store);
}

#[test]
fn a_server_that_stops_answers_what_is_under_way() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut served = Served::before(&cluster);
    let token = token_of(&mut cluster.admin(), "Ada", "desk");
    let store = Store::new();
    store.append_something();
    let log = crate::answers::attach(&target(&cluster, &served), &store, "laptop").log;
    // Somebody holds the log: the shipment waits.
    let mut holder = cluster.admin();
    holder.batch_execute("begin; select * from retold.log for update").unwrap();
    let (base, shipment) = (served.base(), crate::answers::shipments(&store).remove(0));
    let shipping = std::thread::spawn(move || connect(&base, &token).ship(log, &shipment));
    let waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    while cluster.admin().query_one(waits, &[]).unwrap().get::<_, i64>(0) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let releases = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        holder.batch_execute("commit").unwrap();
    });
    let base = served.base();
    served.stop();
    let answer = shipping.join().unwrap().unwrap();
    assert!(matches!(answer, Answer::Taken(..)), "{answer:?}");
    releases.join().unwrap();
    let token = token_of(&mut cluster.admin(), "Ada", "desk");
    let nobody = connect(&base, &token).head(log);
    assert!(matches!(&nobody, Err(error) if error.may_pass()), "{nobody:?}");
}

/// The variable that makes a test a server, before the database that it names.
const DATABASE: &str = "RETOLD_SERVE_TEST_DATABASE";

#[test]
#[ignore = "a process for another test to kill"]
fn a_process_that_serves() {
    let database = std::env::var(DATABASE).unwrap();
    let served = Served::at(&database, Limits::default());
    println!("\nserves {}", served.base());
    loop {
        std::thread::park();
    }
}

/// A server in a process of its own; returns where it is, too.
fn process(database: &str) -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "network::a_process_that_serves", "--ignored", "--nocapture"])
        .env(DATABASE, database);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let base = lines.find_map(|line| line.strip_prefix("serves ").map(str::to_owned)).unwrap();
    (child, base)
}

#[test]
fn a_server_that_is_killed_loses_nothing_and_doubles_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    drop(Served::before(&cluster));
    let token = token_of(&mut cluster.admin(), "Ada", "laptop");
    let database = cluster.server.borrow().address("web", "postgres");
    let store = Store::new();
    let of_ada = Target::Postgres(Rc::clone(&cluster));
    let mut kills = 0;
    for _ in 0..10 {
        for _ in 0..chance::range(5..30) {
            store.append_something();
        }
        let (mut child, base) = process(&database);
        let after = Duration::from_micros(chance::range(0..60_000));
        let killing = std::thread::spawn(move || {
            std::thread::sleep(after);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        match ship(&store.log, || Ok(connect(&base, &token)), &mut options(Level::All, &[], None)) {
            Ok(_) => {}
            Err(ShipError::Receiver(error)) if error.may_pass() => kills += 1,
            Err(other) => panic!("{other:?}"),
        }
        killing.join().unwrap();
        of_ada.assert_sound();
    }
    assert!(kills > 0);
    let (mut child, base) = process(&database);
    ship(&store.log, || Ok(connect(&base, &token)), &mut options(Level::All, &[], None)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    of_ada.assert_has(&store.log);
    assert_once(&cluster, &store);
}

#[test]
fn servers_that_are_stopped_and_started_and_several_at_once_lose_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let servers = RefCell::new(vec![Served::before(&cluster), Served::before(&cluster)]);
    let token = token_of(&mut cluster.admin(), "Ada", "laptop");
    let store = Store::new();
    let connect_to_any = || {
        let servers = servers.borrow();
        Ok(connect(&servers[chance::range(0..servers.len())].base(), &token))
    };
    for _ in 0..12 {
        store.append_something();
        let gone = servers.borrow_mut().remove(0);
        // It stops while others ship; whoever was there goes to another.
        let stopping = std::thread::spawn(move || {
            let mut gone = gone;
            gone.stop();
        });
        servers.borrow_mut().push(Served::before(&cluster));
        ship(&store.log, connect_to_any, &mut options(Level::All, &[], None)).unwrap();
        stopping.join().unwrap();
    }
    let of_ada = Target::Postgres(Rc::clone(&cluster));
    of_ada.assert_has(&store.log);
    assert_once(&cluster, &store);
}

#[test]
fn a_server_is_ready_once_the_schema_has_every_step_that_it_asks() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let newest = retold_team::schema::newest();
    let readiness = || asked(&Served::before(&cluster), "GET", "/readyz", None, b"");
    assert_eq!(readiness().0, 200);
    for step in (1..=newest).rev() {
        // As a schema that was not brought up to this step.
        let step_back = format!("delete from retold.migration where number >= {step}");
        cluster.admin().batch_execute(&step_back).unwrap();
        let (status, _, said) = readiness();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(status, 503, "{step}: {said}");
        assert!(said.contains(&format!("this release needs {newest}")), "{step}: {said}");
    }
}

#[test]
fn a_database_that_goes_away_is_waited_for_and_what_was_answered_is_there() {
    needs!(Postgres);
    let cluster = Cluster::new();
    // The address does not change with the server: its socket's folder does not, and the port is a proxy's.
    crate::served::target(&cluster, &Served::before(&cluster));
    let proxy = Proxy::before(cluster.server.borrow().port());
    let database = format!("postgres://web@127.0.0.1:{}/postgres", proxy.port);
    let served = Served::at(&database, Limits::default());
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    assert_eq!(asked(&served, "GET", "/readyz", None, b"").0, 200);
    for round in 0..4 {
        store.append_something();
        // Connections that the server holds are cut by now.
        proxy.to_client.store(if round % 2 == 0 { -1 } else { chance::range(0..2000) }, Ordering::Relaxed);
        proxy.cut();
        let shipped = of_ada.ship(&store.log, Level::All);
        if round % 2 == 0 {
            shipped.unwrap();
            of_ada.assert_has(&store.log);
        }
        assert_eq!(asked(&served, "GET", "/healthz", None, b"").0, 200);
    }
    proxy.to_client.store(0, Ordering::Relaxed);
    proxy.cut();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(asked(&served, "GET", "/readyz", None, b"").0, 503);
    assert!(!served.told.lock().is_empty(), "whoever runs the server is told");
    proxy.to_client.store(-1, Ordering::Relaxed);
    of_ada.ship(&store.log, Level::All).unwrap();
    of_ada.assert_has(&store.log);
    assert_once(&cluster, &store);
}
