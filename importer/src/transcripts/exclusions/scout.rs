//! Which sessions and files are excluded, looked up before anything of them is taken in.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use retold_transcripts::{Form, Format, Places, Relation, Source, SourceRole, Span, What};

use super::{ExclusionKind, Exclusions, Mark};

/// A shorter id may be anything in a path.
const ID_MIN: usize = 8;

/// What of a tool's files is excluded.
#[derive(Debug, Default)]
pub(in super::super) struct Scouted {
    sessions: HashSet<String>,
    /// Files that hold nothing else.
    whole: HashSet<PathBuf>,
    /// How many of them there are in the files.
    met: u64,
    /// The ids as strings of JSON.
    quoted: Option<AhoCorasick>,
}

/// What a first reading found.
#[derive(Default)]
struct Found {
    /// The folders of each session are excluded.
    by_folder: HashSet<String>,
    all: HashSet<String>,
    parents: HashMap<String, String>,
    /// The sessions of each file.
    files: HashMap<PathBuf, BTreeSet<String>>,
}

impl Scouted {
    /// Reads all files once, as an import does, to learn which sessions there are and where they work. A session is excluded by its
    /// name, by any of the folders that it works in, and with the session that it works for.
    pub(in super::super) fn look(
        exclusions: &Exclusions,
        format: &dyn Format,
        places: &Places,
        sources: &[Source],
    ) -> Self {
        if exclusions.is_empty() {
            return Self::default();
        }
        let found = read(exclusions, format, places, sources);
        let tool = format.tool().word();
        let mut sessions: HashSet<String> = found
            .all
            .iter()
            .filter(|id| found.by_folder.contains(*id) || exclusions.has_session(tool, id))
            .cloned()
            .collect();
        let by_folder: HashSet<String> = with_children(&found, found.by_folder.clone());
        sessions = with_children(&found, sessions);
        let met = sessions.len() as u64;
        // Those that the log excludes by name, also where no file says their id any more.
        for one in exclusions.all().iter().filter(|one| one.kind == ExclusionKind::Session) {
            let id = one.name.as_deref().and_then(|name| name.strip_prefix(tool)?.strip_prefix('/'));
            sessions.extend(id.map(str::to_owned));
        }
        let mut whole: HashSet<PathBuf> = HashSet::new();
        // Of each folder, whether a file in or below it is of a session that comes in, and whether one is excluded by its folder.
        let mut folders: HashMap<&Path, (bool, bool)> = HashMap::new();
        for source in sources.iter().filter(|source| source.role == SourceRole::Transcript) {
            let of = found.files.get(&source.path);
            let is_out = |id: &String| sessions.contains(id);
            if source.form != Form::Database && of.is_some_and(|of| !of.is_empty() && of.iter().all(is_out)) {
                whole.insert(source.path.clone());
            }
            let comes_in = of.is_some_and(|of| !of.iter().all(is_out));
            let is_of_project = of.is_some_and(|of| of.iter().any(|id| by_folder.contains(id)));
            for folder in source.path.ancestors().skip(1) {
                let entry = folders.entry(folder).or_default();
                *entry = (entry.0 | comes_in, entry.1 | is_of_project);
            }
        }
        let ids: Vec<&str> = sessions.iter().map(String::as_str).filter(|id| id.len() >= ID_MIN).collect();
        for source in sources.iter().filter(|source| source.form != Form::Database) {
            let is_named = ids.iter().any(|id| source.name.contains(id));
            let is_silent = found.files.get(&source.path).is_none_or(BTreeSet::is_empty);
            let near = source.path.ancestors().skip(1).find_map(|folder| folders.get(folder));
            let is_marked = exclusions.has_mark(Mark::File, &source.name);
            let is_beside = source.role == SourceRole::Companion && near == Some(&(false, true));
            if (is_silent && is_named) || is_marked || is_beside {
                whole.insert(source.path.clone());
            }
        }
        let quoted = ids.iter().flat_map(|id| super::quoted(id));
        let quoted = AhoCorasick::new(quoted).ok().filter(|_| !ids.is_empty());
        Self { sessions, whole, met, quoted }
    }

    pub(in super::super) fn sessions(&self) -> u64 {
        self.met
    }

    pub(in super::super) fn has_session(&self, id: &str) -> bool {
        self.sessions.contains(id)
    }

    pub(in super::super) fn is_whole(&self, source: &Source) -> bool {
        self.whole.contains(&source.path)
    }

    /// Whether bytes of which no fact tells the session name one that is excluded.
    pub(in super::super) fn is_named_in(&self, bytes: &[u8]) -> bool {
        self.quoted.as_ref().is_some_and(|quoted| quoted.is_match(bytes))
    }

    /// The same of a row or a line beside transcripts, which may also say a folder or a prompt.
    pub(in super::super) fn is_said_in(&self, exclusions: &Exclusions, bytes: &[u8]) -> bool {
        self.is_named_in(bytes) || exclusions.is_named_in(bytes, &|text| self.sessions.contains(text))
    }
}

fn read(exclusions: &Exclusions, format: &dyn Format, places: &Places, sources: &[Source]) -> Found {
    let (mut found, mut interpreter) = (Found::default(), format.interpreter(places));
    let mut folders: HashMap<String, bool> = HashMap::new();
    let mut learn = |fact: retold_transcripts::Fact, source: &Source| {
        let folder = match &fact.what {
            What::Moved { cwd: Some(folder), .. } | What::InWorktree(folder) => Some(folder),
            What::Linked { relation: Relation::Subagent, parent, .. } => {
                found.parents.insert(fact.session.clone(), parent.clone());
                None
            }
            _ => None,
        };
        if let Some(folder) = folder {
            let is_out = match folders.get(folder) {
                Some(is_out) => *is_out,
                None => *folders.entry(folder.clone()).or_insert_with(|| exclusions.has_folder(folder)),
            };
            if is_out {
                found.by_folder.insert(fact.session.clone());
            }
        }
        if source.role == SourceRole::Transcript {
            let of = found.files.entry(source.path.clone()).or_default();
            if !of.contains(&fact.session) {
                of.insert(fact.session.clone());
            }
        }
        if !found.all.contains(&fact.session) {
            found.all.insert(fact.session);
        }
    };
    for source in sources.iter().filter(|source| source.role == SourceRole::Companion) {
        // What cannot be read is named where it is imported.
        let Ok(Some(bytes)) = super::super::file::small(format, source) else { continue };
        interpreter.beside(source, &bytes, &mut |fact| learn(fact, source));
    }
    let transcripts = || sources.iter().filter(|source| source.role == SourceRole::Transcript);
    for source in transcripts() {
        let _ = format.read(source, &mut |span| {
            if let Span::Record(record) = span {
                interpreter.survey(source, &record);
            }
            Ok(())
        });
    }
    for source in transcripts() {
        let _ = format.read(source, &mut |span| {
            if let Span::Record(record) = span {
                interpreter.record(source, &record, &mut |fact| learn(fact, source));
            }
            Ok(())
        });
    }
    found
}

/// Adds the sessions that work for one of these.
fn with_children(found: &Found, mut sessions: HashSet<String>) -> HashSet<String> {
    loop {
        let before = sessions.len();
        for (child, parent) in &found.parents {
            if sessions.contains(parent) {
                sessions.insert(child.clone());
            }
        }
        if sessions.len() == before {
            return sessions;
        }
    }
}
