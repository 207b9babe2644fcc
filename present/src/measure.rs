//! Numbers, sizes and texts at the length that people read.

use unicode_width::UnicodeWidthStr;

/// Returns a number of things, one of which is called `one`.
pub fn counted(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// Returns a number of bytes, for a person, in the largest unit of which there is at least one.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (u128::from(bytes) * 10 / 1024, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// Cuts a text to a width, with `…` at its end.
pub fn cut(text: &str, width: usize) -> String {
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
pub fn cut_path(path: &str, width: usize) -> String {
    if path.width() <= width {
        return path.to_owned();
    }
    let mut ends = path.char_indices().map(|(begin, _)| &path[begin..]).chain([""]);
    let kept = ends.find(|end| end.width() < width);
    kept.map_or_else(String::new, |end| format!("…{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let shown = [0, 1023, 1024, 1536, 1_048_575, 1_048_576, u64::MAX].map(size);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1023.9 KiB", "1.0 MiB", "16383.9 PiB"]);
    }

    #[test]
    fn the_end_of_a_path_is_kept() {
        assert_eq!(cut_path("a/b/c.jsonl", 11), "a/b/c.jsonl");
        assert_eq!(cut_path("a/b/c.jsonl", 9), "…/c.jsonl");
        assert_eq!(cut_path("猫/猫.json", 7), "….json");
        assert_eq!((cut_path("abc", 1), cut_path("abc", 0)), ("…".to_owned(), String::new()));
    }

    #[test]
    fn a_wide_character_is_never_halved() {
        assert_eq!(cut("扉を直す", 8), "扉を直す");
        assert_eq!(cut("扉を直す", 7), "扉を直…");
        assert_eq!(cut("扉を直す", 6), "扉を…");
    }
}
