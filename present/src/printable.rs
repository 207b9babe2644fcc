//! Text from a store, made harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns `text` with everything that would steer a terminal, or hide in it, as a visible escape.
///
/// Agents' output is full of escape sequences, and some of it is hostile: `ESC ] 0 ;` renames the window, a
/// right-to-left override turns a file name around.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\0' => shown.push_str("\\0"),
            character if steers(character) => {
                let _infallible = write!(shown, "\\u{{{:x}}}", u32::from(character));
            }
            character => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Returns whether a character does something else than show itself.
///
/// The zero-width joiner stays: it holds emoji together.
pub fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_itself() {
        for text in ["", "mend the door", "漢字かな", "👩‍🔧 é", "C:\\new"] {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("\x1b[31mred\x1b]0;title\x07"), r"\u{1b}[31mred\u{1b}]0;title\u{7}");
        assert_eq!(printable("a\u{9b}2Jb\u{7f}"), r"a\u{9b}2Jb\u{7f}");
        assert_eq!(printable("one\r\ntwo\tthree\0"), r"one\r\ntwo\tthree\0");
        assert_eq!(printable("\u{202e}gpj.exe\u{2066}"), r"\u{202e}gpj.exe\u{2066}");
    }

    #[test]
    fn what_is_printable_stays_so() {
        let every: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        assert!(!printable(&every).chars().any(steers));
    }
}
