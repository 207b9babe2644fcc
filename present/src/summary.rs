//! What an event says, in one line.

use retold_core::event::Subject;
use retold_core::{Event, List, SpanKind, Text};

/// More of a text than any table shows.
const TEXT_MAX: usize = 200;

/// Returns the index of the instance that an event is about, where it names it so.
pub fn instance_index(event: &Event) -> Option<u32> {
    let kind = event.event_type();
    let is_named = kind.subject() == Subject::Element(List::Instances) && !kind.begins();
    is_named.then(|| event.index()).flatten()
}

/// Returns what happened, in one line; white space is as the event has it. `instance` is what the instance is called that
/// the event names by its index.
pub fn summary(event: &Event, instance: &str) -> String {
    match event {
        Event::SessionCreated(body) => {
            let session = &body.session;
            format!("{}, {}: {}", session.kind, session.status, head(&session.task))
        }
        Event::TaskChanged(body) => head(&body.task).to_owned(),
        Event::SessionStatusChanged(body) => body.status.clone(),
        Event::WinnerSelected(body) => match body.winner_id {
            Some(winner) => format!("#{winner}"),
            None => "none".to_owned(),
        },
        Event::SessionDetailsChanged(body) => keys(&body.set),
        Event::SessionMoved(body) => format!("to place {}", body.place),
        Event::SessionDeleted(_) | Event::SessionRestored(_) => String::new(),
        Event::InstanceAdded(body) => {
            let instance = &body.instance;
            format!("#{}, {}: {}", instance.instance_id, instance.status, instance.agent_name)
        }
        Event::InstanceStatusChanged(body) => format!("{instance} {}", body.status),
        Event::OutputAppended(body) => format!("{instance} +{}", text(&body.text)),
        Event::OutputReplaced(body) => match &body.text {
            Some(output) => format!("{instance} {}", text(output)),
            None => format!("{instance} none"),
        },
        Event::InstanceDetailsChanged(body) => format!("{instance} {}", keys(&body.set)),
        Event::InstanceRemoved(_) => instance.to_owned(),
        Event::MessageAdded(body) => format!("{}: {}", body.message.role, content(&body.message.content)),
        Event::MessageChanged(body) => match &body.content {
            Some(changed) => format!("chatHistory/{} {}", body.index, content(changed)),
            None => format!("chatHistory/{} {}", body.index, keys(&body.set)),
        },
        Event::MessageRemoved(body) => format!("chatHistory/{}", body.index),
        Event::WorkspaceRegistered(body) => body.path.clone().unwrap_or_else(|| "path unknown".to_owned()),
        Event::BodyRedacted(body) => format!("position {}: {}", body.position, head(&body.reason)),
        Event::BodiesPruned(body) => format!("into {}", head(&body.archive)),
        Event::TagsChanged(body) if body.tags.is_empty() => "none".to_owned(),
        Event::TagsChanged(body) => body.tags.join(" "),
        Event::BodiesRestored(body) => format!("from {}", head(&body.archive)),
        Event::TitleChanged(body) => head(&body.title).to_owned(),
        Event::SessionContextChanged(body) => keys(&**body),
        Event::SessionLinked(body) => format!("{} of {}", body.relation, body.parent),
        Event::StatusObserved(body) if body.inferred => format!("{}, inferred", body.status),
        Event::StatusObserved(body) => body.status.clone(),
        Event::ToolCalled(body) => format!("{}: {}", body.name, content(&body.input)),
        Event::ToolReturned(body) => format!("{}: {}", body.outcome, content(&body.output)),
        Event::UsageRecorded(body) => {
            let read = body.input.saturating_add(body.cache_read).saturating_add(body.cache_write);
            format!("{}: {read} tokens in, {} out", body.model, body.output)
        }
        Event::ContextCompacted(body) if body.messages.is_empty() => "all before".to_owned(),
        Event::ContextCompacted(body) => format!("{} messages", body.messages.len()),
        Event::HistoryRewound(body) => format!("{} messages", body.messages.len()),
        Event::SourceFound(body) => format!("{}, {}: {}", body.role, body.form, head(&body.name)),
        Event::ImportExcluded(body) => {
            format!("{} {}", body.what, body.name.as_deref().map_or("(not named)", head))
        }
        Event::ImportIncluded(body) => format!("what {:.8} names", body.digest),
        Event::MappingCorrected(body) => match body.withdrawn.len() + body.unused.len() {
            0 => format!("r{}", body.revision),
            withdrawn => format!("r{}, {withdrawn} withdrawn", body.revision),
        },
        Event::FolderSeen(body) => format!("{} in {}", head(&body.folder), head(&body.root)),
        Event::RecordsKept(body) => format!("source {}", body.source),
        Event::SourceRead(body) => {
            let records = body.spans.iter().filter(|(_, kind)| *kind == SpanKind::Record.number()).count();
            format!("source {}, {} bytes at {}: {records} records", body.source, body.length, body.offset)
        }
    }
}

/// Returns the keys that a patch sets.
fn keys(patch: &impl serde::Serialize) -> String {
    let document = serde_json::to_value(patch).unwrap_or_default();
    let names: Vec<&str> = document.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    format!("set {}", names.join(", "))
}

/// Returns a long text's size and its beginning.
fn text(text: &Text) -> String {
    match text.as_str() {
        Some(inline) => format!("{} bytes: {}", inline.len(), head(inline)),
        None => format!("{} bytes", text.len()),
    }
}

fn content(content: &Text) -> String {
    content.as_str().map_or_else(|| format!("{} bytes", content.len()), |inline| head(inline).to_owned())
}

fn head(text: &str) -> &str {
    text.char_indices().nth(TEXT_MAX).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use retold_core::{Event, SessionPatch, event};

    use super::*;

    #[test]
    fn an_event_is_told_in_a_line() {
        let told = |event: Event| summary(&event, "#3~2");
        assert_eq!(
            told(event::TaskChanged { task: "x".repeat(300), updated_at: None }.into()).len(),
            TEXT_MAX
        );
        assert_eq!(told(event::WinnerSelected { winner_id: None, updated_at: None }.into()), "none");
        let appended = event::OutputAppended { index: 1, text: Text::from("ok\n"), updated_at: None };
        assert_eq!(told(appended.into()), "#3~2 +3 bytes: ok\n");
        let set =
            SessionPatch { model: Some(None), timeout_seconds: Some(Some(5)), ..SessionPatch::default() };
        assert_eq!(told(event::SessionDetailsChanged { set }.into()), "set model, timeoutSeconds");
    }
}
