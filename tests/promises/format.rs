//! docs/FORMAT.md says what the code does.

use retold_core::event::EventType;
use retold_core::{BODY_BYTES_MAX, INLINE_TEXT_BYTES_MAX, Instance, Message, Session, TEXT_BYTES_MAX, hash};
use retold_tests::Store;

const DOCUMENT: &str = include_str!("../../docs/FORMAT.md");

#[test]
fn the_document_lists_every_event_type() {
    let listed: Vec<&str> = DOCUMENT.lines().filter(|line| line.contains("(schema version")).collect();
    let types: Vec<String> = EventType::ALL
        .iter()
        .map(|kind| format!("### {} {} (schema version {})", kind.number(), kind, kind.schema_version()))
        .collect();
    assert_eq!(listed, types);
}

#[test]
fn the_document_and_the_second_verifier_name_the_types_that_are_content() {
    let content: Vec<String> = EventType::ALL
        .iter()
        .filter(|kind| kind.is_content())
        .map(|kind| kind.number().to_string())
        .collect();
    let (last, others) = content.split_last().unwrap();
    let listed = format!("{} and {last}", others.join(", "));
    let document = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(document.matches(&format!("of types {listed}")).count(), 2, "{listed}");
    let verifier = include_str!("../verifier.py");
    assert!(verifier.contains(&format!("SAID = ({})", content.join(", "))), "{content:?}");
    let types = format!("TYPES = range(1, {})", EventType::ALL.last().unwrap().number() + 1);
    assert!(verifier.contains(&types), "{types}");
}

#[test]
fn the_document_lists_every_key() {
    for keys in [Session::KEYS, Instance::KEYS, Message::KEYS] {
        let listed: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let listed = listed.join(" ");
        assert!(DOCUMENT.replace('\n', " ").contains(&listed), "docs/FORMAT.md lacks {listed}");
    }
}

#[test]
fn the_document_names_every_table_and_column_of_the_log() {
    let store = Store::new();
    let log = store.open();
    let reader = log.reader().unwrap();
    for table in [
        "log",
        "workspace",
        "stream",
        "event",
        "redaction",
        "pruned",
        "part",
        "absent",
        "withheld",
        "lineage",
        "repack",
        "backup",
        "blob",
        "dictionary",
        "commit_key",
        "event_type",
    ] {
        let part = DOCUMENT.split_once(&format!("### `{table}`")).map(|(_, part)| part);
        let part = part.unwrap_or_else(|| panic!("docs/FORMAT.md lacks {table}"));
        let part = part.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
        let mut statement = reader.connection().prepare("select name from pragma_table_info(?1)").unwrap();
        let columns = statement.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        for column in columns.map(Result::unwrap) {
            assert!(part.contains(&format!("| `{column}` |")), "docs/FORMAT.md lacks {table}.{column}");
        }
    }
}

#[test]
fn the_document_has_the_numbers_of_the_code() {
    for sentence in [
        format!("Format {}.", hash::FORMAT),
        format!("{} bytes, big-endian", hash::Header::BYTES),
        format!("longer than {INLINE_TEXT_BYTES_MAX} bytes"),
        format!("a body is at most {BODY_BYTES_MAX} bytes"),
        format!("a text at most {TEXT_BYTES_MAX} bytes"),
        format!("`application_id` is {}", retold_migrations::APPLICATION_ID),
    ] {
        assert!(DOCUMENT.contains(&sentence), "docs/FORMAT.md lacks \"{sentence}\"");
    }
}
