//! Files that every reader of JSON takes, and that hold what nobody expects.

use retold_benches::legacy::Session;

use super::orchard::{indented, pretty, session, sessions, text};
use super::{Hazard, OldReader};

/// Returns the files whose oddity lies in what they say, or in harmless differences of layout.
pub(super) fn hazards() -> Vec<Hazard> {
    let read = |file, bytes: Vec<u8>, hazard, whole, note| Hazard {
        file,
        bytes,
        hazard,
        old_reader: OldReader::Reads,
        whole,
        quarantined: 0,
        note,
    };
    let said = |file, sessions: Vec<Session>, hazard, note| {
        read(file, pretty(&sessions).into_bytes(), hazard, sessions.len(), note)
    };
    vec![
        said(
            "twins.json",
            twins(),
            "one session id created twice, with different instances; another between",
            "three records; commands act on the first twin",
        ),
        said(
            "repeated-ids.json",
            repeated_ids(),
            "message ids and instance ids twice in one session, and the same message ids in another",
            "both, with every message and instance",
        ),
        said(
            "unknown-statuses.json",
            unknown_statuses(),
            "types, statuses and roles outside every list",
            "all, word for word",
        ),
        said(
            "edge-numbers.json",
            edge_numbers(),
            "0 and the largest value in every number; `totalDuration` 18446744073709551615 is past a signed 64-bit integer",
            "all, number for number",
        ),
        said(
            "empty-strings.json",
            empty_strings(),
            "the empty string in every string, ids too, twice",
            "both records",
        ),
        said(
            "mixed-timestamps.json",
            mixed_timestamps(),
            "0, 3, 6 and 9 fraction digits, `Z` and offsets, no zone, and some that are no time at all",
            "all, letter for letter, in file order",
        ),
        said(
            "any-id.json",
            any_ids(),
            "ids that are no UUID: `comp-123`, quotes, slashes, a line end, 500 letters, two spellings of one é",
            "all; ids are compared byte for byte",
        ),
        said(
            "control-characters.json",
            control_characters(),
            "every control character in an output, U+2028, U+FEFF, a lone combining mark",
            "the session, character for character",
        ),
        said(
            "completed-and-running.json",
            completed_and_running(),
            "`completedAt` on a session that runs again; `winnerId` null on a completed one; `winnerId` of no instance",
            "all, nulls kept",
        ),
        said(
            "no-such-instance.json",
            no_such_instance(),
            "messages of instances that the session does not have, or of none at all",
            "both",
        ),
        said(
            "doubled-history.json",
            doubled_history(),
            "terminal history added again as messages with new ids; the output doubled at completion",
            "the session, nothing thrown out as a duplicate",
        ),
        said(
            "invented-worktrees.json",
            invented_worktrees(),
            "worktrees under `/tmp/worktree-comp-<uuid>-<n>` only: no path of a workspace to be found",
            "both; the workspace goes by its hash",
        ),
        read(
            "absent-keys.json",
            absent_keys(),
            "optional keys absent instead of `null`",
            2,
            "both; that they were absent may be forgotten, the legacy writer adds the nulls",
        ),
        read(
            "reordered-keys.json",
            reordered(),
            "keys in alphabetical order, `id` in the middle, and a final newline",
            2,
            "both",
        ),
        read(
            "compact.json",
            serde_json::to_vec(&sessions(&[1, 2])).expect("sessions become JSON"),
            "no white space",
            2,
            "both",
        ),
        read(
            "windows-lines.json",
            text(&[1, 2]).replace('\n', "\r\n").into_bytes(),
            "CR LF between the keys",
            2,
            "both",
        ),
        read(
            "escaped.json",
            escaped(),
            "every character above ASCII as `\\uXXXX`, slashes as `\\/`",
            2,
            "both, equal to the unescaped",
        ),
        read("blank.json", b" \n\t\r\n ".to_vec(), "white space only", 0, "no sessions, no error"),
        read("empty.json", Vec::new(), "0 bytes", 0, "no sessions, no error"),
        read(
            "overwritten.json",
            b"[]".to_vec(),
            "an empty list, as one writer leaves where it could not read the file",
            0,
            "no sessions, no error",
        ),
        said(
            "e3b0c44298fc1c14.json",
            orphan(),
            "the file of the empty workspace path, left by an old bug",
            "both; they belong to no workspace that has a path",
        ),
    ]
}

