//! docs/RPC.md says of every method of `retold rpc` what the code says.

use std::path::Path;

use retold::{SessionFilter, SessionHistory};

/// `RETOLD_UPDATE=1 cargo test -p retold-tests rpc_reference` writes the file again.
#[test]
fn the_page_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/RPC.md");
    let made = retold_cli::rpc_reference();
    if std::env::var_os("RETOLD_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert!(made == std::fs::read_to_string(&path).unwrap(), "docs/RPC.md is not what the code says");
}

/// Returns the part of the page on one method.
fn section<'p>(page: &'p str, method: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("\n### {method}\n")).unwrap_or_else(|| panic!("{method}"));
    rest.split("\n### ").next().unwrap().split("\n## ").next().unwrap()
}

#[test]
fn the_page_has_every_method_parameter_and_key() {
    let page = retold_cli::rpc_reference();
    let methods = page.matches("\n### ").count();
    assert!(methods >= 14, "{methods} methods");
    for (method, parameters) in [
        ("create_session", vec!["workspacePath", "session", "idempotencyKey"]),
        ("append_output", vec!["workspacePath", "sessionId", "instanceId", "chunk", "idempotencyKey"]),
        ("get_all_sessions", vec!["workspacePath"]),
        (
            "list_sessions",
            vec!["workspacePath", "type", "status", "text", "tags", "createdFrom", "createdBefore"],
        ),
        ("flush_mirror", vec![]),
    ] {
        let rows = section(&page, method).lines().filter_map(|line| line.strip_prefix("| `"));
        let named: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        assert!(named.starts_with(&parameters), "{method}: {named:?}");
        assert_eq!(named.is_empty(), parameters.is_empty(), "{method}: {named:?}");
    }
    // The keys of answers that are no documents.
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    history.create("/src/atlas", retold::Session::new("a1", "debate", "Tabs or spaces")).unwrap();
    let row = serde_json::to_value(&history.list(None, &SessionFilter::new()).unwrap()[0]).unwrap();
    for key in row.as_object().unwrap().keys() {
        assert!(section(&page, "list_sessions").contains(&format!("`{key}`")), "{key}");
    }
}
