//! A list of sessions, written as the legacy writer writes it.

use std::io::{self, Write};

use retold_core::{Session, is_spelled, restore_spelling};

/// Writes a legacy file session by session: the bytes that `serde_json::to_string_pretty` gives for the whole list.
#[derive(Debug)]
pub struct ListWriter<W> {
    out: Counted<W>,
    sessions: u64,
}

impl<W: Write> ListWriter<W> {
    /// Begins a list.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = Counted { out, bytes: 0 };
        out.write_all(b"[")?;
        Ok(Self { out, sessions: 0 })
    }

    /// Writes a session, and returns where its bytes begin. Texts that are none are spelled as they were.
    ///
    /// # Errors
    /// Those of the output.
    pub fn session(&mut self, session: &Session) -> io::Result<u64> {
        let begin = self.element()?;
        if is_spelled(session) {
            let json = serde_json::to_vec_pretty(session)?;
            let original = restore_spelling(session, &json);
            Indented(&mut self.out).write_all(original.as_ref().unwrap_or(&json))?;
        } else {
            serde_json::to_writer_pretty(&mut Indented(&mut self.out), session)?;
        }
        Ok(begin)
    }

    /// Writes a session's bytes as an earlier list had them, and returns where they begin.
    ///
    /// # Errors
    /// Those of the output.
    pub fn written(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let begin = self.element()?;
        self.out.write_all(bytes)?;
        Ok(begin)
    }

    /// Returns how many bytes were written.
    pub fn bytes(&self) -> u64 {
        self.out.bytes
    }

    /// Returns how many sessions were written.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Ends the list and gives the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(if self.sessions == 0 { b"]" } else { b"\n]" })?;
        Ok(self.out.out)
    }

    fn element(&mut self) -> io::Result<u64> {
        self.out.write_all(if self.sessions == 0 { b"\n  " } else { b",\n  " })?;
        self.sessions += 1;
        Ok(self.out.bytes)
    }
}

#[derive(Debug)]
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Indents by one level more: the pretty printer writes every line break itself, and none inside a string.
struct Indented<'w, W>(&'w mut W);

impl<W: Write> Write for Indented<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            if index > 0 {
                self.0.write_all(b"\n  ")?;
            }
            self.0.write_all(line)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_what_the_pretty_printer_writes() {
        let session: Session = serde_json::from_str(
            r#"{"id": "a1", "type": "debate", "task": "two\nlines", "status": "", "createdAt": "", "updatedAt": "",
                "instances": [], "chatHistory": [{"id": "m", "role": "", "content": "", "timestamp": ""}]}"#,
        )
        .unwrap();
        for count in 0..3 {
            let sessions = vec![session.clone(); count];
            let mut list = ListWriter::new(Vec::new()).unwrap();
            let whole = serde_json::to_string_pretty(&sessions).unwrap();
            for (index, session) in sessions.iter().enumerate() {
                let begin = list.session(session).unwrap();
                let (begin, end) = (usize::try_from(begin).unwrap(), usize::try_from(list.bytes()).unwrap());
                let bytes = whole.as_bytes()[begin..end].to_vec();
                assert_eq!(serde_json::from_slice::<Session>(&bytes).unwrap(), *session, "{index}");
                let mut again = ListWriter::new(Vec::new()).unwrap();
                again.written(&bytes).unwrap();
                assert_eq!(again.sessions(), 1);
            }
            assert_eq!(String::from_utf8(list.finish().unwrap()).unwrap(), whole);
        }
    }
}
