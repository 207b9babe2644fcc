//! What a call of a tool changes in files, as its arguments have it.

use serde::Serialize;
use serde_json::Value;

/// A change of a part of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edit {
    /// The file, where that is said.
    pub path: Option<String>,
    /// What was there; `None`: the file is written whole.
    pub old: Option<String>,
    /// What is there now; `None`: the file is deleted.
    pub new: Option<String>,
}

const PATHS: [&str; 5] = ["file_path", "filePath", "path", "absolute_path", "notebook_path"];
const OLD: [&str; 3] = ["old_string", "oldString", "old_str"];
const NEW: [&str; 3] = ["new_string", "newString", "new_str"];
const WHOLE: [&str; 3] = ["content", "file_text", "new_source"];
const PATCH: [&str; 4] = ["input", "patch", "patchText", "diff"];
/// What a file of a patch begins with.
const HEADERS: [&str; 3] = ["*** Update File: ", "*** Add File: ", "*** Delete File: "];

/// Returns what a call changes, as its arguments have it: texts that replace others, whole files, or a patch. Nothing where they
/// say none of it, or are cut.
pub fn edits(input: &str) -> Vec<Edit> {
    if input.trim_start().starts_with("*** Begin Patch") {
        return of_patch(input);
    }
    let Ok(Value::Object(input)) = serde_json::from_str::<Value>(input) else { return Vec::new() };
    let input = Value::Object(input);
    if let Some(patch) = text(&input, &PATCH).filter(|patch| patch.contains("*** Begin Patch")) {
        return of_patch(&patch);
    }
    let path = text(&input, &PATHS);
    let several = input.get("edits").and_then(Value::as_array);
    let each = several.map_or_else(|| vec![&input], |several| several.iter().collect());
    let mut found = Vec::new();
    for edit in each {
        let path = text(edit, &PATHS).or_else(|| path.clone());
        match (text(edit, &OLD), text(edit, &NEW)) {
            (None, None) => {}
            (old, new) => {
                found.push(Edit {
                    path,
                    old: Some(old.unwrap_or_default()),
                    new: Some(new.unwrap_or_default()),
                });
            }
        }
    }
    if found.is_empty()
        && let (Some(path), Some(new)) = (path, text(&input, &WHOLE))
    {
        found.push(Edit { path: Some(path), old: None, new: Some(new) });
    }
    found
}

fn text(value: &Value, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| value.get(key)?.as_str().map(str::to_owned))
}

/// Returns the files that a patch changes.
pub(super) fn files(patch: &str) -> impl Iterator<Item = &str> {
    let is_one = patch.trim_start().starts_with("*** Begin Patch");
    let lines = patch.lines().filter(move |_| is_one);
    lines.filter_map(|line| HEADERS.iter().find_map(|header| line.strip_prefix(header))).map(str::trim)
}

/// One edit a hunk.
fn of_patch(patch: &str) -> Vec<Edit> {
    let mut found: Vec<Edit> = Vec::new();
    let (mut path, mut is_open) = (None, false);
    for line in patch.lines() {
        let header = HEADERS.iter().find_map(|header| Some((*header, line.strip_prefix(header)?)));
        if let Some((header, file)) = header {
            (path, is_open) = (Some(file.trim().to_owned()), false);
            if header.contains("Delete") {
                found.push(Edit { path: path.clone(), old: None, new: None });
            }
            continue;
        }
        if line.starts_with("***") || line.starts_with("@@") {
            is_open = false;
            continue;
        }
        let (Some(mark), true) = (line.chars().next(), path.is_some()) else { continue };
        if !matches!(mark, ' ' | '+' | '-') {
            continue;
        }
        if !is_open {
            let text = || Some(String::new());
            found.push(Edit { path: path.clone(), old: text(), new: text() });
            is_open = true;
        }
        let Some(Edit { old: Some(old), new: Some(new), .. }) = found.last_mut() else { continue };
        for (side, other) in [(old, '+'), (new, '-')] {
            if mark != other {
                side.push_str(&line[1..]);
                side.push('\n');
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(path: &str, old: Option<&str>, new: Option<&str>) -> Edit {
        Edit { path: Some(path.to_owned()), old: old.map(str::to_owned), new: new.map(str::to_owned) }
    }

    #[test]
    fn edits_are_found_however_a_tool_spells_them() {
        let one = vec![edit("a.rs", Some("x"), Some("y"))];
        for input in [
            r#"{"file_path":"a.rs","old_string":"x","new_string":"y"}"#,
            r#"{"filePath":"a.rs","oldString":"x","newString":"y"}"#,
            r#"{"path":"a.rs","old_str":"x","new_str":"y"}"#,
            r#"{"file_path":"a.rs","edits":[{"old_string":"x","new_string":"y"}]}"#,
        ] {
            assert_eq!(edits(input), one, "{input}");
        }
        assert_eq!(edits(r#"{"path":"a.rs","content":"z"}"#), [edit("a.rs", None, Some("z"))]);
        for input in ["", "{}", "x", r#"{"command":"ls"}"#, r#"{"path":"a","old_string":"cut"#, "[1]"] {
            assert_eq!(edits(input), [], "{input}");
        }
    }

    #[test]
    fn a_patch_is_an_edit_a_hunk() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n@@ fn a\n keep\n-old\n+new\n@@\n-b\n*** Delete File: c.rs\n*** End Patch\n";
        let expected = [
            edit("a.rs", Some("keep\nold\n"), Some("keep\nnew\n")),
            edit("a.rs", Some("b\n"), Some("")),
            edit("c.rs", None, None),
        ];
        assert_eq!(edits(patch), expected);
        assert_eq!(edits(&serde_json::json!({ "input": patch }).to_string()), expected);
        assert_eq!(files(patch).collect::<Vec<_>>(), ["a.rs", "c.rs"]);
    }
}
