//! Where in a text something is wrong, shown.

use unicode_width::UnicodeWidthStr;

/// Returns the line of the query that holds the byte `offset`, and a caret under it.
pub(crate) fn place(query: &str, offset: usize) -> Option<[String; 2]> {
    let (before, _) = query.split_at_checked(offset)?;
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = query[begin..].lines().next()?.replace('\t', " ");
    Some([line, format!("{}^", " ".repeat(query[begin..offset].replace('\t', " ").width()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(place("select\n\t漢, form x", 11).unwrap(), [" 漢, form x", "   ^"]);
        assert_eq!(place("select", 6).unwrap(), ["select", "      ^"]);
        assert_eq!(place("select", 7), None);
    }
}
