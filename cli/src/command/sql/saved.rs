//! Questions that are kept under a name, and where the shell keeps what it needs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use retold_core::files::{Partial, Privacy};
use retold_projections::Store;

use super::{connect, prepare};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// What the file of a saved question ends in.
const ENDING: &str = "sql";
/// A longer file is no question.
const BYTES_MAX: u64 = 1 << 20;

/// The name of a saved question: 1 to 64 letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(String);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix('@').unwrap_or(text);
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        match (1..=64).contains(&name.len()) && name.chars().all(is_letter) {
            true => Ok(Self(name.to_owned())),
            false => Err("a name has 1 to 64 letters of a-z, digits, _ and -".to_owned()),
        }
    }
}

/// Returns the folder of the history and the saved questions: the program's own, else that of the store.
pub(super) fn folder(context: &Context<'_>) -> Result<PathBuf, Failure> {
    Ok(match &context.io.data_folder {
        Some(folder) => folder.join("retold"),
        None => context.store_path()?.parent().map_or_else(PathBuf::new, Path::to_owned),
    })
}

fn questions(context: &Context<'_>) -> Result<PathBuf, Failure> {
    Ok(folder(context)?.join("questions"))
}

fn file(context: &Context<'_>, name: &Name) -> Result<PathBuf, Failure> {
    Ok(questions(context)?.join(&name.0).with_extension(ENDING))
}

/// Saves a question that can be asked, in the place of one of the same name.
///
/// # Errors
/// Where it is none, or cannot be written.
pub(super) fn save(
    context: &mut Context<'_>,
    store: &Store,
    name: &Name,
    query: &str,
) -> Result<Exit, Failure> {
    let (connection, _) = connect(context, store, query, None)?;
    drop(prepare(&connection, query)?);
    let place = file(context, name)?;
    let was_there = place.exists();
    let failed = |error: std::io::Error| Failure::file("save", &place, &error);
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = Partial::file_for(&place, Privacy::Owner).map_err(failed)?;
    partial.file().write_all(query.trim_end().as_bytes()).map_err(failed)?;
    partial.file().write_all(b"\n").map_err(failed)?;
    partial.replace().map_err(failed)?;
    let how = if was_there { "replaced" } else { "saved" };
    context.note(&format!("@{} is {how}: retold sql @{}", name.0, name.0));
    Ok(Exit::Done)
}

/// Returns a saved question.
///
/// # Errors
/// Where there is none of this name, or it cannot be read.
pub(super) fn load(context: &Context<'_>, name: &str) -> Result<String, Failure> {
    let parsed = Name::from_str(name).map_err(|reason| Failure::usage(format!("query @{name}: {reason}")))?;
    let place = file(context, &parsed)?;
    match std::fs::metadata(&place) {
        Ok(found) if found.len() <= BYTES_MAX => {}
        Ok(_) => return Err(Failure::usage(format!("query @{name}: {} is too long", place.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::new(
                Exit::Usage,
                format!("query @{name}: no question is saved under this name"),
            )
            .hint("`retold sql .saved` lists them; `retold sql --save NAME QUESTION` saves one"));
        }
        Err(error) => return Err(Failure::file("read", &place, &error)),
    }
    std::fs::read_to_string(&place)
        .map_err(|error| Failure::usage(format!("query @{name}: {}", io_words(&error))))
}

/// Returns the names of the saved questions, in order.
pub(super) fn names(context: &Context<'_>) -> Vec<String> {
    let Ok(entries) = questions(context).and_then(|folder| {
        std::fs::read_dir(&folder).map_err(|error| Failure::file("read", &folder, &error))
    }) else {
        return Vec::new();
    };
    let name = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let is_one = path.extension().is_some_and(|ending| ending == ENDING);
        let name = path.file_stem()?.to_str()?.to_owned();
        (is_one && Name::from_str(&name).is_ok()).then_some(name)
    };
    let mut names: Vec<String> = entries.flatten().filter_map(name).collect();
    names.sort();
    names
}

/// Removes a saved question.
///
/// # Errors
/// Where there is none of this name.
pub(super) fn remove(context: &Context<'_>, name: &str) -> Result<(), Failure> {
    load(context, name)?;
    let parsed = Name::from_str(name).map_err(Failure::usage)?;
    let place = file(context, &parsed)?;
    std::fs::remove_file(&place).map_err(|error| Failure::file("remove", &place, &error))
}
