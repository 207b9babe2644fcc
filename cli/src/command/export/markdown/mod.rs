//! `retold export --format markdown`: a session as a conversation, for people.

mod escape;

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{Reader, Revision, time};
use retold_secrets::Secrets;
use retold_travel::Conversation;
use retold_travel::conversation::{Call, Entry, Excerpt, Extent, Page, Turn, What, edits};
use similar::TextDiff;

use super::file::NewFile;
use crate::context::Context;
use crate::conversation::{named, status_in_words};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{counted, size, took};
use crate::session;
use escape::{fenced, html, inline, quoted};

/// Turns that are read at once.
const TURNS: usize = 50;
/// What is loaded of a text.
const TEXT_MAX: usize = 64 * 1024 * 1024;

/// Writes a session to a file, or to standard output.
///
/// # Errors
/// Where it cannot be read or written.
pub(super) fn export(
    context: &mut Context<'_>,
    name: Option<&str>,
    path: Option<&Path>,
    (is_masked, force): (bool, bool),
) -> Result<Exit, Failure> {
    let log = context.open()?;
    let mut reader = log.reader()?;
    reader.begin()?;
    let found = session::resolve(context, &reader, name.unwrap_or(session::LAST))?;
    let as_of = context.as_of(&reader, Some(&found))?;
    let extent = Extent { turns: TURNS, ..Extent::default() };
    let read = |reader: &mut Reader<'_>, page| {
        Conversation::read(reader, found.stream, as_of.position, page, &extent)
    };
    let Some(mut conversation) = read(&mut reader, Page::After(Revision::ZERO))? else {
        let message = format!("export {}: not created yet at position {}", found.name, as_of.position);
        return Err(Failure::new(Exit::Nothing, message));
    };
    if conversation.records.deleted && context.global.at.is_none() {
        return Err(Failure::new(Exit::Nothing, format!("export {}: it is deleted", found.name))
            .hint("its history stays: give a moment before the deletion with --at"));
    }
    let mut file = path.map(|path| NewFile::begin(path, force)).transpose()?;
    let mut writer = Writer { zone: context.zone(), is_masked, masked: 0 };
    let mut text = writer.head(&conversation);
    loop {
        let out: &mut dyn Write = match &mut file {
            Some(file) => file,
            None => &mut *context.io.out,
        };
        out.write_all(text.as_bytes()).map_err(Failure::output)?;
        text.clear();
        for turn in &conversation.turns {
            writer.turn(&mut text, &mut reader, turn)?;
            out.write_all(text.as_bytes()).map_err(Failure::output)?;
            text.clear();
        }
        if context.io.is_interrupted() {
            return Err(Failure::interrupted());
        }
        let Some(after) = conversation.after else { break };
        match read(&mut reader, Page::After(after))? {
            Some(next) => conversation = next,
            None => break,
        }
    }
    if let Some(file) = file {
        file.keep()?;
    }
    if writer.masked > 0 {
        let secrets = counted(writer.masked, "secret");
        context.note(&format!("{secrets} masked: --unmasked writes them"));
    }
    Ok(Exit::Done)
}

struct Writer {
    zone: TimeZone,
    is_masked: bool,
    masked: u64,
}

