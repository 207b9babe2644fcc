//! What is asked for in words, and looked for.

use super::{Asks, Model, Prompt, Scan, Task, Want};

/// Letters that a line takes.
const TYPED_MAX: usize = 1000;

impl Model {
    /// Takes letters in, where a line is asked for; what steers is none.
    pub(super) fn type_in(&mut self, text: &str) {
        if let Some(Prompt { text: line, .. }) = &mut self.prompt {
            let room = TYPED_MAX.saturating_sub(line.chars().count());
            line.extend(text.chars().filter(|letter| !letter.is_control()).take(room));
        }
    }

    pub(super) fn prompt(&mut self, asks: Asks) {
        if self.opened.is_some() || matches!(asks, Asks::GoTo | Asks::Filter) {
            let text = if asks == Asks::Filter { self.sessions.filter.clone() } else { String::new() };
            self.prompt = Some(Prompt { asks, text });
        }
    }

    pub(super) fn typed(&mut self) {
        let Some(Prompt { asks, text }) = self.prompt.take() else { return };
        if asks == Asks::Filter {
            return self.once.push(Want::Filter(text));
        }
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
            (Asks::Mark, None) | (Asks::Filter, _) => {}
        }
    }

    pub(super) fn scan(&mut self, task: Task, forward: bool) {
        let Some(opened) = &self.opened else { return };
        let (name, from, last) = (opened.name.clone(), opened.at(), opened.last);
        self.scan = Some(Scan { name, task, forward, from, last, start: from, is_around: false });
    }
}
