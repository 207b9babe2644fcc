//! What the records of Gemini CLI mean.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::message::{FIELDS, ID_MAX, Message, name};
use super::roots::{Place, Roots};
use super::sessions::Session;
use crate::fact::Teller;
use crate::formats::saved::{self, Sound};
use crate::formats::tool::Interpreter;
use crate::id::{Copies, Id, Names, id, next};
use crate::raw::{Raw, mended};
use crate::{Fact, Form, Places, Record, Relation, Settled, Source, SourceRole, What};

/// What is known of all that was read.
#[derive(Serialize, Deserialize)]
pub(super) struct Reading {
    names: Names,
    pub(super) sessions: Vec<Session>,
    files: Vec<File>,
    numbers: HashMap<OsString, u32>,
    copies: Copies,
    pub(super) roots: Roots,
    /// The calls that began agents.
    pub(super) spawned: HashMap<u32, Box<str>>,
    /// Sessions of which there are lines: a document of theirs is the older one.
    in_lines: HashSet<u32>,
    /// Sessions of which a document was read.
    in_document: HashSet<u32>,
    /// Whether there are lines of one of them since.
    is_outdated: bool,
    /// What was used, by message: the session that it counts for, and how much.
    pub(super) used: HashMap<Id, (u32, Id)>,
}

/// The fields of a record: first those of a message as `FIELDS` has them, then those that tell the others.
const RECORD: [&str; 11] = [
    "id",
    "type",
    "content",
    "timestamp",
    "model",
    "tokens",
    "thoughts",
    "toolCalls",
    "$rewindTo",
    "$set",
    "sessionId",
];

/// A file.
#[derive(Serialize, Deserialize)]
struct File {
    stem: String,
    /// The name of the project's folder.
    slug: Option<String>,
    /// The session that began the agent whose file it is.
    parent: Option<String>,
    session: Option<u32>,
}

impl Interpreter for Reading {
    fn survey(&mut self, source: &Source, record: &Record<'_>) {
        if source.role != SourceRole::Transcript || source.form != Form::Lines {
            return;
        }
        let file = self.file(source);
        // As a rule its first record says it; where something came before that, the first one that does.
        if self.files[file as usize].session.is_none() {
            let session = Raw::of(record.json()).and_then(|raw| {
                let [id, rewind, session] = raw.fields(&["id", "$rewindTo", "sessionId"]);
                session.filter(|_| rewind.is_none() && id.and_then(Raw::text).is_none()).and_then(name)
            });
            if let Some(session) = session {
                let session = self.session(&session);
                self.files[file as usize].session = Some(session);
                self.is_outdated |= self.in_lines.insert(session) && self.in_document.contains(&session);
            }
        }
    }

    fn record(&mut self, source: &Source, record: &Record<'_>, each: &mut dyn FnMut(Fact)) {
        if source.role == SourceRole::Companion {
            return;
        }
        let bytes = mended(record.json());
        let Some(raw) = Raw::of(&bytes) else { return };
        let file = self.file(source);
        // One look at the record, for whatever it is.
        let fields = raw.fields(&RECORD);
        let [message, .., rewind, set, session] = fields;
        let message = message.and_then(Raw::text);
        let told = match source.form {
            _ if rewind.is_some() || message.is_some() => None,
            _ => session.or(set.and_then(|set| set.field("sessionId"))).and_then(name),
        };
        let session = self.session_of(file, source.form, told.as_deref());
        let is_header = rewind.is_none() && message.is_none() && set.is_none();
        if source.form == Form::Document {
            if !self.in_lines.contains(&session) {
                self.in_document.insert(session);
                self.header(session, file, raw, each);
                self.document(session, raw, each);
            }
            return;
        }
        self.in_lines.insert(session);
        let is_copy = self.copies.is_copy(session, file, record);
        if is_header || !self.sessions[session as usize].begun_in.contains(&file) {
            self.header(session, file, if is_header { raw } else { Raw::NULL }, each);
        }
        if is_copy {
            return;
        }
        if let Some(rewind) = rewind {
            let dropped = self.sessions[session as usize].rewind(&rewind.text().unwrap_or_default());
            self.teller(session, None, each).tell(What::Rewound { dropped });
        } else if message.is_some() {
            let mut of_message = [None; FIELDS.len()];
            of_message.copy_from_slice(&fields[..FIELDS.len()]);
            if let Some(message) = Message::of_fields(of_message) {
                self.message(session, &message, each);
            }
        } else if let Some(set) = set {
            self.set(session, set, each);
        } else if raw.fields(&["sessionId", "projectHash", "startTime", "kind"]).iter().all(Option::is_none) {
            self.teller(session, None, each).tell(What::Unknown("record".to_owned()));
        }
    }

