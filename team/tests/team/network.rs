//! A network that cuts, stalls and says things twice.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use retold_team::receiver::{Insecure, Level, Postgres, Server};
use retold_team::ship::ship;
use retold_trial::{chance, needs};

use crate::given::Store;
use crate::targets::{Cluster, Target, options};

/// A proxy that cuts each connection after so many bytes in one direction; below zero never.
struct Proxy {
    port: u16,
    to_server: Arc<AtomicI64>,
    to_client: Arc<AtomicI64>,
    ends: Arc<AtomicBool>,
}

impl Proxy {
    fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let limits = [-1, -1].map(|limit| Arc::new(AtomicI64::new(limit)));
        let [to_server, to_client] = limits.clone();
        let ends = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ends);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let pairs = [
                    (
                        client.try_clone().unwrap(),
                        server.try_clone().unwrap(),
                        limits[0].load(Ordering::Relaxed),
                    ),
                    (server, client, limits[1].load(Ordering::Relaxed)),
                ];
                for (from, to, limit) in pairs {
                    std::thread::spawn(move || carry(from, to, limit));
                }
            }
        });
        Self { port, to_server, to_client, ends }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, limit: i64) {
    let (mut buffer, mut carried) = ([0; 4096], 0_i64);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let left =
            if limit < 0 { read } else { read.min(usize::try_from((limit - carried).max(0)).unwrap()) };
        carried += i64::try_from(left).unwrap();
        if to.write_all(&buffer[..left]).is_err() || left < read {
            break;
        }
    }
    let _may_be_closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

#[test]
fn a_network_that_cuts_after_any_number_of_bytes_loses_nothing_and_doubles_nothing() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(Rc::clone(&cluster));
    let proxy = Proxy::before(cluster.server.borrow().port());
    let address = format!("postgres://ada@127.0.0.1:{}/postgres", proxy.port);
    let server = Server::parse(&address, Insecure::Refused, |_, _, _, _| None).unwrap();
    let store = Store::new();
    let mut cuts = 0;
    for _ in 0..40 {
        store.append_something();
        let (up, down) = (chance::range(0..12_000), chance::range(0..3_000));
        let is_up = chance::range(0..2) == 0;
        proxy.to_server.store(if is_up { up } else { -1 }, Ordering::Relaxed);
        proxy.to_client.store(if is_up { -1 } else { down }, Ordering::Relaxed);
        let shipped = ship(&store.log, || Postgres::connect(&server), &mut options(Level::All, &[], None));
        cuts += u32::from(shipped.is_err());
        target.assert_sound();
    }
    assert!(cuts > 5, "{cuts}");
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
