//! The history that the importer makes up: in the order it promises, dated, and with its source.

use std::collections::BTreeMap;

use retold_core::{Event, EventType, Origin, Position, Recorded, SessionState, time};
use retold_tests::import::{Home, dirty, import, sample};
use retold_tests::{Store, all_events, assert_sound};

fn commits(log: &retold_core::Log) -> Vec<Vec<Recorded>> {
    let mut commits: BTreeMap<Position, Vec<Recorded>> = BTreeMap::new();
    for event in all_events(log) {
        commits.entry(event.commit_first).or_default().push(event);
    }
    commits.into_values().collect()
}

fn is_registration(commit: &[Recorded]) -> bool {
    commit[0].kind == EventType::WorkspaceRegistered
}

#[test]
fn any_prefix_of_a_made_up_history_is_a_history() {
    for file in
        ["mixed-timestamps.json", "no-such-instance.json", "edge-numbers.json", "completed-and-running.json"]
    {
        let store = Store::new();
        let log = store.open();
        Home::of("aa.json", dirty(file)).import(&log);
        assert_prefixes_fold(&log);
    }
    let store = Store::new();
    let log = store.open();
    import(&log, &sample());
    assert_prefixes_fold(&log);
    assert_sound(&log);
}

fn assert_prefixes_fold(log: &retold_core::Log) {
    for commit in commits(log).into_iter().filter(|commit| !is_registration(commit)) {
        assert_eq!(commit[0].kind, EventType::SessionCreated);
        let mut state = None;
        for event in &commit {
            SessionState::apply(&mut state, event.event.as_ref().unwrap()).unwrap();
        }
        assert!(state.is_some());
    }
}

#[test]
fn things_happen_in_the_order_of_their_clocks() {
    let store = Store::new();
    let log = store.open();
    import(&log, &sample());
    let mut reader = log.reader().unwrap();
    for commit in commits(&log).into_iter().filter(|commit| !is_registration(commit)) {
        let state = reader.state(commit[0].stream, commit.last().unwrap().position).unwrap().unwrap();
        let micros = |text: &str| time::parse(text).map(time::to_micros).unwrap();
        assert_eq!(commit[0].occurred_at, micros(&state.session.created_at));
        // Of one list, none comes before the one that stands before it, though its clock may say so.
        let mut clocks = [commit[0].occurred_at; 2];
        let instants: Vec<i64> = commit
            .iter()
            .map(|event| {
                let clock = match event.kind {
                    EventType::InstanceAdded => &mut clocks[0],
                    EventType::MessageAdded => &mut clocks[1],
                    _ => return event.occurred_at,
                };
                *clock = event.occurred_at.max(*clock);
                *clock
            })
            .collect();
        assert!(instants.is_sorted(), "{instants:?}");
        let messages: Vec<&Recorded> =
            commit.iter().filter(|event| event.kind == EventType::MessageAdded).collect();
        for event in &messages {
            let Some(Event::MessageAdded(body)) = &event.event else { panic!("{event:?}") };
            assert_eq!(event.occurred_at, micros(&body.message.timestamp));
        }
        assert_eq!(messages.len(), state.session.chat_history.len());
        assert!(commit.iter().all(|event| event.occurred_at < event.recorded_at));
    }
}

#[test]
fn a_list_keeps_its_order_whatever_the_clocks_say() {
    let mut sessions = retold_tests::import::parse(&dirty("mixed-timestamps.json"));
    for session in &mut sessions {
        session.chat_history.reverse();
        session.instances.reverse();
    }
    let store = Store::new();
    let log = store.open();
    Home::of("aa.json", serde_json::to_vec_pretty(&sessions).unwrap()).import(&log);
    for (commit, session) in commits(&log).iter().zip(&sessions) {
        let messages: Vec<&str> = commit
            .iter()
            .filter_map(|event| match event.event.as_ref()? {
                Event::MessageAdded(body) => Some(&*body.message.timestamp),
                _ => None,
            })
            .collect();
        let written: Vec<&str> = session.chat_history.iter().map(|message| &*message.timestamp).collect();
        assert_eq!(messages, written);
    }
}

#[test]
fn a_commit_says_where_it_came_from() {
    let store = Store::new();
    let log = store.open();
    let home = Home::of("aa.json", dirty("update-before.json"));
    home.import(&log);
    home.put("aa.json", dirty("update-after.json"));
    let before = commits(&log).len();
    home.import(&log);
    let mut met = 0;
    for (nth, commit) in commits(&log).iter().enumerate() {
        let bytes = dirty(if nth < before { "update-before.json" } else { "update-after.json" });
        let meta = commit[0].meta.as_ref().unwrap();
        let source = meta.source.as_ref().unwrap();
        assert_eq!(meta.origin, Origin::Import);
        assert_eq!(source.file, home.file("aa.json").to_str().unwrap());
        assert_eq!(source.file_hash.0, *blake3::hash(&bytes).as_bytes());
        let (offset, length) =
            (usize::try_from(source.offset).unwrap(), usize::try_from(source.length).unwrap());
        let text = &bytes[offset..][..length];
        assert!(text.starts_with(b"{") && text.ends_with(b"}"));
        assert!(commit[1..].iter().all(|event| event.meta.is_none()));
        met += 1;
    }
    assert_eq!(met, 8);
}
