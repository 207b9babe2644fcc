//! The file at hand: what was read of it, and whether it is still what was read.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::time::{Duration, SystemTime};

use retold_core::Digest;

use super::super::follow::UNFINISHED_MAX;
use super::super::import_records::RecordKey;
use super::super::read::{self, Whole};
use super::super::sources::Source;
use crate::Error;

/// A file that was written so shortly before it was read may be written again without a newer time stamp.
const STAMP_RESOLUTION: Duration = Duration::from_secs(2);

/// The file at hand.
pub(super) struct Open<'s> {
    pub(super) source: &'s Source,
    /// Its path, as records name it.
    pub(super) name: String,
    pub(super) hash: Digest,
    /// Which top-level array the last session was in, and how often each id came in it.
    pub(super) array: u32,
    pub(super) seen: HashMap<String, u32>,
    /// The highest ordinal that a session of this id was sent to the log with.
    pub(super) sent: HashMap<String, u32>,
    /// The bytes where they are not the file's own.
    pub(super) bytes: Option<&'s [u8]>,
    /// Whether the log knows nothing of the file nor of its workspace: every session is new.
    pub(super) is_new: bool,
    /// The file's sessions, in order.
    pub(super) entries: Vec<Entry>,
    /// The hashes of the pieces that could not be read.
    pub(super) damaged: HashSet<[u8; 32]>,
    /// Whether something of the file is missing or could not be read.
    pub(super) is_torn: bool,
    /// Whether the log's own mirror wrote the file: it says nothing that the log has not said.
    pub(super) is_own: bool,
    /// Whether the system failed to give all of it.
    pub(super) is_cut: bool,
    /// Whether the file has changed since it was opened, and another importer was here with a newer version.
    pub(super) is_outdated: bool,
    /// As it was when it was opened.
    stamp: Option<Stamp>,
    opened_at: SystemTime,
}

/// A session of the file at hand.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) session_id: String,
    pub(super) nth: u32,
    pub(super) array: u32,
    pub(super) digest: [u8; 32],
    pub(super) offset: u64,
    pub(super) length: u64,
    /// Its ordinal and place, once they are known.
    pub(super) at: Option<(u32, f64)>,
    /// The digest that its record had when it was read last.
    pub(super) before: Option<[u8; 32]>,
    /// Whether its record is as it should be; otherwise it is kept at the end of the file.
    pub(super) is_recorded: bool,
    /// Whether it was put into the quarantine.
    pub(super) is_set_aside: bool,
    /// What became of it, once that is known.
    pub(super) fate: Option<Fate>,
    /// How often another program was faster.
    pub(super) conflicts: u32,
}

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Unchanged,
    Updated,
    Imported,
}

/// By what a change of a file is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device, number and change time, where the system has them.
    identity: (u64, u64, i64, i64),
}

impl<'s> Open<'s> {
    /// Opens a file and hashes it.
    pub(super) fn file(source: &'s Source) -> io::Result<Self> {
        let opened_at = SystemTime::now();
        let stamp = Stamp::of(&source.path)?;
        let mut open = Self::new(source, source.path.to_string_lossy().into_owned(), hash(source)?);
        (open.stamp, open.opened_at) = (Some(stamp), opened_at);
        Ok(open)
    }

    /// Opens a text that is not a file's own, by the name that its records have.
    pub(super) fn text(source: &'s Source, name: String, bytes: &'s [u8]) -> Self {
        let mut open = Self::new(source, name, Digest(*blake3::hash(bytes).as_bytes()));
        open.bytes = Some(bytes);
        open
    }

    fn new(source: &'s Source, name: String, hash: Digest) -> Self {
        Self {
            source,
            name,
            hash,
            array: 0,
            seen: HashMap::new(),
            sent: HashMap::new(),
            bytes: None,
            is_new: false,
            entries: Vec::new(),
            damaged: HashSet::new(),
            is_torn: false,
            is_own: false,
            is_cut: false,
            is_outdated: false,
            stamp: None,
            opened_at: SystemTime::UNIX_EPOCH,
        }
    }

    /// Returns a stretch of the file, read once more: sessions are not kept as text.
    pub(super) fn raw(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        self.read(offset, length).map_err(Error::io("read again", &self.source.path))
    }

    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut raw = Vec::new();
        match self.bytes {
            Some(mut bytes) => {
                bytes = bytes.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
                bytes.take(length).read_to_end(&mut raw)?;
            }
            None => {
                let mut file = File::open(&self.source.path)?;
                file.seek(SeekFrom::Start(offset))?;
                file.take(length).read_to_end(&mut raw)?;
            }
        }
        Ok(raw)
    }

    /// Reads a session once more; `None` where the file has changed there.
    pub(super) fn again(&self, entry: usize) -> Option<Whole> {
        let Entry { offset, length, digest, array, .. } = self.entries[entry];
        let raw = self.read(offset, length).ok().filter(|raw| *blake3::hash(raw).as_bytes() == digest)?;
        Some(Whole { session: read::parse(&raw).ok()?, offset, length, array, digest })
    }

    /// Returns whether the file still has the session where it was read. A file that is gone has no newer one.
    ///
    /// Asked after the log's state was read, it orders importers of a file that is being written: what the log has of
    /// the file by then is no newer than what was read here.
    pub(super) fn still_has(&self, whole: &Whole) -> bool {
        match self.read(whole.offset, whole.length) {
            Ok(raw) => *blake3::hash(&raw).as_bytes() == whole.digest,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    /// Returns whether the file's stamp is what it was when it was opened.
    pub(super) fn has_same_stamp(&self) -> bool {
        let Some(stamp) = self.stamp else { return true };
        match Stamp::of(&self.source.path) {
            Ok(now) => now == stamp,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    /// Returns whether another program may be writing the file just now.
    pub(super) fn is_being_written(&self) -> bool {
        let modified = self.stamp.and_then(|stamp| stamp.modified);
        let age = modified.and_then(|modified| self.opened_at.duration_since(modified).ok());
        self.source.is_followed && age.unwrap_or_default() < UNFINISHED_MAX
    }

    /// Returns whether the whole file is still what was read: by its stamp, and by its bytes where a stamp cannot tell.
    pub(super) fn is_current(&self) -> bool {
        let Some(stamp) = self.stamp else { return true };
        let is_settled = stamp
            .modified
            .and_then(|modified| self.opened_at.duration_since(modified).ok())
            .is_some_and(|age| age >= STAMP_RESOLUTION);
        if is_settled && self.has_same_stamp() {
            return true;
        }
        match hash(self.source) {
            Ok(now) => now == self.hash,
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }

    /// What records call the array at hand: the texts of a second array are another copy.
    pub(super) fn record_key(&self, entry: usize) -> RecordKey {
        let Entry { array, session_id, nth, .. } = &self.entries[entry];
        let source = if *array == 0 { self.name.clone() } else { format!("{}#{array}", self.name) };
        RecordKey { source, session_id: session_id.clone(), nth: *nth }
    }
}

impl Stamp {
    fn of(path: &std::path::Path) -> io::Result<Self> {
        let about = fs::metadata(path)?;
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (about.dev(), about.ino(), about.ctime(), about.ctime_nsec())
        };
        #[cfg(not(unix))]
        let identity = (0, 0, 0, 0);
        Ok(Self { bytes: about.len(), modified: about.modified().ok(), identity })
    }
}

fn hash(source: &Source) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(&source.path)?)?;
    Ok(Digest(*hasher.finalize().as_bytes()))
}
