//! Sub-agents and forks, listed under the sessions that they come from.

use std::collections::HashMap;

use retold_core::{StreamId, StreamName};
use retold_projections::{Order, SessionRow, sessions_of};

use super::Data;
use crate::command::tui::model::Answer;
use crate::failure::Failure;

/// More sessions under one are not listed.
const UNDER_MAX: usize = 1_000;

impl Data<'_> {
    /// Makes known which sessions come from others; nothing is folded where the list is one in which each is looked for by itself, or
    /// the list of a moment, as with `retold sessions`. O(sessions) where the store grew.
    pub(super) fn read_families(&mut self) {
        if self.past.is_some() || !self.listed.folds() {
            return self.families.forget();
        }
        self.families.read(&self.reader, self.head.position);
    }

    /// Returns the sessions under one, each with how deep it is.
    pub(super) fn under(&self, root: i64, order: Order) -> Result<Vec<(SessionRow, usize)>, Failure> {
        let Some(family) = self.families.family() else { return Ok(Vec::new()) };
        let under = family.under(root, UNDER_MAX);
        let streams: Vec<i64> = under.iter().map(|(stream, _)| *stream).collect();
        let rows = sessions_of(&self.reader, &streams, order)?;
        let mut rows: HashMap<i64, SessionRow> = rows.into_iter().map(|row| (row.stream, row)).collect();
        Ok(under.into_iter().filter_map(|(stream, depth)| Some((rows.remove(&stream)?, depth))).collect())
    }

    /// Shows what is under a session, or folds it; or does so with all.
    pub(super) fn unfold(&mut self, name: &StreamName, all: bool) -> Result<Answer, Failure> {
        self.read_families();
        let stream = self.stream(name)?.get();
        let root = self.families.root(stream).unwrap_or(stream);
        let Some(family) = self.families.family() else {
            return Ok(Answer::Notice("nothing is folded in this list: each is there by itself".to_owned()));
        };
        if all && family.is_empty() {
            return Ok(Answer::Notice("no session comes from another one".to_owned()));
        }
        if !all && family.under(root, 1).is_empty() {
            return Ok(Answer::Notice("no sub-agent or fork is under this session".to_owned()));
        }
        match all {
            true => self.families.turn_all(),
            false => self.families.turn(root),
        }
        Ok(Answer::Unfolded(self.reader.name(StreamId::of_number(root))?))
    }

    /// Unfolds what a session is under, for it is looked at.
    pub(super) fn reveal(&mut self, stream: StreamId) {
        self.read_families();
        if let Some(root) = self.families.root(stream.get()).filter(|root| !self.families.is_unfolded(*root))
        {
            self.families.turn(root);
        }
    }
}
