//! A date is one state of a session, whatever command names it: what had happened by then, with what was corrected of that since.

use jiff::Timestamp;
use retold_core::event::{MappingCorrected, MessageAdded, MessageChanged, SessionStatusChanged};
use retold_core::{Commit, Event, Expected, Message, MessagePatch, NewEvent, StreamName};
use serde_json::Value;

use crate::support::{Place, created, snapshot};

const ID: &str = "mended";

fn said(id: &str, content: &str, index: Option<u32>) -> Event {
    MessageAdded { message: Message::new(id, "user", content), index, updated_at: None }.into()
}

fn status(status: &str) -> Event {
    SessionStatusChanged { status: status.to_owned(), completed_at: None, updated_at: None }.into()
}

fn corrects(revision: u64, events: u32) -> Event {
    MappingCorrected { revision, events, withdrawn: Vec::new(), unused: Vec::new() }.into()
}

/// A session whose second event was misread: a message was another one, the next one and a status were not understood.
fn corrected() -> Place {
    let place = Place::with_empty_store();
    let read = Some("one".into());
    let events = [
        ("09:10", said("m1", "misread", None)),
        ("09:20", status("paused")),
        ("09:30", said("m3", "three", None)),
        ("10:00", corrects(2, 3)),
        (
            "09:10",
            MessageChanged { index: 0, set: MessagePatch::default(), content: read, updated_at: None }.into(),
        ),
        ("09:15", said("m2", "two", Some(1))),
        ("09:15", status("reviewing")),
        ("11:00", status("completed")),
    ];
    let at = |time: &str| -> Option<Timestamp> { Some(format!("2026-11-22T{time}:00Z").parse().unwrap()) };
    let new = |(time, event)| NewEvent { event, occurred_at: at(time) };
    let begin = NewEvent { occurred_at: at("09:00"), ..created(ID, "Mend the door") };
    let name = StreamName::session("w", ID, 1);
    let events = std::iter::once(begin).chain(events.map(new));
    place.log().append(Commit::to(name, Expected::Any, events)).unwrap();
    place
}

/// What a session says: its status, and its messages.
fn told(document: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let messages = document["chatHistory"].as_array().unwrap();
    (text(&document["status"]), messages.iter().map(|message| text(&message["content"])).collect())
}

fn rows(place: &Place, args: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = args.iter().copied().chain(["-o", "json"]).collect();
    // Where there is none it exits with 1.
    let answer: Value = serde_json::from_str(&place.piped(&args).out).unwrap();
    answer["rows"].as_array().unwrap().clone()
}

fn shown(place: &Place, id: &str, at: Option<&str>) -> (String, Vec<String>) {
    let mut args = vec!["show", id, "-o", "json"];
    args.extend(at.into_iter().flat_map(|at| ["--at", at]));
    told(&place.piped(&args).json()["session"])
}

