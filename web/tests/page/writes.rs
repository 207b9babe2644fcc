//! Changes that are made on the page.

use serde_json::{Value, json};

use super::{Page, Response, sample};

impl Page {
    /// Sends a change as the page does.
    fn post_with(&self, path: &str, body: &str, headers: &[&str]) -> Response {
        let length = format!("Content-Length: {}", body.len());
        let host = format!("Host: {}", self.address);
        let all = [host.as_str(), length.as_str()].into_iter().chain(headers.iter().copied());
        let head: String = all.map(|header| format!("{header}\r\n")).collect();
        self.raw(format!("POST {path} HTTP/1.1\r\nConnection: close\r\n{head}\r\n{body}").as_bytes())
    }

    fn post(&self, path: &str, key: &str, body: &Value) -> Response {
        let cookie = format!("Cookie: retold-{}={}", self.port(), self.token.as_str());
        let key = format!("Idempotency-Key: {key}");
        let headers = ["Content-Type: application/json", "Sec-Fetch-Site: same-origin", &cookie, &key];
        self.post_with(path, &body.to_string(), &headers)
    }

    fn session(&self, name: &str) -> Value {
        self.get(&format!("/s/{name}.json")).json()
    }

    fn revision(&self, name: &str) -> u64 {
        self.session(name)["revisions"].as_u64().unwrap()
    }

    /// How many events there are.
    fn head(&self) -> u64 {
        self.get("/sessions.json").json()["as_of"]["position"].as_u64().unwrap()
    }
}

/// Every change, with a body that is right at a revision.
fn changes(revision: u64) -> Vec<(&'static str, Value)> {
    vec![
        ("/s/a1/status", json!({ "expect": revision, "status": "paused" })),
        ("/s/a1/winner", json!({ "expect": revision, "instance": 1 })),
        ("/s/a1/tags", json!({ "expect": revision, "add": ["wip"] })),
        ("/s/a1/revert", json!({ "expect": revision, "to": 2 })),
        ("/s/a1/fork", json!({ "at": 3 })),
        ("/marks", json!({ "name": "here" })),
        ("/undo", json!({ "operation": "p1" })),
    ]
}

#[test]
fn a_page_that_reads_takes_no_change_from_anybody() {
    let page = Page::with(sample);
    let (head, revision) = (page.head(), page.revision("a1"));
    for (path, body) in changes(revision) {
        let refused = page.post(path, "k", &body);
        assert_eq!(refused.status, 405, "{path} {refused:?}");
        assert!(refused.json()["hint"].as_str().unwrap().contains("--write"), "{refused:?}");
    }
    assert_eq!(page.head(), head);
    assert_eq!(page.get("/page.json").json()["writes"], false);
    assert_eq!(page.get("/page.json").json()["marks"], json!([]));
}

#[test]
fn a_change_is_taken_from_this_page_alone() {
    let page = Page::that_writes(sample);
    assert_eq!(page.get("/page.json").json()["writes"], true);
    let (head, revision) = (page.head(), page.revision("a1"));
    let token = format!("Cookie: retold-{}={}", page.port(), page.token.as_str());
    let wrong = format!("Cookie: retold-{}={}", page.port(), "0".repeat(64));
    let origin = format!("Origin: http://{}", page.address);
    let (json, key, same) =
        ("Content-Type: application/json", "Idempotency-Key: k", "Sec-Fetch-Site: same-origin");
    for (path, body) in changes(revision) {
        let body = body.to_string();
        for (status, headers) in [
            (401, vec![json, key, same]),
            (401, vec![json, key, same, &wrong]),
            (403, vec![json, key, &token]),
            (403, vec![json, key, &token, "Sec-Fetch-Site: cross-site"]),
            (403, vec![json, key, &token, "Sec-Fetch-Site: same-site", &origin]),
            (403, vec![json, key, &token, "Sec-Fetch-Site: none"]),
            (403, vec![json, key, &token, "Origin: http://evil.example"]),
            (403, vec![json, key, &token, "Origin: null"]),
            (415, vec![key, &token, same]),
            (415, vec!["Content-Type: text/plain", key, &token, same]),
            (415, vec!["Content-Type: application/x-www-form-urlencoded", key, &token, same]),
            (415, vec!["Content-Type: multipart/form-data", key, &token, &origin]),
            (400, vec![json, &token, same]),
            (400, vec![json, &token, same, "Idempotency-Key:  "]),
        ] {
            let refused = page.post_with(path, &body, &headers);
            assert_eq!(refused.status, status, "{path} {headers:?} {refused:?}");
        }
        for body in ["", "[]", "null", "{}x", "{\"expect\":", &"[".repeat(100_000)] {
            if path == "/marks" && body == "{}" {
                continue;
            }
            let refused = page.post_with(path, body, &[json, key, &token, same]);
            assert!([400, 413].contains(&refused.status), "{path} {body:.20} {refused:?}");
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let (host, bearer) =
                (format!("Host: {}", page.address), format!("Authorization: Bearer {}", page.token.as_str()));
            let refused = page.ask(&format!("{method} {path}"), &[&host, &bearer]);
            assert_eq!(refused.status, 405, "{method} {path} {refused:?}");
        }
    }
    for path in ["/s/a1.json", "/sessions.json", "/sessions", "/app.js"] {
        assert!([404, 405].contains(&page.post(path, "k", &json!({})).status), "{path}");
    }
    assert_eq!((page.head(), page.revision("a1")), (head, revision), "nothing was changed");
    let bearer = format!("Authorization: Bearer {}", page.token.as_str());
    let body = json!({ "expect": revision, "status": "paused" }).to_string();
    let taken = page.post_with("/s/a1/status", &body, &[json, key, &bearer]);
    assert_eq!(taken.status, 200, "a program that has the token needs no page: {taken:?}");
}

