//! An instance has one name, wherever it is shown.

use serde_json::{Value, json};

use crate::support::Place;

fn instance(number: u32, status: &str) -> Value {
    json!({"instanceId": number, "worktreePath": "/tmp/w", "branch": "b", "agentName": format!("Ada {number}"),
        "status": status, "tmuxSessionId": "t", "output": format!("{number} begins")})
}

fn document(instances: &[Value], updated: &str) -> String {
    let session = json!({
        "id": "twice", "type": "competition", "task": "Mend the door", "status": "running",
        "createdAt": "2026-11-23T08:00:00Z", "updatedAt": updated, "instances": instances,
        "chatHistory": [{"id": "m", "role": "user", "content": "go on", "timestamp": "2026-11-23T08:00:00Z", "instanceId": 7}],
    });
    json!([session]).to_string()
}

#[test]
fn the_log_and_the_document_call_it_the_same() {
    let place = Place::empty();
    let all = [instance(7, "running"), instance(3, "running"), instance(7, "running")];
    let file = place.file("0a0a0a0a0a0a0a19.json", document(&all, "2026-11-23T08:00:00Z"));
    place.piped(&["import", &file]).done();
    // The second of number 7 is done, then the first leaves: what was the second is the only one.
    let done = [instance(7, "running"), instance(3, "running"), instance(7, "completed")];
    place.file("0a0a0a0a0a0a0a19.json", document(&done, "2026-11-23T08:10:00Z"));
    place.piped(&["import", &file]).done();
    let shown = place.piped(&["show", "twice", "--state"]).exited_with(0).out;
    for name in ["#7 Ada 7  running", "#3 Ada 3  running", "#7~2 Ada 7  completed", "user to #7"] {
        assert!(shown.contains(name), "{name}:\n{shown}");
    }
    for args in
        [&["log", "twice"][..], &["log", "--reverse"], &["log", "twice", "--patch"], &["log", "-n", "3"]]
    {
        let told = place.piped(args).exited_with(0).out;
        let line = told.lines().find(|line| line.ends_with("completed")).unwrap();
        assert!(line.contains("#7~2 "), "{args:?}: {line}");
        assert!(!told.contains("["), "{told}");
    }
    let left = [instance(3, "running"), instance(7, "failed")];
    place.file("0a0a0a0a0a0a0a19.json", document(&left, "2026-11-23T08:20:00Z"));
    place.piped(&["import", &file]).done();
    let told = place.piped(&["log", "twice", "--reverse", "-v"]).done();
    let changes: Vec<&str> = told.lines().filter(|line| line.contains("InstanceStatusChanged")).collect();
    assert!(changes.last().unwrap().ends_with("#7~2 completed"), "{told}");
    assert!(place.piped(&["show", "twice", "--state"]).exited_with(0).out.contains("#7 Ada 7  failed"));
}

/// What every command prints in a table can be typed, and means the same instance.
#[test]
fn the_name_that_is_shown_is_the_name_that_is_typed() {
    let place = Place::empty();
    let all = [instance(7, "running"), instance(3, "running"), instance(7, "running")];
    let file = place.file("0a0a0a0a0a0a0a19.json", document(&all, "2026-11-23T08:00:00Z"));
    place.piped(&["import", &file]).done();
    let done = [instance(7, "running"), instance(3, "failed"), instance(7, "completed")];
    place.file("0a0a0a0a0a0a0a19.json", document(&done, "2026-11-23T08:10:00Z"));
    place.piped(&["import", &file]).done();
    for args in [
        &["blame", "twice"][..],
        &["blame", "twice", "#7~2", "--all"],
        &["blame", "twice", "instances/2"],
        &["diff", "twice", "r1"],
        &["diff", "twice", "r1", "--stat"],
        &["log", "twice", "--patch"],
        &["history", "twice", "instances"],
        &["replay", "twice", "--speed", "0"],
    ] {
        let told = place.piped(args).out;
        assert!(told.contains("#7~2"), "{args:?}: {told}");
        assert!(!told.contains("instances/"), "{args:?}: {told}");
    }
    // A check that finds a difference names it the same way; for a program the place is the document's.
    place.file("0a0a0a0a0a0a0a19.json", document(&all, "2026-11-23T08:10:00Z"));
    let told = place.piped(&["check", "--against", &file, "-o", "csv"]).exited_with(1).out;
    assert!(told.contains("instances/1/status instances/2/status"), "{told}");
    let told = place.terminal(&["check", "--against", &file]).exited_with(1).out;
    assert!(told.contains("#3/status #7~2/status") && !told.contains("instances/"), "{told}");
    for (name, index, status) in [("#7", 0, "running"), ("#3", 1, "failed"), ("#7~2", 2, "completed")] {
        for typed in [
            format!("{name}/status"),
            format!("instances/{name}/status"),
            format!("instances/{index}/status"),
        ] {
            let shown = place.piped(&["show", "twice", "--path", &typed]).exited_with(0).out;
            assert_eq!(shown.trim(), status, "{typed}");
            let blamed = place.piped(&["blame", "twice", &typed]).exited_with(0).out;
            assert!(
                blamed.contains(&format!("{name}/status")) && blamed.contains(status),
                "{typed}: {blamed}"
            );
            let json = place.piped(&["blame", "twice", &typed, "-o", "json"]).exited_with(0).out;
            assert!(json.contains(&format!("instances/{index}/status")), "{typed}: {json}");
            let watched = place.piped(&["history", "twice", &typed]).exited_with(0).out;
            assert!(watched.contains(status), "{typed}: {watched}");
            let diff = place.piped(&["diff", "twice", "r8", "--path", &typed]);
            assert_eq!(
                diff.out.contains(&format!("{name}/status: running -> {status}")),
                status != "running",
                "{typed}: {}",
                diff.out
            );
        }
    }
    for (wrong, code) in [
        ("#9/status", 1),
        ("#7~3", 1),
        ("#", 2),
        ("#x", 2),
        ("#7~0", 2),
        ("#7~", 2),
        ("#7/", 2),
        ("#7~2/~9", 2),
    ] {
        for command in [
            &["blame", "twice", wrong][..],
            &["history", "twice", wrong],
            &["show", "twice", "--path", wrong],
        ] {
            let refused = place.piped(command);
            assert!(refused.err.contains("error: "), "{command:?}: {}", refused.err);
            assert!(!refused.err.contains("panicked") && refused.out.is_empty(), "{command:?}");
            refused.exited_with(code);
        }
    }
}
