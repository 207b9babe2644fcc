//! The view `events` shows what the log holds.

use retold_core::{Limit, Position, Recorded, event};
use rusqlite::types::Value;

use crate::given;
use crate::rows::query;

#[test]
fn every_row_is_its_event() {
    let folder = given::folder();
    let store = given::store(&folder);
    let long = event::OutputAppended { index: 0, text: "long ".repeat(2000).into(), updated_at: None };
    let added = event::InstanceAdded { instance: given::instance(1), index: None, updated_at: None };
    let name = given::record("w1", "a1");
    given::append(store.log(), &name, [given::created("a1"), added.into()]);
    given::append(store.log(), &name, [long.into(), given::said("m1", "hello \u{1b}[31m\0")]);
    let mut reader = store.log().reader().unwrap();
    let events = reader.events_after(Position::ZERO, Limit::default()).unwrap().events;
    let sql = store.sql().unwrap();
    let rows = query(
        &sql,
        "select position, stream, revision, type, schema_version, commit_first, recorded_instant, occurred_instant, \
         hash, body, text, workspace_key, session_id, ordinal, origin, recorded_at from events order by position",
    );
    assert_eq!(rows.len(), events.len());
    for (row, recorded) in rows.into_iter().zip(events) {
        let Recorded { position, stream, revision, kind, .. } = recorded;
        let body = serde_json::to_string(&recorded.event).unwrap();
        let mut event = recorded.event.unwrap();
        reader.resolve_event(&mut event).unwrap();
        let text = event.long_text().map(|text| text.as_str().unwrap().to_owned());
        let number = |number: u64| Value::from(i64::try_from(number).unwrap());
        let instant = retold_core::time::from_micros(recorded.recorded_at).unwrap();
        let expected = [
            number(position.get()),
            stream.get().into(),
            number(revision.get()),
            kind.name().to_owned().into(),
            i64::from(recorded.schema_version).into(),
            number(recorded.commit_first.get()),
            recorded.recorded_at.into(),
            recorded.occurred_at.into(),
            recorded.hash.to_string().into(),
            body.into(),
            text.into(),
            "w1".to_owned().into(),
            "a1".to_owned().into(),
            1.into(),
            "application".to_owned().into(),
            format!("{instant:.6}").into(),
        ];
        assert_eq!(row, expected);
    }
}

#[test]
fn the_body_and_the_text_of_a_redacted_event_are_null() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = given::record("w1", "a1");
    given::append(store.log(), &name, [given::created("a1"), given::said("m1", "secret")]);
    let sql = store.sql().unwrap();
    let ask = || query(&sql, "select type, body, text from events where position = 2");
    assert_eq!(ask()[0][2], Value::from("secret".to_owned()));
    let writer = store.log().open_writer().unwrap();
    writer
        .execute_batch(
            "insert into redaction (position, body_commit, by_position) values (2, zeroblob(32), 2);
             update event set body = null, salt = null where position = 2;",
        )
        .unwrap();
    assert_eq!(ask(), [[Value::from("MessageAdded".to_owned()), Value::Null, Value::Null]]);
}

#[test]
fn a_body_is_unpacked_only_where_it_is_asked_for() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let sql = store.sql().unwrap();
    // What cannot be unpacked hurts nobody who does not ask for it.
    store
        .log()
        .open_writer()
        .unwrap()
        .execute_batch("drop trigger event_update; update event set body = x'c1', codec = 0")
        .unwrap();
    assert_eq!(query(&sql, "select count(*), max(type) from events")[0][0], Value::from(1));
    assert!(sql.query_row("select body from events", [], |row| row.get::<_, String>(0)).is_err());
    let plan = format!("{:?}", query(&sql, "explain query plan select position, occurred_at from events"));
    assert_eq!(plan.matches("detail").count() + plan.matches("SCAN").count(), 1, "{plan}");
    assert!(!plan.contains("SEARCH"), "joins are left out: {plan}");
}
