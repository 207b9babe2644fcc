//! Following the log.

use std::collections::VecDeque;
use std::time::Duration;

use retold_core::{Log, Position, Recorded};

use crate::log_event::Names;
use crate::{Error, LogEvent, SessionHistory};

/// The events after a position, in order, each once: those that are there, then those that come, from whatever process.
///
/// As an iterator it never ends: it blocks until there is an event. [`within`](Self::within) ends where none came for a
/// time, and can be called again. After an error the same event is tried again.
///
/// It keeps the store open, and not its mirror.
#[derive(Debug)]
pub struct Subscription {
    events: retold_core::Subscription,
    log: Log,
    waiting: VecDeque<Recorded>,
    names: Names,
    position: Position,
}

/// The events that come until none came for a time: see [`Subscription::within`].
#[derive(Debug)]
pub struct Within<'s> {
    subscription: &'s mut Subscription,
    timeout: Duration,
}

impl SessionHistory {
    /// Follows the log from after `position`: [`Position::ZERO`] for all of it, [`head`](Self::head) for what is new.
    ///
    /// Writes of this process are seen at once, those of others within some 20 ms.
    ///
    /// ```
    /// use std::time::Duration;
    /// use retold::{Position, Session, SessionHistory};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let history = SessionHistory::open(folder.path().join("sessions.db"))?;
    /// history.create("/src/atlas", Session::new("a1", "debate", "Tabs or spaces"))?;
    /// let mut log = history.subscribe(Position::ZERO);
    /// for event in log.within(Duration::ZERO) {
    ///     let event = event?;
    ///     println!("{} {} {}", event.position, event.session, event.kind.name());
    /// }
    /// # assert_eq!(log.position(), history.head()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subscribe(&self, position: Position) -> Subscription {
        let log = self.inner.store.log().clone();
        let events = log.subscribe(position);
        Subscription { events, log, waiting: VecDeque::new(), names: Names::default(), position }
    }

    /// Returns the position of the last event of the log.
    ///
    /// # Errors
    /// [`Error::Store`] where the store cannot be read.
    pub fn head(&self) -> Result<Position, Error> {
        Ok(self.inner.store.log().reader()?.head()?.position)
    }
}

impl Subscription {
    /// Returns the events that come until none came for `timeout`, which may be zero: those that are there.
    pub fn within(&mut self, timeout: Duration) -> Within<'_> {
        Within { subscription: self, timeout }
    }

    /// Returns the next event; `None` where none came for `timeout`.
    ///
    /// # Errors
    /// [`Error::Store`] where the store cannot be read.
    pub fn next_within(&mut self, timeout: Duration) -> Result<Option<LogEvent>, Error> {
        if self.waiting.is_empty() {
            self.waiting.extend(self.events.next(timeout)?);
        }
        let Some(recorded) = self.waiting.front() else { return Ok(None) };
        let event = LogEvent::of(recorded.clone(), &mut self.log.reader()?, &mut self.names)?;
        self.position = event.position;
        self.waiting.pop_front();
        Ok(Some(event))
    }

    /// Returns the position of the last event that was given: where to go on from, after a restart.
    pub fn position(&self) -> Position {
        self.position
    }
}

impl Iterator for Subscription {
    type Item = Result<LogEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_within(Duration::MAX).transpose() {
                None => {}
                event => return event,
            }
        }
    }
}

impl Iterator for Within<'_> {
    type Item = Result<LogEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.subscription.next_within(self.timeout).transpose()
    }
}
