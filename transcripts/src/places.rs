//! Where a person's files are.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A home folder and the variables that say that something is elsewhere. The caller reads them; nothing here asks the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    home: PathBuf,
    variables: HashMap<OsString, OsString>,
    /// Whether names are whole paths: the home folder is not the person's own.
    has_whole_names: bool,
}

/// The variables that move a tool's folder.
pub const VARIABLES: &[&str] = &[
    "APPDATA",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "COPILOT_HOME",
    "GEMINI_CLI_HOME",
    "OPENCODE_DB",
    "XDG_DATA_HOME",
];

impl Places {
    /// Returns the places of a home folder where no variable is set.
    pub fn of(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into(), ..Self::default() }
    }

    /// Sets a variable. An empty value is none.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.variables.insert(name.into(), value);
        }
        self
    }

    /// Has files called by their whole paths: another home's would be taken for the person's own.
    #[must_use]
    pub fn with_whole_names(mut self) -> Self {
        self.has_whole_names = true;
        self
    }

    /// Tells these places from others: those in which the same files have the same names.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut variables: Vec<(&OsString, &OsString)> = self.variables.iter().collect();
        variables.sort();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[u8::from(self.has_whole_names)]);
        let texts = variables.into_iter().flat_map(|(name, value)| [name, value]);
        for text in std::iter::once(self.home.as_os_str()).chain(texts.map(OsString::as_os_str)) {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_encoded_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// Returns the home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the folder that a variable names, if it is set.
    pub fn variable(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(OsStr::new(name)).map(PathBuf::from)
    }

    /// Returns a path as it is shown and compared: relative to the home folder where it lies below it, with `/` between its parts.
    pub fn name(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.home).ok().filter(|_| !self.has_whole_names).unwrap_or(path);
        below.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }
}
