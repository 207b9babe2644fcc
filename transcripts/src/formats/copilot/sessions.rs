//! The sessions of Copilot CLI, those of agents among them.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::usage::Usage;
use crate::fact::Teller;
use crate::formats::saved::{Sound, all_below};
use crate::id::{Id, Names, id, id_within, next};
use crate::{Fact, Relation, Source, Status, What};

/// All sessions and files.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    names: Names,
    all: Vec<Session>,
    files: Vec<File>,
    numbers: HashMap<OsString, u32>,
    /// Agents, by their sessions and their ids there.
    agents: HashMap<Id, u32>,
    /// The titles that files beside say, by session.
    titles: HashMap<u32, Box<str>>,
}

#[derive(Serialize, Deserialize)]
struct File {
    /// What stands for the session's id where no event says it.
    name: String,
    session: Option<u32>,
}

/// What came last in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Last {
    #[default]
    Nothing,
    /// Something that goes on.
    Work,
    TurnEnd,
    Error,
}

/// A session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Session {
    begun_in: HashSet<u32>,
    link: Option<Id>,
    pub(super) cwd: Option<Box<str>>,
    pub(super) branch: Option<Box<str>>,
    version: Option<Id>,
    title: Option<Id>,
    pub(super) git: Option<Id>,
    pub(super) model: Option<Box<str>>,
    pub(super) last: Last,
    /// The status that the tool wrote, until something happens again.
    pub(super) status: Option<Status>,
    pub(super) usage: Usage,
    /// What responses generated, as far as it was counted.
    pub(super) outputs: HashMap<Id, u64>,
    pub(super) thought: Option<Id>,
    /// Messages, by the events that they came with.
    pub(super) messages: Vec<(u64, Box<str>)>,
    /// How many events there were, and when each came.
    pub(super) events: HashMap<Id, u64>,
}

impl Sound for Sessions {
    fn is_sound(&self) -> bool {
        let (sessions, files) = (self.all.len(), self.files.len());
        sessions == self.names.count()
            && all_below(self.numbers.values(), files)
            && all_below(self.files.iter().filter_map(|file| file.session.as_ref()), sessions)
            && all_below(self.agents.values(), sessions)
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

    pub(super) fn name(&self, number: u32) -> &str {
        self.names.text(number)
    }

    pub(super) fn teller<'e>(
        &self,
        session: u32,
        at: Option<i64>,
        each: &'e mut dyn FnMut(Fact),
    ) -> Teller<'e> {
        Teller { session: self.names.text(session).to_owned(), at, agent: None, each }
    }

    fn number(&mut self, session: &str) -> u32 {
        let number = self.names.number(session);
        if self.all.len() <= number as usize {
            self.all.push(Session::default());
        }
        number
    }

    /// Returns the number of a file.
    pub(super) fn file(&mut self, source: &Source) -> u32 {
        if let Some(number) = self.numbers.get(source.path.as_os_str()) {
            return *number;
        }
        let stem =
            source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if stem == "events" { folder(&source.path).unwrap_or(stem) } else { stem };
        let number = next(self.files.len());
        self.files.push(File { name, session: None });
        self.numbers.insert(source.path.clone().into_os_string(), number);
        number
    }

    /// Returns the session of a file: what its first event says, else the file's name, which keeps it the same when it is read again.
    pub(super) fn of_file(&mut self, file: u32, told: Option<&str>) -> u32 {
        if let Some(session) = self.files[file as usize].session {
            return session;
        }
        let name = told.map_or_else(|| self.files[file as usize].name.clone(), str::to_owned);
        let session = self.number(&name);
        self.files[file as usize].session = Some(session);
        session
    }

    /// Returns the session of an agent. Its id is its own; where another session has it, it stands below its parent's.
    pub(super) fn agent(&mut self, session: u32, agent: &str) -> u32 {
        let key = id_within(session, agent);
        if let Some(number) = self.agents.get(&key) {
            return *number;
        }
        let number = match self.names.known(agent) {
            None => self.number(agent),
            Some(_) => {
                let name = format!("{}/{agent}", self.names.text(session));
                self.number(&name)
            }
        };
        self.agents.insert(key, number);
        number
    }

    /// Says that a session is there, once a file. Returns whether that is news.
    pub(super) fn begin(
        &mut self,
        session: u32,
        file: u32,
        at: Option<i64>,
        each: &mut dyn FnMut(Fact),
    ) -> bool {
        if !self.get(session).begun_in.insert(file) {
            return false;
        }
        self.teller(session, at, each).tell(What::Began);
        if let Some(title) = self.titles.get(&session).map(|title| title.to_string()) {
            self.title(session, &title, each);
        }
        true
    }

    /// Takes the title that a file beside says.
    pub(super) fn beside(&mut self, session: &str, title: &str, each: &mut dyn FnMut(Fact)) {
        let session = self.number(session);
        self.titles.insert(session, title.into());
        if !self.all[session as usize].begun_in.is_empty() {
            self.title(session, title, each);
        }
    }

    /// Takes the title that an event says: a file beside knows better.
    pub(super) fn told_title(&mut self, session: u32, title: &str, each: &mut dyn FnMut(Fact)) {
        if !self.titles.contains_key(&session) {
            self.title(session, title, each);
        }
    }

    fn title(&mut self, session: u32, title: &str, each: &mut dyn FnMut(Fact)) {
        let new = Some(id(title));
        if std::mem::replace(&mut self.get(session).title, new) != new {
            self.teller(session, None, each).tell(What::Titled(title.to_owned()));
        }
    }

    /// Says whose agent a session is.
    pub(super) fn link(&mut self, session: u32, parent: u32, call: Option<&str>, each: &mut dyn FnMut(Fact)) {
        let new = Some(id(format!("{parent}\0{call:?}")));
        let link = &mut self.get(session).link;
        // Where nothing new is known of the call, what was said stays.
        if *link == new || (link.is_some() && call.is_none()) {
            return;
        }
        *link = new;
        let (parent, spawned_by) = (self.names.text(parent).to_owned(), call.map(str::to_owned));
        self.teller(session, None, each).tell(What::Linked {
            relation: Relation::Subagent,
            parent,
            spawned_by,
        });
    }

    /// Says that a session is in another folder or on another branch.
    pub(super) fn moved(
        &mut self,
        session: u32,
        at: Option<i64>,
        cwd: Option<&str>,
        branch: Option<&str>,
        each: &mut dyn FnMut(Fact),
    ) {
        let changed = |old: &mut Option<Box<str>>, new: Option<&str>| {
            let new = new.filter(|new| old.as_deref() != Some(new))?;
            *old = Some(new.into());
            Some(new.to_owned())
        };
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
        version: &str,
        each: &mut dyn FnMut(Fact),
    ) {
        let new = Some(id(version));
        if std::mem::replace(&mut self.get(session).version, new) != new {
            self.teller(session, at, each).tell(What::Versioned(version.to_owned()));
        }
    }
}

/// Returns the name of the folder that a file is in.
pub(super) fn folder(path: &Path) -> Option<String> {
    Some(path.parent()?.file_name()?.to_string_lossy().into_owned())
}
