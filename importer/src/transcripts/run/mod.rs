//! The import of one tool's files.

mod beside;
mod commits;
mod fact;
mod folders;
mod learn;
mod memory;
mod packed;
mod read;
mod recall;
mod saved;

use std::collections::{HashMap, HashSet};
use std::io;

use blake3::Hasher;
use jiff::Timestamp;
use retold_core::event::SourceFound;
use retold_core::{Log, Progress, Revision, StreamName, Unit};
use retold_transcripts::{Form, Format, Interpreter, Source, SourceRole};

use super::exclusions::{Exclusions, Scouted};
use super::file::{resume, stamp};
use super::known::KnownSource;
use super::options::Options;
use super::pieces::Pieces;
use super::report::{Failed, Report};
use super::secrets::{self, Values};
use super::session::Tracked;
use crate::Error;
pub(super) use commits::Commits;
use folders::Folders;
use learn::Lesson;
pub use memory::Memory;
use memory::{Given, Resting};
use packed::Packed;

/// Why a run ends early.
pub(super) enum Stop {
    Interrupted,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

pub(super) struct Run<'r, 'o> {
    log: &'r Log,
    commits: Commits<'r>,
    lesson: Lesson,
    format: &'r dyn Format,
    options: &'r mut Options<'o>,
    interpreter: Box<dyn Interpreter>,
    workspace: StreamName,
    revision: Revision,
    exclusions: Exclusions,
    /// Whether what looks like a secret is masked.
    masks: bool,
    scouted: Scouted,
    known: HashMap<String, KnownSource>,
    next_source: u64,
    sessions: HashMap<String, Tracked>,
    /// Those of which earlier imports told, and this one did not yet.
    resting: HashMap<String, Resting>,
    /// By the names of files, up to where their records were given to the interpreter.
    given: HashMap<String, Given>,
    /// By the names of files, up to where the log has them, where that was looked up before they are read.
    resumed: HashMap<String, (u64, Hasher)>,
    /// Where the file that is read may say what the log has from another place, whether the log had the file.
    elsewhere: Option<bool>,
    /// The names of all files that are there.
    discovered: HashSet<String>,
    folders: Folders,
    /// The sessions with events that wait to be appended.
    touched: Vec<String>,
    events: usize,
    pub(super) report: Report,
    /// Bytes of the files that were read to their end, and of all.
    bytes: u64,
    bytes_total: u64,
}

/// A source that is being read.
struct Reading {
    pieces: Pieces,
    /// All before is kept.
    resume: u64,
    /// So much was kept before.
    known_end: u64,
    /// Whether anything of it was appended.
    has_news: bool,
    /// Whether a record of it is excluded.
    is_out: bool,
    /// What is to be said of the file.
    found: Option<SourceFound>,
    file_bytes: u64,
    /// How many bytes of it were read.
    read: u64,
    stamp: Option<String>,
    read_at: Option<Timestamp>,
    /// Up to where the interpreter has it.
    given: Given,
    /// Whether the log knows it by another stamp.
    is_touched: bool,
    /// Of a compressed transcript, its records on their way to being compressed again.
    packed: Option<Packed>,
    /// What went wrong inside a callback that may only give an error of the system.
    stop: Option<Stop>,
}

impl<'r, 'o> Run<'r, 'o> {
    pub(super) fn new(
        log: &'r Log,
        commits: Commits<'r>,
        format: &'r dyn Format,
        options: &'r mut Options<'o>,
        known: Vec<KnownSource>,
        revision: Revision,
        exclusions: Exclusions,
    ) -> Self {
        let masks_secrets = exclusions.secrets().is_some();
        let next_source = known.iter().map(|source| source.number).max().unwrap_or(0) + 1;
        Self {
            interpreter: format.interpreter(options.places),
            workspace: StreamName::workspace(format.tool().word()),
            log,
            commits,
            lesson: Lesson::of(log),
            format,
            options,
            revision,
            masks: masks_secrets,
            exclusions,
            scouted: Scouted::default(),
            known: known.into_iter().map(|source| (source.name.clone(), source)).collect(),
            next_source,
            sessions: HashMap::new(),
            resting: HashMap::new(),
            given: HashMap::new(),
            resumed: HashMap::new(),
            elsewhere: None,
            discovered: HashSet::new(),
            folders: Folders::default(),
            touched: Vec::new(),
            events: 0,
            report: Report { masks_secrets, ..Report::default() },
            bytes: 0,
            bytes_total: 0,
        }
    }

