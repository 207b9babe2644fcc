//! The rows that a history must have, worked out from the folded sessions.

use retold_core::{Event, Text, time};
use rusqlite::types::Value;

use crate::history::History;
use crate::rows::{Row, Rows};

/// Holds rows against the folds. Where a text stands, the event at the position named must have it.
pub(crate) fn check(history: &History, rows: &Rows) {
    let workspaces = workspace_keys(history);
    let (mut sessions, mut instances, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for (number, stream) in (1_i64..).zip(history.streams()) {
        if stream.is_workspace() {
            continue;
        }
        let Some(state) = history.state(&stream).filter(|state| !state.records.deleted) else { continue };
        let own = || (1_u64..).zip(&history.steps).filter(|(_, step)| step.stream == stream);
        let (first, _) =
            own().find(|(_, step)| matches!(step.event, Event::SessionCreated(_))).expect("a session begins");
        let (last, _) = own().last().unwrap();
        let session = &state.session;
        sessions.push(vec![
            number.into(),
            workspaces[&stream.workspace].into(),
            session.id.clone().into(),
            stream.ordinal.into(),
            state.records.home.clone().unwrap_or_else(|| stream.workspace.clone()).into(),
            state.records.place.unwrap_or(first as f64).into(),
            session.kind.clone().into(),
            session.task.clone().into(),
            session.status.clone().into(),
            session.created_at.clone().into(),
            session.updated_at.clone().into(),
            session.completed_at.clone().into(),
            instant(Some(&session.created_at)),
            instant(Some(&session.updated_at)),
            instant(session.completed_at.as_ref()),
            session.model.clone().into(),
            session.timeout_seconds.into(),
            session.preserve_worktrees.into(),
            session.winner_id.into(),
            session.runtime_mix.as_ref().map(|mix| serde_json::to_string(mix).unwrap()).into(),
            session.total_duration.map_or(Value::Null, |seconds| {
                i64::try_from(seconds).map_or_else(|_| seconds.to_string().into(), Value::from)
            }),
            session.total_files_changed.into(),
            session.total_lines_added.into(),
            session.total_lines_deleted.into(),
            extra(&session.extra),
            (session.instances.len() as i64).into(),
            (session.chat_history.len() as i64).into(),
            session.instances.last().map(|instance| instance.status.clone()).into(),
            last.cast_signed().into(),
            (own().count() as i64).into(),
            list(&state.records.tags),
            list(&state.records.cwds),
            list(&state.records.branches),
            state.records.worktree.clone().into(),
            list(&state.records.models),
            list(&state.records.versions),
            list(&state.records.files),
            state.records.relation.clone().into(),
            state.records.parent.clone().into(),
            state.records.spawned_by.clone().into(),
            state.records.inferred.into(),
            state.records.partial.into(),
            state.records.details.clone().into(),
        ]);
        for (place, instance) in (0_i64..).zip(&session.instances) {
            let chunks = rows
                .table("output_chunks")
                .iter()
                .filter(|row| row[0] == number.into() && row[1] == place.into());
            let chunks: Vec<_> = chunks.collect();
            let output = instance.output.as_ref().map(whole);
            instances.push(vec![
                number.into(),
                place.into(),
                instance.instance_id.into(),
                instance.worktree_path.clone().into(),
                instance.branch.clone().into(),
                instance.agent_name.clone().into(),
                instance.status.clone().into(),
                instance.tmux_session_id.clone().into(),
                instance.start_time.clone().into(),
                instance.end_time.clone().into(),
                instant(instance.start_time.as_ref()),
                instant(instance.end_time.as_ref()),
                instance.files_changed.into(),
                instance.lines_added.into(),
                instance.lines_deleted.into(),
                instance.runtime.clone().into(),
                instance.model.clone().into(),
                instance.runtime_label.clone().into(),
                extra(&instance.extra),
                output.as_ref().map(|output| output.len() as i64).into(),
                (chunks.len() as i64).into(),
            ]);
            let pieces: String = chunks.iter().map(|row| text_at(history, &row[3])).collect();
            assert_eq!(pieces, output.unwrap_or_default());
            for (ordinal, row) in (0_i64..).zip(&chunks) {
                assert_eq!(row[2], ordinal.into());
                assert_eq!(row[4], (text_at(history, &row[3]).len() as i64).into());
            }
        }
        for (place, message) in (0_i64..).zip(&session.chat_history) {
            let content = whole(&message.content);
            messages.push((
                content.clone(),
                vec![
                    number.into(),
                    place.into(),
                    message.id.clone().into(),
                    message.role.clone().into(),
                    message.timestamp.clone().into(),
                    instant(Some(&message.timestamp)),
                    message.instance_id.into(),
                    extra(&message.extra),
                    (content.len() as i64).into(),
                ],
            ));
        }
    }
    assert_eq!(rows.table("sessions"), sessions);
    assert_eq!(rows.table("instances"), instances);
    assert_eq!(rows.table("workspaces"), workspace_rows(history));
    let found = rows.table("chat_messages").iter().cloned().map(|mut row| {
        let position = row.remove(8);
        (text_at(history, &position), row)
    });
    assert_eq!(found.collect::<Vec<_>>(), messages);
}

fn workspace_keys(history: &History) -> std::collections::BTreeMap<String, i64> {
    let mut keys = std::collections::BTreeMap::new();
    for stream in history.streams() {
        let next = keys.len() as i64 + 1;
        keys.entry(stream.workspace).or_insert(next);
    }
    keys
}

/// Workspaces that are known: by an event of their own, or by a session that began in them.
fn workspace_rows(history: &History) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (key, number) in workspace_keys(history) {
        let mut known = None;
        for (position, step) in (1_u64..).zip(&history.steps).filter(|(_, step)| step.stream.workspace == key)
        {
            if !step.stream.is_workspace() && matches!(step.event, Event::BodyRedacted(_)) {
                continue;
            }
            let (path, hashes) = known.get_or_insert_with(|| (None, vec![key.clone()]));
            if let Event::WorkspaceRegistered(body) = &step.event
                && !history.redacted.contains(&position)
            {
                (*path, *hashes) = (body.path.clone(), body.hashes.clone());
            }
        }
        let Some((path, hashes)) = known else { continue };
        let hashes = serde_json::to_string(&hashes).unwrap();
        rows.push(vec![number.into(), key.into(), path.into(), hashes.into()]);
    }
    rows.sort_by_key(|row| match row[0] {
        Value::Integer(number) => number,
        _ => unreachable!("a number"),
    });
    rows
}

/// The text that the event at a position brought; none where its body is gone.
fn text_at(history: &History, position: &Value) -> String {
    let Value::Integer(position) = position else { panic!("a position is a number") };
    let position = position.cast_unsigned();
    if history.redacted.contains(&position) {
        return String::new();
    }
    let mut event = history.steps[usize::try_from(position).unwrap() - 1].event.clone();
    whole(event.long_text_mut().expect("an event with a text"))
}

fn whole(text: &Text) -> String {
    match text {
        Text::Inline(text) => text.as_str().to_owned(),
        Text::Joined(pieces) => pieces.iter().map(whole).collect(),
        Text::Blob(_) => panic!("the folds of the test hold their texts"),
    }
}

fn instant(text: Option<&String>) -> Value {
    text.and_then(|text| time::parse(text)).map(time::to_micros).into()
}

fn list(texts: &[String]) -> Value {
    serde_json::to_string(texts).unwrap().into()
}

fn extra(extra: &retold_core::Extra) -> Value {
    (!extra.is_empty()).then(|| extra.to_json()).into()
}
