//! `retold ship` and `retold team`: to a directory and to PostgreSQL, as a person runs them.

use retold_core::{Commit, Expected, StreamName};
use retold_trial::needs;

use crate::support::{Place, created};

const KEY: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

fn rows(answer: &serde_json::Value) -> &Vec<serde_json::Value> {
    answer["rows"].as_array().unwrap()
}

#[test]
fn a_log_is_shipped_to_a_directory_verified_and_its_state_is_told() {
    let place = Place::with_sessions();
    let target = place.folder().join("team");
    let target = target.to_str().unwrap();
    assert!(place.piped(&["ship", "status"]).exited_with(1).err.contains("was not shipped"));
    let preview = place.piped(&["ship", target, "-n", "--level", "all", "-o", "json"]).json();
    assert_eq!(rows(&preview)[0]["workspace"], "atlas");
    assert_eq!((&rows(&preview)[0]["events"], &rows(&preview)[0]["bodies"]), (&7.into(), &7.into()));
    assert!(!std::path::Path::new(target).exists(), "a dry run makes nothing");
    let said = place.piped(&["ship", target]).exited_with(0).err;
    assert!(said.contains("7 events in 1 shipment, at level facts; it has the log up to 7"), "{said}");
    let again = place.piped(&["ship", target]).exited_with(0).err;
    assert!(again.contains("nothing new"), "{again}");
    let verified = place.piped(&["team", "verify", target]).done();
    assert!(verified.contains("7 events, 0 held back, 5 bodies: sound"), "{verified}");
    let raised = place.piped(&["ship", target, "--level", "all"]).exited_with(0).err;
    assert!(raised.contains("what was held back of 7 events may leave now"), "{raised}");
    assert!(place.piped(&["team", "verify", target]).done().contains("7 bodies: sound"));
    let status = place.piped(&["ship", "status", "-o", "json"]).json();
    let row = &rows(&status)[0];
    assert_eq!((&row["shipped_to"], &row["lag"], &row["level"]), (&7.into(), &0.into(), &"all".into()));
    assert_eq!(row["diverged_after"], serde_json::Value::Null);
    // What is shipped is damaged, and told.
    let mut files = std::fs::read_dir(target).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    let log = files.find(|path| path.is_dir()).unwrap();
    let mut shipments = std::fs::read_dir(log).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    let shipment =
        shipments.find(|path| path.extension().is_some_and(|ending| ending == "shipment")).unwrap();
    let mut bytes = std::fs::read(&shipment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&shipment, bytes).unwrap();
    assert!(place.piped(&["team", "verify", target]).refused(10).contains("not what was written"));
}

#[test]
fn nothing_leaves_of_a_workspace_with_a_secret_until_it_is_allowed() {
    let place = Place::with_sessions();
    let log = place.log();
    let leaking = StreamName::session("leaking", "s", 1);
    log.append(Commit::to(leaking, Expected::Any, [created("s", &format!("use {KEY}"))])).unwrap();
    let target = place.folder().join("team");
    let target = target.to_str().unwrap();
    let preview = place.piped(&["ship", target, "-n", "-o", "json"]).exited_with(6);
    let preview: serde_json::Value = serde_json::from_str(&preview.out).unwrap();
    assert_eq!(rows(&preview)[1]["held_by"], "github-token");
    let said = place.piped(&["ship", target]).exited_with(6).err;
    assert!(said.contains("nothing leaves of workspace leaking") && said.contains("position 8"), "{said}");
    assert!(place.piped(&["team", "verify", target]).done().contains("7 events, 1 held back"));
    assert!(
        place.piped(&["ship", target, "--allow", "nowhere"]).refused(2).contains("no workspace of this key")
    );
    // What is allowed is what was there: what comes later is held back again.
    assert!(
        place.piped(&["ship", target, "--allow", "leaking"]).exited_with(0).err.contains("may leave now")
    );
    assert!(place.piped(&["ship", target]).exited_with(0).err.contains("nothing new"));
    assert!(place.piped(&["team", "verify", target]).done().contains("8 events, 0 held back"));
    let again = StreamName::session("leaking", "t", 1);
    log.append(Commit::to(again, Expected::Any, [created("t", &format!("and {KEY}1"))])).unwrap();
    place.piped(&["ship", target]).exited_with(6);
    place.piped(&["redact", "--reason", "a token", "9"]).done_with_notes();
    // What was allowed is forgotten with all that is beside a store when something is redacted: it is asked for again.
    place.piped(&["ship", target]).exited_with(6);
    place.piped(&["ship", target, "--allow", "leaking"]).exited_with(0);
    assert!(place.piped(&["team", "verify", target]).done().contains(" 0 held back"));
}

