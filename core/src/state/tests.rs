use proptest::prelude::*;

use super::{SessionState, difference};
use crate::event::*;
use crate::model::arbitrary::{session, text, two_sessions};
use crate::{Document, Erasure, Event, InvalidEvent, Message, Outline, Session, Text};

/// The events of a session from its creation on.
fn history(session: &Session) -> Vec<Event> {
    let own_keys = session.own();
    let lists = difference(&own_keys, session);
    let created = SessionCreated { session: own_keys, place: None, home: None };
    std::iter::once(created.into()).chain(lists).collect()
}

fn fold(events: &[Event]) -> SessionState {
    SessionState::fold(events).unwrap().unwrap()
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(128))]

    #[test]
    fn the_difference_leads_from_one_document_to_the_other((old, new) in two_sessions()) {
        let mut state = Some(fold(&history(&old)));
        prop_assert_eq!(&state.as_ref().unwrap().session, &old);
        for event in difference(&old, &new) {
            SessionState::apply(&mut state, &event).unwrap();
        }
        prop_assert_eq!(state.unwrap().session, new);
    }

    #[test]
    fn equal_documents_give_no_event(session in session()) {
        prop_assert_eq!(difference(&session, &session.clone()), Vec::new());
    }

    #[test]
    fn output_that_grew_gives_its_suffix(session in session(), before in text(), suffix in "[^\0]{1,50}") {
        prop_assume!(!session.instances.is_empty());
        let with = |output: String| {
            let mut session = session.clone();
            session.instances[0].output = Some(Text::from(output));
            session
        };
        let (old, new) = (with(before.clone()), with(before + &suffix));
        let grown = OutputAppended { index: 0, text: Text::from(suffix), updated_at: None };
        prop_assert_eq!(difference(&old, &new), vec![grown.into()]);
    }

    #[test]
    fn any_prefix_of_a_history_folds((old, new) in two_sessions()) {
        let events: Vec<Event> = history(&old).into_iter().chain(difference(&old, &new)).collect();
        let mut outline = Outline::default();
        for length in 0..=events.len() {
            let state = SessionState::fold(&events[..length]).unwrap();
            prop_assert_eq!(state.is_some(), length > 0);
            let lists = state.map_or((0, 0), |s| (s.session.instances.len(), s.session.chat_history.len()));
            prop_assert_eq!((outline.instances as usize, outline.messages as usize), lists);
            if let Some(event) = events.get(length) {
                outline.apply(event).unwrap();
            }
        }
    }

    #[test]
    fn a_history_folds_whatever_was_redacted((old, new) in two_sessions(), gone in any::<u64>()) {
        let events: Vec<Event> = history(&old).into_iter().chain(difference(&old, &new)).collect();
        let mut state = None;
        for (index, event) in events.iter().enumerate() {
            if gone >> (index % 64) & 1 == 1 {
                SessionState::apply_erased(&mut state, event.event_type(), Erasure::Redacted);
            } else {
                SessionState::apply(&mut state, event).unwrap();
            }
        }
        prop_assert!(state.is_some());
    }

    #[test]
    fn an_event_that_does_not_fit_changes_nothing(session in session()) {
        let before = Some(fold(&history(&session)));
        let length = |length: usize| u32::try_from(length).unwrap();
        let (instances, messages) = (length(session.instances.len()), length(session.chat_history.len()));
        let invalid: [Event; 6] = [
            SessionCreated { session, place: None, home: None }.into(),
            SessionRestored {}.into(),
            InstanceRemoved { index: instances, updated_at: Some("later".to_owned()) }.into(),
            OutputAppended { index: u32::MAX, text: Text::from("x"), updated_at: None }.into(),
            MessageRemoved { index: messages, updated_at: Some("later".to_owned()) }.into(),
            WorkspaceRegistered { path: None, hashes: Vec::new() }.into(),
        ];
        let mut state = before.clone();
        for event in &invalid {
            prop_assert!(SessionState::apply(&mut state, event).is_err());
            prop_assert_eq!(&state, &before);
        }
    }
}

#[test]
fn a_deleted_session_takes_nothing_until_it_is_restored() {
    let task = TaskChanged { task: "paint the door".to_owned(), updated_at: None };
    let mut state = Some(fold(&history(&long_session(0..1))));
    let mut happen = |event: Event| SessionState::apply(&mut state, &event);
    happen(SessionDeleted {}.into()).unwrap();
    assert_eq!(happen(task.clone().into()), Err(InvalidEvent::Deleted(crate::EventType::TaskChanged)));
    assert_eq!(
        happen(SessionDeleted {}.into()),
        Err(InvalidEvent::Deleted(crate::EventType::SessionDeleted))
    );
    happen(SessionRestored {}.into()).unwrap();
    happen(task.into()).unwrap();
    assert_eq!(state.unwrap().session.task, "paint the door");
}

/// Beyond some length lists are no longer aligned, and the way is still right.
#[test]
fn the_difference_of_long_lists_leads_there_too() {
    let (old, new) = (long_session(0..2_100), long_session(1_000_000..1_002_100));
    let events = difference(&old, &new);
    let mut state = Some(fold(&history(&old)));
    for event in &events {
        SessionState::apply(&mut state, event).unwrap();
    }
    assert_eq!(state.unwrap().session, new);
}

fn long_session(ids: std::ops::Range<u32>) -> Session {
    let json = r#"{"id": "a1", "type": "competition", "task": "mend the door", "status": "running",
        "createdAt": "", "updatedAt": "", "instances": [], "chatHistory": []}"#;
    let mut session: Session = serde_json::from_str(json).unwrap();
    session.chat_history = ids
        .map(|id| Message {
            id: format!("msg-{id}"),
            role: "user".to_owned(),
            content: Text::from("hello"),
            timestamp: String::new(),
            instance_id: None,
            extra: crate::Extra::default(),
        })
        .collect();
    session
}
