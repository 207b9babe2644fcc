//! What a record means, on its way to the session that it is about.

use std::collections::hash_map::Entry;

use retold_core::StreamName;
use retold_transcripts::{Fact, Source};

use super::memory::Resting;
use super::{Run, Stop};
use crate::transcripts::pieces::EventAt;
use crate::transcripts::repeats::News;
use crate::transcripts::secrets::{self, Values};
use crate::transcripts::session::Tracked;

impl Run<'_, '_> {
    /// Whether a fact is of something that is excluded.
    pub(super) fn is_fact_out(&self, fact: &Fact) -> bool {
        !self.exclusions.is_empty()
            && (self.scouted.has_session(&fact.session) || self.exclusions.has_fact(&fact.what))
    }

    /// Returns a session, as the log has it, and as far as earlier imports told of it.
    pub(super) fn track(&mut self, id: &str) -> Result<&mut Tracked, Stop> {
        Ok(match self.sessions.entry(id.to_owned()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let name = StreamName::session(self.format.tool().word(), id, 1);
                let mut tracked = Tracked::load(&mut self.log.reader()?, name)?;
                if let Some(Resting { gathered, waiting, .. }) = self.resting.remove(id) {
                    tracked.go_on(gathered, waiting);
                }
                entry.insert(tracked)
            }
        })
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
        self.track(&id)?;
        let Some(tracked) = self.sessions.get_mut(&id) else { return Ok(None) };
        let news = match (is_new, self.elsewhere) {
            (false, _) => News::Known,
            (true, None) => News::New,
            // A file that has another name now was written again.
            (true, Some(is_rewritten)) => News::Elsewhere {
                is_rewritten: is_rewritten
                    || tracked.is_only_in(&source.name, |file| self.discovered.contains(file)),
            },
        };
        let (before, existed) = (tracked.pending.len(), tracked.exists());
        let said = tracked.fact(fact, unmasked.as_deref(), &source.name, news);
        let added = tracked.pending.len() - before;
        let is_new_session = !existed && tracked.exists();
        self.events += added;
        self.report.sessions_new += u64::from(is_new_session);
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
