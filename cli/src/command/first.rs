//! `retold` alone where nothing was imported yet: what is there to import, and the command for it.

use retold_core::Position;
use retold_transcripts::{Tool, format};

use super::import::transcripts::places;
use crate::context::Context;
use crate::output::counted;

/// Columns of the name of a tool.
const NAME: usize = 13;

/// Returns what a person is told who calls the program without a command and has no history in it; `None` where there is some.
pub(crate) fn greeting(context: &Context<'_>) -> Option<String> {
    let path = context.store_path().ok()?;
    if path.exists() && !is_empty(context) {
        return None;
    }
    let mut text = format!("Nothing is recorded yet; the store will be {}\n\n", path.display());
    let found = found(context);
    if found.is_empty() {
        text.push_str("Nothing of Claude Code, Codex, Gemini CLI, Copilot CLI, opencode, Vibe Kanban\n");
        text.push_str("or the AIT42 Editor was found on this machine.\n\n");
        text.push_str("  retold demo      imports a sample history and shows what retold does with it\n");
    } else {
        text.push_str("Found on this machine:\n");
        for (name, files) in found {
            text.push_str(&format!("  {name:<NAME$}  {}\n", counted(files as u64, "file")));
        }
        text.push_str("\n  retold import    takes all of it in; the files are only read\n");
        text.push_str("  retold demo      shows with a sample history what comes of it\n");
    }
    text.push_str("  retold --help    lists the commands\n");
    Some(text)
}

fn is_empty(context: &Context<'_>) -> bool {
    let head = context.open().and_then(|log| Ok(log.reader()?.head()?));
    head.is_ok_and(|head| head.position == Position::ZERO)
}

/// Returns the tools that left files here, with how many.
fn found(context: &Context<'_>) -> Vec<(&'static str, usize)> {
    let Ok(places) = places(context) else { return Vec::new() };
    let mut found = Vec::new();
    for tool in Tool::ALL {
        // What cannot be read is told by the import.
        let files = format(*tool).discover(&places, &mut |_, _| {}).len();
        if files > 0 {
            found.push((tool.title(), files));
        }
    }
    let editor = places.home().join(".ait42/sessions");
    let files = std::fs::read_dir(editor).map_or(0, |entries| {
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| !name.starts_with('.') && name.ends_with(".json")).count()
    });
    if files > 0 {
        found.push(("AIT42 Editor", files));
    }
    found
}
