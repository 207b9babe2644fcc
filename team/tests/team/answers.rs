//! What a receiver answers to a shipment that it cannot take as it is.

use retold_core::{EventHash, Head, Position};
use retold_team::receiver::Contents as _;
use retold_team::receiver::Receiver as _;
use retold_team::receiver::{
    Answer, Attach, Attached, Attachment, Level, LogNumber, NOTHING, PROTOCOL, Shipment,
};

use crate::given::{Store, created, message, task};
use crate::targets::Target;

pub(crate) fn attach(target: &Target, store: &Store, device: &str) -> Attachment {
    let attach = attach_of(store, device);
    match target.connect().unwrap().attach(&attach).unwrap() {
        Attached::To(attached) => attached,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn attach_of(store: &Store, device: &str) -> Attach {
    Attach {
        log: store.log.id(),
        format: 1,
        parent: None,
        device: device.to_owned(),
        level: Level::All,
        whole: true,
        now: 0,
        protocol: PROTOCOL,
    }
}

/// Shipments of a log, one a commit, as a shipper made them.
pub(crate) fn shipments(store: &Store) -> Vec<Shipment> {
    let memory = Target::memory();
    let number = attach(&memory, store, "any").log;
    memory.ship(&store.log, Level::All).unwrap();
    let mut keeper = memory.keeper();
    let head = store.head();
    let mut shipments: Vec<Shipment> = Vec::new();
    let mut previous = serde_bytes::ByteArray::new([0; 32]);
    let range = keeper.range(number, 1, head).unwrap();
    for (mut event, names) in range.events {
        let starts = event.commit_first == event.position;
        if starts {
            shipments.push(Shipment {
                first: event.position,
                last: event.position,
                previous,
                last_hash: event.hash,
                level: Level::All,
                whole: true,
                streams: Vec::new(),
                events: Vec::new(),
                absent: Vec::new(),
                texts: Vec::new(),
                gone: Vec::new(),
            });
        }
        let shipment = shipments.last_mut().unwrap();
        event.stream = u32::try_from(shipment.streams.len()).unwrap();
        (shipment.last, shipment.last_hash, previous) = (event.position, event.hash, event.hash);
        match shipment.streams.iter().position(|known| known.key == names.key) {
            Some(at) => event.stream = u32::try_from(at).unwrap(),
            None => shipment.streams.push(names),
        }
        shipment.events.push(event);
    }
    shipments
}

fn end(shipment: &Shipment) -> Head {
    Head { position: Position::new(shipment.last).unwrap(), hash: EventHash::from_bytes(*shipment.last_hash) }
}

fn send(target: &Target, log: LogNumber, shipment: &Shipment) -> Answer {
    target.connect().unwrap().ship(log, shipment).unwrap()
}

pub(crate) fn answers(target: &Target) {
    let store = Store::new();
    store.append("atlas", "a1", [created("a1"), task("one")]);
    store.append("atlas", "a1", [task("two"), message("hello")]);
    store.append("atlas", "a1", [task("three")]);
    let shipments = shipments(&store);
    let [one, two, three] = shipments.as_slice() else { panic!("three commits") };
    let log = attach(target, &store, "laptop").log;

    assert_eq!(send(target, log, two), Answer::Gap(NOTHING));
    assert!(matches!(send(target, log, one), Answer::Taken(head, _) if head == end(one)));
    assert_eq!(send(target, log, one), Answer::Have(end(one)));
    assert_eq!(send(target, log, three), Answer::Gap(end(one)));
    // The beginning of it is there.
    let mut both = one.clone();
    both.events.extend(two.events.clone());
    (both.last, both.last_hash) = (two.last, two.last_hash);
    assert_eq!(send(target, log, &both), Answer::Have(end(one)));
    // Something else is.
    let mut other = one.clone();
    other.events[1].hash = serde_bytes::ByteArray::new([7; 32]);
    other.last_hash = other.events[1].hash;
    assert_eq!(send(target, log, &other), Answer::Diverged(end(one)));
    let mut other = two.clone();
    other.previous = serde_bytes::ByteArray::new([7; 32]);
    assert_eq!(send(target, log, &other), Answer::Diverged(end(one)));
    refused(target, log, two);
    // Nothing of all that was kept.
    let mut keeper = target.keeper();
    assert_eq!(keeper.range(log, 1, 9).unwrap().events.len(), 2);
    drop(keeper);
    assert!(matches!(send(target, log, two), Answer::Taken(head, _) if head == end(two)));
    let mut receiver = target.connect().unwrap();
    assert_eq!(receiver.head(log).unwrap(), end(two));
    let at = |position| Position::new(position).unwrap();
    assert_eq!(receiver.hash_at(log, at(2)).unwrap(), end(one));
    assert_eq!(receiver.hash_at(log, at(100)).unwrap(), end(two));
    assert_eq!(receiver.hash_at(log, Position::ZERO).unwrap(), NOTHING);
    assert!(receiver.head(LogNumber { log: 99, ..log }).is_err());
    assert!(matches!(receiver.ship(LogNumber { log: 99, ..log }, three), Ok(Answer::Refused(_)) | Err(_)));
    drop(receiver);
    target.assert_sound();
}

/// What is none is refused, and says why.
fn refused(target: &Target, log: LogNumber, sound: &Shipment) {
    type Breaks = fn(&mut Shipment);
    let broken: [(&str, Breaks); 8] = [
        ("empty", |shipment| shipment.last = shipment.first - 1),
        ("an event too few", |shipment| drop(shipment.events.remove(0))),
        ("an event twice", |shipment| shipment.events.push(shipment.events[1].clone())),
        ("another end", |shipment| shipment.last_hash = serde_bytes::ByteArray::new([1; 32])),
        ("a commit after its event", |shipment| shipment.events[0].commit_first = shipment.last + 1),
        ("a stream that is not there", |shipment| shipment.events[0].stream = 7),
        ("a dictionary of its own", |shipment| shipment.events[1].body.as_mut().unwrap().codec = 3),
        ("a redaction of nothing", |shipment| shipment.events[0].kind = 19),
    ];
    for (what, breaks) in broken {
        let mut shipment = sound.clone();
        breaks(&mut shipment);
        let answer = send(target, log, &shipment);
        assert!(matches!(&answer, Answer::Refused(why) if !why.is_empty()), "{what}: {answer:?}");
    }
}

pub(crate) fn protocols(target: &Target) {
    let store = Store::new();
    let newer = Attach { protocol: 7..=9, ..attach_of(&store, "laptop") };
    assert_eq!(target.connect().unwrap().attach(&newer).unwrap(), Attached::Upgrade(1));
    let other = Attach { format: 2, ..attach_of(&store, "laptop") };
    assert!(matches!(target.connect().unwrap().attach(&other).unwrap(), Attached::Refused(_)));
    assert!(target.keeper().logs().unwrap().is_empty());
    let wider = Attach { protocol: 0..=9, ..attach_of(&store, "laptop") };
    assert!(matches!(target.connect().unwrap().attach(&wider).unwrap(), Attached::To(_)));
}
