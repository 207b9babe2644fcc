//! Where an expression's value changes.

use retold::{Message, SessionHistory};
use serde_json::Value;

use super::{Page, sample};

const LAST: u64 = 40;

fn filled(history: &SessionHistory) {
    sample(history);
    for nth in 0..12 {
        let role = ["user", "assistant"][nth % 2];
        history.add_message("/src/atlas", "a1", Message::new(format!("x{nth}"), role, "go on")).unwrap();
        let status = ["running", "paused", "running", "completed"][nth % 4];
        history.update_instance_status("/src/atlas", "a1", 1, status).unwrap();
    }
}

/// Returns the changes that the page tells, asked for `n` at a time: the value at the beginning, and each revision with its value.
fn traced(page: &Page, of: &str, more: &str, n: usize) -> (Value, Vec<(u64, Value)>) {
    let (mut begin, mut rows, mut from) = (None, Vec::new(), None);
    loop {
        let after = from.map_or_else(String::new, |from: u64| format!("&from={from}"));
        let answer = page.get(&format!("/s/a1/trace.json?of={of}&n={n}{more}{after}")).json();
        begin.get_or_insert_with(|| answer["before"].clone());
        let told = answer["rows"].as_array().unwrap_or_else(|| panic!("{answer}"));
        assert!(told.len() <= n);
        rows.extend(told.iter().map(|row| (row["revision"].as_u64().unwrap(), row["value"].clone())));
        match answer["next"].as_u64() {
            Some(next) => assert!(from.replace(next) < Some(next), "it goes on: {answer}"),
            None => return (begin.unwrap(), rows),
        }
    }
}

#[test]
fn an_expression_changes_where_the_states_do() {
    let page = Page::with(filled);
    let last = page.get("/s/a1.json").json()["revisions"].as_u64().unwrap();
    assert!(last < LAST && last > 20);
    let states: Vec<Value> =
        (1..=last).map(|at| page.get(&format!("/s/a1.json?at=r{at}")).json()["state"].clone()).collect();
    type Of = fn(&Value) -> Value;
    let expressions: [(&str, Of); 4] = [
        ("status", |state| state["own"]["status"].clone()),
        ("message_count", |state| state["message_count"].clone()),
        ("message_count%20%25%203%20%3D%200", |state| {
            u64::from(state["message_count"].as_u64().unwrap() % 3 == 0).into()
        }),
        ("(select%20group_concat(status)%20from%20instances)", |state| {
            state["instances"].as_array().unwrap().first().map_or(Value::Null, |one| one["status"].clone())
        }),
    ];
    for (expression, of) in expressions {
        let (mut known, mut wanted) = (Value::Null, Vec::new());
        for (revision, state) in (1..).zip(&states) {
            let is = of(state);
            if is != known {
                wanted.push((revision, is.clone()));
                known = is;
            }
        }
        for n in [1, 3, 1000] {
            assert_eq!(traced(&page, expression, "", n), (Value::Null, wanted.clone()), "{expression}");
        }
        // Of the past, and from a revision on.
        let by = wanted.iter().filter(|(revision, _)| *revision <= 9).cloned().collect::<Vec<_>>();
        assert_eq!(traced(&page, expression, "&at=r9", 1000).1, by, "{expression}");
        let later = page.get(&format!("/s/a1/trace.json?of={expression}&from=9")).json();
        assert_eq!(later["before"], of(&states[8]), "{expression}");
        let rest = wanted.len() - by.len();
        assert_eq!(later["rows"].as_array().unwrap().len(), rest, "{expression}");
    }
}

#[test]
fn an_expression_that_is_none_or_never_ends_is_told() {
    let page = Page::with(filled);
    let refused = |of: &str| {
        let response = page.get(&format!("/s/a1/trace.json?of={of}"));
        assert_eq!(response.status, 400, "{response:?}");
        response.json()
    };
    let wrong = refused("status%20%3D%20%27a%27%20nor%20b");
    assert!(wrong["details"][1].as_str().is_some_and(|caret| caret.trim() == "^"), "{wrong}");
    refused("%20");
    assert_eq!(page.get("/s/a1/trace.json").status, 400);
    assert_eq!(page.get("/s/nobody/trace.json?of=status").status, 404);
    for hostile in
        ["load_extension('x')", "readfile('/etc/passwd')", "(delete%20from%20session%20returning%201)"]
    {
        refused(hostile);
    }
    let endless = "(with%20recursive%20n(i)%20as%20(select%201%20union%20all%20select%20i%2B1%20from%20n)%20select%20max(i)%20from%20n)";
    let endless = refused(endless);
    assert!(
        endless["detail"].as_str().unwrap().contains("too long") || endless["hint"].is_string(),
        "{endless}"
    );
    // A long value is cut where a letter ends.
    let long = page.get("/s/a1/trace.json?of=printf('%25.*c',999,'x')%7C%7Ctask").json();
    assert_eq!(long["rows"][0]["value"].as_str().unwrap().chars().count(), 257, "{long}");
}
