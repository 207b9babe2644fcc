//! What is pulled, from where, into which file.

use std::path::{Path, PathBuf};

use retold_core::{Head, Options};
use retold_projections::Store;
#[cfg(feature = "web")]
use retold_team::pull::files::{Files, PulledFile};
use retold_team::pull::find::FindError;
use retold_team::pull::{Place, PullError, Pulled, pull as take};
use retold_team::receiver::{KeptSession, LogNumber};

use super::Pull;
use super::choose::Source;
use crate::command::ship::target::Target;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::session;
use crate::settings::Settings;
use crate::store;

pub(super) fn pull(pull: &Pull, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let target = Target::read(&pull.target, pull.insecure, context)?;
    let name = target.name();
    let mut from = Source::connect(&target, &name)?;
    let of_logs = from.choose(pull, context)?;
    let mut parts = Vec::new();
    for (log, sessions) in of_logs {
        let pulled = take_from(&mut from, log, &sessions, pull.into.as_deref(), context)?;
        parts.push((sessions, pulled));
    }
    match &parts[..] {
        _ if !context.is_table() => tell_sessions(&parts, context)?,
        [(sessions, pulled)] if sessions.len() == 1 => tell_one(&sessions[0], pulled, context)?,
        _ => tell_parts(&parts, context)?,
    }
    Ok(Exit::Done)
}

/// Sessions of a log, and what became of its part.
type Part = (Vec<KeptSession>, Pulled);

fn withheld(pulled: &Pulled) -> u64 {
    pulled.taken.verified.part.as_ref().map_or(0, |part| part.withheld)
}

fn tell_one(session: &KeptSession, pulled: &Pulled, context: &mut Context<'_>) -> Result<(), Failure> {
    let (path, short) = (pulled.path.display(), session::short(&session.stream()));
    let news = counted(pulled.new_events(), "event");
    context.say(&format!("{short}  {news} new, {} in all", pulled.taken.verified.events))?;
    context.say(&format!("into      {path}"))?;
    note_withheld(withheld(pulled), context);
    context.note(&format!("hint: retold --store {path} show {short}"));
    Ok(())
}

fn tell_parts(parts: &[Part], context: &mut Context<'_>) -> Result<(), Failure> {
    let mut rows = context.rows(as_of(parts), ["sessions", "new", "events", "into"])?;
    for (sessions, pulled) in parts {
        let path = pulled.path.display().to_string();
        let events = pulled.taken.verified.events;
        rows.push([(sessions.len() as u64).into(), pulled.new_events().into(), events.into(), path.into()])?;
    }
    rows.finish()?;
    note_withheld(parts.iter().map(|(_, pulled)| withheld(pulled)).sum(), context);
    if let Some((_, pulled)) = parts.first() {
        context.note(&format!("hint: retold --store {} sessions", pulled.path.display()));
    }
    Ok(())
}

/// For scripts: a row a session.
fn tell_sessions(parts: &[Part], context: &mut Context<'_>) -> Result<(), Failure> {
    let columns = ["session", "file", "events_new", "events", "sessions", "absent", "withheld", "bytes"];
    let mut rows = context.rows(as_of(parts), columns)?;
    for (sessions, pulled) in parts {
        let (path, verified) = (pulled.path.display().to_string(), &pulled.taken.verified);
        for session in sessions {
            let name = session.stream();
            rows.push([
                session::full(&name).into(),
                path.clone().into(),
                pulled.events.get(&name).copied().unwrap_or_default().into(),
                verified.events.into(),
                (pulled.events.len() as u64).into(),
                verified.part.as_ref().map_or(0, |part| part.absent).into(),
                withheld(pulled).into(),
                Value::Size(pulled.taken.bytes),
            ])?;
        }
    }
    rows.finish()
}

/// The end of the log, where there is one.
fn as_of(parts: &[Part]) -> Head {
    match parts {
        [(_, pulled)] => pulled.taken.verified.head,
        _ => store::NO_HEAD,
    }
}

fn note_withheld(withheld: u64, context: &mut Context<'_>) {
    if withheld > 0 {
        let bodies = crate::words::counted_bodies(withheld);
        context.note(&format!("the team was given no more than facts: {bodies} are withheld"));
    }
}

