//! Pages of the log, read and decoded on a thread of their own.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use retold_core::{Error, Limit, Log, Page, Position};

/// Pages that wait for the writer.
const PAGES_AHEAD: usize = 2;

/// The most that a page holds: what is written in one transaction, which other writers wait for.
const PAGE: Limit = Limit { rows: 8_000, bytes: 8 * 1024 * 1024 };

pub(crate) struct Pages {
    /// `None` once nobody wants more of them.
    pages: Option<Receiver<Result<Page, Error>>>,
    /// Pages that were used go back: to free tens of thousands of texts is work for the thread that made them.
    used: Option<Sender<Page>>,
    thread: Option<JoinHandle<()>>,
}

impl Pages {
    /// Reads the log from after `after` to the end that it has when it is reached, with the bytes of files that were kept or without.
    pub(crate) fn read(log: &Log, mut after: Position, with_kept: bool) -> Self {
        let (sender, receiver) = crossbeam_channel::bounded(PAGES_AHEAD);
        let (used, to_free) = crossbeam_channel::unbounded();
        let log = log.clone();
        let thread = std::thread::spawn(move || {
            loop {
                let page = log.reader().and_then(|mut reader| match with_kept {
                    true => reader.events_after(after, PAGE),
                    false => reader.events_after_but_kept(after, PAGE),
                });
                let next = page.as_ref().ok().and_then(|page| page.events.last()).map(|last| last.position);
                let more = page.as_ref().is_ok_and(|page| page.more);
                // A writer that has gone away wants no more pages.
                if sender.send(page).is_err() || !more {
                    return;
                }
                after = next.unwrap_or(after);
                to_free.try_iter().for_each(drop::<Page>);
            }
        });
        Self { pages: Some(receiver), used: Some(used), thread: Some(thread) }
    }

    /// Waits for the next page; `None` after the last.
    pub(crate) fn next(&self) -> Option<Result<Page, Error>> {
        self.pages.as_ref()?.recv().ok()
    }

    /// Gives a page back that is not needed any more.
    pub(crate) fn give_back(&self, page: Page) {
        if let Some(used) = &self.used {
            // Where the thread has reached its end, the page ends here.
            let _ended = used.send(page);
        }
    }
}

impl Drop for Pages {
    /// The thread holds the log open: it ends first.
    fn drop(&mut self) {
        (self.pages, self.used) = (None, None);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}
