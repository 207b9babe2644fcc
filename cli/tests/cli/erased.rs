//! After something was pruned or redacted, a healthy store is called healthy, and no hint takes away what is left.

use crate::support::{FIRST, Place, SECOND};

const ROLES: &str = "-- projection: roles\n-- version: 1\n\
    create table roles (role text primary key, n integer not null) strict;\n-- on: MessageAdded\n\
    insert into roles values (:role, 1) on conflict do update set n = n + 1;\n";

const BY_SESSION: &str = "-- projection: said\n-- version: 1\n\
    create table said (session_id text, role text, n integer not null, primary key (session_id, role)) strict;\n\
    -- on: MessageAdded\n\
    insert into said values (:session_id, :role, 1) on conflict do update set n = n + 1;\n";

/// A store with every kind of projection, filled.
fn filled() -> Place {
    let place = Place::with_sample();
    for (name, text) in [("roles.sql", ROLES), ("said.sql", BY_SESSION)] {
        let file = place.file(name, text);
        place.piped(&["projections", "add", &file]).done();
    }
    for name in ["search", "metrics"] {
        place.piped(&["projections", "add", name]).done();
    }
    place
}

fn archive(place: &Place) -> String {
    place.folder().join("archive.db").to_str().unwrap().to_owned()
}

fn prune(place: &Place, sessions: &[&str]) {
    let archive = archive(place);
    place
        .piped(&[&["store", "prune", "--before", "head", "--archive", &archive, "-q"], sessions].concat())
        .done();
}

fn hits(place: &Place) -> usize {
    place.piped(&["search", "login", "-o", "csv", "-q"]).out.lines().count().saturating_sub(1)
}

/// The healthy states of a pruned store, as the three commands tell them.
fn is_healthy(place: &Place) {
    let full = place.piped(&["verify", "--full"]).done();
    assert!(full.starts_with("sound: "), "{full}");
    place.piped(&["projections", "check"]).exited_with(0);
    let doctor = place.piped(&["doctor", "-o", "csv", "-q"]);
    assert!(!doctor.out.contains(",bad,"), "{}", doctor.out);
    let states = place.piped(&["projections", "-o", "csv", "-q"]).out;
    assert!(!states.contains("failed") && !states.contains("diverged"), "{states}");
}

#[test]
fn rows_from_before_a_pruning_are_no_damage_and_stay() {
    let place = filled();
    let before = hits(&place);
    assert!(before > 0);
    prune(&place, &[]);
    is_healthy(&place);
    let full = place.piped(&["verify", "--full"]).done();
    assert!(full.contains(" not compared: bodies that they may have come from are erased"), "{full}");
    assert!(full.contains("not read: ") && full.contains("which archives have"), "{full}");
    assert_eq!(hits(&place), before);
    // Every hint that is given leads to no loss.
    for name in ["search", "roles", "said"] {
        let refused = place.piped(&["projections", "rebuild", name]).refused(9);
        assert!(refused.contains("retold store unprune ARCHIVE"), "{refused}");
    }
    place.piped(&["projections", "catch-up"]).exited_with(0);
    assert_eq!(hits(&place), before);
    is_healthy(&place);
    // The next pruning is not refused for it.
    assert_eq!(place.piped(&["store", "prune", "--before", "head"]).exit, 1.into());
    // What the person insists on is done, and what is put back first is not lost.
    place.piped(&["projections", "rebuild", "said", "--force"]).exited_with(0);
    is_healthy(&place);
    place.piped(&["store", "unprune", &archive(&place)]).exited_with(0);
    place.piped(&["projections", "catch-up"]).exited_with(0);
    place.piped(&["projections", "rebuild", "search"]).exited_with(0);
    assert_eq!(hits(&place), before);
    is_healthy(&place);
}

#[test]
fn rows_that_were_made_after_a_pruning_are_no_damage_once_the_bodies_are_back() {
    let place = filled();
    let all = place.piped(&["sql", "select id from sessions", "-o", "csv", "-q"]).out;
    let ids: Vec<&str> = all.lines().skip(1).collect();
    prune(&place, &[]);
    for name in ["search", "metrics", "roles", "said"] {
        place.piped(&["projections", "rebuild", name, "--force"]).exited_with(0);
    }
    is_healthy(&place);
    place.piped(&["store", "unprune", &archive(&place), ids[0]]);
    is_healthy(&place);
}

#[test]
fn a_row_of_a_session_that_was_not_pruned_is_compared_all_the_same() {
    let place = Place::with_sample();
    let file = place.file("said.sql", BY_SESSION);
    place.piped(&["projections", "add", &file]).done();
    let sql = "select distinct session_id from said order by 1";
    let ids = place.piped(&["sql", sql, "-o", "csv", "-q"]).out;
    let ids: Vec<&str> = ids.lines().skip(1).collect();
    prune(&place, &[ids[0]]);
    is_healthy(&place);
    let tamper = |id: &str| {
        let folder = place.folder().join("sessions.db-sidecars");
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "db") {
                let connection = rusqlite::Connection::open(entry.path()).unwrap();
                if connection.table_exists(None, "said").unwrap() {
                    connection.execute("update said set n = n + 7 where session_id = ?1", [id]).unwrap();
                }
            }
        }
    };
    tamper(ids[1]);
    let said = place.piped(&["verify", "--full"]).exited_with(10);
    assert!(said.err.contains("refuses to lose what came from pruned bodies"), "{}", said.err);
    assert!(said.err.contains(ids[1]), "{}", said.err);
    // The hint's command loses nothing either, and damage that is mended is no damage any more.
    place.piped(&["projections", "rebuild", "said"]).refused(9);
    let connection_back = |id: &str| {
        let folder = place.folder().join("sessions.db-sidecars");
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "db") {
                let connection = rusqlite::Connection::open(entry.path()).unwrap();
                if connection.table_exists(None, "said").unwrap() {
                    connection.execute("update said set n = n - 7 where session_id = ?1", [id]).unwrap();
                }
            }
        }
    };
    connection_back(ids[1]);
    is_healthy(&place);
}

