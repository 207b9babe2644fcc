//! Functions of SQLite that statements of other people must not call, by what is wrong with them.

/// Those that read or write outside the store, where a build of SQLite has them.
const OUTSIDE: [&str; 7] =
    ["load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "fsdir", "lsdir"];
/// Those that answer differently each time.
const RANDOM: [&str; 2] = ["random", "randomblob"];

/// Whether a function reads or writes outside the store.
pub fn reaches_outside(function: &str) -> bool {
    OUTSIDE.iter().any(|name| name.eq_ignore_ascii_case(function))
}

/// Whether a function answers differently each time.
pub fn is_random(function: &str) -> bool {
    RANDOM.iter().any(|name| name.eq_ignore_ascii_case(function))
}
