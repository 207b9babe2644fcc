//! What the mouse does: a click is where something is, the wheel is for what it is over.

use ratatui::layout::{Position, Rect};

use super::{Model, Pane};

/// Rows that a notch of the wheel goes.
const NOTCH: i64 = 3;

impl Model {
    /// Takes a click: the pane, and what is there. What is chosen already is opened.
    pub(super) fn click(&mut self, x: u16, y: u16) {
        if self.prompt.is_some() || self.help.is_some() {
            return;
        }
        self.said = None;
        let layout = self.layout();
        if let (Some(bar), Some(opened)) = (layout.bar.filter(|bar| has(*bar, x, y)), &mut self.opened) {
            opened.jump(super::layout::revision_at(x - bar.x, bar.width, opened.last));
            return self.heed();
        }
        let Some((pane, area)) = self.pane_at(x, y) else { return };
        let had_focus = std::mem::replace(&mut self.focus, pane) == pane;
        let Some(row) = (y - area.y).checked_sub(1).map(u64::from) else { return };
        match (pane, &mut self.opened) {
            (Pane::Sessions, _) => {
                let list = &mut self.sessions.list;
                let was = std::mem::replace(&mut list.cursor, list.top + row);
                if list.cursor >= self.sessions.rows.len() as u64 {
                    self.sessions.list.cursor = was;
                } else if had_focus && was == list.cursor {
                    self.enter();
                }
            }
            (Pane::Events, Some(opened)) => {
                let revision = opened.events.top + row + 1;
                if revision <= opened.last {
                    opened.jump(revision);
                    self.heed();
                }
            }
            (Pane::Inspector, Some(opened)) => {
                let was = std::mem::replace(&mut opened.rows.cursor, opened.rows.top + row);
                if opened.line_here().is_none() {
                    opened.rows.cursor = was;
                } else if had_focus && was == opened.rows.cursor {
                    self.enter_row();
                }
            }
            (_, None) => {}
        }
    }

    /// Takes the wheel: what it is over moves, whichever pane is in use.
    pub(super) fn wheel(&mut self, x: u16, y: u16, by: i64) {
        if let Some(line) = &mut self.help {
            *line = line.saturating_add_signed(by.saturating_mul(NOTCH));
            return;
        }
        if self.prompt.is_some() {
            return;
        }
        let Some((pane, _)) = self.pane_at(x, y) else { return };
        let by = by.saturating_mul(NOTCH);
        match (pane, &mut self.opened) {
            (Pane::Sessions, _) => self.sessions.list.scroll(by),
            (Pane::Events, Some(opened)) => {
                opened.go(opened.at().saturating_add_signed(by).max(1));
                self.heed();
            }
            (Pane::Inspector, Some(opened)) => opened.rows.scroll(by),
            (_, None) => {}
        }
    }

    fn pane_at(&self, x: u16, y: u16) -> Option<(Pane, Rect)> {
        let layout = self.layout();
        let panes = [
            (Pane::Sessions, layout.sessions.unwrap_or_default()),
            (Pane::Events, layout.events),
            (Pane::Inspector, layout.inspector),
        ];
        panes.into_iter().find(|(_, area)| !layout.is_too_small && has(*area, x, y))
    }
}

fn has(area: Rect, x: u16, y: u16) -> bool {
    area.contains(Position { x, y })
}
