//! What of a session is looked at: which place of it, and how.

use retold_travel::Path;

use super::{List, Model, Pane, Tab, Want};

impl Model {
    pub(super) fn enter(&mut self) {
        match self.focus {
            Pane::Sessions => {
                if let Some(row) = self.sessions.chosen() {
                    // The one that is open stays where it is.
                    if self.name().as_ref() == Some(&row.name) {
                        self.focus = Pane::Events;
                        return;
                    }
                    self.once.push(Want::Open { name: row.name.clone(), at: None });
                    self.focus = Pane::Events;
                }
            }
            Pane::Events => self.focus = Pane::Inspector,
            Pane::Inspector => self.enter_row(),
        }
    }

    pub(super) fn enter_row(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        opened.is_stopped = false;
        let Some(line) = opened.line_here().cloned() else { return };
        if opened.tab == Tab::Talk {
            match line.fold {
                Some(fold) => self.once.push(Want::Fold { all: false, here: Some(fold) }),
                None => self.say("there is no more of it; . goes to its event"),
            }
            return;
        }
        match (opened.tab, line.to, line.path) {
            (Tab::Blame, Some(to), _) => {
                opened.jump(to);
                self.heed();
            }
            (Tab::State | Tab::Diff, _, Some(path)) if opened.tab == Tab::Diff || path != opened.place => {
                opened.show(Tab::State, path, None);
            }
            _ => {}
        }
    }

    pub(super) fn escape(&mut self) {
        if self.scan.take().is_some() || self.sessions.stop() {
            return self.say("stopped");
        }
        if self.play.take().is_some() {
            return;
        }
        let Some(opened) = &mut self.opened else { return };
        if opened.is_coming() {
            opened.is_stopped = true;
            return self.say("stopped; Enter in the inspector goes on");
        }
        if self.focus == Pane::Sessions {
            self.focus = Pane::Events;
        } else if opened.place != Path::Whole {
            let (path, tab) = (opened.place.clone(), opened.tab);
            opened.show(tab, container(&path), Some(path));
        } else if self.focus == Pane::Inspector {
            self.focus = Pane::Events;
        }
    }

    pub(super) fn tab(&mut self, tab: Tab) {
        let is_hidden = self.layout().inspector.width == 0;
        let Some(opened) = &mut self.opened else { return };
        if is_hidden {
            self.focus = Pane::Inspector;
        }
        if opened.tab == tab {
            opened.is_stopped = false;
            return;
        }
        let path = opened.path_here();
        match (tab, path) {
            // Both go through the same places, in the same order.
            (Tab::State | Tab::Blame, path) if matches!(opened.tab, Tab::State | Tab::Blame) => {
                let place = if tab == Tab::Blame { row_of(&opened.place) } else { opened.place.clone() };
                let is_same = place == opened.place;
                let (rows, here) = (opened.rows, path.unwrap_or_else(|| opened.place.clone()));
                opened.show(tab, place, (!is_same).then_some(here));
                opened.rows = if is_same { rows } else { List::default() };
            }
            // What changed, among what is beside it.
            (Tab::State | Tab::Blame, Some(path)) if self.focus == Pane::Inspector => {
                opened.show(tab, container(&path), Some(path));
            }
            _ => opened.show(tab, Path::Whole, None),
        }
    }

    /// Shows what is under the session under the cursor of the list, or folds it; or does so with all.
    pub(super) fn unfold(&mut self, all: bool) {
        if let Some(row) = self.sessions.chosen() {
            self.once.push(Want::Unfold { name: row.name.clone(), all });
        }
    }

    /// Opens all that is folded in the conversation, or folds it again.
    pub(super) fn fold_all(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        if opened.tab != Tab::Talk {
            opened.show(Tab::Talk, Path::Whole, None);
        }
        let here = opened.line_here().and_then(|line| line.fold);
        self.once.push(Want::Fold { all: true, here });
    }

    /// Goes to the event of the row under the cursor, also in a sub-agent's session.
    pub(super) fn go_there(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let Some(line) = opened.line_here() else { return };
        match (line.session.clone(), line.to) {
            (Some(name), at) => self.once.push(Want::Open { name, at }),
            (None, Some(at)) => {
                opened.jump(at);
                self.heed();
            }
            (None, None) => self.say("the row is of no event"),
        }
    }

    pub(super) fn blame_here(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let here = opened.path_here().unwrap_or_else(|| opened.place.clone());
        opened.show(Tab::Blame, container(&here), Some(here));
        self.focus = Pane::Inspector;
    }

    pub(super) fn toggle_base(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let at = opened.at();
        opened.base = (opened.base != Some(at)).then_some(at);
        let said = match opened.base {
            Some(base) => format!("r{base} is the base: d shows what changed since"),
            None => "no base: d shows what the event changed".to_owned(),
        };
        self.say(said);
    }
}

/// The place that a place is a row of.
fn container(path: &Path) -> Path {
    match path {
        Path::Field(list, at, _) => Path::Row(*list, *at),
        _ => Path::Whole,
    }
}

/// The place whose rows are places; one that holds a single value is a row itself.
fn row_of(path: &Path) -> Path {
    match path {
        Path::Field(..) | Path::Own(_) => container(path),
        path => path.clone(),
    }
}