#[test]
fn every_command_answers_a_date_by_what_had_happened_and_was_corrected_since() {
    let place = corrected();
    let states = [
        ("09:05", "running", &[][..]),
        ("09:12", "running", &["one"][..]),
        ("09:17", "reviewing", &["one", "two"]),
        ("09:25", "reviewing", &["one", "two"]),
        ("09:35", "reviewing", &["one", "two", "three"]),
        ("11:00", "completed", &["one", "two", "three"]),
    ];
    for (time, status, messages) in &states {
        // Before there are copies of it.
        let date = format!("2026-11-22T{time}:00Z");
        let query = "select status, (select group_concat(content) from chat_messages) said from sessions";
        let row = &rows(&place, &["sql", query, "--at", &date])[0];
        let told = (row["status"].as_str().unwrap(), row["said"].as_str());
        assert_eq!(told, (*status, joined(messages).as_deref()), "sql, {time}");
    }
    for (nth, (time, status, messages)) in states.into_iter().enumerate() {
        let date = format!("2026-11-22T{time}:00Z");
        let date = date.as_str();
        let expected =
            (status.to_owned(), messages.iter().map(|said| (*said).to_owned()).collect::<Vec<_>>());
        assert_eq!(shown(&place, ID, Some(date)), expected, "show, {time}");

        let last = |args: &[&str], column: &str| rows(&place, args).last().map(|row| row[column].clone());
        let written = last(&["history", ID, "status", "--until", date], "new").unwrap();
        // The first one came with the session.
        let written = written.get("status").unwrap_or(&written);
        assert_eq!(written, status, "history, {time}");
        let since = last(&["history", ID, "status", "--since", date], "new");
        assert_eq!(since, (time < "11:00").then(|| "completed".into()), "history since, {time}");

        let traced = last(&["trace", ID, "status", "--until", date], "value");
        assert_eq!(traced, Some(status.into()), "trace, {time}");
        let all = "(select group_concat(content) from messages)";
        let traced =
            rows(&place, &["trace", ID, all, "--until", date]).last().map(|row| row["value"].clone());
        assert_eq!(
            traced.and_then(|said| said.as_str().map(str::to_owned)),
            joined(messages),
            "trace, {time}"
        );
        let traced = rows(&place, &["trace", ID, "message_count", "--since", date])[0]["value"].clone();
        assert_eq!(traced, messages.len(), "trace since, {time}");

        let reviewing = ["bisect", "--where", "status = 'reviewing'", ID, "--since", "2026-11-22T09:05:00Z"];
        let args: Vec<&str> = reviewing.into_iter().chain(["--until", date]).collect();
        let holds = last(&args, "holds").unwrap_or(false.into());
        assert_eq!(holds, status == "reviewing", "bisect, {time}");

        let blamed = rows(&place, &["blame", ID, "chatHistory", "--at", date]);
        assert_eq!(blamed.len(), messages.len(), "blame, {time}");
        let between = rows(&place, &["diff", ID, "r1", date, "--path", "chatHistory"]);
        assert_eq!(between.len(), messages.len(), "diff, {time}");

        // A copy of it says the same, by itself and by that date; and nothing differs between the two.
        let fork = format!("fork{nth}");
        place.piped(&["fork", ID, "--at", date, "--as", &fork]).done_with_notes();
        assert_eq!(shown(&place, &fork, None), expected, "fork, {time}");
        assert_eq!(shown(&place, &fork, Some(date)), expected, "fork at, {time}");
        place.piped(&["compare", ID, &fork, "--at", date]).exited_with(1);

        let back = format!("back{nth}");
        place.piped(&["fork", ID, "--as", &back]).done_with_notes();
        place.piped(&["revert", &back, "--to", date]).done_with_notes();
        assert_eq!(shown(&place, &back, None), expected, "revert, {time}");

        if time >= "09:10" {
            let without = rows(&place, &["what-if", ID, "--skip", "6", "--at", date]);
            let [changed] = &without[..] else { panic!("what-if, {time}: {without:?}") };
            assert_eq!(
                (&changed["old"], &changed["new"]),
                (&"one".into(), &"misread".into()),
                "what-if, {time}"
            );
        }
    }
    // By what the log knew then, it was misread.
    assert_eq!(shown(&place, ID, Some("r4")), ("paused".to_owned(), vec!["misread".into(), "three".into()]));
}

