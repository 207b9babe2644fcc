//! Clean small sessions that the dirty files begin from.

use retold_benches::legacy::{Instance, Message, Session};

/// How many different sessions there are, numbered from 1.
pub(super) const SESSIONS: usize = 6;

const TASKS: [(&str, &str, &str); SESSIONS] = [
    (
        "Sort apples by harvest date",
        "Which order is the file in?",
        "By variety; the date is the third column.",
    ),
    ("収穫日の並び順を直す 🍎", "新しい順にしてください。", "降順に変えました。テストは12件とも成功です。"),
    (
        "Ripeness is off by one \"day\"",
        "Midnight, I suppose?",
        "Yes: `floor()` in local time.\n\nNow it is UTC.",
    ),
    ("Import the 2024 ledger", "It has 4,000 rows.", "All read; 3 had a comma in the price: \"1,280\"."),
    (
        "Draw the map of the trees 🗺️",
        "Is C:\\orchard\\rows.csv enough?",
        "Yes, with the slope added:\t3 degrees.",
    ),
    ("Say what the frost sensor says", "-2.5 °C at 04:10.", "Then the alarm [level 2] {rows 4-9} went off."),
];

/// Returns session `number`, complete and unremarkable but for quotes, brackets and emoji in its
/// text. Each number's `timeoutSeconds` is 600 more than it.
pub(super) fn session(number: usize) -> Session {
    let (task, question, answer) = TASKS[number - 1];
    let small = u32::try_from(number).expect("a handful of sessions");
    let time = |second: u32| format!("2025-11-1{number}T08:30:{second:02}.125Z");
    let message = |id: String, role: &str, content: &str, timestamp: String| Message {
        id,
        role: role.to_owned(),
        content: content.to_owned(),
        timestamp,
        instance_id: None,
    };
    Session {
        id: format!("0000000{number}-5f1e-4a9b-8c3d-0123456789ab"),
        session_type: "competition".to_owned(),
        task: task.to_owned(),
        status: "completed".to_owned(),
        created_at: time(1),
        updated_at: format!("2025-11-1{number}T08:30:59.123456789+00:00"),
        completed_at: Some(time(58)),
        instances: vec![Instance {
            instance_id: 1,
            worktree_path: format!(
                "/home/aoi/work/orchard/src-tauri/.worktrees/competition-0000000{number}/1"
            ),
            branch: format!("competition/0000000{number}/instance-1"),
            agent_name: "🔧 Backend Developer".to_owned(),
            status: "completed".to_owned(),
            tmux_session_id: format!("ait42-comp-0000000{number}-1"),
            output: Some(format!(
                "$ cargo test -q rows::by_{number}\n\x1b[32mtest result: ok\x1b[0m. {number}2 passed\n"
            )),
            start_time: Some(time(2)),
            end_time: Some(time(57)),
            files_changed: Some(1),
            lines_added: Some(20 + small),
            lines_deleted: Some(small),
            runtime: Some("claude".to_owned()),
            model: Some("sonnet".to_owned()),
            runtime_label: Some("Claude · Sonnet".to_owned()),
        }],
        chat_history: vec![
            message(format!("msg-176293{number}000100"), "user", question, time(10)),
            message(format!("msg-176293{number}000100-response"), "assistant", answer, time(20)),
        ],
        model: None,
        timeout_seconds: Some(600 + small),
        preserve_worktrees: None,
        winner_id: Some(1),
        runtime_mix: Some(vec!["claude".to_owned()]),
        total_duration: Some(57),
        total_files_changed: Some(1),
        total_lines_added: Some(20 + small),
        total_lines_deleted: Some(small),
    }
}

pub(super) fn sessions(numbers: &[usize]) -> Vec<Session> {
    numbers.iter().map(|number| session(*number)).collect()
}

/// Returns what the legacy writer makes of `sessions`.
pub(super) fn pretty(sessions: &[Session]) -> String {
    serde_json::to_string_pretty(sessions).expect("sessions become JSON")
}

/// Returns what the legacy writer makes of the sessions with `numbers`.
pub(super) fn text(numbers: &[usize]) -> String {
    pretty(&sessions(numbers))
}

/// Returns session `number` as it stands inside a file, less the white space around it.
pub(super) fn indented(number: usize) -> String {
    let array = text(&[number]);
    array[1..array.len() - 1].trim().to_owned()
}

/// Replaces `from`, which occurs once.
pub(super) fn edit(text: &str, from: &str, to: &str) -> String {
    let (before, after) = text.split_once(from).expect("the text to replace is there");
    assert!(!after.contains(from), "{from} is there twice");
    [before, to, after].concat()
}

/// Returns where `needle` begins for the first time.
pub(super) fn place(text: &str, needle: &str) -> usize {
    text.find(needle).expect("the text to find is there")
}
