//! A receiver that is a directory of files, for a disk that is carried, or storage that takes files.
//!
//! A folder a log, named by its id. A shipment is a file that gets its name once it is whole and durable, named by its positions;
//! the head is the end of the last file. What changes a shipment later (a body that is erased or supplied) replaces its file.
//! One process writes at a time: it holds a lock on the folder.

mod stored;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use retold_core::files::sweep;
use retold_core::{EventHash, Head, LogId, Position};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::rules::{answer, disagrees, end_of, fault_of, refuses};
use super::shipment::{Absent, Erased, Hash, Level, Shipment, ShippedEvent};
use super::{
    Answer, Attach, Attached, Attachment, Contents, Error, KeptLog, KeptRange, LogNumber, NOTHING, Receiver,
};
use stored::{Stored, io, of_range, read, write};

const LOG: &str = "log";
const ENDING: &str = "shipment";
/// What is held locked by who writes.
const LOCK: &str = "lock";
/// How long it is waited for, and how often it is looked at.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_STEP: Duration = Duration::from_millis(10);

/// Keeps logs in a directory.
#[derive(Debug)]
pub struct Directory {
    folder: PathBuf,
    logs: Vec<Kept>,
    _lock: File,
}

/// A log, as far as it is in memory: what its files are.
#[derive(Debug)]
struct Kept {
    id: LogId,
    folder: PathBuf,
    about: About,
    /// The ranges of its files, in order.
    files: Vec<(u64, u64)>,
    head: Head,
}

/// What is known of a log beside its shipments.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    /// The log that it goes on from: its id, and the last position and hash that are that log's.
    parent: Option<(ByteArray<16>, u64, Hash)>,
    level: Level,
    whole: bool,
}

impl Directory {
    /// Opens a directory, which is made where there is none. What an interrupted write left is removed.
    ///
    /// # Errors
    /// Where it cannot be read or written, or another process writes to it.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(io("make", folder))?;
        let path = folder.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io("open", &path))?;
        take(&lock, folder, &path)?;
        let mut logs = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io("read", folder))? {
            let entry = entry.map_err(io("read", folder))?;
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let path = entry.path();
            sweep(&path).map_err(io("read", &path))?;
            // One that was being made has no name yet.
            if path.join(LOG).exists() {
                logs.push(Kept::open(id, path)?);
            }
        }
        logs.sort_by_key(|kept| *kept.id.as_bytes());
        Ok(Self { folder: folder.to_owned(), logs, _lock: lock })
    }

    fn kept(&mut self, log: LogNumber) -> Result<&mut Kept, Error> {
        let at = usize::try_from(log.log).ok().and_then(|number| number.checked_sub(1));
        at.and_then(|at| self.logs.get_mut(at))
            .ok_or_else(|| Error::Target("there is no such log".to_owned()))
    }

    fn number_of(&self, id: LogId) -> Option<LogNumber> {
        let at = self.logs.iter().position(|kept| kept.id == id)?;
        Some(LogNumber { tenant: 1, log: i32::try_from(at + 1).ok()? })
    }

    fn parent(&self, kept: &Kept) -> Option<(LogNumber, Head)> {
        let (id, until, hash) = kept.about.parent?;
        Some((self.number_of(LogId::from_bytes(*id))?, head_at(until, hash)))
    }

    fn parent_of(&mut self, log: LogNumber) -> Result<Option<(LogNumber, Head)>, Error> {
        self.kept(log)?;
        let kept = &self.logs[usize::try_from(log.log - 1).unwrap_or_default()];
        Ok(self.parent(kept))
    }

    /// Erases bodies, those of the logs that this one goes on from among them. Done before what says so is kept: whoever is
    /// interrupted in between sends it again, without the bodies.
    fn erase(&mut self, log: LogNumber, gone: &[Erased]) -> Result<(), Error> {
        if gone.is_empty() {
            return Ok(());
        }
        let parent = self.parent_of(log)?;
        let kept = self.kept(log)?;
        for range in kept.files.clone() {
            let here: Vec<Erased> = of_range(gone, range).collect();
            if here.is_empty() {
                continue;
            }
            let mut stored = kept.read(range)?;
            stored.erase(&here);
            kept.write(&stored)?;
        }
        let Some((parent, until)) = parent else { return Ok(()) };
        let of_parent: Vec<Erased> =
            gone.iter().filter(|gone| gone.position <= until.position.get()).copied().collect();
        self.erase(parent, &of_parent)
    }
}

