//! One run over the files.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use retold_core::event::{SessionDeleted, SessionMoved, WorkspaceRegistered};
use retold_core::{
    Appended, Commit, Digest, Event, Expected, Limit, Log, Meta, Origin, Position, Revision, Source as Place,
    StreamName,
};

use super::super::known::{self, NewRecord, Unreadable};
use super::super::order;
use super::super::place::workspace_hash_of_text;
use super::super::read::{self, Budget, Found, Whole};
use super::super::report::{Quarantined, Report};
use super::super::session_file::Skipped;
use super::super::sources::{Source, Sources};
use super::pending::Pending;
use super::rehearsal::Rehearsal;
use super::{Options, Progress};
use crate::Error;

/// How often the progress is told.
const PROGRESS: Duration = Duration::from_millis(100);

pub(super) struct Run<'a> {
    pub(super) log: Option<&'a Log>,
    pub(super) options: Options<'a>,
    pub(super) report: Report,
    pub(super) pending: Pending,
    /// What is not in the log because it is a dry run.
    pub(super) rehearsal: Rehearsal,
    progress: Progress,
    told: Instant,
}

/// The file at hand.
pub(super) struct Open<'s> {
    pub(super) source: &'s Source,
    /// Its path, as records name it.
    pub(super) name: String,
    pub(super) hash: Digest,
    /// Which top-level array the last session stood in, and how often each id came in it.
    array: u32,
    seen: HashMap<String, u32>,
    /// The bytes where they are not the file's own.
    pub(super) bytes: Option<&'s [u8]>,
    /// Whether the log knows nothing of the file nor of its workspace: every session is new.
    pub(super) is_new: bool,
    /// The file's sessions, in order.
    pub(super) entries: Vec<Entry>,
    /// Whether something of the file is missing or could not be read.
    is_torn: bool,
}

/// A session of the file at hand.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) session_id: String,
    pub(super) nth: u32,
    pub(super) array: u32,
    pub(super) digest: [u8; 32],
    /// Its ordinal and place, once they are known.
    pub(super) at: Option<(u32, f64)>,
    /// Whether the record of it has to be kept anew.
    pub(super) is_new: bool,
    /// Whether the file had a session in its place before.
    pub(super) was_known: bool,
}

impl<'s> Open<'s> {
    pub(super) fn new(source: &'s Source, name: String, hash: Digest) -> Self {
        Self {
            source,
            name,
            hash,
            array: 0,
            seen: HashMap::new(),
            bytes: None,
            is_new: false,
            entries: Vec::new(),
            is_torn: false,
        }
    }

    /// Returns a stretch of the file, read once more: sessions are not kept as text.
    pub(super) fn raw(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let io = Error::io("read again", &self.source.path);
        let mut raw = Vec::new();
        match self.bytes {
            Some(mut bytes) => {
                bytes = bytes.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
                bytes.take(length).read_to_end(&mut raw).map_err(&io)?;
            }
            None => {
                let mut file = File::open(&self.source.path).map_err(&io)?;
                file.seek(SeekFrom::Start(offset)).map_err(&io)?;
                file.take(length).read_to_end(&mut raw).map_err(&io)?;
            }
        }
        Ok(raw)
    }

