//! All projections kept up to date, for as long as somebody wants it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use retold_core::{Page, Position};

use super::build::{Lossy, build};
use super::file::redactions;
use super::lock::{Work, holder};
use super::maintain::{Maintainer, renew};
use super::registry::{self, Entry};
use super::sidecars::Sidecars;
use crate::Error;

/// Rounds are at least this far apart: what comes in between shares one transaction for each projection.
const PACE: Duration = Duration::from_millis(20);
/// How long it waits for an event before it looks after the registry.
const WAIT: Duration = Duration::from_millis(100);

/// Something that a person who follows wants to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum Following {
    /// A projection holds every event up to a position, for the first time since it was looked after.
    CaughtUp {
        /// The projection.
        name: String,
        /// The position.
        position: Position,
    },
    /// A projection stopped; the others go on.
    Stopped {
        /// The projection.
        name: String,
        /// Why.
        error: Error,
    },
}

impl Sidecars {
    /// Keeps every projection up to date that is not paused, also those that are added meanwhile, until `stop` says
    /// so: some 100 ms after that at the latest, but for a page that is being taken in. An application may call it on
    /// a thread of its own; appends never wait for it.
    ///
    /// An event is in every projection some 20 to 50 ms after its commit.
    ///
    /// # Errors
    /// Where the log or the list of projections cannot be read. What is wrong with one projection is told to `tell`.
    pub fn follow(
        &self,
        stop: &(dyn Fn() -> bool + Sync),
        tell: &mut dyn FnMut(Following),
    ) -> Result<(), Error> {
        let mut kept: BTreeMap<String, Followed> = BTreeMap::new();
        let head = self.log.reader()?.head()?.position;
        let mut news = self.log.subscribe(head);
        while !stop() {
            let round = Instant::now();
            let gone = redactions(&self.log)?;
            let entries = registry::list(self.log.reader()?.connection())?;
            kept.retain(|name, _| entries.iter().any(|entry| entry.name == *name && !entry.is_paused));
            let page = Page { events: news.next(WAIT)?, more: false };
            for entry in entries.iter().filter(|entry| !entry.is_paused) {
                let one = kept.entry(entry.name.clone()).or_default();
                one.attend(self, entry, gone, &page, stop, tell);
            }
            if !page.events.is_empty() {
                std::thread::sleep(PACE.saturating_sub(round.elapsed()));
            }
        }
        Ok(())
    }
}

/// One projection that is followed.
#[derive(Default)]
struct Followed {
    maintainer: Option<Maintainer>,
    /// What was told last; where nothing changed since, it is not tried again.
    stopped: Option<Stamp>,
    has_told: bool,
}

/// What a projection is like when it stops: it is tried again once that changes.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(String);

impl Stamp {
    fn of(entry: &Entry) -> Self {
        let Entry { policy, versions, current, previous, building, skips, .. } = entry;
        let versions: Vec<_> = versions.iter().map(|row| (row.version, row.failure.is_some())).collect();
        Self(format!("{policy:?} {versions:?} {current:?} {previous:?} {building:?} {skips:?}"))
    }
}

impl Followed {
    fn attend(
        &mut self,
        sidecars: &Sidecars,
        entry: &Entry,
        gone: u64,
        page: &Page,
        stop: &(dyn Fn() -> bool + Sync),
        tell: &mut dyn FnMut(Following),
    ) {
        let stamp = Stamp::of(entry);
        if self.stopped.as_ref() == Some(&stamp) {
            return;
        }
        let name = &entry.name;
        match self.go_on(sidecars, entry, gone, page, stop) {
            Ok(position) => {
                self.stopped = None;
                if let Some(position) = position.filter(|_| !std::mem::replace(&mut self.has_told, true)) {
                    tell(Following::CaughtUp { name: name.clone(), position });
                }
            }
            // Another process looks after it: it is asked again in every round.
            Err(Error::AtWork { .. }) => self.maintainer = None,
            Err(error) => {
                self.maintainer = None;
                self.has_told = false;
                // What was recorded just now is part of what it is like.
                let after = super::build::find(&sidecars.log, name).map_or(stamp, |entry| Stamp::of(&entry));
                self.stopped = Some(after);
                tell(Following::Stopped { name: name.clone(), error });
            }
        }
    }

    /// Returns the position that it holds, where it is to be followed by this process.
    fn go_on(
        &mut self,
        sidecars: &Sidecars,
        entry: &Entry,
        gone: u64,
        page: &Page,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Position>, Error> {
        let (log, name) = (&sidecars.log, &entry.name);
        let go_on = |_| !stop();
        if entry.building.is_some() {
            let version = entry.building.as_ref().map_or(0, |file| file.version);
            match build(log, name, version, Lossy::Refused, &go_on) {
                Err(Error::AtWork { .. } | Error::LosesRows { .. }) if entry.current.is_some() => {}
                built => drop(built?),
            }
        }
        if !self.maintainer.as_ref().is_some_and(|maintainer| maintainer.is_valid(entry, gone)) {
            // Its lock goes first.
            self.maintainer = None;
            renew(log, name)?;
            let maintainer = entry.current.as_ref().and_then(|file| holder(log.path(), Work::Keep(file)));
            if maintainer.is_some() {
                return Ok(None);
            }
            self.maintainer = sidecars.maintainer(name)?;
            if self.maintainer.is_none() {
                super::maintain::catch_up(log, name, &go_on)?;
                self.maintainer = sidecars.maintainer(name)?;
            }
        }
        let Some(maintainer) = &mut self.maintainer else { return Ok(None) };
        if !maintainer.apply(page)? && maintainer.is_behind()? {
            maintainer.catch_up(&go_on)?;
        }
        Ok(Some(maintainer.at().position))
    }
}
