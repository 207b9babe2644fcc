//! Copies JSON token by token.

use super::read::value_length;

/// What is left of a JSON text, and the copy that is made of it.
pub(super) struct Copier<'j> {
    pub(super) rest: &'j [u8],
    pub(super) out: Vec<u8>,
}

impl<'j> Copier<'j> {
    pub(super) fn of(json: &'j [u8]) -> Self {
        Self { rest: json, out: Vec::with_capacity(json.len()) }
    }

    /// Copies white space.
    pub(super) fn white(&mut self) {
        let length = self.rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.out.extend_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
    }

    /// Copies one value, of any depth.
    pub(super) fn value(&mut self) -> Option<()> {
        let length = value_length(self.rest)?;
        self.copy(length)
    }

    /// Copies that many bytes.
    pub(super) fn copy(&mut self, length: usize) -> Option<()> {
        let copied = self.skip(length)?;
        self.out.extend_from_slice(copied);
        Some(())
    }

    /// Returns that many bytes, which are not copied.
    pub(super) fn skip(&mut self, length: usize) -> Option<&'j [u8]> {
        let (skipped, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(skipped)
    }

    /// Ends the copy with what is left.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(self.rest);
        self.out
    }
}