    fn beside(&mut self, source: &Source, contents: &[u8], each: &mut dyn FnMut(Fact)) {
        let mut found = Vec::new();
        match source.path.file_name().and_then(|name| name.to_str()) {
            Some(".project_root") => {
                let root = String::from_utf8_lossy(contents).trim().to_owned();
                let slug = source.path.parent().and_then(Path::file_name).map(|slug| slug.to_string_lossy());
                if let Some(slug) = slug.filter(|_| is_path(&root)) {
                    found = self
                        .roots
                        .of_folder(&slug, &root)
                        .into_iter()
                        .map(|session| (session, root.clone()))
                        .collect();
                }
            }
            Some("projects.json") => {
                let bytes = mended(contents);
                let Some(projects) = Raw::of(&bytes).and_then(|raw| raw.field("projects")) else { return };
                projects.each_field(|root, slug| {
                    if let Some(slug) = name(slug).filter(|_| is_path(root)) {
                        let sessions = self.roots.of_list(&slug, root);
                        found.extend(sessions.into_iter().map(|session| (session, root.to_owned())));
                    }
                });
            }
            _ => {}
        }
        for (session, root) in found {
            self.moved(session, root, each);
        }
    }

    fn settled(&self, session: &str) -> Settled {
        let Some(number) = self.names.known(session) else { return Settled::default() };
        let session = &self.sessions[number as usize];
        Settled {
            status: session.status().map(|status| (status, true)),
            is_usage_partial: false,
            also: vec![("live_messages", session.live.len().into()), ("revised", session.revised.into())],
        }
    }

    fn is_outdated(&self) -> bool {
        self.is_outdated
    }

    fn saved(&self) -> Option<Vec<u8>> {
        saved::write(self)
    }
}

/// Whether a text may be the path of a project.
pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty() && text.len() <= 16 * ID_MAX
}

impl Sound for Reading {
    fn is_sound(&self) -> bool {
        let (sessions, files) = (self.sessions.len(), self.files.len());
        sessions == self.names.count()
            && saved::all_below(self.numbers.values(), files)
            && saved::all_below(self.files.iter().filter_map(|file| file.session.as_ref()), sessions)
            && saved::all_below(self.roots.waiting(), sessions)
            && saved::all_below(self.spawned.keys(), sessions)
    }
}

impl Reading {
    pub(super) fn new(places: &Places) -> Self {
        let mut roots = Roots::default();
        roots.known(&places.home().to_string_lossy());
        Self {
            names: Names::default(),
            sessions: Vec::new(),
            files: Vec::new(),
            numbers: HashMap::new(),
            copies: Copies::default(),
            roots,
            spawned: HashMap::new(),
            in_lines: HashSet::new(),
            in_document: HashSet::new(),
            is_outdated: false,
            used: HashMap::new(),
        }
    }

    /// Returns the number of a session.
    pub(super) fn session(&mut self, session: &str) -> u32 {
        let number = self.names.number(session);
        if self.sessions.len() <= number as usize {
            self.sessions.push(Session::default());
        }
        number
    }

