//! What has to be appended so that the fields of a session say what is mapped now.

use retold_core::event::*;
use retold_core::{Event, NewEvent, Revision, SessionPatch, time};

use super::correct::{Correction, Difference, instant};
use super::ledger::{List, Set};
use crate::transcripts::session::context;

impl Difference<'_> {
    pub(super) fn fields(&self, found: &mut Vec<Correction>) {
        let (log, mapped) = (self.log, self.mapped);
        let mut set = |by: Revision, at: Option<i64>, event: Event| {
            let (revision, at) = match by {
                Revision::ZERO => (log.revision_by(at), at),
                by => (by, log.times.get(usize::try_from(by.get() - 1).unwrap_or(usize::MAX)).copied()),
            };
            found.push(Correction::of(revision, vec![NewEvent { event, occurred_at: instant(at) }]));
        };
        let title = &mapped.title.value;
        if !title.is_empty() && *title != log.title.value {
            set(
                log.title.by,
                mapped.title.at,
                TitleChanged { title: title.clone(), updated_at: None }.into(),
            );
        }
        if let Some((relation, parent, spawned_by)) = &mapped.link.value
            && log.link.value != mapped.link.value
        {
            let (relation, parent) = (relation.clone(), parent.clone());
            set(
                log.link.by,
                mapped.link.at,
                SessionLinked { relation, parent, spawned_by: spawned_by.clone() }.into(),
            );
        }
        for list in List::ALL {
            let none = Set::default();
            let (known, new) =
                (log.lists.get(&list).unwrap_or(&none), mapped.lists.get(&list).unwrap_or(&none));
            let lacks = |one: &[String], other: &[String]| one.iter().any(|text| !other.contains(text));
            let is_gone = !self.is_rewritten && lacks(&known.value, &new.value);
            if !is_gone && !lacks(&new.value, &known.value) {
                continue;
            }
            let mut value = new.value.clone();
            if self.is_rewritten {
                let more = known.value.iter().filter(|text| !new.value.contains(text));
                value.extend(more.cloned());
            }
            let mut body = context();
            *list.of(&mut body) = Some(value);
            set(known.by, new.at, body.into());
        }
        let body = SessionContextChanged {
            worktree: mapped.worktree.value.clone().filter(|_| mapped.worktree.value != log.worktree.value),
            ..context()
        };
        if body.worktree.is_some() {
            set(log.worktree.by, mapped.worktree.at, body.into());
        }
        if mapped.partial.value != log.partial.value {
            let partial = Some(mapped.partial.value);
            set(log.partial.by, mapped.partial.at, SessionContextChanged { partial, ..context() }.into());
        }
        if mapped.details.value != log.details.value {
            let details = Some(mapped.details.value.clone());
            set(log.details.by, mapped.details.at, SessionContextChanged { details, ..context() }.into());
        }
        if let Some((status, inferred)) = &mapped.status.value
            && log.status.value != mapped.status.value
        {
            let (status, inferred) = (status.clone(), *inferred);
            set(
                log.status.by,
                mapped.status.at,
                StatusObserved { status, inferred, updated_at: None }.into(),
            );
        }
        // A session lasts from the first to the last of what is said of it: what was said before still is.
        let (first, last) = (mapped.created_at.value, mapped.updated_at.value);
        let created_at = first.filter(|first| log.created_at.value.is_some_and(|known| *first < known));
        let updated_at = last.filter(|last| log.updated_at.value.is_some_and(|known| *last > known));
        if created_at.is_some() || updated_at.is_some() {
            let patch = SessionPatch {
                created_at: created_at.map(time::spell),
                updated_at: updated_at.map(time::spell),
                ..SessionPatch::default()
            };
            let by = if updated_at.is_some() { log.updated_at.by } else { log.created_at.by };
            set(by, None, SessionDetailsChanged { set: patch }.into());
        }
    }
}
