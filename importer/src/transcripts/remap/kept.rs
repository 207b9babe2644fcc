//! The files of a tool as the log keeps them.

use std::cell::Cell;
use std::io::{self, Read};
use std::path::PathBuf;

use retold_core::event::SourceRead;
use retold_core::{Event, EventType, Limit, Log, Reader, Revision, SpanKind, StreamName};
use retold_transcripts::{Each, Form, Format, Places, Source, SourceRole};

use crate::Error;
use crate::transcripts::export::own_bytes;
use crate::transcripts::known::KnownPiece;

/// A file that the log keeps, as it was when it was read last.
pub(super) struct KeptSource {
    pub(super) source: Source,
    number: u64,
    pieces: Vec<KnownPiece>,
    /// Whether it was not only gone on with: what it said before, and says no more, was taken in then.
    pub(super) is_rewritten: bool,
    /// Whether bytes of it are erased, or were never kept.
    pub(super) has_gap: Cell<bool>,
}

impl KeptSource {
    /// Returns how many bytes are kept of it.
    pub(super) fn bytes(&self) -> u64 {
        self.pieces.last().map_or(0, |last| last.offset + last.length)
    }

    fn take(&mut self, body: &SourceRead, position: u64) {
        let is_kept = |piece: &KnownPiece| piece.offset < body.offset;
        let cut = |piece: &KnownPiece| !is_kept(piece) || piece.offset + piece.length > body.offset;
        self.is_rewritten |= self.pieces.iter().any(|piece| cut(piece) && !piece.is_tail);
        self.pieces.retain(is_kept);
        let has = |kind: SpanKind| body.spans.iter().any(|(_, number)| *number == kind.number());
        if has(SpanKind::Excluded) {
            self.has_gap.set(true);
        }
        if body.length > 0 {
            let records = body.spans.iter().filter(|(_, kind)| *kind == SpanKind::Record.number()).count();
            self.pieces.push(KnownPiece {
                offset: body.offset,
                length: body.length,
                position: position.saturating_sub(1),
                through: body.through.0,
                records: records as u64,
                is_tail: records == 0 && has(SpanKind::TornTail),
            });
        }
    }

    /// Cuts what is kept into spans, as the file would be.
    ///
    /// # Errors
    /// What the log says, or `each`. Where the file makes no sense without what is erased of it, it holds nothing.
    pub(super) fn read(&self, log: &Log, format: &dyn Format, each: &mut Each<'_>) -> Result<(), Error> {
        let mut failed = None;
        let outcome = self.contents(log, &mut failed).and_then(|mut contents| {
            let mut contents = self.source.form.decompressed(&mut contents)?;
            format.cut(self.source.form, &mut contents, each)
        });
        match (failed, outcome) {
            (Some(error), _) => Err(error),
            (None, Err(_)) if self.has_gap.get() => Ok(()),
            (None, Err(source)) => {
                let path = self.source.path.clone();
                Err(Error::Io { act: "map what is kept of", path, source })
            }
            (None, Ok(())) => Ok(()),
        }
    }

    /// Returns all that is kept, as it is on disk.
    ///
    /// # Errors
    /// What the log says.
    pub(super) fn whole(&self, log: &Log) -> Result<Vec<u8>, Error> {
        let (mut whole, mut failed) = (Vec::new(), None);
        let outcome =
            self.contents(log, &mut failed).and_then(|mut contents| contents.read_to_end(&mut whole));
        match (failed, outcome) {
            (Some(error), _) => Err(error),
            (None, Err(source)) => {
                Err(Error::Io { act: "map what is kept of", path: self.source.path.clone(), source })
            }
            (None, Ok(_)) => Ok(whole),
        }
    }

    fn contents<'a>(&'a self, log: &'a Log, failed: &'a mut Option<Error>) -> io::Result<Contents<'a>> {
        let reader = log.reader().map_err(io::Error::other)?;
        Ok(Contents { source: self, reader, next: 0, bytes: Vec::new(), read: 0, failed })
    }
}

/// The bytes of a file, piece by piece. What is missing is an empty line.
struct Contents<'a> {
    source: &'a KeptSource,
    reader: Reader<'a>,
    next: usize,
    bytes: Vec<u8>,
    read: usize,
    failed: &'a mut Option<Error>,
}

impl Read for Contents<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.bytes.len() {
            if self.next == self.source.pieces.len() {
                return Ok(0);
            }
            self.read = 0;
            let (pieces, mut masks) = (&self.source.pieces, Vec::new());
            match own_bytes(&mut self.reader, pieces, self.next, &mut self.bytes, &mut masks) {
                Ok((_, gap)) => {
                    // What was masked cannot be mapped as it was.
                    self.source.has_gap.set(self.source.has_gap.get() || !masks.is_empty());
                    if gap.is_some() {
                        self.source.has_gap.set(true);
                        self.bytes.push(b'\n');
                    }
                }
                Err(error) => {
                    *self.failed = Some(error);
                    return Err(io::Error::other("the log"));
                }
            }
            self.next += 1;
        }
        let from = &self.bytes[self.read..];
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        self.read += count;
        Ok(count)
    }
}

/// Returns the files that the log keeps of a tool, in the order in which they came in.
///
/// # Errors
/// Where the log cannot be read.
pub(super) fn sources(log: &Log, format: &dyn Format, places: &Places) -> Result<Vec<KeptSource>, Error> {
    let (mut found, mut reader) = (Vec::<KeptSource>::new(), log.reader()?);
    let Some(stream) = reader.stream(&StreamName::workspace(format.tool().word()))? else {
        return Ok(found);
    };
    let end = reader.head()?.position;
    let types = [EventType::SourceFound, EventType::SourceRead];
    let mut after = Revision::ZERO;
    loop {
        let page = reader.stream_events_of_types(&types, stream, after, end, Limit::default())?;
        for recorded in &page.events {
            after = recorded.revision;
            match &recorded.event {
                Some(Event::SourceFound(body)) => {
                    let (form, role) = (Form::of_word(&body.form), SourceRole::of_word(&body.role));
                    found.push(KeptSource {
                        source: Source {
                            path: path_of(places, &body.name),
                            name: body.name.clone(),
                            form: form.unwrap_or(Form::Opaque),
                            role: role.unwrap_or(SourceRole::Companion),
                        },
                        number: body.source,
                        pieces: Vec::new(),
                        is_rewritten: false,
                        has_gap: Cell::new(false),
                    });
                }
                Some(Event::SourceRead(body)) => {
                    let source = found.iter_mut().rev().find(|source| source.number == body.source);
                    if let Some(source) = source {
                        source.take(body, recorded.position.get());
                    }
                }
                _ => {}
            }
        }
        if !page.more {
            return Ok(found);
        }
    }
}

/// Returns where a file would be that has this name.
fn path_of(places: &Places, name: &str) -> PathBuf {
    places.home().join(name)
}