    /// Returns the number of a file.
    fn file(&mut self, source: &Source) -> u32 {
        if let Some(number) = self.numbers.get(source.path.as_os_str()) {
            return *number;
        }
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let chats = source.path.ancestors().skip(1).take(3).find(|folder| folder.ends_with("chats"));
        let folder = source.path.parent().filter(|folder| Some(*folder) != chats && chats.is_some());
        let number = next(self.files.len());
        self.files.push(File {
            stem: source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            slug: chats.and_then(Path::parent).and_then(name),
            parent: folder.and_then(name),
            session: None,
        });
        self.numbers.insert(source.path.clone().into_os_string(), number);
        number
    }

    /// Returns the session of a record of a file: what its first record says, else the file's name, which keeps it the same when it is
    /// read again. A document says it for itself.
    fn session_of(&mut self, file: u32, form: Form, told: Option<&str>) -> u32 {
        if let Some(told) = told.filter(|_| form == Form::Document) {
            return self.session(told);
        }
        if let Some(session) = self.files[file as usize].session {
            return session;
        }
        let name = told.map_or_else(|| self.files[file as usize].stem.clone(), str::to_owned);
        let session = self.session(&name);
        self.files[file as usize].session = Some(session);
        session
    }

    pub(super) fn teller<'e>(
        &self,
        session: u32,
        at: Option<i64>,
        each: &'e mut dyn FnMut(Fact),
    ) -> Teller<'e> {
        Teller { session: self.names.text(session).to_owned(), at, agent: None, each }
    }

    /// Says that a session is there, once a file, and what its first record says of it.
    fn header(&mut self, session: u32, file: u32, raw: Raw<'_>, each: &mut dyn FnMut(Fact)) {
        let [start, hash, summary, directories] =
            raw.fields(&["startTime", "projectHash", "summary", "directories"]);
        if self.sessions[session as usize].begun_in.insert(file) {
            self.teller(session, start.and_then(Raw::time), each).tell(What::Began);
            if let Some(parent) = self.files[file as usize].parent.clone() {
                self.sessions[session as usize].parent.get_or_insert((parent.into(), false));
                self.spawned_by(session, true, each);
            }
        }
        let mut listed = Vec::new();
        directories.into_iter().for_each(|list| list.each_item(|path| listed.extend(path.text())));
        for path in listed.iter().filter(|path| is_path(path)) {
            self.roots.known(path);
        }
        if !self.sessions[session as usize].has_cwd {
            let slug = self.files[file as usize].slug.clone();
            let hash = hash.and_then(name);
            let place = Place { slug: slug.as_deref(), hash: hash.as_deref() };
            match self.roots.find(place).map(str::to_owned) {
                Some(root) => self.moved(session, root, each),
                None => self.roots.wait(place, session),
            }
        }
        self.title(session, summary, each);
    }

    fn moved(&mut self, session: u32, root: String, each: &mut dyn FnMut(Fact)) {
        if !std::mem::replace(&mut self.sessions[session as usize].has_cwd, true) {
            self.teller(session, None, each).tell(What::Moved { cwd: Some(root), branch: None });
        }
    }

    pub(super) fn title(&mut self, session: u32, summary: Option<Raw<'_>>, each: &mut dyn FnMut(Fact)) {
        let Some(title) = summary.and_then(Raw::text).filter(|title| !title.trim().is_empty()) else {
            return;
        };
        let number = Some(id(title.as_bytes()));
        if std::mem::replace(&mut self.sessions[session as usize].title, number) != number {
            self.teller(session, None, each).tell(What::Titled(title.into_owned()));
        }
    }

    /// Says whose agent a session is: at first, and when the call that began it is known.
    pub(super) fn spawned_by(&mut self, session: u32, is_first: bool, each: &mut dyn FnMut(Fact)) {
        let call = self.spawned.get(&session).map(|call| call.to_string());
        let Some((parent, has_call)) = &mut self.sessions[session as usize].parent else { return };
        if *has_call || (call.is_none() && !is_first) {
            return;
        }
        *has_call = call.is_some();
        let what =
            What::Linked { relation: Relation::Subagent, parent: parent.to_string(), spawned_by: call };
        self.teller(session, None, each).tell(what);
    }
}
