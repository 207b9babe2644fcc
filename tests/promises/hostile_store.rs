//! A store that lies about lengths takes a bounded part of the machine, whatever reads it: `recover` above all, which is
//! given what SQLite refuses.

#![cfg(target_os = "linux")]
#![expect(clippy::cast_possible_truncation, reason = "lengths are written as formats have them")]

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use retold_core::raw::{Unpacker, unpack_body};
use retold_core::{Commit, Expected, Options, Position};
use retold_tests::pages::PAGE;
use retold_tests::{Store, created, message, name, task};
use rusqlite::Connection;

use crate::hostile_input::{MIB, watched};

/// What every command may take: the longest text that a log takes, and what a process needs anyway.
const MEMORY_MAX: u64 = 700 * MIB;

/// Sessions with short texts, and texts that are too long for a page.
fn store() -> Store {
    let store = Store::new();
    let models = retold_projections::Store::open(store.path(), Options::new().create(true)).unwrap();
    for id in ["a1", "a2"] {
        let events = [created(id), message("long ".repeat(40_000)), task("next"), message("short")];
        models.log().append(Commit::to(name(id), Expected::Any, events)).unwrap();
    }
    store
}

/// A frame of Zstandard that says that it unpacks to so many bytes, and holds one.
fn frame(bytes: u64) -> Vec<u8> {
    [b"\x28\xb5\x2f\xfd\xe0".as_slice(), &bytes.to_le_bytes(), b"\x09\x00\x00x"].concat()
}

/// A frame of so many bytes, which it really has.
fn packed(mut write: impl FnMut(&mut dyn Write), bytes: u64) -> Vec<u8> {
    let mut out = zstd::Encoder::new(Vec::new(), 1).unwrap();
    out.set_pledged_src_size(Some(bytes)).unwrap();
    out.include_contentsize(true).unwrap();
    write(&mut out);
    out.finish().unwrap()
}

fn zeros(bytes: u64) -> Vec<u8> {
    packed(|out| (0..bytes / MIB).for_each(|_| out.write_all(&vec![0; MIB as usize]).unwrap()), bytes)
}

/// An object of a document, MessagePack: texts that are empty, and unknown keys that are as well.
fn object(texts: &[&str], unknown: usize) -> Vec<u8> {
    let mut bytes = [&[0xde][..], &((texts.len() + unknown) as u16).to_be_bytes()].concat();
    for text in texts {
        bytes.extend([&[0xa0 | text.len() as u8], text.as_bytes(), &[0xa0]].concat());
    }
    bytes.extend(b"\xa0\xa11".repeat(unknown));
    bytes
}

const MESSAGE: [&str; 4] = ["id", "role", "content", "timestamp"];

/// A body whose session has as many elements as fit: in the list `key`, or as unknown keys.
fn crowded(key: Option<&str>, element: &[u8], mib: u64) -> Vec<u8> {
    let count = ((mib << 20) - 64) / element.len() as u64;
    let mut begin = b"\x81\xa7session".to_vec();
    match key {
        None => begin.push(0xdf),
        Some(key) => begin.extend([&[0x81, 0xa0 | key.len() as u8], key.as_bytes(), &[0xdd]].concat()),
    }
    begin.extend((count as u32).to_be_bytes());
    let length = begin.len() as u64 + count * element.len() as u64;
    packed(
        |out| {
            out.write_all(&begin).unwrap();
            let many = element.repeat(1 << 16);
            (0..count >> 16).for_each(|_| out.write_all(&many).unwrap());
            (0..count & 0xffff).for_each(|_| out.write_all(element).unwrap());
        },
        length,
    )
}

fn set_body(attacker: &Connection, position: i64, codec: u32, body: &[u8]) {
    let sql = "update event set codec = ?2, body = ?3 where position = ?1";
    attacker.execute(sql, (position, codec, body)).unwrap();
}

fn plain_body(attacker: &Connection, position: i64) -> Vec<u8> {
    let sql = "select codec, body from event where position = ?1";
    let (codec, body): (u32, Vec<u8>) =
        attacker.query_row(sql, [position], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let (mut unpacker, mut buffer) = (Unpacker::default(), Vec::new());
    let at = (Position::new(position.unsigned_abs()).unwrap(), codec);
    unpack_body(attacker, &mut unpacker, at, &body, &mut buffer).unwrap().to_vec()
}

/// A number as SQLite writes it, in nine bytes at most.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    while number >> 7 > 0 {
        number >>= 7;
        bytes.insert(0, (number & 0x7f) as u8 | 0x80);
    }
    bytes
}

