//! The table of keys: what can be set, and what it means.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use retold_core::Clock;

use crate::duration::duration;

/// Where the store is.
pub(crate) const STORE: &str = "store";
/// When to use colour.
pub(crate) const COLOUR: &str = "colour";
/// What shows long tables.
pub(crate) const PAGER: &str = "pager";
/// How answers are written.
pub(crate) const OUTPUT: &str = "output";
/// What a date means.
pub(crate) const CLOCK: &str = "clock";
/// Whether times are in UTC.
pub(crate) const UTC: &str = "utc";
/// What models cost.
pub(crate) const PRICES: &str = "prices";
/// Whether secrets are taken out on import.
pub(crate) const MASK_SECRETS: &str = "mask-secrets";
/// What stays in the store.
pub(crate) const RETENTION: &str = "retention";
/// The folder of archives.
pub(crate) const ARCHIVES: &str = "retention-archives";
/// The port of the page.
pub(crate) const PORT: &str = "ui.port";

/// What can be set.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name, as it is in the file.
    pub(crate) name: &'static str,
    /// What it means, in one sentence without its full stop.
    pub(crate) meaning: &'static str,
    /// What its values are.
    pub(crate) kind: Kind,
    /// What it is where nobody sets it, in words.
    pub(crate) default: &'static str,
    /// A value, as it is in the file.
    pub(crate) example: &'static str,
    /// The environment's variable that comes before the file.
    pub(crate) variable: Option<&'static str>,
    /// The option that comes before both.
    pub(crate) flag: Option<&'static str>,
}

/// What values a key has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A path: in the file a whole one, or one that begins with `~/`.
    Path,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A command line of the shell.
    CommandLine,
    /// `true` or `false`.
    Flag,
    /// The number of a port.
    Port,
    /// An age or a size.
    Retention,
}

/// Every key, in the order in which they are listed.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: STORE,
        meaning: "The store that commands work on",
        kind: Kind::Path,
        default: "sessions.db in the data folder for retold",
        example: "\"~/history/sessions.db\"",
        variable: Some("RETOLD_STORE"),
        flag: Some("--store"),
    },
    Key {
        name: COLOUR,
        meaning: "When to use colour; the variables NO_COLOR and CLICOLOR_FORCE come before it",
        kind: Kind::Word(&["auto", "always", "never"]),
        default: "auto",
        example: "\"never\"",
        variable: None,
        flag: Some("--color"),
    },
    Key {
        name: PAGER,
        meaning: "The command that shows long answers on a terminal, `cat` for none; it comes before the variable PAGER",
        kind: Kind::CommandLine,
        default: "$PAGER, else less -FRX",
        example: "\"less -S\"",
        variable: Some("RETOLD_PAGER"),
        flag: Some("--no-pager"),
    },
    Key {
        name: OUTPUT,
        meaning: "How answers are written",
        kind: Kind::Word(&["table", "json", "jsonl", "csv"]),
        default: "table",
        example: "\"jsonl\"",
        variable: None,
        flag: Some("--output"),
    },
    Key {
        name: CLOCK,
        meaning: "What a date or time means: when things occurred, or when they were recorded",
        kind: Kind::Word(&["occurred", "recorded"]),
        default: "occurred",
        example: "\"recorded\"",
        variable: None,
        flag: Some("--clock"),
    },
    Key {
        name: UTC,
        meaning: "Show times in UTC, and read them so where no zone is given",
        kind: Kind::Flag,
        default: "false",
        example: "true",
        variable: None,
        flag: Some("--utc"),
    },
    Key {
        name: PRICES,
        meaning: "A file with prices of models, which `usage` takes before those that are built in",
        kind: Kind::Path,
        default: "none",
        example: "\"~/prices.toml\"",
        variable: Some("RETOLD_PRICES"),
        flag: Some("usage --prices"),
    },
    Key {
        name: MASK_SECRETS,
        meaning: "Take what looks like a secret out of transcripts on import; a store keeps to it from then on",
        kind: Kind::Flag,
        default: "false",
        example: "true",
        variable: Some("RETOLD_MASK_SECRETS"),
        flag: Some("import --mask-secrets"),
    },
    Key {
        name: RETENTION,
        meaning: "What stays in the store, an age or a size: `import --follow` moves messages and outputs of older sessions into an archive",
        kind: Kind::Retention,
        default: "none: everything stays",
        example: "\"90d\"",
        variable: Some("RETOLD_RETENTION"),
        flag: Some("store prune --retention"),
    },
    Key {
        name: ARCHIVES,
        meaning: "The folder that the retention's archives go to",
        kind: Kind::Path,
        default: "the folder STORE-archives",
        example: "\"/mnt/disk/archives\"",
        variable: None,
        flag: Some("store prune --archive"),
    },
    Key {
        name: PORT,
        meaning: "The port that the page listens on",
        kind: Kind::Port,
        default: "any that is free",
        example: "7777",
        variable: None,
        flag: Some("ui --port"),
    },
];

