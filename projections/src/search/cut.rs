//! Texts cut for the index, documents and questions alike.
//!
//! Words are cut by FTS5. Japanese, Chinese and Korean text has no spaces to cut at: of a run of its characters every two
//! neighbours are a word, and the last one alone; so that any part of the run is a row of words.

use std::borrow::Cow;

/// Returns the text with every run of such characters cut; a text without one is returned as it is.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    // No such character has fewer than three bytes, the first from E1 on.
    if !text.bytes().any(|byte| byte >= 0xE1) || !text.chars().any(is_joined) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() * 3);
    let mut before: Option<char> = None;
    for c in text.chars() {
        match (before, is_joined(c)) {
            (Some(first), true) => {
                out.extend([' ', first, c]);
                before = Some(c);
            }
            (Some(last), false) => {
                out.extend([' ', last, ' ', c]);
                before = None;
            }
            (None, true) => before = Some(c),
            (None, false) => out.push(c),
        }
    }
    if let Some(last) = before {
        out.extend([' ', last]);
    }
    Cow::Owned(out)
}

/// Whether a character is in a run without spaces: kana, Han, Hangul.
pub(super) fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{3096}'
        | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}'
        | '\u{3105}'..='\u{312F}'
        | '\u{3131}'..='\u{318E}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9D}'
        | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_cut_and_words_are_left() {
        assert_eq!(cut("café au lait"), "café au lait");
        assert_eq!(cut("扉"), " 扉");
        assert_eq!(cut("認証エラー!"), " 認証 証エ エラ ラー ー !");
        assert_eq!(cut("ログインlogin"), " ログ グイ イン ン login");
    }
}
