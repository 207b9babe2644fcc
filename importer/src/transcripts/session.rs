//! A session of a tool: what the log has of it, and what facts add.

use jiff::Timestamp;
use retold_core::event::*;
use retold_core::{
    Document as _, Event, Instance, Limit, Message, MessagePatch, NewEvent, Reader, Revision, Session,
    SessionPatch, StreamName, Text, time,
};
use retold_transcripts::{Fact, Role, Settled, Status, What};

use super::gathered::Gathered;
use super::news::{Hash, Known, and, of_event, of_text, of_usage, used};
use super::repeats::{News, Repeats};
use crate::Error;

/// The kind of every session that comes from a transcript.
const KIND: &str = "transcript";

/// A session that facts are told of.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) name: StreamName,
    /// The revision that the log has.
    pub(super) revision: Revision,
    known: Known,
    /// Whether the log had it when it was looked at.
    was_known: bool,
    /// Whether anything was appended to it.
    has_news: bool,
    /// Events that are to be appended.
    pub(super) pending: Vec<NewEvent>,
    /// Events that wait for the session's first message: a file without one makes no session.
    waiting: Vec<NewEvent>,
    pub(super) gathered: Gathered,
    repeats: Repeats,
}

impl Tracked {
    /// Begins with a session of which the log has nothing.
    pub(super) fn blank(name: StreamName) -> Self {
        Self {
            name,
            revision: Revision::ZERO,
            known: Known::default(),
            was_known: false,
            has_news: false,
            pending: Vec::new(),
            waiting: Vec::new(),
            gathered: Gathered::default(),
            repeats: Repeats::default(),
        }
    }

    /// Reads what the log has of a session.
    pub(super) fn load(reader: &mut Reader<'_>, name: StreamName) -> Result<Self, Error> {
        let mut tracked = Self::blank(name);
        let Some(stream) = reader.stream(&tracked.name)? else { return Ok(tracked) };
        let end = reader.head()?.position;
        loop {
            let page = reader.stream_events_after(stream, tracked.revision, end, Limit::default())?;
            for recorded in &page.events {
                tracked.known.learn(recorded);
                tracked.revision = recorded.revision;
            }
            if page.events.is_empty() {
                tracked.was_known = tracked.known.exists;
                return Ok(tracked);
            }
        }
    }

    /// Goes on from what was gathered of it before, and from the events that waited for its first message.
    pub(super) fn go_on(&mut self, gathered: Gathered, waiting: Vec<NewEvent>) {
        self.gathered = gathered;
        if !self.known.exists {
            waiting.iter().for_each(|new| self.known.apply(&new.event));
            self.waiting = waiting;
        }
    }

    /// Whether all files that say it are gone, but for one.
    pub(super) fn is_only_in(&self, file: &str, is_there: impl Fn(&str) -> bool) -> bool {
        self.known.files.iter().all(|known| known == file || !is_there(known))
    }

    /// Returns the events that wait for its first message.
    pub(super) fn waiting(&self) -> &[NewEvent] {
        &self.waiting
    }

    /// Says that what comes from here on is of another import.
    pub(super) fn rest(&mut self) {
        self.was_known = self.known.exists;
        self.has_news = false;
        self.repeats = Repeats::default();
    }

    /// Whether it is a session that the log had before, and this is the first that is said of it now.
    pub(super) fn is_first_news(&mut self) -> bool {
        self.was_known && !std::mem::replace(&mut self.has_news, true)
    }

    /// Whether the log has it, or will with what is pending.
    pub(super) fn exists(&self) -> bool {
        self.known.exists
    }

    /// Takes in a fact; returns the numbers, among those that are pending, of the events that say a text of it. `news` says whether its
    /// record is one that the log lacks: of one that it has only what all facts say together counts. `unmasked` is the text of the fact where the fact
    /// says it masked: the log may have it as it was.
    pub(super) fn fact(
        &mut self,
        mut fact: Fact,
        unmasked: Option<&str>,
        file: &str,
        news: News,
    ) -> Option<usize> {
        if news != News::New && (self.was_known || self.known.files.len() > 1) {
            self.repeats.rename(&self.known, &mut fact.what, fact.at, unmasked, (file, news));
        }
        let at = fact.at.and_then(|at| Timestamp::from_millisecond(at).ok());
        if let Some(at) = at {
            self.gathered.lasts(at);
        }
        let agent = fact.agent;
        self.gathered.hear(&fact.what, agent.is_some());
        // Of a session that the log lacks all is new, also what was read before there was a message in it.
        if news == News::Known && self.was_known {
            return None;
        }
        let begins = matches!(
            fact.what,
            What::Spoke { role: Role::User | Role::Assistant, .. }
                | What::Responded { .. }
                | What::Called { message: Some(_), .. }
        ) && agent.is_none();
        let when = at.or(self.gathered.last);
        if begins && !self.known.exists {
            self.create(when);
        }
        let speaks = matches!(fact.what, What::Spoke { .. } | What::Responded { .. } | What::Called { .. });
        let instance_id = agent.filter(|_| speaks).map(|agent| self.instance(&agent, when));
        let event = self.event(fact.what, unmasked, instance_id, file, when)?;
        let has_text = event.long_text().is_some();
        self.push(event, when);
        (has_text && self.known.exists).then(|| self.pending.len() - 1)
    }

