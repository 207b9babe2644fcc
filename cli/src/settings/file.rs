//! The file of settings: TOML, whose comments and order stay as they are.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use retold_core::files::{Partial, Privacy};
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::keys::{self, Key, Kind};
use super::{alias, unknown, wrong};
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// No such file is larger, in bytes.
const SIZE_MAX: u64 = 1 << 20;
/// How often somebody else may have written meanwhile.
const TRIES: usize = 16;
/// The table of commands by names of one's own.
const ALIAS: &str = "alias";

/// A file of settings, as it was read.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// Its bytes; none where there is no such file.
    bytes: Option<Vec<u8>>,
    document: DocumentMut,
}

impl File {
    /// Reads a file. One that there is not sets nothing.
    ///
    /// # Errors
    /// Where it cannot be read, or is not TOML.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let Some(bytes) = bytes(path)? else { return Ok(Self::default()) };
        let refused = |reason: &str| {
            Failure::usage(format!("settings: {}: {reason}", path.display()))
                .hint("`retold config edit` opens it in an editor")
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| refused("it is not UTF-8"))?;
        let document = text.parse::<DocumentMut>().map_err(|error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let line = line.map_or_else(String::new, |line| format!("line {line}: "));
            refused(&format!("{line}{}", error.message().lines().collect::<Vec<_>>().join(", ")))
        })?;
        Ok(Self { bytes: Some(bytes), document })
    }

    /// Returns every value, checked.
    ///
    /// # Errors
    /// Where a key is unknown, or a value is not one of its key.
    pub(crate) fn values(
        &self,
        path: &Path,
        home: Option<&Path>,
    ) -> Result<Vec<(&'static Key, OsString)>, Failure> {
        let mut found = Vec::new();
        let mut named = Vec::new();
        names(self.document.as_table(), "", &mut named);
        for (name, item) in named {
            if name.starts_with("alias.") || name == ALIAS {
                continue;
            }
            let Some(key) = keys::of(&name) else { return Err(unknown(Some(path), &name)) };
            let value = read(key, item, home)
                .map_err(|reason| wrong(Some(path), key, item.to_string().trim(), &reason))?;
            found.push((key, value));
        }
        Ok(found)
    }

    /// Returns the commands by names of one's own, checked against what the program is declared to take.
    ///
    /// # Errors
    /// Where one is not a command line, or has the name of a command.
    pub(crate) fn aliases(
        &self,
        path: &Path,
        command: &clap::Command,
    ) -> Result<BTreeMap<String, Vec<String>>, Failure> {
        let Some(item) = self.document.get(ALIAS) else { return Ok(BTreeMap::new()) };
        let refused = |name: &str, reason: &str| {
            Failure::usage(format!("settings: {}: alias.{name}: {reason}", path.display()))
                .hint("such as: retold config set alias.recent 'sessions --since yesterday'")
        };
        let Some(table) = item.as_table_like() else { return Err(refused("NAME", "it is not a table")) };
        let mut found = BTreeMap::new();
        for (name, item) in table.iter() {
            let line = item.as_str().ok_or_else(|| refused(name, "it is not a text"))?;
            let words = alias::words(command, name, line).map_err(|reason| refused(name, &reason))?;
            found.insert(name.to_owned(), words);
        }
        Ok(found)
    }

    /// Sets a key.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        for part in parts {
            if table.get(part).is_none_or(|item| item.as_table_like().is_none()) {
                table.insert(part, Item::Table(Table::new()));
            }
            match table.get_mut(part).and_then(Item::as_table_like_mut) {
                Some(inner) => table = inner,
                None => return,
            }
        }
        match table.get_mut(last).and_then(Item::as_value_mut) {
            Some(old) => {
                // What a person wrote beside it stays.
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            None => drop(table.insert(last, Item::Value(value))),
        }
    }

    /// Takes a key out; returns whether it was there.
    pub(crate) fn unset(&mut self, name: &str) -> bool {
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        for part in parts {
            match table.get_mut(part).and_then(Item::as_table_like_mut) {
                Some(inner) => table = inner,
                None => return false,
            }
        }
        table.remove(last).is_some()
    }

    fn text(&self) -> String {
        self.document.to_string()
    }
}

