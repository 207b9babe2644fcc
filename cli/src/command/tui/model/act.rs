//! What keys do.

use retold_travel::Path;

use super::{Action, Asks, Left, List, Model, Pane, Prompt, Scan, Tab, Task, Want};
use crate::command::tui::copied;
use crate::command::tui::keys::KEYS;

impl Model {
    pub(super) fn act(&mut self, action: Action) {
        if self.act_on_top(action) {
            return;
        }
        self.said = None;
        match action {
            Action::Step(by) => self.step(by),
            Action::Move(by) => self.go(by),
            Action::Page(by) => {
                let height = i64::try_from(self.layout().height()).unwrap_or(i64::MAX);
                self.go(by.saturating_mul(height.max(1)));
            }
            Action::First => self.go(i64::MIN + 1),
            Action::Last => self.last(),
            Action::Focus(by) => self.turn(by),
            Action::Sessions => self.focus = Pane::Sessions,
            Action::Enter => self.enter(),
            Action::Escape => self.escape(),
            Action::Back => self.back(),
            Action::Message(forward) => {
                if let Some(opened) = &self.opened {
                    let (name, from) = (opened.name.clone(), opened.at());
                    self.once.push(Want::Message { name, from, forward });
                }
            }
            Action::Error(forward) => self.scan(Task::Error, forward),
            Action::Search => self.prompt(Asks::Search),
            Action::Again(forward) => match self.sought.clone() {
                Some(text) => self.scan(Task::Text(text), forward),
                None => self.say("nothing was searched for yet: / searches"),
            },
            Action::GoTo => self.prompt(Asks::GoTo),
            Action::Mark => self.prompt(Asks::Mark),
            Action::Play => self.toggle_play(),
            Action::Speed(faster) => self.speed(faster),
            Action::Follow => self.toggle_follow(),
            Action::Tab(tab) => self.tab(tab),
            Action::BlameHere => self.blame_here(),
            Action::Base => self.toggle_base(),
            Action::Copy => {
                let line = copied::command(self);
                self.say(line.clone());
                self.once.push(Want::Clipboard(line));
            }
            Action::Help => self.help = Some(0),
            Action::Quit => self.left = Some(Left::Quit),
            Action::Interrupt => self.left = Some(Left::Interrupted),
        }
    }

    /// What lies over the panes takes the keys; returns whether it did.
    fn act_on_top(&mut self, action: Action) -> bool {
        if action == Action::Interrupt {
            return false;
        }
        if self.prompt.is_some() {
            match action {
                Action::Enter => self.typed(),
                _ => self.prompt = None,
            }
            return true;
        }
        let Some(line) = &mut self.help else { return false };
        let height = i64::from(self.size.height.max(3)) - 2;
        match action {
            Action::Move(by) => *line = line.saturating_add_signed(by),
            Action::Page(by) => *line = line.saturating_add_signed(by * height),
            Action::First => *line = 0,
            Action::Last => *line = u64::MAX,
            Action::Quit | Action::Escape | Action::Help | Action::Enter => self.help = None,
            _ => {}
        }
        if let Some(line) = &mut self.help {
            *line = (*line).min(KEYS.len() as u64 - 1);
        }
        true
    }

    fn step(&mut self, by: i64) {
        if let Some(opened) = &mut self.opened {
            let to = opened.at().saturating_add_signed(by).max(1);
            if by > 0 && to > opened.last {
                return self.say("this is the last event; f follows what comes");
            }
            opened.go(to);
            self.heed();
        }
    }

    /// One who goes back does not follow; one who is at the head does.
    fn heed(&mut self) {
        if let Some(opened) = &self.opened {
            self.follow = opened.at() >= opened.last;
        }
    }

    fn go(&mut self, by: i64) {
        match (self.focus, &mut self.opened) {
            (Pane::Sessions, _) => self.sessions.list.go(by),
            (Pane::Events, Some(opened)) => {
                opened.go(opened.at().saturating_add_signed(by));
                self.heed();
            }
            (Pane::Inspector, Some(opened)) => opened.rows.go(by),
            (_, None) => {}
        }
    }

