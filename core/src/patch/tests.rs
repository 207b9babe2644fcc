use std::collections::BTreeSet;

use super::*;
use crate::event::*;
use crate::model::field::{self, Kind, Level};
use crate::{
    Digest, Erasure, EventType, Extra, Instance, InstancePatch, Message, MessagePatch, Session, SessionPatch,
};

/// An event of every type, which says all that it can say.
fn one_of_each() -> Vec<Event> {
    let now = || Some("2026-01-02T03:04:05Z".to_owned());
    let extra: Extra = serde_json::from_str(r#"{"mood": "good", "seen": 4}"#).unwrap();
    let session = Session { task: "mend the door".to_owned(), extra: extra.clone(), ..Session::blank() };
    let message = Message { content: Text::from("hello"), ..Message::blank() };
    let set = SessionPatch {
        id: Some("b2".to_owned()),
        kind: Some("debate".to_owned()),
        task: Some("paint the door".to_owned()),
        status: Some("done".to_owned()),
        created_at: now(),
        updated_at: now(),
        completed_at: Some(now()),
        model: Some(None),
        timeout_seconds: Some(Some(5)),
        preserve_worktrees: Some(Some(true)),
        winner_id: Some(Some(1)),
        runtime_mix: Some(Some(vec!["claude".to_owned()])),
        total_duration: Some(Some(u64::MAX)),
        total_files_changed: Some(Some(1)),
        total_lines_added: Some(Some(2)),
        total_lines_deleted: Some(Some(3)),
        extra: Some(extra.clone()),
    };
    let of_instance = InstancePatch {
        instance_id: Some(2),
        worktree_path: Some("/w".to_owned()),
        branch: Some("b".to_owned()),
        agent_name: Some("anna".to_owned()),
        status: Some("done".to_owned()),
        tmux_session_id: Some("t".to_owned()),
        start_time: Some(now()),
        end_time: Some(now()),
        files_changed: Some(Some(1)),
        lines_added: Some(Some(2)),
        lines_deleted: Some(Some(3)),
        runtime: Some(now()),
        model: Some(now()),
        runtime_label: Some(now()),
        extra: Some(extra.clone()),
    };
    let of_message = MessagePatch {
        id: Some("m2".to_owned()),
        role: Some("user".to_owned()),
        timestamp: now(),
        instance_id: Some(Some(2)),
        extra: Some(extra),
    };
    let text = || Text::from("wrote more");
    let list = || Some(vec!["x".to_owned()]);
    vec![
        SessionCreated { session, place: Some(1.5), home: Some("atlas".to_owned()) }.into(),
        TaskChanged { task: "x".to_owned(), updated_at: now() }.into(),
        SessionStatusChanged { status: "x".to_owned(), completed_at: Some(now()), updated_at: now() }.into(),
        WinnerSelected { winner_id: Some(1), updated_at: now() }.into(),
        SessionDetailsChanged { set }.into(),
        SessionMoved { place: 2.5 }.into(),
        SessionDeleted {}.into(),
        SessionRestored {}.into(),
        InstanceAdded { instance: Instance::blank(), index: None, updated_at: now() }.into(),
        InstanceStatusChanged { index: 0, status: "x".to_owned(), updated_at: now() }.into(),
        OutputAppended { index: 0, text: text(), updated_at: now() }.into(),
        OutputReplaced { index: 0, text: Some(text()), updated_at: now() }.into(),
        InstanceDetailsChanged { index: 0, set: of_instance, updated_at: now() }.into(),
        InstanceRemoved { index: 0, updated_at: now() }.into(),
        MessageAdded { message, index: Some(0), updated_at: now() }.into(),
        MessageChanged { index: 0, set: of_message, content: Some(text()), updated_at: now() }.into(),
        MessageRemoved { index: 0, updated_at: now() }.into(),
        WorkspaceRegistered { path: now(), hashes: vec!["x".to_owned()] }.into(),
        BodyRedacted { position: 1, reason: "x".to_owned() }.into(),
        BodiesPruned {
            archive: "x".to_owned(),
            archive_position: 1,
            archive_hash: Digest([0; 32]),
            reason: now(),
            updated_at: now(),
        }
        .into(),
        BodiesRestored { position: 1, archive: "x".to_owned() }.into(),
        TagsChanged { tags: vec!["wip".to_owned()] }.into(),
        TitleChanged { title: "x".to_owned(), updated_at: now() }.into(),
        SessionContextChanged {
            cwds: list(),
            branches: list(),
            worktree: now(),
            models: list(),
            versions: list(),
            files: list(),
            partial: Some(true),
            details: now(),
        }
        .into(),
        SessionLinked { relation: "fork".to_owned(), parent: "a1".to_owned(), spawned_by: now() }.into(),
        StatusObserved { status: "x".to_owned(), inferred: true, updated_at: now() }.into(),
        ToolCalled {
            call: "c1".to_owned(),
            message: now(),
            name: "Bash".to_owned(),
            kind: "execute".to_owned(),
            instance_id: Some(1),
            input: text(),
            updated_at: now(),
        }
        .into(),
        ToolReturned { call: "c1".to_owned(), outcome: "ok".to_owned(), output: text(), updated_at: now() }
            .into(),
        UsageRecorded {
            key: "m1".to_owned(),
            model: "x".to_owned(),
            input: 1,
            cache_read: 2,
            cache_write: 3,
            cache_write_1h: Some(2),
            output: 4,
            reasoning: 5,
            cost: Some(6),
            hearsay: true,
        }
        .into(),
        ContextCompacted { messages: vec!["m1".to_owned()], updated_at: now() }.into(),
        HistoryRewound { messages: vec!["m1".to_owned()], updated_at: now() }.into(),
        SourceFound {
            source: 1,
            name: "x".to_owned(),
            form: "lines".to_owned(),
            role: "transcript".to_owned(),
        }
        .into(),
        RecordsKept { source: 1, bytes: crate::Kept::default(), masks: Vec::new() }.into(),
        SourceRead {
            source: 1,
            offset: 0,
            length: 2,
            spans: vec![(2, 0)],
            through: Digest([0; 32]),
            file_bytes: 2,
            stamp: now(),
            secrets: Vec::new(),
            masked: false,
        }
        .into(),
        ImportExcluded {
            what: "path".to_owned(),
            name: now(),
            salt: Digest([1; 32]),
            digest: Digest([2; 32]),
            marks: vec![3],
            reason: now(),
        }
        .into(),
        ImportIncluded { digest: Digest([2; 32]) }.into(),
        MappingCorrected { revision: 1, events: 0, withdrawn: vec![1], unused: vec!["u".to_owned()] }.into(),
        FolderSeen { folder: "/x/y".to_owned(), root: "/x".to_owned(), remote: now(), commit: now() }.into(),
    ]
}

fn patches(event: &Event) -> Vec<Patch<'_>> {
    let mut patches = Vec::new();
    meaning(Outline::of(false, 3, 5), event, |patch| patches.push(patch));
    patches
}

