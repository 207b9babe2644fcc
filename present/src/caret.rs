//! Where in a text something is wrong, shown.

use retold_travel::Error;
use unicode_width::UnicodeWidthStr;

use crate::Failure;

/// Returns what a person is told about an expression over a session that cannot be asked, with the place in it.
pub fn of_expression(error: Error, expression: &str) -> Failure {
    let offset = match &error {
        Error::Sql { offset, .. } => *offset,
        _ => None,
    };
    let failure = Failure::from(error);
    let failure = match expression.trim().is_empty() {
        true => {
            failure.hint("an expression is SQL over the session: status = 'completed', message_count > 10")
        }
        false => failure,
    };
    let lines = offset.and_then(|offset| caret(expression, offset));
    lines.into_iter().fold(failure, Failure::detail)
}

/// Returns the line of the query that holds the byte `offset`, and a caret under it.
pub fn caret(query: &str, offset: usize) -> Option<[String; 2]> {
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
        assert_eq!(caret("select\n\t漢, form x", 11).unwrap(), [" 漢, form x", "   ^"]);
        assert_eq!(caret("select", 6).unwrap(), ["select", "      ^"]);
        assert_eq!(caret("select", 7), None);
    }
}
