//! A team's server as the store: lists, questions in SQL, and sessions that are brought when they are asked for.

use retold_trial::{Postgres, needs};

use crate::support::{Answer, Place, environment, run};

const FIRST: &str = crate::support::FIRST;

/// A person on a machine of their own, whose store is the server.
pub(crate) fn ask(place: &Place, address: &str, args: &[&str]) -> Answer {
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
    for moment in ["--at", "--until"] {
        assert!(ask(&place, &ada, &["sessions", moment, "yesterday"]).refused(2).contains(moment));
    }
    let sorted = ask(&place, &ada, &["sessions", "--since", "2d-ago", "--sort", "created"]).refused(2);
    assert!(sorted.contains("leave --sort out"), "{sorted}");

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
    for command in [vec!["metrics"], vec!["store", "stats"], vec!["tag", FIRST, "+wip"]] {
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

/// A server with the sample sessions, shipped by Ada; and what she and Bob reach it by.
pub(crate) fn shipped(server: &Postgres, place: &Place) -> [String; 3] {
    let [admin, ada, bob] = ["postgres", "ada", "bob"].map(|user| server.address(user, "postgres"));
    place.piped(&["team", "init", &admin, "--tenant", "acme"]).exited_with(0);
    for person in ["ada", "bob"] {
        place.piped(&["team", "add", "person", person, "--database", &admin]).exited_with(0);
    }
    place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    [admin, ada, bob]
}

#[test]
fn a_team_is_searched_as_a_store_is() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [admin, ada, bob] = shipped(&server, &place);
    let early = ask(&place, &ada, &["search", "door"]).exited_with(1).err;
    assert!(early.contains("the last 1 shipment of the team cannot be searched yet"), "{early}");
    place.piped(&["team", "work", &admin]).exited_with(0);
    for options in
        [&[][..], &["-n", "1"], &["--what", "task"], &["--type", "competition"], &["--tool", "ait42"]]
    {
        let command: Vec<&str> = ["search", "door"].iter().chain(options).copied().collect();
        let own = place.piped(&command).exited_with(0);
        let there = ask(&place, &ada, &command).exited_with(0);
        assert_eq!(there.out, own.out, "{command:?}");
        let json: Vec<&str> = command.iter().chain(&["-o", "json"]).copied().collect();
        let (own, there) = (place.piped(&json).json(), ask(&place, &ada, &json).json());
        assert_eq!((&there["rows"], &there["found"]), (&own["rows"], &own["found"]), "{command:?}");
        assert_eq!(there["as_of"], serde_json::json!({"shipment": 1}));
    }
    assert!(
        ask(&place, &ada, &["search", "door", "--since", "2100-01-01"])
            .exited_with(1)
            .err
            .contains("nothing found")
    );
    ask(&place, &ada, &["search", "door", "--until", "2100-01-01", "--session", FIRST]).exited_with(0);
    for (option, value) in [("--project", "x"), ("--since", "r3")] {
        let refused = ask(&place, &ada, &["search", "door", option, value]).refused(2);
        assert!(refused.contains("a team's server"), "{refused}");
    }
    assert!(ask(&place, &ada, &["search", "\"no end"]).refused(2).contains("a phrase has no end"));
    ask(&place, &bob, &["search", "door"]).exited_with(1);
    place.piped(&["team", "allow", "bob", "--everything", "--database", &admin]).exited_with(0);
    ask(&place, &bob, &["search", "door"]).exited_with(0);
}

#[test]
fn the_log_of_a_team_is_listed_and_followed() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [_admin, ada, bob] = shipped(&server, &place);
    // What an event says is what the store says of it.
    let own = place.piped(&["log", "-o", "csv"]).done();
    let there = ask(&place, &ada, &["log", "-o", "csv"]).exited_with(0).out;
    for (own, there) in own.lines().zip(there.lines()) {
        assert!(there.ends_with(own), "{there}");
    }
    let (own, there) = (place.piped(&["log"]).done(), ask(&place, &ada, &["log"]).exited_with(0).out);
    let last = |text: &str| text.lines().last().unwrap().split("  ").last().unwrap().trim().to_owned();
    assert_eq!((own.lines().count(), last(&own)), (there.lines().count(), last(&there)));
    let json = ask(&place, &ada, &["log", "-n", "2", "--reverse", "-o", "json"]).json();
    let positions: Vec<_> =
        json["rows"].as_array().unwrap().iter().map(|row| row["position"].clone()).collect();
    assert_eq!((positions, &json["as_of"]), (vec![7.into(), 6.into()], &serde_json::json!({"shipment": 1})));
    assert_eq!(
        ask(&place, &ada, &["log", "--type", "SessionCreated", "-o", "csv"])
            .exited_with(0)
            .out
            .lines()
            .count(),
        3
    );
    assert!(ask(&place, &ada, &["log", "--grep", "x"]).refused(2).contains("--grep"));
    ask(&place, &bob, &["log"]).exited_with(1);

    // What comes is told, also after the connection was lost.
    let (out, interrupt) =
        (crate::support::Kept::default(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let args = ["retold", "--store", &ada, "log", "--follow", "-o", "jsonl"].map(Into::into);
            run(args, |io| {
                io.out = Box::new(out.clone());
                io.interrupt = std::sync::Arc::clone(&interrupt);
            })
        });
        let wait_for = |lines: usize| {
            let begun = std::time::Instant::now();
            while out.text().lines().count() < lines && begun.elapsed().as_secs() < 60 {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            out.text()
        };
        assert_eq!(wait_for(7).lines().count(), 7);
        place.piped(&["tag", FIRST, "+wip"]).exited_with(0);
        place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
        assert_eq!(wait_for(8).lines().count(), 8);
        let mut admin =
            postgres::Client::connect(&server.address("postgres", "postgres"), postgres::NoTls).unwrap();
        admin
            .execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ada'", &[])
            .unwrap();
        place.piped(&["tag", FIRST, "+done"]).exited_with(0);
        place.piped(&["ship", &ada, "--level", "all", "--device", "laptop"]).exited_with(0);
        let text = wait_for(9);
        interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        let answer = follower.join().unwrap();
        assert!(answer.err.contains("trying again"), "{}", answer.err);
        let told: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let positions: Vec<u64> = told.iter().map(|event| event["position"].as_u64().unwrap()).collect();
        assert_eq!(positions, (1..=9).collect::<Vec<_>>(), "none is lost, and none comes twice");
        assert_eq!((&told[7]["type"], &told[8]["shipment"]), (&"TagsChanged".into(), &3.into()));
    });
}

