//! Where the panes are.

use ratatui::layout::{Rect, Size};

use super::Pane;

/// Less is no place for it.
pub(in super::super) const TOO_SMALL: Size = Size { width: 40, height: 10 };
/// From here on the three panes are side by side.
const WIDE: u16 = 110;

/// The places of the panes, each with a line for its title, and of the two lines at the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Layout {
    /// Beside the others, or over the events while one chooses.
    pub(in super::super) sessions: Option<Rect>,
    pub(in super::super) events: Rect,
    pub(in super::super) inspector: Rect,
    pub(in super::super) status: Rect,
    pub(in super::super) bottom: Rect,
    pub(in super::super) is_too_small: bool,
}

impl Layout {
    pub(super) fn of(size: Size, focus: Pane) -> Self {
        let Size { width, height } = size;
        let panes = height.saturating_sub(2);
        let at = |x: u16, width: u16| Rect { x, y: 0, width, height: panes };
        let row = |y: u16| Rect { x: 0, y, width, height: u16::from(height > 0) };
        let is_wide = width >= WIDE;
        let sessions = if is_wide { width / 4 } else { 0 };
        let left = if sessions > 0 { sessions + 1 } else { 0 };
        let rest = width.saturating_sub(left);
        // The inspector gets the larger part: its lines are the longer ones.
        let events = rest * 9 / 20;
        let inspector = rest.saturating_sub(events + 1);
        let sessions = match is_wide {
            true => Some(at(0, sessions)),
            false => (focus == Pane::Sessions).then_some(at(0, width)),
        };
        Self {
            sessions,
            events: at(left, events),
            inspector: at(left + events + 1, inspector),
            status: row(height.saturating_sub(2)),
            bottom: row(height.saturating_sub(1)),
            is_too_small: width < TOO_SMALL.width || height < TOO_SMALL.height,
        }
    }

    /// Rows below a pane's title.
    pub(super) fn height(&self) -> u64 {
        self.events.height.saturating_sub(1).into()
    }
}
