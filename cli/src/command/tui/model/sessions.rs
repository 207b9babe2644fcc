//! The list of sessions, the last updated first.

use std::time::Duration;

use retold_core::StreamName;
use retold_projections::Cursor;

use super::want::Due;
use super::{LIST_EVERY, List, SessionItem, Want};

/// Sessions that are read at once.
const PAGE: u32 = 100;
/// Rows below the cursor that are there before somebody gets to them.
const AHEAD: u64 = 20;

/// The sessions that were read so far.
#[derive(Debug, Default)]
pub(in super::super) struct Sessions {
    pub(in super::super) rows: Vec<SessionItem>,
    pub(in super::super) list: List,
    /// Whether there are more after them.
    next: Option<Cursor>,
    /// What the list is of, as it was typed; empty: all.
    pub(in super::super) filter: String,
    /// Whether the list was read at all.
    pub(in super::super) is_read: bool,
    /// Others have written: it is read again, not too often.
    is_stale: bool,
    due: Due,
    /// Somebody wants the last one, which lies after all pages.
    to_end: bool,
}

impl Sessions {
    pub(super) fn want(&self, height: u64) -> Option<Want> {
        if !self.is_read || (self.is_stale && self.due.is_none()) {
            let by_themselves = self.rows.iter().filter(|row| row.depth == 0).count();
            let loaded = u32::try_from(by_themselves).unwrap_or(u32::MAX);
            return Some(Want::Sessions { after: None, number: loaded.max(PAGE) });
        }
        let is_near = self.list.cursor + height + AHEAD >= self.rows.len() as u64;
        let after = self.next.clone().filter(|_| is_near || self.to_end)?;
        Some(Want::Sessions { after: Some(after), number: PAGE })
    }

    pub(super) fn is_coming(&self) -> bool {
        // Those that are listed may be far apart.
        self.next.is_some() && (self.to_end || (self.rows.len() as u64) < AHEAD)
    }

    pub(in super::super) fn chosen(&self) -> Option<&SessionItem> {
        self.rows.get(usize::try_from(self.list.cursor).ok()?)
    }

    pub(super) fn take(
        &mut self,
        after: Option<Cursor>,
        rows: Vec<SessionItem>,
        next: Option<Cursor>,
        now: Duration,
    ) {
        self.next = next;
        if after.is_some() {
            self.rows.extend(rows);
        } else {
            let chosen = self.chosen().map(|row| row.name.clone());
            self.rows = rows;
            (self.is_read, self.is_stale, self.due) = (true, false, Some(now + LIST_EVERY));
            if let Some(name) = chosen {
                self.choose(&name);
            }
        }
        if self.to_end {
            self.last();
            self.to_end = self.next.is_some();
        }
    }

    /// Puts the cursor on a session, where it is in the list.
    pub(super) fn choose(&mut self, name: &StreamName) {
        if let Some(at) = self.rows.iter().position(|row| row.name == *name) {
            self.list.cursor = at as u64;
        }
    }

    pub(super) fn last(&mut self) {
        self.to_end = self.next.is_some();
        self.list.cursor = (self.rows.len() as u64).saturating_sub(1);
    }

    /// Gives up on the way to the last one.
    pub(super) fn stop(&mut self) -> bool {
        std::mem::take(&mut self.to_end)
    }

    /// Lists others, from the first.
    pub(super) fn list(&mut self, filter: String) {
        *self = Self { filter, ..Self::default() };
    }

    /// What is under a session is shown from now on, or is folded.
    pub(super) fn unfolded(&mut self, root: &StreamName) {
        self.choose(root);
        (self.is_stale, self.due) = (true, None);
    }

    /// Reads the list again where a session that is looked at is not in it: it may be under another one.
    pub(super) fn reveal(&mut self, name: &StreamName) {
        if self.is_read && !self.rows.iter().any(|row| row.name == *name) {
            (self.is_stale, self.due) = (true, None);
        }
    }

    pub(super) fn grew(&mut self) {
        self.is_stale = true;
    }

    pub(super) fn due(&mut self, now: Duration) {
        self.due = self.due.filter(|due| *due > now);
    }

    pub(super) fn settle(&mut self, height: u64) {
        self.list.settle(self.rows.len() as u64, height);
    }
}
