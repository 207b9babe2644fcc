//! What a session file is: the one rule, for imports, what is followed, checks, archives and mirrors.
//!
//! In a folder a session file is a file, or a link to one, whose name ends in `.json`, or in `.json.archive` or
//! `.json.migrated` where it was set aside; upper case is as good. Its name without the ending is the name of its
//! workspace; one of 16 hexadecimal digits counts as lower case. Hidden files are none of ours, nor is what has another
//! ending. What looks as if a user would miss sessions with it is named and left out: copies that programs made beside a
//! session file, names that are not Unicode, and what has such a name and is not a file that can be read.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::report::Skipped;
use crate::Error;

/// What says which workspace a file's name stands for.
pub(super) const MAPPING: &str = "workspace_mapping.json";
/// The older file of a project, less its ending.
pub(super) const OLDER: &str = "sessions";
/// What programs put after the name of a file that they keep aside or pack.
const BACKUPS: [&str; 9] = ["~", ".bak", ".orig", ".old", ".tmp", ".gz", ".zst", ".xz", ".zip"];

/// What a file's name says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ByName {
    /// It is none of ours.
    Foreign,
    /// It is a session file.
    Session(Name),
    /// A program made it beside a session file, or instead of one.
    Copy {
        /// The name of the session file that it is a copy of, less its ending.
        of: String,
        why: &'static str,
    },
    /// It would be a session file, were its name Unicode.
    NotUnicode,
}

/// A session file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Without its endings.
    pub(super) stem: String,
    /// Whether it is a copy that the editor set aside.
    pub(super) set_aside: bool,
}

/// What was found in a folder.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) files: Vec<(PathBuf, Name)>,
    pub(super) skipped: Vec<Skipped>,
}

/// Judges a name, among those that are beside it. Pure.
pub(super) fn by_name(name: &OsStr, beside: &BTreeSet<OsString>) -> ByName {
    if name.as_encoded_bytes().starts_with(b".") {
        return ByName::Foreign;
    }
    let Some(text) = name.to_str() else {
        let endings = endings(&name.to_string_lossy()).is_some();
        return if endings { ByName::NotUnicode } else { ByName::Foreign };
    };
    if text.eq_ignore_ascii_case(MAPPING) {
        return ByName::Foreign;
    }
    let has = |name: &str| beside.contains(OsStr::new(name));
    let Some((stem, set_aside)) = endings(text) else {
        return backup(text, &has);
    };
    if let Some((of, is_certain)) = copy_of(stem)
        && (is_certain || is_hash(of) || has(&format!("{of}.json")))
    {
        return ByName::Copy { of: canonical(of), why: "it looks like a copy that another program made" };
    }
    let stem = canonical(stem);
    let usual = match set_aside {
        false => format!("{stem}.json"),
        true => format!("{stem}.json{}", &text[text.len() - ending_of_aside(text)..].to_ascii_lowercase()),
    };
    if usual != text && has(&usual) {
        return ByName::Copy { of: stem, why: "its name differs from another file's in case alone" };
    }
    ByName::Session(Name { stem, set_aside })
}

/// Returns a name without the endings of a session file, and whether it was set aside.
fn endings(name: &str) -> Option<(&str, bool)> {
    let aside = ending_of_aside(name);
    let name = &name[..name.len() - aside];
    let stem = without(name, ".json")?;
    (!stem.is_empty()).then_some((stem, aside > 0))
}

fn ending_of_aside(name: &str) -> usize {
    [".archive", ".migrated"].into_iter().find(|end| without(name, end).is_some()).map_or(0, str::len)
}

/// Strips an ending in any case.
fn without<'n>(name: &'n str, ending: &str) -> Option<&'n str> {
    let at = name.len().checked_sub(ending.len())?;
    let (stem, end) = name.split_at_checked(at)?;
    end.eq_ignore_ascii_case(ending).then_some(stem)
}

