//! What a search looks in.

use super::migration::Migration;

/// An index of the words of all texts, and what asks it.
pub(super) const STEP: Migration = Migration {
    number: 4,
    name: "search",
    as_caller: 0,
    up: &[
        include_str!("../../sql/0004-search/search.sql"),
        include_str!("../../sql/0004-search/search_by_words.sql"),
        include_str!("../../sql/0004-search/search_sizes.sql"),
        include_str!("../../sql/0004-search/my_whole_workspaces.sql"),
        include_str!("../../sql/0004-search/times.sql"),
        include_str!("../../sql/0004-search/copies_of.sql"),
        include_str!("../../sql/0004-search/erase_texts.sql"),
        include_str!("../../sql/0004-search/take_gone.sql"),
        include_str!("../../sql/0004-search/search_1.sql"),
        include_str!("../../sql/0004-search/grants.sql"),
    ],
};
