//! The code behind a version: built in, or made of a declaration.

use super::registry::{Entry, VersionRow};
use crate::Error;
use crate::declared::{Declaration, Declared};
use crate::engine::Projection;

/// A projection that comes with retold.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    /// Rises with every change of its tables or of what fills them.
    pub(crate) version: u32,
    pub(crate) about: &'static str,
    pub(crate) make: fn() -> Box<dyn Projection>,
}

pub(crate) const BUILT_IN: [BuiltIn; 2] = [crate::search::SEARCH, crate::metrics::METRICS];

/// Returns the built-in projection of this name.
pub(crate) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|known| known.name == name)
}

impl BuiltIn {
    /// Returns its newest version as the registry holds it.
    pub(crate) fn row(&self, now: i64) -> VersionRow {
        let digest = *blake3::hash(format!("{}@{}", self.name, self.version).as_bytes()).as_bytes();
        VersionRow { version: self.version, declaration: None, digest, added_at: now, failure: None }
    }
}

impl VersionRow {
    /// Returns a declaration as the registry holds it.
    pub(crate) fn of(declaration: &Declaration, now: i64) -> Self {
        let text = declaration.text();
        Self {
            version: declaration.version(),
            declaration: Some(text.to_owned()),
            digest: *blake3::hash(text.as_bytes()).as_bytes(),
            added_at: now,
            failure: None,
        }
    }
}

/// Returns the code of a version, ready to work.
pub(crate) fn code(entry: &Entry, version: u32) -> Result<(VersionRow, Box<dyn Projection>), Error> {
    let no_version = || Error::NoVersion { name: entry.name.clone(), version };
    let row = entry.version(version).ok_or_else(no_version)?.clone();
    let projection: Box<dyn Projection> = match &row.declaration {
        Some(text) => Box::new(Declared::new(&Declaration::read(text)?)),
        // Another release's code is not in this one.
        None => {
            (built_in(&entry.name).filter(|known| known.version == version).ok_or_else(no_version)?.make)()
        }
    };
    Ok((row, projection))
}
