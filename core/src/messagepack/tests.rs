use std::mem::discriminant;

use proptest::collection::vec;
use proptest::prelude::*;
use rmpv::Value;
use serde::Deserialize;

use super::from_slice;
use crate::model::arbitrary::{text, two_sessions};
use crate::{Event, EventType, Meta};

/// How deep both read here: unoptimised, each level takes some kilobytes of the stack.
const DEPTH: u16 = 256;

/// Reads by both readers: the same value, or both refuse.
fn read_alike(bytes: &[u8]) -> Result<usize, TestCaseError> {
    let mut read = 0;
    for kind in EventType::ALL {
        let ours = Event::read_body(*kind, bytes);
        let theirs = Event::read_body_by_rmp_serde(*kind, bytes);
        read += alike(&format!("{kind}"), bytes, ours, theirs)?;
    }
    read += alike("a meta", bytes, from_slice::<Meta>(bytes, DEPTH), by_rmp_serde(bytes))?;
    read += alike("a value", bytes, from_slice::<Value>(bytes, DEPTH), by_rmp_serde(bytes))?;
    read += alike("ignored", bytes, from_slice(bytes, DEPTH).map(Ignored), by_rmp_serde(bytes).map(Ignored))?;
    Ok(read)
}

fn by_rmp_serde<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, rmp_serde::decode::Error> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    reader.set_max_depth(DEPTH.into());
    T::deserialize(&mut reader)
}

/// A value of an unknown key.
#[derive(Debug)]
struct Ignored(#[allow(dead_code, reason = "for `Debug`")] serde::de::IgnoredAny);

fn alike<T: std::fmt::Debug>(
    what: &str,
    bytes: &[u8],
    ours: Result<T, rmp_serde::decode::Error>,
    theirs: Result<T, rmp_serde::decode::Error>,
) -> Result<usize, TestCaseError> {
    // As text, so that a real that is not a number equals itself.
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            prop_assert_eq!(format!("{:?}", ours), format!("{:?}", theirs), "{} of {:02x?}", what, bytes);
        }
        (Err(_), Err(_)) => {}
        _ => prop_assert!(false, "{what} of {bytes:02x?}: {ours:?}, and {theirs:?} by rmp_serde"),
    }
    Ok(usize::from(ours.is_ok()))
}

/// Bytes are changed, removed, added or repeated.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Repeat(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let byte = prop_oneof![any::<u8>(), 0x80_u8..=0xdf];
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Change::Set(at, byte)),
        at().prop_map(Change::Cut),
        (at(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (at(), 1_usize..9).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            return bytes;
        }
        match change {
            Change::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Change::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Change::Repeat(at, length) => {
                let from = at.index(bytes.len());
                let part = bytes[from..bytes.len().min(from + length)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}

/// Values of every kind under keys that bodies have, and others.
fn value() -> BoxedStrategy<Value> {
    let scalar = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        prop::sample::select(&["application", "import", "null", "[1]", "running"][..]).prop_map(Value::from),
        vec(any::<u8>(), 0..20).prop_map(Value::from),
        prop::sample::select(&[32_usize, 40, 300, 70_000][..])
            .prop_map(|length| Value::from(vec![7_u8; length])),
        (any::<i8>(), vec(any::<u8>(), 0..18)).prop_map(|(kind, bytes)| Value::Ext(kind, bytes)),
    ];
    const KEYS: &[&str] = &[
        "session",
        "place",
        "home",
        "task",
        "status",
        "completed_at",
        "winner_id",
        "set",
        "instance",
        "index",
        "text",
        "message",
        "content",
        "path",
        "hashes",
        "position",
        "reason",
        "archive",
        "archive_position",
        "archive_hash",
        "tags",
        "updated_at",
        "extra",
        "origin",
        "source",
        "operation",
        "id",
        "type",
        "createdAt",
        "updatedAt",
        "role",
        "timestamp",
        "instanceId",
        "output",
        "application",
    ];
    let key = prop_oneof![
        8 => prop::sample::select(KEYS).prop_map(Value::from),
        1 => scalar.clone(),
    ];
    scalar
        .prop_recursive(5, 40, 8, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..20).prop_map(Value::Array),
                vec((key.clone(), inner), 0..20).prop_map(Value::Map),
            ]
        })
        .boxed()
}

fn bytes_of(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(64))]

    #[test]
    fn bodies_are_read_as_rmp_serde_reads_them((old, new) in two_sessions(), changes in vec(change(), 0..4)) {
        for event in crate::difference(&old, &new) {
            let mut bytes = Vec::new();
            event.write_body(&mut bytes).unwrap();
            prop_assert!(read_alike(&bytes)? > 0);
            read_alike(&changed(bytes, &changes))?;
        }
    }

    #[test]
    fn values_are_read_as_rmp_serde_reads_them(value in value(), changes in vec(change(), 0..4)) {
        let bytes = bytes_of(&value);
        prop_assert!(read_alike(&bytes)? > 0);
        read_alike(&changed(bytes, &changes))?;
    }

    #[test]
    fn random_bytes_are_read_as_rmp_serde_reads_them(bytes in vec(any::<u8>(), 0..60)) {
        read_alike(&bytes)?;
    }
}

#[test]
fn every_first_byte_is_read_as_rmp_serde_reads_it() {
    for first in 0..=u8::MAX {
        for rest in
            [&[][..], &[0], &[1; 70], &[0xa0; 70], &[0xff; 70], &[0x91; 200], &[0, 0, 0, 1, 0xc0, 0xc0]]
        {
            let bytes = [&[first], rest].concat();
            read_alike(&bytes).unwrap();
            // As the value of a known key, of an unknown one, and as a variant's.
            for before in
                [&b"\x81\xa4task"[..], b"\x81\xa1x", b"\x81\xa6origin", b"\x81\xa6origin\x81\xabapplication"]
            {
                read_alike(&[before, &bytes].concat()).unwrap();
            }
        }
    }
}

#[test]
fn the_depth_at_which_a_body_is_refused_is_that_of_rmp_serde() {
    let mut accepted = 0;
    for opening in [&b"\x91"[..], b"\x81\xa1x", b"\xc7\x01"] {
        for depth in 0..40 {
            let nested = [&b"\x82\xa4task\xa0\xa1x"[..], &opening.repeat(depth), b"\xc0"].concat();
            accepted += read_alike(&nested).unwrap();
        }
    }
    assert!(accepted > 0);
}

#[test]
fn errors_say_what_rmp_serde_says_of_the_same_bytes() {
    let refused = |bytes: &[u8]| Event::read_body(EventType::TaskChanged, bytes).unwrap_err();
    let theirs = |bytes: &[u8]| Event::read_body_by_rmp_serde(EventType::TaskChanged, bytes).unwrap_err();
    let deep = [&b"\x81\xa1x"[..], &[0x91; 40]].concat();
    for bytes in
        [&b""[..], b"\x81\xa4ta", b"\x81\xa4task\xa1\xff", &deep, b"\x80", b"\x83\xa4task\xa0\xa1x\xc0"]
    {
        assert_eq!(discriminant(&refused(bytes)), discriminant(&theirs(bytes)), "{bytes:02x?}");
    }
}