    /// Says what follows of all that was read; `found_at` is when it happened where nothing says so.
    pub(super) fn settle(&mut self, settled: Settled, found_at: Option<Timestamp>) {
        if !self.known.exists {
            return;
        }
        let when = self.gathered.last.or(found_at);
        let title = self.gathered.title().unwrap_or_default().to_owned();
        if !title.is_empty() && title != self.known.title {
            self.push(TitleChanged { title, updated_at: None }.into(), when);
        }
        if self.gathered.link.is_some() && self.gathered.link != self.known.link {
            let (relation, parent, spawned_by) = self.gathered.link.clone().unwrap_or_default();
            self.push(SessionLinked { relation, parent, spawned_by }.into(), when);
        }
        for (name, value) in settled.also {
            self.gathered.also.insert(name.to_owned(), value);
        }
        let details = self.gathered.details();
        let set = SessionContextChanged {
            worktree: self
                .gathered
                .worktree
                .clone()
                .filter(|worktree| self.known.worktree.as_ref() != Some(worktree)),
            partial: (settled.is_usage_partial != self.known.is_partial).then_some(settled.is_usage_partial),
            details: (details != self.known.details).then_some(details),
            ..context()
        };
        if set.worktree.is_some() || set.partial.is_some() || set.details.is_some() {
            self.push(set.into(), when);
        }
        if let Some((status, inferred)) = settled.status
            && self.known.status != Some((status.word().to_owned(), inferred))
        {
            self.push(observed(status, inferred), when);
        }
        let Gathered { first, last, .. } = self.gathered;
        let created_at = first.filter(|first| self.known.created_at.is_some_and(|known| *first < known));
        let updated_at = last.filter(|last| self.known.updated_at.is_none_or(|known| *last > known));
        if created_at.is_some() || updated_at.is_some() {
            let set = SessionPatch {
                created_at: created_at.map(time::spell),
                updated_at: updated_at.map(time::spell),
                ..SessionPatch::default()
            };
            self.push(SessionDetailsChanged { set }.into(), when);
        }
    }

    fn create(&mut self, when: Option<Timestamp>) {
        let at = self.gathered.first.or(when);
        let text = at.map(time::spell).unwrap_or_default();
        let mut session = Session::blank();
        session.id.clone_from(&self.name.session_id);
        session.kind = KIND.to_owned();
        session.status = Status::Open.word().to_owned();
        session.created_at.clone_from(&text);
        session.updated_at = text;
        let event: Event = SessionCreated { session, place: None, home: None }.into();
        self.known.apply(&event);
        self.pending.push(NewEvent { event, occurred_at: at });
        self.pending.append(&mut self.waiting);
    }

    fn instance(&mut self, agent: &str, when: Option<Timestamp>) -> u32 {
        if let Some(number) = self.known.instances.get(agent) {
            return *number;
        }
        let number = u32::try_from(self.known.instances.len() + 1).unwrap_or(u32::MAX);
        let mut instance = Instance::blank();
        instance.instance_id = number;
        instance.agent_name = agent.to_owned();
        instance.status = Status::Open.word().to_owned();
        instance.start_time = when.map(time::spell);
        self.push(InstanceAdded { instance, index: None, updated_at: None }.into(), when);
        number
    }

    fn push(&mut self, mut event: Event, when: Option<Timestamp>) {
        if let Some(when) = when
            && self.known.updated_at.is_none_or(|known| when > known)
        {
            event.set_updated_at(&time::spell(when));
        }
        self.known.apply(&event);
        let event = NewEvent { event, occurred_at: when };
        if self.known.exists { self.pending.push(event) } else { self.waiting.push(event) }
    }

