//! A source that is read and cut on a thread of its own, a little ahead of what is done with it.

use std::io;
use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};

use retold_transcripts::{Format, Record, Source, Span, Why};

/// A shorter source is read before a thread is there.
const SHORT: u64 = 1 << 17;
/// Spans go over once they have so many bytes.
const BATCH_BYTES: usize = 1 << 18;
/// Batches that wait: each may be one long record.
const AHEAD: usize = 1;

/// Spans and their bytes, one after the other.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    spans: Vec<(Range<usize>, u64, Kind)>,
}

#[derive(Clone, Copy)]
enum Kind {
    Record { json: usize },
    Skipped { length: usize, why: Why },
}

impl Batch {
    fn add(&mut self, span: Span<'_>) {
        let (offset, bytes, kind) = match span {
            Span::Record(Record { offset, bytes, json }) => (offset, bytes, Kind::Record { json }),
            Span::Skipped { offset, bytes, length, why } => (offset, bytes, Kind::Skipped { length, why }),
        };
        let from = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.spans.push((from..self.bytes.len(), offset, kind));
    }

    fn spans(&self) -> impl Iterator<Item = Span<'_>> {
        self.spans.iter().map(|(range, offset, kind)| {
            let (bytes, offset) = (&self.bytes[range.clone()], *offset);
            match *kind {
                Kind::Record { json } => Span::Record(Record { offset, bytes, json }),
                Kind::Skipped { length, why } => Span::Skipped { offset, bytes, length, why },
            }
        })
    }
}

/// Cuts a source into spans, as [`Format::read`] does, from `from` on: of lines, where one begins;
/// of all others, 0. Memory: some batches, and a long record once more.
///
/// # Errors
/// What reading gives, or `each`.
pub(super) fn read(
    format: &dyn Format,
    source: &Source,
    from: u64,
    each: &mut dyn FnMut(Span<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let length = std::fs::metadata(&source.path).map_or(u64::MAX, |metadata| metadata.len());
    if length.saturating_sub(from) < SHORT {
        return cut(format, source, from, each);
    }
    std::thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        let reader = scope.spawn(move || send(format, source, from, &sender));
        let done = batches.iter().try_for_each(|batch| batch.spans().try_for_each(&mut *each));
        // Who wants no more of them has the reader end.
        drop(batches);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        done.and(read)
    })
}

fn cut(
    format: &dyn Format,
    source: &Source,
    from: u64,
    each: &mut dyn FnMut(Span<'_>) -> io::Result<()>,
) -> io::Result<()> {
    match from {
        0 => format.read(source, each),
        from => match source.open_at(from)? {
            Some(mut contents) => format.cut_from(from, &mut contents, each),
            // It is another file by now.
            None => Err(io::Error::other("it was written again while it was read")),
        },
    }
}

fn send(format: &dyn Format, source: &Source, from: u64, sender: &SyncSender<Batch>) -> io::Result<()> {
    let mut batch = Batch::default();
    let mut is_wanted = true;
    let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
    let read = cut(format, source, from, &mut |span| {
        batch.add(span);
        if batch.bytes.len() >= BATCH_BYTES {
            is_wanted = sender.send(std::mem::take(&mut batch)).is_ok();
        }
        if is_wanted { Ok(()) } else { Err(gone()) }
    });
    // What was read before it failed counts.
    if is_wanted && !batch.spans.is_empty() {
        let _gone = sender.send(batch);
    }
    if is_wanted { read } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use retold_transcripts::{Places, Tool, format};

    use super::*;

    /// The spans of a transcript, by one way of reading it.
    fn spans(
        read: impl Fn(&dyn Format, &Source, &mut dyn FnMut(Span<'_>) -> io::Result<()>) -> io::Result<()>,
        home: &std::path::Path,
        most: usize,
    ) -> (Vec<String>, bool) {
        let format = format(Tool::Claude);
        let mut found = Vec::new();
        let mut is_whole = true;
        for source in format.discover(&Places::of(home), &mut |_, _| {}) {
            let outcome = read(format, &source, &mut |span| {
                if found.len() == most {
                    return Err(io::Error::other("enough"));
                }
                found.push(format!("{span:?}"));
                Ok(())
            });
            is_whole &= outcome.is_ok();
        }
        (found, is_whole)
    }

    #[test]
    fn what_is_read_ahead_is_what_is_read() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".claude/projects/-p");
        std::fs::create_dir_all(&folder).unwrap();
        let line = |number: usize| {
            let text = "x".repeat(number * 7919 % 40_000);
            format!("{{\"type\":\"user\",\"n\":{number},\"text\":\"{text}\"}}\n")
        };
        let mut lines: String = (0..300).map(line).collect();
        lines.push_str("{\"torn\": \n\0\0\0\n{\"type\":\"last\"");
        for (name, lines) in [("long", lines.as_str()), ("short", "{\"a\":1}\n"), ("empty", "")] {
            std::fs::write(folder.join(format!("{name}.jsonl")), lines).unwrap();
        }
        let plain =
            |format: &dyn Format, source: &Source, each: &mut dyn FnMut(Span<'_>) -> io::Result<()>| {
                format.read(source, each)
            };
        let whole =
            |format: &dyn Format, source: &Source, each: &mut dyn FnMut(Span<'_>) -> io::Result<()>| {
                read(format, source, 0, each)
            };
        for most in [0, 1, 17, 200, usize::MAX] {
            let expected = spans(plain, home.path(), most);
            assert_eq!(spans(whole, home.path(), most), expected);
            assert_eq!(expected.1, most == usize::MAX);
        }
    }
}
