//! What a person has set: a file, the environment's variables above it, and the options of a command above those.

pub(crate) mod alias;
pub(crate) mod file;
pub(crate) mod keys;
mod page;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::ColorChoice;
use clap::ValueEnum as _;
use clap::parser::ValueSource;
use retold_core::Clock;

use crate::failure::Failure;
use crate::global::Global;
use crate::io::Io;
use file::File;
use keys::{KEYS, Key, Kind, Retention};
pub(crate) use page::page;

/// The environment's variable that names another file.
pub(crate) const VARIABLE: &str = "RETOLD_CONFIG";

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The settings' file.
    File,
    /// A variable of the environment.
    Environment(&'static str),
}

/// What is set, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, (OsString, Origin)>,
    /// Commands by names of one's own.
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
}

impl Settings {
    /// Reads the file and the environment; `declaration` says which commands there are, whose names no alias has.
    ///
    /// # Errors
    /// Where the file cannot be read, a key is unknown, or a value is not one of its key.
    pub(crate) fn read(io: &Io, declaration: fn() -> clap::Command) -> Result<Self, Failure> {
        let mut settings = Self::default();
        if let Some(path) = place(io) {
            let file = File::read(&path)?;
            settings.aliases = file.aliases(&path, &declaration())?;
            for (key, value) in file.values(&path, home(io).as_deref())? {
                settings.values.insert(key.name, (value, Origin::File));
            }
        }
        for key in KEYS {
            let Some(variable) = key.variable else { continue };
            let value = match key.kind {
                // Nothing is a command line: no pager.
                Kind::CommandLine => (io.environment)(variable),
                _ => io.variable(variable),
            };
            let Some(value) = value else { continue };
            let value = match key.kind {
                // The shell has made of it what it is.
                Kind::Path => value,
                kind => kind.read(&value, None).map_err(|reason| {
                    Failure::usage(format!("{variable}={}: {reason}", value.to_string_lossy()))
                        .hint(format!("unset {variable}, or set it to one of these"))
                })?,
            };
            settings.values.insert(key.name, (value, Origin::Environment(variable)));
        }
        Ok(settings)
    }

    /// Returns a value, and where it comes from.
    pub(crate) fn find(&self, key: &str) -> Option<(&OsStr, Origin)> {
        self.values.get(key).map(|(value, origin)| (value.as_os_str(), *origin))
    }

    fn word(&self, key: &str) -> Option<&str> {
        self.find(key).and_then(|(value, _)| value.to_str())
    }

    fn is_on(&self, key: &str) -> bool {
        self.word(key) == Some("true")
    }

    /// Gives options of every command that were not given the values that are set.
    pub(crate) fn apply(&mut self, global: &mut Global, matches: &clap::ArgMatches) {
        let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        if let Some(format) = self.word(keys::OUTPUT).filter(|_| !is_given("output")) {
            global.output = crate::output::Format::from_str(format, false).unwrap_or_default();
        }
        global.utc |= self.is_on(keys::UTC);
        if is_given("color") {
            self.values.remove(keys::COLOUR);
        }
    }

    /// Returns the path of a key.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        self.find(key).map(|(value, _)| value.into())
    }

    /// Returns the command that shows long answers.
    pub(crate) fn pager(&self) -> Option<&OsStr> {
        self.find(keys::PAGER).map(|(value, _)| value)
    }

    /// Returns what a date means.
    pub(crate) fn clock(&self) -> Option<Clock> {
        self.word(keys::CLOCK).and_then(keys::clock)
    }

    /// Returns when to use colour.
    pub(crate) fn colour(&self) -> ColorChoice {
        let word = self.word(keys::COLOUR);
        word.and_then(|word| ColorChoice::from_str(word, false).ok()).unwrap_or(ColorChoice::Auto)
    }

    /// Returns whether secrets are taken out on import.
    pub(crate) fn masks_secrets(&self) -> bool {
        self.is_on(keys::MASK_SECRETS)
    }

    /// Returns what stays in the store.
    pub(crate) fn retention(&self) -> Option<Retention> {
        self.word(keys::RETENTION).and_then(|text| text.parse().ok())
    }

    /// Returns the port of the page.
    #[cfg(feature = "web")]
    pub(crate) fn port(&self) -> Option<u16> {
        self.word(keys::PORT).and_then(|text| text.parse().ok())
    }
}

/// Returns where the file of settings is, or would be; none where the account has no such place.
pub(crate) fn place(io: &Io) -> Option<PathBuf> {
    let named = io.variable(VARIABLE).map(PathBuf::from);
    named.or_else(|| io.config_folder.as_ref().map(|folder| folder.join("retold").join("config.toml")))
}

/// Returns the folder that `~` means.
pub(crate) fn home(io: &Io) -> Option<PathBuf> {
    io.variable("HOME").or_else(|| io.variable("USERPROFILE")).map(PathBuf::from)
}

/// Returns what is wrong with a key that there is not, with the one that is meant.
pub(crate) fn unknown(path: Option<&Path>, name: &str) -> Failure {
    let place = path.map_or_else(String::new, |path| format!("{}: ", path.display()));
    // Where the file has it, the file has to be mended before anything can be listed.
    let way = match path {
        Some(_) => format!("`retold config edit` opens the file, `retold config unset {name}` takes it out"),
        None => "`retold config list` lists the keys".to_owned(),
    };
    let hint = match keys::nearest(name, KEYS.iter().map(|key| key.name)) {
        Some(meant) => format!("is {meant} meant? {way}"),
        None => way,
    };
    Failure::usage(format!("settings: {place}{name}: there is no such key")).hint(hint)
}

/// Returns what is wrong with a value.
pub(crate) fn wrong(path: Option<&Path>, key: &Key, value: &str, reason: &str) -> Failure {
    let place = path.map_or_else(String::new, |path| format!("{}: ", path.display()));
    Failure::usage(format!("settings: {place}{} = {value}: {reason}", key.name)).hint(format!(
        "such as: retold config set {} {}",
        key.name,
        key.example.trim_matches('"')
    ))
}
