//! A terminal's text without what moves its cursor and colours it.

use std::borrow::Cow;

const ESCAPE: char = '\u{1b}';
/// No sequence of a terminal is longer; after that, an escape was an escape and nothing more.
const SEQUENCE_MAX: usize = 512;

/// Returns the text without escape sequences: a word that is coloured is a word all the same. A text that has none is
/// returned as it is.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(ESCAPE) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(sequence) = rest.strip_prefix(ESCAPE) {
        let is_cut = sequence.len() < SEQUENCE_MAX;
        let behind = &sequence[length(sequence).unwrap_or(if is_cut { sequence.len() } else { 0 })..];
        let end = behind.find(ESCAPE).unwrap_or(behind.len());
        out.push_str(&behind[..end]);
        rest = &behind[end..];
    }
    Cow::Owned(out)
}

/// Returns the escape sequence that a text ends in the middle of; the next piece of the output may end it.
pub(super) fn unfinished(text: &str) -> Option<&str> {
    let begin = text.rfind(ESCAPE)?;
    let sequence = &text[begin + ESCAPE.len_utf8()..];
    (sequence.len() < SEQUENCE_MAX && length(sequence).is_none()).then(|| &text[begin..])
}

/// Returns how long a sequence is after its escape; `None` where it has no end. ECMA-48, as xterm understands it:
/// <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>.
fn length(sequence: &str) -> Option<usize> {
    let bytes = &sequence.as_bytes()[..sequence.len().min(SEQUENCE_MAX)];
    let behind = |at: Option<usize>| at.map(|at| at + 1);
    match bytes.first()? {
        // Its parameters, and the letter that ends it.
        b'[' => {
            let ends = |byte: &u8| !matches!(byte, b' '..=b'?');
            let end = behind(bytes[1..].iter().position(ends))?;
            // What may not be in one breaks it off, and is text.
            Some(if matches!(bytes[end], b'@'..=b'~') { end + 1 } else { end })
        }
        // A title or a link, up to a bell or ESC \.
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let end = bytes.iter().position(|byte| matches!(byte, 0x07 | 0x1b | b'\n'))?;
            match (bytes[end], bytes.get(end + 1)) {
                (0x07, _) => Some(end + 1),
                (0x1b, Some(b'\\')) => Some(end + 2),
                (0x1b, None) => None,
                _ => Some(end),
            }
        }
        b' '..=b'/' => behind(bytes.iter().position(|byte| !matches!(byte, b' '..=b'/'))),
        b'0'..=b'~' => Some(1),
        _ => Some(0),
    }
    .filter(|length| sequence.is_char_boundary(*length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coloured_word_is_a_word() {
        assert_eq!(plain("plain"), "plain");
        assert_eq!(plain("a \u{1b}[1m\u{1b}[38;5;9merror\u{1b}[0m: no"), "a error: no");
        assert_eq!(
            plain("\u{1b}]8;;https://a.b\u{1b}\\link\u{1b}]8;;\u{7} \u{1b}(Bx\u{1b}=y\u{1b}7z"),
            "link xyz"
        );
        assert_eq!(plain("\u{1b}]0;never ends\nword \u{1b}[3\nword \u{1b}扉 \u{1b}"), "\nword \nword 扉 ");
        assert_eq!(plain("\u{1b}[3扉 \u{1b}[3"), "扉 ");
        let endless = format!("\u{1b}]{}", "x".repeat(SEQUENCE_MAX));
        assert_eq!(plain(&endless), endless[1..]);
    }

    #[test]
    fn a_sequence_that_is_cut_waits_for_its_end() {
        for (text, end) in [
            ("error", None),
            ("\u{1b}[31merror", None),
            ("err\u{1b}[3", Some("\u{1b}[3")),
            ("err\u{1b}", Some("\u{1b}")),
            ("\u{1b}]8;;https://a", Some("\u{1b}]8;;https://a")),
            ("\u{1b}(", Some("\u{1b}(")),
        ] {
            assert_eq!(unfinished(text), end, "{text:?}");
        }
    }
}
