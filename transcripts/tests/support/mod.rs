//! Reads a fixture's home as an importer does.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

pub mod receipt;

use std::path::{Path, PathBuf};

use retold_transcripts::{
    Fact, Form, Interpreter, Places, Record, Source, SourceRole, Span, Tool, Why, format,
};

/// The folder of a fixture: `home`, and what a right importer finds in it.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts").join(name)
}

/// A record that was read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Which of the sources it comes from.
    pub source: usize,
    pub offset: u64,
    pub bytes: Vec<u8>,
    pub json: usize,
}

impl Kept {
    pub fn record(&self) -> Record<'_> {
        Record { offset: self.offset, bytes: &self.bytes, json: self.json }
    }
}

/// A span that is no record.
#[derive(Clone, Debug)]
pub struct Skipped {
    pub source: usize,
    pub offset: u64,
    pub length: usize,
    pub why: Why,
}

/// All that a home holds of a tool, before it is interpreted.
#[derive(Clone)]
pub struct Home {
    pub tool: Tool,
    pub places: Places,
    pub sources: Vec<Source>,
    pub records: Vec<Kept>,
    pub skipped: Vec<Skipped>,
}

impl Home {
    /// Reads all sources of a tool.
    pub fn read(tool: Tool, places: Places) -> Self {
        let format = format(tool);
        let mut failed = Vec::new();
        let sources = format.discover(&places, &mut |path, error| failed.push((path, error.to_string())));
        assert!(failed.is_empty(), "{failed:?}");
        let (mut records, mut skipped) = (Vec::new(), Vec::new());
        for (number, source) in sources.iter().enumerate() {
            if source.role == SourceRole::Companion {
                continue;
            }
            format
                .read(source, &mut |span| {
                    match span {
                        Span::Record(Record { offset, bytes, json }) => {
                            records.push(Kept { source: number, offset, bytes: bytes.to_vec(), json });
                        }
                        Span::Skipped { offset, length, why, .. } => {
                            skipped.push(Skipped { source: number, offset, length, why });
                        }
                    }
                    Ok(())
                })
                .unwrap();
        }
        Self { tool, places, sources, records, skipped }
    }

    /// Reads a fixture's home.
    pub fn of_fixture(tool: Tool) -> Self {
        Self::read(tool, Places::of(fixture(tool.word()).join("home")))
    }

    /// Returns an interpreter that knows the files beside the transcripts, and what they say.
    pub fn interpreter(&self) -> (Box<dyn Interpreter>, Vec<(usize, Fact)>) {
        let mut interpreter = format(self.tool).interpreter(&self.places);
        let mut facts = Vec::new();
        for (number, source) in self.sources.iter().enumerate() {
            if source.role == SourceRole::Companion {
                let contents = contents(self.tool, source);
                interpreter.beside(source, &contents, &mut |fact| facts.push((number, fact)));
            }
        }
        (interpreter, facts)
    }

    /// Gives some records to an interpreter, first all for the survey; adds what they mean.
    pub fn feed(&self, interpreter: &mut dyn Interpreter, records: &[Kept], facts: &mut Vec<(usize, Fact)>) {
        for kept in records {
            interpreter.survey(&self.sources[kept.source], &kept.record());
        }
        for kept in records {
            let mut each = |fact| facts.push((kept.source, fact));
            interpreter.record(&self.sources[kept.source], &kept.record(), &mut each);
        }
    }

    /// Gives all records to a new interpreter.
    pub fn interpret(&self) -> (Box<dyn Interpreter>, Vec<(usize, Fact)>) {
        let (mut interpreter, mut facts) = self.interpreter();
        self.feed(&mut *interpreter, &self.records, &mut facts);
        (interpreter, facts)
    }
}

/// Returns what a file beside transcripts holds: of a database, its rows.
fn contents(tool: Tool, source: &Source) -> Vec<u8> {
    if source.form != Form::Database {
        return std::fs::read(&source.path).unwrap();
    }
    let mut lines = Vec::new();
    let each = &mut |span: Span<'_>| {
        if let Span::Record(record) = span {
            lines.extend_from_slice(record.bytes);
        }
        Ok(())
    };
    format(tool).read(source, each).unwrap();
    lines
}

/// A home that is made for one test.
pub struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Returns a path below the home.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file.
    pub fn write(&self, path: &str, contents: &str) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
        self
    }

    /// Writes a file of lines.
    pub fn lines(&self, path: &str, lines: &[serde_json::Value]) -> &Self {
        self.write(path, &lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    pub fn places(&self) -> Places {
        Places::of(self.folder.path())
    }

    pub fn read(&self, tool: Tool) -> Home {
        Home::read(tool, self.places())
    }

    /// Returns the receipt of what is there of a tool.
    pub fn receipt(&self, tool: Tool) -> serde_json::Value {
        let home = self.read(tool);
        let (interpreter, facts) = home.interpret();
        receipt::receipt(&home, &*interpreter, &facts)
    }
}

/// Returns a session of a receipt.
pub fn session<'r>(receipt: &'r serde_json::Value, id: &str) -> &'r serde_json::Value {
    let mut sessions = receipt["sessions"].as_array().unwrap().iter();
    sessions.find(|session| session["id"] == id).unwrap_or_else(|| panic!("no session {id} in {receipt:#}"))
}

/// Returns the ids of the sessions of a receipt.
pub fn ids(receipt: &serde_json::Value) -> Vec<&str> {
    receipt["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap()).collect()
}
