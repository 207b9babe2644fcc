//! Which sessions are to be forgotten, and all that the log has of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use retold_core::{Event, EventType, Limit, Position, Revision, StreamId, StreamName};
use retold_importer::transcripts::{ExclusionKind, Exclusions, Forgotten, Mark, is_folder_of, kept_of};
use retold_projections::{Store, find};
use retold_transcripts::Tool;

use crate::failure::Failure;

/// A text of fewer bytes is said in many sessions: that another one says it too tells nothing.
const TEXT_MIN: usize = 32;

/// A session as the read models have it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: StreamName,
    pub(super) title: String,
    folders: Vec<String>,
    files: Vec<String>,
    relation: Option<String>,
    parent: Option<String>,
}

/// A session that is to be forgotten.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) stream: StreamId,
    pub(super) name: StreamName,
    pub(super) title: String,
    /// Its events that are there.
    pub(super) events: u64,
}

/// All that is to be forgotten.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    pub(super) sessions: Vec<Subject>,
    /// Events, and kept bytes.
    pub(super) positions: BTreeSet<Position>,
    /// How many of them keep bytes.
    pub(super) kept: u64,
    /// What each session is known by where it is not named.
    pub(super) marks: BTreeMap<StreamId, Vec<(Mark, String)>>,
    /// What was said and done, to be looked for afterwards.
    pub(super) texts: Vec<String>,
}

/// Reads all sessions.
pub(super) fn listed(store: &Store) -> Result<Vec<Listed>, Failure> {
    let connection = store.sql()?;
    let list = |text: Option<String>| -> Vec<String> {
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    };
    let read = |row: &rusqlite::Row<'_>| {
        let mut folders = list(row.get(4)?);
        folders.extend(row.get::<_, Option<String>>(5)?);
        folders.extend(row.get::<_, Option<String>>(9)?);
        Ok(Listed {
            name: StreamName { workspace: row.get(0)?, session_id: row.get(1)?, ordinal: row.get(2)? },
            title: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            folders,
            files: list(row.get(6)?),
            relation: row.get(7)?,
            parent: row.get(8)?,
        })
    };
    let all: Result<Vec<Listed>, rusqlite::Error> = connection
        .prepare(include_str!("../../../sql/views/forgettable.sql"))
        .and_then(|mut statement| statement.query_map([], read)?.collect());
    Ok(all.map_err(retold_core::Error::sqlite("list the sessions"))?)
}

/// Returns the sessions that a word names: the session, and its records of the same id.
pub(super) fn named(store: &Store, word: &str) -> Result<Vec<StreamName>, Failure> {
    let found = find(&store.log().reader()?, word)?;
    if found.name.is_workspace() {
        return Err(Failure::usage(format!("forget {word}: it is not a session")));
    }
    Ok(vec![found.name])
}

/// Returns the sessions that work in a folder.
pub(super) fn in_project(all: &[Listed], project: &[(ExclusionKind, String)]) -> Vec<StreamName> {
    // By the rule by which they stay out.
    let is_in = |folder: &String| {
        is_folder_of(Path::new(folder), &mut |kind, name| {
            project.iter().any(|(known, called)| *known == kind && called.trim_end_matches('/') == name)
        })
    };
    let found = all.iter().filter(|one| one.folders.iter().any(is_in));
    found.map(|one| one.name.clone()).collect()
}

/// Returns the sessions that were to be forgotten before.
pub(super) fn forgotten(store: &Store) -> Result<Vec<StreamName>, Failure> {
    let exclusions = Exclusions::read(store.log())?;
    let names = exclusions.all().iter().filter(|one| one.kind == ExclusionKind::Session);
    let name = |name: &str| {
        let (workspace, id) = name.split_once('/')?;
        Some(StreamName::session(workspace, id, 1))
    };
    Ok(names.filter_map(|one| name(one.name.as_deref()?)).collect())
}

