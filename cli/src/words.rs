//! What happened, as one would say it.

use std::collections::HashMap;

use retold_core::event::SessionContextChanged;
use retold_core::{Erasure, Event, Reader, Recorded, StreamId, Text, time};
use retold_travel::conversation::{Subject, subject};

use crate::conversation::{short, status_in_words, tone_of_status};
use crate::failure::Failure;
use crate::output::{counted, size, took};
use crate::roster::Rosters;
use crate::styled::Tone;
use crate::summary::{instance_index, summary};

/// More of a text than any line shows.
const TEXT_MAX: usize = 200;
/// Calls that are remembered until they return.
const CALLS_MAX: usize = 10_000;

/// Says what happened in a log, event by event: what an agent is called and which call returns is known from before.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    rosters: Rosters,
    calls: HashMap<(StreamId, String), Called>,
}

#[derive(Debug)]
struct Called {
    /// What the tool did.
    done: String,
    at: i64,
}

impl Teller {
    /// Returns what an event says as a summary of its fields.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn summary(&mut self, reader: &mut Reader<'_>, event: &Recorded) -> Result<String, Failure> {
        self.read(reader, event)?;
        Ok(self.summary_of_known(event))
    }

    /// Returns the same, as far as the session's instances are known.
    pub(crate) fn summary_of_known(&self, event: &Recorded) -> String {
        let Some(said) = &event.event else { return erased(event) };
        let instance = match instance_index(said) {
            Some(index) => self.rosters.known_name(event, index),
            None => String::new(),
        };
        summary(said, &instance)
    }

    /// Reads which instances a session has, where that is asked for.
    fn read(&mut self, reader: &mut Reader<'_>, event: &Recorded) -> Result<(), Failure> {
        match self.asks_for(event) {
            true => self.rosters.read(reader, event.stream),
            false => Ok(()),
        }
    }

    /// Whether it has to know which instances the session of an event has, and does not.
    pub(crate) fn asks_for(&self, event: &Recorded) -> bool {
        event.event.as_ref().is_some_and(|said| instance_index(said).is_some())
            && !self.rosters.knows(event.stream)
    }

    /// Takes the events of [`ROSTER_TYPES`](crate::roster::ROSTER_TYPES) of a session from whoever has them elsewhere.
    #[cfg(feature = "team")]
    pub(crate) fn learn(&mut self, stream: StreamId, events: &[Recorded]) {
        self.rosters.learn(stream, events);
    }

    /// Returns what happened in words, and what kind of news it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn tell(
        &mut self,
        reader: &mut Reader<'_>,
        event: &Recorded,
    ) -> Result<(String, Tone), Failure> {
        self.read(reader, event)?;
        Ok(self.tell_of_known(event))
    }

    /// Returns the same, as far as the session's instances are known.
    pub(crate) fn tell_of_known(&mut self, event: &Recorded) -> (String, Tone) {
        let Some(said) = &event.event else {
            return (format!("{} {}", event.kind.name(), erased(event)), Tone::Warning);
        };
        let agent = match instance_index(said) {
            Some(index) => self.rosters.known_called(event, index),
            None => String::new(),
        };
        if let Event::ToolCalled(body) = said {
            let about = body.input.as_str().and_then(subject);
            let [doing, done] = verbs(&body.kind, &body.name, about.as_ref());
            if self.calls.len() >= CALLS_MAX {
                self.calls.clear();
            }
            self.calls.insert((event.stream, body.call.clone()), Called { done, at: event.occurred_at });
            return (doing, Tone::Tool);
        }
        if let Event::ToolReturned(body) = said {
            let called = self.calls.remove(&(event.stream, body.call.clone()));
            let told = called.map_or_else(
                || format!("a call returned · {}: {}", body.outcome, content(&body.output)),
                |called| {
                    let lasted = time::from_micros(called.at).zip(time::from_micros(event.occurred_at));
                    let lasted = lasted.map(|(from, to)| to.duration_since(from));
                    let lasted = lasted.filter(|lasted| lasted.is_positive());
                    let lasted = lasted.map_or_else(String::new, |lasted| format!(" · {}", took(lasted)));
                    format!("{} · {}{lasted}", called.done, body.outcome)
                },
            );
            return (told, tone_of_status(&body.outcome));
        }
        in_words(said, &agent)
    }

    /// Forgets what may have changed since.
    pub(crate) fn forget(&mut self, stream: StreamId) {
        self.rosters.forget(stream);
    }
}

