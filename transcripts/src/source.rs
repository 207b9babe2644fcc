//! A file that a tool left.

use std::ffi::OsStr;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// How a source is cut into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// JSON objects, one a line.
    Lines,
    /// The same, compressed by zstd.
    CompressedLines,
    /// One JSON document.
    Document,
    /// A SQLite database, of which each row is a record.
    Database,
    /// Bytes that are kept and not interpreted.
    Opaque,
}

impl Form {
    /// Returns how a file of this name is cut into records, as most tools name theirs. A document is one record, whatever it holds.
    pub(crate) fn of_path(path: &Path) -> Self {
        match path.extension().and_then(OsStr::to_str) {
            Some("jsonl") => Self::Lines,
            Some("json") => Self::Document,
            _ => Self::Opaque,
        }
    }
}

impl Form {
    /// Returns what the bytes of a source of this form are, decompressed.
    ///
    /// # Errors
    /// Where they are no frame of zstd.
    pub fn decompressed<'a>(self, bytes: &'a mut dyn Read) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::CompressedLines => Box::new(zstd::stream::read::Decoder::new(bytes)?),
            _ => Box::new(bytes),
        })
    }
}

/// What a source is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceRole {
    /// It holds what was said and done.
    Transcript,
    /// It lies beside transcripts: results of tools, metadata, indexes, lists of projects.
    Companion,
}

/// A file that a tool left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the home folder, as [`Places::name`](crate::Places::name) writes it.
    pub name: String,
    /// How it is cut into records.
    pub form: Form,
    /// What it is for.
    pub role: SourceRole,
}

/// The decompressed contents of a source that is no database.
pub type Contents = Box<dyn Read + Send>;

impl Source {
    /// Opens the source for reading, from the beginning.
    ///
    /// # Errors
    /// What the system says. A database is not opened here: see [`Rows`](crate::Rows).
    pub fn open(&self) -> io::Result<Contents> {
        let file = std::fs::File::open(&self.path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        Ok(match self.form {
            Form::CompressedLines => Box::new(zstd::stream::read::Decoder::new(file)?),
            _ => Box::new(BufReader::with_capacity(1 << 18, file)),
        })
    }

    /// Opens a file of lines for reading from `offset` on; nothing where no line begins there.
    ///
    /// # Errors
    /// What the system says.
    pub fn open_at(&self, offset: u64) -> io::Result<Option<Contents>> {
        let Some(before) = offset.checked_sub(1) else { return self.open().map(Some) };
        let mut file = std::fs::File::open(&self.path)?;
        file.seek(SeekFrom::Start(before))?;
        let mut end = [0];
        let is_line = file.read(&mut end)? == 1 && end == *b"\n";
        Ok(is_line.then(|| Box::new(BufReader::with_capacity(1 << 18, file)) as Contents))
    }
}

words! {
    Form {
        Lines = "lines", CompressedLines = "compressed lines", Document = "document", Database = "database",
        Opaque = "opaque",
    }
    SourceRole { Transcript = "transcript", Companion = "beside", }
}
