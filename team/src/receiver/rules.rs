//! What makes a shipment one, and what it is answered: for the receivers that are written in Rust. PostgreSQL has the same in
//! `fault_of` and `ship_1`; the conformance suite compares them.

use std::collections::{BTreeMap, BTreeSet};

use retold_core::{EventHash, EventType, Head, Position};

use super::shipment::{Absent, Erased, Hash, Shipment, ShippedEvent, Why};
use super::{Answer, Attach, Attached, PROTOCOL};

/// The newest codec that is known everywhere: the dictionary that comes with the program.
pub(crate) const CODEC_MAX: u8 = 2;

/// Returns what keeps a shipper from attaching at all.
pub(super) fn refuses(attach: &Attach) -> Option<Attached> {
    let speaks = PROTOCOL.start() <= attach.protocol.end() && attach.protocol.start() <= PROTOCOL.end();
    if !speaks {
        return Some(Attached::Upgrade(*PROTOCOL.start()));
    }
    (attach.format != retold_core::hash::FORMAT)
        .then(|| Attached::Refused("only logs of format 1 are taken".to_owned()))
}

/// Says what is wrong with a shipment by itself.
pub(super) fn fault_of(shipment: &Shipment) -> Option<&'static str> {
    let Shipment { first, last, events, absent, texts, gone, .. } = shipment;
    if last < first || *first < 1 {
        return Some("it is empty");
    }
    let mut ranges: Vec<(u64, u64, Hash)> =
        events.iter().map(|event| (event.position, event.position, event.hash)).collect();
    ranges.extend(absent.iter().map(|absent| (absent.first, absent.last, absent.hash)));
    ranges.sort_unstable_by_key(|(first, ..)| *first);
    let joins = ranges.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0);
    let (from, to) = (ranges.first().map(|range| range.0), ranges.last().map(|range| range.1));
    if !joins || from != Some(*first) || to != Some(*last) || ranges.iter().any(|range| range.1 < range.0) {
        return Some("its positions are not those that it says");
    }
    if ranges.last().map(|range| range.2) != Some(shipment.last_hash) {
        return Some("its last hash is another");
    }
    let streams = shipment.streams.len();
    if events.iter().any(|event| event.commit_first > event.position || event.stream as usize >= streams) {
        return Some("a header of it is none");
    }
    let bodies = events.iter().filter_map(|event| event.body.as_ref()).map(|body| body.codec);
    if bodies.chain(texts.iter().map(|text| text.codec)).any(|codec| codec > CODEC_MAX) {
        return Some("it is packed with a dictionary that is not known here");
    }
    let says = |by: u64| gone.iter().any(|gone| gone.by == by && gone.why == Why::Redacted);
    let redacts = |event: &&ShippedEvent| event.kind == EventType::BodyRedacted.number();
    if events.iter().filter(redacts).any(|event| !says(event.position)) {
        return Some("it says that a body was redacted, and not which");
    }
    None
}

/// Returns the answer to a shipment that cannot be taken at `head`; `None` for one that can. `known` returns the last position up to
/// one whose hash is known.
pub(super) fn answer(head: Head, shipment: &Shipment, known: impl FnOnce(u64) -> Head) -> Option<Answer> {
    if let Some(fault) = fault_of(shipment) {
        return Some(Answer::Refused(fault.to_owned()));
    }
    let at = head.position.get();
    if shipment.first > at + 1 {
        return Some(Answer::Gap(head));
    }
    if shipment.first <= at {
        let known = known(shipment.last.min(at));
        return Some(match disagrees(shipment, known) {
            true => Answer::Diverged(head),
            false => Answer::Have(head),
        });
    }
    (head.hash.as_bytes() != &*shipment.previous).then_some(Answer::Diverged(head))
}

/// Whether a shipment has another hash at a position.
pub(super) fn disagrees(shipment: &Shipment, known: Head) -> bool {
    let at = known.position.get();
    let events = shipment.events.iter().map(|event| (event.position, event.hash));
    let mut hashes = events.chain(shipment.absent.iter().map(|absent| (absent.last, absent.hash)));
    hashes.any(|(position, hash)| position == at && &*hash != known.hash.as_bytes())
}

/// The head that a shipment leads to.
pub(super) fn end_of(shipment: &Shipment) -> Head {
    Head {
        position: Position::new(shipment.last).unwrap_or(Position::ZERO),
        hash: EventHash::from_bytes(*shipment.last_hash),
    }
}

/// Returns what is still absent of `old` after a shipment that brings what it may: the parts before and after it, and what both hold
/// back.
pub(super) fn still_absent(old: &[Absent], shipment: &Shipment) -> Vec<Absent> {
    let Shipment { first, last, previous, .. } = shipment;
    let mut left = Vec::new();
    for before in old {
        if before.last < *first || before.first > *last {
            left.push(*before);
            continue;
        }
        if before.first < *first {
            left.push(Absent { first: before.first, last: first - 1, hash: *previous });
        }
        let both = shipment.absent.iter().filter(|now| now.first <= before.last && now.last >= before.first);
        left.extend(both.map(|now| Absent {
            first: now.first.max(before.first),
            last: now.last.min(before.last),
            hash: if now.last <= before.last { now.hash } else { before.hash },
        }));
        if before.last > *last {
            left.push(Absent { first: last + 1, ..*before });
        }
    }
    left.sort_unstable_by_key(|absent| absent.first);
    left
}

/// Notes what is gone: what was redacted stays so.
pub(super) fn note_gone(known: &mut BTreeMap<u64, Erased>, gone: &Erased) {
    let entry = known.entry(gone.position).or_insert(*gone);
    if gone.why < entry.why {
        *entry = *gone;
    }
}

/// Returns which of `texts` no body refers to.
pub(super) fn unreferred<'a>(
    texts: impl IntoIterator<Item = Hash>,
    events: impl IntoIterator<Item = &'a ShippedEvent>,
) -> Vec<Hash> {
    let referred: BTreeSet<[u8; 32]> = events
        .into_iter()
        .filter_map(|event| event.body.as_ref())
        .flat_map(|body| body.texts.iter().map(|hash| **hash))
        .collect();
    texts.into_iter().filter(|hash| !referred.contains(&**hash)).collect()
}
