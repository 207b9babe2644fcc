//! What the records of Claude Code mean.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

use serde::{Deserialize, Serialize};

use super::chain::{Chain, Claim, Place};
use super::line::{Line, long_name, name};
use super::messages::Last;
use super::sessions::{Meta, Sessions, Title};
use super::usage::Usage;
use super::words;
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{Copies, Id, Names, id, id_within};
use crate::raw::{Raw, mended};
use crate::{Fact, Record, Relation, Settled, Source, SourceRole, Status, What};

/// How many titles wait for the record that says whose they are.
const WAITING_MAX: usize = 10_000;

/// What is known of all that was read.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) sessions: Sessions,
    pub(super) chain: Chain,
    pub(super) usage: Usage,
    copies: Copies,
    /// The copies that were seen, each within the session that has it.
    forks: HashSet<Id>,
    /// Titles of which the record that says whose they are was not read.
    waiting: HashMap<Id, Box<str>>,
    /// The names of side chains, by their records.
    pub(super) side_chains: HashMap<Id, u32>,
    pub(super) agents: Names,
    /// Responses of which something was told.
    pub(super) responses: HashSet<Id>,
}

/// Whose a record is.
#[derive(Clone, Copy)]
struct Owner {
    /// The session of the file.
    own: u32,
    /// The session that the record says it is of.
    session: u32,
    claim: Claim,
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        if source.role == SourceRole::Companion {
            return;
        }
        let bytes = mended(record.json());
        let Some(line) = Raw::of(&bytes).map(Line::owner_of) else { return };
        let file = self.sessions.file(source);
        let uuid = line.uuid.as_ref().filter(|_| words::is_chain(&line.kind));
        let own = self.sessions.told(file, line.session.as_deref());
        // What names no session is claimed when it is read.
        if let Some((uuid, own)) = uuid.zip(own) {
            let owner = self.owner(file, own, &line);
            self.chain.survey(id(uuid.as_bytes()), owner.session, owner.claim);
        }
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        if source.role == SourceRole::Companion {
            return;
        }
        let bytes = mended(record.json());
        let Some(raw) = Raw::of(&bytes) else { return };
        let line = Line::of(raw);
        let file = self.sessions.file(source);
        if words::is_chain(&line.kind) {
            let own = self.sessions.own(file, line.session.as_deref());
            let owner = self.owner(file, own, &line);
            self.link(file, raw, line, owner, each);
        } else {
            self.other(file, record, raw, &line, each);
        }
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let Some(stem) = source.path.to_str().and_then(|path| path.strip_suffix(".meta.json")) else {
            return;
        };
        let bytes = mended(contents);
        let Some(raw) = Raw::of(&bytes) else { return };
        let [description, call, parent] = raw.fields(&["description", "toolUseId", "parentAgentId"]);
        let meta = Meta {
            description: description.and_then(long_name).map(Cow::into_owned),
            call: call.and_then(name).map(Cow::into_owned),
            parent: parent.and_then(name).map(Cow::into_owned),
        };
        self.sessions.meta(OsString::from(format!("{stem}.jsonl")), meta, each);
    }

    fn settled(&self, session: &str) -> Settled {
        let status = self.sessions.known(session).and_then(|session| match session.last {
            Last::Nothing => None,
            Last::ApiError => Some(Status::Failed),
            Last::Interruption => Some(Status::Interrupted),
            Last::User => Some(Status::Open),
            Last::Response if !session.open_calls.is_empty() => Some(Status::Open),
            Last::Response => Some(Status::Completed),
        });
        Settled { status: status.map(|status| (status, true)), ..Settled::default() }
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        self.sessions.is_sound()
            && self.chain.are_below(self.sessions.count())
            && saved::all_below(self.side_chains.values(), self.agents.count())
    }
}

impl Reading {
    /// Returns whose a record is.
    fn owner(&mut self, file: u32, own: u32, line: &Line<'_>) -> Owner {
        if let Some(from) = &line.copied_from {
            return Owner { own, session: self.sessions.original(file, from), claim: Claim::Copied };
        }
        let claim = match line {
            _ if self.sessions.is_file_of_agent(file) => Claim::Agent,
            Line { is_side_chain: true, .. } => Claim::SideChain,
            Line { is_background: true, .. } => Claim::Background,
            _ => Claim::Own,
        };
        Owner { own, session: own, claim }
    }

