//! Whole `~/.ait42` folders, written session by session.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serializer;

use super::{Shape, sessions};
use crate::legacy::{Session, workspace_hash};

/// One file that [`write_directory`] made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The path that the file's name is the hash of.
    pub workspace: String,
    /// Where the file is.
    pub file: PathBuf,
    /// How many sessions it holds.
    pub sessions: usize,
    /// How long it is.
    pub bytes: u64,
}

/// Writes `shape` as a `~/.ait42` folder at `dir`: `sessions/<hash>.json` for each workspace, and
/// `workspace_mapping.json`.
///
/// The files are what the legacy writer makes of the same sessions, byte for byte. Holds one
/// session in memory at a time.
///
/// # Errors
/// What creating or writing one of the files gives.
pub fn write_directory(dir: impl AsRef<Path>, shape: &Shape, seed: u64) -> io::Result<Vec<Written>> {
    let dir = dir.as_ref();
    fs::create_dir_all(dir.join("sessions"))?;
    let mut all = sessions(shape, seed).peekable();
    let mut index = 0;
    let mut written = Vec::new();
    for number in 0..shape.workspaces.max(1) {
        let workspace = shape.workspace(number);
        let file = dir.join("sessions").join(format!("{}.json", workspace_hash(&workspace)));
        let before = index;
        let own = std::iter::from_fn(|| {
            let next = all.next_if(|_| shape.workspace_of(index) == number)?;
            index += 1;
            Some(next)
        });
        write_sessions(&mut BufWriter::new(File::create(&file)?), own)?;
        let bytes = fs::metadata(&file)?.len();
        written.push(Written { workspace, file, sessions: index - before, bytes });
    }
    let mapping: BTreeMap<String, &str> =
        written.iter().map(|made| (workspace_hash(&made.workspace), made.workspace.as_str())).collect();
    fs::write(dir.join("workspace_mapping.json"), serde_json::to_string_pretty(&mapping)?)?;
    Ok(written)
}

/// Writes `sessions` to `to` as the legacy writer writes the whole list, and flushes it.
///
/// # Errors
/// What writing gives.
pub fn write_sessions(to: &mut impl Write, sessions: impl IntoIterator<Item = Session>) -> io::Result<()> {
    serde_json::Serializer::pretty(&mut *to).collect_seq(sessions)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy::LegacyStore;

    const SHAPE: Shape = Shape { sessions: 7, workspaces: 3, ..Shape::KIB_16 };

    #[test]
    fn the_same_seed_writes_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = write_directory(one.path(), &SHAPE, 5).unwrap();
        let second = write_directory(two.path(), &SHAPE, 5).unwrap();
        assert_eq!(first.iter().map(|file| file.sessions).sum::<usize>(), 7);
        for (a, b) in first.iter().zip(&second) {
            assert_eq!(fs::read(&a.file).unwrap(), fs::read(&b.file).unwrap());
        }
        let third = write_directory(two.path(), &SHAPE, 6).unwrap();
        assert_ne!(fs::read(&first[0].file).unwrap(), fs::read(&third[0].file).unwrap());
    }

    #[test]
    fn the_legacy_store_reads_a_made_file_and_saves_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let store = LegacyStore::new(dir.path());
        for made in write_directory(dir.path(), &SHAPE, 5).unwrap() {
            assert_eq!(store.file(&made.workspace), made.file);
            let before = fs::read(&made.file).unwrap();
            assert_eq!(store.get_all_sessions(&made.workspace).unwrap().len(), made.sessions);
            store.delete_session(&made.workspace, "no such id").unwrap();
            assert_eq!(fs::read(&made.file).unwrap(), before);
        }
    }

    #[test]
    fn no_sessions_are_an_empty_array() {
        let mut bytes = Vec::new();
        write_sessions(&mut bytes, []).unwrap();
        assert_eq!(bytes, b"[]");
    }
}
