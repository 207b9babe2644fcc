//! The rows of the list: a table, cards on a narrow terminal, or all that there is for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{StreamName, time};
use retold_projections::{Projects, SessionRow};

use super::family::Family;
use crate::context::Context;
use crate::conversation::tone_of_status;
use crate::failure::Failure;
use crate::io::Io;
use crate::output::{AsOf, Rows, Value, ago, counted, took};
use crate::pager::Paged;
use crate::session::{self, Called};
use crate::styled::{Line, Paper, Tone};

/// A narrower terminal gets cards.
const TABLE_MIN: usize = 60;
/// From here on there is room for the tool and the project.
const WIDE: usize = 100;
/// From here on, for the model and how long it took.
const WIDER: usize = 140;

/// How the list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Everything, for programs.
    Long,
    /// A table that is not cut, for pipes.
    Piped,
    /// A table on a terminal: whether it has room for more than the title, and for yet more; whether sessions are folded.
    Table { is_wide: bool, is_wider: bool, folds: bool },
    /// Two lines a session.
    Cards,
}

impl Form {
    pub(super) fn of(context: &Context<'_>, family: &Family) -> Self {
        let columns = context.io.columns;
        match (context.is_table(), context.io.out_is_terminal) {
            (false, _) => Self::Long,
            (true, false) => Self::Piped,
            (true, true) if columns < TABLE_MIN => Self::Cards,
            (true, true) => Self::Table {
                is_wide: columns >= WIDE,
                is_wider: columns >= WIDER,
                folds: !family.is_empty(),
            },
        }
    }

    fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Long => LONG.to_vec(),
            Self::Piped => vec!["session", "status", "updated", "agents", "msgs", "task"],
            Self::Table { is_wide, is_wider, folds } => {
                let mut columns = vec!["session", "moved", "status"];
                columns.extend(is_wide.then_some(["tool", "project"]).into_iter().flatten());
                columns.extend(is_wider.then_some(["model", "took", "msgs"]).into_iter().flatten());
                columns.extend(folds.then_some("with"));
                columns.push("title");
                columns
            }
            Self::Cards => Vec::new(),
        }
    }
}

/// The list on its way out.
pub(super) struct List<'c> {
    form: Form,
    now: Timestamp,
    zone: TimeZone,
    out: Out<'c>,
}

enum Out<'c> {
    Rows(Rows<'c>),
    Cards { paged: Paged, paper: Paper, io: &'c mut Io, count: u64 },
}

impl<'c> List<'c> {
    pub(super) fn begin(context: &'c mut Context<'_>, as_of: AsOf, form: Form) -> Result<Self, Failure> {
        let (now, zone) = ((context.io.clock)(), context.zone());
        let out = match form {
            Form::Cards => {
                let paper = Paper { columns: Some(context.io.columns), colour: context.out_colour() };
                Out::Cards { paged: context.paged(), paper, io: &mut *context.io, count: 0 }
            }
            form => Out::Rows(context.rows(as_of, form.columns())?),
        };
        Ok(Self { form, now, zone, out })
    }

    pub(super) fn count(&self) -> u64 {
        match &self.out {
            Out::Rows(rows) => rows.count(),
            Out::Cards { count, .. } => *count,
        }
    }

    /// Adds a session. `called`: what it is called, asked for where that is shown.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn push(
        &mut self,
        called: impl FnOnce(&StreamName) -> Called,
        row: &SessionRow,
        family: &Family,
        projects: &mut Projects,
    ) -> Result<(), Failure> {
        let name = StreamName::session(&row.workspace, &row.id, row.ordinal);
        let moved_at = row.cursor.moved_at().or_else(|| time::parse(&row.updated_at));
        let moved = moved_at.map_or_else(|| row.updated_at.clone(), |at| ago(at, self.now, &self.zone));
        let status = session::standing(&row.status, moved_at, self.now);
        let with = family.of(row).map(|count| format!("+{count}"));
        match (&mut self.out, self.form) {
            (Out::Rows(rows), Form::Long) => rows.push(long(row)),
            (Out::Rows(rows), Form::Piped) => rows.push(piped(&name, row)),
            (Out::Rows(rows), Form::Table { is_wide, is_wider, folds }) => {
                let mut values: Vec<Value> = vec![
                    Value::Called(called(&name)),
                    Value::Toned(moved, Tone::Aside),
                    Value::Toned(status.to_owned(), tone_of_status(status)),
                ];
                if is_wide {
                    values.extend([tool(row).into(), project(projects, row).into()]);
                }
                if is_wider {
                    let model = row.records.models.last().cloned();
                    values.extend([model.into(), lasted(row).into(), row.message_count.into()]);
                }
                if folds {
                    values.push(with.into());
                }
                values.push(title(row).into());
                rows.push(values)
            }
            (Out::Cards { paged, paper, io, count }, _) => {
                let mut text = String::new();
                let mut line = Line::of(title(row), Tone::Strong);
                if let Some(with) = with {
                    line.push(format!("  {with}"), Tone::Aside);
                }
                paper.write_cut(&mut text, &line, "");
                let called = called(&name);
                let (apart, rest) = called.parts();
                let line = Line::of(apart, Tone::Key)
                    .and(rest, Tone::Code)
                    .and(format!(" · {moved} · "), Tone::Aside)
                    .and(status, tone_of_status(status))
                    .and(
                        project(projects, row).map_or_else(String::new, |project| format!(" · {project}")),
                        Tone::Aside,
                    );
                paper.write_cut(&mut text, &line, "  ");
                *count += 1;
                paged.write(&text, &mut *io.out)
            }
            (Out::Rows(rows), Form::Cards) => rows.push(long(row)),
        }
    }

    /// Ends the list.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(super) fn finish(self, next: Option<&str>) -> Result<(), Failure> {
        match self.out {
            Out::Rows(rows) => rows.finish_with(&[("next", next.into())]),
            Out::Cards { mut paged, io, .. } => paged.end(&mut *io.out),
        }
    }
}

