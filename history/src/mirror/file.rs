//! One mirrored file on disk.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use retold_core::files::{Partial, Privacy};
use retold_core::{Digest, Revision, StreamId};
use retold_importer::ait42::{ListWriter, Seen, Stamp};

/// Where a session's bytes are in the file, and which revision of it they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenSession {
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
    /// The file as it was last seen, and taken in; `None` where the mirror has not looked yet, or nothing was there.
    pub(super) seen: Option<Seen>,
    /// The position that what was seen stands for, where a mirror wrote it.
    pub(super) own: Option<u64>,
    /// The position whose sessions the file held when a mirror last wrote it.
    pub(super) base: Option<u64>,
    pub(super) written: Vec<WrittenSession>,
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
            own: None,
            base: None,
            written: Vec::new(),
            not_before: None,
        }
    }
}

/// A new version of a file, being written beside the old one, whose unchanged sessions it takes over as bytes.
pub(super) struct Rewrite {
    old: Option<File>,
    list: ListWriter<BufWriter<Hashed>>,
    written: Vec<WrittenSession>,
    buffer: Vec<u8>,
}

impl Rewrite {
    pub(super) fn new(path: &Path, old: Option<&Path>) -> io::Result<Self> {
        let partial = Partial::file_for(path, Privacy::Owner)?;
        let hashed = Hashed { partial, hasher: blake3::Hasher::new() };
        Ok(Self {
            old: old.map(File::open).transpose()?,
            list: ListWriter::new(BufWriter::with_capacity(1 << 18, hashed))?,
            written: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// Takes a session over from the old file; false where there is none to take it from.
    pub(super) fn take_over(&mut self, written: WrittenSession) -> io::Result<bool> {
        let Some(old) = &mut self.old else { return Ok(false) };
        old.seek(SeekFrom::Start(written.begin))?;
        self.buffer.clear();
        old.take(written.bytes).read_to_end(&mut self.buffer)?;
        if self.buffer.len() as u64 != written.bytes {
            return Ok(false);
        }
        let begin = self.list.written(&self.buffer)?;
        self.written.push(WrittenSession { begin, ..written });
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
        self.written.push(WrittenSession { stream, revision, begin, bytes });
        Ok(())
    }

    /// Makes the new version safe, not yet visible.
    pub(super) fn finish(self) -> io::Result<Finished> {
        let Hashed { mut partial, hasher } =
            self.list.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let stamp = Stamp::mark(partial.file())?;
        partial.make_ready()?;
        let seen = Seen::own(stamp, Digest(*hasher.finalize().as_bytes()));
        Ok(Finished { partial, seen, written: self.written })
    }
}

/// A new version that has only to be renamed.
pub(super) struct Finished {
    pub(super) partial: Partial,
    /// As it will be seen.
    pub(super) seen: Seen,
    pub(super) written: Vec<WrittenSession>,
}

struct Hashed {
    partial: Partial,
    hasher: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.partial.file().write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.partial.file().flush()
    }
}
