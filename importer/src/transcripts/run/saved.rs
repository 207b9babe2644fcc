//! What an import remembers, in a file beside the store: the next program goes on from there.
//!
//! The file is an aid only. It counts where it is whole, of this release, of this log and of these places, and where what it says of a
//! file is what the log has of it; otherwise all files are read, as they are without it. It holds ids, titles and folders. Of a log
//! of which something was redacted there is none, and none that holds what looks like a secret where secrets are masked.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use retold_core::event::Upcasters;
use retold_core::files::{Partial, Privacy};
use retold_core::{EventType, Log, NewEvent, make_sidecar_folder, sidecar_folder};
use retold_transcripts::{Format, Interpreter, Places, Settled};
use serde::{Deserialize, Serialize};

use super::memory::{Given, Remembered, Resting};
use crate::Error;
use crate::transcripts::exclusions::Exclusions;
use crate::transcripts::gathered::Gathered;
use crate::transcripts::secrets;

/// Rises with each change of what interpreters keep, or of what is kept of them.
const VERSION: u32 = 1;
/// The file is no longer.
const BYTES_MAX: u64 = 1 << 30;
/// Before its contents, their hash.
const HASH: usize = blake3::OUT_LEN;

/// What is in the file, but for the interpreter, which comes after it.
#[derive(Serialize, Deserialize)]
struct Saved {
    made_by: String,
    log: [u8; 16],
    places: [u8; 32],
    given: HashMap<String, Given>,
    sessions: Vec<SavedSession>,
}

#[derive(Serialize, Deserialize)]
struct SavedSession {
    id: String,
    gathered: Gathered,
    waiting: Vec<SavedEvent>,
    settled: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedEvent {
    kind: i64,
    body: Vec<u8>,
    occurred_at: Option<Timestamp>,
}

impl SavedEvent {
    fn of(new: &NewEvent) -> Option<Self> {
        let mut body = Vec::new();
        new.event.write_body(&mut body).ok()?;
        Some(Self { kind: new.event.event_type().number().into(), body, occurred_at: new.occurred_at })
    }

    fn event(&self) -> Option<NewEvent> {
        let kind = EventType::from_number(self.kind)?;
        let event = Upcasters::default().read(kind, kind.schema_version(), &self.body).ok()?;
        Some(NewEvent { event, occurred_at: self.occurred_at })
    }
}

fn made_by() -> String {
    format!("{} {VERSION}", env!("CARGO_PKG_VERSION"))
}

fn path(log: &Log, format: &dyn Format) -> PathBuf {
    sidecar_folder(log.path()).join(format!("import-{}@{VERSION}.state", format.tool().word()))
}

/// Tells what follows of a session from what else followed of it.
pub(super) fn look(settled: &Settled) -> u64 {
    let hash = blake3::hash(format!("{settled:?}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// Returns how often something of a log was redacted.
///
/// # Errors
/// Where the log cannot be read.
pub(super) fn redactions(log: &Log) -> Result<u64, Error> {
    let reader = log.reader()?;
    let count = reader
        .connection()
        .prepare_cached(include_str!("../../../sql/redactions.sql"))
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
        .map_err(retold_core::Error::sqlite("count what was redacted"))?;
    Ok(count.unsigned_abs())
}

/// Writes what is remembered, where it may be. That it cannot be written is nothing to speak of.
pub(super) fn save(log: &Log, format: &dyn Format, places: &Places, remembered: &Remembered) {
    let place = path(log, format);
    let Some(contents) = contents(log, places, remembered) else {
        let _gone = std::fs::remove_file(place);
        return;
    };
    let _unwritten = make_sidecar_folder(log.path()).map(|_| {
        let mut partial = Partial::file_for(&place, Privacy::Owner)?;
        partial.file().write_all(blake3::hash(&contents).as_bytes())?;
        partial.file().write_all(&contents)?;
        partial.replace()
    });
}

fn contents(log: &Log, places: &Places, remembered: &Remembered) -> Option<Vec<u8>> {
    if remembered.redactions > 0 || redactions(log).ok()? > 0 {
        return None;
    }
    let interpreter = remembered.interpreter.saved()?;
    let session = |id: &String, gathered: &Gathered, waiting: &[NewEvent], settled| {
        let waiting = waiting.iter().map(SavedEvent::of).collect::<Option<_>>()?;
        Some(SavedSession { id: id.clone(), gathered: gathered.clone(), waiting, settled })
    };
    let in_memory = remembered.sessions.iter().map(|(id, tracked)| {
        session(id, &tracked.gathered, tracked.waiting(), look(&remembered.interpreter.settled(id)))
    });
    let resting = remembered
        .resting
        .iter()
        .map(|(id, resting)| session(id, &resting.gathered, &resting.waiting, resting.settled));
    let saved = Saved {
        made_by: made_by(),
        log: *log.id().as_bytes(),
        places: places.fingerprint(),
        given: remembered.given.clone(),
        sessions: in_memory.chain(resting).collect::<Option<_>>()?,
    };
    let head = rmp_serde::to_vec(&saved).ok()?;
    let mut contents = (head.len() as u64).to_le_bytes().to_vec();
    contents.extend_from_slice(&head);
    contents.extend_from_slice(&interpreter);
    let masks = Exclusions::read(log).ok()?.secrets().is_some();
    (!masks || secrets::find(&contents).is_empty()).then_some(contents)
}

/// Returns what an earlier program remembered; nothing where there is none that counts.
pub(super) fn load(log: &Log, format: &dyn Format, places: &Places) -> Option<Remembered> {
    let file = std::fs::File::open(path(log, format)).ok()?;
    if file.metadata().ok()?.len() > BYTES_MAX {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let (hash, contents) = bytes.split_at_checked(HASH)?;
    if blake3::hash(contents).as_bytes() != hash {
        return None;
    }
    let (length, contents) = contents.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (head, interpreter) = contents.split_at_checked(length)?;
    let saved: Saved = rmp_serde::from_slice(head).ok()?;
    let is_of_this = saved.made_by == made_by()
        && saved.log == *log.id().as_bytes()
        && saved.places == places.fingerprint();
    if !is_of_this {
        return None;
    }
    let resting = saved.sessions.into_iter().map(|session| {
        let waiting = session.waiting.iter().map(SavedEvent::event).collect::<Option<_>>()?;
        Some((session.id, Resting { gathered: session.gathered, waiting, settled: session.settled }))
    });
    let interpreter: Box<dyn Interpreter> = format.restored(interpreter)?;
    Some(Remembered {
        interpreter,
        sessions: HashMap::new(),
        resting: resting.collect::<Option<_>>()?,
        given: saved.given,
        redactions: 0,
    })
}
