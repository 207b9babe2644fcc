//! Answers as JSON.

use std::io::{Result, Write};

use super::{AsOf, Value, render};
use crate::printable::steers;

/// Begins an answer; each row follows on a line of its own.
pub(super) fn begin(out: &mut dyn Write, as_of: AsOf) -> Result<()> {
    write!(out, "{{\"as_of\":{},\"rows\":[", serde_json::to_string(&as_of)?)
}

/// Writes a row of an answer.
pub(super) fn row(out: &mut dyn Write, columns: &[String], row: &[Value], is_first: bool) -> Result<()> {
    out.write_all(if is_first { b"\n" } else { b",\n" })?;
    out.write_all(object(columns.iter().map(String::as_str).zip(row)).as_bytes())
}

/// Ends an answer.
pub(super) fn end(out: &mut dyn Write, facts: &[(&str, Value)]) -> Result<()> {
    out.write_all(b"\n]")?;
    if !facts.is_empty() {
        let facts = object(facts.iter().map(|(name, value)| (*name, value)));
        write!(out, ",{}", &facts[1..facts.len() - 1])?;
    }
    out.write_all(b"}\n")
}

/// Writes a row as an object on a line of its own.
pub(crate) fn line(out: &mut dyn Write, columns: &[String], row: &[Value]) -> Result<()> {
    writeln!(out, "{}", object(columns.iter().map(String::as_str).zip(row)))
}

/// Writes an object on one line.
pub(super) fn object<'a>(members: impl Iterator<Item = (&'a str, &'a Value)>) -> String {
    let mut text = String::from("{");
    for (name, value) in members {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(name));
        text.push(':');
        text.push_str(&written(value));
    }
    text.push('}');
    harmless(text)
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => quoted(text),
        Value::Instant(_) | Value::Hex(_) | Value::Marked(_) | Value::Toned(..) | Value::Called(_) => {
            quoted(&render::full(value))
        }
        value => render::full(value),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Escapes what a terminal would act upon and JSON lets pass. Such characters are in strings only, so the value
/// stays the same; a line end is never in a string.
pub(crate) fn harmless(text: String) -> String {
    let steers = |character| character != '\n' && steers(character);
    if !text.chars().any(steers) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_is_read_back_as_it_was() {
        let hostile = "a\u{9b}2J\x1b[1m\u{202e}\0\u{e0041}\"\\ é";
        let text = object([("text", &Value::from(hostile))].into_iter());
        assert!(!text.chars().any(steers));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back["text"], hostile);
    }
}
