//! What the splitter finds next.

use std::io::{self, Read};

use super::resync::Resync;
use super::scalars::{self, RUN_BYTES_MAX};
use super::start::{self, HEADER_BYTES_MAX, Keys, Miss, is_white};
use super::{Reason, Splitter};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What is at the head of the window, by its length.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    End,
    Record(usize),
    Damage(usize, Reason),
}

impl<R: Read> Splitter<R> {
    pub(super) fn step(&mut self) -> io::Result<Step> {
        loop {
            match self.resync {
                Some(Resync::ToStart { searched, reason }) => {
                    if let Some(step) = self.lose_to_start(searched, reason)? {
                        return Ok(step);
                    }
                }
                Some(Resync::Bytes(left, reason)) => {
                    if let Some(step) = self.lose_bytes(left, reason) {
                        return Ok(step);
                    }
                }
                None => {
                    if let Some(step) = self.between()? {
                        return Ok(step);
                    }
                }
            }
        }
    }

    /// Between two elements: passes over structure, then tells what begins. `None` where damage begins.
    fn between(&mut self) -> io::Result<Option<Step>> {
        if self.window.offset() == 0 {
            self.window.fill_to(BYTE_ORDER_MARK.len())?;
            if self.window.bytes().starts_with(BYTE_ORDER_MARK) {
                self.window.consume(BYTE_ORDER_MARK.len());
            }
        }
        let first = loop {
            self.pass_structure();
            if let Some(&first) = self.window.bytes().first() {
                break first;
            }
            if !self.window.fill()? {
                return Ok(Some(Step::End));
            }
        };
        match first {
            0 => self.nul_run().map(Some),
            b'{' if self.arrays.holds_elements() || self.has_id()? => self.element(),
            _ if self.arrays.holds_elements() => self.scalars(),
            _ => Ok(self.lose(Resync::ToStart { searched: 1, reason: Reason::Garbage })),
        }
    }

    fn pass_structure(&mut self) {
        let bytes = self.window.bytes();
        let mut len = 0;
        for &byte in bytes {
            match byte {
                b'[' => self.arrays.open(),
                b']' => self.arrays.close(),
                b',' => {}
                _ if is_white(byte) => {}
                _ => break,
            }
            len += 1;
        }
        self.window.consume(len);
    }

    fn nul_run(&mut self) -> io::Result<Step> {
        let mut len = 0;
        loop {
            let unseen = &self.window.bytes()[len..];
            let more = unseen.iter().position(|&byte| byte != 0);
            len += more.unwrap_or(unseen.len());
            let is_over = more.is_some() || len >= self.limits.piece_bytes_max;
            if is_over || !self.window.fill()? {
                return Ok(Step::Damage(len.min(self.limits.piece_bytes_max), Reason::Nul));
            }
        }
    }

    /// Whether the object at the head has `id` for its first key.
    fn has_id(&mut self) -> io::Result<bool> {
        loop {
            let bytes = self.window.bytes();
            let header = &bytes[..bytes.len().min(HEADER_BYTES_MAX)];
            match start::opens_with(header, Keys::Id) {
                Ok(()) => return Ok(true),
                Err(Miss::Other) => return Ok(false),
                Err(Miss::Short) if header.len() == HEADER_BYTES_MAX || !self.window.fill()? => {
                    return Ok(false);
                }
                Err(Miss::Short) => {}
            }
        }
    }

    fn scalars(&mut self) -> io::Result<Option<Step>> {
        let run_bytes_max = RUN_BYTES_MAX.min(self.limits.piece_bytes_max);
        loop {
            let bytes = self.window.bytes();
            let text = &bytes[..bytes.len().min(run_bytes_max)];
            let run = scalars::run(text, self.window.at_end() && text.len() == bytes.len());
            if run.is_short && text.len() < run_bytes_max && !self.window.at_end() {
                self.window.fill()?;
            } else if run.len > 0 {
                return Ok(Some(Step::Damage(run.len, Reason::NotAnObject)));
            } else {
                return Ok(self.lose(Resync::ToStart { searched: 1, reason: Reason::Garbage }));
            }
        }
    }
}
