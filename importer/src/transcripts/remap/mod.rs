//! The kept records mapped again, by what this release knows of them, and the difference appended.
//!
//! Nothing is read but the log. The records go to the tool's interpreter as an import gives them, and what comes of them is compared,
//! item by item, with what the log says: a message by its id, a call by its own, usage by its key. What differs is corrected by a
//! [`MappingCorrected`](retold_core::event::MappingCorrected) and the events after it. So a mapping that is the same appends nothing,
//! whatever version it calls itself: no event need say by which mapping it was made.
//!
//! What cannot be compared soundly is left as it is, and counted: sessions of which a body is erased, or of whose files
//! bytes are, and those that are linked with them; and sessions that somebody else than an import has changed. Where the
//! log says that secrets are masked, sessions are left too of which a secret would be appended.

mod correct;
mod fields;
mod kept;
mod ledger;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use retold_core::{
    Commit, Error as LogError, Expected, Log, Meta, NewEvent, OnProgress, Origin, Progress, Revision,
    StreamName, Unit, time,
};
use retold_transcripts::{Fact, Format, Interpreter, Places, SourceRole, Span};

use self::correct::Difference;
use self::kept::KeptSource;
use self::ledger::Ledger;
use super::TRIES;
use super::exclusions::Exclusions;
use super::file::SMALL;
use super::repeats::News;
use super::secrets::{self, Values};
use super::session::Tracked;
use crate::Error;

/// A commit has about so many events.
const EVENTS: usize = 400;

/// How to map the kept records again.
pub struct RemapOptions<'a> {
    /// Where the person's files are: names of files are below the home folder.
    pub places: &'a Places,
    /// Is told the bytes mapped, with every file and every session.
    pub progress: &'a dyn OnProgress,
    /// Compares and reports, and writes nothing.
    pub dry_run: bool,
}

impl std::fmt::Debug for RemapOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemapOptions").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}

/// What mapping a tool's kept records again did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remapped {
    /// Files that the log keeps.
    pub sources: u64,
    /// Sessions that were compared.
    pub sessions: u64,
    /// Sessions that were corrected.
    pub corrected: u64,
    /// Sessions that the log lacked.
    pub sessions_new: u64,
    /// Events that were appended.
    pub events: u64,
    /// Sessions that were left as they are, for something of them is erased.
    pub erased: u64,
    /// Sessions that were left as they are, for somebody else than an import changed them.
    pub changed: u64,
    /// Sessions that were left as they are, for a secret would have been appended, and secrets are masked.
    pub masked: u64,
    /// Whether somebody said to stop before the end.
    pub is_interrupted: bool,
}

/// Maps a tool's kept records again, and appends what the log says otherwise. Twice in a row appends nothing. O(what is kept of the
/// tool's files); memory: the longest record a few times over, of each session a hash of each thing that it says, and the texts
/// that differ.
///
/// # Errors
/// What the log says. What was committed before is whole.
pub fn remap(log: &Log, format: &dyn Format, options: &mut RemapOptions<'_>) -> Result<Remapped, Error> {
    let mut done = Remapped::default();
    for _ in 0..TRIES {
        let mut run = Run::new(log, format, options)?;
        let outcome = run.all();
        let report = run.report;
        let so_far = |report: Remapped| Remapped {
            corrected: done.corrected + report.corrected,
            sessions_new: done.sessions_new + report.sessions_new,
            events: done.events + report.events,
            ..report
        };
        match outcome {
            Ok(()) => return Ok(so_far(report)),
            // Somebody else appended to a session: what the log says now decides.
            Err(Error::Log(LogError::Conflict { .. })) => done = so_far(report),
            Err(error) => return Err(error),
        }
    }
    Err(Error::Log(LogError::Busy { act: "map the kept records again" }))
}

/// A session that facts are told of.
struct Session {
    tracked: Tracked,
    log: Ledger,
    mapped: Ledger,
    events: Vec<NewEvent>,
    /// The files that say something of it, by their place in the list.
    sources: BTreeSet<usize>,
    /// The secrets of its records, where secrets are masked.
    secrets: Values,
}

struct Run<'r, 'o> {
    log: &'r Log,
    format: &'r dyn Format,
    options: &'r mut RemapOptions<'o>,
    interpreter: Box<dyn Interpreter>,
    exclusions: Exclusions,
    /// Whether no secret is to be appended.
    masks: bool,
    sources: Vec<KeptSource>,
    sessions: BTreeMap<String, Session>,
    report: Remapped,
}

