//! The workbench: how much to do, where, and what several measurements share.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use retold_benches::generate::{Shape, Written, write_directory};
use retold_core::Options;
use retold_importer::ait42::{self, Report, Sources};
use retold_projections::Store;
use tempfile::TempDir;

use crate::arguments::Arguments;
use crate::{Outcome, machine};

/// Every legacy folder is made from it.
const SEED: u64 = 7;

/// What share of the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale(usize);

impl Scale {
    pub(crate) const FULL: Self = Self(1);
    pub(crate) const QUICK: Self = Self(10);
    pub(crate) const SMOKE: Self = Self(1000);

    /// Returns its share of `full`, which is one at least.
    pub(crate) fn of(self, full: usize) -> usize {
        full.div_ceil(self.0)
    }

    /// Returns a shape of its share of the sessions.
    pub(crate) fn shape(self, full: Shape) -> Shape {
        Shape { sessions: self.of(full.sessions), ..full }
    }

    /// Returns `full` rounds, or one where only the way through is of interest.
    pub(crate) fn rounds(self, full: usize) -> usize {
        if self == Self::SMOKE { 1 } else { full }
    }
}

/// Where things are measured.
pub(crate) struct Bench {
    pub(crate) scale: Scale,
    folder: TempDir,
    legacies: RefCell<HashMap<&'static str, Rc<Legacy>>>,
}

/// A legacy folder, and a store that it was imported into.
pub(crate) struct Legacy {
    pub(crate) dir: PathBuf,
    pub(crate) files: Vec<Written>,
    pub(crate) sessions: usize,
    /// The store, closed.
    pub(crate) store: PathBuf,
    pub(crate) events: usize,
}

/// Returns the program `retold` that was built beside this one; `None` where none was.
pub(crate) fn program() -> Outcome<Option<PathBuf>> {
    let program = std::env::current_exe()?.with_file_name("retold");
    Ok(program.exists().then_some(program))
}

impl Bench {
    pub(crate) fn new(arguments: &Arguments) -> Outcome<Self> {
        let beside = std::env::current_exe()?.parent().map(Path::to_owned).unwrap_or_default();
        let below = arguments.dir.clone().unwrap_or(beside);
        std::fs::create_dir_all(&below)?;
        machine::refuse_memory(&below)?;
        let folder = tempfile::Builder::new().prefix("figures-").tempdir_in(below)?;
        Ok(Self { scale: arguments.scale(), folder, legacies: RefCell::default() })
    }

    /// Returns a new folder, which goes away when it is dropped.
    pub(crate) fn scratch(&self) -> Outcome<TempDir> {
        Ok(tempfile::tempdir_in(self.folder.path())?)
    }

    /// Returns the legacy folder of this name, made and imported when it is first asked for.
    pub(crate) fn legacy(&self, name: &'static str, shape: &Shape) -> Outcome<Rc<Legacy>> {
        if let Some(made) = self.legacies.borrow().get(name) {
            return Ok(Rc::clone(made));
        }
        let made = Rc::new(Legacy::make(&self.folder.path().join(name), shape)?);
        self.legacies.borrow_mut().insert(name, Rc::clone(&made));
        Ok(made)
    }
}

impl Legacy {
    fn make(folder: &Path, shape: &Shape) -> Outcome<Self> {
        let (dir, store) = (folder.join("ait42"), folder.join("sessions.db"));
        let files = write_directory(&dir, shape, SEED)?;
        let report = import(&dir, &store)?;
        let sessions = files.iter().map(|file| file.sessions).sum();
        let events = usize::try_from(report.events_appended)?;
        Ok(Self { dir, files, sessions, store, events })
    }

    pub(crate) fn json_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Returns the size of the store, which has to be whole: nothing of it in the write-ahead log.
    pub(crate) fn store_bytes(&self) -> Outcome<u64> {
        match std::fs::metadata(self.store.with_extension("db-wal")) {
            Ok(wal) if wal.len() > 0 => Err(format!(
                "{} was closed with {} bytes in its write-ahead log",
                self.store.display(),
                wal.len()
            )
            .into()),
            _ => Ok(std::fs::metadata(&self.store)?.len()),
        }
    }

    /// Copies the folder and the store, to be changed; returns where the copies are.
    pub(crate) fn copy_to(&self, folder: &Path) -> Outcome<(PathBuf, PathBuf)> {
        self.store_bytes()?;
        let (dir, store) = (folder.join("ait42"), folder.join("sessions.db"));
        std::fs::create_dir_all(dir.join("sessions"))?;
        for file in &self.files {
            std::fs::copy(&file.file, dir.join(file.file.strip_prefix(&self.dir)?))?;
        }
        std::fs::copy(&self.store, &store)?;
        Ok((dir, store))
    }

    /// Opens the store, with its read models.
    pub(crate) fn open(&self) -> Outcome<Store> {
        Ok(Store::open(&self.store, Options::new())?)
    }
}

/// Imports a legacy folder into a new store with read models, and closes it.
pub(crate) fn import(dir: &Path, store: &Path) -> Outcome<Report> {
    let opened = Store::open(store, Options::new().create(true))?;
    let sources = Sources::find(&[dir.to_owned()], &BTreeMap::new())?;
    let report = ait42::import(Some(opened.log()), &sources, ait42::Options::default())?;
    match (report.reproduced == report.sessions.read, report.sessions.imported == report.sessions.read) {
        (true, true) => Ok(report),
        _ => Err(format!("import {}: not every session came out as it went in", dir.display()).into()),
    }
}
