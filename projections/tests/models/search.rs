//! What is said is found: across the seams of an output, in colour, by every filter as often as a facet says.

use proptest::prelude::*;
use retold_core::event::{
    InstanceAdded, MessageAdded, MessageChanged, OutputAppended, OutputReplaced, SessionDeleted,
    SessionStatusChanged,
};
use retold_core::{Event, MessagePatch, Revision};
use retold_projections::{Answer, SearchFilter, SearchIn, SearchQuery, Store};
use rusqlite::types::Value;

use crate::given;
use crate::rows::query;

fn search(store: &Store, text: &str, filter: &SearchFilter) -> Answer {
    let sidecars = store.sidecars();
    sidecars.add_built_in("search").unwrap();
    sidecars.catch_up("search", &|_| true).unwrap();
    store.search(&SearchQuery::read(text).unwrap(), filter, 10_000).unwrap()
}

fn snippets(store: &Store, text: &str) -> Vec<String> {
    let mut hits = search(store, text, &SearchFilter::default()).hits;
    hits.sort_by_key(|hit| hit.position);
    hits.iter().map(|hit| hit.snippet.marked("[", "]")).collect()
}

fn added(number: u32, name: &str) -> Event {
    let mut instance = given::instance(number);
    instance.agent_name = name.to_owned();
    InstanceAdded { instance, index: None, updated_at: None }.into()
}

fn wrote(index: u32, text: &str) -> Event {
    OutputAppended { index, text: text.into(), updated_at: None }.into()
}

#[test]
fn a_word_is_found_across_the_pieces_of_an_output() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = given::record("w1", "a1");
    given::append(store.log(), &name, [given::created("a1"), added(1, "🦊"), added(2, "🐻")]);
    for (index, piece) in [
        (0, "thread 'main' pan"),
        (1, "other wo"),
        (0, "icked at src/ma"),
        (0, "in.rs \u{1b}[1m\u{1b}[38;5;9mer"),
        (0, "ror\u{1b}[0m: \u{1b}[3"),
        (1, "rds"),
        (0, "1mred\u{1b}[0m 認証"),
        (0, "エラー tok"),
        (0, "e"),
        (0, "ns"),
    ] {
        given::append(store.log(), &name, [wrote(index, piece)]);
        // What is in memory is gone each time.
        assert_eq!(snippets(&store, "nothing"), [""; 0]);
    }
    assert_eq!(snippets(&store, "panicked"), ["[panicked] at src/ma"]);
    assert_eq!(snippets(&store, "words"), ["other [words]"].map(|text| text.replace("other ", "")));
    assert_eq!(snippets(&store, "\"src main rs\""), ["…read 'main' panicked at [src/main.rs] er"]);
    assert_eq!(snippets(&store, "\"thread main panicked at\""), ["[thread 'main' panicked at] src/ma"]);
    assert_eq!(snippets(&store, "\"red 認証エラー tok\"*").len(), 3);
    assert_eq!(snippets(&store, "\"main other\""), [""; 0], "outputs of two instances are no phrase");
    assert_eq!(snippets(&store, "main"), ["thread '[main]' pan", "[main].rs er"]);
    assert_eq!(snippets(&store, "error"), ["[error]: "]);
    assert_eq!(snippets(&store, "red"), ["[red] 認証"]);
    assert_eq!(snippets(&store, "証エ"), ["認[証エ]ラー tok"]);
    assert_eq!(snippets(&store, "tokens"), ["[tokens]"]);
    // What replaces an output goes on with nothing, and what it was is not found any more.
    given::append(
        store.log(),
        &name,
        [OutputReplaced { index: 0, text: Some("ing new".into()), updated_at: None }.into(), wrote(0, "est")],
    );
    assert_eq!(snippets(&store, "tokens"), [""; 0]);
    assert_eq!(snippets(&store, "tokensing"), [""; 0]);
    assert_eq!(snippets(&store, "newest"), ["[newest]"]);
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(16))]

    #[test]
    fn wherever_an_output_is_cut_its_words_are_found(
        words in prop::collection::vec("[a-z]{1,9}|[ぁ-ん]{2,5}|\u{1b}\\[3[0-7]m[a-z]{3}|é[a-z]{2}", 1..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
        rounds in prop::collection::vec(any::<bool>(), 10),
    ) {
        let text = words.join(" ");
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| places[cut.index(places.len())]).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let folder = given::folder();
        let mut store = given::store(&folder);
        let name = given::record("w1", "a1");
        given::append(store.log(), &name, [given::created("a1"), added(1, "🦊")]);
        for (piece, round) in cuts.windows(2).zip(rounds) {
            given::append(store.log(), &name, [wrote(0, &text[piece[0]..piece[1]])]);
            if round {
                search(&store, "x", &SearchFilter::default());
                store = given::store(&folder);
            }
        }
        for word in words {
            let word = word.split_once("\u{1b}[3").map_or(&*word, |(_, rest)| &rest[2..]);
            let found = snippets(&store, word);
            prop_assert!(found.iter().any(|text| text.contains(&format!("[{word}]"))), "{word:?} in {text:?}: {found:?}");
        }
    }
}

