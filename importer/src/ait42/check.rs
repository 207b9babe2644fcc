//! The log's sessions, compared with the legacy files.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;

use retold_core::happening::Moment;
use retold_core::{
    Erasure, Head, Log, Message, OnProgress, Position, Progress, Reader, Session, StreamName, Unit,
};
use serde::Serialize;
use serde_json::Value;

use super::export::{Placed, files};
use super::lacking::id_of;
use super::read::{self, Budget, Found, Whole};
use super::report::{Quarantined, Skipped};
use super::sources::{Source, Sources};
use crate::Error;
use crate::quarantine::Quarantine;

/// How the log's sessions compare with the legacy files.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Check {
    /// Files read.
    pub files: u64,
    /// Sessions, in the log or in a file.
    pub total: u64,
    /// Those that are the same here and there.
    pub consistent: u64,
    /// Those that differ.
    pub inconsistent: Vec<Difference>,
    /// Those that differ in nothing but what was pruned here.
    pub pruned: Vec<Named>,
    /// Those that no file has.
    pub only_here: Vec<Named>,
    /// Those that the log does not have.
    pub only_there: Vec<Named>,
    /// Pieces of a file that cannot be read and are not in the quarantine either.
    pub unreadable: Vec<Quarantined>,
    /// Pieces of a file that the store has in its quarantine and nowhere else.
    pub quarantined: Vec<Quarantined>,
    /// Files and folders that were not read, or not to their end.
    pub skipped: Vec<Skipped>,
    /// Files whose sessions are in another order than the log's.
    pub out_of_order: Vec<String>,
    /// What was odd about what was found, in words.
    pub warnings: Vec<String>,
}

impl Check {
    /// Returns whether all that was compared is the same here and there; more may be in the quarantine, or was skipped.
    pub fn is_consistent(&self) -> bool {
        self.is_kept() && self.only_here.is_empty()
    }

    /// Returns whether something of the files could not be compared, since it was skipped or is only in the quarantine.
    pub fn is_partial(&self) -> bool {
        !self.quarantined.is_empty() || !self.skipped.is_empty()
    }

    /// Returns whether the log, or its quarantine, has all that the files have that were read; it may have more.
    pub fn is_kept(&self) -> bool {
        let Self { inconsistent, pruned, only_there, unreadable, out_of_order, .. } = self;
        inconsistent.is_empty()
            && pruned.is_empty()
            && only_there.is_empty()
            && unreadable.is_empty()
            && out_of_order.is_empty()
    }
}

/// A session that is not the same here and there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The session.
    #[serde(flatten)]
    pub session: Named,
    /// Where they differ, as paths into the document; of a list's end that one side lacks, the first place.
    pub keys: Vec<String>,
    /// The numbers of its instances by their places: of those that are here, then of those that are only there.
    #[serde(skip)]
    pub instances: Vec<u32>,
}

/// A session and the file that it is in, or would be in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The file's name, less its ending.
    pub file: String,
    /// The session's id.
    pub id: String,
    /// Which of its id in the file, from 1.
    pub nth: u32,
}

/// Holds every session of the log, as of its head, against the live file of its workspace among `sources`; returns that
/// head too. Nothing is written. Copies that were set aside are history, not the present: they are passed over.
///
/// A file that cannot be read is named, and the others are compared.
///
/// Memory holds one session of each side and the names of all. `progress` gets the bytes that were read.
///
/// # Errors
/// [`Error::Log`] where the log cannot be read, or where `progress` said to stop.
pub fn check(log: &Log, sources: &Sources, progress: impl OnProgress) -> Result<(Check, Head), Error> {
    let mut reader = log.reader()?;
    reader.begin()?;
    let head = reader.head()?;
    let (mut here, _) = files(log, Moment::Recorded(head.position))?;
    let quarantine = Quarantine::read(&reader)?;
    let (warnings, skipped) = (sources.warnings.clone(), sources.skipped.clone());
    let mut check = Check { warnings, skipped, ..Check::default() };
    let (mut bytes, total) = (0, sources.bytes());
    for source in live(sources).into_values() {
        let placed = here.remove(&source.home).unwrap_or_default();
        let mut file = Checked::new(source, placed, head.position, &quarantine);
        let advance = |offset| progress.advance("check", Progress::new(Unit::Bytes, bytes + offset, total));
        match file.read(&mut reader, &mut check, &advance) {
            // The rest of it may hold what the log has: nothing is said of that.
            Err(Error::Io { source, path, .. }) => check.skipped.push(Skipped::failed(&path, &source)),
            read => {
                read?;
                file.end(&mut check);
            }
        }
        bytes += source.bytes;
    }
    for (file, placed) in here {
        let mut seen = HashMap::new();
        check.total += placed.len() as u64;
        check
            .only_here
            .extend(placed.into_iter().map(|placed| named(&file, placed.name.session_id, &mut seen)));
    }
    Ok((check, head))
}

