//! A cursor in a list of which a part is seen.

/// A cursor, and the first row that is seen; both from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct List {
    pub(in super::super) cursor: u64,
    pub(in super::super) top: u64,
}

impl List {
    /// Moves the cursor.
    pub(super) fn go(&mut self, rows: i64) {
        self.cursor = self.cursor.saturating_add_signed(rows);
    }

    /// Moves what is seen, and the cursor with it.
    pub(super) fn scroll(&mut self, rows: i64) {
        self.cursor = self.cursor.saturating_add_signed(rows);
        self.top = self.top.saturating_add_signed(rows);
    }

    /// Keeps the cursor within `total` rows, and in sight where `height` of them are seen.
    pub(super) fn settle(&mut self, total: u64, height: u64) {
        self.cursor = self.cursor.min(total.saturating_sub(1));
        let height = height.max(1);
        if self.cursor < self.top {
            self.top = self.cursor;
        }
        if self.cursor >= self.top + height {
            self.top = self.cursor + 1 - height;
        }
        // No empty rows below while there are some above.
        self.top = self.top.min(total.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn the_cursor_is_always_seen(
            moves in prop::collection::vec((any::<i64>(), 0_u64..200, 0_u64..50), 1..20),
        ) {
            let mut list = List::default();
            for (rows, total, height) in moves {
                list.go(rows);
                list.settle(total, height);
                prop_assert!(list.cursor < total.max(1));
                prop_assert!(list.top <= list.cursor && list.cursor < list.top + height.max(1));
            }
        }
    }
}
