//! Errors of the libraries, with their exit codes and hints.

use std::io::ErrorKind;
use std::path::Path;

use retold_core::Clock;
use retold_importer::ait42::{Lack, Why};
use rusqlite::ErrorCode;

use super::Failure;
use crate::Exit;
use crate::session;

const FOLDER: &str = "SQLite writes beside the store too: its folder must be writable";

/// The hint where the log is damaged. The command that it names finds out the rest, and does not name itself.
pub(super) const HOW_FAR: &str = "`retold verify` says how far the damage goes";

impl From<retold_core::Error> for Failure {
    fn from(error: retold_core::Error) -> Self {
        use retold_core::Error;
        use retold_core::event::BodyError;
        let (exit, hint) = match &error {
            Error::Stopped { .. } => return Self::interrupted(),
            Error::NoStore { .. } => {
                (Exit::NotAStore, "make one with `retold import ~/.ait42`, or name another with --store")
            }
            Error::NotAStore { .. } => (Exit::NotAStore, "name another file with --store"),
            Error::Newer { .. } | Error::Body { source: BodyError::Newer { .. }, .. } => {
                (Exit::NotAStore, "install the newest retold to read it; this one has not touched it")
            }
            Error::Older { .. } => (
                Exit::NotAStore,
                "bring it up to date with `retold store migrate up`, or a copy of it where nothing can be written; nothing is lost by it",
            ),
            Error::Busy { .. } => (Exit::Busy, "another process is writing; try again when it is done"),
            Error::Conflict { .. } => (Exit::Busy, "somebody else wrote to it meanwhile; try again"),
            Error::Full { .. } => (Exit::Io, "make room; what was acknowledged before is safe"),
            Error::ReadOnly { .. } => (Exit::Io, FOLDER),
            Error::Sqlite { source, .. } if source.sqlite_error_code() == Some(ErrorCode::CannotOpen) => {
                (Exit::Io, FOLDER)
            }
            Error::ManyNames { path, names } => return many_names(&error, path, *names),
            Error::MountedAlone { .. } => (
                Exit::Io,
                "mount the folder that it is in, or copy the store into a folder of its own; reading works",
            ),
            Error::PartOfLog { .. } => {
                (Exit::Io, "write to the store that the log is in, and take the part again")
            }
            Error::Moved { .. } => (
                Exit::Io,
                "what was acknowledged is in the file that was moved, and in the `-wal` beside its old name: put both back together, or restore a backup",
            ),
            Error::ReadUnlocked { .. } => {
                (Exit::Busy, "what was answered may be of two moments; run it again")
            }
            Error::Replaced => {
                (Exit::Busy, "a backup was restored meanwhile; run it again on the store as it is now")
            }
            Error::BlankKey | Error::KeyReused { .. } => (Exit::Usage, "each write has a key of its own"),
            Error::Archive { .. } => (
                Exit::Usage,
                "an archive is a backup of this store: `retold backup FILE` makes one, so does `retold store prune` itself",
            ),
            Error::Damaged { .. } | Error::Body { .. } => (Exit::Damaged, HOW_FAR),
            _ => (Exit::Io, ""),
        };
        let failure = Self::caused(exit, &error);
        if hint.is_empty() { failure } else { failure.hint(hint) }
    }
}

/// What has more than one name has to lose all but one of them, or to become a copy.
fn many_names(error: &retold_core::Error, path: &std::path::Path, names: u64) -> Failure {
    let folder = path.parent().unwrap_or(path).display();
    Failure::caused(Exit::Io, error).hint(format!(
        "`find {folder} -xdev -samefile {}` tells the {names} names, as far as they are there; remove all but one, or make a copy \
         with `retold backup`; reading works",
        path.display()
    ))
}

