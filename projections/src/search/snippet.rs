//! The part of a text that a search has found.

use super::plain::plain;
use super::words::is_joined;

/// Some of a text, in pieces that were looked for and pieces around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet(pub Vec<(String, bool)>);

/// Characters that are shown before the first find, and in all.
const BEFORE: usize = 24;
const LENGTH: usize = 120;
/// Characters that are looked through; after them, the beginning of the text has to do.
const LOOKED_MAX: usize = 400_000;

impl Snippet {
    /// Returns the text with the finds between marks.
    pub fn marked(&self, before: &str, behind: &str) -> String {
        let piece = |(text, is_find): &(String, bool)| match is_find {
            true => format!("{before}{text}{behind}"),
            false => text.clone(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether it shows something that was looked for.
    pub(super) fn has_find(&self) -> bool {
        self.0.iter().any(|(_, is_find)| *is_find)
    }

    /// Cuts the part of `text` around the first of `needles`, which are in lower case.
    pub(super) fn of(text: &str, needles: &[String]) -> Self {
        let chars: Vec<char> = plain(text).chars().take(LOOKED_MAX).collect();
        let lower: Vec<char> = chars.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
        let needles: Vec<Vec<char>> = needles.iter().map(|needle| needle.chars().collect()).collect();
        let first = (0..lower.len()).find(|at| find(&lower, *at, &needles).is_some()).unwrap_or(0);
        let begin = first.saturating_sub(BEFORE);
        let end = (begin + LENGTH).min(chars.len());
        let mut pieces: Vec<(String, bool)> = Vec::new();
        let mut push = |text: String, is_find: bool| match pieces.last_mut() {
            Some((last, kind)) if *kind == is_find => last.push_str(&text),
            _ => pieces.push((text, is_find)),
        };
        if begin > 0 {
            push("…".to_owned(), false);
        }
        let mut at = begin;
        while at < end {
            let length = find(&lower, at, &needles).unwrap_or(0).min(end - at);
            let one = |c: &char| if c.is_whitespace() { ' ' } else { *c };
            push(chars[at..at + length.max(1)].iter().map(one).collect(), length > 0);
            at += length.max(1);
        }
        if end < chars.len() || chars.len() == LOOKED_MAX {
            push("…".to_owned(), false);
        }
        Self(pieces)
    }
}

/// Returns the length of the needle that is here, at the beginning of a word or within a run without spaces.
fn find(text: &[char], at: usize, needles: &[Vec<char>]) -> Option<usize> {
    let begins = at == 0 || !text[at - 1].is_alphanumeric() || is_joined(text[at]);
    let mut lengths = needles.iter().filter_map(|needle| length(&text[at..], needle).filter(|_| begins));
    lengths.next().filter(|length| *length > 0)
}

/// Returns how much of the beginning of a text a needle is. What is between its words may be anything but a word.
fn length(text: &[char], needle: &[char]) -> Option<usize> {
    let (mut at, mut of_needle) = (0, needle.iter().peekable());
    while let Some(c) = of_needle.next() {
        let here = text.get(at)?;
        if c.is_alphanumeric() {
            if here != c {
                return None;
            }
            at += 1;
            continue;
        }
        while of_needle.next_if(|c| !c.is_alphanumeric()).is_some() {}
        let between = text[at..].iter().take_while(|c| !c.is_alphanumeric()).count();
        if between == 0 {
            return None;
        }
        at += between;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_find_is_marked_where_it_stands() {
        let marked = |text: &str, needle: &str| Snippet::of(text, &[needle.to_owned()]).marked("[", "]");
        assert_eq!(marked("Mend the door\nand the indoor", "door"), "Mend the [door] and the indoor");
        assert_eq!(marked("この認証エラーは", "証エ"), "この認[証エ]ラーは");
        assert_eq!(marked("at src/main.rs:7", "src main rs"), "at [src/main.rs]:7");
        assert_eq!(marked("the  doors; the\n(door)", "the door)"), "the  doors; [the (door)]");
        let long = format!("{}needle{}", "x ".repeat(100), " y".repeat(100));
        let cut = marked(&long, "needle");
        assert!(cut.starts_with('…') && cut.ends_with('…') && cut.contains("[needle]"), "{cut}");
        assert_eq!(marked("nothing here", "zzz"), "nothing here");
    }
}
