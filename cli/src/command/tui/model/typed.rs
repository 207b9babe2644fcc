//! What is asked for in words, and looked for.

use super::{Asks, Model, Prompt, Scan, Task, Want};

impl Model {
    pub(super) fn prompt(&mut self, asks: Asks) {
        if self.opened.is_some() || asks == Asks::GoTo {
            self.prompt = Some(Prompt { asks, text: String::new() });
        }
    }

    pub(super) fn typed(&mut self) {
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

    pub(super) fn scan(&mut self, task: Task, forward: bool) {
        let Some(opened) = &self.opened else { return };
        let (name, from, last) = (opened.name.clone(), opened.at(), opened.last);
        self.scan = Some(Scan { name, task, forward, from, last });
    }
}
