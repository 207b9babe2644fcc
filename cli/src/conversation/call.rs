//! A call of a tool, in a line, and below it what tells most of it.

use std::fmt::Write as _;

use retold_core::Reader;
use retold_travel::conversation::{Call, Edit, Entry, Return, Subject, edits};
use similar::{ChangeTag, TextDiff};

use super::{INDENT, Look, ends, lines, tone_of_status};
use crate::failure::Failure;
use crate::output::{counted, size, took};
use crate::styled::{Line, Rows, Tone};

/// Below a call.
const BELOW: &str = "      ";
/// Of longer arguments the edits are not shown.
const INPUT_MAX: usize = 1024 * 1024;
/// Lines of edits that are shown of a call.
const LINES_MAX: usize = 40;
/// Lines of a file that is written whole.
const FILE_LINES: usize = 8;
/// Lines that stay around a difference.
const CONTEXT: usize = 2;

/// Writes a call.
///
/// # Errors
/// Where a text cannot be loaded.
pub(super) fn write(
    out: &mut dyn Rows,
    reader: &mut Reader<'_>,
    entry: &Entry,
    call: &Call,
    look: &Look,
) -> Result<(), Failure> {
    let rest = look.rest(entry.revision);
    title(out, entry, call, look);
    if look.is_full {
        lines(out, &call.input.load(reader, look.whole_max)?, Tone::Aside, BELOW, look.paper);
    } else if call.kind == "edit" && call.input.bytes <= INPUT_MAX as u64 {
        diff(out, &edits(&call.input.load(reader, INPUT_MAX)?), &rest, look);
    }
    let Some(returned) = &call.returned else { return Ok(()) };
    let is_shown = look.is_full || returned.outcome != "ok" || call.kind == "execute";
    if is_shown && !returned.output.is_empty() {
        let tone = if returned.outcome == "error" { Tone::Bad } else { Tone::Aside };
        ends(out, reader, &returned.output, (BELOW, tone), Some(&rest), look)?;
    }
    Ok(())
}

/// Writes a result whose call is not here.
///
/// # Errors
/// Where a text cannot be loaded.
pub(super) fn write_return(
    out: &mut dyn Rows,
    reader: &mut Reader<'_>,
    call: &str,
    returned: &Return,
    look: &Look,
) -> Result<(), Failure> {
    let line = Line::of("▸ ", Tone::Tool)
        .and(format!("result of {call}  "), Tone::Plain)
        .and(returned.outcome.as_str(), tone_of_status(&returned.outcome));
    look.paper.write_cut(out, &line, INDENT);
    if returned.output.is_empty() {
        return Ok(());
    }
    ends(out, reader, &returned.output, (BELOW, Tone::Aside), None, look)
}

/// The line of a call: its tool, what it is about, how it ended and when.
fn title(out: &mut dyn Rows, entry: &Entry, call: &Call, look: &Look) {
    let mut end = String::new();
    let outcome = call.returned.as_ref().map_or("no result", |returned| returned.outcome.as_str());
    if let Some(took_it) = call.duration().filter(|took| !took.is_zero()) {
        let _infallible = write!(end, " {}", took(took_it));
    }
    if let Some(returned) = &call.returned
        && call.kind != "execute"
        && returned.outcome == "ok"
        && !returned.output.is_empty()
    {
        let _infallible = match returned.output.is_whole() {
            true => {
                write!(end, " · {}", counted(returned.output.head.trim_end().lines().count() as u64, "line"))
            }
            false => write!(end, " · {}", size(returned.output.bytes)),
        };
    }
    let taken_back = if entry.rewound { " (taken back)" } else { "" };
    let reserved = outcome.chars().count() + end.chars().count() + taken_back.len() + 4;
    let mut line = Line::of("▸ ", Tone::Tool).and(call.name.as_str(), Tone::Tool);
    if let Some(subject) = &call.subject {
        let text = subject.text().lines().next().unwrap_or_default();
        let room = look
            .paper
            .columns
            .map(|columns| columns.saturating_sub(INDENT.len() + line.width() + 2 + reserved).max(12));
        let text = match (room, subject) {
            (Some(room), Subject::File(_)) => crate::output::cut_path(text, room),
            (Some(room), _) => crate::output::cut(text, room),
            (None, _) => text.to_owned(),
        };
        line.push(format!(" {text}"), Tone::Plain);
    }
    line.push("  ", Tone::Plain);
    line.push(outcome, tone_of_status(outcome));
    line.push(end, Tone::Aside);
    line.push(taken_back, Tone::Warning);
    look.paper.write(out, &line, INDENT, "    ");
}

/// Writes what was changed in files.
fn diff(out: &mut dyn Rows, edits: &[Edit], rest: &str, look: &Look) {
    let mut changed: Vec<Line> = Vec::new();
    let mut path = None;
    for edit in edits {
        if edits.len() > 1 && edit.path != path {
            path.clone_from(&edit.path);
            changed.push(Line::of(path.clone().unwrap_or_default(), Tone::Code));
        }
        match (&edit.old, &edit.new) {
            (Some(old), Some(new)) => differing(&mut changed, old, new),
            (None, Some(new)) => {
                let count = new.lines().count();
                changed.extend(new.lines().take(FILE_LINES).map(|line| signed('+', line)));
                if count > FILE_LINES {
                    let more = counted((count - FILE_LINES) as u64, "line");
                    changed.push(Line::of(format!("+ … {more} more"), Tone::Aside));
                }
            }
            (_, None) => changed.push(Line::of("deleted", Tone::Bad)),
        }
    }
    for line in changed.iter().take(LINES_MAX) {
        look.paper.write_cut(out, line, BELOW);
    }
    if changed.len() > LINES_MAX {
        let more = counted((changed.len() - LINES_MAX) as u64, "line");
        look.paper.write(out, &Line::of(format!("… {more} more: {rest}"), Tone::Aside), BELOW, INDENT);
    }
}

fn differing(lines: &mut Vec<Line>, old: &str, new: &str) {
    let diff = TextDiff::from_lines(old, new);
    for (nth, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if nth > 0 {
            lines.push(Line::of("  …", Tone::Aside));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(signed(sign, change.value().trim_end_matches(['\n', '\r'])));
        }
    }
}

fn signed(sign: char, text: &str) -> Line {
    let tone = match sign {
        '+' => Tone::Good,
        '-' => Tone::Bad,
        _ => Tone::Aside,
    };
    Line::of(format!("{sign} {}", text.replace('\t', "    ")), tone)
}
