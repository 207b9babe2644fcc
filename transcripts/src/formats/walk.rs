//! Files below folders.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// How deep folders are looked into.
const DEPTH_MAX: usize = 16;

/// Finds all files below a folder, in the order of their names, folder by folder. Links are followed, each folder once. A folder that
/// is not there holds nothing; what cannot be looked at goes to `failed`.
pub(super) fn files(folder: &Path, failed: &mut dyn FnMut(PathBuf, io::Error)) -> Vec<PathBuf> {
    let mut found = Vec::new();
    visit(folder, DEPTH_MAX, &mut HashSet::new(), failed, &mut found);
    found
}

fn visit(
    folder: &Path,
    depth: usize,
    visited: &mut HashSet<PathBuf>,
    failed: &mut dyn FnMut(PathBuf, io::Error),
    found: &mut Vec<PathBuf>,
) {
    let entries = folder.canonicalize().and_then(|canonical| match visited.insert(canonical) {
        true => std::fs::read_dir(folder).map(Some),
        false => Ok(None),
    });
    let entries = match entries {
        Ok(Some(entries)) => entries,
        Ok(None) => return,
        Err(error) => {
            if !is_nothing(&error) {
                failed(folder.to_owned(), error);
            }
            return;
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => failed(folder.to_owned(), error),
        }
    }
    paths.sort();
    for path in paths {
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() && depth > 0 => visit(&path, depth - 1, visited, failed, found),
            Ok(metadata) if metadata.is_file() => found.push(path),
            Ok(_) => {}
            Err(error) if is_nothing(&error) => {}
            Err(error) => failed(path, error),
        }
    }
}

/// Returns whether there is such a file. One that cannot be looked at goes to `failed`.
pub(super) fn is_file(path: &Path, failed: &mut dyn FnMut(PathBuf, io::Error)) -> bool {
    match std::fs::metadata(path) {
        Ok(metadata) => metadata.is_file(),
        Err(error) => {
            if !is_nothing(&error) {
                failed(path.to_owned(), error);
            }
            false
        }
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
