//! docs/GLOSSARY.md says what is in the code, and the code keeps to it.

use std::collections::BTreeSet;

use super::house::files;

/// Words that identifiers had once, each with two meanings or none that a reader would guess.
const FORMER: &[&str] = &[
    "Traces",
    "Probe",
    "Scene",
    "Feed",
    "Fed",
    "Keeper",
    "Misfit",
    "Beside",
    "Inside",
    "Replica",
    "Refold",
    "Gone",
    "Said",
    "Rehearsal",
    "Losing",
    "Verb",
    "Desk",
    "Person",
    "Shape",
    "seam",
    "journey",
    "absorb",
    "patience",
    "carry_out",
    "put_back",
    "PutBack",
    "happen",
    "take_in",
    "rehearse",
];

/// The rows of the glossary: the term, what it means, and where it is found.
fn rows(text: &str) -> Vec<[&str; 3]> {
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| term |"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        <[&str; 3]>::try_from(cells).unwrap_or_else(|cells| panic!("three cells: {cells:?}"))
    })
    .collect()
}

/// Names that code declares: of types, functions, modules and constants.
fn declared(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    for keyword in ["struct ", "enum ", "trait ", "type ", "fn ", "mod "] {
        for (at, _) in code.match_indices(keyword) {
            let is_word = code[..at].chars().next_back().is_none_or(|before| !is_part(before));
            let name = &code[at + keyword.len()..];
            let name = &name[..name.find(|letter| !is_part(letter)).unwrap_or(name.len())];
            if is_word && !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}

/// The code that is no test's.
fn production() -> Vec<(String, String)> {
    let of_tests = ["tests/", "trial/", "benches/", "fuzz/", "examples/"];
    let mut found = files(".rs");
    found.retain(|(file, _)| {
        !of_tests.iter().any(|place| file.starts_with(place)) && !file.contains("/tests/")
    });
    found
}

#[test]
fn every_term_of_the_glossary_is_found_where_it_says() {
    let files_of_docs = files("GLOSSARY.md");
    let rows = rows(&files_of_docs[0].1);
    assert!(rows.len() > 50, "{} rows", rows.len());
    let code = production();
    let names: BTreeSet<&str> = code.iter().flat_map(|(_, text)| declared(text)).collect();
    let all: String = code.iter().map(|(_, text)| text.as_str()).collect();
    let schema: String = files(".sql").into_iter().map(|(_, text)| text).collect();
    let commands: BTreeSet<String> = retold_cli::commands().into_iter().map(|(name, _)| name).collect();
    let nouns: BTreeSet<&str> =
        commands.iter().filter_map(|name| name.rsplit_once(' ').map(|(noun, _)| noun)).collect();
    let mut terms = BTreeSet::new();
    for [term, meaning, found_as] in rows {
        assert!(terms.insert(term), "{term} has two rows");
        assert!(meaning.ends_with('.'), "{term}: {meaning}");
        for place in found_as.split(", ") {
            let is_table = place.starts_with("table ");
            let name = place.trim_start_matches("table ").trim_matches('`');
            let exists = match name.strip_prefix("retold ") {
                Some(command) => commands.contains(command) || nouns.contains(command),
                None if is_table => {
                    let is = |form: &str| {
                        schema.contains(&format!("{form} {name} "))
                            || schema.contains(&format!("{form} {name}("))
                    };
                    is("table") || is("view") || is("exists")
                }
                // Types of events and fields of documents are declared in tables of their own.
                None => names.contains(name) || all.contains(&format!("{name} ")),
            };
            assert!(exists, "{term}: there is no {place}");
        }
    }
    assert_eq!(terms.into_iter().find(|term| term.chars().any(char::is_uppercase)), None);
}

#[test]
fn no_identifier_has_a_former_word() {
    for (file, text) in production() {
        let names = declared(text.split("#[cfg(test)]").next().unwrap());
        for former in FORMER {
            assert!(!names.contains(former), "{file} declares {former}: docs/GLOSSARY.md has the word");
        }
    }
}
