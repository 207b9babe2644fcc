//! The hashes of a shipment, recomputed before it is taken.
//!
//! PostgreSQL cannot compute BLAKE3, so a server in front of it does: names against keys, bodies against commitments, texts against
//! their hashes ([`contents`], which needs nothing but the shipment), and the hash of every header ([`chain`], which needs what the
//! receiver has before it). What [`crate::verify`] would find
//! in what is shipped is not taken. Of what is supplied, the events that are there after it are not proven again.

use std::collections::{HashMap, HashSet};

use retold_core::{EventHash, LogId};

use crate::pack::Unpacking;
use crate::proof::{fault_of_body, fault_of_header, fault_of_name, sound_length};
use crate::receiver::{Around, Hash, Last, Shipment};

/// How many bytes the bodies and texts of a shipment are, unpacked, at most: a few hostile bytes unpack to very many.
pub const UNPACKED_BYTES_MAX: usize = 2 << 30;

/// What is wrong with a shipment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {position}: {what}")]
pub struct Fault {
    /// The event that it is wrong with.
    pub position: u64,
    /// What.
    pub what: &'static str,
}

/// Recomputes what a shipment says of itself: names, bodies, texts. O(its bytes, unpacked), one body in memory at a time.
///
/// # Errors
/// The first fault.
pub fn contents(shipment: &Shipment, unpacking: &mut Unpacking) -> Result<(), Fault> {
    let mut unpacked = 0_usize;
    let first_of = |stream: usize| {
        let of_it = shipment.events.iter().find(|event| event.stream as usize == stream);
        of_it.map_or(shipment.first, |event| event.position)
    };
    for (at, names) in shipment.streams.iter().enumerate() {
        if let Some(what) = fault_of_name(names) {
            return Err(Fault { position: first_of(at), what });
        }
    }
    let mut within = |length: usize, position: u64| {
        unpacked = unpacked.saturating_add(length);
        let fault = Fault { position, what: "the bodies and texts up to it are too much for one shipment" };
        if unpacked > UNPACKED_BYTES_MAX { Err(fault) } else { Ok(()) }
    };
    for event in &shipment.events {
        let Some(body) = &event.body else { continue };
        let length = fault_of_body(body, &event.body_commit, unpacking)
            .map_err(|what| Fault { position: event.position, what })?;
        within(length, event.position)?;
    }
    for text in &shipment.texts {
        let refers = |event: &&crate::receiver::ShippedEvent| {
            event.body.as_ref().is_some_and(|body| body.texts.contains(&text.hash))
        };
        let position = shipment.events.iter().find(refers).map_or(shipment.first, |event| event.position);
        let Some(length) = sound_length(text, unpacking) else {
            return Err(Fault { position, what: "a text of it is not the one that its hash says" });
        };
        within(length, position)?;
    }
    Ok(())
}

/// The revisions of streams whose surroundings are needed to prove a shipment: of [`chain`]'s `before`.
pub fn wanted(shipment: &Shipment) -> Vec<(Hash, u64)> {
    let mut wanted: Vec<(Hash, u64)> = Vec::new();
    let mut known: HashSet<(u32, u64)> = HashSet::new();
    for event in &shipment.events {
        let before = event.revision.saturating_sub(1);
        if let Some(names) = shipment.streams.get(event.stream as usize)
            && !known.contains(&(event.stream, before))
        {
            wanted.push((names.key, before));
        }
        known.insert((event.stream, event.revision));
    }
    wanted
}

/// Recomputes the hash of every header of a shipment, and compares the order of each stream. `before` has what is there around what
/// [`wanted`] asks for; where the event before one was held back, its hash cannot be recomputed: the chain over them can. O(events).
///
/// # Errors
/// The first fault.
pub fn chain(log: LogId, shipment: &Shipment, before: &HashMap<(Hash, u64), Around>) -> Result<(), Fault> {
    let mut absent = shipment.absent.iter().peekable();
    let mut streams: HashMap<Hash, (Last, u64)> = HashMap::new();
    let mut previous = EventHash::from_bytes(*shipment.previous);
    let mut held_back = 0_u64;
    for event in &shipment.events {
        while let Some(range) = absent.next_if(|range| range.last < event.position) {
            previous = EventHash::from_bytes(*range.hash);
            held_back = held_back.saturating_add(range.count());
        }
        let fault = |what| Fault { position: event.position, what };
        let names =
            shipment.streams.get(event.stream as usize).ok_or_else(|| fault("its stream is not there"))?;
        if event.revision == 0 {
            return Err(fault("there is no revision 0"));
        }
        // The nearer of what is there and what came with this shipment.
        let there = before.get(&(names.key, event.revision - 1));
        if there.is_some_and(|around| around.next.is_some_and(|next| next < event.position)) {
            return Err(fault("its revision was there before"));
        }
        let (last, between) = match (streams.get(&names.key), there) {
            (Some((last, until)), there)
                if there.is_none_or(|there| there.before.revision <= last.revision) =>
            {
                (*last, held_back - until)
            }
            (_, Some(there)) => (there.before, there.held_back.saturating_add(held_back)),
            (_, None) => (Last::NONE, held_back),
        };
        let hash = EventHash::from_bytes(*event.hash);
        if let Some(in_stream) = last.before(event, between).map_err(fault)?
            && let Some(what) = fault_of_header(log, event, &names.key, previous, in_stream)
        {
            return Err(fault(what));
        }
        let this = Last { revision: event.revision, position: event.position, hash };
        streams.insert(names.key, (this, held_back));
        previous = hash;
    }
    Ok(())
}
