//! Files that stand in their place whole or not at all.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// A file under way: it is written beside its place, and gone again where nobody keeps it.
pub(super) struct NewFile {
    path: PathBuf,
    replaces: bool,
    out: BufWriter<NamedTempFile>,
}

impl NewFile {
    /// Begins a file for `path`, where nothing stands unless it is a file that `force` allows to replace.
    pub(super) fn begin(path: &Path, force: bool) -> Result<Self, Failure> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => {
                return Err(Failure::usage(format!(
                    "write {}: something that is no file stands there",
                    path.display()
                ))
                .hint("name another place, or `-` for standard output"));
            }
            Ok(_) if !force => return Err(in_the_way(path)),
            _ => {}
        }
        let folder = folder_of(path);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".export-");
        readable_as_usual(&mut builder);
        // Its own words are of the folder; those of the temporary file would name what nobody asked for.
        let temporary = fs::metadata(folder)
            .and_then(|_| builder.tempfile_in(folder))
            .map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self { path: path.to_owned(), replaces: force, out: BufWriter::with_capacity(1 << 16, temporary) })
    }

    /// Puts the file into its place, durably, and returns its size in bytes.
    pub(super) fn keep(self) -> Result<u64, Failure> {
        let Self { path, replaces, out } = self;
        let io = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("write {}: {}", path.display(), io_words(&error)))
        };
        let temporary = out.into_inner().map_err(|error| io(error.into_error()))?;
        temporary.as_file().sync_all().map_err(io)?;
        let file = if replaces {
            temporary.persist(&path).map_err(|error| io(error.error))?
        } else {
            temporary.persist_noclobber(&path).map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => in_the_way(&path),
                _ => io(error.error),
            })?
        };
        let bytes = file.metadata().map_err(io)?.len();
        // The rename is durable once the folder is.
        fs::File::open(folder_of(&path)).and_then(|folder| folder.sync_all()).map_err(io)?;
        Ok(bytes)
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

/// An export is read by other programs, of other accounts too: its rights are those of any new file.
fn readable_as_usual(builder: &mut tempfile::Builder<'_, '_>) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
}
