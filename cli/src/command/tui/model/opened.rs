//! The session that is looked at: which of its events, and what of it.

use retold_core::StreamName;
use retold_travel::Path;

use super::{Ask, EventRow, Layout, List, Tab, View, Want};

/// Jumps that are remembered.
const JUMPS_MAX: usize = 100;

/// How far a state is, in events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Coming {
    pub(in super::super) done: u64,
    pub(in super::super) of: u64,
}

/// A session at one of its events.
#[derive(Debug)]
pub(in super::super) struct Opened {
    pub(in super::super) name: StreamName,
    /// How many events it has.
    pub(in super::super) last: u64,
    /// The events, by revision less one.
    pub(in super::super) events: List,
    /// Those that were read, without a gap.
    pub(super) window: Vec<EventRow>,
    pub(in super::super) base: Option<u64>,
    pub(in super::super) tab: Tab,
    pub(in super::super) place: Path,
    /// The rows of the inspector.
    pub(in super::super) rows: List,
    pub(in super::super) view: Option<View>,
    pub(in super::super) coming: Option<Coming>,
    /// Somebody would not wait for the view.
    pub(in super::super) is_stopped: bool,
    /// Others have written: the events and the view that were read may be different now.
    pub(super) stale_events: bool,
    pub(super) stale_view: bool,
    pub(super) seek: Option<Path>,
    pub(super) jumps: Vec<u64>,
}

impl Opened {
    pub(super) fn new(name: StreamName, last: u64, at: u64) -> Self {
        let cursor = at.clamp(1, last.max(1)) - 1;
        Self {
            name,
            last,
            events: List { cursor, top: cursor },
            window: Vec::new(),
            base: None,
            tab: Tab::State,
            place: Path::Whole,
            rows: List::default(),
            view: None,
            coming: None,
            is_stopped: false,
            stale_events: false,
            stale_view: false,
            seek: None,
            jumps: Vec::new(),
        }
    }

    /// The revision that is looked at.
    pub(in super::super) fn at(&self) -> u64 {
        self.events.cursor + 1
    }

    /// What the difference is compared with: the base, else the event before.
    pub(in super::super) fn before(&self) -> u64 {
        self.base.unwrap_or(self.at() - 1)
    }

    pub(in super::super) fn event(&self, revision: u64) -> Option<&EventRow> {
        let first = self.window.first()?.revision;
        self.window.get(usize::try_from(revision.checked_sub(first)?).ok()?)
    }

    pub(super) fn is_coming(&self) -> bool {
        self.coming.is_some() && !self.is_stopped
    }

    /// Goes to an event; the inspector stays on the same place of the session.
    pub(super) fn go(&mut self, revision: u64) {
        let was = self.at();
        self.events.cursor = revision.clamp(1, self.last.max(1)) - 1;
        if self.at() != was {
            if matches!(self.tab, Tab::Diff | Tab::Body) {
                self.rows = List::default();
            }
            (self.is_stopped, self.coming) = (false, None);
        }
    }

    /// Goes far, and remembers from where.
    pub(super) fn jump(&mut self, revision: u64) {
        if revision != self.at() {
            self.jumps.push(self.at());
            if self.jumps.len() > JUMPS_MAX {
                self.jumps.remove(0);
            }
            self.go(revision);
        }
    }

    /// Shows something else.
    pub(super) fn show(&mut self, tab: Tab, place: Path, seek: Option<Path>) {
        (self.tab, self.place, self.seek) = (tab, place, seek);
        (self.is_stopped, self.coming) = (false, None);
        self.rows = List::default();
    }

    /// The place of the row under the cursor.
    pub(super) fn path_here(&self) -> Option<Path> {
        self.line_here().and_then(|line| line.path.clone())
    }

    pub(super) fn line_here(&self) -> Option<&super::Line> {
        let view = self.view.as_ref()?;
        view.rows.get(usize::try_from(self.rows.cursor.checked_sub(view.ask.first)?).ok()?)
    }

    /// What the inspector is to show, from its first row on that is seen.
    pub(super) fn ask(&self, layout: &Layout) -> Ask {
        Ask {
            name: self.name.clone(),
            at: self.at(),
            base: if self.tab == Tab::Diff { self.before() } else { 0 },
            tab: self.tab,
            place: self.place.clone(),
            columns: layout.inspector.width.saturating_sub(1),
            seek: self.seek.clone(),
            first: self.rows.top,
            rows: layout.height(),
        }
    }

    pub(super) fn wants(&self, layout: &Layout) -> Vec<Want> {
        if layout.is_too_small {
            return Vec::new();
        }
        let (mut wants, height) = (Vec::new(), layout.height());
        let (first, last) = (self.events.top + 1, (self.events.top + height).min(self.last));
        if self.stale_events || self.event(first).is_none() || self.event(last).is_none() {
            // A page to either side, so that a step needs nothing.
            let first = first.saturating_sub(height).max(1);
            wants.push(Want::Events { name: self.name.clone(), first, number: height * 3 });
        }
        let ask = self.ask(layout);
        if !self.is_stopped && (self.stale_view || !self.view.as_ref().is_some_and(|view| view.answers(&ask)))
        {
            wants.push(Want::View(ask));
        }
        wants
    }

    pub(super) fn settle(&mut self, layout: &Layout) {
        let height = layout.height();
        self.events.settle(self.last, height);
        let total = self.view.as_ref().map_or(0, |view| view.total);
        // While another view is on its way the cursor waits for it.
        if self.view.as_ref().is_some_and(|view| view.ask.is_of(&self.ask(layout))) {
            self.rows.settle(total, height);
        }
    }
}

impl Ask {
    /// Whether it asks for rows of the same.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        let rest = |ask: &Self| {
            let Self { name, at, base, tab, place, columns, .. } = ask.clone();
            (name, at, base, tab, place, columns)
        };
        rest(self) == rest(other)
    }
}

impl View {
    /// Whether it holds all that is asked for.
    fn answers(&self, ask: &Ask) -> bool {
        let end = (ask.first + ask.rows).min(self.total);
        self.ask.is_of(ask)
            && ask.seek.is_none()
            && self.ask.first <= ask.first
            && end <= self.ask.first + self.rows.len() as u64
    }
}