#[test]
fn a_body_holds_what_its_change_takes_and_nothing_else() {
    let page = Page::that_writes(sample);
    let (head, revision) = (page.head(), page.revision("a1"));
    for (path, body) in [
        ("/s/a1/status", json!({ "status": "paused" })),
        ("/s/a1/status", json!({ "expect": revision })),
        ("/s/a1/status", json!({ "expect": revision, "status": " " })),
        ("/s/a1/status", json!({ "expect": revision, "status": "x".repeat(5000) })),
        ("/s/a1/status", json!({ "expect": revision, "status": 7 })),
        ("/s/a1/status", json!({ "expect": -1, "status": "paused" })),
        ("/s/a1/status", json!({ "expect": 1e300, "status": "paused" })),
        ("/s/a1/status", json!({ "expect": revision, "status": "paused", "more": 1 })),
        ("/s/a1/status", json!({ "expect": revision, "status": "paused", "__proto__": 1 })),
        ("/s/a1/winner", json!({ "expect": revision })),
        ("/s/a1/winner", json!({ "expect": revision, "instance": "1" })),
        ("/s/a1/winner", json!({ "expect": revision, "instance": 5_000_000_000_u64 })),
        ("/s/a1/tags", json!({ "expect": revision, "add": "wip" })),
        ("/s/a1/tags", json!({ "expect": revision, "add": ["a b"] })),
        ("/s/a1/tags", json!({ "expect": revision, "add": [7] })),
        ("/s/a1/revert", json!({ "expect": revision, "to": "r2" })),
        ("/s/a1/fork", json!({})),
        ("/marks", json!({ "name": "no name" })),
        ("/marks", json!({ "name": "../x" })),
        ("/undo", json!({ "operation": "" })),
        ("/undo", json!({ "operation": "zzz" })),
    ] {
        let refused = page.post(path, "k", &body);
        assert_eq!(refused.status, 400, "{path} {body} {refused:?}");
    }
    for (path, body) in [
        ("/s/nobody/status", json!({ "expect": 1, "status": "paused" })),
        ("/s/a1/winner", json!({ "expect": revision, "instance": 99 })),
        ("/s/a1/revert", json!({ "expect": revision, "to": 999 })),
        ("/s/a1/fork", json!({ "at": 999 })),
    ] {
        assert_eq!(page.post(path, "k", &body).status, 404, "{path} {body}");
    }
    assert_eq!(page.head(), head, "nothing was changed");
}

#[test]
fn every_change_is_made_once_for_its_key_and_taken_back_by_its_operation() {
    for nth in 0..5 {
        let page = Page::that_writes(sample);
        let revision = page.revision("a1");
        let before = page.session("a1")["state"].clone();
        let (path, body) = changes(revision).swap_remove(nth);
        let done = page.post(path, "once", &body);
        assert_eq!(done.status, 200, "{path} {done:?}");
        let (done, head) = (done.json(), page.head());
        let kind = done["operation"]["kind"].as_str().unwrap();
        let wanted = ["set_status", "select_winner", "tag", "revert", "fork"][nth];
        assert_eq!(kind, wanted, "operations are called as the commands are");
        // A second click, and a request that is sent again.
        for _ in 0..2 {
            let again = page.post(path, "once", &body);
            assert_eq!((again.status, page.head()), (200, head), "{path} {again:?}");
            assert_eq!(again.json()["operation"]["id"], done["operation"]["id"], "{path}");
        }
        let undo = json!({ "operation": done["operation"]["id"] });
        let undone = page.post("/undo", "back", &undo);
        assert_eq!(undone.status, 200, "{path} {undone:?}");
        let head = page.head();
        assert_eq!(page.post("/undo", "back", &undo).status, 200);
        assert_eq!(page.head(), head, "{path}: the second click on undo does nothing");
        let again = page.post("/undo", "other", &undo);
        assert_eq!(again.status, 409, "{path} {again:?}");
        assert_eq!(page.session("a1")["state"], before, "{path}: all is as it was");
        let redo = json!({ "operation": undone.json()["operation"]["id"] });
        assert_eq!(page.post("/undo", "redo", &redo).status, 200, "{path}");
    }
}