/// Pulls the session of a command from the server that is named as the store, whose place the file takes that it is in.
pub(in super::super) fn bring(
    command: &str,
    address: &str,
    session: Option<String>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let Some(session) = session else {
        return Err(Failure::usage(format!("{command}: this is a team's server, not a store"))
            .hint("a server is asked by `sessions`, `search`, `log`, `sql`, `store head`, `verify`, and commands of one session; `retold pull` takes sessions into a store"));
    };
    let target = Target::read(address, false, context)?;
    let name = target.name();
    let mut from = Source::connect(&target, &name)?;
    let wanted = from.one(&session)?;
    let pulled = take_from(&mut from, wanted.log, &[wanted], None, context)?;
    note_withheld(withheld(&pulled), context);
    context.global.store = Some(pulled.path);
    Ok(())
}

/// Takes sessions of a log into its part.
fn take_from(
    from: &mut Source<'_>,
    log: LogNumber,
    sessions: &[KeptSession],
    into: Option<&Path>,
    context: &mut Context<'_>,
) -> Result<Pulled, Failure> {
    let folder = match into {
        Some(folder) => folder.to_owned(),
        None => folder_of(context, from.name)?,
    };
    make(&folder)?;
    let bar = context.watch("pull");
    let read_models = read_models(context.options());
    let place = Place { folder: &folder, source: from.name, read_models, progress: bar.follow() };
    let pulled = take::<Stopped>(&mut from.contents, log, sessions, place);
    bar.end();
    pulled.map_err(|stopped| told(from, stopped))
}

/// Makes the read models of a part.
fn read_models(options: Options) -> impl FnOnce(&Path) -> Result<(), Stopped> {
    move |path| {
        Store::open(path, options)?;
        Ok(())
    }
}

#[cfg(feature = "web")]
impl Source<'_> {
    /// Takes a session and the agents that it began into a file of its own.
    pub(in super::super) fn bring_apart(
        &mut self,
        files: &Files,
        session: &str,
        options: Options,
    ) -> Result<PulledFile, Failure> {
        let brought =
            files.bring::<(), Stopped>(&mut self.contents, session, || Ok(()), read_models(options));
        brought.map_err(|stopped| told(self, stopped))
    }
}

/// Says what stopped a pull.
fn told(from: &Source<'_>, Stopped(cause): Stopped) -> Failure {
    match *cause {
        Cause::Pull(PullError::Receiver(error)) => from.told(&error),
        Cause::Pull(PullError::Core(error)) => error.into(),
        Cause::Pull(PullError::Interrupted) => Failure::interrupted(),
        Cause::Pull(error @ PullError::TooLittle(_)) => Failure::caused(Exit::Nothing, &error)
            .hint("whoever ships it can raise it: `retold ship --level all`"),
        Cause::Pull(error) => Failure::caused(Exit::Io, &error),
        Cause::Find(error) => from.not_found(error),
        Cause::ReadModels(failure) => failure,
    }
}

/// The folder for what is pulled from a target: beside the store, one for each target; in the data folder where the store is a server.
pub(in super::super) fn folder_of(context: &Context<'_>, target: &str) -> Result<PathBuf, Failure> {
    let digest = retold_core::workspace_key_of_text(target);
    let store = match context.server() {
        None => context.store_path()?,
        Some(_) => store::place(None, &Settings::default(), context.io).ok_or_else(|| {
            Failure::usage("pull: this account has no data folder")
                .hint("`retold pull --into FOLDER` names one")
        })?,
    };
    Ok(store.with_file_name("teams").join(digest))
}

/// Makes a folder for its owner alone.
pub(in super::super) fn make(folder: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| Failure::file("make the folder", folder, &error))
}

/// What stopped a pull.
struct Stopped(Box<Cause>);

enum Cause {
    Pull(PullError),
    Find(FindError),
    ReadModels(Failure),
}

impl From<FindError> for Stopped {
    fn from(error: FindError) -> Self {
        Self(Box::new(Cause::Find(error)))
    }
}

impl From<PullError> for Stopped {
    fn from(error: PullError) -> Self {
        Self(Box::new(Cause::Pull(error)))
    }
}

impl From<retold_core::Error> for Stopped {
    fn from(error: retold_core::Error) -> Self {
        PullError::from(error).into()
    }
}

impl From<retold_projections::Error> for Stopped {
    fn from(error: retold_projections::Error) -> Self {
        Self(Box::new(Cause::ReadModels(error.into())))
    }
}
