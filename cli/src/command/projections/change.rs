//! What can be done about projections.

use std::io::Read;
use std::path::Path;

use retold_core::{OnProgress, Position};
use retold_projections::{Added, Declaration, Error, Filled, Side, Sidecars, Store};

use super::{INLINE, inline};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted};

/// A declaration is some lines of SQL.
const TEXT_BYTES_MAX: u64 = 2 * 1024 * 1024;

pub(super) fn add(context: &mut Context<'_>, file: &Path, check: bool) -> Result<Exit, Failure> {
    if let Some(name) = file.to_str().filter(|name| is_built_in(name) && !file.exists()) {
        let store = open(context)?;
        let added = store.sidecars().add_built_in(name)?;
        return fill(
            context,
            &store,
            name,
            match added {
                Added::Known => "known",
                _ => "new",
            },
        );
    }
    let text = read(context, file)?;
    let declaration = Declaration::read(&text).map_err(|error| with_file(error, file))?;
    let name = declaration.name().to_owned();
    if check {
        declaration.check().map_err(|error| with_file(error, file))?;
        return checked(context, &name, declaration.version());
    }
    let store = open(context)?;
    let added = store.sidecars().add(&declaration).map_err(|error| with_file(error, file))?;
    let how = match added {
        Added::New => "new",
        Added::Newer => "a newer version",
        Added::Known => "known",
    };
    fill(context, &store, &name, how)
}

/// Says that nothing is wrong with a declaration, for which there need be no store.
fn checked(context: &mut Context<'_>, name: &str, version: u32) -> Result<Exit, Failure> {
    if context.is_table() {
        context.say(&format!("{name}@{version}: nothing is wrong with it"))?;
        return Ok(Exit::Done);
    }
    let mut rows = context.rows(crate::store::NO_HEAD, ["name", "version", "done"])?;
    rows.push([name.into(), version.into(), "checked".into()])?;
    rows.finish()?;
    Ok(Exit::Done)
}

fn is_built_in(name: &str) -> bool {
    Sidecars::built_in().any(|(known, _)| known == name)
}

fn open(context: &Context<'_>) -> Result<Store, Failure> {
    Ok(Store::open(context.store_path()?, context.options())?)
}

/// Opens the store to bring projections up to date, or to read them as they are where nothing can be written.
fn open_to_fill(context: &Context<'_>) -> Result<Store, Failure> {
    match Store::open(context.store_path()?, context.options()) {
        Err(Error::Log(error)) if error.is_about_writing() => context.open_store(),
        opened => Ok(opened?),
    }
}

fn read(context: &mut Context<'_>, file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let done = if file == Path::new("-") {
        (&mut context.io.input).take(TEXT_BYTES_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(TEXT_BYTES_MAX).read_to_end(&mut bytes))
    };
    done.map_err(|error| {
        let failure = Failure::file("read", file, &error);
        let built_in: Vec<&str> = Sidecars::built_in().map(|(name, _)| name).collect();
        failure.hint(format!("name an SQL file, or one that is built in: {}", built_in.join(", ")))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        Failure::usage(format!("read {}: line {} is not UTF-8", file.display(), line + 1))
    })
}

/// Faults are told with the file, as editors know to jump to.
fn with_file(error: Error, file: &Path) -> Failure {
    let Error::Declaration { faults } = &error else { return error.into() };
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}:{fault}", file.display())).collect();
    Failure::usage(format!("add projection: {} in {}", counted(faults.len() as u64, "fault"), file.display()))
        .detail(lines)
}

/// Fills a projection up to the end of the log, and says how far it came.
pub(crate) fn fill(context: &mut Context<'_>, store: &Store, name: &str, how: &str) -> Result<Exit, Failure> {
    let filled = with_progress(context, store, name, |sidecars, progress| sidecars.catch_up(name, progress))?;
    report(context, store, name, how, filled)
}

pub(crate) fn with_progress<T>(
    context: &Context<'_>,
    store: &Store,
    name: &str,
    act: impl FnOnce(&Sidecars, &dyn OnProgress) -> Result<T, Error>,
) -> Result<T, Failure> {
    let bar = context.watch(name);
    Ok(act(&store.sidecars(), &bar.follow())?)
}

fn report(
    context: &mut Context<'_>,
    store: &Store,
    name: &str,
    how: &str,
    filled: Filled,
) -> Result<Exit, Failure> {
    let Filled::UpTo(position) = filled else {
        context.note(&format!("interrupted: `retold projections catch-up {name}` goes on from here"));
        return Ok(Exit::Interrupted);
    };
    let version = store.sidecars().status_of(name, super::list::now(context))?.version;
    if context.is_table() {
        context.say(&format!("{name}@{version}: {how}, holds {}", counted(position.get(), "event")))?;
        return Ok(Exit::Done);
    }
    let head = store.log().reader()?.head()?;
    let mut rows = context.rows(head, ["name", "version", "done", "position"])?;
    rows.push([name.into(), version.into(), how.into(), position.into()])?;
    rows.finish()?;
    Ok(Exit::Done)
}

