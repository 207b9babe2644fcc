//! A search of the server finds what a search of the store finds that was shipped.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Client;
use retold_core::event::{
    InstanceAdded, MessageChanged, MessageRemoved, OutputAppended, OutputReplaced, SessionDeleted,
    SessionRestored, TagsChanged, ToolCalled, ToolReturned,
};
use retold_core::{
    Commit, Event, EventType, Expected, Instance, MessagePatch, Options, Position, StreamName,
};
use retold_projections::{Answer, Hit, SearchFilter, SearchIn, SearchQuery, Store as WithRows};
use retold_team::read::{self, Narrowed, Searches as _, Wanted};
use retold_team::receiver::Level;
use retold_trial::{chance, needs};

use crate::given::{Store, created, message, task};
use crate::rows::{work, worker};
use crate::targets::{Cluster, Target};

pub(crate) fn in_store(store: &Store, text: &str, filter: &SearchFilter) -> Answer {
    let rows = WithRows::open(store.log.path(), Options::new()).unwrap();
    let sidecars = rows.sidecars();
    sidecars.add_built_in("search").unwrap();
    sidecars.catch_up("search", &|_| true).unwrap();
    rows.search(&SearchQuery::read(text).unwrap(), filter, 5_000).unwrap()
}

pub(crate) fn on_server(client: &mut Client, text: &str, filter: &SearchFilter) -> Answer {
    let mut transaction = read::begin(client).unwrap();
    let query = SearchQuery::read(text).unwrap();
    let (narrowed, limit, is_masked) = (&Narrowed::default(), 5_000, false);
    transaction.search(&Wanted { query: &query, filter, narrowed, limit, is_masked }).unwrap().answer()
}

/// What a hit says, but for what is of the store alone.
pub(crate) fn hit_of(hit: &Hit) -> String {
    let name = (&hit.name.workspace, &hit.name.session_id, hit.name.ordinal);
    let marks = (&hit.what, &hit.role, &hit.agent, &hit.tool_name, &hit.tool_kind, &hit.call_id);
    let of = (hit.position, hit.revision, hit.occurred_at, &hit.kind, &hit.status);
    format!("{name:?} {marks:?} {of:?}").replace('\0', "\u{fffd}").replace("\\0", "\u{fffd}")
}

fn facets_of(answer: &Answer) -> BTreeMap<&'static str, Vec<(String, u64)>> {
    let facets = answer.facets.iter().map(|facet| {
        let counts = facet.counts.iter().map(|(value, count)| (value.replace('\0', "\u{fffd}"), *count));
        let mut counts: Vec<(String, u64)> = counts.collect();
        counts.sort();
        (facet.name, counts)
    });
    facets.filter(|(_, counts)| !counts.is_empty()).collect()
}

const WORDS: [&str; 14] = [
    "door",
    "Döor",
    "window",
    "hinge",
    "panic",
    "error",
    "mend",
    "認証エラー",
    "扉",
    "ログイン",
    "it's",
    "a\\b",
    "x'); --",
    "🦊",
];

/// Some words, some of them in a row, some coloured.
fn text() -> String {
    let mut text = String::new();
    for _ in 0..chance::range(1..9) {
        match chance::range(0..8) {
            0 => text.push_str("\u{1b}[31m"),
            1 => text.push('\0'),
            _ => {}
        }
        text.push_str(WORDS[chance::range(0..WORDS.len())]);
        text.push_str([" ", " ", ", ", "", "\n"][chance::range(0..5)]);
    }
    if chance::range(0..30) == 0 {
        text = text.repeat(chance::range(50..400));
    }
    text
}

fn piece() -> String {
    let text = text();
    let cut = text.floor_char_boundary(chance::range(0..text.len()) + 1);
    text[..cut].to_owned()
}