    /// Reads a record that is part of a conversation.
    fn link(
        &mut self,
        file: u32,
        raw: Raw<'_>,
        mut line: Line<'_>,
        owner: Owner,
        each: &mut dyn FnMut(Fact),
    ) {
        let Owner { own, session, claim } = owner;
        // A record without an id is known by its bytes.
        let number = line.uuid.as_ref().map_or_else(|| id(raw.json()), |uuid| id(uuid.as_bytes()));
        let place = self.chain.read(number, session, claim);
        let is_here = place == Place::Here;
        self.sessions.begin(own, file, line.at.filter(|_| is_here && own == session), each);
        let original = match place {
            _ if own != session => Some(session),
            Place::CopyOf(session) => Some(session),
            Place::Here | Place::Again => None,
        };
        if let Some(original) = original {
            self.forked(own, original, number, claim, each);
        }
        if !is_here {
            return;
        }
        if own != session {
            self.sessions.begin(session, file, line.at, each);
        }
        let owned = |text: &Option<Cow<'_, str>>| text.as_ref().map(|text| text.clone().into_owned());
        self.sessions.moved(session, line.at, owned(&line.cwd), owned(&line.branch), each);
        if let Some(version) = owned(&line.version) {
            self.sessions.versioned(session, line.at, version, each);
        }
        let uuid = line.uuid.take().unwrap_or_else(|| format!("{number:032x}").into());
        self.message(session, number, &uuid, claim, &line, each);
        if let Some(title) = self.waiting.remove(&number) {
            self.sessions.title(session, Title::Summary, title.into(), each);
        }
    }

    /// Says that a session is a fork, where a record of it is a copy of another session's.
    fn forked(&mut self, own: u32, original: u32, number: Id, claim: Claim, each: &mut dyn FnMut(Fact)) {
        let is_agent = self.sessions.is_agent(own) || self.sessions.is_agent(original);
        if claim != Claim::SideChain && !is_agent && self.forks.insert(id_within(own, number.to_le_bytes())) {
            let parent = self.sessions.name(original).to_owned();
            self.sessions.link(own, Relation::Fork, parent, None, each);
        }
    }

    /// Reads a record that is not part of a conversation.
    fn other(
        &mut self,
        file: u32,
        record: &Record<'_>,
        raw: Raw<'_>,
        line: &Line<'_>,
        each: &mut dyn FnMut(Fact),
    ) {
        let is_silent = words::is_silent(&line.kind);
        if is_silent && line.session.is_none() {
            return;
        }
        let session = self.sessions.own(file, line.session.as_deref());
        if line.session.is_some() {
            self.sessions.begin(session, file, None, each);
        }
        if is_silent || self.copies.is_copy(session, file, record) {
            return;
        }
        let of = |field: &str| raw.field(field).and_then(long_name).map(Cow::into_owned);
        match &*line.kind {
            "custom-title" => {
                let title = of("customTitle");
                title.into_iter().for_each(|title| self.sessions.title(session, Title::Custom, title, each));
            }
            "ai-title" => {
                let title = of("aiTitle");
                title
                    .into_iter()
                    .for_each(|title| self.sessions.title(session, Title::Generated, title, each));
            }
            "summary" => {
                let Some((title, leaf)) = of("summary").zip(of("leafUuid")) else { return };
                let leaf = id(leaf.as_bytes());
                match self.chain.session(leaf) {
                    Some(session) => self.sessions.title(session, Title::Summary, title, each),
                    None if self.waiting.len() < WAITING_MAX => drop(self.waiting.insert(leaf, title.into())),
                    None => {}
                }
            }
            "worktree-state" => {
                let path = raw.field("worktreeSession").and_then(|state| state.field("worktreePath"));
                if let Some(path) = path.and_then(long_name) {
                    self.sessions.in_worktree(session, path.into_owned(), each);
                }
            }
            "relocated" => self.sessions.moved(session, None, of("relocatedCwd"), None, each),
            kind => {
                self.sessions.begin(session, file, None, each);
                let kind = kind.chars().take(128).collect();
                self.sessions.teller(session, None, each).tell(What::Unknown(kind));
            }
        }
    }
}
