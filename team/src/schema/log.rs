//! What the events of all logs of a team are read by, in the order in which they were shipped.

use super::migration::Migration;

/// Functions that read events and heads.
pub(super) const STEP: Migration = Migration {
    number: 5,
    name: "log",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0005-log/ingest_1.sql"),
        include_str!("../../sql/0005-log/log_1.sql"),
        include_str!("../../sql/0005-log/stream_types_1.sql"),
        include_str!("../../sql/0005-log/heads_1.sql"),
        include_str!("../../sql/0005-log/whole_logs_1.sql"),
        include_str!("../../sql/0005-log/range_events_1.sql"),
        include_str!("../../sql/0005-log/range_texts_1.sql"),
        include_str!("../../sql/0005-log/range_absent_1.sql"),
        include_str!("../../sql/0005-log/range_gone_1.sql"),
        include_str!("../../sql/0005-log/grants.sql"),
    ],
};
