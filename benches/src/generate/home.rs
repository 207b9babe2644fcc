//! What coding agents leave in a home, as real files look: Claude Code's and Codex's transcripts.
//!
//! Seven tenths of the bytes are results of tools: the same source files, read again and again as they change, what programs print, and the
//! structured twin of each result that Claude Code writes beside it. Other records repeat themselves: snapshots of what files were
//! edited, instructions, the context of each turn.

mod claude;
mod codex;
mod repository;
mod turn;

use std::fs;
use std::io;
use std::path::Path;

use super::random::Random;

/// How much of each tool's transcripts to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HomeShape {
    /// Bytes of Claude Code's transcripts, at least.
    pub claude_bytes: u64,
    /// Bytes of Codex's transcripts, at least.
    pub codex_bytes: u64,
    /// Bytes of one transcript on average; one has 50 to 150 % of them.
    pub transcript_bytes: usize,
    /// Records of one more of Claude Code's, at least.
    pub longest_records: u64,
}

impl HomeShape {
    /// A gigabyte in some nine hundred transcripts.
    pub const GIGABYTE: Self = Self {
        claude_bytes: 690_000_000,
        codex_bytes: 300_000_000,
        transcript_bytes: 1_150_000,
        longest_records: 5_000,
    };
}

/// What [`write_home`] made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenHome {
    /// Files, each of which is a session.
    pub files: usize,
    /// The id of the session that is the longest.
    pub longest_session: String,
    /// Their bytes.
    pub bytes: u64,
    /// Their lines.
    pub records: u64,
    /// How many of the bytes are results of tools.
    pub result_bytes: u64,
    /// The length of the longest line.
    pub longest_line: usize,
}

/// Writes transcripts below `home`, the same ones for the same seed. Holds one transcript in memory at a time.
///
/// # Errors
/// What creating or writing one of the files gives.
pub fn write_home(home: &Path, shape: &HomeShape, seed: u64) -> io::Result<WrittenHome> {
    let mut written = WrittenHome::default();
    let of_claude = |random: &mut Random, bytes| claude::transcript(random, bytes, 0);
    let tools: [(u64, &Make<'_>); 2] =
        [(shape.claude_bytes, &of_claude), (shape.codex_bytes, &codex::transcript)];
    let mut number = 0;
    for (bytes, make) in tools {
        let end = written.bytes + bytes;
        while written.bytes < end {
            let mut random = Random::of(seed, number);
            number += 1;
            let of = random.around(shape.transcript_bytes);
            written.add(home, make(&mut random, of))?;
        }
    }
    let longest = claude::transcript(&mut Random::of(seed, number), 0, shape.longest_records);
    longest.path.rsplit(['/', '.']).nth(1).unwrap_or_default().clone_into(&mut written.longest_session);
    written.add(home, longest)?;
    Ok(written)
}

impl WrittenHome {
    fn add(&mut self, home: &Path, transcript: Transcript) -> io::Result<()> {
        let path = home.join(&transcript.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &transcript.text)?;
        self.files += 1;
        self.bytes += transcript.text.len() as u64;
        self.records += transcript.records;
        self.result_bytes += transcript.result_bytes;
        self.longest_line = self.longest_line.max(transcript.longest);
        Ok(())
    }
}

/// Makes a transcript of so many bytes at least.
type Make<'m> = dyn Fn(&mut Random, usize) -> Transcript + 'm;

/// A transcript that is being written.
struct Transcript {
    /// Where it is below the home.
    path: String,
    text: String,
    records: u64,
    result_bytes: u64,
    longest: usize,
}

impl Transcript {
    fn new(path: String, bytes: usize) -> Self {
        Self { path, text: String::with_capacity(bytes + bytes / 8), records: 0, result_bytes: 0, longest: 0 }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.records += 1;
        self.longest = self.longest.max(line.len());
    }

    /// A line that is a result of a tool.
    fn result(&mut self, line: &str) {
        self.result_bytes += line.len() as u64;
        self.line(line);
    }
}

/// Spells a text as a JSON string.
fn json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Random bytes in base 64, as signatures and encrypted reasoning are: nothing compresses them.
fn sealed(random: &mut Random, length: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..length).map(|_| char::from(DIGITS[random.below(DIGITS.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: HomeShape = HomeShape {
        claude_bytes: 14_000_000,
        codex_bytes: 6_000_000,
        longest_records: 0,
        ..HomeShape::GIGABYTE
    };

    fn files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, into) } else { into.push(path) }
        }
    }

    #[test]
    fn transcripts_compress_and_repeat_themselves_as_real_ones_do() {
        let home = tempfile::tempdir().unwrap();
        let written = write_home(home.path(), &SMALL, 7).unwrap();
        let mut all = Vec::new();
        files(home.path(), &mut all);
        assert_eq!(all.len(), written.files);
        let (mut bytes, mut packed) = (0, 0);
        for path in all {
            let text = fs::read(path).unwrap();
            bytes += text.len();
            packed += zstd::bulk::compress(&text, 3).unwrap().len();
        }
        assert_eq!(bytes as u64, written.bytes);
        let left = packed as f64 / bytes as f64;
        assert!((0.13..0.16).contains(&left), "whole files keep {left:.3} of their bytes");
        let results = written.result_bytes as f64 / written.bytes as f64;
        assert!((0.65..0.75).contains(&results), "results of tools are {results:.2} of the bytes");
    }

    #[test]
    fn every_line_is_a_record_and_the_same_seed_writes_the_same() {
        let of_claude = |random: &mut Random, bytes| claude::transcript(random, bytes, 0);
        let both: [&Make<'_>; 2] = [&of_claude, &codex::transcript];
        for make in both {
            let of = |seed| make(&mut Random::new(seed), 200_000);
            let transcript = of(3);
            assert_eq!(of(3).text, transcript.text);
            assert_ne!(of(4).text, transcript.text);
            assert_eq!(transcript.text.lines().count() as u64, transcript.records);
            for line in transcript.text.lines() {
                let value: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(value.is_object());
            }
        }
    }
}
