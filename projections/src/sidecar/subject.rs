//! A version of a projection, ready to be hosted.

use std::path::Path;

use retold_core::{Head, Log, OnProgress, Position};

use super::file::Origin;
use super::registry::{Entry, VersionRow};
use crate::Error;
use crate::declared::{Declaration, Declared, Policy};
use crate::engine::{Applied, Applier, Host, Projection};

/// A projection that comes with retold.
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    /// Rises with every change of its tables or of what fills them.
    pub(crate) version: u32,
    pub(crate) about: &'static str,
    /// Makes it for the store at a path.
    pub(crate) make: fn(&Path) -> Box<dyn Projection>,
}

pub(crate) const BUILT_IN: [BuiltIn; 4] = [
    crate::search::SEARCH,
    crate::metrics::METRICS,
    crate::temporal::TEMPORAL,
    crate::transcripts::TRANSCRIPTS,
];

/// Returns the built-in projection of this name.
pub(crate) fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|known| known.name == name)
}

impl BuiltIn {
    /// Returns its newest version as the registry holds it.
    pub(crate) fn row(&self, now: i64) -> VersionRow {
        let digest = digest_of_own(self.name, self.version);
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

/// What a host has to know of a projection.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    policy: Policy,
    skips: Vec<Position>,
    pub(crate) projection: Box<dyn Projection>,
}

impl Subject {
    /// A version that the registry has.
    pub(crate) fn of(log: &Log, entry: &Entry, version: u32) -> Result<Self, Error> {
        let no_version = || Error::NoVersion { name: entry.name.clone(), version };
        let row = entry.version(version).ok_or_else(no_version)?;
        let projection: Box<dyn Projection> = match &row.declaration {
            Some(text) => Box::new(Declared::new(&Declaration::read(text)?)),
            // Another release's code is not in this one.
            None => {
                let known = built_in(&entry.name).filter(|known| known.version == version);
                (known.ok_or_else(no_version)?.make)(log.path())
            }
        };
        let skips = entry.skips.iter().map(|skip| skip.position).collect();
        let origin = Origin { log: log.id(), version, digest: row.digest };
        Ok(Self { name: entry.name.clone(), origin, policy: entry.policy, skips, projection })
    }

    /// The newest version of one that comes with retold.
    pub(crate) fn of_built_in(log: &Log, known: &BuiltIn) -> Self {
        Self::own(log, known.name, known.version, (known.make)(log.path()))
    }

    fn own(log: &Log, name: &str, version: u32, projection: Box<dyn Projection>) -> Self {
        let origin = Origin { log: log.id(), version, digest: digest_of_own(name, version) };
        Self { name: name.to_owned(), origin, policy: Policy::Stop, skips: Vec::new(), projection }
    }

    /// Returns what applies events to it.
    pub(crate) fn applier(self, log: &Log) -> Result<Applier, Error> {
        Applier::new(log, self.projection, self.policy, self.skips)
    }

    /// Fills tables up to a position, whatever the log holds after it; false where `progress` said to stop.
    pub(crate) fn fill_up_to(
        self,
        log: &Log,
        host: &dyn Host,
        from: Head,
        position: Position,
        progress: &dyn OnProgress,
    ) -> Result<bool, Error> {
        let (name, version) = (self.name.clone(), self.origin.version);
        let mut applier = self.applier(log)?.until(position);
        match applier.fill(log, host, from, progress)?.0 {
            Applied::All => Ok(true),
            Applied::Interrupted => Ok(false),
            Applied::Stopped { position, reason } => Err(Error::Stopped { name, version, position, reason }),
        }
    }
}

fn digest_of_own(name: &str, version: u32) -> [u8; 32] {
    *blake3::hash(format!("{name}@{version}").as_bytes()).as_bytes()
}
