//! The status of projections.

use retold_core::time;
use retold_projections::{Kind, ProjectionState, ProjectionStatus};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Value, counted, size};
use crate::printable::printable;

const SHORT: [&str; 8] = ["name", "kind", "state", "position", "lag", "age", "size", "error"];
const LONG: [&str; 16] = [
    "name",
    "version",
    "kind",
    "state",
    "position",
    "lag_events",
    "lag_micros",
    "bytes",
    "policy",
    "error",
    "error_position",
    "previous_version",
    "building_version",
    "process",
    "path",
    "about",
];

pub(super) fn list(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let store = context.open_store()?;
    let head = store.log().reader()?.head()?;
    let now = now(context);
    let all = store.sidecars().status(now)?;
    if context.is_table() {
        let on_terminal = context.io.out_is_terminal;
        // An error is prose: on a terminal it is below, in full.
        let columns = if on_terminal { &SHORT[..SHORT.len() - 1] } else { &SHORT[..] };
        let mut rows = context.rows(head, columns.iter().copied())?;
        let row = |row: [Value; 8]| row.into_iter().take(columns.len());
        all.iter().try_for_each(|status| rows.push(row(short(status))))?;
        rows.finish()?;
        for status in all.iter().filter(|_| on_terminal) {
            if let Some(trouble) = trouble(status) {
                context.note(&format!("{}: {trouble}", status.name));
            }
        }
        for status in &all {
            if let (Some(mend), ProjectionState::Failed | ProjectionState::Diverged) =
                (mend(status), status.state)
            {
                context.note(&format!("hint: {mend}"));
            }
        }
    } else {
        let mut rows = context.rows(head, LONG)?;
        all.iter().try_for_each(|status| rows.push(long(status)))?;
        rows.finish()?;
    }
    Ok(Exit::Done)
}

/// The present as the program's clock has it, in microseconds since 1970.
pub(crate) fn now(context: &Context<'_>) -> i64 {
    time::to_micros((context.io.clock)())
}

fn short(status: &ProjectionStatus) -> [Value; 8] {
    [
        format!("{}@{}", status.name, status.version).into(),
        status.kind.name().into(),
        state(status).into(),
        status.position.into(),
        status.lag_events.into(),
        if status.lag_events == 0 { Value::Null } else { age(status.lag_micros).into() },
        bytes(status),
        trouble(status).into(),
    ]
}

/// The store's bytes are not the read models' alone.
fn bytes(status: &ProjectionStatus) -> Value {
    if status.kind == Kind::Inline { Value::Null } else { Value::Size(status.bytes) }
}

/// A version that is being filled shows how far it is.
fn state(status: &ProjectionStatus) -> String {
    match (status.state, status.building) {
        (ProjectionState::Rebuilding, Some((version, Some(position)))) => {
            format!("rebuilding @{version} at {position}")
        }
        (state, _) => state.name().to_owned(),
    }
}

fn trouble(status: &ProjectionStatus) -> Option<String> {
    let trouble = status.trouble.as_ref()?;
    let version =
        if trouble.version == status.version { String::new() } else { format!("@{} ", trouble.version) };
    Some(match trouble.position {
        Some(position) => format!("{version}event {position}: {}", trouble.reason),
        None => format!("{version}{}", trouble.reason),
    })
}

/// The command that mends it, or lets it go on; `None` where nothing is to be done.
fn mend(status: &ProjectionStatus) -> Option<String> {
    let name = &status.name;
    let at = status.trouble.as_ref().map(|trouble| trouble.position);
    Some(match (status.state, at) {
        (ProjectionState::Failed, Some(Some(position))) => format!(
            "mend the text of {name} and raise its version, or `retold projections skip {name} {position} --reason …`"
        ),
        (ProjectionState::Failed | ProjectionState::Diverged | ProjectionState::Outdated, _) => {
            format!("`retold projections rebuild {name}` makes its rows again from the log")
        }
        (ProjectionState::Paused, _) => format!("`retold projections resume {name}` lets it go on"),
        (ProjectionState::Behind | ProjectionState::Absent, _) => {
            format!("`retold projections catch-up {name}` brings it to the end of the log")
        }
        _ => return None,
    })
}

fn long(status: &ProjectionStatus) -> [Value; 16] {
    let trouble = status.trouble.as_ref();
    [
        status.name.as_str().into(),
        status.version.into(),
        status.kind.name().into(),
        status.state.name().into(),
        status.position.into(),
        status.lag_events.into(),
        Value::Integer(status.lag_micros),
        bytes(status),
        status.policy.name().into(),
        trouble.map(|trouble| trouble.reason.as_str()).into(),
        trouble.and_then(|trouble| trouble.position).into(),
        status.previous.into(),
        status.building.map(|(version, _)| version).into(),
        status.process.into(),
        status.path.as_ref().map(|path| path.display().to_string()).into(),
        status.about.as_deref().into(),
    ]
}

/// Returns a span of microseconds, short.
pub(crate) fn age(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        0 => format!("{} ms", micros / 1000),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

pub(super) fn show(context: &mut Context<'_>, name: &str) -> Result<Exit, Failure> {
    let store = context.open_store()?;
    let head = store.log().reader()?.head()?;
    let now = now(context);
    let status = store.sidecars().status_of(name, now)?;
    if !context.is_table() {
        let mut rows = context.rows(head, LONG.into_iter().chain(["skipped", "declaration"]))?;
        let skipped: Vec<_> = status
            .skipped
            .iter()
            .map(|(position, reason)| serde_json::json!({"position": position.get(), "reason": reason}))
            .collect();
        let more = [Value::json(&skipped), status.declaration.as_deref().into()];
        rows.push(long(&status).into_iter().chain(more))?;
        rows.finish()?;
        return Ok(Exit::Done);
    }
    context.text(&described(&status))?;
    Ok(Exit::Done)
}

fn described(status: &ProjectionStatus) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("{name:<10} {}\n", printable(value)));
    };
    line("projection", &format!("{}@{}", status.name, status.version));
    if let Some(about) = &status.about {
        line("about", about);
    }
    line("kind", status.kind.name());
    line("state", &state(status));
    let lag = match status.lag_events {
        0 => String::new(),
        lag => format!(", {} behind for {}", counted(lag, "event"), age(status.lag_micros)),
    };
    line("position", &format!("{}{lag}", status.position));
    line("policy", status.policy.name());
    if let Some(trouble) = trouble(status) {
        line("error", &trouble);
    }
    if let Some(mend) = mend(status) {
        line("next", &mend);
    }
    if let Some(previous) = status.previous {
        line("previous", &format!("{}@{previous}", status.name));
    }
    if let Some((version, _)) = status.building {
        line("building", &format!("{}@{version}", status.name));
    }
    if let Some(process) = status.process {
        line("process", &process.to_string());
    }
    if status.kind != Kind::Inline {
        line("size", &size(status.bytes));
    }
    if let Some(path) = &status.path {
        line("file", &path.display().to_string());
    }
    for (position, reason) in &status.skipped {
        line("skipped", &format!("event {position}: {reason}"));
    }
    if let Some(declaration) = &status.declaration {
        text.push('\n');
        for line in declaration.lines() {
            text.push_str(&printable(line));
            text.push('\n');
        }
    }
    text
}
