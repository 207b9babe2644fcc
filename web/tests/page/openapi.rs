//! The description that programs read, held against the server by schemathesis.

use std::process::Command;

use retold_trial::needs;

use super::{Page, sample};

/// Kinds of requests that are drawn for each address: a nightly run has more.
const EXAMPLES: &str = "5";

#[test]
fn the_server_answers_what_its_description_says_whatever_is_asked() {
    needs!(Python);
    let python = needs::python().unwrap();
    let page = Page::that_writes(sample);
    let folder = tempfile::tempdir().unwrap();
    // Names that lead somewhere; all else is drawn.
    let config = folder.path().join("schemathesis.toml");
    std::fs::write(&config, "[parameters]\n\"path.session\" = [\"a1\", \"nobody\"]\n").unwrap();
    let output = Command::new(python)
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(&config)
        .args(["run", &format!("http://{}/openapi.json", page.address)])
        .args(["--header", &format!("Authorization: Bearer {}", page.token.as_str())])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--phases", "coverage,fuzzing", "--max-examples", EXAMPLES, "--generation-deterministic"])
        .args(["--workers", "1", "--warnings", "off", "--max-time", "30"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("passed"), "{said}");
}
