//! The order of shipments: no reader misses one.

use std::sync::atomic::{AtomicBool, Ordering};

use retold_team::receiver::Level;
use retold_trial::{chance, needs};

use crate::answers::{attach, shipments};
use crate::given::{Store, message};
use crate::targets::{Cluster, Target};

#[test]
fn a_reader_by_number_misses_no_shipment_of_eight_writers_of_which_some_roll_back() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.clone());
    let stores: Vec<Store> = (0..8).map(|_| Store::new()).collect();
    for store in &stores {
        for number in 0..40 {
            store.append("atlas", "s1", [message(&number.to_string())]);
        }
    }
    let work: Vec<_> =
        stores.iter().map(|store| (attach(&target, store, "laptop").log, shipments(store))).collect();
    let address = cluster.server.borrow().address("postgres", "postgres");
    let is_over = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
            let mut seen: Vec<i64> = Vec::new();
            loop {
                // What is read after the last write has all of it.
                let was_over = is_over.load(Ordering::SeqCst);
                let last = seen.last().copied().unwrap_or_default();
                let rows = client
                    .query("select ingest from retold.shipment where ingest > $1 order by ingest", &[&last]);
                seen.extend(rows.unwrap().iter().map(|row| row.get::<_, i64>(0)));
                if was_over {
                    return seen;
                }
            }
        });
        let address = cluster.server.borrow().address("ada", "postgres");
        let writers: Vec<_> = work
            .iter()
            .map(|(log, shipments)| {
                let address = address.clone();
                scope.spawn(move || {
                    let mut receiver = Target::over(&address);
                    for shipment in shipments {
                        while chance::range(0..100) < 15 {
                            receiver.roll_back(*log, shipment);
                        }
                        receiver.take(*log, shipment);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        is_over.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert_eq!(seen, (1..=320).collect::<Vec<i64>>());
    for store in &stores {
        target.ship(&store.log, Level::All).unwrap();
    }
    assert_eq!(target.assert_sound().len(), 8);
    // Each link is the hash of the one before it and of what was shipped.
    let broken: i64 = cluster
        .admin()
        .query_one(
            "select count(*) from (select chain, sha256(lag(chain, 1, '\\x'::bytea) over (order by ingest) || int8send(ingest)
                || int4send(log) || int8send(first) || int8send(last) || last_hash) as link from retold.shipment) x where chain <> link",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(broken, 0);
}