pub(super) fn rebuild(context: &mut Context<'_>, name: &str, force: bool) -> Result<Exit, Failure> {
    if name == INLINE {
        if force {
            return Err(Failure::usage("projections rebuild builtin: --force means nothing here")
                .hint("the inline read models are made of what no pruning takes"));
        }
        return inline::rebuild(context);
    }
    let store = open(context)?;
    let filled = with_progress(context, &store, name, |sidecars, progress| match force {
        true => sidecars.rebuild_without_pruned(name, progress),
        false => sidecars.rebuild(name, progress),
    })?;
    note_pruned(context, &store)?;
    report(context, &store, name, "rebuilt", filled)
}

/// Says that rows made now lack what is pruned now.
fn note_pruned(context: &mut Context<'_>, store: &Store) -> Result<(), Failure> {
    let pruned: std::collections::BTreeSet<_> =
        retold_upkeep::pruned(store.log())?.into_iter().map(|one| one.stream).collect();
    if !pruned.is_empty() {
        context.note(&format!(
            "warning: what was said in {} is pruned, and not in the rows that were made now: `retold store unprune` \
             puts it back",
            counted(pruned.len() as u64, "session")
        ));
    }
    Ok(())
}

pub(super) fn rollback(context: &mut Context<'_>, name: &str) -> Result<Exit, Failure> {
    let store = open(context)?;
    let back = with_progress(context, &store, name, |sidecars, progress| sidecars.rollback(name, progress))?;
    let Some(version) = back else {
        context.note("interrupted: the version that was read is read on");
        return Ok(Exit::Interrupted);
    };
    let words = format!("{name}@{version} is read again; `retold projections rollback {name}` goes back");
    tell(context, &store, name, Some(version), "rolled back", &words)
}

/// Says what was done: a person in words, a program in a row.
fn tell(
    context: &mut Context<'_>,
    store: &Store,
    name: &str,
    version: Option<u32>,
    done: &str,
    words: &str,
) -> Result<Exit, Failure> {
    if context.is_table() {
        context.say(words)?;
        return Ok(Exit::Done);
    }
    let head = store.log().reader()?.head()?;
    let mut rows = context.rows(head, ["name", "version", "done"])?;
    rows.push([name.into(), version.map_or(Value::Null, Into::into), done.into()])?;
    rows.finish()?;
    Ok(Exit::Done)
}

pub(super) fn pause(context: &mut Context<'_>, name: &str, paused: bool) -> Result<Exit, Failure> {
    let store = open(context)?;
    if !paused {
        let how = if store.sidecars().resume(name)? { "goes on" } else { "was not paused" };
        return fill(context, &store, name, how);
    }
    let how = if store.sidecars().pause(name)? { "stands still" } else { "stood still already" };
    let words = format!("{name} {how}; `retold projections resume {name}` lets it go on");
    tell(context, &store, name, None, how, &words)
}

pub(super) fn skip(
    context: &mut Context<'_>,
    name: &str,
    position: Position,
    reason: &str,
) -> Result<Exit, Failure> {
    let store = open(context)?;
    let sidecars = store.sidecars();
    let held = sidecars.status_of(name, super::list::now(context))?.position;
    sidecars.skip(name, position, reason)?;
    if position <= held {
        // Its rows hold the event: those without it are made beside them.
        let filled =
            with_progress(context, &store, name, |sidecars, progress| sidecars.rebuild(name, progress));
        if filled.is_err() {
            sidecars.unskip(name, position)?;
        }
        return report(context, &store, name, &format!("leaves out event {position}"), filled?);
    }
    fill(context, &store, name, &format!("leaves out event {position}"))
}

pub(super) fn remove(context: &mut Context<'_>, name: &str) -> Result<Exit, Failure> {
    let store = open(context)?;
    store.sidecars().remove(name)?;
    tell(context, &store, name, None, "dropped", &format!("{name} is gone; the log has every event"))
}

pub(super) fn diff(context: &mut Context<'_>, left: &str, right: &str, number: u32) -> Result<Exit, Failure> {
    let (one, other) = (version(left)?, version(right)?);
    let store = open_to_fill(context)?;
    let found = with_progress(context, &store, one.0, |sidecars, progress| {
        sidecars.diff(one, other, number, progress)
    })?;
    let head = store.log().reader()?.head()?;
    let mut rows = context.rows(head, ["table", "row", "key", "left", "right"])?;
    for difference in &found {
        let row = match difference.side {
            Side::Left => format!("only {left}"),
            Side::Right => format!("only {right}"),
            Side::Both => "differs".to_owned(),
        };
        rows.push([
            difference.table.as_str().into(),
            row.into(),
            difference.key.as_str().into(),
            difference.left.as_deref().into(),
            Value::from(difference.right.as_deref()),
        ])?;
    }
    rows.finish()?;
    if found.is_empty() {
        context.note("no row differs");
    }
    if u32::try_from(found.len()) == Ok(number) && number > 0 {
        context.note(&format!("only {} are shown: -n shows more", counted(number.into(), "difference")));
    }
    // As `diff` and `cmp` have it: 1 where they are not the same.
    Ok(if found.is_empty() { Exit::Done } else { Exit::Nothing })
}

/// Reads `NAME@VERSION`, also `NAME@vVERSION`.
fn version(text: &str) -> Result<(&str, u32), Failure> {
    let read = text
        .split_once('@')
        .and_then(|(name, version)| Some((name, version.strip_prefix('v').unwrap_or(version).parse().ok()?)));
    read.ok_or_else(|| {
        Failure::usage(format!("compare {text}: no version of a projection"))
            .hint("write NAME@VERSION: messages@2")
    })
}