impl From<retold_migrations::Error> for Failure {
    fn from(error: retold_migrations::Error) -> Self {
        use retold_migrations::Error;
        match error {
            Error::Sqlite(source) => retold_core::Error::sqlite("move the schema")(source).into(),
            Error::Newer { .. } => Self::caused(Exit::NotAStore, &error).hint("install the newest retold"),
            Error::Unknown { known, .. } => {
                Self::caused(Exit::Usage, &error).hint(format!("name one from 0 to {known}"))
            }
            Error::Loses { .. } => Self::caused(Exit::Usage, &error)
                .hint("nothing is taken back while it holds what stands nowhere else"),
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

impl From<retold_projections::Error> for Failure {
    fn from(error: retold_projections::Error) -> Self {
        use retold_projections::Error;
        match error {
            Error::Log(error) => error.into(),
            Error::NoSession { ref name, .. } if is_former_name(name) => {
                Self::caused(Exit::Nothing, &error).hint("the second record of an id is ID~2")
            }
            Error::NoSession { .. } => Self::caused(Exit::Nothing, &error),
            Error::OtherOrder => Self::caused(Exit::Usage, &error)
                .hint("give the list the --sort that it had when it named the place"),
            Error::NotByHappening { .. } => Self::caused(Exit::Usage, &error)
                .hint("`--clock recorded` asks what the log knew by a time"),
            Error::TwoClocks => {
                Self::caused(Exit::Usage, &error).hint("give two positions, or two times of one clock")
            }
            Error::Ambiguous { name, candidates } => session::ambiguity(&name, candidates.iter().map(session::full)),
            Error::KeptInline { .. } => Self::caused(Exit::Usage, &error)
                .hint("`retold projections rebuild builtin` makes its rows again from the log"),
            Error::Diverged { .. } => Self::caused(Exit::OtherHead, &error)
                .hint("the log is the truth: `retold projections rebuild` makes them again from it"),
            Error::RebuildUnderWay => {
                Self::caused(Exit::Busy, &error).hint("wait until it is done, and all is rebuilt")
            }
            Error::Declaration { ref faults } => {
                let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
                Self::caused(Exit::Usage, &error).detail(lines)
            }
            Error::NoProjection { .. } => {
                Self::caused(Exit::Nothing, &error).hint("`retold projections` lists what there is")
            }
            Error::NoVersion { ref name, .. } => Self::caused(Exit::Nothing, &error)
                .hint(format!("`retold projections show {name}` tells the versions that there are")),
            Error::VersionTaken { .. } => {
                Self::caused(Exit::Usage, &error).hint("raise `-- version:`: the new one is built beside the old")
            }
            Error::VersionBehind { ref name, .. } => Self::caused(Exit::Usage, &error)
                .hint(format!("`retold projections rollback {name}` goes back to the version before")),
            Error::NoEvent { .. } => Self::caused(Exit::Usage, &error)
                .hint("`retold projections` shows at which event one has stopped"),
            Error::NoPrevious { ref name } => Self::caused(Exit::Nothing, &error).hint(format!(
                "one is kept once `retold projections add` has put a newer version of {name} in its place"
            )),
            Error::CannotRollBack { ref name, position, .. } => Self::caused(Exit::Nothing, &error).hint(format!(
                "what was read is read on; to leave the event out: `retold projections skip {name} {position} --reason …`"
            )),
            Error::LosesRows { ref name, .. } => Self::caused(Exit::Refused, &error).hint(format!(
                "its rows stay as they are; `retold store prune` tells which archive has what they came from, `retold store unprune \
                 ARCHIVE` puts it back, and then nothing is lost; `retold projections rebuild {name} --force` gives them up"
            )),
            Error::AtWork { .. } => Self::caused(Exit::Busy, &error).hint("`retold projections` shows how far it is"),
            Error::Stopped { ref name, position, .. } => Self::caused(Exit::Nothing, &error).hint(format!(
                "mend it and raise its version, or leave the event out: `retold projections skip {name} {position} --reason …`"
            )),
            Error::Unusable { ref name, .. } => Self::caused(Exit::Damaged, &error)
                .hint(format!("`retold projections rebuild {name}` makes it again from the log")),
            Error::NotFilled { ref name } => Self::caused(Exit::Nothing, &error)
                .hint(format!("`retold projections catch-up {name}` fills it")),
            Error::FolderGone { .. } => Self::caused(Exit::Busy, &error).hint("try again: it is filled again"),
            Error::NothingInCommon { .. } => Self::caused(Exit::Usage, &error),
            Error::Search { .. } => Self::caused(Exit::Usage, &error),
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

impl From<retold_travel::Error> for Failure {
    fn from(error: retold_travel::Error) -> Self {
        use retold_travel::Error;
        match error {
            Error::Log(error) => error.into(),
            Error::Projections(error) => error.into(),
            Error::NothingYet { clock: Clock::Recorded, .. } => {
                Self::caused(Exit::Usage, &error).hint(RECORDED)
            }
            Error::NothingYet { ref stream, .. } if stream.is_workspace() => {
                Self::caused(Exit::Usage, &error)
            }
            Error::NothingYet { ref stream, .. } => {
                let hint = format!("{}:start is the moment of that event", session::full(stream));
                Self::caused(Exit::Usage, &error).hint(hint)
            }
            Error::NoPosition { .. } => Self::caused(Exit::Usage, &error).hint(NO_POSITION),
            Error::NoSuchPoint { .. } | Error::Backwards { .. } => Self::caused(Exit::Usage, &error),
            Error::Ambiguous { ref candidates, .. } => Self::caused(Exit::Usage, &error)
                .detail(candidates.clone())
                .hint("write one of them as listed"),
            Error::MarkExists { .. } => {
                Self::caused(Exit::Usage, &error).hint("--move puts it elsewhere; `retold mark` lists them")
            }
            Error::NoMark { .. } => Self::caused(Exit::Nothing, &error).hint("`retold mark` lists them"),
            Error::NoSuchOperation { .. } => {
                Self::caused(Exit::Usage, &error).hint("`retold operations` lists them")
            }
            Error::AmbiguousOperation { ref candidates, .. } => Self::caused(Exit::Usage, &error)
                .detail(candidates.clone())
                .hint("write more of the one that is meant"),
            Error::NothingToUndo => Self::caused(Exit::Nothing, &error).hint(
                "`retold operations` lists what programs wrote; `retold undo OPERATION` takes one back",
            ),
            Error::NotUndoable { ref hint, .. } => {
                let hint = hint.clone();
                let failure = Self::caused(Exit::Refused, &error);
                match hint {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
            Error::UndoneAlready { ref by, .. } => {
                let hint = format!("`retold undo {by}` does it again");
                Self::caused(Exit::Refused, &error).hint(hint)
            }
            Error::ChangedSince { ref by, .. } => {
                let hint = format!(
                    "nothing was appended; `retold undo {by}` first, or `retold revert SESSION --to POINT`"
                );
                Self::caused(Exit::Refused, &error).hint(hint)
            }
            Error::NotThere { ref stream, reason: "not created yet", .. } => {
                let hint = format!("{}:start is its first moment", session::full(stream));
                Self::caused(Exit::Nothing, &error).hint(hint)
            }
            Error::NotThere { .. } => Self::caused(Exit::Nothing, &error)
                .hint("`retold log SESSION` tells when it was created, deleted and restored"),
            Error::NoSuchPlace { .. } => Self::caused(Exit::Nothing, &error),
            Error::NoSuchEvent { .. } => Self::caused(Exit::Usage, &error)
                .hint("`retold log SESSION` tells the positions of its events"),
            Error::IdTaken { .. } | Error::Sql { .. } => Self::caused(Exit::Usage, &error),
            Error::TooLong { .. } => {
                Self::caused(Exit::Usage, &error).hint("ask for less; the limit is for each answer")
            }
            Error::InvalidEvent { .. } => Self::caused(Exit::Damaged, &error).hint(HOW_FAR),
            Error::Stopped => Self::interrupted(),
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

/// Whether a name has its ordinal as an earlier release wrote it: `ID#2`.
fn is_former_name(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, ordinal)| ordinal.parse::<u32>().is_ok())
}

const RECORDED: &str = "with `--clock recorded` a time means when the log got an event, after an import that of the import; without \
                        it, when things happened";
const NO_POSITION: &str =
    "`--clock recorded` asks for when the log got its events; or name a position, a mark, or SESSION:r7";

const HISTORIES: &str = "session histories are in `~/.ait42/sessions`; older ones in a project's `.ait42`";

impl From<retold_importer::Error> for Failure {
    fn from(error: retold_importer::Error) -> Self {
        use retold_importer::Error;
        match error {
            Error::Log(error) => error.into(),
            Error::NoSessions { .. } => Self::caused(Exit::Nothing, &error).hint(HISTORIES),
            Error::NotAHistory { .. } => Self::caused(Exit::Usage, &error),
            Error::Io { act: "import" | "check against", ref source, .. }
                if source.kind() == ErrorKind::NotFound =>
            {
                Self::caused(Exit::Usage, &error).hint(HISTORIES)
            }
            Error::Changed { .. } => Self::caused(Exit::Busy, &error)
                .hint("it is where it was; stop the program that writes it, and try again"),
            Error::InTheWay { .. } => Self::caused(Exit::Usage, &error)
                .hint("nothing was written; move it away, or name another place"),
            Error::WouldLose { ref folder, ref lacks, written } => would_lose(&error, folder, lacks, written),
            Error::NotAnArchive { .. } => Self::caused(Exit::Usage, &error),
            Error::Io { act: "open the archive" | "archive", ref source, .. }
                if source.kind() == ErrorKind::NotFound =>
            {
                Self::caused(Exit::Usage, &error)
            }
            Error::NoQuarantined { .. } => {
                Self::caused(Exit::Nothing, &error).hint("`retold store quarantine list` shows what there is")
            }
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

/// Lines that name what would be lost.
const LACKS_MAX: usize = 20;

fn would_lose(error: &retold_importer::Error, folder: &Path, lacks: &[Lack], written: usize) -> Failure {
    let mut lines: Vec<String> = lacks.iter().take(LACKS_MAX).map(ToString::to_string).collect();
    if lacks.len() > LACKS_MAX {
        lines.push(format!("and {} more", lacks.len() - LACKS_MAX));
    }
    let written = match written {
        0 => "nothing was written".to_owned(),
        written => format!("{written} other files were written before these changed"),
    };
    let has = |wanted: &[Why]| lacks.iter().any(|lack| wanted.contains(&lack.why));
    let mut ways = Vec::new();
    if has(&[Why::NoSession, Why::OtherState, Why::Unreadable]) {
        ways.push(format!("`retold import {}` takes in what it can", folder.display()));
    }
    if has(&[Why::Quarantined]) {
        ways.push("`retold store quarantine list` shows what is only there".to_owned());
    }
    if has(&[Why::Pruned]) {
        ways.push("`retold store prune` says which archive has what was pruned".to_owned());
    }
    ways.push("--force replaces the files all the same".to_owned());
    Failure::caused(Exit::Refused, error).detail(lines).hint(format!("{written}; {}", ways.join("; ")))
}

impl From<retold::Error> for Failure {
    fn from(error: retold::Error) -> Self {
        use retold::Error;
        match error {
            Error::Store(error) => error.into(),
            Error::ReadModels(error) => error.into(),
            Error::Import(error) => error.into(),
            Error::BlankWorkspace { .. } => Self::caused(Exit::Usage, &error),
            Error::KeyReused { .. } => {
                Self::caused(Exit::Usage, &error).hint("each write has a key of its own")
            }
            Error::SessionNotFound { .. } | Error::InstanceNotFound { .. } => {
                Self::caused(Exit::Nothing, &error)
            }
            Error::MirrorOfAnother { ref folder, is_parent: true, .. } => {
                let hint = format!(
                    "this store was restored from a backup of that log, and the files hold what came after it: \
                     `rm {}/.retold-mirror` has all that they hold taken in; another folder leaves it",
                    folder.display()
                );
                Self::caused(Exit::Usage, &error).hint(hint)
            }
            Error::MirrorOfAnother { .. } => Self::caused(Exit::Usage, &error)
                .hint("mirror to another folder, or with the store that this folder belongs to"),
            _ => Self::caused(Exit::Io, &error),
        }
    }
}

#[cfg(test)]
mod tests;
