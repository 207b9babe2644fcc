//! Where everything stands that is derived from a log and is not in its file.

use std::ffi::OsString;
use std::fs::DirBuilder;
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
