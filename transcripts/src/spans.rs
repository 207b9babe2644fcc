//! A source cut into records and what lies between them, without a byte left over.
//!
//! A line ends at `\n` and nowhere else. Of a line, objects are read until it is used up: two may be glued. Where it does not
//! parse, reading goes on at the first `{"` from which the rest is whole objects, and what lies before is skipped. White space
//! belongs to what is before it. A last line without an end that does not parse may still be written: it is taken as one. So the lengths of all spans together are the length of what was read.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::value::RawValue;

/// The longest line that is read as one. What is longer is skipped: no tool writes it, and it has to fit into memory.
pub const LINE_MAX: usize = 1 << 30;
/// How many times over a line may be read in search of where it makes sense again.
const BUDGET_TIMES: usize = 32;

/// A piece of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// A record.
    Record(Record<'a>),
    /// What is no record.
    Skipped {
        /// Where it begins.
        offset: u64,
        /// Its bytes, with the white space and the end of line after it.
        bytes: &'a [u8],
        /// How many of them are without that: what a report names.
        length: usize,
        /// What is wrong with it.
        why: Why,
    },
}

/// A record, as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it begins, in the decompressed source; in a database, the number of the row.
    pub offset: u64,
    /// Its bytes, with the white space and the end of line after it.
    pub bytes: &'a [u8],
    /// How many of them are the JSON.
    pub json: usize,
}

impl<'a> Record<'a> {
    /// Returns the record itself.
    pub fn json(&self) -> &'a [u8] {
        &self.bytes[..self.json]
    }
}

/// What is wrong with a span that is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A write was cut short, and a whole record follows on the same line.
    TornBefore,
    /// The last line has no end and does not parse: it may still be written.
    TornTail,
    /// Zeros, as a file system leaves them after a crash.
    Nul,
    /// The mark that some editors put at the beginning of a file.
    ByteOrderMark,
    /// White space before the first record.
    Blank,
    /// No JSON object.
    NotAnObject,
    /// Longer than any line may be.
    TooLong,
}

impl Why {
    /// Returns the reason as a text.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TornBefore => "torn before a whole record",
            Self::TornTail => "torn tail",
            Self::Nul => "nul",
            Self::ByteOrderMark => "byte order mark",
            Self::Blank => "blank",
            Self::NotAnObject => "not an object",
            Self::TooLong => "too long",
        }
    }
}

/// What is done with each span.
pub type Each<'a> = dyn FnMut(Span<'_>) -> io::Result<()> + 'a;

/// Cuts what `contents` gives, which begins at `offset` of its source, where a line begins. Holds one line at a time.
///
/// # Errors
/// What reading gives, or `each`.
pub fn lines(contents: impl Read, offset: u64, each: &mut Each<'_>) -> io::Result<()> {
    cut_lines(contents, offset, cut, each)
}

/// The same for the lines that the rows of a database were given as: each says the number of its row.
///
/// # Errors
/// What reading gives, or `each`.
pub fn rows(contents: impl Read, each: &mut Each<'_>) -> io::Result<()> {
    let mut number = 0;
    lines(contents, 0, &mut |span| match span {
        Span::Record(record) => {
            number += 1;
            each(Span::Record(Record { offset: number - 1, ..record }))
        }
        skipped => each(skipped),
    })
}

/// The same, where a line may also be one text, as `"Ready"` is.
///
/// # Errors
/// What reading gives, or `each`.
pub fn lines_and_texts(contents: impl Read, offset: u64, each: &mut Each<'_>) -> io::Result<()> {
    let cut = |line: &[u8], offset, each: &mut Each<'_>| {
        let body = line.trim_ascii();
        let is_text = line.starts_with(b"\"") && serde_json::from_slice::<&RawValue>(body).is_ok();
        match is_text {
            true => each(Span::Record(Record { offset, bytes: line, json: body.len() })),
            false => cut(line, offset, each),
        }
    };
    cut_lines(contents, offset, cut, each)
}

