//! What calls are answered from.

use std::cell::RefCell;

use jiff::Timestamp;
use retold::{Prices, SessionHistory};

use super::faults;
use super::follow::Followed;
use super::message::Fault;
use crate::command::usage::Priced;

/// What calls are answered from.
pub(super) struct Served<'h> {
    pub(super) history: &'h SessionHistory,
    pub(super) prices: Priced,
    pub(super) clock: crate::io::Clock,
    pub(super) followed: RefCell<Followed>,
}

impl Served<'_> {
    /// Returns the time by the program's clock.
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Returns what models cost, as it is set now.
    pub(super) fn prices(&self) -> Result<Prices, Fault> {
        self.prices
            .read()
            .map_err(|failure| Fault::of_kind(faults::STORE.code, faults::STORE.kind, failure.words()))
    }
}

impl std::ops::Deref for Served<'_> {
    type Target = SessionHistory;

    fn deref(&self) -> &SessionHistory {
        self.history
    }
}