impl<'r, 'o> Run<'r, 'o> {
    fn new(log: &'r Log, format: &'r dyn Format, options: &'r mut RemapOptions<'o>) -> Result<Self, Error> {
        let exclusions = Exclusions::read(log)?;
        let sources = kept::sources(log, format, options.places)?;
        let report = Remapped { sources: sources.len() as u64, ..Remapped::default() };
        let interpreter = format.interpreter(options.places);
        let (masks, sessions) = (exclusions.secrets().is_some(), BTreeMap::new());
        Ok(Self { log, format, options, interpreter, exclusions, masks, sources, sessions, report })
    }

    fn all(&mut self) -> Result<(), Error> {
        let sources = std::mem::take(&mut self.sources);
        if !self.read(&sources)? {
            self.report.is_interrupted = true;
            return Ok(());
        }
        for (id, session) in &mut self.sessions {
            session.tracked.settle(self.interpreter.settled(id), None);
            session.drain();
        }
        let is_left = self.left(&sources);
        let bytes: u64 = sources.iter().map(KeptSource::bytes).sum();
        let so_far = Progress::new(Unit::Bytes, bytes, bytes);
        for (id, session) in std::mem::take(&mut self.sessions) {
            if !(self.options.progress)(so_far) {
                self.report.is_interrupted = true;
                return Ok(());
            }
            if session.tracked.exists() && !session.log.is_deleted {
                self.session(&sources, session, is_left.contains(&id))?;
            }
        }
        Ok(())
    }

    /// Gives all records to the interpreter; returns whether all were read.
    fn read(&mut self, sources: &[KeptSource]) -> Result<bool, Error> {
        let total: u64 = sources.iter().map(KeptSource::bytes).sum();
        let mut read = 0;
        let is = |kept: &KeptSource, role: SourceRole| kept.source.role == role;
        for (at, kept) in sources.iter().enumerate() {
            if is(kept, SourceRole::Companion) && kept.bytes() <= SMALL {
                let whole = kept.whole(self.log)?;
                let mut facts = Vec::new();
                self.interpreter.beside(&kept.source, &whole, &mut |fact| facts.push(fact));
                self.facts(facts, &whole, kept, at)?;
            }
        }
        for kept in sources.iter().filter(|kept| is(kept, SourceRole::Transcript)) {
            if !(self.options.progress)(Progress::new(Unit::Bytes, read, total)) {
                return Ok(false);
            }
            let interpreter = &mut self.interpreter;
            kept.read(self.log, self.format, &mut |span| {
                if let Span::Record(record) = span {
                    interpreter.survey(&kept.source, &record);
                }
                Ok(())
            })?;
        }
        for (at, kept) in sources.iter().enumerate() {
            if is(kept, SourceRole::Companion) {
                continue;
            }
            if !(self.options.progress)(Progress::new(Unit::Bytes, read, total)) {
                return Ok(false);
            }
            let mut failed = None;
            let outcome = kept.read(self.log, self.format, &mut |span| {
                let Span::Record(record) = span else { return Ok(()) };
                let mut facts = Vec::new();
                self.interpreter.record(&kept.source, &record, &mut |fact| facts.push(fact));
                self.facts(facts, record.bytes, kept, at).map_err(|error| {
                    failed = Some(error);
                    std::io::Error::other("the log")
                })
            });
            if let Some(error) = failed {
                return Err(error);
            }
            outcome?;
            read += kept.bytes();
        }
        Ok(true)
    }

    /// Takes in the facts that bytes of a file tell.
    fn facts(&mut self, facts: Vec<Fact>, bytes: &[u8], kept: &KeptSource, at: usize) -> Result<(), Error> {
        let found = if self.masks && !facts.is_empty() { secrets::find(bytes) } else { Vec::new() };
        for fact in facts {
            let id = fact.session.clone();
            self.fact(fact, kept, at)?;
            if let Some(session) = self.sessions.get_mut(&id) {
                session.secrets.add(bytes, &found);
            }
        }
        Ok(())
    }

