//! One mirrored file on disk.

use std::fs::{File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use retold_core::{Digest, Revision, StreamId};
use retold_importer::ait42::ListWriter;
use tempfile::NamedTempFile;

/// By what a file is known again without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(about: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(about);
        #[cfg(not(unix))]
        let inode = 0;
        Self { bytes: about.len(), modified: about.modified().ok(), inode }
    }

    /// Returns the stamp of what stands at `path`; `None` where nothing does.
    pub(super) fn at(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(about) => Ok(Some(Self::of(&about))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns how long ago the file was written.
    pub(super) fn age(&self) -> Duration {
        self.modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
    }
}

/// Where a session's bytes stand in the file, and which revision of it they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) stream: StreamId,
    pub(super) revision: Revision,
    begin: u64,
    bytes: u64,
}

/// What the mirror knows of a file.
#[derive(Debug)]
pub(super) struct Mirrored {
    pub(super) workspace: String,
    pub(super) path: PathBuf,
    /// Whether the log has changes that the file lacks.
    pub(super) is_behind: bool,
    /// The file as the mirror left it; `None` where it has not looked yet.
    pub(super) seen: Option<Stamp>,
    /// The position whose sessions the file holds, as far as the mirror wrote it.
    pub(super) base: Option<u64>,
    pub(super) written: Vec<Written>,
    /// When the next rewrite may be.
    pub(super) not_before: Option<Instant>,
}

impl Mirrored {
    pub(super) fn new(workspace: String, path: PathBuf) -> Self {
        Self {
            workspace,
            path,
            is_behind: false,
            seen: None,
            base: None,
            written: Vec::new(),
            not_before: None,
        }
    }
}

/// Returns BLAKE3 of a file.
pub(super) fn hash_of(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(Digest(*hasher.finalize().as_bytes()))
}

/// A new version of a file, being written beside the old one, whose unchanged sessions it takes over as bytes.
pub(super) struct Rewrite {
    old: Option<File>,
    list: ListWriter<BufWriter<Hashed>>,
    written: Vec<Written>,
    buffer: Vec<u8>,
}

impl Rewrite {
    pub(super) fn new(folder: &Path, old: Option<&Path>) -> io::Result<Self> {
        let temporary = tempfile::Builder::new().prefix(".mirror-").tempfile_in(folder)?;
        let hashed = Hashed { file: temporary, hasher: blake3::Hasher::new() };
        Ok(Self {
            old: old.map(File::open).transpose()?,
            list: ListWriter::new(BufWriter::with_capacity(1 << 18, hashed))?,
            written: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// Takes a session over from the old file; false where there is none to take it from.
    pub(super) fn take_over(&mut self, written: Written) -> io::Result<bool> {
        let Some(old) = &mut self.old else { return Ok(false) };
        old.seek(SeekFrom::Start(written.begin))?;
        self.buffer.clear();
        old.take(written.bytes).read_to_end(&mut self.buffer)?;
        if self.buffer.len() as u64 != written.bytes {
            return Ok(false);
        }
        let begin = self.list.written(&self.buffer)?;
        self.written.push(Written { begin, ..written });
        Ok(true)
    }

    pub(super) fn session(
        &mut self,
        stream: StreamId,
        revision: Revision,
        session: &retold_core::Session,
    ) -> io::Result<()> {
        let begin = self.list.session(session)?;
        let bytes = self.list.bytes() - begin;
        self.written.push(Written { stream, revision, begin, bytes });
        Ok(())
    }

    /// Makes the new version safe, not yet visible.
    pub(super) fn finish(self) -> io::Result<(NamedTempFile, Digest, Vec<Written>)> {
        let Hashed { file, hasher } =
            self.list.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok((file, Digest(*hasher.finalize().as_bytes()), self.written))
    }
}

struct Hashed {
    file: NamedTempFile,
    hasher: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
