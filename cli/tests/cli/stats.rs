use crate::support::{FIRST, Place, snapshot};

#[test]
fn the_parts_of_a_store_are_measured() {
    let answer = Place::with_sessions().piped(&["store", "stats", "--top", "1"]).done();
    // Sizes and what depends on them differ from one release of SQLite or the codec to the next.
    let mut counted: Vec<&str> = answer
        .lines()
        .filter(|line| {
            ["part", "sessions", "events", "oldest", "newest", "stream", "blobs"]
                .iter()
                .any(|part| line.starts_with(part))
        })
        .map(|line| line.rsplit_once("  ").unwrap().0.trim_end())
        .collect();
    counted[1..].sort_unstable();
    snapshot!(counted.join("\n"), @r#"
    part        name                                        count
    blobs       before compression                              1
    blobs       stored                                          1
    events      InstanceAdded                                   1
    events      MessageAdded                                    1
    events      OutputAppended                                  1
    events      SessionCreated                                  2
    events      SessionStatusChanged                            1
    events      WorkspaceRegistered                             1
    events      all
    newest
    oldest
    sessions    ait42
    sessions    all
    stream      atlas/5f0c2a1e-0000-4000-8000-000000000001      5
    "#);
}

#[test]
fn bytes_are_numbers_for_programs_and_units_for_people() {
    let place = Place::with_sessions();
    let rows = place.piped(&["store", "stats", "-o", "json"]).json()["rows"].clone();
    let bytes = |part: &str, name: &str| {
        let row = rows.as_array().unwrap().iter().find(|row| row["part"] == part && row["name"] == name);
        row.unwrap()["bytes"].as_u64().unwrap()
    };
    assert_eq!(bytes("blobs", "before compression"), 5000);
    assert!(bytes("table", "event") > 0 && bytes("file", "store") >= bytes("table", "event"));
    assert!(place.terminal(&["store", "stats"]).done().contains("4.8 KiB"));
}

#[test]
fn the_largest_streams_come_first() {
    let answer = Place::with_sessions().piped(&["store", "stats", "-o", "csv"]).done();
    let first = answer.lines().find(|line| line.starts_with("stream")).unwrap();
    assert!(first.starts_with(&format!("stream,atlas/{FIRST},5,")), "{first}");
}

#[test]
fn what_a_person_asks_comes_first() {
    let place = Place::with_transcripts();
    let answer = place.piped(&["stats"]).done();
    let first: Vec<String> = answer
        .lines()
        .skip(1)
        .take(11)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.starts_with("size"))
        .collect();
    snapshot!(first.join("\n"), @r#"
        sessions all 36
        sessions claude 11
        sessions codex 8
        sessions copilot 5
        sessions gemini 5
        sessions opencode 4
        sessions vibe-kanban 2
        sessions ait42 1
        events all 745
        oldest 2025-09-02 09:20:00Z
        "#);
    assert_eq!(answer, place.piped(&["store", "stats"]).done());
    // Of an earlier moment the log alone tells.
    let past = place.piped(&["stats", "--at", "10"]).done();
    assert!(
        past.lines().nth(1).is_some_and(|line| line.starts_with("events") && line.contains("10")),
        "{past}"
    );
}