/// Returns the key of a name.
pub(crate) fn of(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

impl Kind {
    /// Returns what its values are, in words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Path => "path".to_owned(),
            Self::Word(words) => words.join(", "),
            Self::CommandLine => "command line".to_owned(),
            Self::Flag => "true, false".to_owned(),
            Self::Port => "1 to 65535".to_owned(),
            Self::Retention => "age (90d) or size (20GB)".to_owned(),
        }
    }

    /// Returns a value as it is kept, from what a person wrote; `home` is what `~` stands for.
    ///
    /// # Errors
    /// What is accepted.
    pub(crate) fn read(self, value: &OsStr, home: Option<&Path>) -> Result<OsString, String> {
        if let Self::Path = self {
            return path(value, home);
        }
        let text = value.to_str().ok_or("it is not Unicode")?;
        match self {
            Self::Path | Self::CommandLine => Ok(value.to_owned()),
            Self::Word(words) if words.contains(&text) => Ok(value.to_owned()),
            Self::Word(words) => Err(format!("accepted are {}", words.join(", "))),
            Self::Flag if ["true", "false"].contains(&text) => Ok(value.to_owned()),
            Self::Flag => Err("accepted are true, false".to_owned()),
            Self::Port => match text.parse::<u16>() {
                Ok(1..) => Ok(value.to_owned()),
                _ => Err("accepted is a number from 1 to 65535".to_owned()),
            },
            Self::Retention => text.parse::<Retention>().map(|_| value.to_owned()),
        }
    }
}

fn path(value: &OsStr, home: Option<&Path>) -> Result<OsString, String> {
    const ACCEPTED: &str = "accepted is a whole path, or one that begins with ~/";
    let path = match (value.to_str().and_then(|text| text.strip_prefix("~/")), home) {
        (Some(rest), Some(home)) => home.join(rest),
        (Some(_), None) => return Err("this account has no home folder".to_owned()),
        (None, _) => PathBuf::from(value),
    };
    if path.is_absolute() { Ok(path.into_os_string()) } else { Err(ACCEPTED.to_owned()) }
}

/// What stays in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    /// Sessions in which something happened within this time.
    Age(std::time::Duration),
    /// The newest sessions, as long as the store is not larger, in bytes.
    Size(u64),
}

/// The least age: what is younger may be worked on.
pub(crate) const AGE_MIN: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

impl std::str::FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const ACCEPTED: &str = "accepted is an age such as 90d, or a size such as 20GB";
        let text = text.trim();
        if let Some(bytes) = bytes(text) {
            return if bytes > 0 { Ok(Self::Size(bytes)) } else { Err(ACCEPTED.to_owned()) };
        }
        let is_whole = text.starts_with(|first: char| first.is_ascii_digit());
        match duration(text).filter(|_| is_whole) {
            Some(age) if age >= AGE_MIN => Ok(Self::Age(age)),
            Some(_) => Err("the least age is 1d".to_owned()),
            None => Err(ACCEPTED.to_owned()),
        }
    }
}

/// Reads a size: a number with B, KB, MB, GB, TB (thousands) or KiB, MiB, GiB, TiB.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let unit = text[end..].trim_start().to_ascii_lowercase();
    let (base, power) = match unit.as_str() {
        "b" => (1, 0),
        "kb" => (1000, 1),
        "mb" => (1000, 2),
        "gb" => (1000, 3),
        "tb" => (1000, 4),
        "kib" => (1024, 1),
        "mib" => (1024, 2),
        "gib" => (1024, 3),
        "tib" => (1024, 4),
        _ => return None,
    };
    text[..end].parse::<u64>().ok()?.checked_mul(u64::pow(base, power))
}

/// Returns the clock of a word that was checked.
pub(super) fn clock(word: &str) -> Option<Clock> {
    [Clock::Occurred, Clock::Recorded].into_iter().find(|clock| clock.word() == word)
}

/// Returns the name that is meant most likely by one that is unknown.
pub(crate) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
    let wanted = plain(name);
    let far = |known: &&str| distance(&wanted, &plain(known));
    names.min_by_key(far).filter(|known| far(known) <= known.len().max(name.len()).div_ceil(3))
}

/// How many letters differ.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (index, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[index + 1];
            row[index + 1] = changed.min(diagonal + 1).min(row[index] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_are_read_and_nothing_else() {
        let day = std::time::Duration::from_secs(24 * 60 * 60);
        for (text, wanted) in [
            ("90d", Retention::Age(90 * day)),
            ("2w", Retention::Age(14 * day)),
            ("48h", Retention::Age(2 * day)),
            ("20GB", Retention::Size(20_000_000_000)),
            ("512 MiB", Retention::Size(512 << 20)),
        ] {
            assert_eq!(text.parse(), Ok(wanted), "{text}");
        }
        for text in ["", "90", "0d", "1h", "-90d", "GB", "0GB", "99999999999999TB", "forever"] {
            assert!(text.parse::<Retention>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mistyped_key_leads_to_the_one_that_is_meant() {
        let names = || KEYS.iter().map(|key| key.name);
        for (given, meant) in [
            ("color", Some("colour")),
            ("mask_secrets", Some("mask-secrets")),
            ("ui-port", Some("ui.port")),
            ("retentoin", Some("retention")),
            ("something", None),
        ] {
            assert_eq!(nearest(given, names()), meant, "{given}");
        }
    }

    #[test]
    fn every_example_is_a_value_of_its_key() {
        for key in KEYS {
            let text = key.example.trim_matches('"');
            key.kind.read(OsStr::new(text), Some(Path::new("/home/ada"))).unwrap();
        }
    }
}
