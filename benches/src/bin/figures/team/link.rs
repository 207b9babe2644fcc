//! A link that takes its time: what goes in comes out so much later, as much at a time as went in.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use crate::Outcome;

const TO_SERVER: u8 = 1;
const TO_CLIENT: u8 = 2;

/// A link to a server on this machine.
pub(super) struct Link {
    pub(super) port: u16,
    trips: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
}

impl Link {
    /// A link on which a question and its answer take `there_and_back`.
    pub(super) fn to(server: u16, there_and_back: Duration) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (trips, ends) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, over) = (Arc::clone(&trips), Arc::clone(&ends));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                // A connection is made in a trip of its own.
                std::thread::sleep(there_and_back);
                counted.fetch_add(1, Ordering::Relaxed);
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let last = Arc::new(AtomicU8::new(0));
                let Ok(pairs) = both(client, server) else { continue };
                for (direction, (from, to)) in [TO_SERVER, TO_CLIENT].into_iter().zip(pairs) {
                    let (last, trips) = (Arc::clone(&last), Arc::clone(&counted));
                    let came = move || {
                        // A trip begins with the first bytes to the server after an answer.
                        if last.swap(direction, Ordering::Relaxed) != direction && direction == TO_SERVER {
                            trips.fetch_add(1, Ordering::Relaxed);
                        }
                    };
                    carry(from, to, there_and_back / 2, came);
                }
            }
        });
        Ok(Self { port, trips, ends })
    }

    /// Returns how often somebody waited for an answer since this was last asked.
    pub(super) fn trips(&self) -> u64 {
        self.trips.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _wakes_it = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn both(client: TcpStream, server: TcpStream) -> std::io::Result<[(TcpStream, TcpStream); 2]> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    Ok([(client.try_clone()?, server.try_clone()?), (server, client)])
}

/// Carries one direction: one thread takes in, one gives out when it is due.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration, came: impl Fn() + Send + 'static) {
    let (sends, due) = channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            came();
            if sends.send((Instant::now() + delay, buffer[..read].to_vec())).is_err() {
                break;
            }
        }
    });
    std::thread::spawn(move || {
        while let Ok((at, bytes)) = due.recv() {
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _may_be_closed = to.shutdown(Shutdown::Both);
    });
}
