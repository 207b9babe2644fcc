//! What a record means, on its way to the session that it is about.

use std::collections::hash_map::Entry;

use retold_core::StreamName;
use retold_transcripts::{Fact, Source};

use super::{Run, Stop};
use crate::transcripts::pieces::EventAt;
use crate::transcripts::secrets::{self, Values};
use crate::transcripts::session::Tracked;

impl Run<'_, '_> {
    /// Whether a fact is of something that is excluded.
    pub(super) fn is_fact_out(&self, fact: &Fact) -> bool {
        !self.exclusions.is_empty()
            && (self.scouted.has_session(&fact.session) || self.exclusions.has_fact(&fact.what))
    }

    /// Takes in a fact; returns where the event is that says its text.
    pub(super) fn fact(
        &mut self,
        mut fact: Fact,
        values: &mut Values,
        source: &Source,
        is_new: bool,
    ) -> Result<Option<EventAt>, Stop> {
        if self.is_fact_out(&fact) {
            return Ok(None);
        }
        let unmasked = if self.masks { secrets::mask_fact(&mut fact, values) } else { None };
        self.folders.look(self.log, &self.workspace, &fact.what, is_new)?;
        let id = fact.session.clone();
        let tracked = match self.sessions.entry(id.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let name = StreamName::session(self.format.tool().word(), &id, 1);
                let mut reader = self.log.reader()?;
                entry.insert(Tracked::load(&mut reader, name)?)
            }
        };
        let (before, existed) = (tracked.pending.len(), tracked.exists());
        let said = tracked.fact(fact, unmasked.as_deref(), &source.name, is_new);
        let added = tracked.pending.len() - before;
        self.events += added;
        if !existed && tracked.exists() {
            self.report.sessions_new += 1;
        }
        if added == 0 {
            return Ok(None);
        }
        let session = match self.touched.iter().rposition(|touched| *touched == id) {
            Some(session) => session,
            None => {
                self.touched.push(id);
                self.touched.len() - 1
            }
        };
        Ok(said.map(|event| EventAt { session, event }))
    }
}
