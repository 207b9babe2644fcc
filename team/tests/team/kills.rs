//! Whatever the shipper is killed at, nothing is lost and nothing is there twice.

use std::cell::Cell;
use std::rc::Rc;

use retold_core::{Head, Position};
use retold_team::receiver::{Answer, Attach, Attached, Boxed, Error, Level, LogNumber, Receiver, Shipment};
use retold_team::ship::{ShipError, ship};
use retold_trial::{chance, needs};

use crate::given::Store;
use crate::targets::{Cluster, Target, options};

/// Where a shipper is killed: before an act, or after it was done and before its answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Killed {
    Before,
    After,
}

/// A receiver whose caller is killed at one of its acts.
struct Killing {
    receiver: Boxed,
    at: Rc<Cell<Option<(u32, Killed)>>>,
}

impl Killing {
    fn act<T>(&mut self, act: impl FnOnce(&mut Boxed) -> Result<T, Error>) -> Result<T, Error> {
        let killed = match self.at.get() {
            Some((0, killed)) => {
                self.at.set(None);
                Some(killed)
            }
            Some((left, killed)) => {
                self.at.set(Some((left - 1, killed)));
                None
            }
            None => None,
        };
        let dead = || Error::Target("killed".to_owned());
        if killed == Some(Killed::Before) {
            return Err(dead());
        }
        let done = act(&mut self.receiver)?;
        if killed == Some(Killed::After) { Err(dead()) } else { Ok(done) }
    }
}

impl Receiver for Killing {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        self.act(|receiver| receiver.attach(attach))
    }
    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        self.act(|receiver| receiver.head(log))
    }
    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        self.act(|receiver| receiver.hash_at(log, position))
    }
    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.act(|receiver| receiver.ship(log, shipment))
    }
    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.act(|receiver| receiver.supply(log, shipment, settles))
    }
}

/// One run: random writes, erasures, shipments at random levels and of random workspaces, kills, and then all of it. Returns how often
/// the shipper was killed.
fn run(target: &Target) -> u32 {
    let store = Store::new();
    let mut kills = 0;
    for _ in 0..chance::range(3..9) {
        for _ in 0..chance::range(0..3) {
            store.append_something();
        }
        if store.head() > 0 && chance::range(0..3) == 0 {
            store.redact_something();
        }
        let level = Level::ALL[chance::range(0..4)];
        let private: &[&str] = [&[][..], &["atlas"], &["atlas", "borealis"]][chance::range(0..3)];
        let killed = if chance::range(0..2) == 0 { Killed::Before } else { Killed::After };
        let at = Rc::new(Cell::new(Some((chance::range(0..5), killed))));
        let connect = || Ok(Killing { receiver: target.connect()?, at: Rc::clone(&at) });
        match ship(&store.log, connect, &mut options(level, private, None)) {
            Ok(_) => {}
            Err(ShipError::Receiver(Error::Target(_))) => kills += 1,
            Err(other) => panic!("{other}"),
        }
        target.assert_sound();
    }
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    kills
}

#[test]
fn a_shipper_that_is_killed_loses_nothing_in_memory() {
    let kills: u32 = (0..100).map(|_| run(&Target::memory())).sum();
    assert!(kills > 20, "{kills}");
}

#[test]
fn a_shipper_that_is_killed_loses_nothing_in_a_directory() {
    let kills: u32 = (0..500).map(|_| run(&Target::directory())).sum();
    assert!(kills > 100, "{kills}");
}

#[test]
fn a_shipper_that_is_killed_loses_nothing_in_postgres() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let kills: u32 = (0..20).map(|_| run(&Target::Postgres(cluster.emptied()))).sum();
    assert!(kills > 0, "{kills}");
}

#[test]
fn a_server_that_crashes_loses_nothing_that_it_answered() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(Rc::clone(&cluster));
    let store = Store::new();
    for _ in 0..4 {
        store.append_something();
        let head = target.ship(&store.log, Level::All).unwrap().head;
        cluster.server.borrow_mut().stop();
        assert!(
            matches!(target.ship(&store.log, Level::All), Err(ShipError::Receiver(error)) if error.may_pass())
        );
        cluster.server.borrow_mut().run();
        let again = target.ship(&store.log, Level::All).unwrap();
        assert_eq!((again.head, again.events), (head, 0));
    }
    target.assert_has(&store.log);
}

#[test]
fn a_server_that_was_restored_to_an_earlier_state_is_filled_again() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(Rc::clone(&cluster));
    let store = Store::new();
    for _ in 0..5 {
        store.append_something();
    }
    target.ship(&store.log, Level::All).unwrap();
    cluster.server.borrow_mut().stop();
    let data = cluster.server.borrow().data();
    let kept = data.with_file_name("an-hour-ago");
    retold_trial::Postgres::copy(&data, &kept);
    cluster.server.borrow_mut().run();
    for _ in 0..5 {
        store.append_something();
    }
    store.redact_something();
    target.ship(&store.log, Level::All).unwrap();
    cluster.server.borrow_mut().stop();
    retold_trial::Postgres::copy(&kept, &data);
    cluster.server.borrow_mut().run();
    assert!(target.ship(&store.log, Level::All).unwrap().events > 0);
    target.assert_has(&store.log);
}