    /// What records call the array at hand: the texts of a second array are another copy.
    pub(super) fn record_name(&self, array: u32) -> String {
        if array == 0 { self.name.clone() } else { format!("{}#{array}", self.name) }
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(log: Option<&'a Log>, options: Options<'a>, sources: &Sources) -> Self {
        let (warnings, skipped) = (sources.warnings.clone(), sources.skipped.clone());
        let report = Report { dry_run: options.dry_run, warnings, skipped, ..Report::default() };
        let progress = Progress { bytes_total: sources.bytes(), ..Progress::default() };
        let (pending, rehearsal) = (Pending::default(), Rehearsal::default());
        Self { log, options, report, pending, rehearsal, progress, told: Instant::now() }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.options.interrupted.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The log, where it is to be written to.
    pub(super) fn writable(&self) -> Option<&'a Log> {
        self.log.filter(|_| !self.options.dry_run)
    }

    /// Leaves a file that cannot be read. What of it is on its way into the log arrives; the next import keeps the records.
    pub(super) fn skip(&mut self, path: &Path, error: &std::io::Error) -> Result<(), Error> {
        drop(self.pending.drain()?);
        self.report.skipped.push(Skipped::new(path, error.to_string()));
        Ok(())
    }

    pub(super) fn file(&mut self, source: &Source) -> Result<(), Error> {
        let io = Error::io("import", &source.path);
        let hash = {
            let mut hasher = blake3::Hasher::new();
            hasher.update_reader(File::open(&source.path).map_err(&io)?).map_err(&io)?;
            Digest(*hasher.finalize().as_bytes())
        };
        let mut open = Open::new(source, source.path.to_string_lossy().into_owned(), hash);
        if let Some(log) = self.writable() {
            open.is_new = known::is_new(log, &open.name, &source.workspace)?;
        }
        self.register(source)?;
        self.pieces(&mut open, File::open(&source.path).map_err(&io)?)?;
        self.report.files += 1;
        self.report.bytes += source.bytes;
        self.end_file(open)
    }

    /// Takes in what stands in the file; `source` gives its bytes, and once more where one has to be quarantined.
    pub(super) fn pieces<R: Read + Send>(&mut self, open: &mut Open<'_>, source: R) -> Result<(), Error> {
        let bytes_before = self.progress.bytes;
        let budget = Budget::default();
        let outcome = std::thread::scope(|scope| {
            let found = read::read(scope, source, &budget);
            let outcome = self.take_in(open, &found, &budget, bytes_before);
            // A reader that waits for room must see that nobody listens any more.
            drop(found);
            budget.release();
            outcome
        });
        self.progress.bytes = bytes_before + open.source.bytes;
        outcome
    }

    fn take_in(
        &mut self,
        open: &mut Open<'_>,
        found: &Receiver<Found>,
        budget: &Budget,
        bytes_before: u64,
    ) -> Result<(), Error> {
        for found in found {
            match found {
                Found::Failed(error) => return Err(Error::io("import", &open.source.path)(error)),
                Found::Unclosed => {
                    open.is_torn = true;
                    self.report.warnings.push(format!("{}: the file ends inside its list", open.name))
                }
                Found::Nul { offset, length } => {
                    open.is_torn = true;
                    let range = format!("bytes {offset}..{}", offset + length);
                    self.report.warnings.push(format!("{}: {range} are NUL: never written", open.name));
                }
                Found::Unreadable { offset, raw, reason } => {
                    open.is_torn = true;
                    self.quarantine(open, offset, &raw, &reason)?;
                }
                Found::Session(whole) => {
                    self.tell(bytes_before + whole.offset);
                    let length = whole.length;
                    self.session(open, &whole)?;
                    budget.give_back(length);
                }
            }
            if self.is_interrupted() {
                self.report.interrupted = true;
                break;
            }
        }
        Ok(())
    }

    fn session(&mut self, open: &mut Open<'_>, whole: &Whole) -> Result<(), Error> {
        if whole.array != open.array {
            self.arrive(open)?;
            open.array = whole.array;
            open.seen.clear();
        }
        let nth = open.seen.entry(whole.session.id.clone()).and_modify(|nth| *nth += 1).or_insert(1);
        let nth = *nth;
        self.absorb(open, whole, nth)
    }

    pub(super) fn finish(mut self) -> Result<Report, Error> {
        self.progress.bytes = self.progress.bytes_total;
        if let Some(tell) = &mut self.options.progress {
            tell(self.progress);
        }
        Ok(self.report)
    }

    /// Says what is known of the workspace, where that is news.
    fn register(&mut self, source: &Source) -> Result<(), Error> {
        let name = StreamName::workspace(&source.workspace);
        let known = match (self.rehearsal.registered(&source.workspace), self.log) {
            (Some(body), _) => Some((body.clone(), Revision::ZERO)),
            (None, Some(log)) => last_registration(log, &name)?,
            (None, None) => None,
        };
        let mut hashes =
            known.as_ref().map_or_else(|| vec![source.workspace.clone()], |(body, _)| body.hashes.clone());
        if !hashes.contains(&source.home) {
            hashes.push(source.home.clone());
        }
        let before = known.as_ref().and_then(|(body, _)| body.path.clone());
        // Two files of one workspace name it by two paths: the one that the workspace is named after stays.
        let stays = source.home != source.workspace
            || before.as_ref().is_some_and(|path| workspace_hash_of_text(path) == source.workspace);
        let path = if stays { before.or(source.folder.clone()) } else { source.folder.clone().or(before) };
        let body = WorkspaceRegistered { path, hashes };
        let (is_news, revision) = match &known {
            Some((before, revision)) => (*before != body, *revision),
            None => (body.path.is_some() || body.hashes.len() > 1, Revision::ZERO),
        };
        if is_news {
            match self.writable() {
                Some(log) => drop(log.append(Commit::to(name, Expected::At(revision), [body]))?),
                None => self.rehearsal.register(&source.workspace, body),
            }
            self.report.events_appended += 1;
        }
        Ok(())
    }

    pub(super) fn quarantine(
        &mut self,
        open: &Open<'_>,
        offset: u64,
        raw: &[u8],
        reason: &str,
    ) -> Result<(), Error> {
        // What is read once more is in the quarantine already.
        if let Some(log) = self.writable().filter(|_| open.bytes.is_none()) {
            let Source { workspace, home, .. } = open.source;
            let piece = Unreadable {
                source: &open.name,
                source_hash: open.hash,
                workspace,
                home,
                offset,
                reason,
                raw,
            };
            known::quarantine(&log.open_writer()?, &piece)?;
        }
        self.report.sessions.quarantined += 1;
        self.report.quarantined.push(Quarantined {
            file: open.name.clone(),
            offset,
            length: raw.len() as u64,
            reason: reason.to_owned(),
        });
        Ok(())
    }

    /// Waits for what is on its way.
    fn arrive(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        for (entry, appended) in self.pending.drain()? {
            arrived(open, entry, &appended);
        }
        Ok(())
    }

    pub(super) fn end_file(&mut self, mut open: Open<'_>) -> Result<(), Error> {
        self.arrive(&mut open)?;
        self.move_into_order(&mut open)?;
        let Some(log) = self.log else { return Ok(()) };
        if !self.report.interrupted {
            let before = known::records_of(log, &open.name)?;
            let met = open.entries.iter().filter(|entry| entry.array == 0 && entry.was_known).count();
            if before > met as u64 {
                self.miss(log, &open)?;
            }
        }
        let news = open.entries.iter().filter(|entry| entry.is_new);
        let records: Vec<NewRecord> = news
            .filter_map(|entry| {
                let (ordinal, place) = entry.at?;
                let record = known::Record { digest: entry.digest, ordinal, place };
                let source = open.record_name(entry.array);
                Some(NewRecord { source, session_id: entry.session_id.clone(), nth: entry.nth, record })
            })
            .collect();
        if self.writable().is_some() && !records.is_empty() {
            known::keep(&mut log.open_writer()?, &records)?;
        }
        Ok(())
    }

    /// Counts what is gone from the file and still here; deletes it where the import was told to and the file can be
    /// trusted.
    fn miss(&mut self, log: &Log, open: &Open<'_>) -> Result<(), Error> {
        let is_trusted = !open.is_torn && !open.source.set_aside && !open.entries.is_empty();
        let deletes = self.options.deletions && is_trusted;
        let first = open.entries.iter().filter(|entry| entry.array == 0);
        let met: HashSet<(&str, u32)> = first.map(|entry| (entry.session_id.as_str(), entry.nth)).collect();
        for (session_id, nth, ordinal) in known::sessions_of(log, &open.name)? {
            let name = StreamName::session(&open.source.workspace, &session_id, ordinal);
            if met.contains(&(session_id.as_str(), nth)) || known::place(log, &name)?.is_none() {
                continue;
            }
            if !deletes {
                self.report.sessions.absent += 1;
                continue;
            }
            self.report.sessions.deleted += 1;
            self.report.events_appended += 1;
            if let Some(log) = self.writable() {
                let place = Place { file: open.name.clone(), file_hash: open.hash, offset: 0, length: 0 };
                let meta = Meta { origin: Origin::Import, source: Some(place), from: None };
                log.append(Commit::to(name, Expected::Any, [SessionDeleted {}]).meta(meta))?;
            }
        }
        Ok(())
    }

    /// Puts the log's list into the file's order, where the file tells another than it told before. The order of a copy
    /// that was set aside is not the last word.
    fn move_into_order(&mut self, open: &mut Open<'_>) -> Result<(), Error> {
        let mut placed: Vec<usize> = (0..open.entries.len())
            .filter(|&at| open.entries[at].array == 0 && open.entries[at].at.is_some())
            .collect();
        let places = |open: &Open<'_>, placed: &[usize]| -> Vec<f64> {
            placed.iter().filter_map(|&at| open.entries[at].at.map(|(_, place)| place)).collect()
        };
        if open.source.set_aside || order::moves(&places(open, &placed)).is_empty() {
            return Ok(());
        }
        // Records tell where a session stood then: what moves, moves among those that stand there now.
        let mut standing = Vec::with_capacity(placed.len());
        for at in placed {
            if self.stand(open, at)? {
                standing.push(at);
            }
        }
        placed = standing;
        for (index, place) in order::moves(&places(open, &placed)) {
            let workspace = &open.source.workspace;
            let entry = &mut open.entries[placed[index]];
            let Some((ordinal, _)) = entry.at else { continue };
            match self.writable() {
                Some(log) => {
                    let name = StreamName::session(workspace, &entry.session_id, ordinal);
                    log.append(Commit::to(name, Expected::Any, [SessionMoved { place }]))?;
                }
                None => self.rehearsal.move_to(workspace, &entry.session_id, ordinal, place),
            }
            self.report.events_appended += 1;
            entry.at = Some((ordinal, place));
            entry.is_new = true;
        }
        Ok(())
    }

