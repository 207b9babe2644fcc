//! One file, span by span: what is news goes to its sessions, and its bytes into pieces.

use std::io;

use retold_core::SpanKind;
use retold_transcripts::{Fact, Form, Record, Source, Span, Why};

use super::{Reading, Run, Stop};
use crate::transcripts::ahead;
use crate::transcripts::file::{contents, kind, small};
use crate::transcripts::holes::{self, Hole};
use crate::transcripts::pieces::EventAt;

impl Reading {
    /// Remembers why reading ends, and returns what ends it.
    fn stop_by(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        io::Error::from(io::ErrorKind::Interrupted)
    }
}

impl Run<'_, '_> {
    /// Takes a first look at the records that were not given to the interpreter yet.
    pub(super) fn survey(&mut self, source: &Source) {
        let (interpreter, given) = (&mut self.interpreter, self.given.get(&source.name).copied());
        let mut at = 0_u64;
        let _ = ahead::read(self.format, source, &mut |span| {
            match span {
                Span::Record(record) => {
                    if at >= given.unwrap_or_default() {
                        interpreter.survey(source, &record);
                    }
                    at += record.bytes.len() as u64;
                }
                Span::Skipped { bytes, .. } => at += bytes.len() as u64,
            }
            Ok(())
        });
    }

    /// Takes in nothing of a file. That it was read is said, so that the next import does not read it again; but for a program that
    /// goes on, which would say it for each line.
    pub(super) fn excluded(&mut self, mut reading: Reading, is_changed: bool) -> Result<(), Stop> {
        self.bytes += reading.file_bytes;
        if !is_changed || self.options.memory.is_some() {
            return Ok(());
        }
        reading.pieces.touch();
        self.flush(Some(&mut reading))
    }