impl Kept {
    fn open(id: LogId, folder: PathBuf) -> Result<Self, Error> {
        let about: About = read(&folder.join(LOG))?;
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io("read", &folder))? {
            let name = entry.map_err(io("read", &folder))?.file_name();
            let range =
                name.to_str().and_then(|name| name.strip_suffix(ENDING)?.strip_suffix('.')?.split_once('-'));
            let range = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
            files.extend(range);
        }
        files.sort_unstable();
        let begin = about.parent.map_or(NOTHING, |(_, until, hash)| head_at(until, hash));
        let mut at = begin.position.get();
        for (first, last) in &files {
            if *first != at + 1 || last < first {
                return Err(Error::Damaged(format!(
                    "{}: positions {at} to {first} are missing",
                    folder.display()
                )));
            }
            at = *last;
        }
        let mut kept = Self { id, folder, about, files, head: begin };
        if let Some(last) = kept.files.last() {
            kept.head = end_of(&kept.read(*last)?.shipment);
        }
        Ok(kept)
    }

    fn path(&self, (first, last): (u64, u64)) -> PathBuf {
        self.folder.join(format!("{first:020}-{last:020}.{ENDING}"))
    }

    fn read(&self, range: (u64, u64)) -> Result<Stored, Error> {
        let stored: Stored = read(&self.path(range))?;
        match (stored.shipment.first, stored.shipment.last) == range {
            true => Ok(stored),
            false => Err(Error::Damaged(format!("{} is of other positions", self.path(range).display()))),
        }
    }

    fn write(&self, stored: &Stored) -> Result<(), Error> {
        write(&self.path((stored.shipment.first, stored.shipment.last)), stored)
    }

    fn known_at(&self, position: u64) -> Result<Option<Head>, Error> {
        let before = self.files.iter().rev().filter(|(first, _)| *first <= position);
        for range in before {
            let shipment = self.read(*range)?.shipment;
            let events = shipment.events.iter().rev().find(|event| event.position <= position);
            let absent = shipment.absent.iter().rev().find(|absent| absent.last <= position);
            let found = events.map(|event| (event.position, event.hash));
            let found = found.into_iter().chain(absent.map(|absent| (absent.last, absent.hash)));
            if let Some((at, hash)) = found.max_by_key(|(at, _)| *at) {
                return Ok(Some(head_at(at, hash)));
            }
        }
        Ok(None)
    }
}