    fn fact(&mut self, fact: Fact, kept: &KeptSource, at: usize) -> Result<(), Error> {
        if !self.sessions.contains_key(&fact.session) {
            let name = StreamName::session(self.format.tool().word(), &fact.session, 1);
            let log = Ledger::load(&mut self.log.reader()?, &name)?;
            let session = Session {
                tracked: Tracked::blank(name),
                log,
                mapped: Ledger::default(),
                events: Vec::new(),
                sources: BTreeSet::new(),
                secrets: Values::default(),
            };
            self.sessions.insert(fact.session.clone(), session);
        }
        if let Some(session) = self.sessions.get_mut(&fact.session) {
            session.sources.insert(at);
            let home = self.options.places.home();
            let is_only_here = session.tracked.is_only_in(&kept.source.name, |file| home.join(file).exists());
            let news = News::Elsewhere { is_rewritten: is_only_here };
            session.tracked.fact(fact, None, &kept.source.name, news);
            session.drain();
        }
        Ok(())
    }

    /// Returns the sessions of which something is erased, and those that are linked with them.
    fn left(&self, sources: &[KeptSource]) -> HashSet<String> {
        let gaps: HashSet<&str> =
            sources.iter().filter(|kept| kept.has_gap.get()).map(|kept| kept.source.name.as_str()).collect();
        let has_gap = |session: &Session| {
            session.log.is_erased
                || session.sources.iter().any(|at| sources[*at].has_gap.get())
                || session.log.files().iter().any(|name| gaps.contains(name.as_str()))
        };
        let mut left: HashSet<String> =
            self.sessions.iter().filter(|(_, session)| has_gap(session)).map(|(id, _)| id.clone()).collect();
        loop {
            let before = left.len();
            for (id, session) in &self.sessions {
                let links = [&session.log.link.value, &session.mapped.link.value];
                for (_, parent, _) in links.into_iter().flatten() {
                    if left.contains(parent) || left.contains(id) {
                        left.extend([parent.clone(), id.clone()]);
                    }
                }
            }
            if left.len() == before {
                return left;
            }
        }
    }

    fn session(&mut self, sources: &[KeptSource], session: Session, is_left: bool) -> Result<(), Error> {
        self.report.sessions += 1;
        if is_left {
            self.report.erased += 1;
            return Ok(());
        }
        if session.log.is_foreign {
            self.report.changed += 1;
            return Ok(());
        }
        let name = session.tracked.name.clone();
        if !session.log.exists {
            // What is excluded is not known of a session that never came in: where anything is, none comes in this way.
            if self.exclusions.is_empty() && session.log.revision == Revision::ZERO {
                self.report.sessions_new += 1;
                return self.append(&name, Revision::ZERO, session.events);
            }
            return Ok(());
        }
        let difference = Difference {
            log: &session.log,
            mapped: &session.mapped,
            is_rewritten: session.sources.iter().any(|at| sources[*at].is_rewritten),
        };
        let corrections = difference.corrections();
        if corrections.is_empty() {
            return Ok(());
        }
        let last = session.log.times.last().copied().and_then(time::from_micros);
        let corrections: Vec<Vec<NewEvent>> =
            corrections.into_iter().map(|correction| correction.into_events(last)).collect();
        if self.masks && corrections.iter().flatten().any(|new| has_secret(new, &session.secrets)) {
            self.report.masked += 1;
            return Ok(());
        }
        self.report.corrected += 1;
        let (mut revision, mut events) = (session.log.revision, Vec::new());
        for correction in corrections {
            events.extend(correction);
            if events.len() >= EVENTS {
                let count = events.len() as u64;
                self.append(&name, revision, std::mem::take(&mut events))?;
                revision = revision.plus(count);
            }
        }
        self.append(&name, revision, events)
    }

    fn append(&mut self, name: &StreamName, revision: Revision, events: Vec<NewEvent>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let count = events.len() as u64;
        if !self.options.dry_run {
            let commit = Commit::to(name.clone(), Expected::At(revision), events);
            self.log.append(commit.meta(Meta::of(Origin::Import)).hook(self.exclusions.hook()))?;
        }
        self.report.events += count;
        Ok(())
    }
}

/// Whether an event says what looks like a secret, or one of these.
fn has_secret(new: &NewEvent, secrets: &Values) -> bool {
    // What cannot be looked through is not appended.
    let Ok(body) = serde_json::to_vec(&new.event) else { return true };
    let mut found = secrets::find(&body);
    secrets.find_again(&body, &mut found);
    !found.is_empty()
}

impl Session {
    /// Takes in the events that a fact came to. Those of a session that the log lacks are kept whole.
    fn drain(&mut self) {
        for new in self.tracked.pending.drain(..) {
            if !self.log.exists {
                self.events.push(new.clone());
            }
            self.mapped.map(new, &self.log);
        }
    }
}
