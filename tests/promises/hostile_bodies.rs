//! A store may come from anybody: what stands in its rows is refused, never a crash.

use retold_core::event::EventType;
use retold_core::{Commit, Error, Expected, Limit, Position};
use retold_tests::{Store, created, message, name, task};

#[test]
fn a_hostile_body_is_refused() {
    let store = Store::new();
    store.open().append(Commit::to(name("a1"), Expected::Any, [created("a1")])).unwrap();
    let nested = |opening: &[u8]| [b"\x81\xa1x".as_slice(), &opening.repeat(200_000)].concat();
    let bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xc1".to_vec(),
        b"\xdf\xff\xff\xff\xff".to_vec(),
        b"\xdd\xff\xff\xff\xff".to_vec(),
        b"\x81\xa7session\xdf\xff\xff\xff\xff".to_vec(),
        b"\x81\xa4text\xc6\xff\xff\xff\xff".to_vec(),
        b"\x81\xa6hashes\xdd\xff\xff\xff\xff".to_vec(),
        nested(b"\x91"),
        nested(b"\x81\xa1x"),
    ];
    let attacker = store.attacker();
    for (body, codec) in bodies.iter().flat_map(|body| [(body, 0), (body, 1), (body, 2), (body, 99)]) {
        for kind in EventType::ALL {
            attacker
                .execute("update event set type = ?1, codec = ?2, body = ?3", (kind.number(), codec, body))
                .unwrap();
            let log = store.open_read_only();
            let mut reader = log.reader().unwrap();
            let read = reader.events_after(Position::ZERO, Limit::default());
            assert!(matches!(read, Err(Error::Body { .. } | Error::Damaged { .. })), "{kind}: {read:?}");
            let stream = reader.stream(&name("a1")).unwrap().unwrap();
            assert!(reader.state(stream, Position::new(1).unwrap()).is_err());
            assert!(!log.verify(|_| true).unwrap().is_sound());
        }
    }
}

/// A frame that says it unpacks to more than there may be, one that lies about it, and one that does not say.
#[test]
fn a_hostile_frame_is_refused() {
    let frames: [&[u8]; 4] = [
        b"\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x00\x00",
        b"\x28\xb5\x2f\xfd\x20\x05\x01\x00\x00",
        b"\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00",
        b"\x28\xb5\x2f\xfd",
    ];
    let store = Store::new();
    let texts = [task("one"), message("long ".repeat(2_000))];
    store.open().append(Commit::to(name("a1"), Expected::Any, texts)).unwrap();
    let attacker = store.attacker();
    for frame in frames {
        attacker.execute("update event set codec = 1, body = ?1 where position = 1", [frame]).unwrap();
        attacker.execute("update blob set codec = 1, bytes = ?1", [frame]).unwrap();
        let log = store.open_read_only();
        let mut reader = log.reader().unwrap();
        assert!(matches!(reader.events_after(Position::ZERO, Limit::default()), Err(Error::Damaged { .. })));
        let after = reader.events_after(Position::new(1).unwrap(), Limit::default()).unwrap();
        let mut event = after.events[0].event.clone().unwrap();
        assert!(matches!(reader.resolve_event(&mut event), Err(Error::Damaged { .. })));
        assert_eq!(log.verify(|_| true).unwrap().faults.len(), 3, "body, hash and blob");
    }
}
