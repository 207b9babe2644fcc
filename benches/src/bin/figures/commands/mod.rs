//! The seven commands of the old history on a full workspace, from many threads, and with the files kept current.

mod each;
mod mirror;
mod mixed;

use std::path::PathBuf;

use retold::SessionHistory;
use retold_benches::generate::{Shape, chat_text};
use retold_benches::legacy::{self, LegacyStore};
use retold_projections::SessionFilter;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::Figure;

const CONTENT_BYTES: usize = 300;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let mut figures = each::measure(bench)?;
    figures.extend(mixed::measure(bench)?);
    figures.push(mirror::measure(bench)?);
    Ok(figures)
}

/// A workspace of ten thousand sessions, in a store and in its legacy file, both to be changed.
struct Full {
    _folder: TempDir,
    store: PathBuf,
    json: LegacyStore,
    workspace: String,
    ids: Vec<String>,
}

impl Full {
    fn copy(bench: &Bench) -> Outcome<Self> {
        let shape = bench.scale.shape(Shape { sessions: 10_000, ..Shape::KIB_16 });
        let legacy = bench.legacy("ten-thousand", &shape)?;
        let folder = bench.scratch()?;
        let (json, store) = legacy.copy_to(folder.path())?;
        let rows = legacy.open()?.sessions(&SessionFilter::default())?;
        Ok(Self {
            _folder: folder,
            store,
            json: LegacyStore::new(json),
            workspace: legacy.files[0].workspace.clone(),
            ids: rows.into_iter().map(|row| row.id).collect(),
        })
    }

    fn open(&self) -> Outcome<SessionHistory> {
        Ok(SessionHistory::open(&self.store)?)
    }

    /// Sessions from all over the workspace, one after the other.
    fn id(&self, nth: usize) -> &str {
        &self.ids[nth * 7_919 % self.ids.len()]
    }
}

fn message(nth: usize) -> legacy::Message {
    legacy::Message {
        id: format!("msg-{nth}"),
        role: "assistant".to_owned(),
        content: chat_text(nth as u64, CONTENT_BYTES),
        timestamp: "2025-11-14T01:02:03.123Z".to_owned(),
        instance_id: Some(1),
    }
}

/// A document of the old history as one of ours.
fn ours<T: DeserializeOwned>(document: &impl Serialize) -> Outcome<T> {
    Ok(serde_json::from_str(&serde_json::to_string(document)?)?)
}
