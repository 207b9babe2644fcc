//! How far a log is verified, from the page.

use serde_json::Value;

use super::{Page, sample};

/// Reads on until the end; returns every answer.
fn read_on(page: &Page, session: &str) -> Vec<Value> {
    let (mut answers, mut after, mut read) = (Vec::new(), 0, "again");
    loop {
        let answer = page.get(&format!("/s/{session}/verify.json?read={read}")).json();
        read = "on";
        let (through, end) = (answer["through"].as_u64().unwrap(), answer["end"].as_u64().unwrap());
        answers.push(answer);
        if through >= end {
            return answers;
        }
        assert!(through > after, "it goes on: {answers:?}");
        assert_eq!(answers.last().unwrap()["busy"], false);
        after = through;
    }
}

fn change(page: &Page, sql: &str) {
    let path = page._folder.path().join("sessions.db");
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
    let triggers: Vec<String> = connection
        .prepare("select name from sqlite_schema where type = 'trigger' and tbl_name = 'event'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    triggers.iter().for_each(|name| connection.execute_batch(&format!("drop trigger {name}")).unwrap());
    connection.execute_batch(sql).unwrap();
}

#[test]
fn a_sound_log_is_verified_to_the_end_of_the_session_and_it_is_known_from_then_on() {
    let page = Page::with(sample);
    let before = page.get("/s/a1/verify.json").json();
    assert_eq!((before["through"].as_u64(), before["verified"].as_u64()), (Some(0), Some(0)), "{before}");
    assert_eq!((&before["hash"], &before["verified_at"]), (&Value::Null, &Value::Null));
    let last = read_on(&page, "a1").pop().unwrap();
    assert_eq!((&last["through"], &last["verified"]), (&last["end"], &last["revisions"]), "{last}");
    assert_eq!(last["rows"], serde_json::json!([]));
    let head = page.get("/s/a1.json").json();
    assert_eq!(last["hash"], head["as_of"]["hash"], "it ends with the log");
    // Nothing is read where only that is asked.
    let after = page.get("/s/a1/verify.json").json();
    assert_eq!((&after["through"], &after["verified_at"]), (&last["through"], &last["verified_at"]));
    // What comes later is not verified yet.
    page.history.add_message("/src/atlas", "a1", retold::Message::new("m3", "user", "And now?")).unwrap();
    let grown = page.get("/s/a1/verify.json").json();
    assert_eq!(grown["through"], last["through"]);
    assert!(grown["end"].as_u64() > grown["through"].as_u64(), "{grown}");
    let again = page.get("/s/a1/verify.json?read=on").json();
    assert_eq!((&again["through"], &again["verified"]), (&again["end"], &again["revisions"]));
}

#[test]
fn a_fault_is_named_with_its_place_and_read_past() {
    let page = Page::with(sample);
    let sound = read_on(&page, "a1").pop().unwrap();
    let position = page.get("/s/a1.json?at=r3").json()["position"].as_u64().unwrap();
    change(&page, &format!("update event set occurred_at = occurred_at + 1 where position = {position}"));
    // What was verified stays so until it is read again.
    assert_eq!(page.get("/s/a1/verify.json").json()["rows"], serde_json::json!([]));
    let damaged = read_on(&page, "a1").pop().unwrap();
    assert_eq!(damaged["through"], sound["end"]);
    let fault = &damaged["rows"][0];
    assert_eq!(
        (
            fault["fault"].as_str(),
            fault["position"].as_u64(),
            fault["revision"].as_u64(),
            fault["sound"].as_u64(),
            fault["count_in_log"].as_u64()
        ),
        (Some("hash does not match the event"), Some(position), Some(3), Some(2), Some(1)),
        "{damaged}"
    );
    // It is found again and counted once, and is gone once it is mended.
    assert_eq!(read_on(&page, "a1").pop().unwrap()["rows"], damaged["rows"]);
    change(&page, &format!("update event set occurred_at = occurred_at - 1 where position = {position}"));
    assert_eq!(read_on(&page, "a1").pop().unwrap()["rows"], serde_json::json!([]));
}

#[test]
fn a_fault_before_the_session_has_its_position_and_no_revision() {
    let page = Page::with(|history| {
        sample(history);
        history.create("/src/atlas", retold::Session::new("b2", "debate", "Another one")).unwrap();
    });
    change(&page, "update event set body = zeroblob(9) where position = 2");
    let damaged = read_on(&page, "b2").pop().unwrap();
    let rows = damaged["rows"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["revision"].is_null()), "{damaged}");
    assert!(rows.iter().all(|row| row["position"] == 2 && row["sound"] == 0), "{damaged}");
}

/// A session `b2` whose events lie between those of `a1`, and after them.
fn interleaved(history: &retold::SessionHistory) {
    let say = |session: &str, id: &str| {
        history.add_message("/src/atlas", session, retold::Message::new(id, "user", "and")).unwrap();
    };
    sample(history);
    history.create("/src/atlas", retold::Session::new("b2", "debate", "Another one")).unwrap();
    say("a1", "m3");
    say("b2", "n1");
}

