//! Which folder a chat of Gemini CLI was in: its record does not say.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::{Id, id};

/// The folders of projects, by the names of their folders below `tmp`, and by their hashes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Roots {
    by_slug: HashMap<Id, Box<str>>,
    by_list: HashMap<Id, Box<str>>,
    by_hash: HashMap<Id, Box<str>>,
    /// The sessions that wait for a folder, by either.
    waiting: HashMap<Id, Vec<u32>>,
}

/// Where a session says that it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) slug: Option<&'a str>,
    pub(super) hash: Option<&'a str>,
}

impl Roots {
    /// Returns the sessions that wait.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &u32> {
        self.waiting.values().flatten()
    }

    /// Takes what the file in a project's folder says. Returns the sessions that waited for it.
    pub(super) fn of_folder(&mut self, slug: &str, root: &str) -> Vec<u32> {
        self.by_slug.insert(id(slug), root.into());
        let mut found = self.waiting.remove(&id(slug)).unwrap_or_default();
        found.append(&mut self.known(root));
        found
    }

    /// Takes what the list of projects says. Returns the sessions that waited for it.
    pub(super) fn of_list(&mut self, slug: &str, root: &str) -> Vec<u32> {
        self.by_list.insert(id(slug), root.into());
        let mut found = self.waiting.remove(&id(slug)).unwrap_or_default();
        found.append(&mut self.known(root));
        found
    }

    /// Takes it that there is a folder. Returns the sessions that waited for it.
    pub(super) fn known(&mut self, root: &str) -> Vec<u32> {
        use std::fmt::Write as _;

        let mut hash = String::with_capacity(64);
        for byte in Sha256::digest(root) {
            let _ = write!(hash, "{byte:02x}");
        }
        self.by_hash.insert(id(&hash), root.into());
        self.waiting.remove(&id(&hash)).unwrap_or_default()
    }

    /// Returns the folder of a session. What a project's own folder says comes first.
    pub(super) fn find(&self, place: Place<'_>) -> Option<&str> {
        let slug = place.slug.map(id);
        let hashes = [place.hash.map(id), slug];
        let by_name = slug.and_then(|slug| self.by_slug.get(&slug).or_else(|| self.by_list.get(&slug)));
        let by_hash = || hashes.into_iter().flatten().find_map(|hash| self.by_hash.get(&hash));
        by_name.or_else(by_hash).map(|root| &**root)
    }

    /// Lets a session wait until its folder is known.
    pub(super) fn wait(&mut self, place: Place<'_>, session: u32) {
        for name in [place.slug, place.hash].into_iter().flatten() {
            self.waiting.entry(id(name)).or_default().push(session);
        }
    }
}
