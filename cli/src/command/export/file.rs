//! Files that are in their place whole or not at all.
//!
//! An export is read by other programs, of other accounts too: its rights are those of any new file.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, sweep};

use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// A file under way: it is written beside its place, and gone again where nobody keeps it.
pub(super) struct NewFile {
    path: PathBuf,
    replaces: bool,
    out: BufWriter<Unfinished>,
}

impl NewFile {
    /// Begins a file for `path`, where nothing is unless it is a file that `force` allows to replace; links are followed.
    /// What killed exports left beside it is removed.
    pub(super) fn begin(path: &Path, force: bool) -> Result<Self, Failure> {
        let replaces = match fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                return Err(Failure::usage(format!(
                    "write {}: something that is no file stands there",
                    path.display()
                ))
                .hint("name another place, or `-` for standard output"));
            }
            Ok(_) if !force => return Err(in_the_way(path)),
            found => found.is_ok(),
        };
        // What cannot be swept is in nobody's way.
        let _left = sweep(folder_of(path));
        // The words of the folder are its own; those of the unfinished file would name what nobody asked for.
        let partial = fs::metadata(folder_of(path))
            .and_then(|_| Partial::file_for(path, Privacy::Usual))
            .map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            replaces,
            out: BufWriter::with_capacity(1 << 16, Unfinished(partial)),
        })
    }

    /// Puts the file into its place, durably, and returns its size in bytes.
    pub(super) fn keep(self) -> Result<u64, Failure> {
        let Self { path, replaces, out } = self;
        let io = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("write {}: {}", path.display(), io_words(&error)))
        };
        let Unfinished(partial) = out.into_inner().map_err(|error| io(error.into_error()))?;
        if replaces {
            return partial.replace().map_err(io);
        }
        partial.settle().map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => in_the_way(&path),
            _ => io(error),
        })
    }
}

/// An unfinished file, to be written into.
struct Unfinished(Partial);

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.file().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.file().flush()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

pub(super) fn in_the_way(path: &Path) -> Failure {
    Failure::usage(format!("write {}: it is there already", path.display()))
        .hint("name another place, or replace it with --force")
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