#[test]
fn a_fault_after_the_end_of_a_session_is_none_of_it() {
    let page = Page::with(interleaved);
    let end = page.get("/s/b2/verify.json").json()["end"].as_u64().unwrap();
    let sound = read_on(&page, "a1").pop().unwrap();
    change(&page, &format!("update event set occurred_at = occurred_at + 1 where position = {end}"));
    let damaged = read_on(&page, "b2").pop().unwrap();
    assert_eq!(damaged["rows"][0]["position"].as_u64(), Some(end), "{damaged}");
    let of_other = page.get("/s/a1/verify.json").json();
    assert_eq!(of_other["rows"], serde_json::json!([]), "{of_other}");
    assert_eq!((&of_other["through"], &of_other["verified"]), (&damaged["through"], &sound["revisions"]));
}

#[test]
fn a_fault_between_the_events_of_a_session_leaves_those_before_it_proven() {
    let page = Page::with(interleaved);
    let created = page.get("/s/b2.json?at=r1").json()["position"].as_u64().unwrap();
    let before = page.get("/s/a1.json").json()["revisions"].as_u64().unwrap() - 1;
    change(&page, &format!("update event set occurred_at = occurred_at + 1 where position = {created}"));
    let damaged = read_on(&page, "a1").pop().unwrap();
    let fault = &damaged["rows"][0];
    assert_eq!(
        (fault["position"].as_u64(), &fault["revision"], fault["sound"].as_u64()),
        (Some(created), &Value::Null, Some(before)),
        "{damaged}"
    );
    assert_eq!(read_on(&page, "b2").pop().unwrap()["rows"][0]["sound"], 0);
}

#[test]
fn an_event_that_is_missing_or_has_no_hash_holds_up_no_step() {
    let page = Page::with(|history| {
        sample(history);
        for nth in 0..1_200 {
            let message = retold::Message::new(format!("n{nth}"), "user", "one of many");
            history.add_message("/src/atlas", "a1", message).unwrap();
        }
    });
    // The last one of a step, and the one after it.
    change(
        &page,
        "delete from event where position = 512; update event set hash = x'00' where position = 1024",
    );
    for _ in 0..2 {
        let last = read_on(&page, "a1").pop().unwrap();
        let firsts: Vec<u64> =
            last["rows"].as_array().unwrap().iter().map(|row| row["position"].as_u64().unwrap()).collect();
        assert_eq!((&last["through"], firsts.iter().min()), (&last["end"], Some(&513)), "{last}");
        assert_eq!(page.get("/s/a1/verify.json").json()["rows"], last["rows"]);
    }
}

#[test]
fn what_was_read_is_not_read_again() {
    let page = Page::with(|history| {
        sample(history);
        for nth in 0..3_000 {
            let message = retold::Message::new(format!("n{nth}"), "user", "one of many");
            history.add_message("/src/atlas", "a1", message).unwrap();
        }
    });
    let answers = read_on(&page, "a1");
    let last = answers.last().unwrap();
    assert_eq!((&last["through"], &last["verified"]), (&last["end"], &last["revisions"]));
    // Reading on, nobody meets a fault of what was read before.
    change(&page, "update event set occurred_at = occurred_at + 1 where position = 2");
    let on = page.get("/s/a1/verify.json?read=on").json();
    assert_eq!((&on["through"], &on["rows"]), (&last["through"], &serde_json::json!([])));
    assert_ne!(read_on(&page, "a1").pop().unwrap()["rows"], serde_json::json!([]));
    assert_eq!(page.get("/s/a1/verify.json?read=backwards").status, 400);
    assert_eq!(page.get("/s/nobody/verify.json?read=on").status, 404);
}

#[test]
fn several_who_verify_at_once_come_to_the_end_and_others_are_answered() {
    let page = Page::with(|history| {
        sample(history);
        for nth in 0..2_000 {
            let message = retold::Message::new(format!("n{nth}"), "user", "one of many");
            history.add_message("/src/atlas", "a1", message).unwrap();
        }
    });
    let finish = || {
        let began = std::time::Instant::now();
        loop {
            let answer = page.get("/s/a1/verify.json?read=on").json();
            let (through, end) = (answer["through"].as_u64().unwrap(), answer["end"].as_u64().unwrap());
            assert_eq!(answer["rows"], serde_json::json!([]), "{answer}");
            if through == end {
                return end;
            }
            // Somebody else has the turn, and goes on.
            assert!(began.elapsed() < std::time::Duration::from_secs(60), "{answer}");
        }
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..12).map(|_| scope.spawn(finish)).collect();
        for _ in 0..20 {
            assert_eq!(page.get("/s/a1.json?at=r1").status, 200);
        }
        let ends: Vec<u64> = all.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(ends.iter().all(|end| *end == ends[0]));
    });
}