    pub(super) fn all(&mut self) -> Result<(), Stop> {
        let mut failed = Vec::new();
        let mut sources = self.format.discover(self.options.places, &mut |path, error| {
            failed.push(Failed { path, reason: error.to_string() });
        });
        failed.retain(|failed| !self.exclusions.has_path(&failed.path));
        sources.retain(|source| !self.exclusions.has_path(&source.path));
        self.report.failed = failed;
        self.report.sources = sources.len() as u64;
        self.discovered = sources.iter().map(|source| source.name.clone()).collect();
        let stamps: Vec<Option<String>> = sources.iter().map(stamp).collect();
        let is_changed = |(source, stamp): (&Source, &Option<String>)| {
            stamp.is_none() || self.known_as(source).is_none_or(|known| known.stamp != *stamp)
        };
        let changed: Vec<bool> = sources.iter().zip(&stamps).map(is_changed).collect();
        if changed.iter().all(|changed| !changed) {
            return Ok(());
        }
        let to_read = self.recall(&sources, &stamps, &changed)?;
        let (to_read, mut is_whole) = (to_read.filter(|to_read| self.is_surveyed(&sources, to_read)), false);
        // What a record means may depend on the tool's other files: where that is not remembered, all of them are read.
        let to_read = to_read.unwrap_or_else(|| {
            self.forget();
            self.scouted = Scouted::look(&self.exclusions, self.format, self.options.places, &sources);
            self.report.excluded = self.scouted.sessions();
            is_whole = true;
            (0..sources.len()).collect()
        });
        let bytes = |at: &usize| std::fs::metadata(&sources[*at].path).map_or(0, |metadata| metadata.len());
        self.bytes_total = to_read.iter().map(bytes).sum();
        let is_transcript = |at: &usize| sources[*at].role == SourceRole::Transcript;
        let (transcripts, beside): (Vec<usize>, Vec<usize>) = to_read.into_iter().partition(is_transcript);
        for at in beside {
            self.source(&sources[at], changed[at], false)?;
        }
        if is_whole {
            self.is_surveyed(&sources, &transcripts);
        }
        let last = transcripts.iter().copied().rfind(|at| changed[*at]);
        let mut held = None;
        for at in transcripts {
            let reading = self.source(&sources[at], changed[at], Some(at) == last)?;
            held = held.or(reading);
        }
        self.settle(held)?;
        self.end()?;
        Ok(self.remember(&sources)?)
    }

    /// Takes a first look at the records of transcripts; returns whether what was read before means what it meant.
    fn is_surveyed(&mut self, sources: &[Source], to_read: &[usize]) -> bool {
        let sources = to_read.iter().map(|at| &sources[*at]);
        for source in sources.filter(|source| source.role == SourceRole::Transcript) {
            self.survey(source);
        }
        !self.interpreter.is_outdated()
    }

    /// Says what follows of each session from all files together. The commit tells of the last file that it was read: where a run is
    /// ended before, that file is read again.
    fn settle(&mut self, held: Option<Reading>) -> Result<(), Stop> {
        let read_at = held.as_ref().and_then(|reading| reading.read_at);
        // Facts were told of each of these; of others something else follows by now. In one order, so that the same files come to the
        // same log.
        let follows = |(id, resting): (&String, &Resting)| {
            (saved::look(&self.interpreter.settled(id)) != resting.settled).then(|| id.clone())
        };
        let mut ids: Vec<String> = self.resting.iter().filter_map(follows).collect();
        for id in &ids {
            self.track(id)?;
        }
        ids.extend(self.sessions.keys().cloned());
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let mut settled = self.interpreter.settled(&id);
            if self.masks {
                let values = &mut Values::default();
                settled.also.iter_mut().for_each(|(_, value)| secrets::mask_value(value, values));
            }
            if let Some(tracked) = self.sessions.get_mut(&id) {
                tracked.settle(settled, read_at);
                if !tracked.pending.is_empty() {
                    self.touched.push(id);
                }
            }
            if self.touched.len() >= commits::EVENTS {
                self.flush(None)?;
            }
        }
        match held {
            Some(mut reading) => {
                reading.pieces.touch();
                self.flush(Some(&mut reading))
            }
            None => self.flush(None),
        }
    }

