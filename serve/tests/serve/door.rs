//! What comes in has the hashes that it says, or stays out.

use std::collections::HashMap;

use retold_team::door;
use retold_team::pack::Unpacking;
use retold_team::receiver::{Absent, Answer, Level, Receiver as _, Shipment};
use retold_trial::{chance, needs};
use serde_bytes::{ByteArray, ByteBuf};

use crate::answers::{attach, shipments};
use crate::given::{Store, created, message, task};
use crate::served::{Served, target};
use crate::targets::{Cluster, Target};

type Breaks = fn(&mut Shipment);

/// What PostgreSQL alone takes, since it cannot compute the hashes: where, and what a server says of it.
const BROKEN: [(&str, u64, Breaks); 16] = [
    ("hash is not that of its header", 4, |shipment| shipment.events[0].recorded_at += 1),
    ("hash is not that of its header", 4, |shipment| shipment.events[0].occurred_at -= 1),
    ("hash is not that of its header", 5, |shipment| shipment.events[1].kind ^= 1),
    ("hash is not that of its header", 5, |shipment| shipment.events[1].schema_version += 1),
    ("hash is not that of its header", 5, |shipment| shipment.events[1].commit_first += 1),
    ("hash is not that of its header", 5, |shipment| {
        shipment.events[1].meta = Some(ByteBuf::from(b"\x80".to_vec()));
        shipment.events[1].meta_digest = None;
    }),
    ("hash is not that of its header", 6, |shipment| {
        let other = ByteArray::new([7; 32]);
        (shipment.events[2].hash, shipment.last_hash) = (other, other);
    }),
    // Where the event before one was not held back, its hash cannot be unproven.
    ("missing, and was not held back", 4, |shipment| shipment.events[0].revision += 2),
    ("missing, and was not held back", 6, |shipment| shipment.events[2].revision += 1),
    ("its revision was there before", 4, |shipment| shipment.events[0].revision -= 1),
    ("its revision was there before", 5, |shipment| shipment.events[1].revision -= 2),
    ("body is not the one", 5, |shipment| {
        let other = shipment.events[0].body.clone();
        shipment.events[1].body = other;
    }),
    ("body is not the one", 4, |shipment| {
        let bytes = &mut shipment.events[0].body.as_mut().unwrap().bytes;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }),
    ("body is not the one", 4, |shipment| shipment.events[0].body.as_mut().unwrap().salt[3] ^= 1),
    ("a text of it is not the one", 6, |shipment| {
        let bytes = &mut shipment.texts[0].bytes;
        let last = bytes.len() - 1;
        bytes[last] ^= 0x40;
    }),
    ("stream has another name", 4, |shipment| {
        shipment.streams[0].name.as_mut().unwrap().1.push('x');
    }),
];

fn given() -> (Store, Vec<Shipment>) {
    let store = Store::new();
    store.append("atlas", "a1", [created("a1"), task("one"), message("hello")]);
    store.append("atlas", "a1", [task("two"), message("there"), message(&"long ".repeat(2000))]);
    let shipments = with_texts(&store);
    (store, shipments)
}

/// The shipments of a log, with the long texts that they refer to.
fn with_texts(store: &Store) -> Vec<Shipment> {
    let memory = Target::memory();
    memory.ship(&store.log, Level::All).unwrap();
    let number = memory.assert_sound()[0].number.unwrap();
    let texts =
        retold_team::receiver::Contents::range(&mut memory.keeper(), number, 1, store.head()).unwrap().texts;
    let mut shipments = shipments(store);
    for shipment in &mut shipments {
        let bodies = shipment.events.iter().filter_map(|event| event.body.as_ref());
        let wanted: Vec<_> = bodies.flat_map(|body| body.texts.clone()).collect();
        shipment.texts = texts.iter().filter(|text| wanted.contains(&text.hash)).cloned().collect();
    }
    shipments
}