#[test]
fn a_copy_that_was_written_to_is_told_with_the_position() {
    let place = Place::with_sessions();
    let target = place.folder().join("team");
    let target = target.to_str().unwrap();
    let other = place.folder().join("other.db");
    let connection = rusqlite::Connection::open(place.path()).unwrap();
    connection.execute("vacuum into ?1", [other.to_str().unwrap()]).unwrap();
    let append = |task: &str| {
        let commit = Commit::to(StreamName::session("atlas", task, 1), Expected::Any, [created(task, task)]);
        place.log().append(commit).unwrap();
    };
    append("mine");
    place.piped(&["ship", target]).exited_with(0);
    let log = retold_core::Log::open(&other).unwrap();
    log.append(Commit::to(StreamName::session("atlas", "t", 1), Expected::Any, [created("t", "theirs")]))
        .unwrap();
    let told = place.piped_on(&other, &["ship", target]).refused(11);
    assert!(told.contains("other events of this log after position 7"), "{told}");
    let status = place.piped_on(&other, &["ship", "status", "-o", "json"]).json();
    assert_eq!(rows(&status)[0]["diverged_after"], 7);
}

#[test]
fn a_server_beyond_loopback_is_not_spoken_to_in_the_clear() {
    let place = Place::with_sessions();
    let told = place.piped(&["ship", "postgres://ada:geheim@db.example/team?sslmode=prefer"]).refused(2);
    assert!(
        told.contains("sslmode=prefer") && told.contains("--insecure") && !told.contains("geheim"),
        "{told}"
    );
}

#[test]
fn a_team_is_set_up_and_shipped_to() {
    needs!(Postgres);
    let server = retold_trial::Postgres::start();
    let (admin, ada) = (server.address("postgres", "postgres"), server.address("ada", "postgres"));
    let place = Place::with_sessions();
    let script = place.piped(&["team", "init", &admin, "--tenant", "acme", "-n"]).done();
    assert!(script.contains("create table retold.event"), "{script}");
    assert!(
        place.piped(&["ship", &ada]).exited_with(5).err.contains("cannot ship to"),
        "there is no role ada"
    );
    for _ in 0..2 {
        place.piped(&["team", "init", &admin, "--tenant", "acme"]).exited_with(0);
        place.piped(&["team", "add", "person", "ada", "--database", &admin]).exited_with(0);
    }
    let taken =
        place.piped(&["team", "add", "person", "bob", "--role", "ada", "--database", &admin]).refused(2);
    assert!(taken.contains("that of ada"), "{taken}");
    let token =
        place.piped(&["team", "token", "ada", "--device", "laptop", "--database", &admin]).exited_with(0).out;
    assert!(token.starts_with("rt_1-1_") && token.trim_end().len() == 71, "{token}");
    place.piped(&["team", "migrate", &admin]).exited_with(0);
    let said = place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0).err;
    assert!(said.contains("7 events in 1 shipment, at level all"), "{said}");
    assert!(place.piped(&["team", "verify", &admin]).done().contains("7 bodies: sound"));
    assert!(place.piped(&["ship", &ada, "--level", "all"]).exited_with(0).err.contains("nothing new"));
}