impl Subjects {
    /// Gathers what the log has of sessions and of those that work for them, and of those that were to be forgotten before and are
    /// still there: a command that was interrupted is gone on with.
    pub(super) fn gather(store: &Store, all: &[Listed], named: Vec<StreamName>) -> Result<Self, Failure> {
        let mut names: HashSet<StreamName> = named.into_iter().collect();
        loop {
            let before = names.len();
            let works_for = |one: &Listed| {
                names.iter().any(|name| {
                    let id = &one.name.session_id;
                    name.workspace == one.name.workspace
                        && (id.strip_prefix(&name.session_id).is_some_and(|rest| rest.starts_with('/'))
                            || (one.relation.as_deref() == Some("subagent")
                                && one.parent.as_ref() == Some(&name.session_id)))
                })
            };
            let more: Vec<StreamName> =
                all.iter().filter(|one| works_for(one)).map(|one| one.name.clone()).collect();
            names.extend(more);
            if names.len() == before {
                break;
            }
        }
        let before: HashSet<StreamName> =
            forgotten(store)?.into_iter().filter(|name| !names.contains(name)).collect();
        names.extend(before.iter().cloned());
        let mut names: Vec<StreamName> = names.into_iter().collect();
        names.sort_by(|one, other| {
            (&one.workspace, &one.session_id, one.ordinal).cmp(&(
                &other.workspace,
                &other.session_id,
                other.ordinal,
            ))
        });
        let mut subjects = Self::default();
        for name in names {
            let is_named = !before.contains(&name);
            subjects.session(store, all, name, is_named)?;
        }
        for tool in Tool::ALL {
            subjects.kept(store, all, tool.word())?;
        }
        Ok(subjects)
    }

    fn session(
        &mut self,
        store: &Store,
        all: &[Listed],
        name: StreamName,
        is_named: bool,
    ) -> Result<(), Failure> {
        let mut reader = store.log().reader()?;
        let Some(stream) = reader.stream(&name)? else { return Ok(()) };
        let title = all.iter().find(|one| one.name == name).map_or_else(String::new, |one| one.title.clone());
        let (mut after, end) = (Revision::ZERO, reader.head()?.position);
        let mut events = 0;
        loop {
            let page = reader.stream_events_after(stream, after, end, Limit::default())?;
            if page.events.is_empty() {
                break;
            }
            for recorded in page.events {
                after = recorded.revision;
                if recorded.kind.is_of_bodies() {
                    continue;
                }
                // One that is pruned is redacted too; one that is gone is passed over later.
                self.positions.insert(recorded.position);
                let Some(mut event) = recorded.event else { continue };
                // That it is deleted is what is left of it.
                events += u64::from(recorded.kind != EventType::SessionDeleted);
                reader.resolve_event(&mut event)?;
                event.each_content(|text| {
                    if text.len() >= TEXT_MIN {
                        self.texts.push(text.to_owned());
                    }
                });
                let marks = self.marks.entry(stream).or_default();
                match &event {
                    Event::MessageAdded(body) => {
                        marks.push((Mark::Id, body.message.id.clone()));
                        let said = body.message.content.as_str().filter(|_| body.message.role == "user");
                        marks.extend(said.map(|text| (Mark::Text, text.to_owned())));
                    }
                    Event::ToolCalled(body) => marks.push((Mark::Id, body.call.clone())),
                    _ => {}
                }
            }
        }
        if is_named || events > 0 {
            self.sessions.push(Subject { stream, name, title, events });
        }
        Ok(())
    }

    /// Adds what is kept of their files.
    fn kept(&mut self, store: &Store, all: &[Listed], tool: &str) -> Result<(), Failure> {
        let of_tool = || self.sessions.iter().filter(|one| one.name.workspace == tool);
        if of_tool().next().is_none() {
            return Ok(());
        }
        let is_out = |one: &Listed| of_tool().any(|subject| subject.name == one.name);
        let files = |is_wanted: bool| -> HashSet<String> {
            let of = all.iter().filter(|one| one.name.workspace == tool && is_out(one) == is_wanted);
            of.flat_map(|one| one.files.iter().cloned()).collect()
        };
        let others = files(false);
        let own: HashSet<String> = files(true).difference(&others).cloned().collect();
        let listed = all.iter().filter(|one| one.name.workspace == tool);
        for subject in of_tool() {
            let of = listed.clone().filter(|one| one.name == subject.name).flat_map(|one| &one.files);
            let marks = of.filter(|file| own.contains(*file)).map(|file| (Mark::File, file.clone()));
            self.marks.entry(subject.stream).or_default().extend(marks);
        }
        let prompts = of_tool().filter_map(|one| self.marks.get(&one.stream)).flatten();
        let prompts = prompts.filter(|(mark, _)| *mark == Mark::Text).map(|(_, text)| text.clone());
        let of_folders = |is_wanted: bool| -> HashSet<String> {
            let of = all.iter().filter(|one| one.name.workspace == tool && is_out(one) == is_wanted);
            of.flat_map(|one| one.folders.iter().cloned()).collect()
        };
        let forgotten = Forgotten {
            ids: of_tool().map(|one| one.name.session_id.clone()).collect(),
            files: own,
            folders: of_folders(true).difference(&of_folders(false)).cloned().collect(),
            prompts: prompts.collect(),
            events: self.positions.clone(),
        };
        let kept = kept_of(store.log(), tool, &forgotten)?;
        self.kept += kept.len() as u64;
        self.positions.extend(kept);
        Ok(())
    }
}
