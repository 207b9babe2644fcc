//! The same as before by other questions: each goes through the right index from the first shipment on, when PostgreSQL knows nothing of the
//! tables yet and estimates one row wherever a key begins with what is given. And the sizes that pages of a session are cut by.

use super::migration::Migration;

/// Functions and a policy in other words, and sizes.
pub(super) const STEP: Migration = Migration {
    number: 6,
    name: "plans",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0006-plans/take_streams.sql"),
        include_str!("../../sql/0006-plans/take_bodies.sql"),
        include_str!("../../sql/0006-plans/mark_stale.sql"),
        include_str!("../../sql/0006-plans/erase_rows.sql"),
        include_str!("../../sql/0006-plans/stream_texts_1.sql"),
        include_str!("../../sql/0006-plans/stream_sizes_1.sql"),
        include_str!("../../sql/0006-plans/workspaces_read.sql"),
        include_str!("../../sql/0006-plans/grants.sql"),
    ],
};
