//! Where the panes are.

use ratatui::layout::{Rect, Size};

use super::Pane;

/// Less is no place for it.
pub(in super::super) const TOO_SMALL: Size = Size { width: 40, height: 10 };
/// A lower screen has no bar.
const BARRED: u16 = 16;
/// A narrower screen has room for one pane.
pub(super) const BESIDE: u16 = 60;
/// From here on the three panes are side by side.
const WIDE: u16 = 110;

/// The places of the panes, each with a line for its title, and of the two lines at the bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Layout {
    /// Beside the others, or over the events while one chooses.
    pub(in super::super) sessions: Option<Rect>,
    pub(in super::super) events: Rect,
    pub(in super::super) inspector: Rect,
    /// Where in the session it is, where there is room for that.
    pub(in super::super) bar: Option<Rect>,
    pub(in super::super) status: Rect,
    pub(in super::super) bottom: Rect,
    pub(in super::super) is_too_small: bool,
}

impl Layout {
    pub(super) fn of(size: Size, focus: Pane, is_zoomed: bool) -> Self {
        let Size { width, height } = size;
        let has_bar = height >= BARRED;
        let panes = height.saturating_sub(2 + u16::from(has_bar));
        let at = |x: u16, width: u16| Rect { x, y: 0, width, height: panes };
        let row = |y: u16| Rect { x: 0, y, width, height: u16::from(height > 0) };
        if is_zoomed && focus != Pane::Sessions {
            let none = Rect { height: panes, ..Rect::default() };
            let (events, inspector) = match focus {
                Pane::Events => (at(0, width), none),
                _ => (none, at(0, width)),
            };
            return Self { sessions: None, events, inspector, ..Self::of(size, focus, false) };
        }
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
            bar: has_bar.then(|| row(height.saturating_sub(3))),
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

/// Returns which column of a bar an event of a session has.
pub(in super::super) fn column_of(revision: u64, width: u16, last: u64) -> u16 {
    let end = u64::from(width.max(1)) - 1;
    let column = (revision.max(1) - 1).saturating_mul(end) / last.saturating_sub(1).max(1);
    u16::try_from(column.min(end)).unwrap_or(u16::MAX)
}

/// Returns which event of a session a column of a bar is.
pub(in super::super) fn revision_at(column: u16, width: u16, last: u64) -> u64 {
    let end = u64::from(width.max(2)) - 1;
    1 + u64::from(column).saturating_mul(last.saturating_sub(1)).div_ceil(end).min(last.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn a_click_on_the_bar_goes_to_an_event_that_is_there(
            width in 40_u16..400,
            last in 1_u64..200_000,
            column in 0_u16..400,
        ) {
            let column = column.min(width - 1);
            let revision = revision_at(column, width, last);
            prop_assert!((1..=last).contains(&revision));
            if last >= u64::from(width) {
                prop_assert_eq!(column_of(revision, width, last), column);
            }
            prop_assert_eq!(revision_at(0, width, last), 1);
            prop_assert_eq!(revision_at(width - 1, width, last), last);
        }
    }
}
