//! A proxy that cuts and delays.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A proxy that cuts each connection after so many bytes in one direction; below zero never; and keeps back what it
/// carries.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    pub(crate) to_server: Arc<AtomicI64>,
    pub(crate) to_client: Arc<AtomicI64>,
    /// How long each read is kept back, in milliseconds.
    pub(crate) delay: Arc<AtomicU64>,
    carried: Receiver<TcpStream>,
    ends: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let limits = [-1, -1].map(|limit| Arc::new(AtomicI64::new(limit)));
        let [to_server, to_client] = limits.clone();
        let (ends, delay) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let delays = Arc::clone(&delay);
        let over = Arc::clone(&ends);
        let (carries, carried) = channel();
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
                    let _may_have_ended = carries.send(from.try_clone().unwrap());
                    let wait = Duration::from_millis(delays.load(Ordering::Relaxed));
                    std::thread::spawn(move || carry(from, to, limit, wait));
                }
            }
        });
        Self { port, to_server, to_client, delay, carried, ends }
    }
}

impl Proxy {
    /// Cuts the connections that there are.
    #[allow(dead_code, reason = "the tests of serve/ do")]
    pub(crate) fn cut(&self) {
        for stream in self.carried.try_iter() {
            let _may_be_closed = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, limit: i64, wait: Duration) {
    let (mut buffer, mut carried) = ([0; 4096], 0_i64);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        std::thread::sleep(wait);
        let left =
            if limit < 0 { read } else { read.min(usize::try_from((limit - carried).max(0)).unwrap()) };
        carried += i64::try_from(left).unwrap();
        if to.write_all(&buffer[..left]).is_err() || left < read {
            break;
        }
    }
    let _may_be_closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
