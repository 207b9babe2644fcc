//! What a damaged store still holds, saved into a new one.
//!
//! First every row that can be read, through SQLite or, where that refuses, from the pages themselves, is copied into an
//! [`Image`]; then the log in it is compared with its hashes. Of the log only what verifies is taken over, and of a session
//! only what is before its first hole: after one, an event that names the third message would happen to another. What is
//! not taken over is handed to the caller, row by row. The new store gets its name once it is whole and verified.

mod borne_out;
mod carry;
mod identity;
mod image;
mod loss;
mod moves;
mod names;
mod pages;
mod salvage;
mod schema;
mod settle;
mod source;
mod tables;
mod texts;
mod write;

use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy, in_the_way, is_same_file, sweep_beside};
use retold_core::{Error, LogId, OnProgress, Options, Progress, Unit};

use crate::backup::check;
use identity::Identity;
use image::Image;
use loss::RECOVER;
pub use loss::{Loss, Lost, LostRow};
use salvage::{Findings, Salvage};
use source::Source;
use write::Writing;

const RECOVER_INTO: &str = "recover into";

/// What a recovery did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Events that are in the new store.
    pub saved: u64,
    /// Positions that are not.
    pub lost: u64,
    /// Whether the new store holds the same log, with its id, positions and hashes: nothing of it was lost.
    pub is_same_log: bool,
    /// Rows beside the log that are not in the new store, or of which it is not known how many there were.
    pub lost_rows: u64,
}

/// A new store that is whole and has no name yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Salvaged {
    /// What was done.
    pub recovered: Recovered,
    partial: Partial,
}

impl Salvaged {
    /// Gives the new store its name.
    ///
    /// # Errors
    /// [`Error::Io`] where something is there by now, or the disk refuses.
    pub fn settle(self) -> Result<Recovered, Error> {
        let path = self.partial.place().to_owned();
        let settled = self.partial.settle();
        settled.map_err(|source| Error::Io { act: RECOVER_INTO, path, source })?;
        Ok(self.recovered)
    }
}

/// Saves what the damaged store at `from` still holds into a new one at `to`, where there must be nothing.
///
/// Where nothing of the log is lost, the new store holds the same log, row by row. Otherwise it is a new log, with a new
/// id and new positions, of all that verifies; `lost` gets every position that is not in it, with what can be read of it.
/// Where the store does not say any more whose log it holds, the ids that its backups have are tried against the hashes, and
/// those in `known`: as `retold store head` tells it, kept elsewhere.
///
/// The damaged store is only read. `progress` gets the last position that was looked at.
///
/// A copy of what can be read, and two passes over the log in it; some 100 bytes of memory for each stream. Where this process
/// has the store open, only what SQLite can read is saved.
///
/// # Errors
/// [`Error::NoStore`] and [`Error::NotAStore`] where nothing at `from` is a store; [`Error::Newer`];
/// [`Error::Stopped`]; [`Error::Io`] where `to` is taken, or is `from`; otherwise where `to` cannot be written. Nothing is
/// left at `to`.
pub fn recover(
    from: &Path,
    to: &Path,
    known: &[LogId],
    mut lost: impl FnMut(Lost),
    progress: impl OnProgress,
) -> Result<Recovered, Error> {
    let lose = |loss| {
        if let Loss::Event(one) = loss {
            lost(*one);
        }
    };
    salvage(from, to, known, lose, progress)?.settle()
}