pub(crate) fn append_anything(store: &Store) {
    let workspace = ["atlas", "borealis", "修理\0"][chance::range(0..3)];
    let id = format!("s{}", chance::range(0..3));
    let name = StreamName::session(workspace, &id, 1);
    let mut reader = store.log.reader().unwrap();
    let head = reader.head().unwrap().position;
    let stream = reader.stream(&name).unwrap();
    let state = stream.and_then(|stream| reader.state(stream, head).unwrap());
    drop(reader);
    let (mut instances, mut messages) = (0, 0);
    let mut events: Vec<Event> = Vec::new();
    match &state {
        None => events.push(created(&id)),
        Some(state) if state.records.deleted => events.push(SessionRestored {}.into()),
        Some(state) => {
            (instances, messages) = (state.session.instances.len(), state.session.chat_history.len());
        }
    }
    let index = |length: usize| u32::try_from(chance::range(0..length.max(1))).unwrap();
    let call = || format!("call-{}", chance::range(0..6));
    events.push(match chance::range(0..14) {
        0 => task(&text()),
        1 => {
            let instance: Instance = serde_json::from_value(serde_json::json!({
                "instanceId": chance::range(0..4), "worktreePath": "/w", "branch": "b", "agentName": text(),
                "status": "running", "tmuxSessionId": "t",
            }))
            .unwrap();
            InstanceAdded { instance, index: None, updated_at: None }.into()
        }
        2..=4 if instances > 0 => {
            OutputAppended { index: index(instances), text: piece().into(), updated_at: None }.into()
        }
        5 if instances > 0 && chance::range(0..4) == 0 => {
            OutputReplaced { index: index(instances), text: Some(text().into()), updated_at: None }.into()
        }
        6 if messages > 0 => MessageRemoved { index: index(messages), updated_at: None }.into(),
        7 if messages > 0 => {
            let set: MessagePatch = serde_json::from_value(serde_json::json!({"role": "assistant"})).unwrap();
            let content = (chance::range(0..2) == 0).then(|| text().into());
            MessageChanged { index: index(messages), set, content, updated_at: None }.into()
        }
        8 if chance::range(0..3) == 0 => SessionDeleted {}.into(),
        9 | 10 => {
            let input = serde_json::json!({"command": text(), "file_path": format!("/src/{}.rs", call())});
            let input = if chance::range(0..3) == 0 { text() } else { input.to_string() };
            let body = ToolCalled {
                call: call(),
                message: None,
                name: ["Bash", "Edit"][chance::range(0..2)].to_owned(),
                kind: ["execute", "edit"][chance::range(0..2)].to_owned(),
                instance_id: Some(index(4)),
                input: input.into(),
                updated_at: None,
            };
            body.into()
        }
        11 => {
            ToolReturned { call: call(), outcome: "ok".to_owned(), output: text().into(), updated_at: None }
                .into()
        }
        // What no text of PostgreSQL can hold is in one of them.
        12 => TagsChanged {
            tags: vec![["wip", "\0"][chance::range(0..2)].to_owned(), format!("t{}", chance::range(0..3))],
        }
        .into(),
        _ => message(&text()),
    });
    let _valid = store.log.append(Commit::to(name, Expected::Any, events));
}

/// Redacts something that people or agents said. (Where it is a call, or how a session began, the index of a store depends on when it was filled.)
pub(crate) fn redact_something(store: &Store) {
    let at = Position::new(chance::range(1..=store.head())).unwrap();
    let event = store.log.reader().unwrap().event_at(at).unwrap().unwrap();
    let said = [EventType::MessageAdded, EventType::TaskChanged, EventType::OutputAppended];
    if event.event.is_some() && said.contains(&event.kind) {
        store.redact(&[at.get()]);
    }
}

/// Something that a person may look for.
fn question() -> String {
    let mut text = String::new();
    for _ in 0..chance::range(1..4) {
        let word = || {
            let word: String = WORDS[chance::range(0..WORDS.len())].to_owned();
            let cut = word.floor_char_boundary(chance::range(0..word.len()) + 1);
            if chance::range(0..4) == 0 { word[..cut].to_owned() } else { word }
        };
        text.push_str(&match chance::range(0..8) {
            0 => format!("{}* ", word()),
            1 => format!("\"{} {}\" ", word(), word()),
            2 if !text.is_empty() => format!("-{} ", word()),
            _ => format!("{} ", word()),
        });
    }
    text
}

/// Finds the same in both, and in the same order where only words are looked for.
pub(crate) fn compare(store: &Store, client: &mut Client, asked: &str, filter: &SearchFilter) -> u64 {
    let (here, there) = (in_store(store, asked, filter), on_server(client, asked, filter));
    let hits = |answer: &Answer| -> BTreeSet<String> { answer.hits.iter().map(hit_of).collect() };
    let (own, theirs) = (hits(&here), hits(&there));
    let differ: Vec<&String> = own.symmetric_difference(&theirs).collect();
    assert!(differ.is_empty(), "{asked}: {differ:#?}");
    assert_eq!(here.found, there.found, "{asked}");
    let mut facets = facets_of(&here);
    // The worktree and what the log knows of folders is the store's alone.
    let mut of_server = facets_of(&there);
    facets.remove("project");
    of_server.remove("project");
    assert_eq!(facets, of_server, "{asked}");
    here.found
}

#[test]
fn a_search_of_the_server_finds_what_one_of_the_store_finds() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let target = Target::Postgres(cluster.emptied());
    let (store, mut worker, mut ada) = (Store::new(), worker(&cluster), cluster.client("ada"));
    let mut found = 0;
    for round in 0..24 {
        for _ in 0..chance::range(1..20) {
            append_anything(&store);
        }
        if chance::range(0..3) == 0 {
            redact_something(&store);
        }
        target.ship(&store.log, Level::All).unwrap();
        if round % 7 == 6 {
            worker.rebuild().unwrap();
        }
        if round % 5 == 4 {
            // It goes on where another one was.
            worker = crate::rows::worker(&cluster);
        }
        work(&mut worker);
        for _ in 0..12 {
            let asked = question();
            if SearchQuery::read(&asked).is_err() {
                continue;
            }
            let mut filter = SearchFilter::new();
            match chance::range(0..12) {
                0 => filter = filter.with_tag(["wip", "\0"][chance::range(0..2)]),
                1 => filter = filter.within(SearchIn::Outputs).within(SearchIn::Paths),
                2 => filter.what = Some("message".to_owned()),
                3 => filter.role = Some("assistant".to_owned()),
                4 => filter.tool_name = Some("Bash".to_owned()),
                5 => filter.tool_kind = Some("edit".to_owned()),
                6 => filter.workspace = Some("atlas".to_owned()),
                7 => filter.tool = Some("ait42".to_owned()),
                _ => {}
            }
            found += compare(&store, &mut ada, &asked, &filter);
        }
    }
    assert!(found > 500, "{found}");
}
