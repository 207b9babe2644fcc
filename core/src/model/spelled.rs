//! How the texts of other programs' records are written.

/// How a text is spelled inside a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// As the inside of a JSON string, the way JavaScript and `serde_json` write it: nothing is escaped that need not be.
    Json,
    /// The same, with everything but ASCII as `\uXXXX`, the way Python writes it.
    JsonAscii,
    /// The same as `Json`, with `<`, `>`, `&`, U+2028 and U+2029 escaped, the way Go writes it.
    JsonHtml,
}

impl Spelling {
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Json, Self::JsonAscii, Self::JsonHtml];

    /// Writes a text the way it is spelled.
    pub fn write(self, text: &str, into: &mut Vec<u8>) {
        if self == Self::Plain {
            return into.extend_from_slice(text.as_bytes());
        }
        let (mut whole, mut ahead) = (0, 0);
        // Most letters are written as they are.
        while let Some(found) = text.as_bytes()[ahead..].iter().position(|byte| self.may_escape(*byte)) {
            let at = ahead + found;
            let Some(letter) = text[at..].chars().next() else { break };
            ahead = at + letter.len_utf8();
            let escaped = match letter {
                '"' => Some("\\\""),
                '\\' => Some("\\\\"),
                '\u{8}' => Some("\\b"),
                '\u{c}' => Some("\\f"),
                '\n' => Some("\\n"),
                '\r' => Some("\\r"),
                '\t' => Some("\\t"),
                _ => None,
            };
            let is_by_number = escaped.is_none()
                && match letter {
                    '\0'..='\u{1f}' => true,
                    '<' | '>' | '&' => self == Self::JsonHtml,
                    '\u{2028}' | '\u{2029}' => self != Self::Json,
                    letter => self == Self::JsonAscii && !letter.is_ascii(),
                };
            if escaped.is_none() && !is_by_number {
                continue;
            }
            into.extend_from_slice(&text.as_bytes()[whole..at]);
            whole = ahead;
            match escaped {
                Some(escaped) => into.extend_from_slice(escaped.as_bytes()),
                None => {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        into.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                    }
                }
            }
        }
        into.extend_from_slice(&text.as_bytes()[whole..]);
    }

    /// Whether a letter that begins with this byte may have to be escaped.
    const fn may_escape(self, byte: u8) -> bool {
        match byte {
            0..=0x1f | b'"' | b'\\' => true,
            b'<' | b'>' | b'&' => matches!(self, Self::JsonHtml),
            // U+2028 and U+2029 begin with it.
            0xe2 => !matches!(self, Self::Json),
            0xc0.. => matches!(self, Self::JsonAscii),
            _ => false,
        }
    }

    /// Returns how a text is spelled where it is written as `spelled`; `None` where no way gives these bytes.
    pub fn of(text: &str, spelled: &[u8]) -> Option<Self> {
        let mut written = Vec::with_capacity(spelled.len());
        [Self::Json, Self::JsonAscii, Self::JsonHtml].into_iter().find(|spelling| {
            written.clear();
            spelling.write(text, &mut written);
            written == spelled
        })
    }
}
