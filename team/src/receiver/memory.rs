//! A receiver in memory: what the others are compared with.

use std::collections::BTreeMap;

use retold_core::{EventHash, Head, LogId, Position};

use super::rules::{answer, disagrees, end_of, fault_of, note_gone, refuses, still_absent, unreferred};
use super::shipment::{Absent, Erased, Hash, Level, Shipment, ShippedEvent, StreamNames, Text, Why};
use super::{
    Answer, Attach, Attached, Attachment, Contents, Error, KeptLog, KeptRange, LogNumber, NOTHING, Receiver,
};

/// Keeps logs in memory, and loses them with it.
#[derive(Debug, Default)]
pub struct Memory {
    logs: Vec<Kept>,
    ingest: u64,
}

#[derive(Debug)]
struct Kept {
    id: LogId,
    parent: Option<(LogNumber, Head)>,
    head: Head,
    level: Level,
    whole: bool,
    streams: BTreeMap<[u8; 32], StreamNames>,
    events: BTreeMap<u64, (ShippedEvent, [u8; 32])>,
    absent: Vec<Absent>,
    gone: BTreeMap<u64, Erased>,
    texts: BTreeMap<[u8; 32], Text>,
}

impl Memory {
    fn kept(&mut self, log: LogNumber) -> Result<&mut Kept, Error> {
        let at = usize::try_from(log.log).ok().and_then(|number| number.checked_sub(1));
        at.and_then(|at| self.logs.get_mut(at))
            .ok_or_else(|| Error::Target("there is no such log".to_owned()))
    }

    /// Takes the events of a shipment that are not there, with what may leave of all of them.
    fn take(&mut self, log: LogNumber, shipment: &Shipment) -> Result<(), Error> {
        let kept = self.kept(log)?;
        for stream in &shipment.streams {
            let known = kept.streams.entry(*stream.key).or_insert_with(|| stream.clone());
            known.name = known.name.take().or_else(|| stream.name.clone());
        }
        for event in &shipment.events {
            let key = *shipment.streams[event.stream as usize].key;
            let bare = || (ShippedEvent { body: None, ..event.clone() }, key);
            let (known, _) = kept.events.entry(event.position).or_insert_with(bare);
            if known.meta.is_none() && event.meta.is_some() {
                (known.meta, known.meta_digest) = (event.meta.clone(), None);
            }
            let is_redacted = kept.gone.get(&event.position).is_some_and(|gone| gone.why == Why::Redacted);
            let Some(body) = event.body.as_ref().filter(|_| known.body.is_none() && !is_redacted) else {
                continue;
            };
            known.body = Some(body.clone());
            kept.gone.remove(&event.position);
            for text in shipment.texts.iter().filter(|text| body.texts.contains(&text.hash)) {
                kept.texts.entry(*text.hash).or_insert_with(|| text.clone());
            }
        }
        self.erase(log, &shipment.gone)
    }

    fn erase(&mut self, log: LogNumber, gone: &[Erased]) -> Result<(), Error> {
        let kept = self.kept(log)?;
        let mut of_parent = Vec::new();
        let mut texts: Vec<Hash> = Vec::new();
        for gone in gone {
            if kept.parent.is_some_and(|(_, until)| gone.position <= until.position.get()) {
                of_parent.push(*gone);
            }
            let Some((event, _)) = kept.events.get_mut(&gone.position) else { continue };
            texts.extend(event.body.take().into_iter().flat_map(|body| body.texts));
            note_gone(&mut kept.gone, gone);
        }
        for hash in unreferred(texts, kept.events.values().map(|(event, _)| event)) {
            kept.texts.remove(&*hash);
        }
        match kept.parent.filter(|_| !of_parent.is_empty()) {
            Some((parent, _)) => self.erase(parent, &of_parent),
            None => Ok(()),
        }
    }
}

