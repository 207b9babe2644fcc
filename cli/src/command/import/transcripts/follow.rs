//! `retold import --follow`: what tools write, as they write it.

use retold_importer::transcripts::{Look, Memory, Watch};
use retold_projections::Store;
use retold_transcripts::format;

use super::super::upkeep::Upkeep;
use super::{READ_MODELS, Wanted, import, line};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Format as Output;
use crate::printable::printable;

/// How long it is waited where another process held the store.
const BUSY_PAUSE: std::time::Duration = std::time::Duration::from_millis(250);

/// Imports what tools write, as they write it, until somebody asks to stop. Another process that holds the store is waited for.
///
/// # Errors
/// Where the store cannot be read or written.
pub(in crate::command::import) fn follow(
    context: &mut Context<'_>,
    store: &Store,
    wanted: &[Wanted],
) -> Result<Exit, Failure> {
    let mut seen: Vec<Option<[u8; 32]>> = vec![None; wanted.len()];
    let mut memories: Vec<Memory> = wanted.iter().map(|_| Memory::default()).collect();
    let mut watch = Watch::begin();
    let (mut is_first, mut retention) = (true, Upkeep::default());
    while !context.io.is_interrupted() {
        store.log().check_schema()?;
        let (mut looks, mut is_late) = (Vec::with_capacity(wanted.len()), false);
        for ((wanted, seen), memory) in wanted.iter().zip(&mut seen).zip(&mut memories) {
            // Looked at before it is read: what is written meanwhile is read the next time.
            let look = Look::at(format(wanted.tool), &wanted.places);
            let now = look.fingerprint;
            looks.push(look);
            if *seen == Some(now) {
                continue;
            }
            let report = match import(context, store, wanted, false, Some(memory)) {
                Ok(report) => report,
                // It is tried again after a pause.
                Err(failure) if failure.exit() == Exit::Busy => {
                    is_late = true;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            *seen = Some(now);
            for failed in &report.failed {
                context.note(&printable(&format!("not read: {}: {}", failed.path.display(), failed.reason)));
            }
            if report.events > 0 {
                super::super::past::keep_current(context, store, &READ_MODELS)?;
                let time = retold_core::time::shown((context.io.clock)(), &context.zone());
                match context.global.output {
                    Output::Table => {
                        context.say(&format!("{time}  {:<12} {}", wanted.tool.title(), line(&report)))?;
                    }
                    _ => context.document(
                        &serde_json::json!({
                            "time": time, "tool": wanted.tool.word(), "records": report.records, "events": report.events,
                            "sessions_new": report.sessions_new, "sessions_changed": report.sessions_changed,
                            "secrets": report.secrets,
                        }),
                        false,
                    )?,
                }
                context.io.out.flush().map_err(Failure::output)?;
            }
        }
        retention.apply(context, store)?;
        if std::mem::take(&mut is_first) {
            context.note("following what is written; Ctrl-C ends");
        }
        let has_new = watch.watch(&looks);
        if let Some(trouble) = watch.take_trouble() {
            context.note(&printable(&format!(
                "warning: the system does not report changes, the files are scanned four times a second: {trouble}"
            )));
        }
        if is_late {
            std::thread::sleep(BUSY_PAUSE);
        } else if !has_new {
            watch.wait(&|| context.io.is_interrupted());
        }
    }
    for (wanted, memory) in wanted.iter().zip(&mut memories) {
        memory.save(store.log(), format(wanted.tool), &wanted.places);
    }
    Ok(Exit::Interrupted)
}
