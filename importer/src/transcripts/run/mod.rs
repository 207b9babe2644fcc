//! The import of one tool's files.

mod commits;
mod fact;
mod folders;
mod learn;
mod memory;
mod packed;
mod read;

use std::collections::HashMap;
use std::io;

use blake3::Hasher;
use jiff::Timestamp;
use retold_core::event::SourceFound;
use retold_core::{Log, Revision, StreamName};
use retold_transcripts::{Form, Format, Interpreter, Source, SourceRole};

use super::exclusions::{Exclusions, Scouted};
use super::file::{resume, stamp};
use super::known::KnownSource;
use super::pieces::Pieces;
use super::report::{Failed, Report};
use super::secrets::{self, Values};
use super::session::Tracked;
use super::{Options, Progress};
use crate::Error;
pub(super) use commits::Commits;
use folders::Folders;
use learn::Lesson;
pub use memory::Memory;
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
    /// By the names of files, up to where their records were given to the interpreter.
    given: HashMap<String, u64>,
    /// By the names of files, up to where the log has them, where that was looked up before they are read.
    resumed: HashMap<String, (u64, Hasher)>,
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
            given: HashMap::new(),
            resumed: HashMap::new(),
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
        let mut changed = Vec::with_capacity(sources.len());
        for source in &sources {
            let stamp = stamp(source);
            let is_same = stamp.is_some() && self.known_as(source).is_some_and(|known| known.stamp == stamp);
            self.bytes_total += std::fs::metadata(&source.path).map_or(0, |metadata| metadata.len());
            changed.push(!is_same);
        }
        if changed.iter().all(|changed| !changed) {
            return Ok(());
        }
        let goes_on = self.recall(&sources, &changed);
        if goes_on {
            // The others were read before, and have not changed since.
            let mut is_changed = changed.iter();
            sources.retain(|_| is_changed.next().is_some_and(|changed| *changed));
            changed = vec![true; sources.len()];
        } else {
            self.scouted = Scouted::look(&self.exclusions, self.format, self.options.places, &sources);
            self.report.excluded = self.scouted.sessions();
        }
        // What a record means may depend on the tool's other files: all are read, those that did not change too.
        for (source, changed) in sources.iter().zip(&changed) {
            if source.role == SourceRole::Companion {
                self.source(source, *changed, false)?;
            }
        }
        for source in sources.iter().filter(|source| source.role == SourceRole::Transcript) {
            self.survey(source);
        }
        let is_transcript = |source: &Source| source.role == SourceRole::Transcript;
        let last = (0..sources.len()).rev().find(|at| changed[*at] && is_transcript(&sources[*at]));
        let mut held = None;
        for (at, (source, changed)) in sources.iter().zip(&changed).enumerate() {
            if is_transcript(source) {
                let reading = self.source(source, *changed, Some(at) == last)?;
                held = held.or(reading);
            }
        }
        self.settle(held)?;
        self.end()?;
        self.remember();
        Ok(())
    }

    /// Says what follows of each session from all files together. The commit tells of the last file that it was read: where a run is
    /// ended before, that file is read again.
    fn settle(&mut self, held: Option<Reading>) -> Result<(), Stop> {
        let read_at = held.as_ref().and_then(|reading| reading.read_at);
        // Facts were told of each of them. In one order, so that the same files come to the same log.
        let mut ids: Vec<String> = self.sessions.keys().cloned().collect();
        ids.sort_unstable();
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
        let is_to_say = reading.resume < reading.known_end || (reading.has_news && !is_held);
        if is_changed && is_read && reading.pieces.is_empty() && is_to_say {
            reading.pieces.touch();
        }
        self.bytes += reading.file_bytes;
        let stamp = if is_held { reading.stamp.take() } else { None };
        let has_news = !reading.pieces.is_empty() || reading.has_news;
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
        Ok(Reading {
            pieces: Pieces::at(number, resume, hasher, is_of_one),
            resume,
            known_end: known.end().map_or(0, |(end, _)| end),
            has_news: false,
            is_out: false,
            found,
            file_bytes: metadata.len(),
            read: 0,
            stamp,
            read_at: metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()),
            packed: None,
            stop: None,
        })
    }

    /// Tells how far the run is, with so much of the file that is read; stops it where it is to stop.
    fn go(&mut self, read: u64) -> Result<(), Stop> {
        let progress = Progress { bytes: self.bytes + read, bytes_total: self.bytes_total };
        if (self.options.progress)(progress) { Ok(()) } else { Err(Stop::Interrupted) }
    }
}
