//! One module a tool: where its files are, and what its records mean.

mod claude;
mod codex;
mod copilot;
mod gemini;
mod opencode;
mod saved;
mod tool;
mod vibe_kanban;

pub use tool::{Format, Interpreter, Tool};

/// Returns what is known of a tool's files.
pub fn format(tool: Tool) -> &'static dyn Format {
    match tool {
        Tool::Claude => &claude::Claude,
        Tool::Codex => &codex::Codex,
        Tool::Gemini => &gemini::Gemini,
        Tool::Copilot => &copilot::Copilot,
        Tool::Opencode => &opencode::Opencode,
        Tool::VibeKanban => &vibe_kanban::VibeKanban,
    }
}