#[test]
fn who_has_not_seen_the_end_changes_nothing_and_is_told_what_there_is() {
    for nth in 0..4 {
        let page = Page::that_writes(sample);
        let revision = page.revision("a1");
        let (path, body) = changes(revision).swap_remove(nth);
        page.history.set_status("/src/atlas", "a1", "failed", None).unwrap();
        let head = page.head();
        let refused = page.post(path, "late", &body);
        assert_eq!(refused.status, 409, "{path} {refused:?}");
        let told = refused.json();
        assert_eq!(told["now"]["revision"], revision + 1, "{path} {told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains("set_status") && detail.contains(&format!("r{revision}")), "{detail}");
        assert_eq!(page.head(), head, "{path}");
        assert_eq!(page.session("a1")["state"]["own"]["status"], "failed", "what others did is there");
        let mut body = body;
        body["expect"] = json!(revision + 1);
        let done = page.post(path, "seen", &body);
        assert_eq!(done.status, 200, "{path} {done:?}");
    }
}

#[test]
fn pages_and_programs_at_once_lose_nothing() {
    let page = Page::that_writes(sample);
    let first = page.revision("a1");
    let done = std::thread::scope(|scope| {
        let others = scope.spawn(|| {
            for _ in 0..20 {
                page.history.append_output("/src/atlas", "a1", 1, "line\n").unwrap();
            }
        });
        let readers: Vec<_> = (0..3)
            .map(|reader| {
                let page = &page;
                scope.spawn(move || {
                    let mut done = 0_u64;
                    for nth in 0..10 {
                        let body =
                            json!({ "expect": page.revision("a1"), "add": [format!("t{reader}-{nth}")] });
                        match page.post("/s/a1/tags", &format!("{reader} {nth}"), &body).status {
                            200 => done += 1,
                            409 => {}
                            other => panic!("{other}"),
                        }
                    }
                    done
                })
            })
            .collect();
        others.join().unwrap();
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>()
    });
    let tags = page.session("a1")["state"]["own"][".tags"].as_array().unwrap().len() as u64;
    assert_eq!(tags, done, "what was acknowledged is there, and what was refused is not");
    assert_eq!(page.revision("a1"), first + 20 + done);
}

#[test]
fn one_of_twins_is_changed_and_the_other_is_as_it_was() {
    let page = Page::that_writes(|history| {
        sample(history);
        sample(history);
    });
    let (first, second) = (page.session("a1"), page.session("a1~2"));
    let body = json!({ "expect": second["revisions"], "status": "completed" });
    assert_eq!(page.post("/s/a1~2/status", "k", &body).status, 200);
    assert_eq!(page.session("a1")["state"], first["state"]);
    let now = page.session("a1~2")["state"].clone();
    assert_eq!(now["own"]["status"], "completed");
    assert!(now["own"]["completedAt"].is_string(), "a session that is over says when it ended: {now}");
}

#[test]
fn a_winner_is_chosen_whatever_its_number_and_the_choice_is_taken_back() {
    use retold::{Instance, Session};
    let page = Page::that_writes(|history| {
        let session = Session::new("a1", "competition", "Which is best?")
            .with_instance(Instance::new(0, "Ada"))
            .with_instance(Instance::new(1, "Grace"));
        history.create("/src/atlas", session).unwrap();
    });
    let own = |key: &str| page.session("a1")["state"]["own"][key].clone();
    let chosen = page.post("/s/a1/winner", "a", &json!({ "expect": page.revision("a1"), "instance": 0 }));
    assert_eq!((chosen.status, own("winnerId")), (200, json!(0)));
    assert_eq!(page.session("a1")["state"]["instances"][1]["status"], "archived");
    let back = page.post("/s/a1/winner", "b", &json!({ "expect": page.revision("a1"), "instance": null }));
    assert_eq!((back.status, own("winnerId")), (200, Value::Null));
}

#[test]
fn a_mark_is_made_once_and_never_moved() {
    let page = Page::that_writes(sample);
    let head = page.head();
    for _ in 0..2 {
        assert_eq!(page.post("/marks", "k", &json!({ "name": "here", "position": 3 })).status, 200);
    }
    assert_eq!(page.post("/marks", "l", &json!({ "name": "here", "position": 4 })).status, 409);
    assert_eq!(page.post("/marks", "l", &json!({ "name": "there", "position": 999 })).status, 400);
    let marks = page.get("/page.json").json()["marks"].clone();
    assert_eq!((marks[0]["name"].as_str(), marks[0]["position"].as_u64()), (Some("here"), Some(3)));
    for _ in 0..2 {
        assert_eq!(page.post("/marks", "m", &json!({ "name": "here", "delete": true })).status, 200);
    }
    assert_eq!(page.get("/page.json").json()["marks"], json!([]));
    assert_eq!(page.head(), head, "a mark is beside the log");
}

#[test]
fn by_when_things_happened_a_session_is_reverted_and_forked_with_what_was_corrected_since() {
    use retold_core::event::{MappingCorrected, TaskChanged};
    use retold_core::{Commit, Event, Expected, NewEvent};
    let page = Page::that_writes(sample);
    let at = |minute: u64, event: Event| NewEvent {
        event,
        occurred_at: retold_core::time::parse(&format!("2026-11-22T09:{minute:02}:00Z")),
    };
    let task = |task: &str| Event::from(TaskChanged { task: task.to_owned(), updated_at: None });
    let before = page.revision("a1");
    let corrects =
        MappingCorrected { revision: before + 1, events: 1, withdrawn: Vec::new(), unused: Vec::new() };
    let events = [at(10, task("misread")), at(30, corrects.into()), at(10, task("read well"))];
    let log = page.history.store().log();
    let name = retold_projections::find(&log.reader().unwrap(), "a1").unwrap().name;
    log.append(Commit::to(name, Expected::Any, events)).unwrap();
    let then = page.get("/s/a1.json?at=2026-11-22T09:15:00Z").json();
    let happened = then["happened"]["at"].as_u64().unwrap();
    assert_eq!(
        (&then["state"]["own"]["task"], &then["revision"], &then["happened"]["corrections"]),
        (&json!("read well"), &json!(before + 1), &json!(2)),
        "{then}"
    );
    for plain in ["", "?at=2026-11-22T10:00:00Z", &format!("?at=r{}", before + 1)] {
        assert_eq!(page.get(&format!("/s/a1.json{plain}")).json()["happened"], Value::Null, "{plain}");
    }
    let task_of = |answer: &Value| {
        let name = answer["session"]["id"].as_str().unwrap().to_owned();
        page.session(&name)["state"]["own"]["task"].as_str().unwrap().to_owned()
    };
    let moments = [(json!({}), "misread"), (json!({ "happened": happened }), "read well")];
    for (nth, (more, task)) in moments.iter().enumerate() {
        let body = |named: &str, other: Value| {
            let mut body = json!({ named: before + 1 });
            let parts = [more, &other].into_iter().filter_map(Value::as_object).flatten();
            parts.for_each(|(key, value)| body[key] = value.clone());
            body
        };
        let key = format!("k{nth}");
        let expect = json!({ "expect": page.revision("a1") });
        let reverted = page.post("/s/a1/revert", &key, &body("to", expect.clone()));
        assert_eq!((reverted.status, task_of(&reverted.json())), (200, (*task).to_owned()), "{reverted:?}");
        let again = page.post("/s/a1/revert", &key, &body("to", expect)).json();
        assert_eq!(again["operation"], reverted.json()["operation"]);
        let forked =
            page.post("/s/a1/fork", &format!("fork {nth}"), &body("at", json!({ "id": format!("f{nth}") })));
        assert_eq!((forked.status, task_of(&forked.json())), (200, (*task).to_owned()), "{forked:?}");
        assert_eq!(forked.json()["corrections"], if nth == 0 { 0 } else { 2 });
    }
    // The event is the last one of that moment, or nothing is done.
    for (revision, happened) in [(before, happened), (before + 1, happened + 3_600_000_000), (1, 1)] {
        let body = json!({ "expect": page.revision("a1"), "to": revision, "happened": happened });
        assert_eq!(page.post("/s/a1/revert", "wrong", &body).status, 400, "{body}");
    }
}
