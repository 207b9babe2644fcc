//! Records may come in any pieces: what they mean is the same, and what was told is not told again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use retold_transcripts::{Fact, Tool};
use support::Home;
use support::receipt::{differences, receipt};

const TOOLS: &[Tool] = &[Tool::Claude, Tool::Gemini, Tool::Copilot];

/// Returns what is told when the records come in two pieces, the second after all is settled.
fn in_two(home: &Home, at: usize) -> Vec<(usize, Fact)> {
    let (mut interpreter, mut facts) = home.interpreter();
    home.feed(&mut *interpreter, &home.records[..at], &mut facts);
    for (_, fact) in facts.clone() {
        interpreter.settled(&fact.session);
    }
    home.feed(&mut *interpreter, &home.records[at..], &mut facts);
    facts
}

#[test]
fn records_in_two_pieces_tell_the_same_as_at_once_at_every_place() {
    for tool in TOOLS {
        let home = Home::of_fixture(*tool);
        let (_, at_once) = home.interpret();
        for at in 0..=home.records.len() {
            assert_eq!(in_two(&home, at), at_once, "{} at {at}", tool.word());
        }
    }
}

#[test]
fn the_facts_of_the_first_records_are_the_first_facts_of_all() {
    for tool in TOOLS {
        let home = Home::of_fixture(*tool);
        let (_, all) = home.interpret();
        for at in 0..=home.records.len() {
            let (mut interpreter, mut facts) = home.interpreter();
            home.feed(&mut *interpreter, &home.records[..at], &mut facts);
            assert!(all.starts_with(&facts), "{} at {at}", tool.word());
        }
    }
}

/// A copy that is read before its original tells what the original would have told, of the original's session: nothing waits for
/// a file that may never come. So that session is then in both files, and everything else is the same.
#[test]
fn a_file_that_grows_after_all_others_were_read_comes_to_the_same() {
    for tool in TOOLS {
        let home = Home::of_fixture(*tool);
        let (interpreter, facts) = home.interpret();
        let expected = without_order(receipt(&home, &*interpreter, &facts));
        for number in 0..home.sources.len() {
            let (own, others): (Vec<_>, Vec<_>) =
                home.records.iter().cloned().partition(|record| record.source == number);
            for at in 0..own.len() {
                let (first, later) = own.split_at(at);
                let position =
                    others.iter().position(|record| record.source > number).unwrap_or(others.len());
                let mut early = others.clone();
                early.splice(position..position, first.iter().cloned());
                let (mut interpreter, mut facts) = home.interpreter();
                home.feed(&mut *interpreter, &early, &mut facts);
                home.feed(&mut *interpreter, later, &mut facts);
                let mut found = without_order(receipt(&home, &*interpreter, &facts));
                let sessions = found["sessions"].as_array_mut().unwrap();
                for (session, expected) in sessions.iter_mut().zip(expected["sessions"].as_array().unwrap()) {
                    let is_expected =
                        |file: &serde_json::Value| expected["files"].as_array().unwrap().contains(file);
                    session["files"].as_array_mut().unwrap().retain(is_expected);
                }
                let differences = differences(&expected, &found);
                assert!(differences.is_empty(), "{} at {at}: {differences:#?}", home.sources[number].name);
            }
        }
    }
}

/// Lists are in the order in which things were first seen.
fn without_order(mut receipt: serde_json::Value) -> serde_json::Value {
    for session in receipt["sessions"].as_array_mut().unwrap() {
        for list in ["files", "cwds", "branches"] {
            session[list].as_array_mut().unwrap().sort_by_key(ToString::to_string);
        }
    }
    receipt
}

#[test]
fn records_that_are_read_again_tell_nothing() {
    for tool in TOOLS {
        let home = Home::of_fixture(*tool);
        let (mut interpreter, mut facts) = home.interpret();
        let told = facts.len();
        home.feed(&mut *interpreter, &home.records, &mut facts);
        assert_eq!(facts[told..], [], "{}", tool.word());
    }
}