/// Returns the file of each name that is read and written today.
pub(super) fn live(sources: &Sources) -> BTreeMap<&str, &Source> {
    // The live one is the last of its name.
    let live = sources.files.iter().filter(|source| !source.set_aside);
    live.map(|source| (source.home.as_str(), source)).collect()
}

fn named(file: &str, id: String, seen: &mut HashMap<String, u32>) -> Named {
    let nth = *seen.entry(id.clone()).and_modify(|nth| *nth += 1).or_insert(1);
    Named { file: file.to_owned(), id, nth }
}

/// A file that is being compared with the log.
struct Checked<'a> {
    source: &'a Source,
    quarantine: &'a Quarantine,
    at: Position,
    /// The log's sessions by their ids, in order, each with its place.
    here: HashMap<String, VecDeque<(usize, Placed)>>,
    seen: HashMap<String, u32>,
    /// The place of the last session that was found.
    last: Option<usize>,
    is_out_of_order: bool,
}

impl<'a> Checked<'a> {
    fn new(source: &'a Source, placed: Vec<Placed>, at: Position, quarantine: &'a Quarantine) -> Self {
        let mut here: HashMap<String, VecDeque<_>> = HashMap::new();
        for (index, placed) in placed.into_iter().enumerate() {
            here.entry(placed.name.session_id.clone()).or_default().push_back((index, placed));
        }
        Self { source, quarantine, at, here, seen: HashMap::new(), last: None, is_out_of_order: false }
    }

    fn read(
        &mut self,
        reader: &mut Reader<'_>,
        check: &mut Check,
        advance: &dyn Fn(u64) -> Result<(), retold_core::Error>,
    ) -> Result<(), Error> {
        let io = Error::io("check", &self.source.path);
        let file = File::open(&self.source.path).map_err(&io)?;
        check.files += 1;
        let budget = Budget::default();
        std::thread::scope(|scope| {
            let found = read::read(scope, file, &budget);
            let outcome = found.iter().try_for_each(|found| match found {
                Found::Failed(error) => Err(io(error)),
                Found::Unclosed | Found::Nul { .. } => Ok(()),
                Found::Unreadable { offset, raw, reason, .. } => {
                    self.unreadable(check, offset, &raw, reason);
                    Ok(())
                }
                Found::Session(whole) => {
                    advance(whole.offset)?;
                    let compared = match whole.array {
                        0 => self.session(reader, check, &whole),
                        // Another copy of the list, which the next write of the old history would drop.
                        _ => Ok(()),
                    };
                    budget.give_back(whole.length);
                    compared
                }
            });
            drop(found);
            budget.release();
            outcome
        })
    }

