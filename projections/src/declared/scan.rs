//! The tokens of a declaration that matter here: comments, parameters, the ends of statements.

/// A piece of SQL text that is looked at; everything else is SQLite's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A comment that begins with two hyphens, without them.
    Comment(&'t str),
    /// A parameter, with its mark.
    Parameter(&'t str),
    /// A text in single quotes, with them.
    Literal(&'t str),
    /// The end of a statement.
    End,
    /// Something that SQLite reads.
    Other,
}

/// Goes through a text, token by token; each comes with its place in bytes.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Moves on after the next `end`, or to the end of the text.
    fn skip_past(&mut self, end: &str) {
        self.at = self.text[self.at..].find(end).map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// Moves on after a quoted piece; its quote, doubled, stands for itself, and so makes two pieces of it.
    fn skip_quoted(&mut self, quote: &str) {
        self.at += 1;
        self.skip_past(quote);
    }

    fn skip_name(&mut self) {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let length = self.text[self.at..].find(|c| !is_name(c)).unwrap_or(self.text.len() - self.at);
        self.at += length;
    }
}

impl<'t> Iterator for Scan<'t> {
    type Item = (usize, Token<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let space = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += space;
        let begin = self.at;
        let token = match self.rest() {
            [] => return None,
            [b'-', b'-', ..] => {
                let end = self.text[begin..].find('\n').map_or(self.text.len(), |end| begin + end);
                self.at = end;
                Token::Comment(self.text[begin + 2..end].trim_end_matches('\r'))
            }
            [b'/', b'*', ..] => {
                self.at += 2;
                self.skip_past("*/");
                Token::Other
            }
            [b'\'', ..] => {
                self.skip_quoted("'");
                Token::Literal(&self.text[begin..self.at])
            }
            [quote @ (b'"' | b'`'), ..] => {
                self.skip_quoted(if *quote == b'"' { "\"" } else { "`" });
                Token::Other
            }
            [b'[', ..] => {
                self.skip_past("]");
                Token::Other
            }
            [b';', ..] => {
                self.at += 1;
                Token::End
            }
            [b':' | b'@' | b'$' | b'?' | b'#', ..] => {
                self.at += 1;
                self.skip_name();
                Token::Parameter(&self.text[begin..self.at])
            }
            _ => {
                self.skip_name();
                if self.at == begin {
                    self.at += self.text[begin..].chars().next().map_or(1, char::len_utf8);
                }
                Token::Other
            }
        };
        Some((begin, token))
    }
}

/// Returns where the first statement of a text ends, after its semicolon; `None` where none ends in it. A semicolon inside a text, a
/// quoted name or a comment ends nothing. O(bytes).
pub fn statement_end(text: &str) -> Option<usize> {
    Scan::new(text).find(|(_, token)| *token == Token::End).map(|(at, _)| at + 1)
}

/// Returns whether a text of SQL holds nothing but comments, white space and semicolons.
pub fn is_blank_sql(text: &str) -> bool {
    let is_comment = |at: usize| text[at..].starts_with("--") || text[at..].starts_with("/*");
    Scan::new(text).all(|(at, token)| token == Token::End || is_comment(at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_ends_at_a_semicolon_that_sql_reads() {
        for (text, end) in [
            ("select 1; select 2", Some(9)),
            ("select ';', \";\", `;`, [;] -- ;\n /* ; */ ; x", Some(41)),
            ("select 'it''s; ' ;", Some(18)),
            ("select 1", None),
            ("select ';", None),
            ("", None),
        ] {
            assert_eq!(statement_end(text), end, "{text}");
        }
        for (text, is_blank) in [(" ; -- x\n /* y */ ;", true), ("", true), ("- 1", false), ("select", false)]
        {
            assert_eq!(is_blank_sql(text), is_blank, "{text}");
        }
    }

    fn marked(text: &str) -> Vec<Token<'_>> {
        Scan::new(text).map(|(_, token)| token).filter(|token| *token != Token::Other).collect()
    }

    #[test]
    fn what_stands_in_quotes_and_comments_is_no_token() {
        let text = "select ':a; --b', \"c;:d\", `e;`, [f;:g], /* ; :h */ :i -- on: x\n; 'it''s;'";
        assert_eq!(
            marked(text),
            [
                Token::Literal("':a; --b'"),
                Token::Parameter(":i"),
                Token::Comment(" on: x"),
                Token::End,
                Token::Literal("'it'"),
                Token::Literal("'s;'"),
            ]
        );
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn every_text_comes_to_an_end(text in "\\PC{0,40}|[-'\"\\[\\]/*:;a\n]{0,40}") {
            let mut last = None;
            for (at, _) in Scan::new(&text) {
                prop_assert!(last.is_none_or(|last| at > last) && text.is_char_boundary(at));
                last = Some(at);
            }
        }
    }
}