/// Sessions of two workspaces, types and statuses, with messages of three roles and outputs of three agents; each text has
/// `common` in it.
fn many(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    for number in 0..12_u32 {
        let name = given::record(["atlas", "borea"][number as usize % 2], &format!("s{number}"));
        let mut session = given::session(&name.session_id);
        session.kind = ["competition", "debate", "ensemble"][number as usize % 3].to_owned();
        session.task = format!("common task {number}");
        let created = retold_core::event::SessionCreated { session, place: None, home: None };
        given::append(store.log(), &name, [created.into(), added(1, "common Ada"), added(2, "🐻 Bea")]);
        for round in 0..number {
            let mut message = given::message(&format!("m{round}"), &format!("common message {round}"));
            message.role = ["user", "assistant", "system"][(number + round) as usize % 3].to_owned();
            message.instance_id = [None, Some(1), Some(2)][round as usize % 3];
            let said = MessageAdded { message, index: None, updated_at: None }.into();
            given::append(store.log(), &name, [said, wrote(round % 2, &format!("common output {round}\n"))]);
        }
        let status = SessionStatusChanged {
            status: ["completed", "failed"][number as usize % 2].to_owned(),
            completed_at: None,
            updated_at: None,
        };
        let set = MessagePatch { role: Some("editor".to_owned()), ..MessagePatch::default() };
        let edited = MessageChanged { index: 0, set, content: None, updated_at: None };
        match number % 4 {
            1 => given::append(store.log(), &name, [status.into(), edited.into()]),
            2 => given::append(store.log(), &name, [status.into()]),
            3 => given::append(store.log(), &name, [SessionDeleted {}.into()]),
            _ => {}
        }
    }
    store
}

