//! Every fixture's home means what its `expected.json` says, to the last field.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use retold_transcripts::Tool;
use support::receipt::{differences, receipt};
use support::{Home, fixture};

fn means_what_is_expected(tool: Tool) {
    let expected = std::fs::read(fixture(tool.word()).join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let home = Home::of_fixture(tool);
    let (interpreter, facts) = home.interpret();
    let differences = differences(&expected, &receipt(&home, &*interpreter, &facts));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn claude_means_what_is_expected() {
    means_what_is_expected(Tool::Claude);
}

#[test]
fn codex_means_what_is_expected() {
    means_what_is_expected(Tool::Codex);
}

#[test]
fn gemini_means_what_is_expected() {
    means_what_is_expected(Tool::Gemini);
}

#[test]
fn copilot_means_what_is_expected() {
    means_what_is_expected(Tool::Copilot);
}

#[test]
fn opencode_means_what_is_expected() {
    means_what_is_expected(Tool::Opencode);
}

#[test]
fn vibe_kanban_means_what_is_expected() {
    means_what_is_expected(Tool::VibeKanban);
}

#[test]
fn a_field_that_differs_is_named() {
    let expected = serde_json::json!({"totals": {"user": 1, "usage": {}}, "sessions": [{"id": "a"}]});
    let found = serde_json::json!({"totals": {"user": 2, "usage": {"m": {}}, "more": 1}, "sessions": []});
    assert_eq!(
        differences(&expected, &found),
        [
            "/sessions: 0 instead of 1 elements",
            "/totals/usage/m: {} is too much",
            "/totals/user: 2 instead of 1",
        ]
    );
}
