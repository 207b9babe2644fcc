//! A session read as a conversation: the same at any moment and by any page, and bounded.

use std::collections::BTreeMap;

use proptest::prelude::*;
use retold_core::event::{HistoryRewound, SessionCreated, ToolCalled, ToolReturned};
use retold_core::{Commit, Event, Expected, Log, Position, Revision, StreamId, Text};
use retold_tests::{Store, name, session};
use retold_travel::conversation::{Conversation, Entry, Excerpt, Extent, Page, What};
use retold_travel::{MessageRow, Timeline};
use serde_json::json;

use super::histories::{Given, dice};

fn read(log: &Log, stream: StreamId, at: Position, page: Page, extent: Extent) -> Option<Conversation> {
    Conversation::read(&mut log.reader().unwrap(), stream, at, page, &extent).unwrap()
}

fn extent(turns: usize, events: usize) -> Extent {
    Extent { turns, events, ..Extent::default() }
}

fn whole(log: &Log, text: &Excerpt) -> String {
    text.load(&mut log.reader().unwrap(), usize::MAX).unwrap()
}

/// The texts of the messages, each by the event that it came with.
fn said<'c>(log: &Log, entries: impl Iterator<Item = &'c Entry>) -> Vec<(Position, String)> {
    let text = |entry: &Entry| match &entry.what {
        What::Message { text, .. } | What::Thinking { text, .. } => Some((entry.position, whole(log, text))),
        _ => None,
    };
    entries.filter_map(text).collect()
}

/// The same, of a state.
fn expected(given: &Given, stream: StreamId, at: Position) -> Vec<(Position, String)> {
    let state = Timeline::of(&given.log, stream).unwrap().at(at).unwrap().state.unwrap();
    let mut reader = given.log.reader().unwrap();
    let text = |row: &MessageRow| {
        let text = reader.beginning(&row.message.content, usize::MAX).unwrap();
        let is_silent = text.is_empty() && row.message.role != "user";
        (!is_silent).then_some((row.provenance.added, text))
    };
    state.messages.iter().filter_map(text).collect()
}

/// Every page of a conversation, backwards or forwards.
fn pages(log: &Log, stream: StreamId, at: Position, extent: Extent, is_backwards: bool) -> Vec<Conversation> {
    let mut found = Vec::new();
    let mut page = if is_backwards { Page::Last } else { Page::After(Revision::ZERO) };
    loop {
        let conversation = read(log, stream, at, page, extent).unwrap();
        let next = match is_backwards {
            true => conversation.before.map(Page::Before),
            false => conversation.after.map(Page::After),
        };
        found.push(conversation);
        let Some(next) = next else { break };
        assert_ne!(page, next, "a page leads on");
        page = next;
    }
    if is_backwards {
        found.reverse();
    }
    found
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn a_conversation_says_what_the_session_says_at_any_moment(dice in dice(1..80)) {
        let given = Given::history(&dice);
        for stream in given.streams() {
            for at in given.positions() {
                let Some(found) = read(&given.log, stream, at, Page::Last, extent(usize::MAX, usize::MAX)) else {
                    continue;
                };
                let said = said(&given.log, found.entries());
                prop_assert_eq!(said, expected(&given, stream, at), "at {}", at);
                let state = given.folded(stream, at).unwrap();
                prop_assert_eq!(&found.session.status, &state.session.status);
                prop_assert_eq!(found.records, state.records);
                prop_assert_eq!(found.messages, state.session.chat_history.len() as u64);
            }
        }
    }

    #[test]
    fn pages_in_either_direction_come_to_the_whole(
        dice in dice(1..80), turns in 1_usize..5, events in 1_usize..20, is_backwards in any::<bool>(),
    ) {
        let given = Given::history(&dice);
        for stream in given.streams() {
            let at = given.head();
            if read(&given.log, stream, at, Page::Last, Extent::default()).is_none() {
                continue;
            }
            let pages = pages(&given.log, stream, at, extent(turns, events), is_backwards);
            let mut found = Vec::new();
            for page in &pages {
                prop_assert!(page.turns.len() <= turns + 1, "{} turns", page.turns.len());
                found.extend(said(&given.log, page.entries()));
            }
            let found: BTreeMap<_, _> = found.into_iter().collect();
            let expected: BTreeMap<_, _> = expected(&given, stream, at).into_iter().collect();
            prop_assert_eq!(found, expected);
        }
    }
}

fn message(number: u64, role: &str, text: &str) -> Event {
    let message = json!({"id": format!("m{number}"), "role": role, "content": text, "timestamp": ""});
    let message = serde_json::from_value(message).unwrap();
    retold_core::event::MessageAdded { message, index: None, updated_at: None }.into()
}

fn called(id: &str, input: String) -> Event {
    let (call, input) = (id.to_owned(), Text::from(input));
    let (name, kind) = ("Bash".to_owned(), "execute".to_owned());
    ToolCalled { call, message: None, name, kind, instance_id: None, input, updated_at: None }.into()
}

