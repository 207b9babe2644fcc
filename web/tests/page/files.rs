//! The files that a session changed.

use retold::SessionHistory;
use retold::event::ToolCalled;
use serde_json::{Value, json};

use super::{Page, sample};

fn call(history: &SessionHistory, kind: &str, input: &str) {
    let call = ToolCalled {
        call: "c".to_owned(),
        message: None,
        name: "Edit".to_owned(),
        kind: kind.to_owned(),
        instance_id: None,
        input: input.to_owned().into(),
        updated_at: None,
    };
    history.record("/src/atlas", "a1", call).unwrap();
}

fn changed(path: &str, old: &str, new: &str) -> String {
    json!({"file_path": path, "old_string": old, "new_string": new}).to_string()
}

/// Returns what is told of the changes, asked for `n` calls at a time.
fn told(page: &Page, more: &str, n: usize) -> Vec<Value> {
    let (mut rows, mut from) = (Vec::new(), 0);
    loop {
        let answer = page.get(&format!("/s/a1/files.json?n={n}&from={from}{more}")).json();
        rows.extend(answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}")).clone());
        match answer["next"].as_u64() {
            Some(next) => assert!(std::mem::replace(&mut from, next) < next, "it goes on: {answer}"),
            None => return rows,
        }
    }
}

#[test]
fn the_changes_of_files_are_told_in_order_whatever_is_asked_at_once() {
    let mut before = 0;
    let page = Page::with(|history| {
        sample(history);
        call(history, "edit", &changed("src/a.rs", "one\ntwo\n", "one\nthree\nfour\n"));
        call(history, "read", r#"{"file_path":"src/never.rs"}"#);
        call(history, "edit", r#"{"file_path":"src/b.rs","content":"x\ny\n"}"#);
        call(history, "execute", r#"{"command":"rm src/never.rs"}"#);
        call(history, "edit", "no JSON, and no patch");
        call(
            history,
            "edit",
            "*** Begin Patch\n*** Update File: src/a.rs\n-four\n+five\n*** Delete File: src/b.rs\n*** End Patch\n",
        );
        // Longer than what is looked through: the beginning says what it can.
        call(
            history,
            "edit",
            &format!(
                "*** Begin Patch\n*** Update File: src/c.rs\n-a\n+b\n*** Add File: src/d.rs\n{}",
                "+line\n".repeat(80_000)
            ),
        );
    });
    let rows = told(&page, "", 1000);
    let brief = |row: &Value| {
        let revision = row["revision"].as_u64().unwrap();
        (row["path"].as_str().unwrap().to_owned(), row["is"].as_str().unwrap().to_owned(), revision)
    };
    let paths: Vec<_> = rows.iter().map(brief).map(|(path, is, _)| (path, is)).collect();
    let wanted = [
        ("a", "changed"),
        ("b", "written"),
        ("a", "changed"),
        ("b", "deleted"),
        ("c", "changed"),
        ("d", "changed"),
    ];
    assert_eq!(paths, wanted.map(|(name, is)| (format!("src/{name}.rs"), is.to_owned())));
    assert_eq!((&rows[0]["added"], &rows[0]["removed"]), (&2.into(), &1.into()));
    for row in &rows {
        assert!(row["revision"].as_u64().unwrap() >= before && row["lines"].is_null(), "{row}");
        before = row["revision"].as_u64().unwrap();
    }
    for n in [1, 2, 3] {
        assert_eq!(told(&page, "", n), rows, "{n} at a time");
    }
    // Of the past there are fewer.
    let third = brief(&rows[2]).2;
    let past: Vec<Value> =
        rows.iter().filter(|row| row["revision"].as_u64() < Some(third)).cloned().collect();
    assert_eq!(told(&page, &format!("&at=r{}", third - 1), 2), past);
    assert_eq!(past.len(), 2);
    assert_eq!(page.get("/s/nobody/files.json").status, 404);
}
