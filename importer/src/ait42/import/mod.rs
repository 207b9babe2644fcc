//! The import: every session of every file becomes events, and the events are proved to give it back.

mod dry_run;
mod ending;
mod import_session;
mod kept;
mod mirrored;
mod open;
mod pending;
mod register;
mod retry;
mod run;
mod train;

use std::time::Instant;

use retold_core::{Log, OnProgress, Session, StreamName};

use super::report::Report;
use super::sources::Sources;
use crate::Error;

pub(super) use dry_run::DryRun;
pub use retry::retry;
use run::Run;

/// How to import.
#[derive(Default)]
pub struct Options<'a> {
    /// Reads and reports, and writes nothing.
    pub dry_run: bool,
    /// Is told the bytes read, with every session; where it says so, the import stops after the session it is at.
    pub progress: Option<&'a dyn OnProgress>,
    /// Deletes here the sessions that are gone from a newer version of a file. Not where the file is torn or has none of
    /// its sessions left: that is how files were lost. A deleted session can be restored.
    pub deletions: bool,
    /// What a session of the log becomes where the file has it otherwise; without it, what the file says.
    pub merge: Option<&'a dyn Merge>,
}

/// Brings two versions of a session together: the log's, and a file's that was changed by somebody else meanwhile.
pub trait Merge {
    /// Returns what the session becomes.
    ///
    /// # Errors
    /// Any error ends the import.
    fn merge(&self, name: &StreamName, ours: &Session, theirs: &Session) -> Result<Session, Error>;

    /// Returns whether a session of the file `home` that the log does not have any more was deleted here meanwhile, and
    /// is in the file only because it was there before.
    ///
    /// # Errors
    /// Any error ends the import.
    fn is_deleted(&self, workspace: &str, home: &str, theirs: &Session) -> Result<bool, Error>;
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}

/// Imports `sources` into `log`; without a log, all of it is new, and nothing is written.
///
/// A session that the log has as the file has it, or that the file has as it had it the last time, appends nothing.
/// Each session is one commit: a crash leaves whole sessions, and the next import goes on. However many imports of the same
/// files run at once, in however many processes, a session of a file is one record, and an older version of a file that
/// is being written undoes nothing that a newer one brought. Memory holds the session
/// at hand, those on their way into the log (at most 16 MiB) and the names of the file's sessions.
///
/// All commits belong to one operation where the log is [one of a command](Log::within).
///
/// # Errors
/// [`Error::Log`] where the log refuses; what was imported until then stays. A file that cannot be read is no error: it is
/// named in [`Report::skipped`], and the others are imported.
pub fn import<'a>(log: Option<&'a Log>, sources: &Sources, options: Options<'a>) -> Result<Report, Error> {
    #[cfg(feature = "tracing")]
    let _span = tracing::info_span!(target: "retold", "import", files = sources.files.len()).entered();
    let started = Instant::now();
    if let Some(log) = log.filter(|_| !options.dry_run) {
        train::train(log, sources)?;
    }
    let mut run = Run::new(log, options, sources);
    for source in &sources.files {
        run.file(source)?;
        if !run.goes_on() {
            break;
        }
    }
    let mut report = run.finish()?;
    report.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "retold",
        events = report.events_appended,
        skipped = report.skipped.len(),
        duration_ms = report.duration_ms,
        "imported"
    );
    Ok(report)
}
