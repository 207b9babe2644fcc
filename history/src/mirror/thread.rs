//! The thread that keeps the files current.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use retold_projections::Store;

use super::files::Files;
use super::status::MirrorStatus;
use crate::Error;
use crate::states::States;

/// The longest that the thread sleeps; how often a file that cannot be written is tried.
const SLEEP: Duration = Duration::from_millis(50);
const RETRY: Duration = Duration::from_secs(1);

/// A running mirror. Dropping it writes what the files lack.
pub(crate) struct Mirror {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    files: Mutex<Files>,
    error: Mutex<Option<String>>,
    stop: AtomicBool,
}

impl Mirror {
    pub(crate) fn start(store: &Store, states: &Arc<States>, folder: &Path) -> Result<Self, Error> {
        let mut files = Files::open(store, states, folder)?;
        // A file that cannot be read is told, and the others are mirrored; a folder that cannot be written is no use.
        let failed = match files.catch_up(true)? {
            Some(error @ (Error::Mirror { act: "read", .. } | Error::Import(_))) => Some(with_causes(&error)),
            Some(error) => return Err(error),
            None => None,
        };
        let mut subscription = store.log().subscribe(files.position());
        let shared = Arc::new(Shared {
            files: Mutex::new(files),
            error: Mutex::new(failed),
            stop: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let run = move || {
            let mut retry_at = None;
            while !own.stop.load(Ordering::Relaxed) {
                // An error of the log is met again, and told, by what the mirror reads of it.
                let moved = subscription.next(SLEEP).map_or(true, |events| !events.is_empty());
                let mut files = own.files.lock();
                let now = Instant::now();
                let is_due = moved || files.due().is_some_and(|due| due <= now);
                if is_due && retry_at.is_none_or(|at| at <= now) {
                    let error = files.catch_up(false).unwrap_or_else(Some);
                    retry_at = error.as_ref().and_then(|_| now.checked_add(RETRY));
                    *own.error.lock() = error.map(|error| with_causes(&error));
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("retold-mirror".to_owned())
            .spawn(run)
            .map_err(|source| Error::Mirror { act: "start", path: folder.to_owned(), source })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(crate) fn flush(&self) -> Result<(), Error> {
        let failed = self.shared.files.lock().catch_up(true).unwrap_or_else(Some);
        *self.shared.error.lock() = failed.as_ref().map(|error| with_causes(error));
        failed.map_or(Ok(()), Err)
    }

    pub(crate) fn status(&self, store: &Store) -> Result<MirrorStatus, Error> {
        let (position, skipped) = {
            let files = self.shared.files.lock();
            (files.position(), files.skipped().iter().map(ToString::to_string).collect())
        };
        let head = store.log().reader()?.head()?.position;
        Ok(MirrorStatus { position, head, error: self.shared.error.lock().clone(), skipped })
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has left files that are whole; the flush below says what is wrong.
            let _panicked = thread.join();
        }
        // Nobody is left to be told; the next start catches up.
        let _lacking = self.shared.files.lock().catch_up(true);
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
