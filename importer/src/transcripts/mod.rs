//! What coding agents leave on disk, taken into the log: every byte of their files, and what the records mean.
//!
//! Each tool is a workspace. A session's stream is named by the tool and the tool's own id; the workspace's own stream keeps the files, piece
//! by piece ([`RecordsKept`](retold_core::event::RecordsKept), [`SourceRead`](retold_core::event::SourceRead)). A piece and the events that were made of its records are one commit, so
//! that a crash leaves whole records, and a text of an event is not stored again in the piece. What says that a piece was read stays when its
//! bytes are erased, so that what was erased is not taken in again.
//!
//! A commit names the revision of the workspace's stream that it was decided for: of importers side by side one is first, and the
//! others decide again from what the log has then. What is excluded ([`Exclusions`]) is part of every decision.

mod ahead;
mod compare;
mod exclusions;
mod export;
mod file;
mod forget;
mod gathered;
mod holes;
mod known;
mod news;
mod options;
mod pieces;
mod remap;
mod repeats;
mod report;
mod run;
mod secrets;
mod session;
mod watch;

use retold_core::{Error as LogError, Log, Revision, StreamName};
use retold_transcripts::Format;

use crate::Error;
pub use compare::{Comparison, compare};
pub use exclusions::{
    Exclusion, ExclusionKind, Exclusions, Mark, NewExclusion, WORKSPACE as EXCLUSIONS, exclude, include,
    is_folder_of, mask_secrets,
};
pub use export::{Written, write_native};
pub use forget::{Forgotten, kept_of};
pub use known::{KnownPiece, KnownSource};
pub use options::Options;
pub use remap::{RemapOptions, Remapped, remap};
pub use report::{Failed, Report};
pub use run::Memory;
use run::{Commits, Run, Stop};
pub use watch::{Look, Watch};

/// How often somebody else may have been first before the import gives up.
const TRIES: usize = 100;

/// Takes a tool's files into the log, as far as it lacks them. Importing again appends nothing; a file that grew appends its tail.
///
/// A file that cannot be read is named in the report, and the others go on. Sources are never changed. Memory: the longest record a
/// few times over, and the ids of what the sessions of the tool say.
///
/// # Errors
/// What the log says. What was committed before is whole.
pub fn import(log: &Log, format: &dyn Format, options: &mut Options<'_>) -> Result<Report, Error> {
    let tool = format.tool().word();
    for _ in 0..TRIES {
        let workspace = StreamName::workspace(tool);
        let reader = log.reader()?;
        let revision = match reader.stream(&workspace)? {
            Some(stream) => reader.revision(stream)?,
            None => Revision::ZERO,
        };
        drop(reader);
        // Read before what the log has: what is excluded after that refuses the commits.
        let exclusions = Exclusions::read(log)?;
        let known = (options.known)(tool)?;
        let outcome = std::thread::scope(|scope| {
            let commits = Commits::to(log, scope);
            let mut run = Run::new(log, commits, format, options, known, revision, exclusions);
            let outcome = run.all();
            // What was given before is appended, whatever came after it.
            match run.end().and(outcome) {
                Ok(()) => Ok(run.report),
                Err(Stop::Interrupted) => {
                    run.report.is_interrupted = true;
                    Ok(run.report)
                }
                Err(Stop::Failed(error)) => Err(error),
            }
        });
        match outcome {
            Ok(report) => return Ok(report),
            // Somebody else was first: what the log has now decides.
            Err(Error::Log(LogError::Conflict { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Log(LogError::Busy { act: "import" }))
}

#[cfg(test)]
mod tests {
    use retold_core::event::{SessionLinked, ToolCalled, ToolReturned};
    use retold_transcripts::{Outcome, Relation, ToolKind};

    #[test]
    fn what_comes_in_has_the_words_that_an_application_may_write() {
        let words: Vec<&str> = ToolKind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words, ToolCalled::KINDS);
        let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        assert_eq!(words, ToolReturned::OUTCOMES);
        let words: Vec<&str> = Relation::ALL.iter().map(|relation| relation.word()).collect();
        assert_eq!(words, SessionLinked::RELATIONS);
    }
}
