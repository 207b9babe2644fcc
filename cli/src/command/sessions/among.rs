//! Which sessions by what ran them, and on what.

use retold_core::Reader;
use retold_projections::{Error, NamedProject, Projects, SearchFilter, SessionRow};

/// Only the sessions of a tool, a project, a model.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::command) struct Among {
    /// Only those of this tool: claude, codex, gemini, copilot, opencode, vibe-kanban, ait42
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// Only those of this project: its name, or a path in it
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only those of the project that you are in
    #[arg(long, conflicts_with = "project")]
    here: bool,
    /// Only those in which a model responded that has this in its name
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

/// What they came to.
#[derive(Debug, Default)]
pub(in super::super) struct Chosen {
    tool: Option<String>,
    pub(super) projects: Projects,
    project: Option<NamedProject>,
    model: Option<String>,
}

/// The editor, whose workspaces are not named after it.
const EDITOR: &str = "ait42";

impl Among {
    /// Leaves only texts of such sessions.
    pub(in crate::command) fn narrow(self, filter: &mut SearchFilter) {
        (filter.tool, filter.model) = (self.tool, self.model);
        filter.project = if self.here { Some(".".to_owned()) } else { self.project };
    }

    pub(in super::super) fn of(tool: Option<String>, project: Option<String>) -> Self {
        Self { tool, project, ..Self::default() }
    }

    /// Whether it asks for a project: where a folder belongs, a store knows.
    #[cfg(feature = "team")]
    pub(in crate::command) fn is_of_project(&self) -> bool {
        self.project.is_some() || self.here
    }

    pub(super) fn has_model(&self) -> bool {
        self.model.is_some()
    }

    /// Returns what is wanted; what is known of projects is read where that matters, or is shown.
    pub(in super::super) fn resolve(&self, reader: &mut Reader<'_>, is_shown: bool) -> Result<Chosen, Error> {
        let projects = match is_shown || self.here || self.project.is_some() {
            true => Projects::read(reader)?,
            false => Projects::default(),
        };
        Ok(self.chosen(projects))
    }

    /// Returns what is wanted of sessions that are on no store of this machine: what folders are of is what their names and this machine
    /// say.
    #[cfg(feature = "team")]
    pub(in crate::command) fn resolve_elsewhere(&self) -> Chosen {
        self.chosen(Projects::default())
    }

    fn chosen(&self, mut projects: Projects) -> Chosen {
        let word = if self.here { Some(".") } else { self.project.as_deref() };
        Chosen {
            tool: self.tool.as_deref().map(str::to_lowercase),
            project: word.map(|word| projects.named(word)),
            projects,
            model: self.model.as_deref().map(str::to_lowercase),
        }
    }

    /// Whether it asks for anything.
    #[cfg(feature = "team")]
    pub(in crate::command) fn is_any(&self) -> bool {
        self.tool.is_some() || self.project.is_some() || self.here || self.model.is_some()
    }
}

impl Chosen {
    pub(super) fn is_any(&self) -> bool {
        let is_editor = self.tool.as_deref() == Some(EDITOR);
        is_editor || self.project.is_some() || self.model.is_some()
    }

    /// Returns the key of the workspace that a tool's sessions are in.
    pub(in super::super) fn workspace(&self) -> Option<String> {
        self.tool.clone().filter(|tool| tool != EDITOR)
    }

    pub(in super::super) fn has(&mut self, row: &SessionRow) -> bool {
        let is_transcript = row.kind == "transcript";
        let of_tool = self.tool.as_ref().is_none_or(|tool| match tool.as_str() {
            EDITOR => !is_transcript,
            tool => is_transcript && row.workspace == tool,
        });
        let Self { projects, project, .. } = self;
        let of_project = project.as_ref().is_none_or(|project| projects.has(project, row));
        let of_model = self.model.as_ref().is_none_or(|model| {
            row.records.models.iter().any(|known| known.to_lowercase().contains(model.as_str()))
        });
        of_tool && of_project && of_model
    }
}
