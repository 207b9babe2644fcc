//! What is pulled, from where, into which file.

use std::path::{Path, PathBuf};

use retold_core::StreamName;
use retold_projections::Store;
use retold_team::pull::{Place, PullError, pull as take};
use retold_team::receiver::{Contents, KeptSession};

use super::Pull;
use crate::command::ship::target::{Target, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};
use crate::session;

/// Candidates that are told, where several sessions are meant.
const CANDIDATES_MAX: usize = 8;

pub(super) fn pull(pull: &Pull, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let target = Target::read(&pull.target, pull.insecure, context)?;
    let name = target.name();
    let told = |error: &retold_team::receiver::Error| failure_of("pull from", &name, error);
    let mut contents = target.connect().map_err(|error| told(&error))?;
    let found = contents.sessions(&pull.session).map_err(|error| told(&error))?;
    let wanted = one_of(found, &pull.session, &name)?;
    let folder = match &pull.into {
        Some(folder) => folder.clone(),
        None => folder_of(&context.store_path()?, &name),
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
    let verified = &pulled.taken.verified;
    let part = verified.part.as_ref();
    let path = pulled.path.display().to_string();
    let (workspace, session_id, ordinal) = wanted.name;
    let session = StreamName { workspace, session_id, ordinal };
    let withheld = part.map_or(0, |part| part.withheld);
    if context.is_table() {
        let news = counted(pulled.events, "event");
        context.say(&format!("{}  {news} new, {} in all", session::short(&session), verified.events))?;
        context.say(&format!("into      {path}"))?;
        if withheld > 0 {
            let bodies = crate::words::counted_bodies(withheld);
            context.note(&format!("the team was given no more than facts: {bodies} are withheld"));
        }
        context.note(&format!("hint: retold --store {path} show {}", session::short(&session)));
        return Ok(Exit::Done);
    }
    let columns = ["session", "file", "events_new", "events", "sessions", "absent", "withheld", "bytes"];
    let mut rows = context.rows(verified.head, columns)?;
    rows.push([
        session::full(&session).into(),
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

/// The folder for what is pulled from a target: beside the store, one for each target.
fn folder_of(store: &Path, target: &str) -> PathBuf {
    let digest = retold_core::workspace_key_of_text(target);
    store.with_file_name("teams").join(digest)
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
