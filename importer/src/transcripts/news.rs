//! What the log has of a session, and so what is news.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use retold_core::event::UsageRecorded;
use retold_core::{Event, Message, Recorded, Text, time};
use retold_transcripts::Tokens;

/// The longest title that is made of a prompt, in characters.
const TITLE_MAX: usize = 200;

/// Tells a text from another one.
pub(super) type Hash = [u8; 32];

/// A message that the log has.
#[derive(Debug, Default)]
pub(super) struct KnownMessage {
    /// Who said it.
    pub(super) role: String,
    /// A hash of that and of its text.
    pub(super) hash: Hash,
    /// When, in milliseconds since 1970.
    pub(super) at: Option<i64>,
}

/// What the log has of a session. A fact that repeats it appends nothing.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) exists: bool,
    pub(super) title: String,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) cwds: Vec<String>,
    pub(super) branches: Vec<String>,
    pub(super) worktree: Option<String>,
    pub(super) models: Vec<String>,
    pub(super) versions: Vec<String>,
    pub(super) files: Vec<String>,
    pub(super) is_partial: bool,
    pub(super) details: String,
    pub(super) link: Option<(String, String, Option<String>)>,
    pub(super) status: Option<(String, bool)>,
    pub(super) instances: HashMap<String, u32>,
    /// The messages, in the order of the list.
    pub(super) messages: Vec<KnownMessage>,
    /// The places of the messages of each id.
    pub(super) places: HashMap<String, Vec<u32>>,
    /// The calls, each with a hash of what was called.
    pub(super) calls: HashMap<String, Hash>,
    pub(super) returns: HashMap<String, Hash>,
    pub(super) usage: HashMap<String, Hash>,
    /// Statuses, compactions and rewinds, by hash.
    pub(super) changes: HashSet<Hash>,
}

impl Known {
    /// Returns who said the messages of an id, and their hashes.
    pub(super) fn said(&self, id: &str) -> impl Iterator<Item = &KnownMessage> {
        self.places.get(id).into_iter().flatten().filter_map(|place| self.messages.get(*place as usize))
    }

    /// Learns what an event says, whether the log has it or is to get it.
    pub(super) fn apply(&mut self, event: &Event) {
        if let Some(at) = event.updated_at().and_then(time::parse) {
            self.updated_at = Some(self.updated_at.map_or(at, |known| known.max(at)));
        }
        match event {
            Event::SessionCreated(body) => {
                self.exists = true;
                self.created_at = time::parse(&body.session.created_at);
            }
            Event::SessionDetailsChanged(body) => {
                if let Some(created_at) = body.set.created_at.as_deref().and_then(time::parse) {
                    self.created_at = Some(created_at);
                }
            }
            Event::TitleChanged(body) => self.title.clone_from(&body.title),
            Event::SessionContextChanged(body) => {
                let set = |known: &mut Vec<String>, new: &Option<Vec<String>>| {
                    if let Some(new) = new {
                        known.clone_from(new);
                    }
                };
                set(&mut self.cwds, &body.cwds);
                set(&mut self.branches, &body.branches);
                set(&mut self.models, &body.models);
                set(&mut self.versions, &body.versions);
                set(&mut self.files, &body.files);
                if body.worktree.is_some() {
                    self.worktree.clone_from(&body.worktree);
                }
                self.is_partial = body.partial.unwrap_or(self.is_partial);
                if let Some(details) = &body.details {
                    self.details.clone_from(details);
                }
            }
            Event::SessionLinked(body) => {
                self.link = Some((body.relation.clone(), body.parent.clone(), body.spawned_by.clone()));
            }
            Event::StatusObserved(body) => {
                self.status = Some((body.status.clone(), body.inferred));
                self.changes.insert(of_event(event));
            }
            Event::ContextCompacted(_) | Event::HistoryRewound(_) => {
                self.changes.insert(of_event(event));
            }
            Event::InstanceAdded(body) => {
                self.instances.insert(body.instance.agent_name.clone(), body.instance.instance_id);
            }
            Event::MessageAdded(body) => {
                let Message { id, role, content, timestamp, .. } = &body.message;
                let end = self.messages.len();
                let place = body.index.map_or(end, |index| index as usize).min(end);
                let at = time::parse(timestamp).map(Timestamp::as_millisecond);
                let said = KnownMessage { role: role.clone(), hash: of_long_text(role, content), at };
                self.messages.insert(place, said);
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                if place as usize != end {
                    self.each_place(|known| Some(known + u32::from(*known >= place)));
                }
                self.places.entry(id.clone()).or_default().push(place);
            }
            Event::MessageChanged(body) => {
                if let (Some(content), Some(KnownMessage { role, hash, .. })) =
                    (&body.content, self.messages.get_mut(body.index as usize))
                {
                    if let Some(new) = &body.set.role {
                        role.clone_from(new);
                    }
                    *hash = of_long_text(role, content);
                }
            }
            Event::MessageRemoved(body) if (body.index as usize) < self.messages.len() => {
                self.messages.remove(body.index as usize);
                self.each_place(|known| {
                    (*known != body.index).then_some(known - u32::from(*known > body.index))
                });
            }
            Event::MappingCorrected(body) => {
                for key in &body.unused {
                    self.usage.remove(key);
                }
            }
            Event::ToolCalled(body) => {
                self.calls.insert(body.call.clone(), of_long_text(&body.name, &body.input));
            }
            Event::ToolReturned(body) => {
                self.returns.insert(body.call.clone(), of_long_text(&body.outcome, &body.output));
            }
            Event::UsageRecorded(body) => {
                self.usage.insert(body.key.clone(), of_usage(body));
            }
            _ => {}
        }
    }

