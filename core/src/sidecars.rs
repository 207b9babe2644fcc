//! Where everything is that is derived from a log and is not in its file.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Error;

/// Returns the folder beside the store at `store` that holds what is derived from it: sidecar projections, keyframes,
/// snapshots. All of it may be deleted at any moment; whoever uses it builds it again.
///
/// ```
/// let folder = retold_core::sidecar_folder("data/sessions.db".as_ref());
/// assert_eq!(folder, std::path::Path::new("data/sessions.db-sidecars"));
/// ```
pub fn sidecar_folder(store: &Path) -> PathBuf {
    let mut name = OsString::from(store);
    name.push("-sidecars");
    name.into()
}

/// Makes [`sidecar_folder`] where it is not there yet, for its owner alone (mode 0700), and returns it.
///
/// # Errors
/// [`Error::Io`] where it cannot be made.
pub fn make_sidecar_folder(store: &Path) -> Result<PathBuf, Error> {
    let folder = sidecar_folder(store);
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(&folder) {
        Ok(()) => Ok(folder),
        Err(source) => Err(Error::Io { act: "create the folder", path: folder, source }),
    }
}

/// How often a folder is emptied again because somebody made a file in it meanwhile.
const TRIES_MAX: u32 = 1000;

/// Removes [`sidecar_folder`] with all that is in it, whoever makes files there meanwhile: it gets another name first, under
/// which nobody knows it, so that what is made from then on is made in a new folder.
///
/// # Errors
/// [`Error::Io`] where it cannot be removed.
pub fn remove_sidecars(store: &Path) -> Result<(), Error> {
    let folder = sidecar_folder(store);
    let io = |source| Error::Io { act: "remove", path: folder.clone(), source };
    let real = crate::files::real_path(&folder).map_err(io)?;
    let mut name = OsString::from(".");
    name.push(real.file_name().unwrap_or_default());
    // A name that the next sweep takes along where this process is killed now.
    name.push(format!(".{:016x}.partial", rand::random::<u64>()));
    let aside = real.with_file_name(name);
    let emptied = match std::fs::rename(&real, &aside) {
        Ok(()) => &aside,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        // Where it cannot be renamed, it can still be emptied.
        Err(_) => &real,
    };
    let mut tries = 0;
    loop {
        match std::fs::remove_dir_all(emptied) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty && tries < TRIES_MAX => tries += 1,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            _ => return Ok(()),
        }
    }
}
