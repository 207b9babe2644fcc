//! What a search finds, and in which order, is what a slow reading of all texts gives.

use proptest::prelude::*;
use retold_core::event::{
    InstanceAdded, MessageAdded, MessageChanged, MessageRemoved, OutputAppended, OutputReplaced,
    SessionDeleted, SessionRestored,
};
use retold_core::{Event, MessagePatch, StreamName};
use retold_projections::{SearchFilter, SearchQuery, Store};

use crate::given;
use crate::search_model::{At, Model, Said, WORDS, found, text};

const SESSIONS: usize = 3;

/// What happens to a session.
#[derive(Clone, Debug)]
enum Step {
    Say(Vec<usize>),
    Edit(prop::sample::Index, Vec<usize>),
    Role(prop::sample::Index),
    Unsay(prop::sample::Index),
    Write(Vec<usize>, bool),
    Rewrite(Vec<usize>),
    /// Calls a tool, with what it is given and the file that it names.
    Call(Vec<usize>, Vec<usize>),
    Return(prop::sample::Index, Vec<usize>),
    /// A call or a result that no record says any more.
    Withdraw(prop::sample::Index),
    Delete,
    Restore,
    CatchUp,
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let words = || prop::collection::vec(0..WORDS.len(), 0..9);
    let place = any::<prop::sample::Index>;
    let step = prop_oneof![
        8 => words().prop_map(Step::Say),
        2 => (place(), words()).prop_map(|(at, words)| Step::Edit(at, words)),
        2 => place().prop_map(Step::Role),
        2 => place().prop_map(Step::Unsay),
        8 => (words(), any::<bool>()).prop_map(|(words, ends)| Step::Write(words, ends)),
        1 => words().prop_map(Step::Rewrite),
        6 => (words(), words()).prop_map(|(words, path)| Step::Call(words, path)),
        6 => (place(), words()).prop_map(|(at, words)| Step::Return(at, words)),
        1 => place().prop_map(Step::Withdraw),
        1 => Just(Step::Delete),
        1 => Just(Step::Restore),
        4 => Just(Step::CatchUp),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec((0..SESSIONS, step), 1..120)
}

/// Searches, each with its words, whether the last is a beginning, and whether it must not be there.
type Asked = (&'static str, &'static [(&'static [&'static str], bool, bool)]);

const SEARCHES: [Asked; 14] = [
    ("the", &[(&["the"], false, false)]),
    ("door", &[(&["door"], false, false)]),
    ("the of", &[(&["the"], false, false), (&["of"], false, false)]),
    ("\"of the\"", &[(&["of", "the"], false, false)]),
    ("\"the the\"", &[(&["the", "the"], false, false)]),
    ("\"the door of the\" mend", &[(&["the", "door", "of", "the"], false, false), (&["mend"], false, false)]),
    ("doo*", &[(&["doo"], true, false)]),
    ("\"the doo\"*", &[(&["the", "doo"], true, false)]),
    ("認証", &[(&["認証"], false, false)]),
    ("エラー", &[(&["エラ", "ラー"], false, false)]),
    ("扉", &[(&["扉"], true, false)]),
    ("\"door 認証\"", &[(&["door", "認証"], false, false)]),
    ("the -door", &[(&["the"], false, false), (&["door"], false, true)]),
    ("the -\"of the\"", &[(&["the"], false, false), (&["of", "the"], false, true)]),
];

