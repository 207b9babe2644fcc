//! What a server may keep of its answers, for as long as what they were made of is so; and how far teams are, asked for many at once.

use super::migration::Migration;

/// Editions of logs, and sessions with theirs.
pub(super) const STEP: Migration = Migration {
    number: 8,
    name: "cache",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0008-cache/edition.sql"),
        include_str!("../../sql/0008-cache/mark_stale.sql"),
        include_str!("../../sql/0008-cache/sessions_2.sql"),
        include_str!("../../sql/0008-cache/edition_1.sql"),
        include_str!("../../sql/0008-cache/stand_1.sql"),
        include_str!("../../sql/0008-cache/listed_1.sql"),
        include_str!("../../sql/0008-cache/pulse_1.sql"),
        include_str!("../../sql/0008-cache/grants.sql"),
    ],
};
