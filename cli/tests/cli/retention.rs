//! What stays in the store, by age and by size.

use crate::support::{Answer, Place, environment};

fn list(place: &Place) -> Vec<serde_json::Value> {
    let answer = place.piped(&["store", "prune", "-o", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    listed["rows"].as_array().unwrap().clone()
}

fn archives(place: &Place) -> usize {
    let folder = format!("{}-archives", place.path().display());
    std::fs::read_dir(folder).map_or(0, |entries| entries.filter(|entry| entry.is_ok()).count())
}

fn prune(place: &Place, more: &[&str]) -> Answer {
    let args: Vec<&str> = ["store", "prune", "--retention"].iter().chain(more).copied().collect();
    place.piped(&args)
}

#[test]
fn what_is_older_goes_into_an_archive_and_comes_back_whole() {
    let place = Place::with_sample();
    let before = place.piped(&["export", "--format", "jsonl", "--table", "chat_messages"]).exited_with(0).out;
    let dry = prune(&place, &["30d", "-n"]).exited_with(0);
    assert!(dry.err.contains("a dry run") && dry.err.contains("not ended"), "{}", dry.err);
    assert_eq!((list(&place).len(), archives(&place)), (0, 0));
    let done = prune(&place, &["30d"]).exited_with(0);
    assert!(done.out.contains("archive  "), "{}", done.out);
    let pruned = list(&place);
    assert!(!pruned.is_empty());
    for row in &pruned {
        assert_eq!(row["reason"], "retention 30d", "{row}");
    }
    // What may go on stays.
    let pruned_of = |statuses: &str| {
        let question = format!(
            "select count(*) from chat_messages m join sessions s on s.stream = m.stream where m.role = 'pruned' and s.status in ({statuses})"
        );
        let answer = place.piped(&["sql", &question, "-o", "csv"]).exited_with(0).out;
        answer.lines().last().unwrap().trim().parse::<u64>().unwrap()
    };
    assert_eq!(pruned_of("'running', 'paused', 'idle', 'round_1'"), 0);
    assert!(pruned_of("'completed'") > 0);
    assert_eq!(archives(&place), 1);
    prune(&place, &["30d"]).exited_with(1);
    assert_eq!(archives(&place), 1);
    let archive =
        pruned[0]["archive"].as_str().unwrap().replace("[folder]", place.folder().to_str().unwrap());
    place.piped(&["store", "unprune", &archive]).exited_with(0);
    let after = place.piped(&["export", "--format", "jsonl", "--table", "chat_messages"]).exited_with(0).out;
    assert!(before == after);
}

#[test]
fn by_size_the_oldest_go_until_the_rest_fits_and_one_archive_serves_twice() {
    let place = Place::with_sample();
    prune(&place, &["1TB"]).exited_with(1);
    let bytes = std::fs::metadata(place.path()).unwrap().len();
    let most = format!("{}B", bytes - 4096);
    prune(&place, &[&most]).exited_with(0);
    let some = list(&place);
    assert!(!some.is_empty());
    let all = prune(&place, &["1B"]).exited_with(0);
    assert!(all.err.contains("more than is set stay"), "{}", all.err);
    assert!(list(&place).len() > some.len());
    assert_eq!(archives(&place), 1, "the first archive has what the second pruning took out");
}

#[test]
fn what_changed_lately_stays_whatever_is_set() {
    let place = Place::with_sessions();
    for text in ["1d", "1B"] {
        prune(&place, &[text]).exited_with(1);
    }
    assert_eq!(list(&place).len(), 0);
}

#[test]
fn what_is_set_is_taken_where_nothing_else_is_said_and_the_doctor_tells_it() {
    let place = Place::with_sample();
    let refused = prune(&place, &[]).refused(2);
    assert!(refused.contains("retold config set retention 90d"), "{refused}");
    prune(&place, &["soon"]).refused(2);
    let set = [("RETOLD_RETENTION", "30d")];
    let doctor = || place.run(&["doctor"], |io| io.environment = environment(&set)).out;
    assert!(doctor().contains("retention     30d; nothing was pruned by it yet"), "{}", doctor());
    let args = ["store", "prune", "--retention"];
    place.run(&args, |io| io.environment = environment(&set)).exited_with(0);
    assert!(doctor().contains("30d; last pruned 2026-11-23"), "{}", doctor());
}

#[test]
fn where_no_archive_can_be_made_nothing_is_pruned() {
    let place = Place::with_sample();
    let file = place.folder().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("archives");
    let answer = prune(&place, &["30d", "--archive", below.to_str().unwrap()]);
    assert!(answer.err.contains("create the folder"), "{}", answer.err);
    assert_eq!(list(&place).len(), 0);
    // What is in the way of the store's own folder too.
    std::fs::write(format!("{}-archives", place.path().display()), "").unwrap();
    assert_ne!(prune(&place, &["30d"]).exit, std::process::ExitCode::SUCCESS);
    assert_eq!(list(&place).len(), 0);
}

#[test]
fn an_archive_that_is_named_by_its_file_is_the_one_that_is_used() {
    let place = Place::with_sample();
    let file = place.folder().join("mine.db");
    place.piped(&["backup", file.to_str().unwrap()]).exited_with(0);
    let answer = prune(&place, &["30d", "--archive", file.to_str().unwrap()]);
    assert_eq!(answer.exit, std::process::ExitCode::SUCCESS, "{}", answer.err);
    assert!(answer.out.contains("mine.db"), "{}", answer.out);
}
