//! What sessions are of: which tool, which project. A search asks it of scopes, as a list asks it of sessions.

use std::collections::{BTreeMap, HashMap};

use retold_core::{Reader, Record};

use super::filter::SearchFilter;
use super::index::Scope;
use super::known::lists;
use crate::error::sqlite;
use crate::{Error, NamedProject, Projects};

/// The editor, whose workspaces are not named after it.
const EDITOR: &str = "ait42";
/// The type of the sessions that other tools kept: their workspace is the tool.
const TRANSCRIPT: &str = "transcript";

/// Returns the tool that kept the sessions of a scope.
pub(super) fn tool(scope: &Scope) -> &str {
    if scope.kind == TRANSCRIPT { &scope.workspace } else { EDITOR }
}

/// Where sessions worked, and which projects that are.
#[derive(Debug, Default)]
pub(super) struct Places {
    projects: Projects,
    /// The folders of workspaces.
    folders: HashMap<String, String>,
    /// The projects of scopes, by their folder.
    names: BTreeMap<String, String>,
}

impl Places {
    /// Those of an index elsewhere: the folders of workspaces, and nothing of any log.
    pub(super) fn of(folders: HashMap<String, String>) -> Self {
        Self { folders, ..Self::default() }
    }

    /// Reads what the log has learnt of folders since.
    pub(super) fn refresh(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        if self.projects.refresh(reader)? {
            self.names.clear();
        }
        let read = || -> rusqlite::Result<HashMap<String, String>> {
            let sql = include_str!("../../sql/folders.sql");
            let mut statement = reader.connection().prepare_cached(sql)?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        self.folders = read().map_err(sqlite("find the projects"))?;
        Ok(())
    }

    /// Returns the name of the project of a scope's sessions: as of a session, of its workspace's folder, else of the first folder that
    /// it worked in.
    pub(super) fn project(&mut self, scope: &Scope) -> Option<String> {
        let folder = match self.folders.get(&scope.workspace) {
            Some(folder) => folder.clone(),
            None => of_list(&lists(&scope.lists), Record::Cwds).first()?.clone(),
        };
        if let Some(name) = self.names.get(&folder) {
            return Some(name.clone());
        }
        let name = self.projects.of(&folder).name;
        self.names.insert(folder, name.clone());
        Some(name)
    }
}

fn of_list(lists: &[(Record, Vec<String>)], of: Record) -> &[String] {
    lists.iter().find(|(record, _)| *record == of).map_or(&[], |(_, values)| values)
}

/// What a filter asks of scopes.
pub(super) struct AskedScopes<'f> {
    filter: &'f SearchFilter,
    project: Option<NamedProject>,
    model: Option<String>,
    places: &'f mut Places,
}

impl<'f> AskedScopes<'f> {
    pub(super) fn new(filter: &'f SearchFilter, places: &'f mut Places) -> Self {
        let project = filter.project.as_deref().map(|project| places.projects.named(project));
        Self { filter, project, model: filter.model.as_deref().map(str::to_lowercase), places }
    }

    /// Whether the filter leaves the sessions of a scope.
    pub(super) fn has(&mut self, scope: &Scope) -> bool {
        let is =
            |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let Self { filter, .. } = self;
        let of_scope = !scope.is_deleted
            && is(&filter.workspace, &scope.workspace)
            && is(&filter.kind, &scope.kind)
            && is(&filter.status, &scope.status)
            && filter.tool.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(tool(scope)));
        let asks_lists = !filter.having.is_empty()
            || filter.branch.is_some()
            || self.model.is_some()
            || self.project.is_some();
        of_scope && (!asks_lists || self.has_in_lists(scope))
    }

    fn has_in_lists(&mut self, scope: &Scope) -> bool {
        let known = lists(&scope.lists);
        let filter = self.filter;
        let is_branch = |wanted: &String| of_list(&known, Record::Branches).contains(wanted);
        let is_model = |wanted: &String| {
            of_list(&known, Record::Models).iter().any(|model| model.to_lowercase().contains(wanted.as_str()))
        };
        filter.having.iter().all(|(record, wanted)| of_list(&known, *record).contains(wanted))
            && filter.branch.as_ref().is_none_or(is_branch)
            && self.model.as_ref().is_none_or(is_model)
            && self.is_of_project(scope, &known)
    }

    fn is_of_project(&mut self, scope: &Scope, known: &[(Record, Vec<String>)]) -> bool {
        let Some(project) = &self.project else { return true };
        let worktree = Some(&scope.worktree).filter(|worktree| !worktree.is_empty());
        let folders = self.places.folders.get(&scope.workspace).into_iter();
        let folders: Vec<&str> =
            folders.chain(of_list(known, Record::Cwds)).chain(worktree).map(String::as_str).collect();
        let is_workspace =
            matches!(project, NamedProject::Name(name) if scope.workspace.to_lowercase() == *name);
        (is_workspace && scope.kind != TRANSCRIPT) || self.places.projects.is_of(project, folders)
    }
}