fn returned(id: &str, output: String) -> Event {
    let (call, outcome, output) = (id.to_owned(), "ok".to_owned(), Text::from(output));
    ToolReturned { call, outcome, output, updated_at: None }.into()
}

fn begun(events: impl IntoIterator<Item = Event>) -> (Store, Log, StreamId) {
    let store = Store::new();
    let log = store.open();
    let mut document = session("a1");
    document.kind = "transcript".to_owned();
    let created: Event = SessionCreated { session: document, place: None, home: None }.into();
    log.append(Commit::to(name("a1"), Expected::Any, [created])).unwrap();
    let events: Vec<Event> = events.into_iter().collect();
    for some in events.chunks(5_000) {
        log.append(Commit::to(name("a1"), Expected::Any, some.to_vec())).unwrap();
    }
    let stream = log.reader().unwrap().stream(&name("a1")).unwrap().unwrap();
    (store, log, stream)
}

#[test]
fn a_call_has_its_result_wherever_a_page_ends() {
    let events = [
        message(1, "user", "list"),
        called("c", r#"{"command":"ls -l"}"#.to_owned()),
        message(2, "user", "go on"),
        returned("c", "a.rs\n".to_owned()),
        HistoryRewound { messages: vec!["m1".to_owned()], updated_at: None }.into(),
    ];
    let (_store, log, stream) = begun(events);
    let at = log.reader().unwrap().head().unwrap().position;
    let first = read(&log, stream, at, Page::After(Revision::ZERO), extent(1, 100)).unwrap();
    let [turn] = &first.turns[..] else { panic!("one turn: {:?}", first.turns) };
    let [prompt, call] = &turn.entries[..] else { panic!("two entries: {turn:?}") };
    assert!(prompt.rewound, "what a later event took back is marked on an earlier page");
    let What::Call(call) = &call.what else { panic!("a call: {call:?}") };
    assert_eq!(call.subject.as_ref().unwrap().text(), "ls -l");
    assert_eq!(call.returned.as_ref().unwrap().output.head, "a.rs\n");
    // A page that lacks the call has its result by itself.
    let last = read(&log, stream, at, Page::Last, extent(1, 100)).unwrap();
    assert!(matches!(&last.turns[0].entries[1].what, What::Returned { call, .. } if call == "c"));
    // Before it returned, it has not.
    let early = read(&log, stream, Position::new(3).unwrap(), Page::Last, Extent::default()).unwrap();
    assert!(matches!(&early.turns[0].entries[1].what, What::Call(call) if call.returned.is_none()));
}

#[test]
fn a_page_of_a_hundred_thousand_messages_is_a_page() {
    let events = (0..100_000_u64).map(|number| {
        message(number, if number % 2 == 0 { "user" } else { "assistant" }, &format!("said {number}"))
    });
    let (_store, log, stream) = begun(events);
    let at = log.reader().unwrap().head().unwrap().position;
    let found = read(&log, stream, at, Page::Last, extent(10, 1_000)).unwrap();
    assert_eq!((found.turns.len(), found.entries().count(), found.messages), (10, 20, 100_000));
    let before = read(&log, stream, at, Page::Before(found.before.unwrap()), extent(10, 1_000)).unwrap();
    assert_eq!(before.turns.len(), 10);
    let texts = said(&log, before.entries());
    assert_eq!(texts.last().unwrap().1, "said 99979");
    let first = read(&log, stream, at, Page::After(Revision::ZERO), extent(10, 1_000)).unwrap();
    assert_eq!(said(&log, first.entries())[0].1, "said 0");
    assert_eq!(first.before, None);
}

#[test]
fn a_long_text_is_its_two_ends() {
    let long: String = (0..400_000).map(|line| format!("line {line} é\n")).collect();
    let short = long[..100_000].to_owned();
    let events = [
        message(1, "user", "x"),
        called("c", "{}".to_owned()),
        returned("c", short.clone()),
        message(2, "assistant", &long),
    ];
    let (_store, log, stream) = begun(events);
    let at = log.reader().unwrap().head().unwrap().position;
    let found =
        read(&log, stream, at, Page::Last, Extent { head: 1_000, tail: 500, ..Extent::default() }).unwrap();
    let texts: Vec<&Excerpt> = found
        .entries()
        .filter_map(|entry| match &entry.what {
            What::Message { text, .. } => Some(text),
            What::Call(call) => call.returned.as_ref().map(|returned| &returned.output),
            _ => None,
        })
        .collect();
    for (text, all) in [(texts[1], &short), (texts[2], &long)] {
        assert!(all.starts_with(&text.head) && all.ends_with(&text.tail));
        assert!(text.head.len() <= 1_000 && text.tail.len() <= 500);
        assert_eq!(text.bytes, all.len() as u64);
        assert_eq!(whole(&log, text), **all);
    }
    assert!(texts[1].tail.len() > 490, "the end of a text of moderate length is there");
}