    fn last(&mut self) {
        match (self.focus, &mut self.opened) {
            (Pane::Sessions, _) => self.sessions.last(),
            (Pane::Events, Some(opened)) => {
                opened.jump(opened.last);
                self.heed();
            }
            (Pane::Inspector, Some(opened)) => opened.rows.go(i64::MAX),
            (_, None) => {}
        }
    }

    fn turn(&mut self, by: i64) {
        if self.opened.is_none() {
            return;
        }
        const PANES: [Pane; 3] = [Pane::Sessions, Pane::Events, Pane::Inspector];
        let at = PANES.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let next = (at + if by > 0 { 1 } else { PANES.len() - 1 }) % PANES.len();
        self.focus = PANES[next];
    }

    fn enter(&mut self) {
        match self.focus {
            Pane::Sessions => {
                if let Some(row) = self.sessions.chosen() {
                    self.once.push(Want::Open(row.name.clone()));
                    self.focus = Pane::Events;
                }
            }
            Pane::Events => self.focus = Pane::Inspector,
            Pane::Inspector => self.enter_row(),
        }
    }

    fn enter_row(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        opened.is_stopped = false;
        let Some(line) = opened.line_here().cloned() else { return };
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

    fn escape(&mut self) {
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

    fn back(&mut self) {
        let to = self.opened.as_mut().and_then(|opened| opened.jumps.pop());
        match (to, &mut self.opened) {
            (Some(to), Some(opened)) => {
                opened.go(to);
                self.heed();
            }
            _ => self.say("there was no jump"),
        }
    }

    fn prompt(&mut self, asks: Asks) {
        if self.opened.is_some() || asks == Asks::GoTo {
            self.prompt = Some(Prompt { asks, text: String::new() });
        }
    }

    fn typed(&mut self) {
        let Some(Prompt { asks, text }) = self.prompt.take() else { return };
        if text.trim().is_empty() {
            return;
        }
        let name = self.name();
        match (asks, &self.opened) {
            (Asks::GoTo, _) => self.once.push(Want::Resolve { name, point: text.trim().to_owned() }),
            (Asks::Search, _) => {
                self.sought = Some(text.clone());
                self.scan(Task::Text(text), true);
            }
            (Asks::Mark, Some(opened)) => {
                let (name, revision) = (opened.name.clone(), opened.at());
                self.once.push(Want::Mark { name, revision, mark: text.trim().to_owned() });
            }
            (Asks::Mark, None) => {}
        }
    }

    fn scan(&mut self, task: Task, forward: bool) {
        let Some(opened) = &self.opened else { return };
        let (name, from, last) = (opened.name.clone(), opened.at(), opened.last);
        self.scan = Some(Scan { name, task, forward, from, last });
    }

    fn toggle_follow(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let was_at_head = opened.at() >= opened.last;
        self.follow = !(self.follow && was_at_head);
        if self.follow {
            opened.jump(opened.last);
        }
    }

    fn tab(&mut self, tab: Tab) {
        let Some(opened) = &mut self.opened else { return };
        if opened.tab == tab {
            opened.is_stopped = false;
            return;
        }
        let here = opened.path_here().unwrap_or_else(|| opened.place.clone());
        match tab {
            // Both go through the same places, in the same order.
            Tab::State | Tab::Blame if matches!(opened.tab, Tab::State | Tab::Blame) => {
                let place = if tab == Tab::Blame { row_of(&opened.place) } else { opened.place.clone() };
                let rows = if place == opened.place { opened.rows } else { List::default() };
                let seek = (place != opened.place).then_some(here);
                opened.show(tab, place, seek);
                opened.rows = rows;
            }
            Tab::State | Tab::Blame => opened.show(tab, Path::Whole, None),
            Tab::Diff | Tab::Body => opened.show(tab, Path::Whole, None),
        }
    }

    fn blame_here(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let here = match opened.path_here() {
            Some(path) => path,
            None => opened.place.clone(),
        };
        opened.show(Tab::Blame, container(&here), Some(here));
        self.focus = Pane::Inspector;
    }

    fn toggle_base(&mut self) {
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