fn erased(event: &Recorded) -> String {
    format!("({})", event.erasure.unwrap_or(Erasure::Redacted))
}

/// Returns what a call of a tool does, and what it did.
fn verbs(kind: &str, name: &str, about: Option<&Subject>) -> [String; 2] {
    let Some(about) = about else { return [format!("calls {name}"), format!("called {name}")] };
    let text = match about {
        Subject::Command(text) => format!("`{}`", head(text)),
        about => head(about.text()).to_owned(),
    };
    let verbs = match kind {
        "execute" => ["runs", "ran"],
        "read" => ["reads", "read"],
        "edit" => ["edits", "edited"],
        "delete" => ["deletes", "deleted"],
        "move" => ["moves", "moved"],
        "search" => ["searches for", "searched for"],
        "fetch" => ["fetches", "fetched"],
        _ => return ["calls", "called"].map(|verb| format!("{verb} {name}: {text}")),
    };
    verbs.map(|verb| format!("{verb} {text}"))
}

fn in_words(event: &Event, agent: &str) -> (String, Tone) {
    let status =
        |who: &str, status: &str| (format!("{who} {}", status_in_words(status)), tone_of_status(status));
    let plain = |told: String| (told, Tone::Plain);
    let aside = |told: String| (told, Tone::Aside);
    match event {
        Event::SessionCreated(body) if body.session.task.is_empty() => plain("session began".to_owned()),
        Event::SessionCreated(body) => plain(format!("session began: {}", head(&body.session.task))),
        Event::TaskChanged(body) => plain(format!("task is now: {}", head(&body.task))),
        Event::TitleChanged(body) => aside(format!("title is now: {}", head(&body.title))),
        Event::SessionStatusChanged(body) => status("session", &body.status),
        Event::StatusObserved(body) => {
            let (told, tone) = status("session", &body.status);
            (if body.inferred { format!("{told}, it seems") } else { told }, tone)
        }
        Event::WinnerSelected(body) => match body.winner_id {
            Some(winner) => (format!("agent #{winner} won"), Tone::Good),
            None => aside("no agent won".to_owned()),
        },
        Event::SessionMoved(body) => aside(format!("session moved to place {} of its list", body.place)),
        Event::SessionDeleted(_) => ("session was deleted".to_owned(), Tone::Bad),
        Event::SessionRestored(_) => ("session was restored".to_owned(), Tone::Good),
        Event::SessionLinked(body) => aside(format!("is a {} of {}", body.relation, body.parent)),
        Event::InstanceAdded(body) => {
            plain(format!("agent #{} {} joined", body.instance.instance_id, body.instance.agent_name))
        }
        Event::InstanceStatusChanged(body) => status(&format!("agent {agent}"), &body.status),
        Event::InstanceRemoved(_) => plain(format!("agent {agent} left")),
        Event::OutputAppended(body) => plain(format!("agent {agent} wrote {}", text(&body.text))),
        Event::OutputReplaced(body) => plain(match &body.text {
            Some(output) => format!("agent {agent} wrote all of it again: {}", text(output)),
            None => format!("agent {agent} has no output any more"),
        }),
        Event::MessageAdded(body) => {
            let (role, said) = (&body.message.role, content(&body.message.content));
            match role.as_str() {
                "thinking" => aside(format!("thought: {said}")),
                _ if body.message.content.is_empty() => aside(format!("{role} responds")),
                "user" => (format!("user: {said}"), Tone::User),
                role => plain(format!("{role}: {said}")),
            }
        }
        Event::MessageChanged(body) => plain(match &body.content {
            Some(changed) => format!("message {} now says: {}", body.index, content(changed)),
            None => format!("message {} changed", body.index),
        }),
        Event::MessageRemoved(body) => plain(format!("message {} was removed", body.index)),
        Event::TagsChanged(body) if body.tags.is_empty() => aside("has no tag any more".to_owned()),
        Event::TagsChanged(body) => aside(format!("tags are now: {}", body.tags.join(" "))),
        Event::UsageRecorded(body) => {
            let read = body.input.saturating_add(body.cache_read).saturating_add(body.cache_write);
            aside(format!("{} tokens read, {} written · {}", short(read), short(body.output), body.model))
        }
        Event::ContextCompacted(body) if body.messages.is_empty() => {
            ("compacted: the model goes on with a summary of all before".to_owned(), Tone::Warning)
        }
        Event::ContextCompacted(body) => {
            let messages = counted(body.messages.len() as u64, "message");
            (format!("compacted: the model goes on with a summary of {messages}"), Tone::Warning)
        }
        Event::HistoryRewound(body) => {
            let messages = counted(body.messages.len() as u64, "message");
            (format!("went back: {messages} taken back"), Tone::Warning)
        }
        Event::BodyRedacted(body) => {
            (format!("redacted position {}: {}", body.position, head(&body.reason)), Tone::Warning)
        }
        Event::BodiesPruned(body) => (format!("pruned into {}", head(&body.archive)), Tone::Warning),
        Event::BodiesRestored(body) => aside(format!("restored from {}", head(&body.archive))),
        Event::SessionDetailsChanged(_) => aside(format!("session details changed: {}", keys(event, agent))),
        Event::InstanceDetailsChanged(_) => aside(format!("agent {agent} changed: {}", keys(event, ""))),
        Event::SessionContextChanged(body) => aside(context(body)),
        other => aside(format!("{}: {}", other.event_type().name(), summary(other, agent))),
    }
}