impl Writer {
    /// Takes the secrets out of a text.
    fn mask<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if !self.is_masked {
            return Cow::Borrowed(text);
        }
        let masked = Secrets::published().mask(text);
        self.masked += masked.count as u64;
        masked.text
    }

    fn inline(&mut self, text: &str) -> String {
        inline(&self.mask(text))
    }

    fn html(&mut self, text: &str) -> String {
        html(&self.mask(text))
    }

    fn when(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(String::new, |at| format!(" · {}", time::shown(at, &self.zone)))
    }

    fn load(&mut self, reader: &mut Reader<'_>, text: &Excerpt) -> Result<String, Failure> {
        match text.erased {
            Some(erased) => Ok(format!("({erased})")),
            None => Ok(self.mask(&text.load(reader, TEXT_MAX)?).into_owned()),
        }
    }

    fn head(&mut self, conversation: &Conversation) -> String {
        let Conversation { session, records, .. } = conversation;
        let title = session.task.lines().find(|line| !line.trim().is_empty()).unwrap_or("(no title)");
        let mut out = format!("# {}\n\n", self.inline(title.trim()));
        let is_transcript = session.kind == "transcript";
        let tool = if is_transcript { &conversation.name.workspace } else { &session.kind };
        let mut facts = vec![("session", session::full(&conversation.name)), ("tool", tool.clone())];
        let join = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
        facts.extend(join(&records.models).or_else(|| session.model.clone()).map(|models| ("model", models)));
        facts.extend(
            records.worktree.clone().or_else(|| join(&records.cwds)).map(|folder| ("folder", folder)),
        );
        facts.extend(join(&records.branches).map(|branches| ("branch", branches)));
        let inferred = if records.inferred { " (inferred)" } else { "" };
        facts.push(("status", format!("{}{inferred}", session.status)));
        if let (Some(began), Some(moved)) = (conversation.began_at, conversation.moved_at) {
            facts.push(("began", time::shown(began, &self.zone)));
            if moved > began {
                facts.push(("took", took(moved.duration_since(began))));
            }
        }
        let calls = counted(conversation.calls, "call");
        facts.push(("size", format!("{}, {calls}", counted(conversation.messages, "message"))));
        for (name, value) in facts {
            out.push_str(&format!("- {name}: {}\n", self.inline(&value)));
        }
        for instance in &session.instances {
            let agent = format!("#{} {}", instance.instance_id, instance.agent_name);
            out.push_str(&format!("- agent {}: {}\n", self.inline(&agent), self.inline(&instance.status)));
        }
        out
    }

    fn turn(&mut self, out: &mut String, reader: &mut Reader<'_>, turn: &Turn) -> Result<(), Failure> {
        turn.entries.iter().try_for_each(|entry| self.entry(out, reader, entry))
    }

    fn entry(&mut self, out: &mut String, reader: &mut Reader<'_>, entry: &Entry) -> Result<(), Failure> {
        let who = entry.speaker.as_ref().map(|speaker| format!(" {}", named(speaker))).unwrap_or_default();
        match &entry.what {
            What::Message { role, text, .. } => {
                let role = if role.is_empty() { "message" } else { role };
                let heading = self.inline(&format!("{role}{who}"));
                let back = if entry.rewound { " · taken back" } else { "" };
                let compacted = if entry.compacted { " · compacted" } else { "" };
                out.push_str(&format!("\n## {heading}{}{back}{compacted}\n\n", self.when(entry.at)));
                out.push_str(&quoted(&self.load(reader, text)?));
            }
            What::Thinking { text, .. } => {
                let text = self.load(reader, text)?;
                let words = counted(text.split_whitespace().count() as u64, "word");
                self.folded(out, &format!("thought{who} · {words}"), &quoted(&text));
            }
            What::Call(call) => self.call(out, reader, &who, call)?,
            What::Returned { call, returned } => {
                let output = self.load(reader, &returned.output)?;
                let summary = format!("result of {call} · {}", returned.outcome);
                self.folded(out, &summary, &fenced(&output, "text"));
            }
            What::Output { text, pieces, .. } => {
                let mut whole = String::new();
                for piece in pieces {
                    let room = TEXT_MAX.saturating_sub(whole.len());
                    let event = reader.event_at(*piece)?.and_then(|recorded| recorded.event);
                    if let Some(text) = event.as_ref().and_then(retold_core::Event::long_text) {
                        whole.push_str(&reader.beginning(text, room)?);
                    }
                }
                let whole = self.mask(&whole).into_owned();
                let summary = format!("output of{who} · {}", size(text.bytes));
                self.folded(out, &summary, &fenced(&whole, "text"));
            }
            what => {
                if let Some(note) = note(what, &who) {
                    let note = self.inline(&note);
                    out.push_str(&format!("\n*{note}{}*\n", self.when(entry.at)));
                }
            }
        }
        Ok(())
    }

    fn call(
        &mut self,
        out: &mut String,
        reader: &mut Reader<'_>,
        who: &str,
        call: &Call,
    ) -> Result<(), Failure> {
        let about = call.subject.as_ref().map_or_else(String::new, |subject| {
            format!(" {}", subject.text().lines().next().unwrap_or_default())
        });
        let outcome = call.returned.as_ref().map_or("no result", |returned| returned.outcome.as_str());
        let lasted = call.duration().filter(|took| !took.is_zero());
        let lasted = lasted.map_or_else(String::new, |lasted| format!(", {}", took(lasted)));
        let input = call.input.load(reader, TEXT_MAX)?;
        let changed = if call.kind == "edit" { edits(&input) } else { Vec::new() };
        let mut inside = String::new();
        for edit in &changed {
            let (old, new) =
                (edit.old.as_deref().unwrap_or_default(), edit.new.as_deref().unwrap_or_default());
            let (old, new) = (self.mask(old).into_owned(), self.mask(new).into_owned());
            let diff = TextDiff::from_lines(&old, &new).unified_diff().context_radius(3).to_string();
            inside.push_str(&fenced(&diff, "diff"));
            inside.push('\n');
        }
        if changed.is_empty() {
            let language = if input.trim_start().starts_with('{') { "json" } else { "text" };
            inside.push_str(&fenced(&self.mask(&input), language));
        }
        if let Some(returned) = &call.returned {
            inside.push('\n');
            inside.push_str(&fenced(&self.load(reader, &returned.output)?, "text"));
        }
        self.folded(out, &format!("{}{who}{about} · {outcome}{lasted}", call.name), &inside);
        Ok(())
    }

    fn folded(&mut self, out: &mut String, summary: &str, inside: &str) {
        let summary = self.html(summary);
        out.push_str(&format!("\n<details>\n<summary>{summary}</summary>\n\n{inside}\n</details>\n"));
    }
}

/// What happened beside what was said.
fn note(what: &What, who: &str) -> Option<String> {
    Some(match what {
        What::Status { status, .. } if who.is_empty() => format!("session {}", status_in_words(status)),
        What::Status { status, .. } => format!("agent{who} {}", status_in_words(status)),
        What::Winner { number: Some(number) } => format!("agent #{number} won"),
        What::Compacted { messages: 0 } => {
            "compacted: the model goes on with a summary of all before".to_owned()
        }
        What::Compacted { messages } => {
            format!("compacted: the model goes on with a summary of {}", counted(*messages as u64, "message"))
        }
        What::Rewound { messages } => {
            format!("went back: {} taken back", counted(*messages as u64, "message"))
        }
        What::Deleted => "deleted".to_owned(),
        What::Restored => "restored".to_owned(),
        What::Erased { event, erased } => format!("{event} ({erased})"),
        _ => return None,
    })
}
