//! A file of the directory: a shipment, changed by what is erased and supplied.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use retold_core::files::{Partial, Privacy};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::receiver::Error;
use crate::receiver::rules::{still_absent, unreferred};
use crate::receiver::shipment::{Erased, Shipment, ShippedEvent, Text, Why};

/// How a file of this release begins.
const MAGIC: &[u8] = b"retold shipment 1\n";
/// A file: a shipment, and what of its bodies is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) shipment: Shipment,
    pub(super) gone: Vec<Erased>,
}

impl Stored {
    /// Erases bodies, and the texts that nothing else of this file refers to.
    pub(super) fn erase(&mut self, gone: &[Erased]) {
        for gone in gone {
            let events = &mut self.shipment.events;
            let Ok(at) = events.binary_search_by_key(&gone.position, |event| event.position) else {
                continue;
            };
            events[at].body = None;
            match self.gone.iter_mut().find(|known| known.position == gone.position) {
                Some(known) if gone.why < known.why => *known = *gone,
                Some(_) => {}
                None => self.gone.push(*gone),
            }
        }
        self.gone.sort_unstable_by_key(|gone| gone.position);
        self.drop_unreferred();
    }

    fn drop_unreferred(&mut self) {
        let Shipment { texts, events, .. } = &mut self.shipment;
        let unreferred = unreferred(texts.iter().map(|text| text.hash), events.iter());
        texts.retain(|text| !unreferred.contains(&text.hash));
    }

    /// Takes of another shipment what this one lacks.
    pub(super) fn fill(&mut self, supply: &Shipment) {
        let mine = &mut self.shipment;
        for event in supply.events.iter().filter(|event| (mine.first..=mine.last).contains(&event.position)) {
            let names = &supply.streams[event.stream as usize];
            let stream = match mine.streams.iter().position(|known| known.key == names.key) {
                Some(at) => {
                    let known = &mut mine.streams[at];
                    known.name = known.name.take().or_else(|| names.name.clone());
                    at
                }
                None => {
                    mine.streams.push(names.clone());
                    mine.streams.len() - 1
                }
            };
            let at = match mine.events.binary_search_by_key(&event.position, |event| event.position) {
                Ok(at) => at,
                Err(at) => {
                    let stream = u32::try_from(stream).unwrap_or(u32::MAX);
                    mine.events.insert(at, ShippedEvent { stream, body: None, ..event.clone() });
                    at
                }
            };
            let known = &mut mine.events[at];
            if known.meta.is_none() && event.meta.is_some() {
                (known.meta, known.meta_digest) = (event.meta.clone(), None);
            }
            let is_redacted =
                self.gone.iter().any(|gone| gone.position == event.position && gone.why == Why::Redacted);
            if let Some(body) = event.body.as_ref().filter(|_| known.body.is_none() && !is_redacted) {
                known.body = Some(body.clone());
                let lacks = |text: &&Text| !mine.texts.iter().any(|known| known.hash == text.hash);
                let wanted = supply.texts.iter().filter(|text| body.texts.contains(&text.hash));
                mine.texts.extend(wanted.filter(lacks).cloned().collect::<Vec<_>>());
                self.gone.retain(|gone| gone.position != event.position);
            }
        }
        mine.absent = still_absent(&mine.absent, supply);
    }
}

/// Returns those of a range.
pub(super) fn of_range(gone: &[Erased], (first, last): (u64, u64)) -> impl Iterator<Item = Erased> {
    gone.iter().filter(move |gone| (first..=last).contains(&gone.position)).copied()
}

/// Writes a file that says what it is and ends in the hash of all of it.
pub(super) fn write(path: &Path, what: &impl Serialize) -> Result<(), Error> {
    let mut bytes = MAGIC.to_vec();
    rmp_serde::encode::write(&mut bytes, what).map_err(|error| Error::Damaged(error.to_string()))?;
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    let act = io("write", path);
    let mut partial = Partial::file_for(path, Privacy::Owner).map_err(&act)?;
    partial.file().write_all(&bytes).map_err(&act)?;
    partial.replace().map_err(&act)?;
    Ok(())
}

/// Reads a file that was written so.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(io("read", path))?;
    let damaged = |what: &str| Error::Damaged(format!("{}: {what}", path.display()));
    let Some(end) = bytes.len().checked_sub(32) else { return Err(damaged("it is too short")) };
    let (what, hash) = bytes.split_at(end);
    if blake3::hash(what).as_bytes() != hash {
        return Err(damaged("it is not what was written"));
    }
    let what = what.strip_prefix(MAGIC).ok_or_else(|| damaged("it is not a shipment of this release"))?;
    rmp_serde::from_slice(what).map_err(|error| damaged(&error.to_string()))
}

/// What using a file came to.
pub(super) fn io<'a>(act: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> Error + 'a {
    move |source| Error::Io { act, path: path.display().to_string(), source }
}
