//! Files that are kept as they are: those beside transcripts, and compressed ones.

use std::io;

use memchr::memrchr;
use retold_transcripts::{Form, Record, Source, Span};

use super::{Reading, Run};
use crate::transcripts::file::{contents, small};
use crate::transcripts::pieces::PIECE_BYTES;
use crate::transcripts::secrets::{self, Found, Values};

/// Of a long file, so much is looked through once more with what comes after it: a longer secret may be missed.
const HELD: usize = 1 << 16;

impl Run<'_, '_> {
    /// Keeps what is in memory, from where the log has it on, in steps.
    fn whole_of(&mut self, whole: &[u8], reading: &mut Reading) -> io::Result<()> {
        let known = usize::try_from(reading.resume).unwrap_or(usize::MAX).min(whole.len());
        let found = if reading.is_out { Vec::new() } else { secrets::find(whole) };
        for (step, found) in secrets::steps(known..whole.len(), &found, PIECE_BYTES) {
            self.keep(&whole[step.clone()], &[], &found, &[], reading.is_out, reading);
            reading.read = step.end as u64;
            self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))?;
        }
        Ok(())
    }

    /// Keeps a file byte for byte, from where the log has it on; `spans` are those of its records.
    pub(super) fn whole(
        &mut self,
        source: &Source,
        reading: &mut Reading,
        spans: &[(u64, u8)],
    ) -> io::Result<()> {
        let (mut at, mut spans) = (0_u64, spans);
        let is_packed = source.form == Form::CompressedLines;
        // What is read and not kept yet: it may end within a secret.
        let mut held = Vec::new();
        contents(self.format, source, &mut |bytes| {
            let known =
                usize::try_from(reading.resume.saturating_sub(at)).unwrap_or(usize::MAX).min(bytes.len());
            at += bytes.len() as u64;
            reading.read = at;
            if known == bytes.len() {
                return Ok(());
            }
            let bytes = &bytes[known..];
            if reading.is_out || is_packed {
                self.keep(bytes, std::mem::take(&mut spans), &[], &[], reading.is_out, reading);
                return self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop));
            }
            held.extend_from_slice(bytes);
            self.steps_of(&mut held, HELD, reading)
        })?;
        self.steps_of(&mut held, 0, reading)
    }

    /// Keeps bytes of a file, but for the last ones, among which a secret may begin. A secret is kept in one step.
    fn steps_of(&mut self, held: &mut Vec<u8>, last: usize, reading: &mut Reading) -> io::Result<()> {
        let Some(most) = held.len().checked_sub(last).filter(|most| *most > 0) else { return Ok(()) };
        // What tells that it is one is on its line.
        let line = if last == 0 { None } else { memrchr(b'\n', &held[..most]) };
        let most = line.map_or(most, |end| end + 1);
        let found = secrets::find(held);
        let across = found.iter().find(|found| found.range.start < most && found.range.end > most);
        let end = across.map_or(most, |found| found.range.start);
        let found: Vec<Found> = found.into_iter().filter(|found| found.range.end <= end).collect();
        if end > 0 {
            self.keep(&held[..end], &[], &found, &[], false, reading);
            held.drain(..end);
        }
        self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
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
                self.fact(fact, &mut Values::default(), source, is_changed)
                    .map_err(|stop| reading.stop_by(stop))?;
            }
        }
        match is_changed {
            false => Ok(()),
            true if self.exclusions.is_empty() => match &whole {
                Some(whole) => self.whole_of(whole, reading),
                None => self.whole(source, reading, &[]),
            },
            true if matches!(source.form, Form::Lines | Form::Database) => self.lines_beside(source, reading),
            true => {
                let is_out = |whole: &Vec<u8>| self.scouted.is_said_in(&self.exclusions, whole);
                reading.is_out = whole.as_ref().is_some_and(is_out);
                match &whole {
                    Some(whole) => self.whole_of(whole, reading),
                    None => self.whole(source, reading, &[]),
                }
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
            // The log may have the begin of a secret, as that of a line that went on since.
            let found = if is_out { Vec::new() } else { secrets::find(bytes) };
            for (step, found) in secrets::steps(known..bytes.len(), &found, bytes.len()) {
                self.keep(&bytes[step], &[], &found, &[], is_out, reading);
            }
            self.flush_if_full(reading).map_err(|stop| reading.stop_by(stop))
        })
    }
}
