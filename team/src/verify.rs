//! Recomputes every chain from what a receiver keeps.
//!
//! The hashes cover the headers, and what bodies and metas commit to. So a chain is verified at every level; of what was held back,
//! the hash at its end is believed, and the event after it proves that it is the one that the log had.

use std::collections::{BTreeMap, HashMap, HashSet};

use retold_core::{EventHash, LogId, OnProgress, Progress, Unit};

use crate::pack::Unpacking;
use crate::proof::{Last, fault_of_body, fault_of_header, fault_of_name, sound_length};
use crate::receiver::{Contents, Error, KeptLog, KeptRange, LogNumber, ShippedEvent, StreamNames, Text};

/// How many positions are read at a time.
const STEP: u64 = 2000;
/// How many faults of a log are told.
const FAULTS_MAX: usize = 100;

/// What a log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// What the receiver calls it.
    pub number: Option<LogNumber>,
    /// Its id, as text.
    pub log: String,
    /// The last position.
    pub head: u64,
    /// How many events are there.
    pub events: u64,
    /// How many bodies are there, each compared with its commitment.
    pub bodies: u64,
    /// How many events were held back.
    pub absent: u64,
    /// How many events come after a gap in their stream, so that their own hash cannot be recomputed: the chain over them can.
    pub unproven: u64,
    /// What is wrong, by position.
    pub faults: Vec<(u64, String)>,
}

/// Verifies every log of a receiver, and notes there which are sound, or those that it came to until `progress`, which gets the events gone through, said to stop.
/// O(what it has); a few thousand events are in memory at a time.
///
/// # Errors
/// Where it cannot be read. What is wrong with a log is not an error: see [`Verified::faults`].
pub fn verify(keeper: &mut impl Contents, progress: impl OnProgress) -> Result<Vec<Verified>, Error> {
    let logs = keeper.logs()?;
    let mut unpacking = Unpacking::new().map_err(|error| Error::Target(error.to_string()))?;
    let (mut verified, mut done) = (Vec::new(), 0);
    let total: u64 = logs.iter().map(|log| log.head.position.get()).sum();
    for log in &logs {
        let mut chain = Chain::of(keeper, log, &logs)?;
        let mut first = chain.position + 1;
        while first <= log.head.position.get() {
            let last = log.head.position.get().min(first + STEP - 1);
            let range = keeper.range(log.number, first, last)?;
            chain.range(&range, (first, last), &mut unpacking);
            first = last + 1;
            if !progress(Progress::new(Unit::Events, done + last, total)) {
                return Ok(verified);
            }
        }
        chain.end(log);
        done += log.head.position.get();
        if chain.found.faults.is_empty() {
            keeper.note_verified(log.number, log.head)?;
        }
        verified.push(chain.found);
    }
    Ok(verified)
}

struct Chain {
    id: LogId,
    position: u64,
    hash: EventHash,
    /// The last event of each stream, and how many positions had been held back up to it.
    streams: HashMap<[u8; 32], (Last, u64)>,
    /// How many positions were held back up to here, also of the logs that this one goes on from.
    held_back: u64,
    found: Verified,
}

impl Chain {
    fn of(keeper: &mut impl Contents, log: &KeptLog, logs: &[KeptLog]) -> Result<Self, Error> {
        let mut chain = Self {
            id: log.id,
            position: 0,
            hash: EventHash::ZERO,
            streams: HashMap::new(),
            held_back: 0,
            found: Verified {
                number: Some(log.number),
                log: log.id.to_string(),
                head: log.head.position.get(),
                ..Verified::default()
            },
        };
        let Some((parent, until)) = log.parent else { return Ok(chain) };
        (chain.position, chain.hash) = (until.position.get(), until.hash);
        // The streams of the logs that it goes on from, oldest first.
        let mut before = vec![(parent, until.position.get())];
        while let Some((parent, until)) =
            logs.iter().find(|log| log.number == before[before.len() - 1].0).and_then(|log| log.parent)
        {
            before.push((parent, until.position.get()));
        }
        let mut first = 1;
        for (number, until) in before.into_iter().rev() {
            while first <= until {
                let last = until.min(first + STEP - 1);
                let range = keeper.range(number, first, last)?;
                let mut absent = range.absent.iter().peekable();
                for (event, names) in &range.events {
                    while let Some(range) = absent.next_if(|range| range.last < event.position) {
                        chain.held_back += range.within(first, last);
                    }
                    chain.passes(event, names);
                }
                chain.held_back += absent.map(|range| range.within(first, last)).sum::<u64>();
                first = last + 1;
            }
        }
        Ok(chain)
    }

