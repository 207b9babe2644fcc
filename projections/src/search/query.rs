//! What is looked for, as a person writes it.

use super::cut::{cut, is_joined};
use crate::Error;

/// A search that was read: words that must all be there, `"a phrase"`, `begin*`, and `-without`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// In FTS5's own language: every term quoted.
    pub(super) fts: String,
    /// What to mark in a snippet, in lower case.
    pub(super) needles: Vec<String>,
}

struct Term {
    text: String,
    is_begin: bool,
    is_without: bool,
}

const TERMS_MAX: usize = 64;

impl SearchQuery {
    /// Reads a search.
    ///
    /// # Errors
    /// [`Error::Search`] with what is wrong, and what could be written instead.
    pub fn read(text: &str) -> Result<Self, Error> {
        let terms = terms(text)?;
        let refused = |message: &str| Err(Error::Search { message: message.to_owned() });
        if terms.len() > TERMS_MAX {
            return refused("there are more than 64 words in it");
        }
        let (without, with): (Vec<&Term>, Vec<&Term>) = terms.iter().partition(|term| term.is_without);
        if with.is_empty() && !without.is_empty() {
            return refused("there are only words to leave out: add one to look for");
        }
        if with.is_empty() {
            return refused("there is no word in it: letters and digits are looked for, signs are not");
        }
        let all = |terms: &[&Term], between: &str| -> String {
            terms.iter().map(|term| term.fts()).collect::<Vec<_>>().join(between)
        };
        let mut fts = all(&with, " AND ");
        if !without.is_empty() {
            fts = format!("({fts}) NOT ({})", all(&without, " OR "));
        }
        let needles = with.iter().map(|term| term.text.to_lowercase()).collect();
        Ok(Self { fts, needles })
    }

    /// Returns it in FTS5's language, among the texts that have these marks.
    pub(super) fn among(&self, marks: &[String]) -> String {
        let marks: String = marks.iter().map(|mark| format!("marks : \"{mark}\" AND ")).collect();
        format!("{marks}text : ({})", self.fts)
    }
}

fn terms(text: &str) -> Result<Vec<Term>, Error> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let is_without = rest.starts_with('-');
        rest = rest.strip_prefix('-').unwrap_or(rest);
        let (term, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| Error::Search {
                message: "a phrase has no end: put a `\"` behind it".to_owned(),
            })?,
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        let star = behind.strip_prefix('*').filter(|_| !term.ends_with('*'));
        let is_begin = star.is_some() || term.ends_with('*');
        let term = term.trim_end_matches('*').trim_matches(|c: char| !c.is_alphanumeric());
        if !term.is_empty() {
            terms.push(Term { text: term.to_owned(), is_begin, is_without });
        }
        rest = star.unwrap_or(behind).trim_start();
    }
    Ok(terms)
}

impl Term {
    /// Whatever is in quotes is a row of words to FTS5: <https://sqlite.org/fts5.html#fts5_phrases>.
    fn fts(&self) -> String {
        let cut = cut(&self.text);
        let mut run = self.text.chars().rev().take_while(|c| is_joined(*c));
        // The last character of a run is a word of its own where the run ends; where it goes on, it is not.
        let (words, star) = match (run.next(), run.next()) {
            (Some(_), Some(_)) => (cut.rsplit_once(' ').map_or(&*cut, |(before, _)| before), false),
            (Some(_), None) => (&*cut, true),
            _ => (&*cut, self.is_begin),
        };
        format!("\"{}\"{}", words.replace('"', " "), if star { " *" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fts(text: &str) -> String {
        SearchQuery::read(text).map_or_else(|error| error.to_string(), |query| query.fts)
    }

    #[test]
    fn a_search_is_read_as_it_is_meant() {
        assert_eq!(fts("mend door"), r#""mend" AND "door""#);
        assert_eq!(
            fts(r#""mend the door" -window hing*"#),
            r#"("mend the door" AND "hing" *) NOT ("window")"#
        );
        assert_eq!(fts("foo-bar AND"), r#""foo-bar" AND "AND""#);
        assert_eq!(fts("認証エ"), r#"" 認証 証エ""#);
        assert_eq!(fts("扉"), r#"" 扉" *"#);
        assert_eq!(fts(r#""no end"#), "search: a phrase has no end: put a `\"` behind it");
        assert_eq!(fts("-window"), "search: there are only words to leave out: add one to look for");
        assert_eq!(
            fts(" *?! "),
            "search: there is no word in it: letters and digits are looked for, signs are not"
        );
    }
}
