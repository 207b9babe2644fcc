//! What is pulled, from where, into which file.

use std::path::{Path, PathBuf};

use retold_core::StreamName;
use retold_projections::Store;
use retold_team::pull::{Place, PullError, Pulled, pull as take};
use retold_team::receiver::{Contents, KeptSession};

use super::Pull;
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::session;
use crate::settings::Settings;
use crate::store;

/// Candidates that are told, where several sessions are meant.
const CANDIDATES_MAX: usize = 8;

pub(super) fn pull(pull: &Pull, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let target = Target::read(&pull.target, pull.insecure, context)?;
    let (wanted, pulled) = take_from(&target, &pull.session, pull.into.as_deref(), context)?;
    let verified = &pulled.taken.verified;
    let part = verified.part.as_ref();
    let path = pulled.path.display().to_string();
    let withheld = part.map_or(0, |part| part.withheld);
    if context.is_table() {
        let news = counted(pulled.events, "event");
        context.say(&format!("{}  {news} new, {} in all", session::short(&wanted), verified.events))?;
        context.say(&format!("into      {path}"))?;
        note_withheld(withheld, context);
        context.note(&format!("hint: retold --store {path} show {}", session::short(&wanted)));
        return Ok(Exit::Done);
    }
    let columns = ["session", "file", "events_new", "events", "sessions", "absent", "withheld", "bytes"];
    let mut rows = context.rows(verified.head, columns)?;
    rows.push([
        session::full(&wanted).into(),
        path.into(),
        pulled.events.into(),
        verified.events.into(),
        pulled.sessions.into(),
        part.map_or(0, |part| part.absent).into(),
        withheld.into(),
        Value::Size(pulled.taken.bytes),
    ])?;
    rows.finish()?;
    Ok(Exit::Done)
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
    let (_, pulled) = take_from(&target, &session, None, context)?;
    note_withheld(pulled.taken.verified.part.as_ref().map_or(0, |part| part.withheld), context);
    context.global.store = Some(pulled.path);
    Ok(())
}

/// Takes a session into its part, and returns its name.
fn take_from(
    target: &Target,
    word: &str,
    into: Option<&Path>,
    context: &mut Context<'_>,
) -> Result<(StreamName, Pulled), Failure> {
    let name = target.name();
    let told = |error: &retold_team::receiver::Error| failure_of("pull from", &name, error);
    let mut contents = target.connect().map_err(|error| told(&error))?;
    let found = contents.sessions(word).map_err(|error| told(&error))?;
    let wanted = one_of(found, word, &name)?;
    let folder = match into {
        Some(folder) => folder.to_owned(),
        None => folder_of(context, &name)?,
    };
    make(&folder)?;
    let bar = context.watch("pull");
    let options = context.options();
    let place = Place {
        folder: &folder,
        source: &name,
        read_models: |path: &Path| {
            Store::open(path, options)?;
            Ok(())
        },
        progress: bar.follow(),
    };
    let pulled = take::<Stopped>(&mut contents, &wanted, place);
    bar.end();
    let pulled = pulled.map_err(|Stopped(error)| match *error {
        Cause::Pull(PullError::Receiver(error)) => told(&error),
        Cause::Pull(PullError::Core(error)) => error.into(),
        Cause::Pull(PullError::Interrupted) => Failure::interrupted(),
        Cause::Pull(error @ PullError::TooLittle(_)) => Failure::caused(Exit::Nothing, &error)
            .hint("whoever ships it can raise it: `retold ship --level all`"),
        Cause::Pull(error) => Failure::caused(Exit::Io, &error),
        Cause::ReadModels(failure) => failure,
    })?;
    let (workspace, session_id, ordinal) = wanted.name;
    Ok((StreamName { workspace, session_id, ordinal }, pulled))
}

/// Returns the session that is meant: of one that is in several logs, the copy that goes furthest.
fn one_of(found: Vec<KeptSession>, word: &str, target: &str) -> Result<KeptSession, Failure> {
    let mut copies: Vec<KeptSession> = Vec::new();
    for one in found {
        match copies.iter_mut().find(|known| known.name == one.name) {
            Some(known) if known.revision < one.revision => *known = one,
            Some(_) => {}
            None => copies.push(one),
        }
    }
    if copies.len() > 1 && copies.iter().any(|one| one.name.1 == word) {
        copies.retain(|one| one.name.1 == word);
    }
    if copies.len() > 1 {
        let ids: Vec<&str> = copies.iter().take(CANDIDATES_MAX).map(|one| one.name.1.as_str()).collect();
        let message =
            format!("pull: {word} may be {} sessions of {target}: {}", copies.len(), ids.join(", "));
        return Err(Failure::usage(message).hint("say more of its id"));
    }
    copies.pop().ok_or_else(|| {
        Failure::new(Exit::Nothing, format!("pull: {target} has no session whose id begins with {word}"))
            .hint("names are shipped from the level facts on; `retold ship status` tells how far a log was shipped")
    })
}

/// The folder for what is pulled from a target: beside the store, one for each target; in the data folder where the store is a server.
fn folder_of(context: &Context<'_>, target: &str) -> Result<PathBuf, Failure> {
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
fn make(folder: &Path) -> Result<(), Failure> {
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
    ReadModels(Failure),
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