    /// Keeps a file byte for byte, from where the log has it on; `spans` are those of its records.
    fn whole(&mut self, source: &Source, reading: &mut Reading, spans: &[(u64, u8)]) -> io::Result<()> {
        let (mut at, mut spans) = (0_u64, spans);
        contents(self.format, source, &mut |bytes| {
            let known =
                usize::try_from(reading.resume.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            at += bytes.len() as u64;
            reading.read = at;
            if known == bytes.len() {
                return Ok(());
            }
            self.keep(&bytes[known..], std::mem::take(&mut spans), Vec::new(), reading.is_out, reading);
            self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
        })
    }

    /// Takes in a file beside the transcripts.
    pub(super) fn companion(
        &mut self,
        source: &Source,
        reading: &mut Reading,
        is_changed: bool,
    ) -> io::Result<()> {
        let whole = small(self.format, source)?;
        if let Some(whole) = &whole {
            let mut facts = Vec::new();
            self.interpreter.beside(source, whole, &mut |fact| facts.push(fact));
            for fact in facts {
                self.fact(fact, source, is_changed).map_err(|stop| reading.stop_by(stop))?;
            }
        }
        match is_changed {
            false => Ok(()),
            true if self.exclusions.is_empty() => self.whole(source, reading, &[]),
            true if matches!(source.form, Form::Lines | Form::Database) => self.lines_beside(source, reading),
            true => {
                reading.is_out = whole.is_some_and(|whole| self.scouted.is_said_in(&self.exclusions, &whole));
                self.whole(source, reading, &[])
            }
        }
    }

    /// Keeps a file of lines beside the transcripts, without those that are of something excluded.
    fn lines_beside(&mut self, source: &Source, reading: &mut Reading) -> io::Result<()> {
        let (mut at, format) = (0_u64, self.format);
        format.read(source, &mut |span| {
            let (Span::Record(Record { bytes, .. }) | Span::Skipped { bytes, .. }) = span;
            let known =
                usize::try_from(reading.resume.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            at += bytes.len() as u64;
            reading.read = at;
            if known == bytes.len() {
                return Ok(());
            }
            let is_out = self.scouted.is_said_in(&self.exclusions, bytes);
            self.keep(&bytes[known..], &[], Vec::new(), is_out, reading);
            self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
        })
    }

    /// Has bytes kept, or only counted.
    fn keep(
        &mut self,
        bytes: &[u8],
        spans: &[(u64, u8)],
        holes: Vec<(EventAt, Hole)>,
        is_out: bool,
        reading: &mut Reading,
    ) {
        if is_out {
            return reading.pieces.exclude(bytes);
        }
        reading.pieces.add(bytes, spans, holes);
        self.report.bytes += bytes.len() as u64;
    }

    /// Takes in a transcript, span by span.
    pub(super) fn transcript(
        &mut self,
        source: &Source,
        reading: &mut Reading,
        is_changed: bool,
    ) -> io::Result<()> {
        // A compressed file is kept as it is, and no record of it stands elsewhere.
        let is_compressed = source.form == Form::CompressedLines;
        let keeps = is_changed && !is_compressed;
        let (mut at, mut all_spans) = (0_u64, Vec::new());
        let given = self.given.get(&source.name).copied().unwrap_or_default();
        let mut given_now = 0;
        let format = self.format;
        ahead::read(format, source, &mut |span| {
            let offset = at;
            let mut spans = Vec::with_capacity(2);
            let bytes = match span {
                Span::Record(record) => {
                    // A row may hold several records, or only be listed beside them.
                    let count = format.counted(source, &record);
                    let kind = if count > 0 { SpanKind::Record } else { SpanKind::Blank };
                    spans.push((record.bytes.len() as u64, kind.number()));
                    spans.extend((1..count).map(|_| (0, SpanKind::Record.number())));
                    record.bytes
                }
                Span::Skipped { bytes, length, why, .. } => {
                    spans.push((length as u64, kind(why).number()));
                    let blank = (bytes.len() - length) as u64;
                    spans.extend((blank > 0).then_some((blank, SpanKind::Blank.number())));
                    bytes
                }
            };
            at += bytes.len() as u64;
            let is_new = is_changed && (is_compressed || offset >= reading.resume);
            if keeps && offset < reading.resume && at > reading.resume {
                // A record that was whole without the end of its line, which has come since.
                let known = usize::try_from(reading.resume - offset).unwrap_or(bytes.len()).min(bytes.len());
                let rest = &bytes[known..];
                reading.pieces.add(rest, &[(rest.len() as u64, SpanKind::Blank.number())], Vec::new());
                self.report.bytes += rest.len() as u64;
            }
            if is_compressed {
                all_spans.extend_from_slice(&spans);
            }
            if !matches!(span, Span::Skipped { why: Why::TornTail, .. }) {
                given_now = at;
            }
            let outcome = match span {
                // The interpreter has it from before.
                Span::Record(_) if offset < given => Ok(()),
                Span::Record(record) => self.record(source, &record, reading, is_new, keeps, &spans),
                Span::Skipped { why, .. } => {
                    if is_new {
                        self.report.skipped += u64::from(kind(why).is_fault());
                    }
                    self.skipped(bytes, why, reading, is_new && keeps, &spans)
                }
            };
            reading.read = at;
            outcome.map_err(|stop| reading.stop_by(stop))
        })?;
        self.given.insert(source.name.clone(), given_now);
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
        let is_out = self.scouted.is_named_in(bytes);
        self.keep(bytes, spans, Vec::new(), is_out, reading);
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
        let is_out = self.is_out(source, record, &facts);
        reading.is_out |= is_out;
        let mut said = Vec::new();
        for fact in facts {
            said.extend(self.fact(fact, source, is_new)?);
        }
        self.report.records += u64::from(is_new && !is_out);
        if !(is_new && keeps) {
            return if is_new { self.flush_if_full(reading) } else { Ok(()) };
        }
        let texts: Vec<&str> = said.iter().map(|at| self.text(*at)).collect();
        let holes = holes::find(record.bytes, &texts);
        let holes = holes.into_iter().map(|hole| (said[hole.text], hole)).collect();
        self.keep(record.bytes, spans, holes, is_out, reading);
        self.flush_if_full(reading)
    }

    /// Whether a record is of a session that is excluded: by its facts, or where it has none, by what it says.
    fn is_out(&self, source: &Source, record: &Record<'_>, facts: &[Fact]) -> bool {
        if self.exclusions.is_empty() {
            return false;
        }
        match facts.is_empty() {
            false => facts.iter().any(|fact| self.is_fact_out(fact)),
            true if source.form == Form::Database => self.scouted.is_said_in(&self.exclusions, record.bytes),
            true => self.scouted.is_named_in(record.bytes),
        }
    }

    fn text(&self, at: EventAt) -> &str {
        let pending = self.sessions.get(&self.touched[at.session]).map(|tracked| &tracked.pending[at.event]);
        pending.and_then(|new| new.event.long_text()).and_then(|text| text.as_str()).unwrap_or_default()
    }
}
