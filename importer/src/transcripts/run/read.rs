//! One file, span by span: what is news goes to its sessions, and its bytes into pieces.

use std::io;

use retold_core::SpanKind;
use retold_transcripts::{Fact, Form, Record, Source, Span, Why};

use super::memory::Given;
use super::packed::Packed;
use super::{Reading, Run, Stop};
use crate::transcripts::ahead;
use crate::transcripts::file::kind;
use crate::transcripts::holes::{self, Hole};
use crate::transcripts::pieces::{EventAt, PIECE_BYTES_MAX};
use crate::transcripts::secrets::{self, Counts, Found, Values};

impl Reading {
    /// Remembers why reading ends, and returns what ends it.
    pub(super) fn stop_by(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        io::Error::from(io::ErrorKind::Interrupted)
    }
}

impl Run<'_, '_> {
    /// Takes a first look at the records that were not given to the interpreter yet.
    pub(super) fn survey(&mut self, source: &Source) {
        if !self.format.is_surveyed(source.form) {
            return;
        }
        let given = self.given_end(source);
        let mut at = self.begins_at(source);
        let interpreter = &mut self.interpreter;
        let _ = ahead::read(self.format, source, at, &mut |span| {
            match span {
                Span::Record(record) => {
                    if at >= given {
                        interpreter.survey(source, &record);
                    }
                    at += record.bytes.len() as u64;
                }
                Span::Skipped { bytes, .. } => at += bytes.len() as u64,
            }
            Ok(())
        });
    }

    /// Returns up to where the interpreter has a transcript.
    fn given_end(&self, source: &Source) -> u64 {
        self.given.get(&source.name).map_or(0, |given| given.end)
    }

    /// Returns from where on a transcript is read: from what the interpreter lacks, where a line begins there and the log lacks nothing
    /// before.
    fn begins_at(&self, source: &Source) -> u64 {
        let given = self.given_end(source);
        let is_line = source.form == Form::Lines && matches!(source.open_at(given), Ok(Some(_)));
        if is_line { given } else { 0 }
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

    /// Has bytes kept, or only counted; secrets that were found in them are counted, and masked where that is said. What events say of
    /// them is referred to.
    pub(super) fn keep(
        &mut self,
        bytes: &[u8],
        spans: &[(u64, u8)],
        found: &[Found],
        said: &[EventAt],
        is_out: bool,
        reading: &mut Reading,
    ) {
        if is_out {
            return reading.pieces.exclude(bytes);
        }
        if found.is_empty() || !self.masks {
            let holes = self.holes(bytes, said);
            reading.pieces.add(bytes, spans, holes);
        } else {
            // A longer one is parted, and then says all that it says itself.
            let said = if bytes.len() > PIECE_BYTES_MAX { &[] } else { said };
            let mut spans = spans;
            for (step, found) in secrets::steps(0..bytes.len(), found, PIECE_BYTES_MAX) {
                let bytes = &bytes[step];
                let masked = secrets::masked(bytes, &found);
                let holes = self.holes(&masked.bytes, said);
                reading.pieces.add_masked(bytes, &masked, std::mem::take(&mut spans), holes);
            }
        }
        self.report.bytes += bytes.len() as u64;
        if !found.is_empty() {
            let mut counts = Counts::new();
            secrets::count(found, &mut counts);
            self.has_secrets(&counts, reading);
        }
    }

    /// Counts secrets, for the report and for the piece that goes on.
    pub(super) fn has_secrets(&mut self, counts: &Counts, reading: &mut Reading) {
        reading.pieces.has_secrets(counts);
        for (rule, count) in counts {
            *self.report.secrets.entry(rule).or_default() += count;
        }
    }

    /// Returns where bytes say what events say.
    fn holes(&self, bytes: &[u8], said: &[EventAt]) -> Vec<(EventAt, Hole)> {
        let texts: Vec<&str> = said.iter().map(|at| self.text(*at)).collect();
        let holes = holes::find(bytes, &texts);
        holes.into_iter().map(|hole| (said[hole.text], hole)).collect()
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
        let (mut at, mut all_spans) = (self.begins_at(source), Vec::new());
        reading.packed = if is_compressed && is_changed { Some(Packed::new(self.masks)?) } else { None };
        let given = self.given_end(source);
        let (mut given_now, mut through) = (at, None);
        let format = self.format;
        ahead::read(format, source, at, &mut |span| {
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
                for (step, found) in secrets::steps(known..bytes.len(), &secrets::find(bytes), bytes.len()) {
                    let spans = [(step.len() as u64, SpanKind::Blank.number())];
                    self.keep(&bytes[step], &spans, &found, &[], false, reading);
                }
            }
            if is_compressed {
                all_spans.extend_from_slice(&spans);
            }
            match span {
                Span::Skipped { why: Why::TornTail, .. } => through = reading.pieces.through(offset),
                _ => given_now = at,
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
        through = through.or_else(|| reading.pieces.through(given_now));
        if source.form == Form::Lines {
            let known = || self.known.get(&source.name)?.through(given_now);
            reading.given = Given { end: given_now, through: through.or_else(known), stamp: None };
        }
        match reading.packed.take() {
            Some(packed) if !packed.counts.is_empty() && !reading.is_out => {
                self.packed(source, reading, &all_spans, packed)
            }
            Some(_) => self.whole(source, reading, &all_spans),
            None => Ok(()),
        }
    }

    fn skipped(
        &mut self,
        bytes: &[u8],
        why: Why,
        reading: &mut Reading,
        keeps: bool,
        spans: &[(u64, u8)],
    ) -> Result<(), Stop> {
        let is_tail = why == Why::TornTail;
        let find = if is_tail && self.masks { secrets::find_in_tail } else { secrets::find };
        if let Some(packed) = &mut reading.packed {
            packed.add(bytes, &find(bytes))?;
        }
        if !keeps {
            return Ok(());
        }
        if is_tail {
            // It is read again next time: then the piece before it stays.
            reading.pieces.cut();
        }
        let is_out = self.scouted.is_named_in(bytes);
        let found = if is_out { Vec::new() } else { find(bytes) };
        self.keep(bytes, spans, &found, &[], is_out, reading);
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
        // One pass; where secrets stay, what the log has already is not looked through.
        let mut found =
            if !is_out && (is_new || self.masks) { secrets::find(record.bytes) } else { Vec::new() };
        let (mut said, mut values) = (Vec::new(), Values::default());
        if self.masks {
            values.add(record.bytes, &found);
        }
        for fact in facts {
            said.extend(self.fact(fact, &mut values, source, is_new)?);
        }
        values.find_again(record.bytes, &mut found);
        if let Some(packed) = &mut reading.packed {
            packed.add(record.bytes, &found)?;
        }
        self.report.records += u64::from(is_new && !is_out);
        if !(is_new && keeps) {
            return if is_new { self.flush_if_full(reading) } else { Ok(()) };
        }
        self.keep(record.bytes, spans, &found, &said, is_out, reading);
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
