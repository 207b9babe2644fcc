//! What is looked for, as a person writes it.

use super::words::{begin_of, is_joined, words};
use crate::Error;

/// A search that was read: words that must all be there, `"a phrase"`, `begin*`, and `-without`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    text: String,
    pub(super) terms: Vec<SearchTerm>,
    /// What to mark in a snippet: words that follow each other, in lower case.
    pub(super) needles: Vec<String>,
}

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchTerm {
    /// The words, as the index has them: letters and digits in lower case. At least one.
    pub words: Vec<String>,
    /// Whether the last one is the beginning of a word.
    pub is_begin: bool,
    /// Whether it must not be there.
    pub is_without: bool,
}

const TERMS_MAX: usize = 64;

impl SearchQuery {
    /// Reads a search.
    ///
    /// # Errors
    /// [`Error::Search`] with what is wrong, and what could be written instead.
    pub fn read(text: &str) -> Result<Self, Error> {
        let read = read(text)?;
        let refused = |message: &str| Err(Error::Search { message: message.to_owned() });
        if read.len() > TERMS_MAX {
            return refused("there are more than 64 words in it");
        }
        let is_without = |(_, term): &&(String, SearchTerm)| term.is_without;
        if !read.is_empty() && read.iter().all(|term| is_without(&term)) {
            return refused("there are only words to leave out: add one to look for");
        }
        if read.is_empty() {
            return refused("there is no word in it: letters and digits are looked for, signs are not");
        }
        let with = read.iter().filter(|term| !is_without(term));
        let needles = with.map(|(text, _)| text.to_lowercase()).collect();
        let terms = read.into_iter().map(|(_, term)| term).collect();
        Ok(Self { text: text.to_owned(), terms, needles })
    }

    /// Returns what it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what must be there and what must not, for an index elsewhere.
    pub fn terms(&self) -> &[SearchTerm] {
        &self.terms
    }
}

/// Returns the terms, each with its text.
fn read(text: &str) -> Result<Vec<(String, SearchTerm)>, Error> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let is_without = rest.starts_with('-');
        rest = rest.strip_prefix('-').unwrap_or(rest);
        let (term, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| Error::Search {
                message: "a phrase has no end: add a `\"` at its end".to_owned(),
            })?,
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        let star = after.strip_prefix('*').filter(|_| !term.ends_with('*'));
        let is_begin = star.is_some() || term.ends_with('*');
        let term = term.trim_end_matches('*').trim_matches(|c: char| !c.is_alphanumeric());
        if let Some(read) = SearchTerm::of(term, is_begin, is_without) {
            terms.push((term.to_owned(), read));
        }
        rest = star.unwrap_or(after).trim_start();
    }
    Ok(terms)
}

impl SearchTerm {
    /// Returns the words of a text; `None` where it has none.
    fn of(text: &str, is_begin: bool, is_without: bool) -> Option<Self> {
        let mut found = Vec::new();
        words(text, |word, _| found.push(word.to_owned()));
        let mut run = text.chars().rev().take_while(|c| is_joined(*c));
        // The last character of a run is a word of its own where the run ends; where it goes on, it is not.
        let is_begin = match (run.next(), run.next()) {
            (Some(_), Some(_)) => {
                found.pop();
                false
            }
            (Some(_), None) => true,
            _ => is_begin,
        };
        // Of a long word the index has the beginning, and not all of it.
        if let Some(last) = found.last_mut().filter(|_| is_begin) {
            *last = begin_of(last).to_owned();
        }
        (!found.is_empty()).then_some(Self { words: found, is_begin, is_without })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let term = |term: &SearchTerm| {
            let without = if term.is_without { "-" } else { "" };
            let star = if term.is_begin { "*" } else { "" };
            format!("{without}{}{star}", term.words.join(" "))
        };
        match SearchQuery::read(text) {
            Ok(query) => query.terms.iter().map(term).collect::<Vec<_>>().join(" | "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_search_is_read_as_it_is_meant() {
        assert_eq!(read("mend Döor"), "mend | door");
        assert_eq!(read(r#""mend the door" -window hing*"#), "mend the door | -window | hing*");
        assert_eq!(read(r#""mend the do"* foo-bar AND"#), "mend the do* | foo bar | and");
        assert_eq!(read("認証エ"), "認証 証エ");
        assert_eq!(read("扉"), "扉*");
        assert_eq!(read("login画面"), "login 画面");
        assert_eq!(read("\"認証 エラー\""), "認証 証 エラ ラー");
        assert_eq!(read(r#""no end"#), "search: a phrase has no end: add a `\"` at its end");
        assert_eq!(read("-window"), "search: there are only words to leave out: add one to look for");
        assert_eq!(
            read(" *?! "),
            "search: there is no word in it: letters and digits are looked for, signs are not"
        );
    }
}
