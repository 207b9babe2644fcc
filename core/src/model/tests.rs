use std::collections::BTreeMap;

use proptest::prelude::*;

use super::arbitrary::{instance, message, own_keys, session, two_sessions};
use crate::event::*;
use crate::{Event, EventType, InstancePatch, Json, MessagePatch, Session, SessionPatch};

fn through_a_body(event: impl Into<Event>) -> Event {
    let event = event.into();
    let mut bytes = Vec::new();
    event.write_body(&mut bytes).unwrap();
    Event::read_body(event.event_type(), &bytes).unwrap()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(64))]

    #[test]
    fn a_document_survives_json(session in session()) {
        let json = serde_json::to_string(&session).unwrap();
        let read: Session = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &session);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let pretty: Session = serde_json::from_str(&serde_json::to_string_pretty(&session).unwrap()).unwrap();
        prop_assert_eq!(pretty, session);
    }

    #[test]
    fn a_document_survives_a_body(session in session(), place in any::<Option<i32>>(), home in any::<Option<String>>()) {
        let event = Event::from(SessionCreated { session, place: place.map(f64::from), home });
        prop_assert_eq!(through_a_body(event.clone()), event);
    }

    #[test]
    fn instances_and_messages_survive_a_body(instance in instance(), message in message(), index in any::<Option<u32>>()) {
        let added = Event::from(InstanceAdded { instance, index, updated_at: None });
        prop_assert_eq!(through_a_body(added.clone()), added);
        let added = Event::from(MessageAdded { message, index, updated_at: Some(String::new()) });
        prop_assert_eq!(through_a_body(added.clone()), added);
    }

    /// Null is not absent: a key that became null has to arrive as one.
    #[test]
    fn a_patch_survives_a_body(old in own_keys(), new in own_keys(), (one, other) in (instance(), instance())) {
        let set = SessionPatch::between(&old, &new);
        let event = Event::from(SessionDetailsChanged { set: set.clone() });
        prop_assert_eq!(through_a_body(event.clone()), event);
        let mut patched = old;
        set.apply(&mut patched);
        prop_assert_eq!(patched, new);

        let set = InstancePatch::between(&one, &other);
        let event = Event::from(InstanceDetailsChanged { index: 7, set, updated_at: None });
        prop_assert_eq!(through_a_body(event.clone()), event);
    }

    #[test]
    fn every_event_of_a_difference_survives_a_body((old, new) in two_sessions()) {
        for event in crate::difference(&old, &new) {
            prop_assert_eq!(through_a_body(event.clone()), event);
        }
    }

    /// A body is whatever somebody wrote into the file: it may be refused, and that is all.
    #[test]
    fn a_body_of_random_bytes_never_crashes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in EventType::ALL {
            let _read_or_refused = Event::read_body(*kind, &bytes);
        }
    }
}

#[test]
fn a_message_patch_tells_null_from_absent() {
    let set = MessagePatch { instance_id: Some(None), ..MessagePatch::default() };
    let event = Event::from(MessageChanged { index: 0, set, content: None, updated_at: None });
    assert_eq!(through_a_body(event.clone()), event);
}

#[test]
fn a_length_that_is_a_lie_is_refused_without_its_memory() {
    let bodies: [&[u8]; 6] = [
        // A map of 2^32 - 1 pairs, an array, a text and bytes of as many, each with nothing after it.
        &[0xdf, 0xff, 0xff, 0xff, 0xff],
        &[0xdd, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0xa4, b't', b'a', b's', b'k', 0xdb, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0xa4, b't', b'a', b's', b'k', 0xc6, 0xff, 0xff, 0xff, 0xff],
        &[0x81, 0xa6, b'h', b'a', b's', b'h', b'e', b's', 0xdd, 0xff, 0xff, 0xff, 0xff],
        &[],
    ];
    for body in bodies {
        for kind in EventType::ALL {
            assert!(Event::read_body(*kind, body).is_err(), "{kind} of {body:02x?}");
        }
    }
}

#[test]
fn a_body_nested_without_end_is_refused() {
    for opening in [&[0x91_u8][..], &[0x81, 0xa1, b'x']] {
        let mut body = vec![0x81, 0xa1, b'x'];
        body.extend(opening.repeat(100_000));
        for kind in EventType::ALL {
            for version in [0, kind.schema_version()] {
                let upcasters = Upcasters::default().step(*kind, 0, |body| body);
                assert!(upcasters.read(*kind, version, &body).is_err(), "{kind}");
            }
        }
    }
}

#[test]
fn what_is_no_json_is_no_unknown_value() {
    let with_value = |value: &str| {
        let body = [("set", [("extra", [("k", value)].into())].into())].into();
        rmp_serde::to_vec::<BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, &str>>>>(&body).unwrap()
    };
    let read = |body: &[u8]| Event::read_body(EventType::SessionDetailsChanged, body);
    assert!(read(&with_value("[1]")).is_ok());
    assert!(read(&with_value("}{")).is_err());
}

#[test]
fn the_depth_of_an_unknown_value_has_no_limit() {
    let deep = "[".repeat(20_000) + &"]".repeat(20_000);
    let value: Json = serde_json::from_str(&deep).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), deep);
}