/// Returns where and by what the session is worked on now.
fn context(body: &SessionContextChanged) -> String {
    let last = |list: &Option<Vec<String>>| list.as_ref().and_then(|list| list.last().cloned());
    let facts = [
        ("folder", last(&body.cwds)),
        ("branch", last(&body.branches)),
        ("worktree", body.worktree.clone()),
        ("model", last(&body.models)),
        ("version", last(&body.versions)),
        ("file", last(&body.files)),
    ];
    let facts: Vec<String> = facts
        .into_iter()
        .filter_map(|(what, value)| Some(format!("{what} is now: {}", head(&value?))))
        .collect();
    if facts.is_empty() { "details changed".to_owned() } else { facts.join(", ") }
}

/// Returns the keys that an event sets.
fn keys(event: &Event, instance: &str) -> String {
    let summary = summary(event, instance);
    summary.trim_start().strip_prefix("set ").unwrap_or(&summary).to_owned()
}

/// Returns a long text's size and its beginning.
fn text(text: &Text) -> String {
    match text.as_str() {
        Some(inline) => format!("{}: {}", size(text.len()), head(inline)),
        None => size(text.len()),
    }
}

fn content(text: &Text) -> String {
    text.as_str().map_or_else(|| size(text.len()), |inline| head(inline).to_owned())
}

fn head(text: &str) -> &str {
    let text = text.trim();
    text.char_indices().nth(TEXT_MAX).map_or(text, |(end, _)| &text[..end])
}

/// Says what a part of a log lacks, and what whoever has the rest can compare it with.
pub(crate) fn of_part(part: &retold_core::PartOfLog) -> String {
    let mut said = format!("{} absent", counted(part.absent, "event"));
    if part.withheld > 0 {
        said.push_str(&format!(", {} withheld", counted_bodies(part.withheld)));
    }
    said.push_str(&format!("; the log ended at {}:{}", part.head.position, part.head.hash));
    said
}

/// "1 session", "2 bodies".
pub(crate) fn counted_bodies(number: u64) -> String {
    counted(number, "body").replace("bodys", "bodies")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_said_in_words() {
        let status = |status: &str| retold_core::event::InstanceStatusChanged {
            index: 0,
            status: status.to_owned(),
            updated_at: None,
        };
        assert_eq!(
            in_words(&status("failed").into(), "#1 tester"),
            ("agent #1 tester failed".to_owned(), Tone::Bad)
        );
        assert_eq!(in_words(&status("running").into(), "#1").0, "agent #1 is running");
        let about = Subject::Command("cargo test".to_owned());
        assert_eq!(verbs("execute", "Bash", Some(&about)), ["runs `cargo test`", "ran `cargo test`"]);
        assert_eq!(verbs("other", "todo", None), ["calls todo", "called todo"]);
    }
}
