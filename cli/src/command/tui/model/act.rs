//! What keys do.

use retold_core::Clock;

use super::{Action, Asks, Left, Model, Pane, Task, Want};
use crate::command::tui::copied;
use crate::printable::steers;

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
            Action::First => self.first(),
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
            Action::Clock => self.turn_clock(),
            Action::Filter => self.prompt(Asks::Filter),
            Action::FoldAll if self.focus == Pane::Sessions => self.unfold(true),
            Action::FoldAll => self.fold_all(),
            Action::Unfold => self.unfold(false),
            Action::GoThere => self.go_there(),
            Action::Zoom => self.is_zoomed = !self.is_zoomed,
            Action::BlameHere => self.blame_here(),
            Action::Base => self.toggle_base(),
            Action::Copy => {
                let line = copied::command(self);
                self.say(line.clone());
                // A shell would take what steers for keys that are pressed.
                if !line.chars().any(steers) {
                    self.once.push(Want::Clipboard(line));
                }
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
            let rows = crate::command::tui::screen::help_rows(self.size.width) as u64;
            *line = (*line).min(rows.saturating_add_signed(-height));
        }
        true
    }

    fn turn_clock(&mut self) {
        let (clock, said) = match self.clock {
            Clock::Occurred => (Clock::Recorded, "times are when the log got it"),
            Clock::Recorded => (Clock::Occurred, "times are when it happened"),
        };
        self.clock = clock;
        self.once.push(Want::Clock(clock));
        self.say(said);
    }

    fn step(&mut self, by: i64) {
        if let Some(opened) = &mut self.opened {
            let to = opened.at().saturating_add_signed(by).max(1);
            if by > 0 && to > opened.last {
                return self.say("this is the last event so far");
            }
            opened.go(to);
            self.heed();
        }
    }

    /// One who goes back does not follow; one who is at the head does.
    pub(super) fn heed(&mut self) {
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

    fn first(&mut self) {
        match &mut self.opened {
            Some(opened) if self.focus == Pane::Inspector => opened.go_to_begin(),
            _ => self.go(i64::MIN + 1),
        }
    }

    fn last(&mut self) {
        match (self.focus, &mut self.opened) {
            (Pane::Sessions, _) => self.sessions.last(),
            (Pane::Events, Some(opened)) => {
                opened.jump(opened.last);
                self.heed();
            }
            (Pane::Inspector, Some(opened)) => opened.go_to_end(),
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

    /// Goes to where the last jump began, also in the session before.
    fn back(&mut self) {
        let to = self.opened.as_mut().and_then(|opened| opened.jumps.pop());
        match (to, &mut self.opened) {
            (Some(to), Some(opened)) => {
                opened.go(to);
                self.heed();
            }
            _ => match self.came_from.pop() {
                Some((name, at)) => {
                    self.is_on_its_way_back = true;
                    self.once.push(Want::Open { name, at: Some(at) });
                }
                None => self.say("there was no jump"),
            },
        }
    }

    fn toggle_follow(&mut self) {
        let Some(opened) = &mut self.opened else { return };
        let was_at_head = opened.at() >= opened.last;
        self.follow = !(self.follow && was_at_head);
        if self.follow {
            opened.jump(opened.last);
        }
    }
}