fn cut_lines(
    contents: impl Read,
    mut offset: u64,
    cut: impl Fn(&[u8], u64, &mut Each<'_>) -> io::Result<()>,
    each: &mut Each<'_>,
) -> io::Result<()> {
    let mut contents = BufReader::with_capacity(1 << 18, contents);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = contents.by_ref().take(LINE_MAX as u64).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if read == LINE_MAX && line.last() != Some(&b'\n') {
            each(Span::Skipped { offset, bytes: &line, length: line.len(), why: Why::TooLong })?;
        } else {
            cut(&line, offset, each)?;
        }
        offset += read as u64;
        if line.capacity() > 1 << 24 {
            line = Vec::new();
        }
    }
}

/// Takes a document as one record, whatever it holds.
///
/// # Errors
/// What reading gives, or `each`.
pub fn document(mut contents: impl Read, each: &mut Each<'_>) -> io::Result<()> {
    let mut bytes = Vec::new();
    contents.by_ref().take(LINE_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LINE_MAX {
        return each(Span::Skipped { offset: 0, bytes: &bytes, length: bytes.len(), why: Why::TooLong });
    }
    let body = bytes.trim_ascii();
    match object(body).is_some_and(|length| length == body.len()) {
        true => cut(&bytes, 0, each),
        false if bytes.is_empty() => Ok(()),
        false => {
            let length = bytes.trim_ascii_end().len();
            each(Span::Skipped { offset: 0, bytes: &bytes, length, why: Why::TornTail })
        }
    }
}

/// Cuts one line.
fn cut(line: &[u8], offset: u64, each: &mut Each<'_>) -> io::Result<()> {
    let has_end = line.last() == Some(&b'\n');
    let mut budget = line.len().saturating_mul(BUDGET_TIMES);
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let span = match object(rest) {
            Some(json) => {
                let bytes = &rest[..json + blank(&rest[json..])];
                Span::Record(Record { offset: offset + at as u64, bytes, json })
            }
            None => {
                let (length, why) = skipped(rest, offset + at as u64, has_end, &mut budget);
                let bytes = &rest[..length + blank(&rest[length..])];
                Span::Skipped { offset: offset + at as u64, bytes, length, why }
            }
        };
        at += match &span {
            Span::Record(record) => record.bytes.len(),
            Span::Skipped { bytes, .. } => bytes.len(),
        };
        each(span)?;
    }
    Ok(())
}