    /// Moves the places of messages; those that have none any more go.
    fn each_place(&mut self, to: impl Fn(&u32) -> Option<u32>) {
        for places in self.places.values_mut() {
            *places = places.iter().filter_map(&to).collect();
        }
        self.places.retain(|_, places| !places.is_empty());
    }

    /// Learns what an event of the log says.
    pub(super) fn learn(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Some(event) => self.apply(event),
            None => self.apply_erased(recorded.kind),
        }
    }

    fn apply_erased(&mut self, kind: retold_core::EventType) {
        use retold_core::EventType;
        match kind {
            EventType::SessionCreated => self.exists = true,
            EventType::MessageAdded => self.messages.push(KnownMessage::default()),
            _ => {}
        }
    }
}

pub(super) fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

pub(super) fn of_text(word: &str, text: &str) -> Hash {
    hash(&[word.as_bytes(), blake3::hash(text.as_bytes()).as_bytes()])
}

/// The same of a text that may be in the store's blobs, which names it by its hash.
pub(super) fn of_long_text(word: &str, text: &Text) -> Hash {
    match text {
        Text::Blob(blob) => hash(&[word.as_bytes(), &blob.hash]),
        text => of_text(word, text.as_str().unwrap_or_default()),
    }
}

/// Returns the event that says that tokens were used.
pub(super) fn used(
    key: String,
    model: String,
    tokens: Tokens,
    cost: Option<i64>,
    hearsay: bool,
) -> UsageRecorded {
    let Tokens { input, cache_read, cache_write, cache_write_1h, output, reasoning } = tokens;
    UsageRecorded {
        key,
        model,
        input,
        cache_read,
        cache_write,
        cache_write_1h,
        output,
        reasoning,
        cost,
        hearsay,
    }
}

pub(super) fn of_usage(used: &UsageRecorded) -> Hash {
    let numbers =
        [used.input, used.cache_read, used.cache_write, used.output, used.reasoning].map(u64::to_le_bytes);
    let cost = used.cost.map(i64::to_le_bytes);
    let for_an_hour = used.cache_write_1h.map(u64::to_le_bytes);
    hash(&[
        used.model.as_bytes(),
        numbers.as_flattened(),
        cost.as_ref().map_or(&[][..], |cost| cost),
        &[u8::from(used.hearsay)],
        for_an_hour.as_ref().map_or(&[][..], |part| part),
    ])
}

/// What an event says, without anything that depends on when it is read.
pub(super) fn of_event(event: &Event) -> Hash {
    let mut body = Vec::new();
    let _ = event.write_body(&mut body);
    hash(&[event.event_type().name().as_bytes(), &body])
}

/// Returns the list with one more; none where it has it.
pub(super) fn and(list: &[String], one: &str) -> Option<Vec<String>> {
    (!list.iter().any(|known| known == one)).then(|| list.iter().cloned().chain([one.to_owned()]).collect())
}

/// A title of one line.
pub(super) fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(TITLE_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}\u{2026}", text[..end].trim_end()),
    }
}
