//! The import of one tool's files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::Metadata;
use std::io::{self, Read};
use std::path::Path;

use blake3::Hasher;
use jiff::Timestamp;
use retold_core::event::SourceFound;
use retold_core::{Commit, Error as LogError, Expected, Log, Meta, NewEvent, Origin, Revision, StreamName};
use retold_transcripts::{Fact, Form, Format, Interpreter, Places, Record, Source, SourceRole, Span, Why};

use super::holes;
use super::known::KnownSource;
use super::pieces::{BLANK, EventAt, PIECE_BYTES, Pieces};
use super::report::{Failed, Report};
use super::session::Tracked;
use crate::Error;

/// The number of the reason that a file was being written when it was read.
pub const TORN_TAIL: u8 = 2;
/// A commit has about so many events at most.
const EVENTS: usize = 400;
/// How often somebody else may have been first before the import gives up.
const TRIES: usize = 100;
/// What a file holds is read in steps of this many bytes.
const STEP: usize = 1 << 18;

/// How to import.
pub struct Options<'a> {
    /// Where the person's files are.
    pub places: &'a Places,
    /// Returns what the log has of a tool's files, as of now at least.
    pub known: &'a mut dyn FnMut(&str) -> Result<Vec<KnownSource>, Error>,
    /// Is told how far the import is, with every commit and every file; returns whether it is to go on.
    pub progress: &'a mut dyn FnMut(Progress<'_>) -> bool,
    /// Reads and reports, and writes nothing.
    pub dry_run: bool,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The file that is read.
    pub name: &'a str,
    /// Bytes that were read of all files.
    pub bytes: u64,
    /// Bytes in all.
    pub bytes_total: u64,
}

