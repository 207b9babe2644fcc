//! What a server may keep of its answers, for as long as what they were made of is so; and how far teams are, asked for many at once.

use super::migration::Migration;

/// Editions of logs, sessions with theirs, and what is asked with each question in a form whose plan a connection keeps.
pub(super) const STEP: Migration = Migration {
    number: 8,
    name: "cache",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0008-cache/edition.sql"),
        include_str!("../../sql/0008-cache/mark_stale.sql"),
        include_str!("../../sql/0008-cache/note_residue.sql"),
        include_str!("../../sql/0008-cache/edition_of.sql"),
        include_str!("../../sql/0008-cache/may_read.sql"),
        include_str!("../../sql/0008-cache/my_tenant.sql"),
        include_str!("../../sql/0008-cache/my_generation.sql"),
        include_str!("../../sql/0008-cache/my_logs.sql"),
        include_str!("../../sql/0008-cache/my_workspaces.sql"),
        include_str!("../../sql/0008-cache/may_ship.sql"),
        include_str!("../../sql/0008-cache/take_events.sql"),
        include_str!("../../sql/0008-cache/sessions_2.sql"),
        include_str!("../../sql/0008-cache/edition_1.sql"),
        include_str!("../../sql/0008-cache/sessions_for_1.sql"),
        include_str!("../../sql/0008-cache/listed_1.sql"),
        include_str!("../../sql/0008-cache/pulse_1.sql"),
        include_str!("../../sql/0008-cache/figures_1.sql"),
        include_str!("../../sql/0008-cache/verified_1.sql"),
        include_str!("../../sql/0008-cache/grants.sql"),
    ],
};
