//! Events whose hashes are still to be compared: many are hashed at once.

use std::ops::Range;

use crate::hash::{Header, SHORT_BYTES_MAX, body_commit, body_commits, event_hash, event_hashes};
use crate::{EventHash, Position};

/// As many events wait, and their bodies, before they are hashed: enough that those of as many blocks fill the lanes.
const EVENTS: usize = 512;

/// What an event commits to of its body.
#[derive(Debug)]
pub(super) enum Commitment {
    /// It is known.
    Known([u8; 32]),
    /// It is that of these bytes of [`Pending`]: a salt and the body.
    Of(Range<usize>),
}

/// Events that wait.
#[derive(Default)]
pub(super) struct Pending {
    bodies: Vec<u8>,
    events: Vec<Event>,
}

struct Event {
    position: Position,
    /// All that its hash covers; the commitment is filled in once it is known.
    header: [u8; Header::BYTES],
    commitment: Commitment,
    /// Its hash, as it is stored.
    hash: EventHash,
}

impl Pending {
    /// Takes a body. A long one is hashed at once: it has enough in it to be hashed side by side.
    pub(super) fn body(&mut self, salt: &[u8; 16], body: &[u8]) -> Commitment {
        if salt.len() + body.len() > SHORT_BYTES_MAX {
            return Commitment::Known(body_commit(salt, body));
        }
        let from = self.bodies.len();
        self.bodies.extend_from_slice(salt);
        self.bodies.extend_from_slice(body);
        Commitment::Of(from..self.bodies.len())
    }

    /// Takes an event. Whatever commitment the header has is put right later.
    pub(super) fn event(&mut self, header: &Header<'_>, commitment: Commitment, hash: EventHash) {
        let position = Position(header.position);
        self.events.push(Event { position, header: header.bytes(), commitment, hash });
    }

    pub(super) fn is_full(&self) -> bool {
        // Bodies of events that did not come after all are counted too.
        self.events.len() >= EVENTS || self.bodies.len() >= EVENTS * SHORT_BYTES_MAX
    }

    /// Compares all that wait, and tells which are not what their hash says.
    pub(super) fn compare(&mut self, mut wrong: impl FnMut(Position)) {
        let Self { bodies, events } = self;
        let of = |event: &Event| match &event.commitment {
            Commitment::Known(_) => None,
            Commitment::Of(range) => Some(range.clone()),
        };
        let inputs: Vec<&[u8]> = events.iter().filter_map(of).map(|range| &bodies[range]).collect();
        let mut commits = body_commits(&inputs).into_iter();
        for event in events.iter_mut() {
            let commit = match event.commitment {
                Commitment::Known(commit) => Some(commit),
                Commitment::Of(_) => commits.next(),
            };
            event.header[Header::BODY_COMMIT].copy_from_slice(&commit.unwrap_or_default());
        }
        let hashes = event_hashes(events.iter().map(|event| &event.header));
        for (event, hash) in events.iter_mut().zip(hashes) {
            if EventHash(hash) != event.hash && !event.is_sound_by_itself(bodies) {
                wrong(event.position);
            }
        }
        events.clear();
        bodies.clear();
    }
}

impl Event {
    /// Whether it is sound by the hash of one input: no damage is told that only the hash of many found.
    fn is_sound_by_itself(&mut self, bodies: &[u8]) -> bool {
        if let Commitment::Of(range) = &self.commitment
            && let Some((salt, body)) = bodies[range.clone()].split_first_chunk()
        {
            self.header[Header::BODY_COMMIT].copy_from_slice(&body_commit(salt, body));
        }
        event_hash(&self.header) == self.hash
    }
}