#[test]
fn a_wrong_hash_is_refused_with_its_position_and_nothing_is_written() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let (store, shipments) = given();
    assert!(!shipments[1].texts.is_empty());
    let log = attach(&of_ada, &store, "laptop").log;
    let mut receiver = of_ada.connect().unwrap();
    assert!(matches!(receiver.ship(log, &shipments[0]).unwrap(), Answer::Taken(..)));
    let rows = |cluster: &Cluster| -> Vec<i64> {
        let tables = ["event", "body", "blob", "blob_ref", "stream", "shipment", "workspace"];
        let count = |table: &&str| {
            cluster.admin().query_one(&format!("select count(*) from retold.{table}"), &[]).unwrap().get(0)
        };
        tables.iter().map(count).collect()
    };
    let before = rows(&cluster);
    for (number, (why, position, breaks)) in BROKEN.into_iter().enumerate() {
        let mut broken = shipments[1].clone();
        breaks(&mut broken);
        let answer = receiver.ship(log, &broken).unwrap();
        let Answer::Refused(said) = answer else { panic!("{number}: {answer:?}") };
        assert!(said.contains(why) && said.contains(&format!("position {position}:")), "{number}: {said}");
        assert_eq!(rows(&cluster), before, "{number}");
    }
    // The first of a stream that is new, and one whose stream is there: both are proven.
    assert!(matches!(receiver.ship(log, &shipments[1]).unwrap(), Answer::Taken(..)));
    assert_eq!(of_ada.assert_sound()[0].unproven, 0);
    // What is supplied is checked as well: a body that was held back is not another one.
    let fresh = cluster.emptied();
    let of_ada = target(&fresh, &served);
    of_ada.ship(&store.log, Level::Facts).unwrap();
    let log = of_ada.assert_sound()[0].number.unwrap();
    let mut receiver = of_ada.connect().unwrap();
    for (number, (why, _, breaks)) in BROKEN.into_iter().enumerate().filter(|(number, _)| *number >= 11) {
        let mut broken = shipments[1].clone();
        breaks(&mut broken);
        let answer = receiver.supply(log, &broken, false).unwrap();
        assert!(matches!(&answer, Answer::Refused(said) if said.contains(why)), "{number}: {answer:?}");
    }
    of_ada.ship(&store.log, Level::All).unwrap();
    of_ada.assert_has(&store.log);
}

#[test]
fn what_unpacks_to_more_than_a_shipment_may_hold_is_refused() {
    let (_store, mut shipments) = given();
    let mut unpacking = Unpacking::new().unwrap();
    assert_eq!(door::contents(&shipments[1], &mut unpacking), Ok(()));
    // A text that says that it is longer than it is.
    shipments[1].texts[0].size += 1;
    assert_eq!(door::contents(&shipments[1], &mut unpacking).unwrap_err().position, 6);
}

/// Whatever is turned in the headers of a shipment, what is let in is what [`retold_team::verify`] finds nothing wrong with.
#[test]
fn what_is_let_in_is_sound() {
    let (store, mut shipments) = given();
    let whole = {
        let mut whole = shipments.remove(0);
        for mut next in shipments {
            next.events
                .iter_mut()
                .for_each(|event| event.stream += u32::try_from(whole.streams.len()).unwrap());
            whole.streams.append(&mut next.streams);
            whole.events.append(&mut next.events);
            whole.texts.append(&mut next.texts);
            (whole.last, whole.last_hash) = (next.last, next.last_hash);
        }
        whole
    };
    let id = store.log.id();
    let (mut refused, mut taken) = (0, 0);
    for _ in 0..3000 {
        let mut broken = whole.clone();
        // Some of it held back, which is no fault by itself.
        if chance::range(0..2) == 0 {
            let at = chance::range(0..broken.events.len() - 1);
            let event = broken.events.remove(at);
            broken.absent.push(Absent { first: event.position, last: event.position, hash: event.hash });
        }
        for _ in 0..chance::range(0..3) {
            let at = chance::range(0..broken.events.len());
            let event = &mut broken.events[at];
            match chance::range(0..4) {
                0 => event.revision = chance::range(0..9),
                1 => event.revision ^= 1 << chance::range(0..64),
                2 => event.stream = chance::range(0..3),
                _ => event.position = chance::range(0..9),
            }
        }
        let mut unpacking = Unpacking::new().unwrap();
        let sound =
            door::contents(&broken, &mut unpacking).and_then(|()| door::chain(id, &broken, &HashMap::new()));
        if sound.is_err() {
            refused += 1;
            continue;
        }
        let memory = Target::memory();
        let log = attach(&memory, &store, "laptop").log;
        if let Answer::Taken(..) = memory.connect().unwrap().ship(log, &broken).unwrap() {
            memory.assert_sound();
            taken += 1;
        }
    }
    assert!(refused > 500 && taken > 500, "{refused} {taken}");
}