fn twins() -> Vec<Session> {
    let mut all = sessions(&[1, 2, 1]);
    let twin = &mut all[2];
    twin.status = "running".to_owned();
    twin.chat_history.clear();
    twin.completed_at = None;
    twin.winner_id = None;
    twin.instances[0].instance_id = 0;
    twin.instances[0].status = "idle".to_owned();
    twin.instances[0].output = None;
    all
}

fn repeated_ids() -> Vec<Session> {
    let mut all = sessions(&[1, 2]);
    let id = all[0].chat_history[0].id.clone();
    let again = Session { chat_history: session(3).chat_history, ..all[0].clone() };
    all[0].chat_history.extend(again.chat_history);
    for message in all.iter_mut().flat_map(|session| &mut session.chat_history) {
        message.id.clone_from(&id);
    }
    let mut instance = all[0].instances[0].clone();
    instance.output = Some("another instance, the same number\n".to_owned());
    all[0].instances.push(instance);
    all
}

fn unknown_statuses() -> Vec<Session> {
    let words = [
        ("integration", "round_3", "timeout", "tool"),
        ("Competition", "COMPLETED", "idle", "User"),
        ("pair", "archived ", "paused", ""),
        ("対戦", "完了", "実行中", "審判"),
    ];
    let mut all = sessions(&[1, 2, 3, 4]);
    for (session, (kind, status, instance, role)) in all.iter_mut().zip(words) {
        kind.clone_into(&mut session.session_type);
        status.clone_into(&mut session.status);
        instance.clone_into(&mut session.instances[0].status);
        role.clone_into(&mut session.chat_history[0].role);
    }
    all
}

fn edge_numbers() -> Vec<Session> {
    let edges = [(0, 0), (u32::MAX, u64::MAX), (i32::MAX.unsigned_abs() + 1, i64::MAX.unsigned_abs() + 1)];
    let mut all = sessions(&[1, 2, 3]);
    for (session, (small, large)) in all.iter_mut().zip(edges) {
        session.timeout_seconds = Some(small);
        session.winner_id = Some(small);
        session.total_duration = Some(large);
        session.total_files_changed = Some(small);
        session.total_lines_added = Some(small);
        session.total_lines_deleted = Some(small);
        session.chat_history[0].instance_id = Some(small);
        let instance = &mut session.instances[0];
        instance.instance_id = small;
        instance.files_changed = Some(small);
        instance.lines_added = Some(small);
        instance.lines_deleted = Some(small);
    }
    all
}

fn empty_strings() -> Vec<Session> {
    let text = serde_json::to_value(session(1)).expect("a session becomes JSON");
    let emptied: Session = serde_json::from_value(emptied(text)).expect("only strings were changed");
    vec![emptied.clone(), emptied]
}

fn emptied(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Array(items) => items.into_iter().map(emptied).collect(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, emptied(value))).collect(),
        other => other,
    }
}

fn mixed_timestamps() -> Vec<Session> {
    let times = [
        ["2025-11-14T01:02:03+00:00", "2025-11-14T01:02:03.100+00:00", "2025-11-14T01:02:03.100200+00:00"],
        ["2025-11-14T01:02:03.100Z", "2025-11-14T01:02:03.100200300+00:00", "2025-11-14T10:02:03.100+09:00"],
        ["2026-11-23 00:35:31", "2025-11-14", "1763082123456"],
        ["", "yesterday", "2025-13-41T25:61:61Z"],
        ["2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+00:00"],
    ];
    let mut all = sessions(&[1, 2, 3, 4, 5]);
    for (session, [first, second, third]) in all.iter_mut().zip(times) {
        first.clone_into(&mut session.created_at);
        second.clone_into(&mut session.updated_at);
        session.completed_at = Some(third.to_owned());
        session.instances[0].start_time = Some(second.to_owned());
        first.clone_into(&mut session.chat_history[0].timestamp);
        third.clone_into(&mut session.chat_history[1].timestamp);
    }
    all
}