/// Returns how long the object is that begins here.
fn object(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

fn blank(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

/// Returns how much does not parse, and why.
fn skipped(rest: &[u8], offset: u64, has_end: bool, budget: &mut usize) -> (usize, Why) {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if offset == 0 && rest.starts_with(MARK) {
        return (MARK.len(), Why::ByteOrderMark);
    }
    let white = blank(rest);
    if white > 0 {
        return (white, Why::Blank);
    }
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    if zeros > 0 {
        return (zeros, Why::Nul);
    }
    if !has_end {
        // It may still be written: what looks like a whole object may be a part of one.
        return (rest.trim_ascii_end().len(), Why::TornTail);
    }
    let torn = rest.windows(2).enumerate().skip(1).filter(|(_, pair)| pair == b"{\"").map(|(at, _)| at);
    for at in torn {
        if *budget < rest.len() - at {
            break;
        }
        if are_objects(&rest[at..], budget) {
            return (at, Why::TornBefore);
        }
    }
    // Zeros after something torn are a span of their own.
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    (rest[..end].trim_ascii_end().len(), Why::NotAnObject)
}

/// Whether all of it is objects. What was read of it is taken from the budget.
fn are_objects(bytes: &[u8], budget: &mut usize) -> bool {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let (mut are_all, mut failed_at) = (true, 0);
    for value in &mut values {
        match value {
            Ok(value) if value.get().starts_with('{') => continue,
            Ok(_) => {}
            // One line: the column is the place.
            Err(error) => failed_at = error.column(),
        }
        are_all = false;
        break;
    }
    *budget = budget.saturating_sub(values.byte_offset().max(failed_at).max(16));
    are_all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(bytes: &[u8]) -> Vec<(u64, String, String)> {
        let mut found = Vec::new();
        lines(bytes, 0, &mut |span| {
            found.push(match span {
                Span::Record(record) => {
                    (record.offset, "record".to_owned(), String::from_utf8_lossy(record.json()).into_owned())
                }
                Span::Skipped { offset, bytes, length, why } => {
                    (offset, why.word().to_owned(), String::from_utf8_lossy(&bytes[..length]).into_owned())
                }
            });
            Ok(())
        })
        .unwrap();
        found
    }

    fn words(bytes: &[u8]) -> Vec<String> {
        spans(bytes).into_iter().map(|(offset, what, text)| format!("{offset} {what} {text:?}")).collect()
    }

    #[test]
    fn each_hazard_is_told_from_the_records_beside_it() {
        assert_eq!(
            words(b"{\"a\":1}{\"b\":2} \r\n\n"),
            [r#"0 record "{\"a\":1}""#, r#"7 record "{\"b\":2}""#, r#"17 blank "\n""#]
        );
        assert_eq!(
            words(b"{\"a\":{\"b{\"c\":3}\n"),
            [r#"0 torn before a whole record "{\"a\":{\"b""#, r#"8 record "{\"c\":3}""#]
        );
        assert_eq!(words(b"\xef\xbb\xbf{}\n"), [r#"0 byte order mark "\u{feff}""#, r#"3 record "{}""#]);
        assert_eq!(words(b"\0\0\n{}"), [r#"0 nul "\0\0""#, r#"3 record "{}""#]);
        assert_eq!(words(b"{\"a\":{\"b\":1}"), [r#"0 torn tail "{\"a\":{\"b\":1}""#]);
        assert_eq!(words(b"{}\n{\"a"), [r#"0 record "{}""#, r#"3 torn tail "{\"a""#]);
        assert_eq!(
            words(b"{\"a\xff\n[1]\n"),
            ["0 not an object \"{\\\"a\u{fffd}\"", r#"5 not an object "[1]""#]
        );
        assert_eq!(words("{\"a\":\"\u{2028}\"}\n".as_bytes()), [r#"0 record "{\"a\":\"\u{2028}\"}""#]);
    }

    #[test]
    fn hostile_lines_take_bounded_work() {
        // Each of them makes sense nowhere, and each `{"` looks like a beginning.
        for piece in ["{\"a\":", "{\"", "{\"a\":[", "{\"a\":\"\\\""] {
            let line = piece.repeat(20_000);
            assert_eq!(spans(line.as_bytes()).len(), 1, "{piece}");
        }
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn every_byte_is_in_one_span(
            pieces in prop::collection::vec(
                prop_oneof![
                    Just(&b"{\"a\":1}"[..]), Just(&b"{\"a\":{\"b\":\"c"[..]), Just(&b"\n"[..]), Just(&b"\0"[..]),
                    Just(&b" \r"[..]), Just(&b"\xff"[..]), Just(&b"[1]"[..]), Just(&b"\xef\xbb\xbf"[..]), Just(&b"{}"[..]),
                    Just(&b"\"}"[..]),
                ],
                0..24,
            ),
        ) {
            let bytes = pieces.concat();
            let mut all = Vec::new();
            lines(&bytes[..], 0, &mut |span| {
                let (offset, found) = match span {
                    Span::Record(record) => (record.offset, record.bytes),
                    Span::Skipped { offset, bytes, .. } => (offset, bytes),
                };
                assert_eq!(offset, all.len() as u64);
                assert!(!found.is_empty());
                all.extend_from_slice(found);
                Ok(())
            })
            .unwrap();
            prop_assert_eq!(all, bytes);
        }
    }
}
