//! The page, asked over HTTP as browsers, programs and attackers do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attacks;
mod bundle;
mod data;
mod files;
mod openapi;
mod patches;
mod trace;
mod verify;
mod writes;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use retold::SessionHistory;
use retold_projections::Store;
use retold_web::{Options, Server, Token};

/// A server on a store of its own.
struct Page {
    address: String,
    token: Token,
    history: SessionHistory,
    stop: Arc<AtomicBool>,
    running: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// What a request was answered with.
#[derive(Debug)]
struct Response {
    status: u16,
    head: String,
    body: String,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        let named =
            |line: &'_ str| line.split_once(": ").is_some_and(|(known, _)| known.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| named(line)).and_then(|line| Some(line.split_once(": ")?.1))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Page {
    fn with(fill: impl FnOnce(&SessionHistory)) -> Self {
        Self::of(fill, false)
    }

    /// A server that takes changes.
    fn that_writes(fill: impl FnOnce(&SessionHistory)) -> Self {
        Self::of(fill, true)
    }

    fn of(fill: impl FnOnce(&SessionHistory), writes: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sessions.db");
        // The same documents in every run.
        let clock = || jiff::Timestamp::from_second(1_763_000_000).unwrap();
        let history = retold::Options::new().clock(clock).open(&path).unwrap();
        fill(&history);
        let store = Store::open(&path, retold_core::Options::new().read_only(true)).unwrap();
        let token = Token::random();
        let options = Options {
            bind: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            hosts: vec!["proxy.example".to_owned()],
            token: token.clone(),
            clock: retold_travel::Clock::Occurred,
            now: Arc::new(jiff::Timestamp::now),
            zone: jiff::tz::TimeZone::UTC,
            prices: Arc::new(|| Ok(retold_projections::Prices::built_in())),
            writes: writes.then(|| history.clone()),
        };
        let server = Server::bind(store, options).unwrap();
        let address = server.address().trim_start_matches("http://").trim_end_matches('/').to_owned();
        assert_eq!(server.entrance(), format!("http://{address}/#t={}", token.as_str()));
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let running = std::thread::spawn(move || server.run(&stopping).unwrap());
        Self { address, token, history, stop, running: Some(running), _folder: folder }
    }

    fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    /// Sends bytes and reads what comes back until the server closes.
    fn raw(&self, request: &[u8]) -> Response {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // It may answer, and close, before it has read all of it.
        let _closed = stream.write_all(request);
        let mut bytes = Vec::new();
        let _reset = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Response { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn ask(&self, line: &str, headers: &[&str]) -> Response {
        let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        headers.iter().for_each(|header| request.push_str(&format!("{header}\r\n")));
        self.raw(format!("{request}\r\n").as_bytes())
    }

    /// Asks with the right host and the token.
    fn get(&self, path: &str) -> Response {
        let (host, bearer) =
            (format!("Host: {}", self.address), format!("Authorization: Bearer {}", self.token.as_str()));
        self.ask(&format!("GET {path}"), &[&host, &bearer])
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(running) = self.running.take() {
            let _joined = running.join();
        }
    }
}

/// A store with one session that has some of everything.
fn sample(history: &SessionHistory) {
    use retold::{Instance, Message, Session};
    let session = Session::new("a1", "competition", "Fix the flaky login test")
        .with_instance(Instance::new(1, "Ada").with_branch("fix-login"));
    history.create("/src/atlas", session).unwrap();
    history.add_message("/src/atlas", "a1", Message::new("m1", "user", "Start with the clock")).unwrap();
    history.append_output("/src/atlas", "a1", 1, "running 12 tests\n").unwrap();
    history.append_output("/src/atlas", "a1", 1, "冬の朝 error: one failed\n").unwrap();
    history
        .add_message("/src/atlas", "a1", Message::new("m2", "assistant", "It compares whole seconds"))
        .unwrap();
}
