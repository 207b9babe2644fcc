//! The texts that SQL shows are those of the folded documents.

use retold_core::{Commit, Event, Expected, Log, Session, StreamName, Text, difference, event};
use retold_projections::{SqlConnection, Store};

use crate::given;
use crate::rows::query;

/// Writes a session as a document with empty texts at first, then what leads to it.
fn write(log: &Log, name: &StreamName, document: Session) {
    let mut bare = document.clone();
    bare.instances = Vec::new();
    bare.chat_history = Vec::new();
    let mut events: Vec<Event> =
        vec![event::SessionCreated { session: bare.clone(), place: None, home: None }.into()];
    events.extend(difference(&bare, &document));
    // Output comes in pieces.
    for (index, instance) in (0..).zip(&document.instances) {
        if let Some(Text::Inline(output)) = &instance.output {
            for piece in ["", "\u{1b}[31mred\0", &output.clone()] {
                events
                    .push(event::OutputAppended { index, text: Text::from(piece), updated_at: None }.into());
            }
        }
    }
    log.append(Commit::to(name.clone(), Expected::Any, events)).unwrap();
}

fn samples() -> Vec<Session> {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42/sessions"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.flat_map(|path| serde_json::from_slice::<Vec<Session>>(&std::fs::read(path).unwrap()).unwrap())
        .collect()
}

fn check(store: &Store, sql: &SqlConnection) -> u64 {
    let mut reader = store.log().reader().unwrap();
    let head = reader.head().unwrap().position;
    let mut longest = 0;
    for row in store.sessions(&retold_projections::SessionFilter::default()).unwrap() {
        let name = StreamName::session(&row.workspace, &row.id, row.ordinal);
        let stream = reader.stream(&name).unwrap().unwrap();
        let mut session = reader.state(stream, head).unwrap().unwrap().session;
        reader.resolve(&mut session).unwrap();
        let column = |text: &str| -> Vec<Option<String>> {
            let mut statement = sql.prepare(text).unwrap();
            let rows = statement.query_map([stream], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        let contents = column("select content from chat_messages where stream = ?1 order by place");
        let outputs = column("select output from instances where stream = ?1 order by place");
        let whole = |text: &Text| text.as_str().unwrap().to_owned();
        assert_eq!(
            contents,
            session.chat_history.iter().map(|message| Some(whole(&message.content))).collect::<Vec<_>>()
        );
        assert_eq!(
            outputs,
            session.instances.iter().map(|instance| instance.output.as_ref().map(whole)).collect::<Vec<_>>()
        );
        longest = outputs.iter().flatten().map(|text| text.len() as u64).max().unwrap_or(0).max(longest);
    }
    longest
}

#[test]
fn texts_are_those_of_the_documents() {
    let folder = given::folder();
    let store = given::store(&folder);
    for (number, document) in samples().into_iter().enumerate() {
        let name = StreamName::session("w1", &document.id, u32::try_from(number).unwrap() + 1);
        write(store.log(), &name, document);
    }
    let sql = store.sql().unwrap();
    assert!(check(&store, &sql) > 4096, "an output is in a blob");
    // What comes later is seen, and so is a new generation of the tables.
    let mut instance = given::instance(1);
    instance.output = None;
    let long = event::OutputAppended { index: 0, text: Text::from("x".repeat(9000)), updated_at: None };
    given::append(
        store.log(),
        &given::record("w2", "late"),
        [
            given::created("late"),
            event::InstanceAdded { instance, index: None, updated_at: None }.into(),
            long.into(),
            given::said("m1", ""),
        ],
    );
    check(&store, &sql);
    store.rebuild(|_| true).unwrap();
    check(&store, &sql);
}

#[test]
fn a_text_is_read_only_where_it_is_asked_for() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(
        store.log(),
        &given::record("w1", "a1"),
        [given::created("a1"), given::said("m1", "hello")],
    );
    let sql = store.sql().unwrap();
    let plan = |text: &str| {
        query(&sql, &format!("explain query plan {text}"))
            .into_iter()
            .map(|row| format!("{:?}", row[3]))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(!plan("select count(*), max(role) from chat_messages").contains("retold_text"));
    assert!(!plan("select sum(output_bytes) from instances").contains("output_chunks"));
    assert!(!plan("select id from sessions where workspace = 1").contains(" w"));
    assert_eq!(
        query(
            &sql,
            "select s.workspace_key, s.id, m.content from sessions s join chat_messages m using (stream)"
        ),
        [["w1", "a1", "hello"].map(|text| text.to_owned().into())]
    );
}

#[test]
fn nothing_can_be_written() {
    let folder = given::folder();
    let store = given::store(&folder);
    let sql = store.sql().unwrap();
    for statement in [
        "delete from main.sessions",
        "create table t (a)",
        "create temp table t (a)",
        "drop view chat_messages",
    ] {
        assert!(sql.execute_batch(statement).is_err(), "{statement}");
    }
}

#[test]
fn a_text_that_is_not_there_is_null_and_a_redacted_one_is_empty() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let sql = store.sql().unwrap();
    for position in ["0", "1", "2", "-1", "null", "9223372036854775807"] {
        let found = query(&sql, &format!("select retold_text({position})"));
        assert_eq!(found, [[rusqlite::types::Value::Null]], "{position}");
    }
}