#[test]
fn rows_from_before_a_redaction_are_no_damage() {
    let place = Place::with_sessions();
    let file = place.file("said.sql", BY_SESSION);
    place.piped(&["projections", "add", &file]).done();
    // By an application, which leaves the files to whoever uses them next.
    retold_upkeep::redact(&place.log(), &[retold_core::Position::new(4).unwrap()].into(), "x").unwrap();
    is_healthy(&place);
    place.piped(&["projections", "catch-up"]).done();
    is_healthy(&place);
}

#[test]
fn what_was_not_read_is_named() {
    let place = Place::with_sessions();
    let complete = place.piped(&["verify", "--full"]).done();
    assert!(!complete.contains("not read"), "{complete}");
    place.piped(&["projections", "add", "search"]).done();
    place.piped(&["projections", "add", "metrics"]).done();
    place.piped(&["sql", "select count(*) from metrics_day", "--at", "5", "-q"]).done();
    let snapshot = place.piped(&["verify", "--full"]).done();
    assert!(snapshot.contains("not read: 1 snapshot of an earlier moment"), "{snapshot}");
    std::fs::remove_dir_all(place.folder().join("sessions.db-sidecars")).unwrap();
    let absent = place.piped(&["verify", "--full"]).done();
    assert!(
        absent.contains("not read: projection search")
            && absent.contains("`retold projections catch-up search`"),
        "{absent}"
    );
    let document = place.piped(&["verify", "--full", "-o", "json", "-q"]).json();
    // The past is one of them: the question at a moment has filled it.
    assert_eq!(document["not_read"].as_array().unwrap().len(), 3, "{document}");
    let doctor = place.piped(&["doctor"]);
    assert!(
        doctor.out.contains("search has no rows")
            && doctor.out.contains("retold projections catch-up search"),
        "{}",
        doctor.out
    );
    place.piped(&["projections", "catch-up"]).done();
    assert!(!place.piped(&["verify", "--full"]).done().contains("not read"));
}

#[test]
fn a_session_that_is_named_is_pruned_and_no_other() {
    let place = Place::with_sample();
    let listed = |place: &Place| {
        place.piped(&["store", "prune", "-o", "csv", "-q"]).out.lines().count().saturating_sub(1)
    };
    let dry =
        place.piped(&["store", "prune", "--before", "head", "7c2f4b1e", "-n", "-o", "csv", "-q"]).done();
    assert_eq!(dry.lines().count(), 2, "{dry}");
    prune(&place, &["7c2f4b1e"]);
    assert_eq!(listed(&place), 1);
    let again = place.piped(&["store", "prune", "--before", "head", "7c2f4b1e"]).refused(1);
    assert!(again.contains("7c2f4b1e stays") && again.contains("nothing to prune"), "{again}");
    place.piped(&["store", "prune", "--before", "head", "nosuch"]).refused(1);
    assert_eq!(listed(&place), 1);
    place.piped(&["verify", "--full"]).done();
}

#[test]
fn a_text_that_a_session_which_stays_says_too_is_kept() {
    let place = Place::with_sessions();
    let text = "one long text ".repeat(1000);
    for id in [FIRST, SECOND] {
        let name = retold_core::StreamName::session("atlas", id, 1);
        let event = retold_core::event::MessageAdded {
            message: {
                let mut made = retold_core::Message::new("m", "user", text.as_str());
                made.timestamp = "2026-11-23T08:10:00Z".to_owned();
                made
            },
            index: None,
            updated_at: None,
        };
        place.log().append(retold_core::Commit::to(name, retold_core::Expected::Any, [event])).unwrap();
    }
    // By the program, which looks at the named one alone; and by an application, which leaves one of two aside.
    prune(&place, &[FIRST]);
    assert!(place.piped(&["show", SECOND, "-o", "json"]).out.contains(&text));
    place.piped(&["verify", "--full"]).done();
    place.piped(&["store", "unprune", &archive(&place), "-q"]).done();
    let log = place.log();
    let opened =
        retold_upkeep::Archive::open(&log, std::path::Path::new(&archive(&place)), |_| true).unwrap();
    let mut sessions = retold_upkeep::prunable(&log, log.reader().unwrap().head().unwrap().position).unwrap();
    sessions.retain(|session| session.name.session_id == FIRST);
    assert_eq!(retold_upkeep::prune(&log, &opened, &sessions, None, |_| true).unwrap().sessions, 1);
    assert!(place.piped(&["show", SECOND, "-o", "json"]).out.contains(&text));
    place.piped(&["verify", "--full"]).done();
}