/// A file beside its backup is what counts; a backup alone may be all that is left.
fn backup(name: &str, has: &dyn Fn(&str) -> bool) -> ByName {
    let Some(of) = BACKUPS.iter().find_map(|end| without(name, end)) else { return ByName::Foreign };
    match endings(of) {
        Some((stem, _)) if !has(of) => ByName::Copy {
            of: canonical(stem),
            why: "it looks like a backup, or packed, and what it is of is not here",
        },
        None if is_hash(of) && !has(&format!("{of}.json")) => {
            ByName::Copy { of: canonical(of), why: "it looks like a backup, and what it is of is not here" }
        }
        _ => ByName::Foreign,
    }
}

/// Returns what a stem is a copy of by its form, and whether no other file has such a form.
fn copy_of(stem: &str) -> Option<(&str, bool)> {
    if let Some((of, _)) = stem.split_once(".sync-conflict-") {
        return Some((of, true));
    }
    if let Some(inner) = stem.strip_suffix(')')
        && let Some((of, inner)) = inner.rsplit_once('(')
    {
        let of = of.trim_end();
        let is_conflict = inner.to_lowercase().contains("conflict");
        let is_number = !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit());
        return (!of.is_empty() && (is_conflict || is_number)).then_some((of, is_conflict));
    }
    if let Some(of) = stem.strip_suffix('~') {
        return Some((of, false));
    }
    let number = stem.rsplit_once(' ').filter(|(_, end)| end.bytes().all(|byte| byte.is_ascii_digit()));
    let of = number.map_or(stem, |(of, _)| of);
    let of = [" - copy", " copy"].into_iter().find_map(|end| without(of, end)).unwrap_or(of);
    (of.len() < stem.len() && !of.is_empty()).then_some((of, false))
}

/// Whether a stem is the hash of a workspace's path, as the editor names its files.
fn is_hash(stem: &str) -> bool {
    stem.len() == 16 && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The editor writes hashes in lower case; a file system may have made something else of it.
fn canonical(stem: &str) -> String {
    if is_hash(stem) { stem.to_ascii_lowercase() } else { stem.to_owned() }
}

/// Names a file that a person named, whatever it is called: one that looks like a copy is one.
pub(super) fn named(path: &Path) -> Name {
    let Some(name) = path.file_name() else { return Name { stem: "unknown".to_owned(), set_aside: false } };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    match by_name(name, &beside.collect()) {
        ByName::Session(name) => name,
        ByName::Copy { of, .. } => Name { stem: of, set_aside: true },
        ByName::Foreign | ByName::NotUnicode => {
            let name = name.to_string_lossy();
            let (stem, set_aside) = endings(&name).unwrap_or((&name, false));
            Name { stem: stem.to_owned(), set_aside }
        }
    }
}

/// Returns whether a path is that of a project's older file, in its folder `.ait42`.
pub(super) fn is_of_project(path: &Path) -> bool {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    path.parent().is_some_and(|folder| folder.file_name().is_some_and(|name| name == ".ait42"))
        && endings(&name).is_some_and(|(stem, _)| stem == OLDER)
}

/// Lists the session files of a folder; `wanted` says by the stem which of them. Nothing is opened.
pub(super) fn list(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Listed, Error> {
    let io = Error::io("read the folder", folder);
    let names: BTreeSet<OsString> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.file_name())).collect())
        .map_err(io)?;
    let mut listed = Listed::default();
    for name in &names {
        let path = folder.join(name);
        let reason = match by_name(name, &names) {
            ByName::Session(name) if wanted(&name.stem) => match what_is_at(&path) {
                At::File => {
                    listed.files.push((path, name));
                    continue;
                }
                At::Nothing => continue,
                At::Other(reason) => reason,
            },
            ByName::Copy { of, why } if wanted(&of) => {
                format!("{why}; name it to take it in as an older copy of {of}.json")
            }
            ByName::NotUnicode if wanted("") => "its name is not Unicode; rename it".to_owned(),
            _ => continue,
        };
        listed.skipped.push(Skipped::new(&path, reason));
    }
    Ok(listed)
}

/// What is at a path, links followed.
pub(super) enum At {
    File,
    Nothing,
    /// What it is instead.
    Other(String),
}