/// A page of a table that has `cells` times the same row: a text outside of events, of so many bytes, which go on on the
/// page `overflow`.
fn long_row(bytes: u64, cells: usize, overflow: u32) -> Vec<u8> {
    // Number, hash, codec, size, bytes: https://sqlite.org/fileformat2.html#record_format
    let types: Vec<u8> =
        [varint(0), varint(12 + 2 * 32), varint(1), varint(1), varint(12 + 2 * bytes)].concat();
    let header = 1 + types.len() as u64;
    let length = header + 32 + 1 + 1 + bytes;
    let record = [&[header as u8][..], &types, &[7; 32], &[0, 5]].concat();
    let least = (PAGE as u64 - 12) * 32 / 255 - 23;
    let fits = least + (length - least) % (PAGE as u64 - 4);
    let local = if fits <= PAGE as u64 - 35 { fits } else { least } as usize;
    let mut cell = [varint(length), varint(1), record].concat();
    let prefix = varint(length).len() + 1;
    cell.resize(prefix + local, b'x');
    cell.extend(overflow.to_be_bytes());
    let at = PAGE - cell.len();
    let mut page = vec![0; PAGE];
    page[..8].copy_from_slice(&[0x0d, 0, 0, (cells >> 8) as u8, cells as u8, (at >> 8) as u8, at as u8, 0]);
    for number in 0..cells {
        page[8 + 2 * number..10 + 2 * number].copy_from_slice(&(at as u16).to_be_bytes());
    }
    page[at..].copy_from_slice(&cell);
    page
}

/// Writes over pages, of which the first has number 1.
fn write(path: &Path, pages: &[(u32, &[u8])]) {
    let mut file = fs::File::options().write(true).open(path).unwrap();
    for (number, bytes) in pages {
        file.seek(SeekFrom::Start(u64::from(number - 1) * PAGE as u64)).unwrap();
        file.write_all(bytes).unwrap();
    }
}

/// The root of a table, and the number of the first page after the file's end.
fn places(store: &Store, table: &str) -> (u32, u32) {
    let attacker = store.attacker();
    let root = attacker
        .query_row("select rootpage from sqlite_schema where name = ?1", [table], |row| row.get(0))
        .unwrap();
    attacker.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(attacker);
    let bytes = fs::metadata(store.path()).unwrap().len();
    (root, u32::try_from(bytes / PAGE as u64).unwrap() + 1)
}

/// Makes the file look large: what is added takes nothing on the disk.
fn grow(store: &Store, bytes: u64) {
    fs::File::options().write(true).open(store.path()).unwrap().set_len(bytes).unwrap();
}

/// A page of a long row that leads to itself.
fn circle(of: u32) -> Vec<u8> {
    let mut page = vec![b'x'; PAGE];
    page[..4].copy_from_slice(&of.to_be_bytes());
    page
}

