//! A session, written for a person.

use retold_core::{Instance, Message, Session, StreamName, Text, time};

use crate::context::Context;
use crate::failure::Failure;
use crate::printable::printable;

/// Writes a session: its head, its agents, its messages; the agents' outputs where they are wanted.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn session(
    context: &mut Context<'_>,
    name: &StreamName,
    session: &Session,
    outputs: bool,
) -> Result<(), Failure> {
    context.say(&printable(&session.task))?;
    context.say(&format!(
        "{}  {}  {}",
        printable(&name.to_string()),
        printable(&session.kind),
        printable(&session.status)
    ))?;
    facts(context, session)?;
    for instance in &session.instances {
        context.say("")?;
        agent(context, instance, session.winner_id == Some(instance.instance_id))?;
        if outputs {
            block(context, instance.output.as_ref())?;
        }
    }
    for message in &session.chat_history {
        context.say("")?;
        chat(context, message)?;
    }
    Ok(())
}

fn facts(context: &mut Context<'_>, session: &Session) -> Result<(), Failure> {
    let completed = session.completed_at.as_deref().unwrap_or("-");
    context.say(&format!(
        "created {}  updated {}  completed {}",
        when(&session.created_at),
        when(&session.updated_at),
        when(completed)
    ))?;
    let mut facts: Vec<String> = Vec::new();
    facts.extend(session.model.as_ref().map(|model| format!("model {model}")));
    facts.extend(session.runtime_mix.as_ref().map(|mix| format!("runtimes {}", mix.join(", "))));
    facts.extend(session.timeout_seconds.map(|seconds| format!("timeout {seconds} s")));
    facts.extend(session.total_duration.map(|seconds| format!("took {seconds} s")));
    facts.extend(session.total_files_changed.map(|files| format!("{files} files")));
    facts.extend(session.total_lines_added.map(|lines| format!("+{lines}")));
    facts.extend(session.total_lines_deleted.map(|lines| format!("-{lines}")));
    facts.extend(session.extra.iter().map(|(key, value)| format!("{key} {}", value.as_str())));
    if facts.is_empty() { Ok(()) } else { context.say(&printable(&facts.join("  "))) }
}

fn agent(context: &mut Context<'_>, instance: &Instance, won: bool) -> Result<(), Failure> {
    let mut line = format!("[{}] {}  {}", instance.instance_id, instance.agent_name, instance.status);
    if won {
        line.push_str("  winner");
    }
    for part in [&instance.runtime_label, &instance.model].into_iter().flatten() {
        line.push_str(&format!("  {part}"));
    }
    if let Some(files) = instance.files_changed {
        let (added, deleted) = (instance.lines_added.unwrap_or(0), instance.lines_deleted.unwrap_or(0));
        line.push_str(&format!("  {files} files +{added} -{deleted}"));
    }
    let bytes = instance.output.as_ref().map_or(0, Text::len);
    line.push_str(&format!("  output {bytes} bytes"));
    context.say(&printable(&line))?;
    context.say(&printable(&format!("    {} on {}", instance.worktree_path, instance.branch)))
}

fn chat(context: &mut Context<'_>, message: &Message) -> Result<(), Failure> {
    let to = message.instance_id.map_or(String::new(), |instance| format!(" [{instance}]"));
    context.say(&printable(&format!("{}{to}  {}", message.role, when(&message.timestamp))))?;
    block(context, Some(&message.content))
}

fn block(context: &mut Context<'_>, text: Option<&Text>) -> Result<(), Failure> {
    let text = text.and_then(Text::as_str).unwrap_or_default();
    text.lines().try_for_each(|line| context.say(&format!("    {}", printable(line))))
}

/// A timestamp in one form, whatever the document's; a text that is none stays as it is.
fn when(text: &str) -> String {
    match time::parse(text) {
        Some(instant) => instant.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        None => text.to_owned(),
    }
}