    /// Returns the event that a fact is; none where it is no news.
    fn event(
        &mut self,
        what: What,
        unmasked: Option<&str>,
        instance_id: Option<u32>,
        file: &str,
        at: Option<Timestamp>,
    ) -> Option<Event> {
        let known = &self.known;
        let is_text = |word: &str, text: &str, hash: &Hash| {
            *hash == of_text(word, text) || unmasked.is_some_and(|text| *hash == of_text(word, text))
        };
        Some(match what {
            What::Began => {
                let files = and(&known.files, file)?;
                SessionContextChanged { files: Some(files), ..context() }.into()
            }
            What::Moved { cwd, branch } => {
                let cwds = cwd.and_then(|cwd| and(&known.cwds, &cwd));
                let branches = branch.and_then(|branch| and(&known.branches, &branch));
                if cwds.is_none() && branches.is_none() {
                    return None;
                }
                SessionContextChanged { cwds, branches, ..context() }.into()
            }
            What::Versioned(version) => {
                let versions = and(&known.versions, &version)?;
                SessionContextChanged { versions: Some(versions), ..context() }.into()
            }
            What::Spoke { id, role, text, model } => {
                if known.said(&id).any(|said| is_text(role.word(), &text, &said.hash)) {
                    return None;
                }
                self.responded(model, instance_id, role == Role::Assistant);
                message(id, role, text, instance_id, at)
            }
            What::Responded { id, model } => {
                let is_known = known.places.contains_key(&id);
                self.responded(model, instance_id, true);
                if is_known {
                    return None;
                }
                message(id, Role::Assistant, String::new(), instance_id, at)
            }
            What::Revised { id, text } => {
                let index = *known.places.get(&id)?.first()?;
                let said = known.messages.get(index as usize)?;
                if is_text(&said.role, &text, &said.hash) {
                    return None;
                }
                let content = Some(Text::from(text));
                MessageChanged { index, set: MessagePatch::default(), content, updated_at: None }.into()
            }
            What::Called { id, message, name, kind, input } => {
                if known.calls.contains_key(&id) {
                    return None;
                }
                let (kind, input) = (kind.word().to_owned(), Text::from(input));
                ToolCalled { call: id, message, name, kind, instance_id, input, updated_at: None }.into()
            }
            What::Returned { id, outcome, output } => {
                if known.returns.get(&id).is_some_and(|hash| is_text(outcome.word(), &output, hash)) {
                    return None;
                }
                let (outcome, output) = (outcome.word().to_owned(), Text::from(output));
                ToolReturned { call: id, outcome, output, updated_at: None }.into()
            }
            What::Used { key, is_hearsay: hearsay, model, tokens, cost } => {
                let used = used(key, model, tokens, cost, hearsay);
                if known.usage.get(&used.key) == Some(&of_usage(&used)) {
                    return None;
                }
                used.into()
            }
            What::Compacted { dropped } => {
                let event = ContextCompacted { messages: dropped, updated_at: at.map(time::spell) }.into();
                self.unless_known(event)?
            }
            What::Rewound { dropped } => {
                let event = HistoryRewound { messages: dropped, updated_at: at.map(time::spell) }.into();
                self.unless_known(event)?
            }
            What::HasStatus(status) => {
                let mut event = observed(status, false);
                if let Some(at) = at {
                    event.set_updated_at(&time::spell(at));
                }
                self.unless_known(event)?
            }
            What::Titled(_)
            | What::InWorktree(_)
            | What::Linked { .. }
            | What::Unknown(_)
            | What::Also { .. } => {
                return None;
            }
        })
    }

    fn unless_known(&self, event: Event) -> Option<Event> {
        (!self.known.changes.contains(&of_event(&event))).then_some(event)
    }

    fn responded(&mut self, model: Option<String>, instance_id: Option<u32>, is_response: bool) {
        let new = model.filter(|_| instance_id.is_none() && is_response);
        if let Some(models) = new.and_then(|model| and(&self.known.models, &model)) {
            self.push(SessionContextChanged { models: Some(models), ..context() }.into(), self.gathered.last);
        }
    }
}

/// A change of nothing.
pub(super) fn context() -> SessionContextChanged {
    SessionContextChanged {
        cwds: None,
        branches: None,
        worktree: None,
        models: None,
        versions: None,
        files: None,
        partial: None,
        details: None,
    }
}

fn observed(status: Status, inferred: bool) -> Event {
    StatusObserved { status: status.word().to_owned(), inferred, updated_at: None }.into()
}

fn message(id: String, role: Role, text: String, instance_id: Option<u32>, at: Option<Timestamp>) -> Event {
    let mut message = Message::blank();
    message.id = id;
    message.role = role.word().to_owned();
    message.content = Text::from(text);
    message.timestamp = at.map(time::spell).unwrap_or_default();
    message.instance_id = instance_id;
    MessageAdded { message, index: None, updated_at: None }.into()
}
