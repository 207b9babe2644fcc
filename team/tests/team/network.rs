//! A network that cuts.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use retold_team::receiver::{Insecure, Level, Postgres, Server};
use retold_team::ship::ship;
use retold_trial::{chance, needs};

use crate::given::Store;
use crate::proxy::Proxy;
use crate::targets::{Cluster, Target, options};

#[test]
fn a_network_that_cuts_after_any_number_of_bytes_loses_nothing_and_doubles_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(Rc::clone(&cluster));
    let proxy = Proxy::before(cluster.server.borrow().port());
    let address = format!("postgres://ada@127.0.0.1:{}/postgres", proxy.port);
    let server = Server::parse(&address, Insecure::Refused, |_, _, _, _| None).unwrap();
    let store = Store::new();
    let (mut cuts, mut rounds) = (0, 0);
    // Chance decides how many of them are cut.
    while rounds < 40 || cuts <= 5 {
        rounds += 1;
        assert!(rounds < 1000, "{cuts}");
        store.append_something();
        let (up, down) = (chance::range(0..12_000), chance::range(0..3_000));
        let is_up = chance::range(0..2) == 0;
        proxy.delay.store(chance::range(0..3), Ordering::Relaxed);
        proxy.to_server.store(if is_up { up } else { -1 }, Ordering::Relaxed);
        proxy.to_client.store(if is_up { -1 } else { down }, Ordering::Relaxed);
        let shipped = ship(&store.log, || Postgres::connect(&server), &mut options(Level::All, &[], None));
        cuts += u32::from(shipped.is_err());
        target.assert_sound();
    }
    target.ship(&store.log, Level::All).unwrap();
    target.assert_has(&store.log);
    // Each event is in one shipment.
    let sum: i64 = cluster
        .admin()
        .query_one("select sum(last + 1 - first)::bigint from retold.shipment", &[])
        .unwrap()
        .get(0);
    assert_eq!(sum.unsigned_abs(), store.head());
}
