//! One run over the files.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::mpsc::Receiver;

use retold_core::{Log, Position, Progress, Unit};

use super::super::encoding::Foreign;
use super::super::import_records::{self, Unreadable};
use super::super::read::{self, Budget, Found, Whole};
use super::super::report::{Counts, Quarantined, Report, Skipped};
use super::super::sources::{Source, Sources};
use super::Options;
use super::dry_run::DryRun;
use super::mirrored;
use super::open::{Fate, Open};
use super::pending::Pending;
use crate::Error;
use crate::transcripts::Exclusions;

/// How often a write of another program between reading and appending is taken for bad luck.
pub(super) const CONFLICTS_MAX: u32 = 32;
/// How often a file that changes while it is read is begun again.
const PASSES_MAX: u32 = 8;

pub(super) struct Run<'a> {
    pub(super) log: Option<&'a Log>,
    pub(super) options: Options<'a>,
    pub(super) report: Report,
    pub(super) pending: Pending,
    /// What is not in the log because it is a dry run.
    pub(super) dry_run: DryRun,
    /// What is not to come in.
    pub(super) exclusions: Exclusions,
    /// Bytes read, and bytes in all.
    bytes: u64,
    bytes_total: u64,
    /// What became of the sessions of the file at hand when it was read before.
    earlier: HashMap<(u32, String, u32), Fate>,
    /// Whether the file at hand is not begun again, whatever happens to it.
    pub(super) is_last_pass: bool,
    /// Whether something of it was left as the log has it, because the file kept changing.
    is_overtaken: bool,
}

/// What a report had counted at some moment.
struct Mark {
    sessions: Counts,
    instances: u64,
    messages: u64,
    reproduced: u64,
    not_reproduced: usize,
    quarantined: usize,
    warnings: usize,
    skipped: usize,
}

impl<'a> Run<'a> {
    pub(super) fn new(log: Option<&'a Log>, options: Options<'a>, sources: &Sources) -> Self {
        let (warnings, skipped) = (sources.warnings.clone(), sources.skipped.clone());
        let report = Report { dry_run: options.dry_run, warnings, skipped, ..Report::default() };
        Self {
            log,
            options,
            report,
            pending: Pending::default(),
            dry_run: DryRun::default(),
            exclusions: Exclusions::default(),
            bytes: 0,
            bytes_total: sources.bytes(),
            earlier: HashMap::new(),
            is_last_pass: false,
            is_overtaken: false,
        }
    }

    /// Tells how far the import is; returns whether it goes on.
    pub(super) fn goes_on(&self) -> bool {
        let so_far = Progress::new(Unit::Bytes, self.bytes, self.bytes_total);
        self.options.progress.is_none_or(|progress| progress(so_far))
    }