type Attack = (&'static str, fn(&Store));

const ATTACKS: [Attack; 19] = [
    ("nothing", |_| {}),
    ("a body that says it is endless", |store| set_body(&store.attacker(), 4, 1, &frame(u64::MAX >> 1))),
    ("a body that says it is long", |store| set_body(&store.attacker(), 4, 1, &frame(60 << 20))),
    ("a body of nothing but zeros", |store| set_body(&store.attacker(), 4, 1, &zeros(60 << 20))),
    ("a body of many messages", |store| {
        set_body(&store.attacker(), 1, 1, &crowded(Some("chatHistory"), &object(&MESSAGE, 0), 8));
    }),
    ("a body of many messages with unknown keys", |store| {
        set_body(&store.attacker(), 1, 1, &crowded(Some("chatHistory"), &object(&MESSAGE, 15), 4));
    }),
    ("a body of many runtimes", |store| {
        set_body(&store.attacker(), 1, 1, &crowded(Some("runtimeMix"), b"\xa0", 40));
    }),
    ("a body of many unknown keys", |store| {
        set_body(&store.attacker(), 1, 1, &crowded(None, b"\xa0\xa11", 40));
    }),
    ("a body of an older schema", |store| {
        let attacker = store.attacker();
        set_body(&attacker, 1, 1, &crowded(None, b"\xa0\xa0", 40));
        attacker.execute("update event set schema_version = 0 where position = 1", []).unwrap();
    }),
    ("a meta of many parts", |store| {
        let meta = [b"\xdd\x03\x00\x00\x00".as_slice(), &vec![0xc0; 0x300_0000]].concat();
        store.attacker().execute("update event set meta = ?1 where position = 4", [meta]).unwrap();
    }),
    ("a text whose event says it is endless", |store| {
        let attacker = store.attacker();
        for position in [2, 6] {
            let mut body = plain_body(&attacker, position);
            let at = body.windows(2).position(|pair| pair == [0xc4, 40]).unwrap() + 34;
            body[at..at + 8].fill(0xff);
            set_body(&attacker, position, 0, &body);
        }
    }),
    ("texts whose sizes lie", |store| {
        store.attacker().execute("update blob set size = 9223372036854775807", []).unwrap();
    }),
    ("texts of the last numbers", |store| {
        let attacker = store.attacker();
        for id in [i64::MIN, -1, i64::MAX] {
            let sql =
                "insert into blob (id, hash, codec, size, bytes) values (?1, randomblob(32), 0, 1, x'00')";
            attacker.execute(sql, [id]).unwrap();
        }
    }),
    ("a text that says it is endless", |store| {
        store.attacker().execute("update blob set codec = 1, bytes = ?1", [frame(u64::MAX)]).unwrap();
    }),
    ("a text of nothing but zeros", |store| {
        store.attacker().execute("update blob set codec = 1, bytes = ?1", [zeros(500 << 20)]).unwrap();
    }),
    ("a row in a circle", |store| {
        let (root, next) = places(store, "blob");
        write(&store.path(), &[(root, &long_row(1_900 << 20, 1, next)), (next, &circle(next))]);
        grow(store, 256 << 20);
    }),
    ("a row in a circle that belongs to nobody", |store| {
        let (_, next) = places(store, "blob");
        write(&store.path(), &[(next, &long_row(1_900 << 20, 1, next + 1)), (next + 1, &circle(next + 1))]);
        grow(store, 256 << 20);
    }),
    ("one long row, many times", |store| {
        let (root, next) = places(store, "blob");
        let page = long_row(4 << 20, 400, next);
        write(&store.path(), &[(root, &page), (next, &circle(next))]);
        grow(store, 256 << 20);
    }),
    ("a write-ahead log of pages that are far away", |store| {
        let (_, next) = places(store, "blob");
        let mut wal = vec![0; 32];
        for number in [u32::MAX, u32::MAX - 1, 1 << 31] {
            let mut head = vec![0; 24];
            head[..4].copy_from_slice(&number.to_be_bytes());
            head[4..8].copy_from_slice(&number.to_be_bytes());
            wal.extend([head, long_row(1_900 << 20, 1, next)].concat());
        }
        fs::write(store.folder().join("sessions.db-wal"), wal).unwrap();
    }),
];

#[test]
fn a_store_that_lies_about_lengths_takes_a_bounded_part_of_the_machine() {
    let base = store();
    drop(base.attacker());
    for (what, attack) in ATTACKS {
        let hostile = Store::new();
        fs::copy(base.path(), hostile.path()).unwrap();
        attack(&hostile);
        let run = |store: &Store, args: &[&str]| {
            let begun = std::time::Instant::now();
            let (code, most, said) = watched(store, args);
            println!(
                "{what}: {args:?}: {code:?}, {} MiB, {:?}: {}",
                most / MIB,
                begun.elapsed(),
                said.lines().next().unwrap_or("")
            );
            assert!(
                matches!(code, Some(0..=12)) && !said.contains("panicked"),
                "{what}: {args:?}: {code:?} {said}"
            );
            assert!(most < MEMORY_MAX, "{what}: {args:?}: {} MiB", most / MIB);
            code
        };
        let file = hostile.path();
        let file = file.to_str().unwrap();
        let into = hostile.folder().join("saved.db");
        run(&hostile, &["store", "recover", file, into.to_str().unwrap()]);
        // What was saved is sound.
        if into.exists() {
            let saved = Store::new();
            fs::rename(&into, saved.path()).unwrap();
            assert_eq!(run(&saved, &["verify"]), Some(0), "{what}");
        }
        for args in [
            &["verify", "--full"][..],
            &["doctor", "--full"],
            &["store", "stats"],
            &["show", "a1"],
            &["log", "a1"],
            &["sessions"],
            &["search", "long"],
            &["sql", "select sum(length(body)) from events"],
            &["projections", "check"],
            &["store", "backup", hostile.folder().join("copy.db").to_str().unwrap()],
            &["projections", "rebuild"],
        ] {
            run(&hostile, args);
        }
        run(&Store::new(), &["store", "restore", file]);
    }
}

/// What is acknowledged can be read again: the bound for what is read is one for what is written.
#[test]
fn no_event_is_taken_that_has_more_elements_than_are_read() {
    let store = Store::new();
    let log = store.open();
    for (count, is_taken) in [(1_000_000, true), (2_500_000, false)] {
        let mut event = created("a1");
        if let retold_core::Event::SessionCreated(body) = &mut event {
            body.session.runtime_mix = Some(vec![String::new(); count]);
        }
        let appended = log.append(Commit::to(name(&count.to_string()), Expected::Any, [event]));
        match appended {
            Ok(_) => assert!(is_taken, "{count}"),
            Err(error) => {
                assert!(!is_taken, "{count}: {error}");
                assert_eq!(error.to_string(), "append: an event has more than two million elements");
            }
        }
    }
    let read = retold_tests::all_events(&log);
    assert!(matches!(&read[..], [one] if one.event.is_some()));
}