    /// Looks up where a session stands; false where it is deleted.
    fn stand(&self, open: &mut Open<'_>, at: usize) -> Result<bool, Error> {
        let workspace = &open.source.workspace;
        let entry = &mut open.entries[at];
        let Some((ordinal, _)) = entry.at else { return Ok(false) };
        if self.rehearsal.records(workspace, &entry.session_id).contains_key(&ordinal) {
            return Ok(true);
        }
        let Some(log) = self.log else { return Ok(true) };
        let name = StreamName::session(workspace, &entry.session_id, ordinal);
        let Some(place) = known::place(log, &name)? else { return Ok(false) };
        entry.at = Some((ordinal, place));
        Ok(true)
    }

    /// The place that the next session would get, were it written.
    pub(super) fn next_place(&self) -> Result<f64, Error> {
        let head = match self.log {
            Some(log) => log.reader()?.head()?.position,
            None => Position::ZERO,
        };
        Ok(known::place_of(head.plus(self.report.events_appended + 1)))
    }

    fn tell(&mut self, bytes: u64) {
        self.progress.bytes = bytes;
        self.progress.sessions = self.report.sessions.read;
        if let Some(tell) = &mut self.options.progress
            && self.told.elapsed() >= PROGRESS
        {
            self.told = Instant::now();
            tell(self.progress);
        }
    }
}

/// Takes in where a session has arrived.
pub(super) fn arrived(open: &mut Open<'_>, entry: usize, appended: &Appended) {
    if let Some((name, _)) = appended.streams.first() {
        open.entries[entry].at = Some((name.ordinal, known::place_of(appended.first)));
    }
}

fn last_registration(log: &Log, name: &StreamName) -> Result<Option<(WorkspaceRegistered, Revision)>, Error> {
    let mut reader = log.reader()?;
    let Some(stream) = reader.stream(name)? else { return Ok(None) };
    let head = reader.head()?;
    let (mut last, mut after) = (None, Revision::ZERO);
    loop {
        let page = reader.stream_events_after(stream, after, head.position, Limit::default())?;
        for recorded in page.events {
            after = recorded.revision;
            if let Some(Event::WorkspaceRegistered(body)) = recorded.event {
                last = Some(body);
            }
        }
        if !page.more {
            return Ok(last.map(|body| (body, after)));
        }
    }
}