/// Does what [`recover`] does, and leaves it to the caller when the new store gets its name: first comes, as a rule, what was
/// lost, which `lose` gets, also of what is beside the log.
///
/// # Errors
/// Those of [`recover`].
pub fn salvage(
    from: &Path,
    to: &Path,
    known: &[LogId],
    mut lose: impl FnMut(Loss),
    progress: impl OnProgress,
) -> Result<Salvaged, Error> {
    refuse(from, to)?;
    let mut source = Source::open(from)?;
    if let Some(Error::Newer { .. }) = &source.doubt
        && !source.is_of_known_schema()
        && let Some(newer) = source.doubt.take()
    {
        return Err(newer);
    }
    let io = |source| Error::Io { act: RECOVER_INTO, path: to.to_owned(), source };
    sweep_beside(to);
    let mut recovered = Recovered::default();
    let mut lose = |loss| {
        recovered.lost_rows += u64::from(matches!(loss, Loss::Row(_)));
        lose(loss);
    };
    let mut scans = false;
    let mut attempt = Attempt::make(&mut source, (to, known), scans, &progress)?;
    // What SQLite reads without an error may still be wrong, and what is right elsewhere.
    if attempt.read.lost > 0 && !attempt.image.is_scanned && source.pages.is_some() {
        let again = Attempt::make(&mut source, (to, known), true, &progress)?;
        if again.read.saved > attempt.read.saved {
            (attempt, scans) = (again, true);
        }
    }
    // What no hash speaks for, and what does not say that it is a store, is none.
    if let Some(doubt) = source.doubt.take_if(|_| attempt.read.saved == 0) {
        return Err(doubt);
    }
    std::mem::take(&mut attempt.losses).into_iter().for_each(&mut lose);
    let saved = attempt.read.saved;
    let (image, found) = (&mut attempt.image, &attempt.read.found);
    image.has_end = image.ends_with(found.end)?;
    image.tell_missing(&mut lose, found.end);
    names::write(&mut image.connection, &found.names)?;
    let last_named = image.last_named();
    if attempt.read.lost == 0 && image.has_end && last_named <= found.end {
        let Attempt { partial, mut image, read, .. } = attempt;
        let mut losses = Vec::new();
        let became = image.become_store(&read.found, &mut |loss| losses.push(loss));
        drop(image);
        match became.and_then(|()| check(partial.path(), &|_| true)) {
            Ok(_whole) => {
                losses.into_iter().for_each(&mut lose);
                recovered.is_same_log = true;
                recovered.saved = saved;
                return Ok(Salvaged { recovered, partial });
            }
            // Something beside the events does not go with them: a new log makes it again.
            Err(Error::Damaged { .. }) => {}
            Err(error) => return Err(error),
        }
        drop(partial);
        attempt = Attempt::make(&mut source, (to, known), scans, &progress)?;
        names::write(&mut attempt.image.connection, &attempt.read.found.names)?;
    }
    drop(source);
    let Attempt { partial: _file, image, read: Read { found, .. }, .. } = attempt;
    let target = Partial::file_for(to, Privacy::Owner).map_err(io)?;
    let log = Options::new().create(true).open(target.path())?;
    let mut writing = Writing::to(&log);
    let mut second = Salvage::new(&image, found.identity)?;
    second.withhold(found.redacted);
    let mut lost = carry::LostSessions::default();
    let mut lose_event = |one: Lost| {
        recovered.lost += one.count();
        lost.note(&one);
        lose(Loss::Event(Box::new(one)));
    };
    second.run(&mut |event| writing.add(event), &mut lose_event, &progress)?;
    if last_named > found.end {
        // Rows that can be read name events after all that were found.
        let [position, last] = [found.end.plus(1), last_named];
        let why = "it is missing, or its page cannot be read";
        lose_event(Lost { position, last, why, stream: None, revision: None, event: None });
    }
    recovered.saved = saved;
    let moves = writing.finish()?;
    carry::carry(&image, &log, &moves, &lost, &mut lose)?;
    drop(image);
    drop(log);
    check(target.path(), &|_| true)?;
    Ok(Salvaged { recovered, partial: target })
}

/// Returns whether the file at `path` is, or was, a store, whatever its header says: whether its pages list the tables of one.
/// Reads all of it. A store of a newer release is not damaged for that.
pub fn is_damaged_store(path: &Path) -> bool {
    Source::open(path).is_ok_and(|source| {
        let is_listed = source.objects.iter().any(|object| object.is_table && object.name == "event");
        is_listed && !matches!(source.doubt, Some(Error::Newer { .. }) if !source.is_of_known_schema())
    })
}

/// An image, and what a reading of it came to.
struct Attempt {
    image: Image,
    read: Read,
    /// What is not in it of what is beside the log.
    losses: Vec<Loss>,
    /// Its file. After the connection to it.
    partial: Partial,
}

impl Attempt {
    fn make(
        source: &mut Source,
        (to, known): (&Path, &[LogId]),
        scans: bool,
        progress: &dyn OnProgress,
    ) -> Result<Self, Error> {
        let io = |source| Error::Io { act: RECOVER_INTO, path: to.to_owned(), source };
        let partial = Partial::file_for(to, Privacy::Owner).map_err(io)?;
        let mut losses = Vec::new();
        let mut go = || progress.advance(RECOVER, Progress::new(Unit::Events, 0, None));
        let image = Image::make(source, &partial, scans, &mut |loss| losses.push(loss), &mut go)?;
        let mut read = read(&image, known, progress)?;
        if read.lost > 0 && image.exchange_dictionary()? {
            image.add_kept_texts()?;
            let again = self::read(&image, known, progress)?;
            match again.saved > read.saved {
                true => read = again,
                false => drop(image.exchange_dictionary()?),
            }
        }
        Ok(Self { image, read, losses, partial })
    }
}

struct Read {
    saved: u64,
    lost: u64,
    found: Findings,
}

fn read(image: &Image, known: &[LogId], progress: &dyn OnProgress) -> Result<Read, Error> {
    let mut salvage = Salvage::new(image, Identity::gather(&image.connection, known, &image.ids))?;
    let mut lost = 0;
    let saved = salvage.run(&mut |_| Ok(()), &mut |one| lost += one.count(), progress)?;
    Ok(Read { saved, lost, found: salvage.found() })
}

/// Refuses what would write over something, above all over the damaged store itself.
fn refuse(from: &Path, to: &Path) -> Result<(), Error> {
    let io = |path: PathBuf, kind, words: &str| {
        let source = std::io::Error::new(kind, words.to_owned());
        Err(Error::Io { act: RECOVER_INTO, path, source })
    };
    if is_same_file(from, to) {
        return io(to.to_owned(), std::io::ErrorKind::InvalidInput, "it is the damaged store itself");
    }
    if let Some(path) = in_the_way(to) {
        return io(path, std::io::ErrorKind::AlreadyExists, "something is there already");
    }
    Ok(())
}
