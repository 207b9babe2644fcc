//! The sessions of Claude Code, and the files that they are in.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::is_agent;
use super::messages::{Last, Tree};
use crate::fact::Teller;
use crate::formats::saved::{Sound, all_below};
use crate::id::{Id, Names, id, next};
use crate::{Fact, Relation, Source, What};

/// The longest text that is taken for an id.
pub(super) const ID_MAX: usize = 512;

/// All sessions and files.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    names: Names,
    all: Vec<Session>,
    files: Vec<File>,
    numbers: HashMap<OsString, u32>,
    /// What is said of agents beside their files, by the path of the file.
    metas: HashMap<OsString, Meta>,
    /// The calls that began agents.
    spawned: HashMap<u32, Box<str>>,
}

/// A file.
#[derive(Serialize, Deserialize)]
struct File {
    path: OsString,
    stem: String,
    /// The agent that it is of, and the session in whose folder it lies.
    agent: Option<(Option<String>, String)>,
    /// The session of those of its records that name none.
    session: Option<u32>,
}

/// What a file beside an agent's says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) description: Option<String>,
    pub(super) call: Option<String>,
    pub(super) parent: Option<String>,
}

/// What is known of a session.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Session {
    begun_in: HashSet<u32>,
    /// Of an agent, the session that it works for.
    agent_of: Option<String>,
    /// Of an agent, a file of it.
    file: Option<u32>,
    cwd: Option<Id>,
    branch: Option<Id>,
    version: Option<Id>,
    worktree: Option<Id>,
    title: Option<(Title, Id)>,
    link: Option<Id>,
    pub(super) last: Last,
    pub(super) open_calls: HashSet<Id>,
    pub(super) tree: Tree,
}

/// Where a title comes from, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Title {
    /// What an agent was begun for.
    Task,
    /// A summary, in any file.
    Summary,
    /// Made by a model.
    Generated,
    /// Given by a person.
    Custom,
}

impl Sound for Sessions {
    fn is_sound(&self) -> bool {
        let (sessions, files) = (self.all.len(), self.files.len());
        sessions == self.names.count()
            && all_below(self.numbers.values(), files)
            && all_below(self.files.iter().filter_map(|file| file.session.as_ref()), sessions)
            && all_below(self.all.iter().filter_map(|session| session.file.as_ref()), files)
    }
}

