//! What was wanted, come in.

use super::{Answer, Coming, Model, View};

impl Model {
    /// Takes an answer in. One to a question that is no longer asked changes nothing.
    pub(in super::super) fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Sessions { after, rows, next, now } => {
                let is_first = !self.sessions.is_read;
                self.wall = now;
                self.sessions.take(after, rows, next, self.now);
                if let Some(opened) = self.opened.as_ref().filter(|_| is_first) {
                    self.sessions.choose(&opened.name);
                }
            }
            Answer::Opened(opening) => {
                self.said = None;
                self.open(opening);
            }
            Answer::Events { name, rows } => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.name == name) {
                    opened.window = rows;
                    opened.stale_events = false;
                    self.go_on_playing();
                }
            }
            Answer::View(view) => self.take_view(view),
            Answer::Filtered(filter) => {
                self.sessions.list(filter);
                self.focus = super::Pane::Sessions;
            }
            Answer::Listed => {
                self.sessions.grew();
                if let Some(opened) = &mut self.opened {
                    opened.stale_view = true;
                }
            }
            Answer::Folded => {
                if let Some(opened) = &mut self.opened {
                    opened.stale_view = true;
                }
            }
            Answer::Unfolded(root) => self.sessions.unfolded(&root),
            Answer::Coming { ask, done, of } => {
                let layout = self.layout();
                if let Some(opened) = &mut self.opened
                    && opened.ask(&layout).is_of(&ask)
                {
                    opened.coming = Some(Coming { done, of });
                }
            }
            Answer::Scanned { found, from } => self.scanned(found, from),
            Answer::Message { found, forward } => match (found, &mut self.opened) {
                (Some(revision), Some(opened)) => {
                    opened.jump(revision);
                    self.follow = revision >= opened.last;
                }
                _ => self.say(if forward { "no message follows" } else { "no message lies before" }),
            },
            Answer::Resolved { opening, said } => {
                self.open(opening);
                self.focus = super::Pane::Events;
                self.say(said);
            }
            Answer::Notice(said) => self.say(said),
            Answer::Looked { moved, last, now } => {
                self.wall = now;
                self.looked(moved, last);
            }
            Answer::Failed(words) => {
                (self.scan, self.play) = (None, None);
                self.complain(words);
            }
            Answer::Unseen(words) => {
                if let Some(opened) = &mut self.opened {
                    // It would fail again with every frame.
                    opened.is_stopped = true;
                    opened.coming = None;
                }
                self.complain(words);
            }
        }
        self.settle();
    }

    fn take_view(&mut self, view: View) {
        let layout = self.layout();
        let Some(opened) = &mut self.opened else { return };
        if !opened.ask(&layout).is_of(&view.ask) {
            return;
        }
        opened.take_view(view);
    }

    /// Takes what a step of a search came to. It goes around: past the last event it goes on from the first, and back past the first
    /// from the last, until it is where it began.
    fn scanned(&mut self, found: Option<u64>, from: Option<u64>) {
        let Some(scan) = &mut self.scan else { return };
        let what = match &scan.task {
            super::Task::Text(text) => format!("event that holds `{text}`"),
            super::Task::Error => "error".to_owned(),
        };
        let (start, forward) = (scan.start, scan.forward);
        match (found, from, &mut self.opened) {
            (Some(revision), _, Some(opened)) => {
                let is_around = scan.is_around;
                self.scan = None;
                opened.jump(revision);
                self.follow = revision >= opened.last;
                match (revision == start, is_around) {
                    (true, _) => self.say(format!("this is the only {what}")),
                    (_, true) if forward => self.say("past the last event: from the first again"),
                    (_, true) => self.say("past the first event: from the last again"),
                    _ => {}
                }
            }
            (None, Some(from), _) => scan.from = from,
            (None, None, Some(_)) if !scan.is_around => {
                scan.is_around = true;
                scan.from = if forward { 0 } else { scan.last + 1 };
            }
            _ => {
                self.scan = None;
                self.say(format!("there is no {what}"));
            }
        }
    }

    fn looked(&mut self, moved: bool, last: Option<u64>) {
        if !moved {
            return;
        }
        self.sessions.grew();
        let follow = self.follow;
        if let (Some(opened), Some(last)) = (&mut self.opened, last) {
            let was_at_head = opened.at() >= opened.last;
            let held = opened.hold();
            opened.last = last;
            (opened.stale_events, opened.stale_view) = (true, true);
            if follow && was_at_head {
                opened.go(last);
            }
            opened.anchor = held;
        }
        self.go_on_playing();
    }
}