#[test]
fn each_filter_finds_what_its_facet_counts_and_what_the_tables_hold() {
    let folder = given::folder();
    let store = many(&folder);
    let all = search(&store, "common", &SearchFilter::default());
    let count = |sql: &str| {
        let rows = query(&store.sql().unwrap(), sql);
        let Value::Integer(count) = rows[0][0] else { panic!("a count is a number") };
        count.unsigned_abs()
    };
    let texts = |session: &str, what: &str| {
        let message =
            "select 'message' as what, role, stream from chat_messages where content like '%common%'";
        let output = "select 'output', null, stream from output_chunks";
        let task = "select 'task', null, stream from sessions where task like '%common%'";
        let agent = "select 'agent', null, stream from instances where agent_name like '%common%'";
        count(&format!(
            "select count(*) from ({message} union all {output} union all {task} union all {agent})
             join sessions using (stream) where {session} and {what}"
        ))
    };
    assert_eq!(all.found, texts("true", "true"));
    assert_eq!(all.hits.len() as u64, all.found);
    let mut checked = 0;
    for facet in &all.facets {
        for (value, counted) in &facet.counts {
            let (wanted, literal) = (Some(value.clone()), format!("'{value}'"));
            let mut filter = SearchFilter::default();
            let (session, what) = match facet.name {
                "workspace" => {
                    filter.workspace = wanted;
                    (format!("workspace_key = {literal}"), "true".to_owned())
                }
                "type" => {
                    filter.kind = wanted;
                    (format!("type = {literal}"), "true".to_owned())
                }
                "status" => {
                    filter.status = wanted;
                    (format!("status = {literal}"), "true".to_owned())
                }
                "tool" => {
                    filter.tool = wanted;
                    (format!("'ait42' = {literal}"), "true".to_owned())
                }
                "what" => {
                    filter.what = wanted;
                    ("true".to_owned(), format!("what = {literal}"))
                }
                "role" => {
                    filter.role = wanted;
                    ("true".to_owned(), format!("role = {literal}"))
                }
                "agent" => {
                    filter.agent = wanted;
                    (String::new(), String::new())
                }
                other => panic!("no filter for {other}"),
            };
            let found = search(&store, "common", &filter);
            assert_eq!(found.found, *counted, "{} {value}", facet.name);
            let of_hits = found.hits.iter().filter(|hit| match facet.name {
                "workspace" => hit.name.workspace == *value,
                "type" => hit.kind == *value,
                "status" => hit.status == *value,
                "tool" => value == "ait42",
                "what" => hit.what == *value,
                "role" => hit.role.as_deref() == Some(value),
                _ => hit.agent.as_deref() == Some(value),
            });
            assert_eq!(of_hits.count() as u64, *counted, "{} {value}", facet.name);
            if !session.is_empty() {
                assert_eq!(texts(&session, &what), *counted, "{} {value}", facet.name);
            }
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked} values: {:?}", all.facets);
    // Both at once are what both have.
    let filter = SearchFilter::new().with_workspace("borea").with_role("user");
    let both =
        all.hits.iter().filter(|hit| hit.name.workspace == "borea" && hit.role.as_deref() == Some("user"));
    assert_eq!(search(&store, "common", &filter).found, both.count() as u64);
    let session = all.hits.iter().find(|hit| hit.name.session_id == "s5").unwrap().name.clone();
    let found = store.find("s5").unwrap();
    let filter = SearchFilter::new().with_session(found.stream);
    let of_session = all.hits.iter().filter(|hit| hit.name == session).count();
    assert_eq!(search(&store, "common", &filter).found, of_session as u64);
}

/// Two transcripts in which tools are called, one on a branch, and a message that says the same.
fn with_calls(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    for (tool, id, model, branch, cwd) in [
        ("claude", "c1", "opus-5", "main", "/nowhere/atlas"),
        ("codex", "d1", "gpt-6", "fix/door", "/nowhere/borea"),
    ] {
        let name = given::record(tool, id);
        let mut session = given::session(id);
        (session.kind, session.task) = ("transcript".to_owned(), String::new());
        let created = retold_core::event::SessionCreated { session, place: None, home: None };
        let context = retold_core::event::SessionContextChanged {
            cwds: Some(vec![cwd.to_owned()]),
            branches: Some(vec![branch.to_owned()]),
            worktree: Some(format!("/nowhere/trees/{id}")),
            models: Some(vec![model.to_owned()]),
            versions: None,
            files: None,
            partial: None,
            details: None,
        };
        given::append(
            store.log(),
            &name,
            [created.into(), context.into(), given::said("m1", "the quince door")],
        );
        let edit = r#"{"file_path":"/src/quince/door.rs","old_string":"let hinge =\n1","new_string":"let quince = 2"}"#;
        given::append(store.log(), &name, [given::called("t1", "Edit", "edit", edit)]);
        given::append(
            store.log(),
            &name,
            [given::returned("t1", "the file quince was \u{1b}[31mupdated\u{1b}[0m")],
        );
        let run = r#"{"command":"cargo test quince","timeout":5000}"#;
        given::append(store.log(), &name, [given::called("t2", "Bash", "execute", run)]);
        given::append(store.log(), &name, [given::returned("t2", r#"{"passed":["quince one"],"took":12}"#)]);
    }
    store
}

#[test]
fn a_call_is_found_by_what_it_was_given_what_it_returned_and_the_files_that_it_names() {
    let folder = given::folder();
    let store = with_calls(&folder);
    let found = |text: &str, filter: SearchFilter| -> Vec<String> {
        let answer = search(&store, text, &filter.with_workspace("claude"));
        assert_eq!(answer.found, answer.hits.len() as u64);
        let mut hits: Vec<_> = answer.hits.iter().collect();
        hits.sort_by_key(|hit| (hit.position, hit.what.clone()));
        let tell = |hit: &&retold_projections::Hit| {
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            format!(
                "r{} {} {} {} {}: {}",
                hit.revision.get(),
                hit.what,
                of(&hit.call_id),
                of(&hit.tool_name),
                of(&hit.tool_kind),
                hit.snippet.marked("[", "]")
            )
        };
        hits.iter().map(tell).collect()
    };
    let all = SearchFilter::new;
    assert_eq!(
        found("quince", all()),
        [
            "r3 message   : the [quince] door",
            "r4 call t1 Edit edit: /src/[quince]/door.rs let [quince] = 2 let hinge = 1",
            "r4 path t1 Edit edit: /src/[quince]/door.rs",
            "r5 result t1 Edit edit: the file [quince] was updated",
            "r6 call t2 Bash execute: cargo test [quince] 5000",
            "r7 result t2 Bash execute: passed [quince] one took 12",
        ]
    );
    // What is JSON is found by what it means, and a phrase as it is in the text.
    let of = |text: &str| {
        found(text, all()).iter().map(|line| line[..line.find(' ').unwrap()].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("\"hinge 1\""), ["r4"]);
    assert_eq!(of("\"hinge 2\""), [""; 0]);
    assert_eq!(of("\"file quince was upd\"*"), ["r5"]);
    assert_eq!(of("src/quince/door.rs"), ["r4", "r4"]);
    assert_eq!(of("old_string"), [""; 0], "arguments' keys are the tool's");
    assert_eq!(of("took"), ["r7"]);
    assert_eq!(of("quince -\"quince door\""), ["r5", "r6", "r7"]);
    for (part, expected) in [
        (SearchIn::Messages, &["r3"][..]),
        (SearchIn::Calls, &["r4", "r6"]),
        (SearchIn::Outputs, &["r5", "r7"]),
        (SearchIn::Paths, &["r4"]),
    ] {
        let lines = found("quince", all().within(part));
        let revisions: Vec<&str> = lines.iter().map(|line| &line[..2]).collect();
        assert_eq!(revisions, expected, "{part:?}");
    }
    assert_eq!(found("quince", all().within(SearchIn::Messages).within(SearchIn::Paths)).len(), 2);
}

#[test]
fn finds_are_told_by_tool_project_model_branch_and_what_was_called() {
    let folder = given::folder();
    let store = with_calls(&folder);
    let all = search(&store, "quince", &SearchFilter::new());
    let facet = |name: &str| -> Vec<(String, u64)> {
        all.facets.iter().find(|facet| facet.name == name).unwrap().counts.clone()
    };
    let of = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
        counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
    };
    assert_eq!(all.found, 12);
    assert_eq!(facet("tool"), of(&[("claude", 6), ("codex", 6)]));
    assert_eq!(facet("project"), of(&[("atlas", 6), ("borea", 6)]));
    assert_eq!(facet("models"), of(&[("gpt-6", 6), ("opus-5", 6)]));
    assert_eq!(facet("branches"), of(&[("fix/door", 6), ("main", 6)]));
    assert_eq!(facet("tool_name"), of(&[("Edit", 6), ("Bash", 4)]));
    assert_eq!(facet("tool_kind"), of(&[("edit", 6), ("execute", 4)]));
    assert_eq!(facet("what"), of(&[("call", 4), ("result", 4), ("message", 2), ("path", 2)]));
    let filter = SearchFilter::new;
    for (filter, expected) in [
        (filter().with_tool("Codex"), 6),
        (filter().with_tool("ait42"), 0),
        (filter().with_project("Atlas"), 6),
        (filter().with_project("/nowhere/borea/src"), 0),
        (filter().with_project("/nowhere"), 12),
        (filter().with_project("/nowhere/trees/c1"), 6),
        (filter().with_model("OPUS"), 6),
        (filter().with_branch("fix/door"), 6),
        (filter().with_branch("fix"), 0),
        (filter().with_tool_name("Bash"), 4),
        (filter().with_tool_kind("edit"), 6),
        (filter().with_tool("claude").with_tool_kind("edit").with_branch("main"), 3),
    ] {
        assert_eq!(search(&store, "quince", &filter).found, expected, "{filter:?}");
    }
}

#[test]
fn what_no_record_says_any_more_is_not_found_and_a_call_that_returns_again_says_the_last() {
    let folder = given::folder();
    let store = with_calls(&folder);
    let name = given::record("claude", "c1");
    let count = |text: &str| search(&store, text, &SearchFilter::new().with_workspace("claude")).found;
    assert_eq!((count("quince"), count("updated")), (6, 1));
    given::append(store.log(), &name, [given::returned("t1", "another quince")]);
    assert_eq!((count("quince"), count("updated"), count("another")), (6, 0, 1));
    let called = store.find("c1").unwrap().stream;
    let position =
        store.log().reader().unwrap().position_of(called, Revision::ZERO.plus(4)).unwrap().unwrap();
    given::append(store.log(), &name, [given::withdrawn(&[position.get()])]);
    assert_eq!((count("quince"), count("hinge")), (4, 0));
    assert!(store.sidecars().check("search", &|_| true).unwrap().unwrap().is_sound());
}
