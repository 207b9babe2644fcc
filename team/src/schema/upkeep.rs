//! What whoever runs a server looks after: where row versions are left of what was erased, and content that was retired.

use super::migration::Migration;

/// Where something was erased, what was written again since, and what is not taken again.
pub(super) const STEP: Migration = Migration {
    number: 7,
    name: "upkeep",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0007-upkeep/residue.sql"),
        include_str!("../../sql/0007-upkeep/purged.sql"),
        include_str!("../../sql/0007-upkeep/residue_of_before.sql"),
        include_str!("../../sql/0007-upkeep/retired.sql"),
        include_str!("../../sql/0007-upkeep/body_facts.sql"),
        include_str!("../../sql/0007-upkeep/note_residue.sql"),
        include_str!("../../sql/0007-upkeep/erase_refs.sql"),
        include_str!("../../sql/0007-upkeep/take_gone.sql"),
        include_str!("../../sql/0007-upkeep/take_bodies.sql"),
        include_str!("../../sql/0007-upkeep/figures_1.sql"),
        include_str!("../../sql/0007-upkeep/before_2.sql"),
        include_str!("../../sql/0007-upkeep/read_logs_1.sql"),
        include_str!("../../sql/0007-upkeep/grants.sql"),
    ],
};
