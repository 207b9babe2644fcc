//! The session that is looked at: which of its events, and what of it.

use retold_core::StreamName;
use retold_travel::Path;

use super::{Anchor, Ask, EventRow, Layout, List, Tab, Toward, View, Want};

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
    /// The end of the conversation that somebody wants to see.
    reach: Toward,
    /// What stays in sight while others write.
    pub(super) anchor: Option<Anchor>,
    pub(super) jumps: Vec<u64>,
}

impl Opened {
    pub(super) fn new(name: StreamName, last: u64, at: u64, tab: Tab) -> Self {
        let cursor = at.clamp(1, last.max(1)) - 1;
        Self {
            name,
            last,
            events: List { cursor, top: cursor },
            window: Vec::new(),
            base: None,
            tab,
            place: Path::Whole,
            rows: List::default(),
            view: None,
            coming: None,
            is_stopped: false,
            stale_events: false,
            stale_view: false,
            seek: None,
            reach: Toward::Here,
            anchor: None,
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
            if matches!(self.tab, Tab::Talk | Tab::Diff | Tab::Body) {
                self.rows = List::default();
            }
            (self.reach, self.anchor) = (Toward::Here, None);
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
        (self.reach, self.anchor) = (Toward::Here, None);
        self.rows = List::default();
    }

    /// The place of the row under the cursor.
    pub(super) fn path_here(&self) -> Option<Path> {
        self.line_here().and_then(|line| line.path.clone())
    }

    pub(in super::super) fn line_here(&self) -> Option<&super::Line> {
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
            toward: Toward::Here,
            anchor: self.anchor,
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
        } else if let Some(toward) = self.view.as_ref().and_then(|view| self.toward(view, height)) {
            wants.push(Want::View(Ask { toward, ..ask }));
        }
        wants
    }

    /// Which way the conversation is to be read on: to an end that is wanted, else where the rows that are at hand end in sight.
    fn toward(&self, view: &View, height: u64) -> Option<Toward> {
        if self.tab != Tab::Talk || self.is_stopped {
            return None;
        }
        match self.reach {
            Toward::Here if view.more_before && self.rows.top < height => Some(Toward::Earlier),
            Toward::Here if view.more_after && self.rows.top + height * 2 > view.total => Some(Toward::Later),
            Toward::Here => None,
            reach => Some(reach),
        }
    }

    /// Takes the view that was asked for.
    pub(super) fn take_view(&mut self, view: View) {
        let sought = match self.tab {
            Tab::Talk => {
                for row in [&mut self.rows.cursor, &mut self.rows.top] {
                    *row = row.saturating_add_signed(view.shift);
                }
                (self.reach, self.anchor) = (Toward::Here, None);
                if view.sought.is_some() {
                    self.rows.top = view.ask.first;
                }
                view.sought
            }
            _ if self.seek == view.ask.seek && self.seek.take().is_some() => view.sought,
            _ => None,
        };
        self.rows.cursor = sought.unwrap_or(self.rows.cursor);
        self.view = Some(view);
        (self.coming, self.stale_view) = (None, false);
    }

    pub(super) fn go_to_begin(&mut self) {
        match (self.tab, &self.view) {
            (Tab::Talk, Some(view)) if view.more_before => self.reach = Toward::Begin,
            _ => self.rows.go(i64::MIN + 1),
        }
    }

    pub(super) fn go_to_end(&mut self) {
        match (self.tab, &self.view) {
            (Tab::Talk, Some(view)) if view.more_after => self.reach = Toward::End,
            _ => self.rows.go(i64::MAX),
        }
    }

    /// Remembers the row of the conversation that somebody reads, where that is not its end.
    pub(super) fn hold(&self) -> Option<Anchor> {
        let view = self.view.as_ref().filter(|_| self.tab == Tab::Talk)?;
        if self.rows.cursor + 1 >= view.total && !view.more_after {
            return None;
        }
        let line = self.line_here().filter(|line| line.session.is_none())?;
        Some(Anchor { revision: line.to?, nth: line.nth, row: self.rows.cursor - self.rows.top })
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