impl Receiver for Memory {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        if let Some(refused) = refuses(attach) {
            return Ok(refused);
        }
        let found = self.logs.iter().position(|kept| kept.id == attach.log);
        let at = match found {
            Some(at) => at,
            None => {
                let mut parent = None;
                if let Some((id, until)) = attach.parent {
                    let of_parent = self.logs.iter().position(|kept| kept.id == id);
                    let Some(number) = of_parent.map(number_of) else { return Ok(Attached::ParentFirst) };
                    if self.hash_at(number, until.position)? != until {
                        return Ok(Attached::ParentFirst);
                    }
                    parent = Some((number, until));
                }
                self.logs.push(Kept {
                    id: attach.log,
                    parent,
                    head: parent.map_or(NOTHING, |(_, until)| until),
                    level: attach.level,
                    whole: attach.whole,
                    streams: BTreeMap::new(),
                    events: BTreeMap::new(),
                    absent: Vec::new(),
                    gone: BTreeMap::new(),
                    texts: BTreeMap::new(),
                });
                self.logs.len() - 1
            }
        };
        let Kept { head, level, whole, .. } = self.logs[at];
        Ok(Attached::To(Attachment { log: number_of(at), head, level, whole, level_max: Level::All }))
    }

    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        Ok(self.kept(log)?.head)
    }

    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        let kept = self.kept(log)?;
        let at = position.get();
        if let Some((parent, _)) = kept.parent.filter(|(_, until)| position <= until.position) {
            return self.hash_at(parent, position);
        }
        let event = kept.events.range(..=at).next_back().map(|(at, (event, _))| (*at, event.hash));
        let absent =
            kept.absent.iter().rfind(|absent| absent.last <= at).map(|absent| (absent.last, absent.hash));
        let parent = kept.parent;
        match event.into_iter().chain(absent).max_by_key(|(at, _)| *at) {
            Some((at, hash)) => Ok(Head {
                position: Position::new(at).unwrap_or(Position::ZERO),
                hash: EventHash::from_bytes(*hash),
            }),
            None => parent.map_or(Ok(NOTHING), |(parent, until)| self.hash_at(parent, until.position)),
        }
    }

    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        let head = self.kept(log)?.head;
        let known = |at| Position::new(at).and_then(|at| self.hash_at(log, at).ok()).unwrap_or(NOTHING);
        if let Some(answer) = answer(head, shipment, known) {
            return Ok(answer);
        }
        self.take(log, shipment)?;
        let kept = self.kept(log)?;
        kept.absent.extend(&shipment.absent);
        kept.head = end_of(shipment);
        kept.level = kept.level.min(shipment.level);
        kept.whole &= shipment.whole;
        self.ingest += 1;
        Ok(Answer::Taken(end_of(shipment), Some(self.ingest)))
    }

    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        let kept = self.kept(log)?;
        let (head, parent) = (kept.head, kept.parent);
        if let Some(fault) = fault_of(shipment) {
            return Ok(Answer::Refused(fault.to_owned()));
        }
        if shipment.last > head.position.get() {
            return Ok(Answer::Gap(head));
        }
        if parent.is_some_and(|(_, until)| shipment.first <= until.position.get()) {
            return Ok(Answer::Refused(
                "these positions are of the log that this one goes on from".to_owned(),
            ));
        }
        let known = |event: &ShippedEvent| {
            kept.events.get(&event.position).is_some_and(|(known, _)| known.hash != event.hash)
        };
        let is_other = shipment.events.iter().any(known);
        let end = end_of(shipment);
        let at_end = self.hash_at(log, end.position)?;
        if is_other || (at_end.position == end.position && disagrees(shipment, at_end)) {
            return Ok(Answer::Diverged(head));
        }
        self.take(log, shipment)?;
        let kept = self.kept(log)?;
        kept.absent = still_absent(&kept.absent, shipment);
        if settles {
            (kept.level, kept.whole) = (shipment.level, shipment.whole);
        }
        Ok(Answer::Taken(head, None))
    }
}

impl Contents for Memory {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let kept = |(at, kept): (usize, &Kept)| KeptLog {
            number: number_of(at),
            id: kept.id,
            parent: kept.parent,
            head: kept.head,
        };
        Ok(self.logs.iter().enumerate().map(kept).collect())
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        let kept = self.kept(log)?;
        let events = kept.events.range(first..=last);
        let named = |(event, key): &(ShippedEvent, [u8; 32])| {
            (ShippedEvent { stream: 0, ..event.clone() }, kept.streams[key].clone())
        };
        let bodies = kept.events.range(first..=last).filter_map(|(_, (event, _))| event.body.as_ref());
        let texts = bodies.flat_map(|body| &body.texts).filter_map(|hash| kept.texts.get(&**hash));
        Ok(KeptRange {
            texts: texts.cloned().collect(),
            events: events.map(|(_, event)| named(event)).collect(),
            absent: kept
                .absent
                .iter()
                .filter(|absent| absent.first <= last && absent.last >= first)
                .copied()
                .collect(),
            gone: kept.gone.range(first..=last).map(|(_, gone)| *gone).collect(),
        })
    }
}

fn number_of(at: usize) -> LogNumber {
    LogNumber { tenant: 1, log: i32::try_from(at + 1).unwrap_or(i32::MAX) }
}
