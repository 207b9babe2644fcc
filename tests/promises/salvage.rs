//! Whatever is damaged in a store: what can be read of it and verifies is saved, and nothing else is.

use std::collections::HashMap;
use std::path::Path;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use retold_core::{Commit, Event, Expected, Log, Options, Recorded, StreamName};
use retold_tests::pages::{PAGE, Scan};
use retold_tests::{Store, all_events, assert_sound, created, message, name, task};

use crate::{held, nightly};

/// A store of some sessions, with texts short, long and outside of their events. Its write-ahead log is as a process leaves it
/// that is killed, or empty.
struct Given {
    store: Store,
    file: Vec<u8>,
    wal: Vec<u8>,
    log: [u8; 16],
    dictionary: Vec<u8>,
    sessions: HashMap<StreamName, Vec<Event>>,
    count: u64,
}

fn given(rng: &mut StdRng, has_wal: bool) -> Given {
    let store = Store::new();
    let log = store.open();
    let mut fill = |rounds: usize| {
        for round in 0..rounds {
            for session in ["a1", "b1", "c1"] {
                let mut events: Vec<Event> = Vec::new();
                if log.reader().unwrap().stream(&name(session)).unwrap().is_none() {
                    events.push(created(session));
                }
                let noise = |length: usize, rng: &mut StdRng| -> String {
                    (0..length).map(|_| char::from(rng.random_range(b' '..b'~'))).collect()
                };
                let length = [20, 300, 3000, 9000][rng.random_range(0..4)];
                events.extend([message(noise(length, rng)), task(format!("{session} {round}"))]);
                log.append(Commit::to(name(session), Expected::Any, events)).unwrap();
            }
        }
    };
    fill(8);
    if has_wal {
        log.compact(|_| true).unwrap();
        fill(4);
    }
    let mut sessions: HashMap<StreamName, Vec<Event>> = HashMap::new();
    for (stream, event) in spoken(&log) {
        sessions.entry(stream).or_default().push(event);
    }
    let count = all_events(&log).len() as u64;
    let read =
        |ending: &str| std::fs::read(format!("{}{ending}", store.path().display())).unwrap_or_default();
    let before = (read(""), read("-wal"));
    let connection = log.open_reader().unwrap();
    let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let (id, dictionary) = (one("select id from log"), one("select bytes from dictionary where id = 2"));
    drop(connection);
    drop(log);
    let (file, wal) = if has_wal { before } else { (read(""), read("-wal")) };
    Given { store, file, wal, log: id.try_into().unwrap(), dictionary, sessions, count }
}

/// What was said, in order, with its texts.
fn spoken(log: &Log) -> Vec<(StreamName, Event)> {
    let reader = log.reader().unwrap();
    all_events(log)
        .into_iter()
        .map(|Recorded { stream, event, .. }| {
            let mut event = event.unwrap();
            reader_resolve(log, &mut event);
            (reader.name(stream).unwrap(), event)
        })
        .collect()
}

fn reader_resolve(log: &Log, event: &mut Event) {
    log.reader().unwrap().resolve_event(event).unwrap();
}