#[test]
fn what_goes_back_to_a_date_says_so() {
    let place = corrected();
    let at = "2026-11-22T09:17:00Z";
    place.piped(&["fork", ID, "--as", "back"]).done_with_notes();
    snapshot!(place.piped(&["fork", ID, "--at", at, "--as", "other"]).err, @r"
    2026-11-22T09:17:00Z: position 2, happened 2026-11-22 09:10:00Z, recorded 2026-11-23 09:00:00Z, r2 of session mended
    4 later events correct what had happened by then; they are included
    ");
    snapshot!(place.piped(&["revert", "back", "--to", at]).done_with_notes(), @r"
    w/back is as it was on 2026-11-22 09:17:00Z (position 11, with 4 later corrections): 3 events appended, positions 27 to 29
    undo: retold revert w/back --to 19
    ");
    snapshot!(place.piped(&["revert", "back", "--to", "2026-11-22T09:00:00Z"]).done_with_notes(), @r"
    w/back is as it was on 2026-11-22 09:00:00Z (position 10): 3 events appended, positions 30 to 32
    undo: retold revert w/back --to 29
    ");
}

#[test]
fn a_session_is_replayed_between_dates_in_the_order_of_happening() {
    let place = corrected();
    let args = ["replay", ID, "--since", "2026-11-22T09:00:00Z", "--until", "2026-11-22T09:25:00Z"];
    snapshot!(place.piped(&args).out, @r"
    2026-11-22 09:10:00Z  r2  MessageAdded
      + chatHistory/0: user
          + misread
    2026-11-22 10:00:00Z  r5  MappingCorrected
    2026-11-22 09:10:00Z  r6  MessageChanged
      ~ chatHistory/0/content: misread -> one
    2026-11-22 09:15:00Z  r7  MessageAdded
      + chatHistory/1: user
          + two
    2026-11-22 09:15:00Z  r8  SessionStatusChanged
      ~ status: running -> reviewing
    2026-11-22 09:20:00Z  r3  SessionStatusChanged
    ");
}

fn joined(messages: &[&str]) -> Option<String> {
    (!messages.is_empty()).then(|| messages.join(","))
}

#[test]
fn a_log_between_dates_is_in_the_order_of_happening_corrections_too() {
    let place = corrected();
    let revisions = |args: &[&str]| -> Vec<u64> {
        rows(&place, args).iter().map(|row| row["revision"].as_u64().unwrap()).collect()
    };
    let (from, to) = ("2026-11-22T09:00:00Z", "2026-11-22T09:25:00Z");
    let range = format!("{from}..{to}");
    let order = [2, 5, 6, 7, 8, 3];
    assert_eq!(revisions(&["log", ID, &range]), order);
    assert_eq!(revisions(&["log", &range]), order, "of the whole store");
    assert_eq!(revisions(&["log", ID, "--since", from, "--until", to]), order);
    assert_eq!(revisions(&["log", ID, &range, "-n", "3"]), [7, 8, 3], "the last ones");
    assert_eq!(revisions(&["log", &range, "-n", "3"]), [7, 8, 3]);
    assert_eq!(revisions(&["log", ID, &range, "--reverse", "-n", "2"]), [3, 8]);
    assert_eq!(revisions(&["log", ID, "--since", to]), [4, 9]);
    assert_eq!(revisions(&["log", ID, "r2..r6"]), [3, 4, 5, 6], "by the log");
    place.piped(&["log", ID, &range, "--clock", "recorded"]).exited_with(2);
    snapshot!(place.piped(&["log", ID, &range]).out, @r#"
    position  occurred_at           revision  what
           2  2026-11-22 09:10:00Z  r2        user: misread
           5  2026-11-22 10:00:00Z  r5        MappingCorrected: r2
           6  2026-11-22 09:10:00Z  r6        corrects r2: message 0 now says: one
           7  2026-11-22 09:15:00Z  r7        corrects r2: user: two
           8  2026-11-22 09:15:00Z  r8        corrects r2: session is "reviewing"
           3  2026-11-22 09:20:00Z  r3        session is paused
    "#);
    let corrected = |range: &str| -> Vec<Value> {
        rows(&place, &["log", ID, range]).iter().map(|row| row["corrects"].clone()).collect()
    };
    let (none, two) = (Value::Null, Value::from(2));
    assert_eq!(corrected(&range), [&none, &two, &two, &two, &two, &none].map(Clone::clone));
    place.piped(&["projections", "add", "temporal"]).done_with_notes();
    place.piped(&["projections", "catch-up", "temporal"]).done_with_notes();
    assert_eq!(revisions(&["log", &range]), order, "looked up in the read models");
}

/// One that counts from where the log has it is not where something else happened.
#[test]
fn a_correction_that_counts_from_its_own_place_is_not_said_to_be_elsewhere() {
    let place = corrected();
    let at = |event| NewEvent { event, occurred_at: Some("2026-11-22T11:00:00Z".parse().unwrap()) };
    let events = [at(corrects(9, 1)), at(status("archived"))];
    place.log().append(Commit::to(StreamName::session("w", ID, 1), Expected::Any, events)).unwrap();
    let range = "2026-11-22T10:30:00Z..2026-11-22T11:30:00Z";
    snapshot!(place.piped(&["log", ID, range]).out, @r#"
    position  occurred_at           revision  what
           9  2026-11-22 11:00:00Z  r9        session completed
          10  2026-11-22 11:00:00Z  r10       MappingCorrected: r9
          11  2026-11-22 11:00:00Z  r11       session is "archived"
    "#);
    assert!(rows(&place, &["log", ID, range]).iter().all(|row| row["corrects"].is_null()));
}
