//! The work that every rival does, and how it is timed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::versions::locked;

/// How many messages a full stream holds; a batch fills one.
const STREAM: usize = 100;

/// How much of each kind of work is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    appends: usize,
    batches: usize,
    loads: usize,
}

impl Counts {
    /// Enough for figures that are worth comparing.
    pub(crate) const FULL: Self = Self { appends: 1000, batches: 200, loads: 500 };
    /// A tenth, to see that it runs.
    pub(crate) const QUICK: Self = Self { appends: 100, batches: 20, loads: 50 };
}

/// The body of an event: a chat message, 288 bytes as JSON.
///
/// It derives what either rival encodes with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, bincode::Encode, bincode::Decode)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) content: String,
    pub(crate) timestamp: u64,
}

impl Message {
    fn nth(n: usize) -> Self {
        Self {
            id: format!("01J8ZQ4R7XK2M5N9{n:010}"),
            role: "user".to_owned(),
            content: format!("{n:010} {}", "the quick brown fox jumps over it ".repeat(6))[..200].to_owned(),
            timestamp: 1_767_225_600_000,
        }
    }
}

/// An event store that can do the work.
pub(crate) trait Rival: Sized {
    /// The crates that make up the store, under which the report names it.
    const CRATES: &[&str];
    /// What a reader has to know to read the figures.
    const NOTE: &str;

    /// Creates an empty store in `folder`.
    async fn create(folder: &Path) -> anyhow::Result<Self>;
    /// Appends `messages` to `stream`, which holds `revision` events so far, in one commit.
    async fn append(&self, stream: &str, revision: usize, messages: Vec<Message>) -> anyhow::Result<()>;
    /// Replays `stream` into an aggregate that counts its messages, and returns the count.
    async fn load(&self, stream: &str) -> anyhow::Result<usize>;
    /// Replays the whole store into a read model that counts its messages, and returns the count.
    async fn rebuild(&self) -> anyhow::Result<usize>;
}

/// What one rival did.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    name: String,
    version: String,
    append_per_s: u128,
    batch100_events_per_s: u128,
    load100_us_p50: u128,
    rebuild_events_per_s: u128,
    note: &'static str,
}

/// Has `R` do the work on a new store below `parent`.
///
/// # Errors
/// When the store fails, or when what it reads back is not what was appended.
pub(crate) async fn measure<R: Rival>(parent: &Path, counts: Counts) -> anyhow::Result<Figures> {
    let name = R::CRATES.join(" + ");
    let versions: Option<Vec<_>> = R::CRATES.iter().map(|name| locked(name)).collect();
    let version = versions.context("the lock file names every rival")?.join(" + ");

    let folder = tempfile::tempdir_in(parent)?;
    let store = R::create(folder.path()).await?;
    Ok(Figures {
        append_per_s: appends(&store, counts.appends).await.context(name.clone())?,
        batch100_events_per_s: batches(&store, counts.batches).await.context(name.clone())?,
        load100_us_p50: loads(&store, counts).await.context(name.clone())?,
        rebuild_events_per_s: rebuild(&store, counts).await.context(name.clone())?,
        note: R::NOTE,
        name,
        version,
    })
}

async fn appends<R: Rival>(store: &R, count: usize) -> anyhow::Result<u128> {
    let messages: Vec<_> = (0..count).map(Message::nth).collect();
    let start = Instant::now();
    for (n, message) in messages.into_iter().enumerate() {
        store.append(&format!("single-{}", n / STREAM), n % STREAM, vec![message]).await?;
    }
    Ok(per_second(count, start.elapsed()))
}

async fn batches<R: Rival>(store: &R, count: usize) -> anyhow::Result<u128> {
    let batches: Vec<Vec<_>> = (0..count).map(|_| (0..STREAM).map(Message::nth).collect()).collect();
    let start = Instant::now();
    for (n, batch) in batches.into_iter().enumerate() {
        store.append(&format!("batch-{n}"), 0, batch).await?;
    }
    Ok(per_second(count * STREAM, start.elapsed()))
}

async fn loads<R: Rival>(store: &R, counts: Counts) -> anyhow::Result<u128> {
    let mut times = Vec::with_capacity(counts.loads);
    for n in 0..counts.loads {
        let stream = format!("batch-{}", n % counts.batches);
        let start = Instant::now();
        let found = store.load(&stream).await?;
        times.push(start.elapsed());
        ensure!(found == STREAM, "load {stream}: expected {STREAM} messages, found {found}");
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_micros())
}

async fn rebuild<R: Rival>(store: &R, counts: Counts) -> anyhow::Result<u128> {
    let expected = counts.appends + counts.batches * STREAM;
    let start = Instant::now();
    let found = store.rebuild().await?;
    let elapsed = start.elapsed();
    ensure!(found == expected, "rebuild: expected {expected} messages, found {found}");
    Ok(per_second(found, elapsed))
}

fn per_second(count: usize, elapsed: Duration) -> u128 {
    count as u128 * Duration::from_secs(1).as_nanos() / elapsed.as_nanos().max(1)
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn every_body_is_288_bytes_of_json() -> serde_json::Result<()> {
        for n in [0, 99, 19_999] {
            assert_eq!(serde_json::to_vec(&Message::nth(n))?.len(), 288);
        }
        Ok(())
    }
}