impl Receiver for Directory {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        if let Some(refused) = refuses(attach) {
            return Ok(refused);
        }
        if self.number_of(attach.log).is_none() {
            let mut parent = None;
            if let Some((id, until)) = attach.parent {
                let Some(number) = self.number_of(id) else { return Ok(Attached::ParentFirst) };
                if self.hash_at(number, until.position)? != until {
                    return Ok(Attached::ParentFirst);
                }
                parent = Some((
                    ByteArray::new(*id.as_bytes()),
                    until.position.get(),
                    ByteArray::new(*until.hash.as_bytes()),
                ));
            }
            let folder = self.folder.join(attach.log.to_string());
            std::fs::create_dir_all(&folder).map_err(io("make", &folder))?;
            let about = About { parent, level: attach.level, whole: attach.whole };
            write(&folder.join(LOG), &about)?;
            retold_core::files::sync_folder_of(&folder).map_err(io("make", &folder))?;
            // Numbers of logs are of this value: they stay what they were.
            self.logs.push(Kept::open(attach.log, folder)?);
        }
        let log =
            self.number_of(attach.log).ok_or_else(|| Error::Target("there are too many logs".to_owned()))?;
        let kept = self.kept(log)?;
        let About { level, whole, .. } = kept.about;
        Ok(Attached::To(Attachment { log, head: kept.head, level, whole, level_max: Level::All }))
    }

    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        Ok(self.kept(log)?.head)
    }

    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        let parent = self.parent_of(log)?;
        if let Some((parent, _)) = parent.filter(|(_, until)| position <= until.position) {
            return self.hash_at(parent, position);
        }
        match (self.kept(log)?.known_at(position.get())?, parent) {
            (Some(found), _) => Ok(found),
            (None, Some((parent, until))) => self.hash_at(parent, until.position),
            (None, None) => Ok(NOTHING),
        }
    }

    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        let head = self.kept(log)?.head;
        let at = Position::new(shipment.last.min(head.position.get())).unwrap_or(Position::ZERO);
        let known = match shipment.first <= head.position.get() {
            true => self.hash_at(log, at)?,
            false => NOTHING,
        };
        if let Some(answer) = answer(head, shipment, |_| known) {
            return Ok(answer);
        }
        self.erase(log, &shipment.gone)?;
        let kept = self.kept(log)?;
        let range = (shipment.first, shipment.last);
        let mut stored = Stored { shipment: shipment.clone(), gone: Vec::new() };
        stored.erase(&of_range(&shipment.gone, range).collect::<Vec<_>>());
        let about = About {
            level: kept.about.level.min(shipment.level),
            whole: kept.about.whole && shipment.whole,
            ..kept.about.clone()
        };
        if (about.level, about.whole) != (kept.about.level, kept.about.whole) {
            write(&kept.folder.join(LOG), &about)?;
            kept.about = about;
        }
        kept.write(&stored)?;
        kept.files.push(range);
        kept.head = end_of(shipment);
        Ok(Answer::Taken(kept.head, None))
    }

    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        let head = self.kept(log)?.head;
        if let Some(fault) = fault_of(shipment) {
            return Ok(Answer::Refused(fault.to_owned()));
        }
        if shipment.last > head.position.get() {
            return Ok(Answer::Gap(head));
        }
        if self.parent_of(log)?.is_some_and(|(_, until)| shipment.first <= until.position.get()) {
            return Ok(Answer::Refused(
                "these positions are of the log that this one goes on from".to_owned(),
            ));
        }
        let end = end_of(shipment);
        let known = self.hash_at(log, end.position)?;
        let mut is_other = known.position == end.position && disagrees(shipment, known);
        let kept = self.kept(log)?;
        let touched: Vec<_> = kept
            .files
            .iter()
            .filter(|(first, last)| *first <= shipment.last && *last >= shipment.first)
            .copied()
            .collect();
        let mut filled = Vec::new();
        for range in touched {
            let mut stored = kept.read(range)?;
            for event in &shipment.events {
                let events = &stored.shipment.events;
                let at = events.binary_search_by_key(&event.position, |event| event.position);
                is_other |= at.is_ok_and(|at| events[at].hash != event.hash);
            }
            stored.fill(shipment);
            filled.push(stored);
        }
        if is_other {
            return Ok(Answer::Diverged(head));
        }
        for stored in &filled {
            kept.write(stored)?;
        }
        if settles {
            let about = About { level: shipment.level, whole: shipment.whole, ..kept.about.clone() };
            write(&kept.folder.join(LOG), &about)?;
            kept.about = about;
        }
        self.erase(log, &shipment.gone)?;
        Ok(Answer::Taken(head, None))
    }
}

impl Contents for Directory {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let mut logs: Vec<KeptLog> = Vec::new();
        for kept in &self.logs {
            let Some(number) = self.number_of(kept.id) else { continue };
            logs.push(KeptLog { number, id: kept.id, parent: self.parent(kept), head: kept.head });
        }
        // A parent ends before what goes on from it begins.
        logs.sort_by_key(|log| log.parent.map_or(0, |(_, until)| until.position.get()));
        Ok(logs)
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        let kept = self.kept(log)?;
        let mut found = KeptRange::default();
        for range in kept.files.iter().filter(|(from, to)| *from <= last && *to >= first) {
            let Stored { shipment, gone } = kept.read(*range)?;
            for event in shipment.events {
                if (first..=last).contains(&event.position) {
                    let names = shipment.streams[event.stream as usize].clone();
                    found.events.push((ShippedEvent { stream: 0, ..event }, names));
                }
            }
            found.texts.extend(shipment.texts);
            let is_in = |absent: &Absent| absent.first <= last && absent.last >= first;
            found.absent.extend(shipment.absent.into_iter().filter(is_in));
            found.gone.extend(of_range(&gone, (first, last)));
        }
        Ok(found)
    }
}

/// Takes the lock of a folder. A process that is just being started by this one may have it for a moment.
fn take(lock: &File, folder: &Path, path: &Path) -> Result<(), Error> {
    let until = Instant::now() + LOCK_WAIT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(io("lock", path)(error)),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                return Err(Error::Held(folder.display().to_string()));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_STEP),
        }
    }
}

fn head_at(position: u64, hash: Hash) -> Head {
    Head { position: Position::new(position).unwrap_or(Position::ZERO), hash: EventHash::from_bytes(*hash) }
}