    /// The log, where it is to be written to.
    pub(super) fn writable(&self) -> Option<&'a Log> {
        self.log.filter(|_| !self.options.dry_run)
    }

    /// Imports a file. One that changes while it is read, and that another importer has brought a newer version of, is
    /// read again; one that cannot be read is named and passed over.
    pub(super) fn file(&mut self, source: &Source) -> Result<(), Error> {
        self.earlier.clear();
        let mut passes = 0;
        loop {
            passes += 1;
            self.is_last_pass = passes == PASSES_MAX;
            let opened = Open::file(source).and_then(|open| Ok((open, File::open(&source.path)?)));
            let (mut open, file) = match opened {
                Ok(opened) => opened,
                Err(error) => {
                    self.skip(source, error.to_string(), false);
                    return Ok(());
                }
            };
            let mark = self.mark();
            if self.pass(&mut open, file)? || self.is_last_pass {
                break;
            }
            self.go_back(mark, &open);
        }
        self.report.files += 1;
        self.report.bytes += source.bytes;
        if std::mem::take(&mut self.is_overtaken) {
            self.skip(source, "it kept changing while it was imported; import it again".to_owned(), true);
        }
        Ok(())
    }

    /// Reads a file from its beginning; false where that has to be done again.
    fn pass(&mut self, open: &mut Open<'_>, file: File) -> Result<bool, Error> {
        let source = open.source;
        if let Some(log) = self.writable() {
            open.is_new = import_records::is_new(log, &open.name, &source.workspace)?;
        }
        if let Some(log) = self.log.filter(|_| self.options.merge.is_none()) {
            open.is_own = mirrored::is_of(log, &source.path, open.hash);
        }
        self.register(source)?;
        self.pieces(open, file)?;
        self.end_file(open)?;
        // Damage that is in a file while it is written is gone a moment later.
        Ok(!open.is_outdated && (!open.is_torn || self.report.interrupted || open.is_current()))
    }

    /// Leaves the file at hand, which is another one by now, to be read again.
    pub(super) fn outdate(&mut self, open: &mut Open<'_>) {
        self.is_overtaken |= self.is_last_pass;
        open.is_outdated = !self.is_last_pass;
    }

    /// Names a file of which something was not imported.
    pub(super) fn skip(&mut self, source: &Source, reason: String, is_passing: bool) {
        let file = source.path.to_string_lossy().into_owned();
        self.report.skipped.push(Skipped { file, reason, is_passing });
    }

    fn mark(&self) -> Mark {
        let Report { instances, messages, reproduced, ref sessions, .. } = self.report;
        Mark {
            sessions: *sessions,
            instances,
            messages,
            reproduced,
            not_reproduced: self.report.not_reproduced.len(),
            quarantined: self.report.quarantined.len(),
            warnings: self.report.warnings.len(),
            skipped: self.report.skipped.len(),
        }
    }

    /// Forgets what was counted since `mark`, for a file that is read again; what was appended stays counted.
    fn go_back(&mut self, mark: Mark, open: &Open<'_>) {
        let report = &mut self.report;
        let deleted = report.sessions.deleted;
        report.sessions = Counts { deleted, ..mark.sessions };
        (report.instances, report.messages, report.reproduced) =
            (mark.instances, mark.messages, mark.reproduced);
        report.not_reproduced.truncate(mark.not_reproduced);
        report.quarantined.truncate(mark.quarantined);
        report.warnings.truncate(mark.warnings);
        report.skipped.truncate(mark.skipped);
        for entry in &open.entries {
            if let Some(fate @ (Fate::Imported | Fate::Updated)) = entry.fate {
                self.earlier.insert((entry.array, entry.session_id.clone(), entry.nth), fate);
            }
        }
    }

    /// Counts what became of a session that the log gives back as the file has it.
    pub(super) fn count(&mut self, open: &mut Open<'_>, entry: usize, fate: Fate) {
        let entry = &mut open.entries[entry];
        let fate = match self.earlier.is_empty() {
            true => fate,
            false => {
                let earlier = self.earlier.get(&(entry.array, entry.session_id.clone(), entry.nth));
                earlier.map_or(fate, |earlier| fate.max(*earlier))
            }
        };
        entry.fate = Some(fate);
        let sessions = &mut self.report.sessions;
        *match fate {
            Fate::Imported => &mut sessions.imported,
            Fate::Updated => &mut sessions.updated,
            Fate::Unchanged => &mut sessions.unchanged,
        } += 1;
        self.report.reproduced += 1;
    }

    /// Takes in what is in the file; `source` gives its bytes, and once more where one has to be quarantined.
    pub(super) fn pieces<R: Read + Send>(&mut self, open: &mut Open<'_>, source: R) -> Result<(), Error> {
        let bytes_before = self.bytes;
        let budget = Budget::default();
        let outcome = std::thread::scope(|scope| {
            let found = read::read(scope, source, &budget);
            let outcome = self.import_file(open, &found, &budget, bytes_before);
            // A reader that waits for room must see that nobody listens any more.
            drop(found);
            budget.release();
            outcome
        });
        self.bytes = bytes_before + open.source.bytes;
        outcome
    }

    fn import_file(
        &mut self,
        open: &mut Open<'_>,
        found: &Receiver<Found>,
        budget: &Budget,
        bytes_before: u64,
    ) -> Result<(), Error> {
        for found in found {
            match found {
                Found::Failed(error) => {
                    open.is_cut = true;
                    self.skip(open.source, format!("it cannot be read to its end: {error}"), false);
                }
                // It is given again when it is whole.
                Found::Unclosed | Found::Unreadable { is_unended: true, .. } if open.is_being_written() => {
                    open.is_torn = true;
                }
                Found::Unclosed => {
                    open.is_torn = true;
                    self.report.warnings.push(format!("{}: the file ends inside its list", open.name))
                }
                Found::Nul { offset, length } => {
                    open.is_torn = true;
                    let range = format!("bytes {offset}..{}", offset + length);
                    self.report.warnings.push(format!("{}: {range} are NUL: never written", open.name));
                }
                Found::Unreadable { offset, raw, reason, .. } => {
                    open.is_torn = true;
                    let is_open = self.quarantine(open, offset, &raw, &reason)?;
                    if let Some(foreign) = Foreign::of(&raw).filter(|_| is_open && offset == 0) {
                        self.report.warnings.push(format!("{} {}", open.name, foreign.advice()));
                    }
                }
                Found::Session(whole) => {
                    self.bytes = bytes_before + whole.offset;
                    let length = whole.length;
                    self.session(open, &whole)?;
                    budget.give_back(length);
                }
            }
            if !self.goes_on() {
                self.report.interrupted = true;
                break;
            }
            if open.is_outdated {
                break;
            }
        }
        Ok(())
    }

    fn session(&mut self, open: &mut Open<'_>, whole: &Whole) -> Result<(), Error> {
        if whole.array != open.array {
            self.take_answers(open, true)?;
            open.array = whole.array;
            open.seen.clear();
        }
        let nth = open.seen.entry(whole.session.id.clone()).and_modify(|nth| *nth += 1).or_insert(1);
        let nth = *nth;
        self.import_session(open, whole, nth)
    }

    pub(super) fn finish(mut self) -> Result<Report, Error> {
        self.bytes = self.bytes_total;
        // There is nothing left to stop.
        let _done = self.goes_on();
        Ok(self.report)
    }

    /// Puts a piece into the quarantine; false where the same piece was settled before, by a person or by a whole file.
    pub(super) fn quarantine(
        &mut self,
        open: &mut Open<'_>,
        offset: u64,
        raw: &[u8],
        reason: &str,
    ) -> Result<bool, Error> {
        let digest = *blake3::hash(raw).as_bytes();
        open.damaged.insert(digest);
        // What is read once more is in the quarantine already.
        if let Some(log) = self.log.filter(|_| open.bytes.is_none())
            && import_records::is_settled(log, &open.name, digest)?
        {
            return Ok(false);
        }
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
            import_records::quarantine(&log.open_writer()?, &piece)?;
        }
        self.report.sessions.quarantined += 1;
        self.report.quarantined.push(Quarantined {
            file: open.name.clone(),
            offset,
            length: raw.len() as u64,
            reason: reason.to_owned(),
        });
        Ok(true)
    }

    /// The place that the next session would get, were it written.
    pub(super) fn next_place(&self) -> Result<f64, Error> {
        let head = match self.log {
            Some(log) => log.reader()?.head()?.position,
            None => Position::ZERO,
        };
        Ok(import_records::place_of(head.plus(self.report.events_appended + 1)))
    }
}