/// Looks what is at a path without opening it: a pipe would block.
pub(super) fn what_is_at(path: &Path) -> At {
    match fs::metadata(path) {
        Ok(about) if about.is_file() => At::File,
        Ok(about) if about.is_dir() => At::Other("it is a folder".to_owned()),
        Ok(_) => At::Other("it is a pipe, a socket or a device".to_owned()),
        Err(error) if error.kind() == ErrorKind::NotFound => match path.symlink_metadata() {
            Ok(_) => At::Other("it is a link that leads nowhere".to_owned()),
            Err(_) => At::Nothing,
        },
        Err(error) => At::Other(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_is() {
        const HASH: &str = "0123456789abcdef";
        let beside: BTreeSet<OsString> =
            ["0123456789abcdef.json", "notes.json", "fedcba9876543210.json"].map(Into::into).into();
        let judge = |name: &str| by_name(OsStr::new(name), &beside);
        let session = |stem: &str, set_aside| ByName::Session(Name { stem: stem.to_owned(), set_aside });
        for (name, expected) in [
            ("0123456789abcdef.json", session(HASH, false)),
            ("w1.json", session("w1", false)),
            ("w1.JSON", session("w1", false)),
            ("ABCDEF0123456789.JSON", session("abcdef0123456789", false)),
            ("ABCDEF0123456789.json", session("abcdef0123456789", false)),
            ("Notes.json", session("Notes", false)),
            ("w1.json.archive", session("w1", true)),
            ("w1.json.migrated", session("w1", true)),
            ("w1.JSON.Migrated", session("w1", true)),
            ("my notes 2.json", session("my notes 2", false)),
            ("plan (1).json", session("plan (1)", false)),
            ("plan (draft).json", session("plan (draft)", false)),
            ("2.json", session("2", false)),
            (" 2.json", session(" 2", false)),
            ("扉.json", session("扉", false)),
        ] {
            assert_eq!(judge(name), expected, "{name}");
        }
        for name in [
            ".json",
            ".hidden.json",
            "._w1.json",
            ".export-x7Yq.json",
            ".w1.json.0123.partial",
            ".retold-mirror",
            "workspace_mapping.json",
            "Workspace_Mapping.JSON",
            "notes.txt",
            "json",
            "notes.json~",
            "notes.json.bak",
            "0123456789abcdef~",
            "settings",
            "",
            "a.jsonl",
            "w1.json.d",
            "扉",
            "~",
        ] {
            assert_eq!(judge(name), ByName::Foreign, "{name}");
        }
        for (name, of) in [
            ("0123456789abcdef (Ada's conflicted copy 2026-11-23).json", HASH),
            ("w1 (conflicted copy 2026-11-23 101500).json", "w1"),
            ("w1 (Case Conflict).json", "w1"),
            ("w1.sync-conflict-20261123-101500-ABCDEFG.json", "w1"),
            ("0123456789abcdef 2.json", HASH),
            ("0123456789ABCDEF 2.json", HASH),
            ("abcdef0123456789 2.json", "abcdef0123456789"),
            ("notes 2.json", "notes"),
            ("notes (1).json", "notes"),
            ("notes(1).json", "notes"),
            ("notes copy.json", "notes"),
            ("notes copy 3.json", "notes"),
            ("notes - Copy.json", "notes"),
            ("notes~.json", "notes"),
            ("0123456789ABCDEF.json", HASH),
            ("notes.JSON", "notes"),
            ("gone.json~", "gone"),
            ("gone.json.bak", "gone"),
            ("gone.json.gz", "gone"),
            ("abcdef0123456789~", "abcdef0123456789"),
        ] {
            assert!(
                matches!(judge(name), ByName::Copy { of: ref found, .. } if found == of),
                "{name}: {:?}",
                judge(name)
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_unicode_is_named_where_it_has_the_ending() {
        use std::os::unix::ffi::OsStrExt;
        let judge = |name: &[u8]| by_name(OsStr::from_bytes(name), &BTreeSet::new());
        assert_eq!(judge(b"caf\xe9.json"), ByName::NotUnicode);
        assert_eq!(judge(b"caf\xe9.json.migrated"), ByName::NotUnicode);
        assert_eq!(judge(b"caf\xe9.txt"), ByName::Foreign);
        assert_eq!(judge(b".caf\xe9.json"), ByName::Foreign);
    }
}
