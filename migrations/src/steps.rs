//! The numbered list of migrations.

/// One step of the schema, up and down.
#[derive(Debug)]
#[non_exhaustive]
pub struct Migration {
    /// Its number, from 1; the store's `user_version` once it is applied.
    pub number: u32,
    /// What it brings, in a word or two.
    pub name: &'static str,
    /// Its statements, in order.
    pub up: &'static [&'static str],
    /// The statements that take it back.
    pub down: &'static str,
    /// A query for the number of records that only this step's tables hold.
    pub loses: &'static str,
}

/// Returns every migration, in order.
pub fn all() -> &'static [Migration] {
    MIGRATIONS
}

/// Returns the number of the newest migration.
pub fn latest() -> u32 {
    MIGRATIONS.last().map_or(0, |step| step.number)
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "log",
        up: &[
            include_str!("../sql/0001-log/log.sql"),
            include_str!("../sql/0001-log/workspace.sql"),
            include_str!("../sql/0001-log/stream.sql"),
            include_str!("../sql/0001-log/event_type.sql"),
            include_str!("../sql/0001-log/event.sql"),
            include_str!("../sql/0001-log/redaction.sql"),
            include_str!("../sql/0001-log/event_update.sql"),
            include_str!("../sql/0001-log/event_delete.sql"),
            include_str!("../sql/0001-log/blob.sql"),
            include_str!("../sql/0001-log/dictionary.sql"),
            include_str!("../sql/0001-log/dictionary_update.sql"),
            include_str!("../sql/0001-log/dictionary_delete.sql"),
            include_str!("../sql/0001-log/commit_key.sql"),
        ],
        down: include_str!("../sql/0001-log/down.sql"),
        loses: include_str!("../sql/0001-log/loses.sql"),
    },
    Migration {
        number: 2,
        name: "import",
        up: &[
            include_str!("../sql/0002-import/import_record.sql"),
            include_str!("../sql/0002-import/quarantine.sql"),
            include_str!("../sql/0002-import/quarantine_by_digest.sql"),
        ],
        down: include_str!("../sql/0002-import/down.sql"),
        loses: include_str!("../sql/0002-import/loses.sql"),
    },
    Migration {
        number: 3,
        name: "mark",
        up: &[include_str!("../sql/0003-mark/mark.sql")],
        down: include_str!("../sql/0003-mark/down.sql"),
        loses: include_str!("../sql/0003-mark/loses.sql"),
    },
    Migration {
        number: 4,
        name: "trust",
        up: &[
            include_str!("../sql/0004-trust/lineage.sql"),
            include_str!("../sql/0004-trust/backup.sql"),
            include_str!("../sql/0004-trust/repack.sql"),
            include_str!("../sql/0004-trust/event_update.sql"),
            include_str!("../sql/0004-trust/dictionary_delete.sql"),
        ],
        down: include_str!("../sql/0004-trust/down.sql"),
        loses: include_str!("../sql/0004-trust/loses.sql"),
    },
    Migration {
        number: 5,
        name: "projection registry",
        up: &[
            include_str!("../sql/0005-projection-registry/sidecar.sql"),
            include_str!("../sql/0005-projection-registry/sidecar_version.sql"),
            include_str!("../sql/0005-projection-registry/sidecar_file.sql"),
            include_str!("../sql/0005-projection-registry/sidecar_skip.sql"),
        ],
        down: include_str!("../sql/0005-projection-registry/down.sql"),
        loses: include_str!("../sql/0005-projection-registry/loses.sql"),
    },
    Migration {
        number: 6,
        name: "prune",
        up: &[
            include_str!("../sql/0006-prune/pruned.sql"),
            include_str!("../sql/0006-prune/event_of_pruning.sql"),
            include_str!("../sql/0006-prune/event_update.sql"),
        ],
        down: include_str!("../sql/0006-prune/down.sql"),
        loses: include_str!("../sql/0006-prune/loses.sql"),
    },
    Migration {
        number: 7,
        name: "key use",
        up: &[
            include_str!("../sql/0007-key-use/command.sql"),
            include_str!("../sql/0007-key-use/stream.sql"),
            include_str!("../sql/0007-key-use/digest.sql"),
            include_str!("../sql/0007-key-use/commit_key_by_first.sql"),
        ],
        down: include_str!("../sql/0007-key-use/down.sql"),
        loses: include_str!("../sql/0007-key-use/loses.sql"),
    },
    Migration {
        number: 8,
        name: "sparse",
        up: &[
            include_str!("../sql/0008-sparse/part.sql"),
            include_str!("../sql/0008-sparse/absent.sql"),
            include_str!("../sql/0008-sparse/absent_by_last.sql"),
            include_str!("../sql/0008-sparse/withheld.sql"),
            include_str!("../sql/0008-sparse/event_of_folder.sql"),
        ],
        down: include_str!("../sql/0008-sparse/down.sql"),
        loses: include_str!("../sql/0008-sparse/loses.sql"),
    },
];