/// Changes a file, which a reader sees as it was or as it becomes. Where somebody else wrote it meanwhile, what they wrote is
/// read again.
///
/// # Errors
/// What `change` says; where the file cannot be read or written.
pub(crate) fn change(
    path: &Path,
    mut change: impl FnMut(&mut File) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |act: &str, error: &std::io::Error| {
        Failure::new(Exit::Io, format!("{act} {}: {}", path.display(), io_words(error)))
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| failed("make the folder of", &error))?;
    }
    // Other programs of this kind wait; whoever else writes is seen by what is there.
    let _lock = lock(path);
    for _ in 0..TRIES {
        let mut file = File::read(path)?;
        change(&mut file)?;
        let mut partial = Partial::file_for(path, Privacy::Owner).map_err(|error| failed("write", &error))?;
        partial.file().write_all(file.text().as_bytes()).map_err(|error| failed("write", &error))?;
        partial.make_ready().map_err(|error| failed("write", &error))?;
        if bytes(path)? == file.bytes {
            return partial.replace().map(drop).map_err(|error| failed("write", &error));
        }
    }
    Err(Failure::new(Exit::Busy, format!("write {}: another program writes it all the time", path.display())))
}

/// Makes a file in which every key is a comment.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn create(path: &Path) -> Result<(), Failure> {
    let mut text =
        String::from("# Settings of retold: remove the first # of a line to set it. See docs/SETTINGS.md.\n");
    for key in keys::KEYS {
        text.push_str(&format!("\n# {}.\n# {} = {}\n", key.meaning, key.name, key.example));
    }
    text.push_str("\n# [alias]\n# recent = \"sessions --since yesterday\"\n");
    change(path, |file| {
        if file.bytes.is_none() {
            file.document = text.parse().unwrap_or_default();
        }
        Ok(())
    })
}

/// Locks the folder of a file, where folders can be locked.
fn lock(path: &Path) -> Option<std::fs::File> {
    let real = retold_core::files::real_path(path).ok()?;
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::File::open(folder.unwrap_or(Path::new("."))).ok()?;
    folder.lock().ok().map(|()| folder)
}

fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(Exit::Io, format!("read the settings {}: {}", path.display(), io_words(error)))
            .hint(format!("{} names another file", super::VARIABLE))
    };
    let about = match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        about => about.map_err(|error| failed(&error))?,
    };
    if !about.is_file() || about.len() > SIZE_MAX {
        return Err(Failure::usage(format!(
            "settings: {}: it is not a file of at most {SIZE_MAX} bytes",
            path.display()
        )));
    }
    std::fs::read(path).map(Some).map_err(|error| failed(&error))
}

/// Collects the values below a table, by their whole names.
fn names<'t>(table: &'t dyn TableLike, above: &str, found: &mut Vec<(String, &'t Item)>) {
    for (name, item) in table.iter() {
        let name = format!("{above}{name}");
        match item.as_table_like() {
            Some(inner) if !inner.is_empty() => names(inner, &format!("{name}."), found),
            Some(_) => {}
            None => found.push((name, item)),
        }
    }
}

/// Reads a value of the type that the key has.
fn read(key: &Key, item: &Item, home: Option<&Path>) -> Result<OsString, String> {
    let text = match (key.kind, item.as_value()) {
        (Kind::Flag, Some(Value::Boolean(is_on))) => is_on.value().to_string(),
        (Kind::Flag, _) => return Err("accepted are true, false".to_owned()),
        (Kind::Port, Some(Value::Integer(port))) => port.value().to_string(),
        (Kind::Port, _) => return Err("accepted is a number from 1 to 65535".to_owned()),
        (_, Some(Value::String(text))) => text.value().clone(),
        _ => return Err("accepted is a text in quotation marks".to_owned()),
    };
    key.kind.read(OsStr::new(&text), home)
}

/// Returns a value as TOML has it, from what a person typed.
///
/// # Errors
/// What is accepted.
pub(crate) fn typed(key: &Key, text: &str, home: Option<&Path>) -> Result<Value, String> {
    key.kind.read(OsStr::new(text), home)?;
    Ok(match key.kind {
        Kind::Flag => Value::from(text == "true"),
        Kind::Port => Value::from(text.parse::<i64>().unwrap_or_default()),
        _ => Value::from(text),
    })
}