    fn fault(&mut self, position: u64, what: &str) {
        if self.found.faults.len() < FAULTS_MAX {
            self.found.faults.push((position, what.to_owned()));
        }
    }

    fn range(&mut self, range: &KeptRange, (first, last): (u64, u64), unpacking: &mut Unpacking) {
        let texts: HashMap<[u8; 32], &Text> = range.texts.iter().map(|text| (*text.hash, text)).collect();
        let gone: HashSet<u64> = range.gone.iter().map(|gone| gone.position).collect();
        let absent: BTreeMap<u64, _> = range.absent.iter().map(|absent| (absent.first, absent)).collect();
        let mut events = range.events.iter().peekable();
        let mut sound = HashMap::new();
        while self.position < last {
            let at = self.position + 1;
            // A range that was held back may have begun before these positions, and end after them.
            if let Some((_, absent)) = absent.range(..=at).next_back().filter(|(_, absent)| absent.last >= at)
            {
                self.found.absent += absent.last + 1 - at;
                self.held_back += absent.last + 1 - at;
                (self.position, self.hash) = (absent.last, EventHash::from_bytes(*absent.hash));
                continue;
            }
            match events.next_if(|(event, _)| event.position == at) {
                Some((event, names)) => {
                    if gone.contains(&at) && event.body.is_some() {
                        self.fault(at, "its body was erased, and is there");
                    }
                    self.event(event, names, &texts, &mut sound, unpacking);
                }
                None => {
                    // What is at or below this position, once it was passed, is told with it.
                    self.fault(at, "it is missing");
                    let next = events.peek().map_or(last + 1, |(event, _)| event.position.max(at + 1));
                    let next = absent.range(at + 1..).next().map_or(next, |(first, _)| next.min(*first));
                    self.position = next - 1;
                }
            }
        }
        if self.position < first {
            self.fault(first, "it is missing");
        }
    }

    fn event(
        &mut self,
        event: &ShippedEvent,
        names: &StreamNames,
        texts: &HashMap<[u8; 32], &Text>,
        sound: &mut HashMap<[u8; 32], bool>,
        unpacking: &mut Unpacking,
    ) {
        let at = event.position;
        self.found.events += 1;
        if let Some(fault) = fault_of_name(names) {
            self.fault(at, fault);
        }
        if let Some(body) = &event.body {
            self.found.bodies += 1;
            if let Err(fault) = fault_of_body(body, &event.body_commit, unpacking) {
                self.fault(at, fault);
            }
            for hash in &body.texts {
                let is_sound = *sound.entry(**hash).or_insert_with(|| {
                    texts.get(&**hash).is_some_and(|text| sound_length(text, unpacking).is_some())
                });
                if !is_sound {
                    self.fault(at, "a text of it is missing, or another");
                }
            }
        }
        let (last, until) = self.streams.get(&*names.key).copied().unwrap_or((Last::NONE, 0));
        let before = last.before(event, self.held_back - until).unwrap_or_else(|fault| {
            self.fault(at, fault);
            None
        });
        match before {
            None => self.found.unproven += 1,
            Some(previous_in_stream) => {
                if let Some(fault) =
                    fault_of_header(self.id, event, &names.key, self.hash, previous_in_stream)
                {
                    self.fault(at, fault);
                }
            }
        }
        self.passes(event, names);
        (self.position, self.hash) = (at, EventHash::from_bytes(*event.hash));
    }

    fn passes(&mut self, event: &ShippedEvent, names: &StreamNames) {
        let hash = EventHash::from_bytes(*event.hash);
        let last = Last { revision: event.revision, position: event.position, hash };
        self.streams.insert(*names.key, (last, self.held_back));
    }

    fn end(&mut self, log: &KeptLog) {
        if self.found.faults.is_empty()
            && (self.hash != log.head.hash || self.position != log.head.position.get())
        {
            self.fault(log.head.position.get(), "the head is another");
        }
    }
}
