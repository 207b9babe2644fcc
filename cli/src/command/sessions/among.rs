//! Which sessions by what ran them, and on what.

use retold_projections::SessionRow;

use crate::session::Here;

/// Only the sessions of a tool, a project, a model.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Among {
    /// Only those of this tool: claude, codex, gemini, copilot, opencode, vibe-kanban, ait42
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// Only those of this project: the last part of its path, or a path
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
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen {
    tool: Option<String>,
    project: Option<String>,
    here: Option<Here>,
    model: Option<String>,
}

/// The editor, whose workspaces are not named after it.
const EDITOR: &str = "ait42";

impl Among {
    pub(super) fn has_model(&self) -> bool {
        self.model.is_some()
    }

    pub(super) fn resolve(&self) -> Chosen {
        let path = self.project.as_deref().filter(|project| project.contains(['/', '\\']) || *project == ".");
        let folder = match path {
            _ if self.here => Some(std::env::current_dir().unwrap_or_default()),
            path => path.map(Into::into),
        };
        Chosen {
            tool: self.tool.as_deref().map(str::to_lowercase),
            project: self.project.as_deref().filter(|_| path.is_none()).map(str::to_lowercase),
            here: folder.map(|folder| Here::of(&folder)),
            model: self.model.as_deref().map(str::to_lowercase),
        }
    }
}

impl Chosen {
    pub(super) fn is_any(&self) -> bool {
        let is_editor = self.tool.as_deref() == Some(EDITOR);
        is_editor || self.project.is_some() || self.here.is_some() || self.model.is_some()
    }

    /// Returns the key of the workspace that a tool's sessions are in.
    pub(super) fn workspace(&self) -> Option<String> {
        self.tool.clone().filter(|tool| tool != EDITOR)
    }

    pub(super) fn has(&self, row: &SessionRow) -> bool {
        let is_transcript = row.kind == "transcript";
        let of_tool = self.tool.as_ref().is_none_or(|tool| match tool.as_str() {
            EDITOR => !is_transcript,
            tool => is_transcript && row.workspace == tool,
        });
        let of_project = self.project.as_ref().is_none_or(|project| {
            let mut paths = row.path.iter().chain(&row.records.cwds).chain([&row.workspace]);
            paths.any(|path| {
                path.rsplit(['/', '\\'])
                    .find(|part| !part.is_empty())
                    .is_some_and(|last| last.to_lowercase() == *project)
            })
        });
        let of_here = self.here.as_ref().is_none_or(|here| here.has(row));
        let of_model = self.model.as_ref().is_none_or(|model| {
            row.records.models.iter().any(|known| known.to_lowercase().contains(model.as_str()))
        });
        of_tool && of_project && of_here && of_model
    }
}
