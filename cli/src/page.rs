//! A session, written for a person.

use std::fmt::Write;

use jiff::tz::TimeZone;
use retold_core::{Instance, Message, Session, StreamName, Text, time};

use crate::output::{counted, size};
use crate::printable::printable;
use crate::roster::name_at;
use crate::session;

/// The indent of a block of text.
const INDENT: &str = "    ";

/// Returns a session as a page: its head, its agents, its messages; the agents' outputs where they are wanted.
///
/// Every line is harmless to a terminal.
pub(crate) fn page(name: &StreamName, session: &Session, outputs: bool, zone: &TimeZone) -> String {
    let mut page = Page { text: String::new(), zone };
    page.line(&session.task);
    page.line(&format!("{}  {}  {}", session::full(name), session.kind, session.status));
    page.facts(session);
    let numbers: Vec<u32> = session.instances.iter().map(|instance| instance.instance_id).collect();
    for (index, instance) in session.instances.iter().enumerate() {
        page.gap();
        let name = name_at(&numbers, index).unwrap_or_default();
        page.agent(&name, instance, session.winner_id == Some(instance.instance_id));
        if outputs {
            page.block(instance.output.as_ref());
        }
    }
    for message in &session.chat_history {
        page.gap();
        page.chat(message);
    }
    page.text
}

struct Page<'z> {
    text: String,
    zone: &'z TimeZone,
}

impl Page<'_> {
    /// Adds one line, whatever the text holds.
    fn line(&mut self, text: &str) {
        let _infallible = writeln!(self.text, "{}", printable(text));
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }

    fn block(&mut self, text: Option<&Text>) {
        let text = text.and_then(Text::as_str).unwrap_or_default();
        for line in text.lines() {
            let _infallible = writeln!(self.text, "{INDENT}{}", printable(line));
        }
    }

    /// A timestamp in one form, whatever the document's; a text that is none stays as it is.
    fn when(&self, text: &str) -> String {
        time::parse(text).map_or_else(|| text.to_owned(), |instant| time::shown(instant, self.zone))
    }

    fn facts(&mut self, session: &Session) {
        let mut times =
            format!("created {}  updated {}", self.when(&session.created_at), self.when(&session.updated_at));
        if let Some(completed) = &session.completed_at {
            let _infallible = write!(times, "  completed {}", self.when(completed));
        }
        self.line(&times);
        let mut facts: Vec<String> = Vec::new();
        facts.extend(session.model.as_ref().map(|model| format!("model {model}")));
        facts.extend(session.runtime_mix.as_ref().map(|mix| format!("runtimes {}", mix.join(", "))));
        facts.extend(session.timeout_seconds.map(|seconds| format!("timeout {seconds} s")));
        facts.extend(session.total_duration.map(|seconds| format!("took {seconds} s")));
        facts.extend(session.total_files_changed.map(|files| counted(files.into(), "file")));
        facts.extend(session.total_lines_added.map(|lines| format!("+{lines}")));
        facts.extend(session.total_lines_deleted.map(|lines| format!("-{lines}")));
        facts.extend(session.extra.iter().map(|(key, value)| format!("{key} {}", value.as_str())));
        if !facts.is_empty() {
            self.line(&facts.join("  "));
        }
    }

    fn agent(&mut self, name: &str, instance: &Instance, won: bool) {
        let mut line = format!("{name} {}  {}", instance.agent_name, instance.status);
        if won {
            line.push_str("  winner");
        }
        for part in [&instance.runtime_label, &instance.model].into_iter().flatten() {
            let _infallible = write!(line, "  {part}");
        }
        if let Some(files) = instance.files_changed {
            let (added, deleted) = (instance.lines_added.unwrap_or(0), instance.lines_deleted.unwrap_or(0));
            let _infallible = write!(line, "  {} +{added} -{deleted}", counted(files.into(), "file"));
        }
        if let Some(output) = &instance.output {
            let _infallible = write!(line, "  output {}", size(output.len()));
        }
        self.line(&line);
        self.line(&format!("{INDENT}{} on {}", instance.worktree_path, instance.branch));
    }

    fn chat(&mut self, message: &Message) {
        let to = message.instance_id.map_or(String::new(), |instance| format!(" to #{instance}"));
        self.line(&format!("{}{to}  {}", message.role, self.when(&message.timestamp)));
        self.block(Some(&message.content));
    }
}