impl Sessions {
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&mut self, number: u32) -> &mut Session {
        &mut self.all[number as usize]
    }

    pub(super) fn known(&self, session: &str) -> Option<&Session> {
        self.names.known(session).map(|number| &self.all[number as usize])
    }

    pub(super) fn is_agent(&self, number: u32) -> bool {
        self.all[number as usize].agent_of.is_some()
    }

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.text(number)
    }

    fn number(&mut self, session: &str) -> u32 {
        let number = self.names.number(session);
        if self.all.len() <= number as usize {
            let agent_of = session.split_once("/agent-").map(|(of, _)| of.to_owned());
            self.all.push(Session { agent_of, ..Session::default() });
        }
        number
    }

    /// Returns the number of a file.
    pub(super) fn file(&mut self, source: &Source) -> u32 {
        if let Some(number) = self.numbers.get(source.path.as_os_str()) {
            return *number;
        }
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let stem =
            source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let agent = is_agent(&stem).then(|| {
            let mut folders = source.path.ancestors().skip(1);
            let session = folders.find(|folder| folder.ends_with("subagents")).and_then(Path::parent);
            (session.and_then(name), stem.clone())
        });
        let number = next(self.files.len());
        self.files.push(File { path: source.path.clone().into_os_string(), stem, agent, session: None });
        self.numbers.insert(source.path.clone().into_os_string(), number);
        number
    }

    pub(super) fn is_file_of_agent(&self, file: u32) -> bool {
        self.files[file as usize].agent.is_some()
    }

    /// Returns the session of a record of a file, which says that it is of the session `told`. An agent's file is named after the
    /// agent, and its records name the session that it works for; as does its folder, which is right where both do. Nothing where
    /// none of them says it.
    pub(super) fn told(&mut self, file: u32, told: Option<&str>) -> Option<u32> {
        let name = match (&self.files[file as usize].agent, told) {
            (Some((Some(session), agent)), _) => format!("{session}/{agent}"),
            (Some((None, agent)), Some(told)) => format!("{told}/{agent}"),
            (None, Some(told)) => told.to_owned(),
            (_, None) => return None,
        };
        Some(self.number(&name))
    }

    /// Returns the session of a record that is read: what it says, else what the first one of the file that was asked for said, else
    /// the file's name. That it is the first one keeps it the same when the file is read again.
    pub(super) fn own(&mut self, file: u32, told: Option<&str>) -> u32 {
        let told = self.told(file, told);
        if let Some(session) = told.or(self.files[file as usize].session) {
            self.files[file as usize].session.get_or_insert(session);
            return session;
        }
        let stem = self.files[file as usize].stem.clone();
        let session = self.number(&stem);
        self.files[file as usize].session = Some(session);
        session
    }

    /// Returns the session that a record of a file was copied from.
    pub(super) fn original(&mut self, file: u32, session: &str) -> u32 {
        let name = match &self.files[file as usize].agent {
            Some((_, agent)) => format!("{session}/{agent}"),
            None => session.to_owned(),
        };
        self.number(&name)
    }

    pub(super) fn teller<'e>(
        &self,
        session: u32,
        at: Option<i64>,
        each: &'e mut dyn FnMut(Fact),
    ) -> Teller<'e> {
        self.agent_teller(session, at, None, each)
    }

    /// Returns what tells facts of an agent inside a session.
    pub(super) fn agent_teller<'e>(
        &self,
        session: u32,
        at: Option<i64>,
        agent: Option<String>,
        each: &'e mut dyn FnMut(Fact),
    ) -> Teller<'e> {
        Teller { session: self.names.text(session).to_owned(), at, agent, each }
    }

    /// Says that a session is there, once a file.
    pub(super) fn begin(&mut self, session: u32, file: u32, at: Option<i64>, each: &mut dyn FnMut(Fact)) {
        let this = self.get(session);
        if !this.begun_in.insert(file) {
            return;
        }
        this.file = Some(file);
        self.teller(session, at, each).tell(What::Began);
        self.agent(session, each);
    }

    /// Takes what a file beside an agent's says.
    pub(super) fn meta(&mut self, path: OsString, meta: Meta, each: &mut dyn FnMut(Fact)) {
        let session = self.numbers.get(&path).and_then(|number| self.files[*number as usize].session);
        self.metas.insert(path, meta);
        if let Some(session) = session {
            self.agent(session, each);
        }
    }

    /// Takes it that a call began an agent.
    pub(super) fn spawns(&mut self, session: u32, agent: &str, call: &str, each: &mut dyn FnMut(Fact)) {
        if agent.len() > ID_MAX || call.len() > ID_MAX {
            return;
        }
        let of = self.all[session as usize].agent_of.as_deref().unwrap_or_else(|| self.names.text(session));
        let agent = self.number(&format!("{of}/agent-{agent}"));
        self.spawned.entry(agent).or_insert_with(|| call.into());
        self.agent(agent, each);
    }

    /// Says whose an agent is and what for, as far as it is known, once it is there.
    fn agent(&mut self, session: u32, each: &mut dyn FnMut(Fact)) {
        let this = &self.all[session as usize];
        let (Some(of), Some(file)) = (&this.agent_of, this.file) else { return };
        let meta = self.metas.get(&self.files[file as usize].path).cloned().unwrap_or_default();
        let parent = meta.parent.map_or_else(|| of.clone(), |agent| format!("{of}/agent-{agent}"));
        let call = meta.call.or_else(|| self.spawned.get(&session).map(|call| call.to_string()));
        self.link(session, Relation::Subagent, parent, call, each);
        if let Some(title) = meta.description {
            self.title(session, Title::Task, title, each);
        }
    }

    /// Says where a session comes from.
    pub(super) fn link(
        &mut self,
        session: u32,
        relation: Relation,
        parent: String,
        spawned_by: Option<String>,
        each: &mut dyn FnMut(Fact),
    ) {
        let new = Some(id(format!("{}\0{parent}\0{spawned_by:?}", relation.word())));
        if std::mem::replace(&mut self.get(session).link, new) != new {
            self.teller(session, None, each).tell(What::Linked { relation, parent, spawned_by });
        }
    }

    /// Gives a session a title, unless it has a better one.
    pub(super) fn title(&mut self, session: u32, from: Title, title: String, each: &mut dyn FnMut(Fact)) {
        let new = (from, id(&title));
        let old = &mut self.get(session).title;
        if title.trim().is_empty() || *old == Some(new) || old.is_some_and(|(old, _)| old > from) {
            return;
        }
        *old = Some(new);
        self.teller(session, None, each).tell(What::Titled(title));
    }

    /// Says that a session is in another folder or on another branch.
    pub(super) fn moved(
        &mut self,
        session: u32,
        at: Option<i64>,
        cwd: Option<String>,
        branch: Option<String>,
        each: &mut dyn FnMut(Fact),
    ) {
        let this = self.get(session);
        let (cwd, branch) = (changed(&mut this.cwd, cwd), changed(&mut this.branch, branch));
        if cwd.is_some() || branch.is_some() {
            self.teller(session, at, each).tell(What::Moved { cwd, branch });
        }
    }

    /// Says that a session is written by another version.
    pub(super) fn versioned(
        &mut self,
        session: u32,
        at: Option<i64>,
        version: String,
        each: &mut dyn FnMut(Fact),
    ) {
        if let Some(version) = changed(&mut self.get(session).version, Some(version)) {
            self.teller(session, at, each).tell(What::Versioned(version));
        }
    }

    /// Says that a session works in a worktree.
    pub(super) fn in_worktree(&mut self, session: u32, path: String, each: &mut dyn FnMut(Fact)) {
        if let Some(path) = changed(&mut self.get(session).worktree, Some(path)) {
            self.teller(session, None, each).tell(What::InWorktree(path));
        }
    }
}

/// Returns a value where it is another one than before.
fn changed(old: &mut Option<Id>, new: Option<String>) -> Option<String> {
    let new = new?;
    let number = Some(id(&new));
    (std::mem::replace(old, number) != number).then_some(new)
}