/// Takes a tool's files into the log, as far as it lacks them. Importing again appends nothing; a file that grew appends its tail.
///
/// A file that cannot be read is named in the report, and the others go on. Sources are never changed. Memory: the longest record a
/// few times over, and the ids of what the sessions of the tool say.
///
/// # Errors
/// What the log says. What was committed before is whole.
pub fn import(log: &Log, format: &dyn Format, options: &mut Options<'_>) -> Result<Report, Error> {
    let tool = format.tool().word();
    for _ in 0..TRIES {
        let workspace = StreamName::workspace(tool);
        let reader = log.reader()?;
        let revision = match reader.stream(&workspace)? {
            Some(stream) => reader.revision(stream)?,
            None => Revision::ZERO,
        };
        drop(reader);
        let known = (options.known)(tool)?;
        let mut run = Run::new(log, format, options, known, revision);
        match run.all() {
            Ok(()) => return Ok(run.report),
            Err(Stop::Interrupted) => {
                run.report.is_interrupted = true;
                return Ok(run.report);
            }
            // Somebody else was first: what the log has now decides.
            Err(Stop::Failed(Error::Log(LogError::Conflict { .. }))) => {}
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Err(Error::Log(LogError::Busy { act: "import" }))
}

/// Why a run ends early.
enum Stop {
    Interrupted,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

struct Run<'r, 'o> {
    log: &'r Log,
    format: &'r dyn Format,
    options: &'r mut Options<'o>,
    interpreter: Box<dyn Interpreter>,
    workspace: StreamName,
    revision: Revision,
    known: HashMap<String, KnownSource>,
    next_source: u64,
    sessions: HashMap<String, Tracked>,
    /// The sessions with events that wait to be appended.
    touched: Vec<String>,
    /// The sessions that facts were told of.
    seen: Vec<String>,
    events: usize,
    report: Report,
    bytes: u64,
    bytes_total: u64,
}

/// A source that is being read.
struct Reading {
    pieces: Pieces,
    /// All before is kept.
    resume: u64,
    /// What is to be said of the file.
    found: Option<SourceFound>,
    file_bytes: u64,
    stamp: Option<String>,
    read_at: Option<Timestamp>,
    /// What went wrong inside a callback that may only give an error of the system.
    stop: Option<Stop>,
}

impl<'r, 'o> Run<'r, 'o> {
    fn new(
        log: &'r Log,
        format: &'r dyn Format,
        options: &'r mut Options<'o>,
        known: Vec<KnownSource>,
        revision: Revision,
    ) -> Self {
        let next_source = known.iter().map(|source| source.number).max().unwrap_or(0) + 1;
        Self {
            interpreter: format.interpreter(options.places),
            workspace: StreamName::workspace(format.tool().word()),
            log,
            format,
            options,
            revision,
            known: known.into_iter().map(|source| (source.name.clone(), source)).collect(),
            next_source,
            sessions: HashMap::new(),
            touched: Vec::new(),
            seen: Vec::new(),
            events: 0,
            report: Report::default(),
            bytes: 0,
            bytes_total: 0,
        }
    }

    fn all(&mut self) -> Result<(), Stop> {
        let mut failed = Vec::new();
        let sources = self.format.discover(self.options.places, &mut |path, error| {
            failed.push(Failed { path, reason: error.to_string() });
        });
        self.report.failed = failed;
        self.report.sources = sources.len() as u64;
        let mut changed = Vec::with_capacity(sources.len());
        for source in &sources {
            let stamp = stamp(source);
            let known = self.known.get(&source.name);
            let is_same = stamp.is_some() && known.is_some_and(|known| known.stamp == stamp);
            self.bytes_total += std::fs::metadata(&source.path).map_or(0, |metadata| metadata.len());
            changed.push(!is_same);
        }
        if changed.iter().all(|changed| !changed) {
            return Ok(());
        }
        // What a record means may depend on the tool's other files: all are read, those that did not change too.
        for (source, changed) in sources.iter().zip(&changed) {
            if source.role == SourceRole::Beside {
                self.source(source, *changed)?;
            }
        }
        for source in sources.iter().filter(|source| source.role == SourceRole::Transcript) {
            let interpreter = &mut self.interpreter;
            let _ = self.format.read(source, &mut |span| {
                if let Span::Record(record) = span {
                    interpreter.survey(source, &record);
                }
                Ok(())
            });
        }
        for (source, changed) in sources.iter().zip(&changed) {
            if source.role == SourceRole::Transcript {
                self.source(source, *changed)?;
            }
        }
        Ok(())
    }

    /// Reads a source; what cannot be read is reported.
    fn source(&mut self, source: &Source, is_changed: bool) -> Result<(), Stop> {
        self.go(&source.name)?;
        let fail = |report: &mut Report, error: &io::Error| {
            report.failed.push(Failed { path: source.path.clone(), reason: error.to_string() });
        };
        let mut reading = match self.begin(source) {
            Ok(reading) => reading,
            Err(error) => {
                fail(&mut self.report, &error);
                return Ok(());
            }
        };
        self.report.read += u64::from(is_changed);
        let outcome = match source.role {
            SourceRole::Beside => self.beside(source, &mut reading, is_changed),
            SourceRole::Transcript => self.transcript(source, &mut reading, is_changed),
        };
        if let Some(stop) = reading.stop.take() {
            return Err(stop);
        }
        if let Err(error) = outcome {
            fail(&mut self.report, &error);
            // What was read is good; the rest is read another time.
            reading.stamp = None;
        }
        for id in std::mem::take(&mut self.seen) {
            let settled = self.interpreter.settled(&id);
            if let Some(tracked) = self.sessions.get_mut(&id) {
                let before = tracked.pending.len();
                tracked.settle(settled, reading.read_at);
                if tracked.pending.len() > before && !self.touched.contains(&id) {
                    self.touched.push(id);
                }
            }
        }
        self.flush(&mut reading)
    }

    fn begin(&mut self, source: &Source) -> io::Result<Reading> {
        let metadata = std::fs::metadata(&source.path)?;
        let stamp = stamp(source);
        let known = self.known.get(&source.name).cloned().unwrap_or_default();
        let number = if known.number > 0 { known.number } else { self.next_source };
        let found = (known.number == 0).then(|| SourceFound {
            source: number,
            name: source.name.clone(),
            form: form(source.form).to_owned(),
            role: role(source.role).to_owned(),
        });
        if known.number == 0 {
            self.next_source += 1;
        }
        let (resume, hasher) = self.resume(source, &known)?;
        Ok(Reading {
            pieces: Pieces::at(number, resume, hasher),
            resume,
            found,
            file_bytes: metadata.len(),
            stamp,
            read_at: metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok()),
            stop: None,
        })
    }

    /// Returns up to where the log has the source as it is now.
    fn resume(&self, source: &Source, known: &KnownSource) -> io::Result<(u64, Hasher)> {
        if known.pieces.is_empty() {
            return Ok((0, Hasher::new()));
        }
        let mut wanted: Vec<(u64, [u8; 32])> = known.boundaries().collect();
        wanted.extend(known.end());
        wanted.sort_unstable();
        wanted.dedup();
        let end = known.end();
        let (mut hasher, mut at, mut found) = (Hasher::new(), 0_u64, (0, Hasher::new()));
        let mut next = wanted.iter().peekable();
        let mut length = 0_u64;
        contents(self.format, source, &mut |mut bytes| {
            length += bytes.len() as u64;
            while let Some((boundary, through)) = next.peek() {
                let Ok(ahead) = usize::try_from(boundary - at) else { break };
                if ahead > bytes.len() {
                    break;
                }
                hasher.update(&bytes[..ahead]);
                (bytes, at) = (&bytes[ahead..], *boundary);
                if hasher.finalize().as_bytes() == through {
                    found = (*boundary, hasher.clone());
                }
                next.next();
            }
            hasher.update(bytes);
            at += bytes.len() as u64;
            Ok(())
        })?;
        // The end of a file that was being written counts as kept as long as it is the end.
        if let Some((kept, _)) = end
            && found.0 == kept
            && length > kept
            && known.pieces.last().is_some_and(|last| last.is_tail)
        {
            let last = known.pieces.last().map_or(0, |last| last.offset);
            return self.hashed_to(source, last);
        }
        Ok(found)
    }

    fn hashed_to(&self, source: &Source, end: u64) -> io::Result<(u64, Hasher)> {
        let (mut hasher, mut left) = (Hasher::new(), end);
        contents(self.format, source, &mut |bytes| {
            let part = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            hasher.update(&bytes[..part]);
            left -= part as u64;
            Ok(())
        })?;
        Ok((end, hasher))
    }

    /// Keeps a file byte for byte, from where the log has it on; `spans` are those of its records.
    fn whole(&mut self, source: &Source, reading: &mut Reading, spans: &[(u64, u8)]) -> io::Result<()> {
        let (mut at, mut spans) = (0_u64, spans);
        contents(self.format, source, &mut |bytes| {
            let known =
                usize::try_from(reading.resume.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            at += bytes.len() as u64;
            if known == bytes.len() {
                return Ok(());
            }
            reading.pieces.add(&bytes[known..], std::mem::take(&mut spans), Vec::new());
            self.report.bytes += (bytes.len() - known) as u64;
            if let Err(stop) = self.flush_if_full(reading) {
                reading.stop = Some(stop);
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            Ok(())
        })
    }

    fn beside(&mut self, source: &Source, reading: &mut Reading, is_changed: bool) -> io::Result<()> {
        let metadata = std::fs::metadata(&source.path)?;
        // An interpreter looks at small files only: lists, titles, metadata.
        const READ_MAX: u64 = 64 << 20;
        if metadata.len() <= READ_MAX {
            let mut whole = Vec::new();
            contents(self.format, source, &mut |bytes| {
                whole.extend_from_slice(bytes);
                Ok(())
            })?;
            let mut facts = Vec::new();
            self.interpreter.beside(source, &whole, &mut |fact| facts.push(fact));
            for fact in facts {
                let result = self.fact(fact, source, is_changed);
                if let Err(stop) = result {
                    reading.stop = Some(stop);
                    return Ok(());
                }
            }
        }
        if is_changed { self.whole(source, reading, &[]) } else { Ok(()) }
    }

    fn transcript(&mut self, source: &Source, reading: &mut Reading, is_changed: bool) -> io::Result<()> {
        // A compressed file is kept as it is, and no record of it stands elsewhere.
        let is_compressed = source.form == Form::CompressedLines;
        let keeps = is_changed && !is_compressed;
        let (mut at, mut all_spans) = (0_u64, Vec::new());
        let format = self.format;
        format.read(source, &mut |span| {
            if reading.stop.is_some() {
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            let offset = at;
            let mut spans = Vec::with_capacity(2);
            let bytes = match span {
                Span::Record(record) => {
                    // A row may hold several records, or only be listed beside them.
                    let count = format.counted(source, &record);
                    spans.push((record.bytes.len() as u64, if count > 0 { 0 } else { BLANK }));
                    spans.extend((1..count).map(|_| (0, 0)));
                    record.bytes
                }
                Span::Skipped { bytes, length, why, .. } => {
                    spans.push((length as u64, number(why)));
                    spans.extend((length < bytes.len()).then(|| ((bytes.len() - length) as u64, BLANK)));
                    bytes
                }
            };
            at += bytes.len() as u64;
            let is_new = is_changed && (is_compressed || offset >= reading.resume);
            if is_compressed {
                all_spans.extend_from_slice(&spans);
            }
            let outcome = match span {
                Span::Record(record) => self.record(source, &record, reading, is_new, keeps, &spans),
                Span::Skipped { why, .. } => {
                    if is_new {
                        self.report.skipped += u64::from(!matches!(why, Why::Blank | Why::ByteOrderMark));
                    }
                    self.skipped(bytes, why, reading, is_new && keeps, &spans)
                }
            };
            if is_new && keeps {
                self.report.bytes += bytes.len() as u64;
            }
            self.bytes += bytes.len() as u64;
            if let Err(stop) = outcome {
                reading.stop = Some(stop);
                return Err(io::Error::from(io::ErrorKind::Interrupted));
            }
            Ok(())
        })?;
        if is_compressed && is_changed { self.whole(source, reading, &all_spans) } else { Ok(()) }
    }

    fn skipped(
        &mut self,
        bytes: &[u8],
        why: Why,
        reading: &mut Reading,
        keeps: bool,
        spans: &[(u64, u8)],
    ) -> Result<(), Stop> {
        if !keeps {
            return Ok(());
        }
        let is_tail = why == Why::TornTail;
        if is_tail {
            // It is read again next time: then the piece before it stays.
            reading.pieces.cut();
        }
        reading.pieces.add(bytes, spans, Vec::new());
        if is_tail {
            reading.pieces.cut();
        }
        self.flush_if_full(reading)
    }

    fn record(
        &mut self,
        source: &Source,
        record: &Record<'_>,
        reading: &mut Reading,
        is_new: bool,
        keeps: bool,
        spans: &[(u64, u8)],
    ) -> Result<(), Stop> {
        let mut facts = Vec::new();
        self.interpreter.record(source, record, &mut |fact| facts.push(fact));
        let mut said = Vec::new();
        for fact in facts {
            said.extend(self.fact(fact, source, is_new)?);
        }
        self.report.records += u64::from(is_new);
        if !(is_new && keeps) {
            return if is_new { self.flush_if_full(reading) } else { Ok(()) };
        }
        let texts: Vec<&str> = said.iter().map(|at| self.text(*at)).collect();
        let holes = holes::find(record.bytes, &texts);
        let holes = holes.into_iter().map(|hole| (said[hole.text], hole)).collect();
        reading.pieces.add(record.bytes, spans, holes);
        self.flush_if_full(reading)
    }

    fn text(&self, at: EventAt) -> &str {
        let pending = self.sessions.get(&self.touched[at.session]).map(|tracked| &tracked.pending[at.event]);
        pending.and_then(|new| new.event.long_text()).and_then(|text| text.as_str()).unwrap_or_default()
    }

    /// Takes in a fact; returns where the event is that says its text.
    fn fact(&mut self, fact: Fact, source: &Source, is_new: bool) -> Result<Option<EventAt>, Stop> {
        let id = fact.session.clone();
        let tracked = match self.sessions.entry(id.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let name = StreamName::session(self.format.tool().word(), &id, 1);
                let mut reader = self.log.reader()?;
                entry.insert(Tracked::load(&mut reader, name)?)
            }
        };
        let (before, existed) = (tracked.pending.len(), tracked.exists());
        let said = tracked.fact(fact, &source.name, is_new);
        let added = tracked.pending.len() - before;
        self.events += added;
        if !existed && tracked.exists() {
            self.report.sessions_new += 1;
        }
        if self.seen.last() != Some(&id) && !self.seen.contains(&id) {
            self.seen.push(id.clone());
        }
        if added == 0 {
            return Ok(None);
        }
        let session = match self.touched.iter().rposition(|touched| *touched == id) {
            Some(session) => session,
            None => {
                self.touched.push(id);
                self.touched.len() - 1
            }
        };
        Ok(said.map(|event| EventAt { session, event }))
    }

    fn flush_if_full(&mut self, reading: &mut Reading) -> Result<(), Stop> {
        if reading.pieces.literal < PIECE_BYTES && self.events < EVENTS {
            return Ok(());
        }
        let (name, stamp) = (reading.found.as_ref().map(|found| found.name.clone()), reading.stamp.take());
        self.flush(reading)?;
        reading.stamp = stamp;
        self.go(name.as_deref().unwrap_or_default())
    }

    /// Appends what waits: the events of sessions, and after them the pieces of the file that they were made of.
    fn flush(&mut self, reading: &mut Reading) -> Result<(), Stop> {
        self.events = 0;
        let (mut before, mut firsts) = (0_u64, Vec::with_capacity(self.touched.len()));
        let mut commit = Commit::default();
        let touched = std::mem::take(&mut self.touched);
        for id in &touched {
            firsts.push(before);
            let Some(tracked) = self.sessions.get_mut(id) else { continue };
            let events = std::mem::take(&mut tracked.pending);
            before += events.len() as u64;
            if tracked.revision > Revision::ZERO {
                self.report.sessions_changed += 1;
            }
            if !events.is_empty() {
                let expected = Expected::At(tracked.revision);
                tracked.revision = tracked.revision.plus(events.len() as u64);
                commit = commit.and(tracked.name.clone(), expected, events);
            }
        }
        if self.options.dry_run {
            self.report.events += before;
            let _ = reading.pieces.take(before, &firsts, 0, None);
            return Ok(());
        }
        let mut own: Vec<NewEvent> = Vec::new();
        if !reading.pieces.is_empty() {
            own.extend(reading.found.take().map(NewEvent::from));
            let kept = reading.pieces.take(
                before + own.len() as u64,
                &firsts,
                reading.file_bytes,
                reading.stamp.as_deref(),
            );
            own.extend(kept.into_iter().map(NewEvent::from));
        }
        if before == 0 && own.is_empty() {
            return Ok(());
        }
        self.report.events += before + own.len() as u64;
        let (expected, count) = (Expected::At(self.revision), own.len() as u64);
        if !own.is_empty() {
            commit = commit.and(self.workspace.clone(), expected, own);
            self.revision = self.revision.plus(count);
        }
        self.log.append(commit.meta(Meta::of(Origin::Import)))?;
        Ok(())
    }

    fn go(&mut self, name: &str) -> Result<(), Stop> {
        let progress = Progress { name, bytes: self.bytes, bytes_total: self.bytes_total };
        if (self.options.progress)(progress) { Ok(()) } else { Err(Stop::Interrupted) }
    }
}

/// Hands over the bytes of a source that are kept: those of the file, or of a database its rows.
fn contents(
    format: &dyn Format,
    source: &Source,
    each: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    if source.form == Form::Database {
        return format.read(source, &mut |span| match span {
            Span::Record(Record { bytes, .. }) | Span::Skipped { bytes, .. } => each(bytes),
        });
    }
    let mut file = std::fs::File::open(&source.path)?;
    let mut bytes = vec![0; STEP];
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&bytes[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Returns by what the file system tells whether a source has changed.
fn stamp(source: &Source) -> Option<String> {
    let of = |metadata: &Metadata| {
        let modified = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{}:{}:{}", metadata.len(), modified.as_nanos(), identity(metadata)))
    };
    let own = of(&std::fs::metadata(&source.path).ok()?)?;
    if source.form != Form::Database {
        return Some(own);
    }
    let mut wal = source.path.as_os_str().to_owned();
    wal.push("-wal");
    let wal = std::fs::metadata(Path::new(&wal)).ok().and_then(|metadata| of(&metadata));
    Some(format!("{own}+{}", wal.unwrap_or_default()))
}

/// What tells a file from another one of its name, and one whose times were set from one whose were not.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    format!("{}:{}:{}.{}", metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> String {
    String::new()
}

const fn form(form: Form) -> &'static str {
    match form {
        Form::Lines => "lines",
        Form::CompressedLines => "compressed lines",
        Form::Document => "document",
        Form::Database => "database",
        Form::Opaque => "opaque",
    }
}

const fn role(role: SourceRole) -> &'static str {
    match role {
        SourceRole::Transcript => "transcript",
        SourceRole::Beside => "beside",
    }
}

/// The number of a reason. Numbers never change.
const fn number(why: Why) -> u8 {
    match why {
        Why::TornBefore => 1,
        Why::TornTail => TORN_TAIL,
        Why::Nul => 3,
        Why::ByteOrderMark => 4,
        Why::Blank => BLANK,
        Why::NotAnObject => 5,
        Why::TooLong => 6,
    }
}
