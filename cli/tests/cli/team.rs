//! A team's server as the store: lists, questions in SQL, and sessions that are brought when they are asked for.

use retold_trial::{Postgres, needs};

use crate::support::{Answer, Place, environment, run};

const FIRST: &str = crate::support::FIRST;

/// A person on a machine of their own, whose store is the server.
fn ask(place: &Place, address: &str, args: &[&str]) -> Answer {
    ask_with(place, address, args, &[])
}

/// The same, with variables of the environment.
pub(crate) fn ask_with(place: &Place, address: &str, args: &[&str], set: &[(&str, &str)]) -> Answer {
    let args = ["retold", "--store", address].into_iter().chain(args.iter().copied()).map(Into::into);
    let folder = place.folder().join("data");
    run(args, |io| {
        io.data_folder = Some(folder);
        io.environment = environment(set);
    })
}

#[test]
fn a_team_reads_what_it_was_shipped() {
    needs!(Postgres);
    let server = Postgres::start();
    let [admin, ada, bob] = ["postgres", "ada", "bob"].map(|user| server.address(user, "postgres"));
    let place = Place::with_sessions();
    place.piped(&["team", "init", &admin, "--tenant", "acme"]).exited_with(0);
    for person in ["ada", "bob"] {
        place.piped(&["team", "add", "person", person, "--database", &admin]).exited_with(0);
    }
    place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    let early = ask(&place, &ada, &["sessions"]).exited_with(1).err;
    assert!(
        early.contains("the last 1 shipment of the team") && early.contains("retold team work"),
        "{early}"
    );
    let worked = place.piped(&["team", "work", &admin]).exited_with(0).err;
    assert!(worked.contains("7 events taken in"), "{worked}");

    // The list of the server is that of the store.
    let own = place.piped(&["sessions", "-o", "json"]).json();
    let listed = ask(&place, &ada, &["sessions", "-o", "json"]).json();
    assert_eq!(listed["rows"], own["rows"]);
    // No position stands for an answer of many logs.
    assert_eq!(listed["as_of"], serde_json::json!({"shipment": 1}));
    let one = ask(&place, &ada, &["sessions", "--limit", "1", "-o", "json"]).json();
    assert_eq!(one["rows"].as_array().unwrap().len(), 1);
    let next = one["next"].as_str().unwrap();
    let rest = ask(&place, &ada, &["sessions", "--after", next, "-o", "json"]).json();
    assert_eq!(rest["rows"][0], own["rows"][1]);
    assert!(ask(&place, &ada, &["sessions", "--here"]).refused(2).contains("does not answer --here"));
    assert!(ask(&place, &ada, &["sessions", "--at", "yesterday"]).refused(2).contains("--at"));

    let question =
        "select id, message_count, total_duration is null as open from sessions order by id limit 1";
    let answered = ask(&place, &ada, &["sql", question, "-o", "json"]).json();
    assert_eq!(answered["as_of"], serde_json::json!({"shipment": 1}));
    let row = &answered["rows"][0];
    assert!(row["message_count"].is_i64() && row["open"] == 1, "{row}");
    assert!(ask(&place, &ada, &["sql", "select nothing from nowhere"]).refused(2).contains("nowhere"));
    assert!(
        ask(&place, &ada, &["sql", "delete from retold.sessions returning 1"]).refused(2).contains("query:")
    );

    // A session is brought, and every command that reads one works in it.
    let shown = ask(&place, &ada, &["show", FIRST, "-o", "json"]).json();
    assert_eq!(shown["session"], place.piped(&["show", FIRST, "-o", "json"]).json()["session"]);
    for command in [
        vec!["log", FIRST],
        vec!["blame", FIRST],
        vec!["history", FIRST, "status"],
        vec!["diff", FIRST, "r1", "r3"],
    ] {
        let there = ask(&place, &ada, &command).exited_with(0).out;
        assert_eq!(there, place.piped(&command).exited_with(0).out, "{command:?}");
    }
    for command in [vec!["metrics"], vec!["log"], vec!["tag", FIRST, "+wip"]] {
        let refused = ask(&place, &ada, &command).refused(2);
        assert!(refused.contains("is a team's server, not a store"), "{refused}");
    }

    // What a server over HTTPS does not answer is told before a token is asked for.
    let refused = ask(&place, "https://team.example", &["sql", "select 1"]).refused(2);
    assert!(refused.contains("postgres://HOST/DATABASE"), "{refused}");
    for command in [vec!["sessions"], vec!["show", FIRST]] {
        let refused = ask(&place, "https://team.example", &command).refused(9);
        assert!(refused.contains("there is no token for https://team.example"), "{refused}");
    }
    let worker = place.piped(&["team", "work", &ada]).exited_with(5).err;
    assert!(worker.contains("retold_worker"), "{worker}");

    // Bob sees nothing of it until he may.
    assert!(ask(&place, &bob, &["sessions"]).exited_with(1).out.lines().count() <= 1);
    assert!(ask(&place, &bob, &["show", FIRST]).refused(1).contains("has no session"));
    place
        .piped(&["team", "allow", "bob", "--workspace", "atlas", "--level", "facts", "--database", &admin])
        .exited_with(0);
    assert_eq!(ask(&place, &bob, &["sessions", "-o", "json"]).json()["rows"], own["rows"]);
    assert!(ask(&place, &bob, &["show", FIRST]).refused(1).contains("has no session"));
    place.piped(&["team", "allow", "bob", "--everything", "--database", &admin]).exited_with(0);
    ask(&place, &bob, &["show", FIRST]).exited_with(0);
    place.piped(&["team", "deny", "bob", "--everything", "--database", &admin]).exited_with(0);
    place.piped(&["team", "deny", "bob", "--workspace", "atlas", "--database", &admin]).exited_with(0);
    assert!(ask(&place, &bob, &["show", FIRST]).refused(1).contains("has no session"));
    let nowhere =
        place.piped(&["team", "allow", "bob", "--workspace", "nowhere", "--database", &admin]).refused(2);
    assert!(nowhere.contains("cannot find the workspace nowhere"), "{nowhere}");

    let status = place.piped(&["team", "status", &ada, "-o", "json"]).json();
    let row = &status["rows"][0];
    assert_eq!(
        (&row["person"], &row["device"], &row["level"]),
        (&"ada".into(), &"laptop".into(), &"all".into())
    );
    assert_eq!((&row["events"], &row["shipments"], &row["listed"]), (&7.into(), &1.into(), &1.into()));
    // Made again beside what is read; a second worker finds nothing to do.
    place.piped(&["team", "work", &admin, "--rebuild"]).exited_with(0);
    assert_eq!(ask(&place, &ada, &["sessions", "-o", "json"]).json()["rows"], own["rows"]);
    assert!(place.piped(&["team", "work", &admin]).exited_with(0).err.contains("0 events taken in"));
}