    fn session(&mut self, reader: &mut Reader<'_>, check: &mut Check, whole: &Whole) -> Result<(), Error> {
        let there = &whole.session;
        check.total += 1;
        let named = named(&self.source.home, there.id.clone(), &mut self.seen);
        let Some((index, placed)) = self.here.get_mut(&there.id).and_then(VecDeque::pop_front) else {
            match self.quarantine.is_open(&whole.digest) {
                Some(true) => check.quarantined.push(Quarantined {
                    file: self.source.path.to_string_lossy().into_owned(),
                    offset: whole.offset,
                    length: whole.length,
                    reason: format!("{}: the log could not take it", there.id),
                }),
                _ => check.only_there.push(named),
            }
            return Ok(());
        };
        self.is_out_of_order |= self.last.is_some_and(|last| last > index);
        self.last = Some(index);
        let mut here = reader.state(placed.stream, self.at)?.ok_or_else(|| gone(&placed.name))?.session;
        reader.resolve(&mut here)?;
        if here == *there {
            check.consistent += 1;
        } else if reader.is_pruned(placed.stream)? && unsaid(&here) == unsaid(there) {
            check.pruned.push(named);
        } else {
            let only_there = there.instances.iter().skip(here.instances.len());
            let instances = here.instances.iter().chain(only_there).map(|one| one.instance_id).collect();
            check.inconsistent.push(Difference { session: named, keys: keys(&here, there), instances });
        }
        Ok(())
    }

    /// What cannot be read may be in the quarantine, and may be dealt with there.
    fn unreadable(&self, check: &mut Check, offset: u64, raw: &[u8], reason: String) {
        let pieces = match self.quarantine.is_open(blake3::hash(raw).as_bytes()) {
            Some(false) => return,
            Some(true) => &mut check.quarantined,
            None => &mut check.unreadable,
        };
        let (file, length) = (self.source.path.to_string_lossy().into_owned(), raw.len() as u64);
        let reason = match id_of(raw) {
            id if id.is_empty() => reason,
            id => format!("{id}: {reason}"),
        };
        pieces.push(Quarantined { file, offset, length, reason });
    }

    fn end(self, check: &mut Check) {
        if self.is_out_of_order {
            check.out_of_order.push(self.source.home.clone());
        }
        let mut left: Vec<(usize, Placed)> = self.here.into_values().flatten().collect();
        left.sort_by_key(|(index, _)| *index);
        let mut seen = self.seen;
        for (_, placed) in left {
            check.total += 1;
            check.only_here.push(named(&self.source.home, placed.name.session_id, &mut seen));
        }
    }
}

/// Returns a session without what is said and written in it: what no pruning touches.
fn unsaid(session: &Session) -> Session {
    let mut session = session.clone();
    session.instances.iter_mut().for_each(|instance| instance.output = None);
    let nothing = Message::erased(Erasure::Pruned);
    session.chat_history.iter_mut().for_each(|message| message.clone_from(&nothing));
    session
}

fn gone(name: &StreamName) -> retold_core::Error {
    retold_core::Error::Damaged { act: "check a session", found: format!("{name} without its events") }
}

/// The most paths that are named of one session.
const KEYS_MAX: usize = 20;

/// Returns where two sessions differ.
fn keys(here: &Session, there: &Session) -> Vec<String> {
    let value = |session| serde_json::to_value(session).unwrap_or_default();
    let mut keys = Vec::new();
    compare(&value(here), &value(there), String::new(), &mut keys);
    if keys.is_empty() {
        // The texts of unknown keys differ where their values do not: `1.0` and `1.00`.
        keys.push("the spelling of an unknown key's value".to_owned());
    }
    keys
}

fn compare(here: &Value, there: &Value, path: String, keys: &mut Vec<String>) {
    if here == there || keys.len() >= KEYS_MAX {
        return;
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    match (here, there) {
        (Value::Object(here), Value::Object(there)) => {
            let only_there = there.keys().filter(|key| !here.contains_key(*key));
            for key in here.keys().chain(only_there) {
                let [here, there] = [here, there].map(|object| object.get(key).unwrap_or(&Value::Null));
                compare(here, there, below(key), keys);
            }
        }
        (Value::Array(here), Value::Array(there)) => {
            for (index, (here, there)) in here.iter().zip(there).enumerate() {
                compare(here, there, below(&index.to_string()), keys);
            }
            if here.len() != there.len() && keys.len() < KEYS_MAX {
                keys.push(below(&here.len().min(there.len()).to_string()));
            }
        }
        _ => keys.push(path),
    }
}