/// A person's table asks the server again for what agents are called: what was read before that failed is told all the same.
#[test]
fn a_follower_that_loses_the_server_between_reading_and_telling_loses_nothing() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [_admin, ada, _bob] = shipped(&server, &place);
    let admin = || postgres::Client::connect(&server.address("postgres", "postgres"), postgres::NoTls);
    let mut admin = admin().unwrap();
    let signature = "retold.stream_types_1(bigint, integer, bytea, integer[])";
    let whole: String = admin
        .query_one(&format!("select pg_get_functiondef('{signature}'::regprocedure)"), &[])
        .unwrap()
        .get(0);
    // As a server that is being stopped answers.
    let (head, _) = whole.split_once("AS $").unwrap();
    // A sequence is not rolled back: it says that somebody asked.
    admin
        .batch_execute("create sequence public.asked; grant usage on sequence public.asked to public")
        .unwrap();
    let failing = format!(
        "{head} AS $f$ begin perform nextval('public.asked'); raise exception using errcode = '57P01'; end $f$"
    );
    admin.batch_execute(&failing.replace("LANGUAGE sql", "LANGUAGE plpgsql")).unwrap();
    let (out, interrupt) =
        (crate::support::Kept::default(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    std::thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let args = ["retold", "--store", &ada, "log", "--follow", "-n", "7"].map(Into::into);
            run(args, |io| {
                io.out = Box::new(out.clone());
                io.interrupt = std::sync::Arc::clone(&interrupt);
            })
        });
        let wait_for = |lines: usize| {
            let begun = std::time::Instant::now();
            while out.text().lines().count() < lines && begun.elapsed().as_secs() < 60 {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            out.text().lines().map(str::to_owned).collect::<Vec<_>>()
        };
        // The output of an agent is the first that asks who that is.
        assert!(wait_for(5).len() < 7);
        let begun = std::time::Instant::now();
        let mut was_asked =
            || -> bool { admin.query_one("select is_called from public.asked", &[]).unwrap().get(0) };
        while !was_asked() && begun.elapsed().as_secs() < 60 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        admin.batch_execute(&whole).unwrap();
        let told = wait_for(7);
        interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        let answer = follower.join().unwrap();
        assert!(answer.err.contains("trying again"), "{}", answer.err);
        assert_eq!(told.len(), 7, "{told:?}");
        assert!(told[5].contains("Ada wrote"), "{told:?}");
    });
}

#[test]
fn the_heads_and_hashes_of_a_team_are_those_of_its_stores() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [admin, ada, bob] = shipped(&server, &place);
    let own = place.piped(&["store", "head"]).done();
    let there = ask(&place, &ada, &["store", "head"]).exited_with(0).out;
    assert!(there.starts_with(&own) && there.contains("of    ada, laptop"), "{there}");
    let trailer = ask(&place, &ada, &["store", "head", "--git-trailer"]).exited_with(0).out;
    assert_eq!(trailer, place.piped(&["store", "head", "--git-trailer"]).done());
    let row = ask(&place, &ada, &["store", "head", "-o", "json"]).json()["rows"][0].clone();
    assert_eq!((&row["position"], &row["person"]), (&7.into(), &"ada".into()));
    assert!(ask(&place, &ada, &["store", "head", "--at", "3"]).refused(2).contains("--at"));
    ask(&place, &bob, &["store", "head"]).exited_with(1);

    let sound = ask(&place, &ada, &["verify"]).exited_with(0).out;
    assert!(sound.contains("7 events") && sound.contains("sound"), "{sound}");
    assert!(ask(&place, &bob, &["verify"]).exited_with(1).err.contains("no log that you may read whole"));
    assert!(ask(&place, &ada, &["verify", "--full"]).refused(2).contains("--full"));
    let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
    client.execute("update retold.event set occurred_at = occurred_at + 1 where position = 3", &[]).unwrap();
    let damaged = ask(&place, &ada, &["verify"]).exited_with(10);
    assert!(damaged.out.contains("position 3"), "{}", damaged.out);
}
