//! Texts that are cut to a width.

use unicode_width::UnicodeWidthStr;

/// Returns the first `characters` of a text: joined emoji may be narrow, but never so narrow.
pub(super) fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters.saturating_mul(8)).map_or(text, |(end, _)| &text[..end])
}

/// Cuts a text to a width, with `…` at its end.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        // Of all so far, for some characters widen the one before them.
        if kept.width() + 1 > width {
            kept.pop();
            break;
        }
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// Cuts a path to a width at its beginning, for its end tells files apart.
pub(crate) fn cut_path(path: &str, width: usize) -> String {
    if path.width() <= width {
        return path.to_owned();
    }
    let mut ends = path.char_indices().map(|(begin, _)| &path[begin..]).chain([""]);
    let kept = ends.find(|end| end.width() < width);
    kept.map_or_else(String::new, |end| format!("…{end}"))
}
