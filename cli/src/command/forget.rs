//! `retold forget`: a session, or all of a project, leaves the store and does not come back.

mod select;

use std::io::Write as _;

use retold_importer::transcripts::{ExclusionKind, NewExclusion, exclude};
use retold_projections::Store;

use super::Run;
use super::import::excluded;
use super::redact;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;
use crate::printable::printable;
use crate::session;
use select::Subjects;

/// Erase sessions for good, and never import them again
///
/// Every event of a session and of its agents is redacted, with the bytes that are kept of its files, as `retold redact` does it: what
/// was said leaves the store, its read models, the search index and all files beside it, and what is left is looked for
/// (exit 7 where another session says it too). Then the session is deleted. No later import takes it in again, whatever
/// its files are called by then, whether they grow, and whoever else imports: `retold import --exclude` lists it.
///
/// With --project, all sessions that worked in a folder or below it go, and those to come stay out. A name without `/` is
/// that of a folder, wherever it is. It goes by folders alone: other worktrees and clones of a repository stay, though
/// `retold sessions --project` lists their sessions too. The folder's name is then remembered as a hash; but names of
/// files and ids of sessions stay in the log, and a file's name may hold the folder's.
///
/// On a terminal it asks first.
///
/// A native export has a line with `"retold":"gap"` where something was forgotten. Where a database holds many sessions,
/// the bytes of their rows next to it go too; what these sessions said stays. Out of reach are the tools' own
/// files, backups and exports.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold forget 7c2f4b1e --dry-run          what would go
  retold forget 7c2f4b1e --reason private
  retold forget --project ~/src/client      all that was done there
  retold import --include ~/src/client      new sessions may come in again")]
#[command(override_usage = "retold forget [OPTIONS] <SESSION|--project PATH|NAME>")]
#[command(group(clap::ArgGroup::new("what").required(true).args(["session", "project"])))]
pub(crate) struct Forget {
    /// The session
    session: Option<String>,
    /// All sessions that worked in this folder, or in one of this name
    #[arg(long, value_name = "PATH|NAME")]
    project: Option<String>,
    /// Why: it is kept in the log
    #[arg(long, default_value = "forgotten")]
    reason: String,
    /// Only show what would go
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Run for Forget {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let store = Store::open(context.store_path()?, context.options().read_only(self.dry_run))?;
        let project = match &self.project {
            Some(word) => excluded::named(context, word)?,
            None => Vec::new(),
        };
        if project.iter().any(|(_, name)| self.reason.contains(name.as_str())) {
            return Err(Failure::usage("forget: the reason names the project, and the log keeps the reason"));
        }
        let subjects = self.subjects(&store, &project)?;
        if self.dry_run {
            show(context, &store, &subjects)?;
            context.note(&format!("{}: a dry run", what(&subjects)));
            return Ok(if subjects.sessions.is_empty() { Exit::Nothing } else { Exit::Done });
        }
        if context.io.input_is_terminal && context.io.err_is_terminal {
            show(context, &store, &subjects)?;
            if !is_confirmed(context, &what(&subjects))? {
                context.note("nothing is forgotten");
                return Ok(Exit::Nothing);
            }
        }
        // First it stays out, then it goes: what an import that runs meanwhile brought is among what goes.
        let mut wanted = subjects.exclusions(&self.reason);
        wanted.extend(project.iter().map(|(kind, name)| NewExclusion {
            kind: *kind,
            name: name.clone(),
            is_named: false,
            marks: Vec::new(),
            reason: Some(self.reason.clone()),
        }));
        exclude(store.log(), &wanted)?;
        let subjects = self.subjects(&store, &project)?;
        // Those that came in since.
        exclude(store.log(), &subjects.exclusions(&self.reason))?;
        context.note(&format!("{} forgotten, and excluded from every import", what(&subjects)));
        let exit = redact::these(context, &store, &subjects.positions, subjects.texts, &self.reason)?;
        for name in select::forgotten(&store)? {
            let Some(stream) = store.log().reader()?.stream(&name)? else { continue };
            match retold_travel::delete(store.log(), stream) {
                Ok(_) | Err(retold_travel::Error::NotThere { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(exit)
    }
}

impl Forget {
    fn subjects(&self, store: &Store, project: &[(ExclusionKind, String)]) -> Result<Subjects, Failure> {
        let all = select::listed(store)?;
        let named = match &self.session {
            Some(word) => select::named(store, word)?,
            None => select::in_project(&all, project),
        };
        Subjects::gather(store, &all, named)
    }
}

impl Subjects {
    /// What keeps the sessions out.
    fn exclusions(&self, reason: &str) -> Vec<NewExclusion> {
        let new = |session: &select::Subject| NewExclusion {
            kind: ExclusionKind::Session,
            name: format!("{}/{}", session.name.workspace, session.name.session_id),
            is_named: true,
            marks: self.marks.get(&session.stream).cloned().unwrap_or_default(),
            reason: Some(reason.to_owned()),
        };
        self.sessions.iter().map(new).collect()
    }
}

fn what(subjects: &Subjects) -> String {
    let events: u64 = subjects.sessions.iter().map(|session| session.events).sum();
    format!(
        "{}, {}, {} of files",
        counted(subjects.sessions.len() as u64, "session"),
        counted(events, "event"),
        counted(subjects.kept, "piece")
    )
}

fn show(context: &mut Context<'_>, store: &Store, subjects: &Subjects) -> Result<(), Failure> {
    let head = store.log().reader()?.head()?;
    let mut rows = context.rows(head, ["session", "workspace", "title", "events"])?;
    for session in &subjects.sessions {
        rows.push([
            session::short(&session.name).into(),
            session.name.workspace.clone().into(),
            session.title.clone().into(),
            session.events.into(),
        ])?;
    }
    rows.finish()
}

/// Asks on the terminal; anything but yes is no.
fn is_confirmed(context: &mut Context<'_>, what: &str) -> Result<bool, Failure> {
    context.io.out.flush().map_err(Failure::output)?;
    let question = printable(&format!("forget {what}, for good? [y/N] ")).into_owned();
    let _ = context.io.err.write_all(question.as_bytes()).and_then(|()| context.io.err.flush());
    let mut answer = Vec::new();
    let mut byte = [0];
    while answer.len() < 16 && matches!(context.io.input.read(&mut byte), Ok(1)) && byte[0] != b'\n' {
        answer.push(byte[0]);
    }
    Ok(["y", "yes"].contains(&String::from_utf8_lossy(&answer).trim().to_ascii_lowercase().as_str()))
}
