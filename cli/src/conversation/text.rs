//! Long texts below a speaker or a call: whole, or their two ends.

use std::borrow::Cow;

use retold_core::{Reader, Revision};
use retold_travel::conversation::Excerpt;

use super::{INDENT, Look, Rest};
use crate::failure::Failure;
use crate::output::{counted, size};
use crate::styled::{Line, Paper, Rows, Tone};

/// Lines of an output that are shown of each end.
const ENDS: usize = 4;

/// Writes lines as they are.
pub(super) fn lines(out: &mut dyn Rows, text: &str, tone: Tone, indent: &str, paper: Paper) {
    for line in text.lines() {
        paper.write(out, &Line::of(line.replace('\t', "    "), tone), indent, "");
    }
}

/// Says how much is not shown, and how to see it.
pub(super) fn left_out(out: &mut dyn Rows, bytes: u64, revision: Revision, indent: &str, look: &Look) {
    let rest = match &look.rest {
        // It is open already: the rest is too long for a screen.
        Rest::Key(_) if look.is_full => "c copies the command that shows it".to_owned(),
        _ => look.rest(revision),
    };
    let line = format!("… {} more: {rest}", size(bytes));
    look.paper.write(out, &Line::of(line, Tone::Aside), indent, INDENT);
}

/// Writes the first and the last lines of a text, and between them how to see the `rest`.
pub(super) fn ends(
    out: &mut dyn Rows,
    reader: &mut Reader<'_>,
    text: &Excerpt,
    (indent, tone): (&str, Tone),
    rest: Option<&str>,
    look: &Look,
) -> Result<(), Failure> {
    if let Some(erased) = text.erased {
        look.paper.write(out, &Line::of(format!("({erased})"), Tone::Warning), indent, "");
        return Ok(());
    }
    if look.is_full {
        let loaded = text.load(reader, look.whole_max)?;
        lines(out, &without_colours(&loaded), tone, indent, look.paper);
        if text.bytes > loaded.len() as u64 && matches!(look.rest, Rest::Key(_)) {
            let event = Revision::ZERO;
            left_out(out, text.bytes - loaded.len() as u64, event, indent, look);
        }
        return Ok(());
    }
    let (first, last) = (without_colours(&text.head), without_colours(&text.tail));
    let head: Vec<&str> = first.trim_end().lines().collect();
    let write = |out: &mut dyn Rows, line: &str| {
        look.paper.write_cut(out, &Line::of(line.replace('\t', "    "), tone), indent);
    };
    if text.is_whole() && head.len() <= ENDS * 2 + 1 {
        head.iter().for_each(|line| write(out, line));
        return Ok(());
    }
    let tail: Vec<&str> = if text.is_whole() { head.clone() } else { last.trim_end().lines().collect() };
    head.iter().take(ENDS).for_each(|line| write(out, line));
    let end = tail.len().saturating_sub(ENDS);
    let between = match text.is_whole() {
        true => counted((head.len() - ENDS * 2) as u64, "line"),
        false => size(text.bytes),
    };
    let how = rest.map_or_else(String::new, |rest| format!(": {rest}"));
    let what =
        if text.is_whole() { format!("… {between} more{how}") } else { format!("… of {between}{how}") };
    look.paper.write(out, &Line::of(what, Tone::Aside), indent, INDENT);
    tail[end..].iter().for_each(|line| write(out, line));
    Ok(())
}

/// Returns a text without what sets colours; everything else that would steer a terminal stays, to be shown as what it is.
fn without_colours(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find("\x1b[") else { return Cow::Borrowed(text) };
    let (mut plain, mut rest) = (text[..first].to_owned(), &text[first..]);
    while let Some(at) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(at);
        plain.push_str(before);
        let end = sequence[2..].find(|c: char| !c.is_ascii_digit() && c != ';').map(|end| end + 2);
        rest = match end {
            Some(end) if sequence[end..].starts_with('m') => &sequence[end + 1..],
            _ => {
                plain.push_str(&sequence[..2]);
                &sequence[2..]
            }
        };
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}
