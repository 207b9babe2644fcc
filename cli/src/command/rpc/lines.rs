//! Lines of the input, read on a thread of their own, so that whoever waits for one can be interrupted.

use std::io::{BufRead, BufReader, Read};

use crossbeam_channel::{Receiver, bounded};

/// One line, or why there is none.
#[derive(Debug)]
pub(super) enum Line {
    /// It, without its end.
    Whole(Vec<u8>),
    /// It is longer than allowed, and was passed over.
    TooLong {
        /// How long it is.
        bytes: u64,
    },
    /// The input failed; no line follows.
    Failed(std::io::Error),
}

/// Reads lines of at most `bytes_max` bytes until the input ends. One waits while another is being answered.
///
/// The thread ends with the input, or when a line comes that nobody waits for any more.
pub(super) fn lines(input: Box<dyn Read + Send>, bytes_max: usize) -> Receiver<Line> {
    let (sender, receiver) = bounded(1);
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(1 << 16, input);
        while let Some(line) = next(&mut input, bytes_max) {
            let is_last = matches!(line, Line::Failed(_));
            if sender.send(line).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

fn next(input: &mut impl BufRead, bytes_max: usize) -> Option<Line> {
    let mut line = Vec::new();
    let mut bytes: u64 = 0;
    loop {
        let buffer = match input.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Some(Line::Failed(error)),
        };
        let end = memchr::memchr(b'\n', buffer);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        bytes += part.len() as u64;
        // One byte more, for the `\r` of a line that is just short enough.
        if bytes <= bytes_max as u64 + 1 {
            line.extend_from_slice(part);
        } else {
            line = Vec::new();
        }
        let (used, is_end) = (part.len() + usize::from(end.is_some()), end.is_some() || buffer.is_empty());
        input.consume(used);
        if is_end {
            if line.ends_with(b"\r") {
                line.pop();
                bytes -= 1;
            }
            return match bytes {
                _ if bytes > bytes_max as u64 => Some(Line::TooLong { bytes }),
                0 if used == 0 => None,
                _ => Some(Line::Whole(line)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bytes_max: usize) -> Vec<String> {
        let mut input = BufReader::with_capacity(3, text.as_bytes());
        let mut lines = Vec::new();
        while let Some(line) = next(&mut input, bytes_max) {
            lines.push(match line {
                Line::Whole(line) => String::from_utf8(line).unwrap(),
                Line::TooLong { bytes } => format!("{bytes} bytes"),
                Line::Failed(error) => error.to_string(),
            });
        }
        lines
    }

    #[test]
    fn lines_end_in_every_way_that_lines_end() {
        assert_eq!(read("one\ntwo\r\n\nfour", 9), ["one", "two", "", "four"]);
        assert_eq!(read("", 9), [""; 0]);
        assert_eq!(read("\n", 9), [""]);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_read() {
        assert_eq!(read("12345678\nab\n", 7), ["8 bytes", "ab"]);
        assert_eq!(read("1234567\nab\n", 7), ["1234567", "ab"]);
        assert_eq!(read("1234567\r\n12345678\r\nab", 7), ["1234567", "8 bytes", "ab"]);
        assert_eq!(read("123456789", 7), ["9 bytes"]);
    }
}
