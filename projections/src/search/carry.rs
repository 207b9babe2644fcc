//! Where two pieces of an output meet: a word that was cut there is one word, and a phrase is one phrase.

use super::plain::{plain, unfinished};
use super::words::is_of_word;

/// Characters of a word that go on in the next piece, at most.
const CARRIED_MAX: usize = 64;
/// Bytes at the end of a piece in which words are looked for: their letters may be coloured one by one.
const TAIL_MAX: usize = 512;

/// What the pieces of an output end with, as far as a phrase, a word or an escape sequence may go on from there. The same of
/// all pieces as of their last one after the tail of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChunkCarry(String);

impl ChunkCarry {
    /// Goes on with a piece.
    pub(super) fn push(&mut self, piece: &str) {
        self.0.push_str(end(piece));
        let begin = self.0.len() - end(&self.0).len();
        self.0.drain(..begin);
    }

    /// Goes back by a piece, and returns whether those before may say more.
    pub(super) fn push_before(&mut self, piece: &str) -> bool {
        let before = end(piece);
        let is_whole = before.len() == piece.len();
        self.0.insert_str(0, before);
        let begin = self.0.len() - end(&self.0).len();
        self.0.drain(..begin);
        is_whole && begin == 0
    }

    /// Returns the part of a word that it ends with, and the escape sequence that is cut after it.
    fn carried(&self) -> String {
        let cut = unfinished(&self.0).unwrap_or_default();
        let whole = plain(&self.0[..self.0.len() - cut.len()]);
        let word = whole.char_indices().rev().take(CARRIED_MAX).take_while(|(_, c)| is_of_word(*c));
        let begin = word.last().map_or(whole.len(), |(at, _)| at);
        format!("{}{cut}", &whole[begin..])
    }

    /// Returns a piece, as it is read, after the words that it ends with, and how many bytes of that are of these. `None` where
    /// there is nothing before it.
    pub(super) fn after_words(&self, piece: &str) -> Option<(String, usize)> {
        let cut = unfinished(&self.0).unwrap_or_default();
        let mut whole = plain(&self.0[..self.0.len() - cut.len()]).into_owned();
        // Of a word that begins before the tail only the end is known.
        if self.0.len() + char::MAX.len_utf8() > TAIL_MAX {
            let begin = whole.find(|c| !is_of_word(c)).unwrap_or(whole.len());
            whole.drain(..begin);
        }
        let before = whole.len();
        whole.push_str(&plain(&format!("{cut}{piece}")));
        (!self.0.is_empty()).then_some((whole, before))
    }

    /// Returns a piece after what it ends with, where a word goes on.
    pub(super) fn joined(&self, piece: &str) -> Option<String> {
        joined(&self.carried(), piece)
    }
}

/// Returns the end of a text: not more than `TAIL_MAX` bytes.
fn end(text: &str) -> &str {
    let mut begin = text.len().saturating_sub(TAIL_MAX);
    while !text.is_char_boundary(begin) {
        begin += 1;
    }
    &text[begin..]
}

fn joined(carried: &str, piece: &str) -> Option<String> {
    if carried.is_empty() {
        return None;
    }
    let both = format!("{carried}{piece}");
    let word = plain(carried);
    // A piece that begins a word of its own does not repeat the one before.
    let goes_on = plain(&both).chars().nth(word.chars().count()).is_some_and(is_of_word);
    (goes_on || unfinished(carried).is_some()).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_goes_on_in_the_next_piece() {
        let both = |one: &str, other: &str| {
            let mut tail = ChunkCarry::default();
            tail.push(one);
            tail.joined(other).map(|text| plain(&text).into_owned())
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(both("thread 'main' pan", "icked at"), some("panicked at"));
        assert_eq!(both("pan", " icked"), None);
        assert_eq!(both("pan ", "icked"), None);
        assert_eq!(both("", "icked"), None);
        assert_eq!(both("認証", "エラー"), some("認証エラー"));
        assert_eq!(both("a \u{1b}[31mer", "\u{1b}[1mror"), some("error"));
        assert_eq!(both("a \u{1b}[3", "1merror"), some("error"));
        assert_eq!(both("er\u{1b}", "[0mror!"), some("error!"));
        assert_eq!(both(&"x".repeat(100), "y"), some(&format!("{}y", "x".repeat(CARRIED_MAX))));
        assert_eq!(both("-- ", "--"), None);
    }

    #[test]
    fn a_piece_follows_the_words_before_it() {
        let after = |one: &str, other: &str| {
            let mut tail = ChunkCarry::default();
            tail.push(one);
            tail.after_words(other)
                .map(|(both, before)| (both[..before].to_owned(), both[before..].to_owned()))
        };
        let some = |one: &str, other: &str| Some((one.to_owned(), other.to_owned()));
        assert_eq!(after("", "x"), None);
        assert_eq!(after("the door\nof \u{1b}[3", "1mred\u{1b}[0m"), some("the door\nof ", "red"));
        let long = format!("{} end ", "x".repeat(600));
        assert_eq!(after(&long, "y"), some(" end ", "y"));
    }

    #[test]
    fn a_tail_is_the_same_from_either_side() {
        let pieces =
            ["one\ntwo", " thr", "", "扉扉", "ee\u{1b}[3", &"x".repeat(600), "é", "1mred\n", "ab", "c"];
        for from in 0..pieces.len() {
            for to in from..=pieces.len() {
                let (mut forth, mut back) = (ChunkCarry::default(), ChunkCarry::default());
                pieces[from..to].iter().for_each(|piece| forth.push(piece));
                let mut so_far = pieces[from..to].iter().rev();
                while so_far.next().is_some_and(|piece| back.push_before(piece)) {}
                assert_eq!(forth, back, "{from}..{to}");
            }
        }
    }
}
