//! What the person who runs a team's server looks after, as they run it.

use retold_trial::{Postgres, needs};

use crate::support::{Answer, FIRST, Place};
use crate::team::ask_with;

fn rows(answer: &Answer) -> Vec<serde_json::Value> {
    let said: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    said["rows"].as_array().unwrap().clone()
}

/// Whatever a doctor finds that is not well: what, and how.
fn unwell(answer: &Answer) -> Vec<(String, String)> {
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = rows(answer);
    rows.iter()
        .filter(|row| row["state"] != "ok")
        .map(|row| (text(row, "check"), text(row, "mend")))
        .collect()
}

/// A server that people would use, with what Ada shipped; as its administrator and as she reach it.
fn shipped(place: &Place) -> (Postgres, String, String) {
    let server = Postgres::durable();
    let [admin, ada] = ["postgres", "ada"].map(|user| server.address(user, "postgres"));
    let early = place.piped(&["team", "doctor", &admin, "-o", "json"]).exited_with(10);
    assert_eq!(unwell(&early)[0].0, "schema");
    place.piped(&["team", "init", &admin, "--tenant", "acme"]).exited_with(0);
    place.piped(&["team", "add", "person", "ada", "--database", &admin]).exited_with(0);
    place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    (server, admin, ada)
}

#[test]
fn a_redaction_is_pending_until_it_is_purged_and_a_doctor_says_so() {
    needs!(Postgres);
    let place = Place::with_sessions();
    let (server, admin, ada) = shipped(&place);
    place.piped(&["team", "work", &admin]).exited_with(0);
    let doctor = || place.piped(&["team", "doctor", &admin, "-o", "json"]);
    assert_eq!(unwell(&doctor().exited_with(0)), []);
    let nothing = place.piped(&["team", "redact", "--purge", &admin]).exited_with(0).err;
    assert!(nothing.contains("no table of postgres://"), "{nothing}");
    assert!(place.piped(&["team", "redact", &admin]).refused(2).contains("--purge"));

    place.piped(&["redact", "3", "--reason", "r"]).exited_with(0);
    place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    let found = unwell(&doctor().exited_with(1));
    assert!(
        found.contains(&("redactions".to_owned(), "retold team redact --purge ADDRESS".to_owned())),
        "{found:?}"
    );
    let would = rows(&place.piped(&["team", "redact", "--purge", &admin, "-n", "-o", "json"]).exited_with(0));
    assert!(would.iter().all(|row| row["state"] == "pending" && row["after"].is_null()), "{would:?}");
    // What lists show was not made again yet.
    let early = place.piped(&["team", "redact", "--purge", &admin, "-o", "json"]).exited_with(4);
    let states: Vec<_> = rows(&early).iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect();
    assert!(states.contains(&"purged".to_owned()) && states.contains(&"pending".to_owned()), "{states:?}");
    assert!(early.err.contains("`retold team work`, then purge again"), "{}", early.err);
    place.piped(&["team", "work", &admin]).exited_with(0);
    let purged =
        place.piped(&["team", "redact", "--purge", &admin, "--tenant", "acme", "-o", "json"]).exited_with(0);
    assert!(rows(&purged).iter().all(|row| row["state"] == "purged"), "{}", purged.out);
    for told in
        ["written again", "not reached: the write-ahead log until it is recycled", "backups from before"]
    {
        assert!(purged.err.contains(told), "{}", purged.err);
    }
    assert_eq!(unwell(&doctor().exited_with(0)), []);
    assert!(
        place
            .piped(&["team", "redact", "--purge", &admin, "--tenant", "nobody"])
            .refused(2)
            .contains("nobody")
    );

    // A token that ends soon, and a release that is older than the schema.
    place.piped(&["team", "token", "ada", "--device", "desk", "--database", &admin]).exited_with(0);
    let mut client =
        postgres::Client::connect(&server.address("postgres", "postgres"), postgres::NoTls).unwrap();
    client
        .execute("update retold.device set expires_at = now() + interval '3 days' where name = 'desk'", &[])
        .unwrap();
    let found = unwell(&doctor().exited_with(1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.starts_with("retold team token ada --device desk --expires 90d"), "{found:?}");
    let table = place.piped(&["team", "doctor", &admin]).exited_with(1).out;
    assert!(table.contains("todo  tokens        1-2, desk of ada, ends "), "{table}");
    client.execute("insert into retold.migration values (99, 'newer', '')", &[]).unwrap();
    assert_eq!(unwell(&doctor().exited_with(1))[0].0, "schema");
}

#[test]
fn a_team_keeps_what_was_said_for_as_long_as_it_is_set() {
    needs!(Postgres);
    let place = Place::with_sessions();
    let (server, admin, ada) = shipped(&place);
    place.piped(&["team", "work", &admin]).exited_with(0);
    let ask = |args: &[&str]| {
        let command: Vec<&str> =
            ["team", "retention", &admin].into_iter().chain(args.iter().copied()).collect();
        place.piped(&[&command[..], &["-o", "json"]].concat())
    };
    let row = |answer: &Answer| rows(answer)[0].clone();
    let shown = row(&ask(&[]).exited_with(0));
    assert_eq!(
        (&shown["team"], &shown["months"], &shown["content"]),
        (&"acme".into(), &().into(), &0.into())
    );
    let mut client =
        postgres::Client::connect(&server.address("postgres", "postgres"), postgres::NoTls).unwrap();
    client.batch_execute("update retold.body set received = current_date - 100").unwrap();
    let would = row(&ask(&["--months", "2", "-n"]).exited_with(0));
    assert!(would["content"].as_u64().unwrap() > 0 && would["facts"].as_u64().unwrap() > 0, "{would}");
    assert_eq!(row(&ask(&[]).exited_with(0))["content"], 0, "a dry run sets nothing");
    let did = ask(&["--months", "2", "--tenant", "acme"]).exited_with(0);
    assert_eq!((&row(&did)["content"], &row(&did)["facts"]), (&would["content"], &would["facts"]));
    assert!(did.err.contains("retold team work"), "{}", did.err);
    let again = row(&ask(&[]).exited_with(0));
    assert_eq!((&again["content"], &again["months"]), (&0.into(), &2.into()));
    place.piped(&["team", "work", &admin]).exited_with(0);
    let verified = place.piped(&["team", "verify", &admin]).exited_with(0).out;
    assert!(verified.contains("7 events") && verified.contains("sound"), "{verified}");
    let own = rows(&place.piped(&["sessions", "-o", "json"]));
    let listed = rows(&ask_with(&place, &ada, &["sessions", "-o", "json"], &[]));
    assert_eq!((listed.len(), &listed[0]["message_count"]), (own.len(), &own[0]["message_count"]));
    let shown = ask_with(&place, &ada, &["show", FIRST], &[]).exited_with(0);
    assert!(!shown.out.is_empty());
    assert_eq!(row(&ask(&["--off"]).exited_with(0))["months"], serde_json::Value::Null);
    assert!(ask(&["--off", "--months", "2"]).refused(2).contains("--months"));
}
