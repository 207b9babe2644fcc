//! Reads a fixture's home as an importer does.

// Each test binary uses a part of it.
#![allow(dead_code, unreachable_pub)]

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
            if source.role == SourceRole::Beside {
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
            if source.role == SourceRole::Beside {
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