    /// Reads a source; what cannot be read is reported. Returns the reading where the last of it is still to be said.
    fn source(&mut self, source: &Source, is_changed: bool, is_held: bool) -> Result<Option<Reading>, Stop> {
        self.go(0)?;
        let fail = |report: &mut Report, error: &io::Error| {
            report.failed.push(Failed { path: source.path.clone(), reason: error.to_string() });
        };
        let mut reading = match self.begin(source, is_changed) {
            Ok(reading) => reading,
            Err(error) => {
                fail(&mut self.report, &error);
                return Ok(None);
            }
        };
        if self.scouted.is_whole(source) {
            return self.excluded(reading, is_changed).map(|()| None);
        }
        self.report.read += u64::from(is_changed);
        let outcome = match source.role {
            SourceRole::Companion => self.companion(source, &mut reading, is_changed),
            SourceRole::Transcript => self.transcript(source, &mut reading, is_changed),
        };
        if let Some(stop) = reading.stop.take() {
            return Err(stop);
        }
        let is_read = outcome.is_ok();
        if let Err(error) = outcome {
            fail(&mut self.report, &error);
            // What was read is good; the rest is read another time, and what was kept before stays.
            reading.stamp = None;
        }
        // It is shorter than it was, and nothing of it is new; or all of it was said before it was known to be the end.
        let is_touched = reading.is_touched && reading.stamp.is_some();
        let is_to_say = reading.resume < reading.known_end || ((reading.has_news || is_touched) && !is_held);
        if is_changed && is_read && reading.pieces.is_empty() && is_to_say {
            reading.pieces.touch();
        }
        self.bytes += reading.file_bytes;
        if is_read {
            let given = Given { stamp: reading.stamp.clone(), ..std::mem::take(&mut reading.given) };
            self.given.insert(source.name.clone(), given);
        }
        let stamp = if is_held { reading.stamp.take() } else { None };
        let has_news = !reading.pieces.is_empty() || reading.has_news || is_touched;
        self.flush(Some(&mut reading))?;
        reading.stamp = stamp;
        Ok((is_held && has_news).then_some(reading))
    }

    /// Returns what the log has of a source: under its name, or under the one that it has where all of it is excluded.
    fn known_as(&self, source: &Source) -> Option<&KnownSource> {
        let known = self.known.get(&source.name);
        match self.exclusions.is_empty() {
            true => known,
            false => known.or_else(|| self.known.get(&self.exclusions.name_of(&source.name))),
        }
    }

    /// Looks up to where the log has a source. One that did not change is interpreted, and nothing of it is new.
    fn begin(&mut self, source: &Source, is_changed: bool) -> io::Result<Reading> {
        let metadata = std::fs::metadata(&source.path)?;
        let stamp = stamp(source);
        let is_whole = self.scouted.is_whole(source);
        let known = match is_whole {
            true => self.known_as(source),
            false => self.known.get(&source.name),
        };
        let known = known.cloned().unwrap_or_default();
        let number = if known.number > 0 { known.number } else { self.next_source };
        let found = (known.number == 0).then(|| SourceFound {
            source: number,
            name: if is_whole { self.exclusions.name_of(&source.name) } else { source.name.clone() },
            form: source.form.word().to_owned(),
            role: source.role.word().to_owned(),
        });
        if known.number == 0 {
            self.next_source += 1;
        }
        let is_of_one = source.role == SourceRole::Transcript && source.form == Form::Lines;
        let (resume, hasher) = match is_changed {
            // What the log has of it stays.
            true if is_whole => (known.end().map_or(0, |(end, _)| end), Hasher::new()),
            true => match self.resumed.remove(&source.name) {
                Some(resumed) => resumed,
                None => resume(self.format, source, &known)?,
            },
            false => (0, Hasher::new()),
        };
        // The end of a line that was being written is read again.
        let kept =
            known.pieces.iter().rfind(|piece| !piece.is_tail).map_or(0, |last| last.offset + last.length);
        let is_elsewhere = is_changed && source.role == SourceRole::Transcript && resume < kept.max(1);
        self.elsewhere = is_elsewhere.then_some(kept > 0);
        Ok(Reading {
            pieces: Pieces::at(number, resume, hasher, is_of_one),
            resume,
            known_end: known.end().map_or(0, |(end, _)| end),
            has_news: false,
            is_out: false,
            found,
            file_bytes: metadata.len(),
            read: 0,
            given: Given::default(),
            is_touched: is_changed && known.number > 0 && known.stamp != stamp,
            stamp,
            read_at: metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()),
            packed: None,
            stop: None,
        })
    }

    /// Tells how far the run is, with so much of the file that is read; stops it where it is to stop.
    fn go(&mut self, read: u64) -> Result<(), Stop> {
        let progress = Progress::new(Unit::Bytes, self.bytes + read, self.bytes_total);
        if (self.options.progress)(progress) { Ok(()) } else { Err(Stop::Interrupted) }
    }
}
