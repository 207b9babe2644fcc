//! Every variant of every public error enum is caused, and its words are kept.
//!
//! Each enum has a list of causes here, one for each variant at least. A variant that is added fails its test until a cause
//! is added to the list: `cause("Variant", error)`, or `told("Variant", output, words)` for what only another process can be told.

mod core;
mod history;
mod importer;
mod migrations;
mod projections;
mod travel;

use std::collections::BTreeSet;
use std::error::Error;

use retold_tests::words;

/// A variant's name, and its words.
pub(super) struct Cause {
    variant: &'static str,
    words: String,
}

/// An error that was caused.
pub(super) fn cause(variant: &'static str, error: impl Error + 'static) -> Cause {
    let debug = format!("{error:?}");
    assert!(debug.starts_with(variant), "{variant} was to be caused: {debug}");
    Cause { variant, words: words(&error) + &prospects(&error) }
}

/// What an error of the store or of the crate says of another try, in brackets; nothing where it says nothing good.
fn prospects(error: &(dyn Error + 'static)) -> String {
    let flags = match (error.downcast_ref::<retold_core::Error>(), error.downcast_ref::<retold::Error>()) {
        (Some(error), _) => [error.is_conflict(), error.is_busy(), error.is_retryable()],
        (_, Some(error)) => [error.is_conflict(), error.is_busy(), error.is_retryable()],
        _ => [false; 3],
    };
    let names = ["conflict", "busy", "retryable"].into_iter().zip(flags).filter(|(_, is)| *is);
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    if names.is_empty() { String::new() } else { format!(" [{}]", names.join(", ")) }
}

/// An error that the program was told: `words` of it tell it from others.
#[cfg(unix)]
pub(super) fn told(variant: &'static str, output: &std::process::Output, words: &str) -> Cause {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.strip_prefix("error: "));
    let line = line.unwrap_or_else(|| panic!("{variant} was to be caused: {output:?}"));
    assert!(line.contains(words), "{variant} was to be caused: {output:?}");
    Cause { variant, words: line.to_owned() }
}

/// Checks that every variant of the enum `Error` in a source file is among the causes, and returns a line for each.
pub(super) fn table(source: &str, causes: &[Cause], hide: &[&str]) -> String {
    let begin = source.find("pub enum Error {").expect("the file has the enum");
    let body = source[begin..].split("\n}").next().unwrap();
    let names = body.lines().filter_map(|line| {
        let name = line
            .strip_prefix("    ")
            .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))?;
        Some(name.split([' ', '(', ',', '{']).next().unwrap())
    });
    let (declared, caused): (BTreeSet<&str>, BTreeSet<&str>) =
        (names.collect(), causes.iter().map(|cause| cause.variant).collect());
    assert!(declared.len() > 2, "{declared:?}");
    let missing: Vec<_> = declared.difference(&caused).collect();
    assert!(missing.is_empty(), "no test causes {missing:?}: add them to the list");
    assert!(caused.is_subset(&declared), "{caused:?}");
    let line = |Cause { variant, words }: &Cause| {
        let words = hide
            .iter()
            .filter(|hidden| !hidden.is_empty())
            .fold(words.clone(), |words, hidden| words.replace(hidden, "…"));
        // Of the library's own words only that they are there.
        format!("{variant}: {words}")
    };
    causes.iter().map(line).collect::<Vec<_>>().join("\n")
}
