//! Memory stays bounded, and so does time.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::super::{Limits, Piece, Reason, Splitter};
use super::support::{LIMITS, array, ids, losses, session, session_saying, split, split_within};

#[test]
fn long_damage_comes_in_pieces() {
    let limits = Limits { piece_bytes_max: 10, ..LIMITS };
    let text = format!("abcdefghijklmnopqrstuvwxyz, {}{}", session("a"), "\0".repeat(25));
    let pieces = split_within(text.as_bytes(), usize::MAX, limits).0;
    let garbage = Reason::Garbage;
    let nul = Reason::Nul;
    assert_eq!(ids(&pieces), "a");
    assert_eq!(
        losses(&pieces),
        [
            (garbage, "abcdefghij"),
            (garbage, "klmnopqrst"),
            (garbage, "uvwxyz"),
            (nul, "\0\0\0\0\0\0\0\0\0\0"),
            (nul, "\0\0\0\0\0\0\0\0\0\0"),
            (nul, "\0\0\0\0\0"),
        ]
    );
}

#[test]
fn an_element_over_the_limit_is_lost_up_to_the_next_session() {
    let limits = Limits { element_bytes_max: 1000, piece_bytes_max: 400, scan_budget_bytes_max: 500 };
    let text = array(&[session("a"), session_saying("b", &"long ".repeat(1000)), session("c")]);
    let pieces = split_within(text.as_bytes(), usize::MAX, limits).0;
    assert_eq!(ids(&pieces), "ac");
    let lost: usize = losses(&pieces).iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(lost, session_saying("b", &"long ".repeat(1000)).len());
    assert!(losses(&pieces).iter().all(|&(reason, _)| reason == Reason::TooLong));
}

#[test]
fn an_unfinished_element_is_given_up_before_the_file_ends() {
    let limits = Limits { scan_budget_bytes_max: 2000, ..LIMITS };
    let mut all = vec![session("a").replace("\"u\"", "\"u")];
    all.extend((0..20_000).map(|_| session("x")));
    let text = array(&all);
    let mut source = Counting { text: text.as_bytes(), read: 0 };
    let mut splitter = Splitter::within(&mut source, limits);
    let Some(Piece::Damage(damage)) = splitter.next_piece().unwrap() else { panic!("a record came") };
    assert_eq!(damage.reason, Reason::Unfinished);
    drop(splitter);
    assert!(source.read <= 256 << 10);
    assert_eq!(split_within(text.as_bytes(), usize::MAX, limits).0.len(), 20_001);
}

#[test]
fn a_long_session_that_holds_an_object_like_a_session_stays_whole() {
    let limits = Limits { scan_budget_bytes_max: 1000, ..LIMITS };
    let like = "\"evaluation\": {\"id\": \"x\", \"type\": \"y\"},\n    \"task\"";
    let long = session_saying("b", &"long ".repeat(1000)).replacen("\"task\"", like, 1);
    let text = array(&[session("a"), long, session("c")]);
    assert_eq!(ids(&split_within(text.as_bytes(), usize::MAX, limits).0), "abc");
}

#[test]
fn a_file_made_to_be_scanned_over_and_over_is_not() {
    let good = session("a");
    let endless = &good[..good.len() - 1];
    for text in [
        "{\"id\":\"\",\"type\":".repeat(50_000),
        format!("{}{}", "{\"id\":\"\",\"type\":".repeat(50_000), "}".repeat(50_000)),
        format!("[{}", endless.repeat(10_000)),
        format!("[{}", format!("{good},{endless},").repeat(10_000)),
        format!("[{}", "{\"id\"".repeat(300_000)),
        "[".repeat(1_000_000),
        "[{\"".repeat(500_000),
        format!("[{}", "{\"x\":\"".repeat(300_000)),
        format!("[{}", "\"\\".repeat(1_000_000)),
    ] {
        let started = Instant::now();
        split(text.as_bytes());
        assert!(started.elapsed() < Duration::from_secs(30), "{}", &text[..40]);
    }
}

#[test]
fn a_failed_read_loses_nothing() {
    let text = array(&[session("a"), session("b")]);
    let mut splitter = Splitter::new(Failing { text: text.as_bytes(), fails: false });
    let mut found = 0;
    let mut failures = 0;
    loop {
        match splitter.next_piece() {
            Ok(Some(_)) => found += 1,
            Ok(None) => break,
            Err(_) => failures += 1,
        }
    }
    assert_eq!(found, 2);
    assert!(failures > 10);
}

struct Counting<'a> {
    text: &'a [u8],
    read: usize,
}

impl Read for Counting<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(room)?;
        self.read += read;
        Ok(read)
    }
}

/// Fails at every second read.
struct Failing<'a> {
    text: &'a [u8],
    fails: bool,
}

impl Read for Failing<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.fails = !self.fails;
        if self.fails {
            return Err(io::Error::other("the disk is gone"));
        }
        let len = room.len().min(40);
        self.text.read(&mut room[..len])
    }
}