/// What says most of a session in a line: its title with its tags, or how many messages there are.
fn title(row: &SessionRow) -> String {
    let text = with_tags(row);
    match text.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(line) => line.to_owned(),
        None => format!("({})", counted(row.message_count.into(), "message")),
    }
}

/// The program that ran it.
fn tool(row: &SessionRow) -> &str {
    if row.kind == "transcript" { &row.workspace } else { &row.kind }
}

/// What its project is called.
fn project(projects: &mut Projects, row: &SessionRow) -> Option<String> {
    let found = projects.of_session(row).map(|project| project.name);
    found.or_else(|| (row.kind != "transcript").then(|| row.workspace.clone()))
}

fn lasted(row: &SessionRow) -> Option<String> {
    let (began, moved) = (time::parse(&row.created_at)?, time::parse(&row.updated_at)?);
    (moved > began).then(|| took(moved.duration_since(began)))
}

fn piped(name: &StreamName, row: &SessionRow) -> [Value; 6] {
    let updated = match time::parse(&row.updated_at) {
        Some(instant) => Value::Instant(time::to_micros(instant)),
        None => row.updated_at.as_str().into(),
    };
    [
        session::short(name).into(),
        row.status.as_str().into(),
        updated,
        row.instance_count.into(),
        row.message_count.into(),
        with_tags(row).into(),
    ]
}

/// The task, and before it the tags.
pub(in crate::command) fn with_tags(row: &SessionRow) -> String {
    match row.records.tags.is_empty() {
        true => row.task.clone(),
        false => format!("[{}] {}", row.records.tags.join(" "), row.task),
    }
}

const LONG: [&str; 19] = [
    "workspace",
    "path",
    "id",
    "ordinal",
    "type",
    "task",
    "status",
    "created_at",
    "updated_at",
    "completed_at",
    "winner_id",
    "total_duration",
    "total_files_changed",
    "instance_count",
    "message_count",
    "latest_instance_status",
    "position",
    "revision",
    "tags",
];

fn long(row: &SessionRow) -> [Value; 19] {
    [
        row.workspace.as_str().into(),
        row.path.as_deref().into(),
        row.id.as_str().into(),
        row.ordinal.into(),
        row.kind.as_str().into(),
        row.task.as_str().into(),
        row.status.as_str().into(),
        row.created_at.as_str().into(),
        row.updated_at.as_str().into(),
        row.completed_at.as_deref().into(),
        row.winner_id.into(),
        row.total_duration.into(),
        row.total_files_changed.into(),
        row.instance_count.into(),
        row.message_count.into(),
        row.latest_instance_status.as_deref().into(),
        row.position.into(),
        row.revision.into(),
        Value::json(&row.records.tags),
    ]
}