fn assert_found(store: &Store, model: &Model, names: &[StreamName]) -> Result<(), TestCaseError> {
    for (asked, terms) in SEARCHES {
        let terms: Vec<(Vec<String>, bool, bool)> = terms
            .iter()
            .map(|(words, begin, without)| {
                (words.iter().map(|w| (*w).to_owned()).collect(), *begin, *without)
            })
            .collect();
        let query = SearchQuery::read(asked).unwrap();
        for role in [None, Some("editor")] {
            let mut filter = SearchFilter::new();
            filter.role = role.map(str::to_owned);
            let is_left = |said: &Said| {
                !model.is_deleted[said.session] && role.is_none_or(|role| said.role == Some(role))
            };
            let expected = found(model, &terms, &is_left);
            let answer = store.search(&query, &filter, u32::MAX).unwrap();
            let at = |hit: &retold_projections::Hit| (hit.position.get(), hit.what.clone());
            let positions: Vec<At> = answer.hits.iter().map(at).collect();
            // Ranks that are the same but for their last digits may change places.
            let ranks: Vec<f64> = positions
                .iter()
                .filter_map(|at| expected.iter().find(|(position, _)| position == at).map(|(_, rank)| *rank))
                .collect();
            prop_assert_eq!(ranks.len(), positions.len(), "{}: {:?}, not {:?}", asked, positions, expected);
            prop_assert_eq!(
                answer.found,
                expected.len() as u64,
                "{}: {:?}, not {:?}",
                asked,
                positions,
                expected
            );
            prop_assert!(
                ranks.windows(2).all(|two| two[0] > two[1] - 1e-9),
                "{}: {:?}, not {:?}",
                asked,
                positions,
                expected
            );
            for facet in &answer.facets {
                let value = |said: &Said| match facet.name {
                    "what" => Some(said.what.to_owned()),
                    "role" => said.role.map(str::to_owned),
                    "workspace" => Some(names[said.session].workspace.clone()),
                    _ => None,
                };
                let counted: u64 = facet.counts.iter().map(|(_, count)| *count).sum();
                let of =
                    |at: &At| model.texts.iter().find(|said| (said.position, said.what) == (at.0, &*at.1));
                let values: Vec<String> = expected.iter().filter_map(|(at, _)| value(of(at)?)).collect();
                if matches!(facet.name, "what" | "role" | "workspace") {
                    prop_assert_eq!(counted, values.len() as u64, "{} of {}", facet.name, asked);
                    for (name, count) in &facet.counts {
                        let same = values.iter().filter(|value| *value == name).count() as u64;
                        prop_assert_eq!(*count, same, "{} {} of {}", facet.name, name, asked);
                    }
                }
            }
            // Fewer hits are the best of them.
            let first = store.search(&query, &filter, 2).unwrap();
            prop_assert_eq!(first.found, answer.found);
            let first: Vec<At> = first.hits.iter().map(at).collect();
            prop_assert_eq!(&first[..], &positions[..positions.len().min(2)], "{}", asked);
        }
    }
    Ok(())
}

