//! Answers as CSV.

use std::io::{Result, Write};

use super::{Value, render};
use crate::printable::printable;

pub(crate) fn header(out: &mut dyn Write, columns: &[String], harmless: bool) -> Result<()> {
    record(out, columns.iter().cloned(), harmless)
}

pub(crate) fn row(out: &mut dyn Write, row: &[Value], harmless: bool) -> Result<()> {
    record(out, row.iter().map(render::full), harmless)
}

/// Writes one record. A file gets every byte, a terminal the harmless form of it.
fn record(out: &mut dyn Write, fields: impl Iterator<Item = String>, harmless: bool) -> Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(1024)
        .from_writer(Vec::with_capacity(256));
    for field in fields {
        if harmless {
            writer.write_field(printable(&field).as_bytes())?;
        } else {
            writer.write_field(&field)?;
        }
    }
    writer.write_record(None::<&[u8]>)?;
    out.write_all(&writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fields: &[&str], harmless: bool) -> String {
        let mut out = Vec::new();
        record(&mut out, fields.iter().map(|field| (*field).to_owned()), harmless).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_quoted_as_rfc_4180_has_it() {
        assert_eq!(
            written(&["a", "b,c", "say \"so\"", "two\nlines"], false),
            "a,\"b,c\",\"say \"\"so\"\"\",\"two\nlines\"\r\n"
        );
        assert_eq!(written(&[""], false), "\"\"\r\n");
    }

    #[test]
    fn a_terminal_gets_no_escape_sequence() {
        assert_eq!(written(&["\x1b[2J"], true), "\\u{1b}[2J\r\n");
        assert_eq!(written(&["\x1b[2J"], false), "\x1b[2J\r\n");
    }
}
