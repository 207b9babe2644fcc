//! Pages of the log, read and decoded on a thread of their own.

use std::thread::JoinHandle;

use crossbeam_channel::Receiver;
use retold_core::{Error, Limit, Log, Page, Position};

/// Pages that wait for the writer.
const PAGES_AHEAD: usize = 2;

/// What a page holds at the most: what is written in one transaction, which other writers wait for.
const PAGE: Limit = Limit { rows: 8_000, bytes: 8 * 1024 * 1024 };

pub(super) struct Pages {
    /// `None` once nobody wants more of them.
    pages: Option<Receiver<Result<Page, Error>>>,
    thread: Option<JoinHandle<()>>,
}

impl Pages {
    /// Reads the log from behind `after` to the end that it has when it is reached.
    pub(super) fn read(log: &Log, mut after: Position) -> Self {
        let (sender, receiver) = crossbeam_channel::bounded(PAGES_AHEAD);
        let log = log.clone();
        let thread = std::thread::spawn(move || {
            loop {
                let page = log.reader().and_then(|mut reader| reader.events_after(after, PAGE));
                let next = page.as_ref().ok().and_then(|page| page.events.last()).map(|last| last.position);
                let more = page.as_ref().is_ok_and(|page| page.more);
                // A writer that has gone away wants no more pages.
                if sender.send(page).is_err() || !more {
                    return;
                }
                after = next.unwrap_or(after);
            }
        });
        Self { pages: Some(receiver), thread: Some(thread) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Result<Page, Error>> {
        self.pages.iter().flatten()
    }
}

impl Drop for Pages {
    /// The thread holds the log open: it ends first.
    fn drop(&mut self) {
        self.pages = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}