fn any_ids() -> Vec<Session> {
    let long = "n".repeat(500);
    let ids =
        ["comp-123", "\"quoted\" \\ and/slashed/../..", "two\nlines", &long, "caf\u{e9}", "cafe\u{301}"];
    let mut all = sessions(&[1, 2, 3, 4, 5, 6]);
    for (session, id) in all.iter_mut().zip(ids) {
        id.clone_into(&mut session.id);
    }
    all
}

fn control_characters() -> Vec<Session> {
    let mut one = session(1);
    let output: String =
        (0..=0xa0_u8).map(char::from).chain(['\u{2028}', '\u{feff}', '\u{301}', '\u{10ffff}']).collect();
    one.instances[0].output = Some(output);
    vec![one]
}

fn completed_and_running() -> Vec<Session> {
    let mut all = sessions(&[1, 2, 3]);
    all[0].status = "running".to_owned();
    all[1].winner_id = None;
    all[2].winner_id = Some(7);
    all
}

fn no_such_instance() -> Vec<Session> {
    let mut all = sessions(&[1, 2]);
    all[0].chat_history[0].instance_id = Some(17);
    all[0].chat_history[1].instance_id = Some(0);
    all[1].chat_history[0].instance_id = Some(1);
    all[1].instances.clear();
    all
}

fn doubled_history() -> Vec<Session> {
    let mut one = session(1);
    let output = one.instances[0].output.clone().unwrap_or_default();
    for (round, at_ms) in [1_762_931_000_200_u64, 1_762_931_000_900].into_iter().enumerate() {
        for line in 0..2 {
            let mut message = one.chat_history[1].clone();
            message.id = format!("history-{line}-{at_ms}");
            message.content.clone_from(&output);
            message.timestamp = format!("2025-11-11T08:31:0{round}.125Z");
            message.instance_id = Some(1);
            one.chat_history.push(message);
        }
    }
    one.instances[0].output = Some([output.as_str(), output.as_str()].concat());
    vec![one]
}

fn invented_worktrees() -> Vec<Session> {
    let mut all = sessions(&[1, 2]);
    for session in &mut all {
        session.instances[0].worktree_path = format!("/tmp/worktree-comp-{}-1", session.id);
    }
    all
}

fn orphan() -> Vec<Session> {
    let mut all = sessions(&[1, 2]);
    for path in all.iter_mut().map(|session| &mut session.instances[0].worktree_path) {
        *path = path.replace("/home/aoi/work/orchard", "");
    }
    all
}

fn absent_keys() -> Vec<u8> {
    let lines = |number| -> Vec<String> {
        let text = indented(number);
        text.lines()
            .filter(|line| !line.trim_end_matches(',').ends_with(": null"))
            .map(str::to_owned)
            .collect()
    };
    let without_nulls = |number| lines(number).join("\n").replace("Z\",\n      }", "Z\"\n      }");
    format!("[\n  {},\n  {}\n]", without_nulls(1), without_nulls(2)).into_bytes()
}

fn reordered() -> Vec<u8> {
    // A JSON value keeps its keys in alphabetical order.
    let value = serde_json::to_value(sessions(&[1, 2])).expect("sessions become JSON");
    let mut bytes = serde_json::to_vec_pretty(&value).expect("a value becomes JSON");
    bytes.push(b'\n');
    bytes
}

fn escaped() -> Vec<u8> {
    let mut out = String::new();
    for character in text(&[1, 2]).chars() {
        match character {
            '/' => out.push_str("\\/"),
            ascii if ascii.is_ascii() => out.push(ascii),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.into_bytes()
}
