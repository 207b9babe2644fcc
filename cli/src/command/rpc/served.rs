//! What calls are answered from.

use retold::{Prices, SessionHistory};

use super::faults;
use super::message::Fault;
use crate::command::usage::Priced;

/// What calls are answered from.
pub(super) struct Served<'h> {
    pub(super) history: &'h SessionHistory,
    pub(super) prices: Priced,
}

impl Served<'_> {
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
