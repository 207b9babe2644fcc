use crate::support::{Place, snapshot};

fn ids(place: &Place, args: &[&str]) -> Vec<String> {
    let rows = place.piped(&[&["sessions", "-o", "jsonl"], args].concat()).done();
    let id = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap()[..8].to_owned()
    };
    rows.lines().map(id).collect()
}

#[test]
fn a_table_fits_the_terminal() {
    let place = Place::with_sample();
    let shown = place.terminal(&["sessions", "--sort", "updated", "-n", "4"]);
    snapshot!(shown.out, @r#"
    session   moved       status     title
    5f861e64  2025-12-05  completed  Review the last 7 commits for truncated socket…
    717f8d36  2025-12-04  completed  towerを2.11.29に上げて、壊れた作業ツリーを直し…
    471086a2  2025-12-04  completed  Add unbounded feed support to the review slab
    de969919  2025-12-03  failed     DeprecatedBatchTemplateのテストを書く：正常系…
    "#);
    snapshot!(shown.err, @"29 sessions in all; the next ones: --after u.15.1764754208801753");
    snapshot!(place.piped(&["sessions", "--sort", "updated", "-n", "4", "-q"]).done(), @"
    session   status     updated               agents  msgs  task
    5f861e64  completed  2025-12-05 14:56:54Z       0     0  Review the last 7 commits for truncated socket handling
    717f8d36  completed  2025-12-04 20:56:35Z       3     0  towerを2.11.29に上げて、壊れた作業ツリーを直してください
    471086a2  completed  2025-12-04 03:29:24Z       3     8  Add unbounded feed support to the review slab
    de969919  failed     2025-12-03 09:30:08Z       3     8  DeprecatedBatchTemplateのテストを書く：正常系、レビューが空の場合、差分が608件を超える場合
    ");
    for line in place.terminal(&["sessions", "--no-pager"]).done().lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn twins_are_told_apart() {
    let place = Place::with_sample();
    let table = place.terminal(&["sessions", "--no-pager"]).done();
    assert!(table.lines().any(|line| line.starts_with("7c2f4b1e  ")), "{table}");
    assert!(table.lines().any(|line| line.starts_with("7c2f4b1e~2  ")), "{table}");
}

#[test]
fn filters_and_orders_can_be_joined() {
    let place = Place::with_sample();
    assert_eq!(ids(&place, &[]).len(), 29);
    assert_eq!(ids(&place, &["--status", "failed"]).len(), 5);
    assert_eq!(ids(&place, &["--type", "debate", "--status", "failed"]), ["febbd603"]);
    let in_workspace = ids(&place, &["--workspace", "4bc8e7777a46ac6b", "--sort", "file"]);
    assert_eq!(in_workspace.len(), 7);
    let mut updated = ids(&place, &["--workspace", "4bc8e7777a46ac6b", "--sort", "updated"]);
    assert_ne!(updated, in_workspace);
    assert_eq!(
        updated[..2],
        ids(&place, &["--workspace", "4bc8e7777a46ac6b", "--sort", "updated", "-n", "2"])
    );
    updated.sort();
    let mut created = ids(&place, &["--workspace", "4bc8e7777a46ac6b", "--sort", "created"]);
    created.sort();
    assert_eq!(updated, created);
}

#[test]
fn json_rows_hold_every_field_of_the_list() {
    let place = Place::with_sample();
    snapshot!(place.piped(&["sessions", "-n", "1", "-o", "json"]).done(), @r#"
    {"as_of":{"position":606,"hash":"[hash]"},"rows":[
    {"workspace":"4bc8e7777a46ac6b","path":"/Users/ren/src/lighthouse","id":"5f861e64-c302-4c06-a25d-796d4721c937","ordinal":1,"type":"ensemble","task":"Review the last 7 commits for truncated socket handling","status":"completed","created_at":"2025-12-05T14:56:54.938Z","updated_at":"2025-12-05T14:56:54.938849815+00:00","completed_at":"2025-12-05T14:56:54.938Z","winner_id":null,"total_duration":0,"total_files_changed":0,"instance_count":0,"message_count":0,"latest_instance_status":null,"position":337,"revision":3,"tags":[]}
    ],"next":"m.18.1764946614938849"}
    "#);
}

#[test]
fn none_is_nothing_found() {
    let place = Place::with_sample();
    assert_eq!(place.piped(&["sessions", "--status", "lost", "-o", "jsonl"]).exited(1), "");
    snapshot!(place.piped(&["sessions", "--status", "lost"]).exited(1), @"session  status  updated  agents  msgs  task");
    snapshot!(place.piped(&["sessions", "--sort", "size"]).refused(2), @r#"
    error: --sort size: it is not one of moved, file, updated, created, duration, files
    hint: `retold sessions --help` lists what it takes
    "#);
}

#[test]
fn a_workspace_is_named_by_its_folder_too() {
    let place = Place::with_sample();
    let rows = place.piped(&["sessions", "--workspace", "4bc8e7777a46ac6b", "-n", "1", "-o", "json"]).json();
    let path = rows["rows"][0]["path"].as_str().unwrap().to_owned();
    assert_eq!(ids(&place, &["--workspace", &path]).len(), 7);
}

#[test]
fn the_next_page_begins_where_the_last_one_ended() {
    let place = Place::with_sample();
    for sort in ["file", "updated", "created", "duration", "files"] {
        let (mut paged, mut after): (Vec<String>, Option<String>) = Default::default();
        loop {
            let mut args = vec!["sessions", "-o", "json", "--sort", sort, "-n", "10"];
            if let Some(after) = &after {
                args.extend(["--after", after]);
            }
            let page = place.piped(&args).json();
            let rows = page["rows"].as_array().unwrap();
            paged.extend(rows.iter().map(|row| row["id"].as_str().unwrap()[..8].to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            after = Some(next.to_owned());
        }
        assert_eq!(paged, ids(&place, &["--sort", sort]), "{sort}");
    }
}

#[test]
fn a_text_and_a_stretch_of_time_narrow_the_list() {
    let place = Place::with_sample();
    assert_eq!(ids(&place, &["--search", "LOGIN test"]), ["7c2f4b1e", "7c2f4b1e"]);
    assert_eq!(ids(&place, &["--search", "ツリーを直"]), ["717f8d36"]);
    let since = ids(&place, &["--updated", "2025-12-04.."]);
    let until = ids(&place, &["--updated", "..2025-12-04"]);
    assert_eq!((since.len(), since.len() + until.len()), (3, 29));
    assert_eq!(ids(&place, &["--updated", "2025-12-05T14:56:54Z..2025-12-05T15:56:55+01:00"]), ["5f861e64"]);
    snapshot!(place.piped(&["sessions", "--created", "yesterday"]).refused(2), @"
    error: --created yesterday: accepted is FROM..BEFORE, such as 2026-11-01..2026-12-01 or 2026-11-23T09:00:00Z..
    hint: `retold sessions --help` lists what it takes
    ");
    snapshot!(place.piped(&["sessions", "--after", "x.1"]).refused(2), @"
    error: --after x.1: not a place in a list: x.1
    hint: `retold sessions --help` lists what it takes
    ");
    snapshot!(place.piped(&["sessions", "--sort", "file", "--after", "u.1.2"]).refused(2), @"
    error: list sessions: the page begins behind a place in another order
    hint: give the list the --sort that it had when it named the place
    ");
}