fn catch_up(store: &Store) {
    store.sidecars().catch_up("search", &|_| true).unwrap();
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn all_finds_are_ranked_as_a_slow_reading_of_all_texts_ranks_them(steps in steps()) {
        let folder = given::folder();
        let mut store = given::store(&folder);
        let names: Vec<StreamName> =
            (0..SESSIONS).map(|n| given::record(["w1", "w2"][n % 2], &format!("s{n}"))).collect();
        let mut model = Model::of(SESSIONS);
        for name in &names {
            let instance = { let mut made = given::instance(1); made.agent_name = "Ada".to_owned(); made };
            let added = InstanceAdded { instance, index: None, updated_at: None };
            let mut session = given::session(&name.session_id);
            session.task = String::new();
            let created = retold_core::event::SessionCreated { session, place: None, home: None };
            given::append(store.log(), name, [created.into(), added.into()]);
            let position = model.position + 2;
            model.texts.push(Said {
                position, session: names.iter().position(|other| other == name).unwrap(), role: None, what: "agent",
                words: vec!["ada".to_owned()], begin: 0,
            });
            model.position += 2;
        }
        store.sidecars().add_built_in("search").unwrap();
        for (session, step) in steps {
            let name = &names[session];
            let event: Event = match &step {
                Step::CatchUp => {
                    catch_up(&store);
                    continue;
                }
                Step::Reopen => {
                    drop(store);
                    store = given::store(&folder);
                    continue;
                }
                Step::Delete if !model.is_deleted[session] => SessionDeleted {}.into(),
                Step::Restore if model.is_deleted[session] => SessionRestored {}.into(),
                Step::Delete | Step::Restore => continue,
                _ if model.is_deleted[session] => continue,
                Step::Say(said) => {
                    let mut message = given::message(&format!("m{}", model.position), &text(said));
                    message.role = "user".to_owned();
                    MessageAdded { message, index: None, updated_at: None }.into()
                }
                Step::Edit(..) | Step::Role(_) | Step::Unsay(_) if model.messages[session].is_empty() => continue,
                Step::Edit(at, said) => {
                    let index = u32::try_from(at.index(model.messages[session].len())).unwrap();
                    let content = Some(text(said).as_str().into());
                    MessageChanged { index, set: MessagePatch::default(), content, updated_at: None }.into()
                }
                Step::Role(at) => {
                    let index = u32::try_from(at.index(model.messages[session].len())).unwrap();
                    let set = MessagePatch { role: Some("editor".to_owned()), ..MessagePatch::default() };
                    MessageChanged { index, set, content: None, updated_at: None }.into()
                }
                Step::Unsay(at) => {
                    let index = u32::try_from(at.index(model.messages[session].len())).unwrap();
                    MessageRemoved { index, updated_at: None }.into()
                }
                Step::Write(said, ends) => {
                    let piece = format!("{}{}", text(said), if *ends { "\n" } else { " " });
                    OutputAppended { index: 0, text: piece.as_str().into(), updated_at: None }.into()
                }
                Step::Call(said, path) => {
                    let input = serde_json::json!({ "command": text(said), "path": text(path) });
                    let id = format!("c{}", model.calls[session].len());
                    given::called(&id, "Bash", "execute", &input.to_string())
                }
                Step::Return(..) | Step::Withdraw(_) if model.calls[session].is_empty() => continue,
                Step::Return(at, said) => {
                    let at = at.index(model.calls[session].len());
                    given::returned(&format!("c{at}"), &text(said))
                }
                Step::Withdraw(at) => {
                    let (called, returned) = model.calls[session][at.index(model.calls[session].len())];
                    given::withdrawn(&[returned.unwrap_or(called)])
                }
                Step::Rewrite(said) => {
                    let all = format!("{} ", text(said));
                    OutputReplaced { index: 0, text: Some(all.as_str().into()), updated_at: None }.into()
                }
            };
            given::append(store.log(), name, [event]);
            model.position += 1;
            let here = model.position;
            match step {
                Step::Say(said) => {
                    model.say(session, &text(&said), here, Some("user"));
                    model.messages[session].push(here);
                }
                Step::Edit(at, said) => {
                    let at = at.index(model.messages[session].len());
                    let before = std::mem::replace(&mut model.messages[session][at], here);
                    let was = model.take(before).unwrap();
                    model.say(session, &text(&said), here, was.role);
                }
                Step::Role(at) => {
                    let at = at.index(model.messages[session].len());
                    let was = model.take(model.messages[session][at]).unwrap();
                    model.texts.push(Said { role: Some("editor"), ..was });
                }
                Step::Unsay(at) => {
                    let at = at.index(model.messages[session].len());
                    let at = model.messages[session].remove(at);
                    model.take(at).unwrap();
                }
                Step::Write(said, ends) => {
                    let piece = format!("{}{}", text(&said), if ends { "\n" } else { " " });
                    model.write(session, &piece);
                }
                Step::Rewrite(said) => {
                    model.texts.retain(|text| text.what != "output" || text.session != session);
                    let all = format!("{} ", text(&said));
                    model.say(session, &all, here, None);
                    model.output[session] = all;
                }
                Step::Call(said, path) => {
                    model.add(session, "call", &format!("{} {}", text(&said), text(&path)));
                    model.add(session, "path", &text(&path));
                    model.calls[session].push((here, None));
                }
                Step::Return(at, said) => {
                    let at = at.index(model.calls[session].len());
                    let before = model.calls[session][at].1.replace(here);
                    before.into_iter().for_each(|before| model.withdraw(before));
                    model.add(session, "result", &text(&said));
                }
                Step::Withdraw(at) => {
                    let (called, returned) = model.calls[session][at.index(model.calls[session].len())];
                    model.withdraw(returned.unwrap_or(called));
                }
                Step::Delete => model.is_deleted[session] = true,
                Step::Restore => model.is_deleted[session] = false,
                Step::CatchUp | Step::Reopen => {}
            }
        }
        catch_up(&store);
        assert_found(&store, &model, &names)?;
        let checked = store.sidecars().check("search", &|_| true).unwrap().unwrap();
        prop_assert!(checked.is_sound(), "{:?}", checked);
        store.sidecars().rebuild("search", &|_| true).unwrap();
        assert_found(&store, &model, &names)?;
    }
}
