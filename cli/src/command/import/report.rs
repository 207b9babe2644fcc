//! What an import did, told.

use std::path::Path;

use retold_core::Head;
use retold_importer::ait42::{Quarantined, Report, Skipped};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, counted, size};
use crate::printable::printable;

/// Tells what an import into `store` did, and exits as it should.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn tell(
    context: &mut Context<'_>,
    report: &Report,
    store: &Path,
    head: Head,
) -> Result<Exit, Failure> {
    for warning in &report.warnings {
        context.note(&printable(&format!("warning: {warning}")));
    }
    skipped(context, &report.skipped);
    match context.global.output {
        Format::Json => context.document(report, true)?,
        Format::Jsonl => context.document(report, false)?,
        Format::Csv => counts(context, report, head)?,
        Format::Table => {
            page(report, store).iter().try_for_each(|line| context.say(&printable(line)))?;
            pieces(context, &report.quarantined, head)?;
        }
    }
    if report.interrupted {
        context.note("interrupted: what was read is in the log, the next import goes on from here");
        return Ok(Exit::Interrupted);
    }
    let is_read = report.quarantined.is_empty() && report.not_reproduced.is_empty();
    let is_clean = is_read && report.skipped.is_empty();
    if !is_read && context.is_table() && !report.dry_run {
        context
            .note("hint: `retold store quarantine list` shows what could not be read; nothing of it is lost");
    }
    Ok(match report.skipped.is_empty() {
        // Of all that was named nothing could be read.
        false if report.files == 0 && report.sessions.read == 0 => Exit::Io,
        true if is_clean => Exit::Done,
        _ => Exit::Quarantined,
    })
}

/// Names what was not read.
pub(crate) fn skipped(context: &mut Context<'_>, skipped: &[Skipped]) {
    for skipped in skipped {
        context.note(&printable(&skipped.to_string()));
    }
}

/// The report, for a person.
fn page(report: &Report, store: &Path) -> Vec<String> {
    let Report { sessions, .. } = report;
    let mut sessions_line = format!(
        "{} read: {} imported, {} updated, {} unchanged",
        sessions.read, sessions.imported, sessions.updated, sessions.unchanged
    );
    if sessions.absent > 0 {
        sessions_line.push_str(&format!("; {} gone from their files, kept", sessions.absent));
    }
    if sessions.deleted > 0 {
        sessions_line.push_str(&format!("; {} gone from their files, deleted", sessions.deleted));
    }
    let (written, place) = match report.dry_run {
        true => ("to append", format!("{}, not written to: a dry run", store.display())),
        false => ("appended", store.display().to_string()),
    };
    let mut lines = vec![
        format!("store        {place}"),
        // A retry reads no file.
        match report.files {
            0 => format!("time         {} ms", report.duration_ms),
            files => format!("files        {files}, {}, in {} ms", size(report.bytes), report.duration_ms),
        },
        format!("sessions     {sessions_line}"),
        format!(
            "in them      {}, {}",
            counted(report.instances, "instance"),
            counted(report.messages, "message")
        ),
        format!("events       {} {written}", report.events_appended),
        format!("reproduced   {} of {}, exactly", report.reproduced, sessions.read),
    ];
    if !report.not_reproduced.is_empty() {
        lines.push(format!("not so       {}", report.not_reproduced.join(", ")));
    }
    if !report.quarantined.is_empty() {
        let pieces = report.quarantined.len() as u64;
        lines.push(format!("quarantined  {}", counted(pieces, "piece")));
    }
    if !report.skipped.is_empty() {
        lines.push(format!("skipped      {}", report.skipped.len()));
    }
    lines
}

/// The quarantined pieces, as a table.
fn pieces(context: &mut Context<'_>, pieces: &[Quarantined], head: Head) -> Result<(), Failure> {
    if pieces.is_empty() {
        return Ok(());
    }
    context.say("")?;
    let mut rows = context.rows(head, ["file", "bytes", "reason"])?;
    for piece in pieces {
        rows.push([
            file_name(&piece.file).into(),
            range(piece.offset, piece.length).into(),
            piece.reason.as_str().into(),
        ])?;
    }
    rows.finish()
}

/// Returns a file's name without its folder.
pub(crate) fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns where a piece is in its file.
pub(crate) fn range(offset: u64, length: u64) -> String {
    format!("{offset}..{}", offset.saturating_add(length))
}

/// The report's counts as rows, by the names that its JSON has.
fn counts(context: &mut Context<'_>, report: &Report, head: Head) -> Result<(), Failure> {
    let sessions = &report.sessions;
    let mut rows = context.rows(head, ["what", "count"])?;
    for (what, count) in [
        ("files", report.files),
        ("bytes", report.bytes),
        ("sessions.read", sessions.read),
        ("sessions.imported", sessions.imported),
        ("sessions.updated", sessions.updated),
        ("sessions.unchanged", sessions.unchanged),
        ("sessions.quarantined", sessions.quarantined),
        ("sessions.absent", sessions.absent),
        ("sessions.deleted", sessions.deleted),
        ("instances", report.instances),
        ("messages", report.messages),
        ("events_appended", report.events_appended),
        ("reproduced", report.reproduced),
        ("not_reproduced", report.not_reproduced.len() as u64),
        ("quarantined", report.quarantined.len() as u64),
        ("skipped", report.skipped.len() as u64),
        ("duration_ms", report.duration_ms),
    ] {
        rows.push([what.into(), count.into()])?;
    }
    rows.finish()
}