#[test]
fn there_is_one_of_each_type() {
    let types: Vec<EventType> = one_of_each().iter().map(Event::event_type).collect();
    assert_eq!(types, EventType::ALL);
}

#[test]
fn an_event_sets_the_fields_that_its_type_declares_and_no_other() {
    for event in one_of_each() {
        let kind = event.event_type();
        let (mut set, mut records) = (BTreeSet::new(), BTreeSet::new());
        for patch in patches(&event) {
            match (patch.path, patch.op) {
                (Path::Own(Key::Known(field)) | Path::Field(_, _, Key::Known(field)), _) => {
                    set.insert(field);
                }
                (Path::Own(Key::Record(record)), _) => {
                    records.insert(record);
                }
                (_, Op::Insert(Value::Session(_))) => set.extend(Level::Session.values()),
                (_, Op::Insert(Value::Instance(_))) => set.extend(Level::Instance.values()),
                (_, Op::Insert(Value::Message(_))) => set.extend(Level::Message.values()),
                _ => {}
            }
        }
        assert_eq!(records, kind.records().iter().copied().collect(), "{kind}");
        let mut declared: BTreeSet<Field> =
            kind.fields().iter().copied().filter(|field| field.kind() != Kind::List).collect();
        // It comes with most events, and with this one only under its own name.
        set.remove(&field::session::updated_at);
        declared.remove(&field::session::updated_at);
        if kind == EventType::InstanceDetailsChanged {
            // An output has events of its own.
            declared.remove(&field::instance::output);
        }
        assert_eq!(set, declared, "{kind}");
    }
}

#[test]
fn an_event_that_is_given_away_means_the_same() {
    for event in one_of_each() {
        let mut owned = Vec::new();
        meaning_of_owned(Outline::of(false, 3, 5), event.clone(), |patch| owned.push(patch));
        let borrowed = patches(&event);
        assert_eq!(format!("{owned:?}").replace("Owned", "Borrowed"), format!("{borrowed:?}"));
    }
}

#[test]
fn what_comes_without_an_index_comes_at_the_end() {
    let added = InstanceAdded { instance: Instance::blank(), index: None, updated_at: None };
    assert_eq!(patches(&added.into())[0].path, Path::Row(List::Instances, 3));
    let message = MessageAdded { message: Message::blank(), index: None, updated_at: None };
    assert_eq!(patches(&message.into())[0].path, Path::Row(List::Messages, 5));
}

#[test]
fn an_erased_event_leaves_an_empty_element_where_one_was_added() {
    let of = |kind| {
        let mut found = Vec::new();
        meaning_of_erased(Outline::of(false, 3, 5), kind, Erasure::Redacted, |patch| found.push(patch.path));
        found
    };
    assert_eq!(of(EventType::InstanceAdded), [Path::Row(List::Instances, 3)]);
    assert_eq!(of(EventType::MessageAdded), [Path::Row(List::Messages, 5)]);
    assert_eq!(of(EventType::SessionCreated), []);
    assert_eq!(of(EventType::OutputAppended), []);
}

#[test]
fn content_is_what_is_declared_and_the_values_of_unknown_keys() {
    let contents = |event: &Event| {
        let mut found = Vec::new();
        event.each_content(|text| found.push(text.to_owned()));
        found
    };
    let all = one_of_each();
    assert_eq!(contents(&all[0]), ["mend the door", "good", "4"]);
    assert_eq!(contents(&all[4]), ["paint the door", "good", "4"]);
    assert_eq!(contents(&all[10]), ["wrote more"]);
    assert_eq!(contents(&all[14]), ["hello"]);
    assert_eq!(contents(&all[9]), Vec::<String>::new());
}