/// Damages the bytes of a file, in one of many ways.
fn damage(rng: &mut StdRng, bytes: &mut Vec<u8>) -> String {
    if bytes.is_empty() {
        return "nothing to damage".to_owned();
    }
    let pages = bytes.len().div_ceil(PAGE);
    let page = |rng: &mut StdRng| rng.random_range(0..pages) * PAGE;
    let end = |at: usize, bytes: &[u8]| (at + PAGE).min(bytes.len());
    match rng.random_range(0..9) {
        0 => {
            let (at, bit) = (rng.random_range(0..bytes.len()), rng.random_range(0..8));
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        1 => {
            let at = page(rng);
            let end = end(at, bytes);
            bytes[at..end].fill(0);
            format!("page at {at} zeroed")
        }
        2 => {
            let (at, length) = (rng.random_range(0..bytes.len()), rng.random_range(1..6000));
            let end = (at + length).min(bytes.len());
            bytes[at..end].fill(0);
            format!("{at}..{end} zeroed")
        }
        3 => {
            let length = rng.random_range(0..bytes.len());
            bytes.truncate(length);
            format!("cut to {length}")
        }
        4 => {
            bytes.truncate(bytes.len().saturating_sub(PAGE * rng.random_range(1..4)));
            "cut by some pages".to_owned()
        }
        5 => {
            let [one, other] = [page(rng), page(rng)];
            for at in 0..PAGE {
                if one + at < bytes.len() && other + at < bytes.len() {
                    bytes.swap(one + at, other + at);
                }
            }
            format!("pages at {one} and {other} exchanged")
        }
        6 => {
            let end = bytes.len().min(100);
            bytes[..end].fill(0);
            "header zeroed".to_owned()
        }
        7 => {
            let at = rng.random_range(0..bytes.len().min(100));
            bytes[at] ^= rng.random_range(1..=255);
            format!("byte {at} of the header changed")
        }
        _ => {
            let at = page(rng);
            let end = end(at, bytes);
            rng.fill(&mut bytes[at..end]);
            format!("page at {at} scrambled")
        }
    }
}

/// Saves what is left, and holds it against a scan and against what was said.
fn check(given: &Given, file: &[u8], wal: &[u8], what: &str) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["bad.db", "new.db"].map(|name| folder.path().join(name));
    std::fs::write(&from, file).unwrap();
    if !wal.is_empty() {
        std::fs::write(folder.path().join("bad.db-wal"), wal).unwrap();
    }
    let mut scan = Scan::default();
    scan.file(file);
    scan.wal(file, wal);
    let found = scan.verified(&[given.log], &given.dictionary);
    let id = Log::open(given.store.path()).unwrap().id();
    let mut lost = Vec::new();
    let tell = |one: retold_core::Lost| lost.push(format!("{}..{} {}", one.position, one.last, one.why));
    let recovered = match retold_core::recover(&from, &to, &[id], tell, |_| true) {
        Ok(recovered) => recovered,
        Err(error) => {
            assert!(
                found.is_empty(),
                "{what}: {}, where {} verify",
                retold_tests::words(&error),
                found.len()
            );
            assert_eq!(
                names(folder.path()).iter().filter(|name| name.contains("new.db")).count(),
                0,
                "{what}"
            );
            return 0;
        }
    };
    assert!(
        recovered.saved >= found.len() as u64,
        "{what}: {recovered:?}, where {} verify: {found:?}, lost: {lost:?}",
        found.len()
    );
    let log = Options::new().read_only(true).open(&to).unwrap();
    assert_sound(&log);
    let mut seen: HashMap<StreamName, usize> = HashMap::new();
    for (stream, event) in spoken(&log) {
        let at = seen.entry(stream.clone()).or_default();
        assert_eq!(given.sessions[&stream].get(*at), Some(&event), "{what}: {stream}");
        *at += 1;
    }
    if recovered.is_same_log && given.wal.is_empty() {
        assert_eq!(recovered.saved, given.count, "{what}: it says that nothing was lost");
    }
    recovered.saved
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn all_that_verifies_is_saved_and_nothing_else_whatever_is_damaged() {
    let seed = std::env::var("RETOLD_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let runs = nightly(150);
    let mut saved = 0;
    for run in 0..runs {
        let has_wal = run % 3 == 0;
        let stores = 10;
        thread_local!(static GIVEN: std::cell::RefCell<Option<Given>> = const { std::cell::RefCell::new(None) });
        saved += GIVEN.with_borrow_mut(|kept| {
            if run % stores == 0 || kept.as_ref().is_none_or(|given| given.wal.is_empty() == has_wal) {
                *kept = Some(given(&mut rng, has_wal));
            }
            let given = kept.as_ref().unwrap();
            let (mut file, mut wal) = (given.file.clone(), given.wal.clone());
            let mut what = Vec::new();
            for _ in 0..rng.random_range(1..4) {
                match has_wal && rng.random() {
                    true => what.push(format!("wal: {}", damage(&mut rng, &mut wal))),
                    false => what.push(damage(&mut rng, &mut file)),
                }
            }
            check(given, &file, &wal, &format!("seed {seed}, run {run}: {}", what.join(", ")))
        });
    }
    assert!(saved > 0);
    held("all that verifies is saved", runs);
}
