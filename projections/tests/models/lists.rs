//! Lists and look-ups, held against all the rows.

use proptest::collection::vec;
use proptest::prelude::*;
use retold_core::{Commit, Expected, StreamName, event, time};
use retold_projections::{Error, Order, SessionFilter, SessionRow, Store};
use rusqlite::StatementStatus;

use crate::given;

#[derive(Clone, Debug)]
struct Given {
    workspace: &'static str,
    id: &'static str,
    status: &'static str,
    kind: &'static str,
    updated_at: &'static str,
    place: Option<f64>,
    deleted: bool,
}

fn sessions() -> impl Strategy<Value = Vec<Given>> {
    let word = |words: &'static [&'static str]| prop::sample::select(words);
    let times = word(&["2025-11-14T01:02:03Z", "2025-11-14T02:02:03+02:00", "2026-11-23 00:35:31", "soon"]);
    let one = (
        word(&["w1", "w2"]),
        word(&["a1", "a10", "a1\u{10ffff}", "a1\u{10ffff}x", "b2", "w1/a1", "a1#2", ""]),
        word(&["running", "completed"]),
        word(&["debate", "competition"]),
        times,
        prop::option::of(0_u8..4),
        any::<bool>(),
    );
    vec(one, 0..25).prop_map(|all| {
        let given = all.into_iter().map(|(workspace, id, status, kind, updated_at, place, deleted)| Given {
            workspace,
            id,
            status,
            kind,
            updated_at,
            place: place.map(f64::from),
            deleted,
        });
        given.collect()
    })
}

fn store(folder: &tempfile::TempDir, sessions: &[Given]) -> Store {
    let store = given::store(folder);
    for Given { workspace, id, status, kind, updated_at, place, deleted } in sessions {
        let session = retold_core::Session {
            status: (*status).to_owned(),
            kind: (*kind).to_owned(),
            updated_at: (*updated_at).to_owned(),
            created_at: (*updated_at).to_owned(),
            ..given::session(id)
        };
        let target = retold_core::Target::NewSession {
            workspace: (*workspace).to_owned(),
            session_id: (*id).to_owned(),
        };
        let mut events: Vec<retold_core::Event> =
            vec![event::SessionCreated { session, place: *place, home: None }.into()];
        events.extend(deleted.then(|| event::SessionDeleted {}.into()));
        store.log().append(Commit::to(target, Expected::Any, events)).unwrap();
    }
    store
}

fn naive(all: &[SessionRow], filter: &SessionFilter) -> Vec<SessionRow> {
    let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let mut rows: Vec<SessionRow> = all
        .iter()
        .filter(|row| fits(&filter.workspace, &row.workspace))
        .filter(|row| fits(&filter.status, &row.status))
        .filter(|row| fits(&filter.kind, &row.kind))
        .cloned()
        .collect();
    let instant = |text: &str| time::parse(text).map(time::to_micros);
    match filter.order {
        Order::File => {}
        Order::Updated => rows.sort_by_key(|row| std::cmp::Reverse((instant(&row.updated_at), row.stream))),
        Order::Created => rows.sort_by_key(|row| std::cmp::Reverse((instant(&row.created_at), row.stream))),
    }
    rows.truncate(filter.limit.map_or(usize::MAX, |limit| limit as usize));
    rows
}

fn filters() -> impl Iterator<Item = SessionFilter> {
    let words = |word: &'static str| [None, Some(word.to_owned())];
    let orders = [Order::File, Order::Updated, Order::Created];
    words("w1").into_iter().flat_map(move |workspace| {
        words("running").into_iter().flat_map(move |status| {
            let workspace = workspace.clone();
            words("debate").into_iter().flat_map(move |kind| {
                let (workspace, status) = (workspace.clone(), status.clone());
                orders.into_iter().flat_map(move |order| {
                    let (workspace, status, kind) = (workspace.clone(), status.clone(), kind.clone());
                    [None, Some(3)].map(move |limit| SessionFilter {
                        workspace: workspace.clone(),
                        status: status.clone(),
                        kind: kind.clone(),
                        order,
                        limit,
                    })
                })
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_list_is_what_is_left_of_all_rows(given in sessions()) {
        let folder = given::folder();
        let store = store(&folder, &given);
        let all = store.sessions(&SessionFilter::default()).unwrap();
        prop_assert_eq!(all.len(), given.iter().filter(|given| !given.deleted).count());
        for filter in filters() {
            prop_assert_eq!(store.sessions(&filter).unwrap(), naive(&all, &filter), "{:?}", filter);
        }
    }

    #[test]
    fn what_is_found_is_what_the_name_means(given in sessions()) {
        let folder = given::folder();
        let store = store(&folder, &given);
        let live = store.sessions(&SessionFilter::default()).unwrap();
        for prefix in ["a1", "a10", "a", "a1\u{10ffff}", "b", "w1/b2", "w2/a1#1", "none"] {
            let exact: Vec<_> = live.iter().filter(|row| row.id == prefix).collect();
            let several = exact.iter().any(|row| row.workspace != exact[0].workspace);
            match store.find(prefix) {
                Ok(found) if !exact.is_empty() => {
                    prop_assert!(!several);
                    let first = exact.iter().map(|row| row.ordinal).min();
                    prop_assert_eq!((found.name.session_id.as_str(), Some(found.name.ordinal)), (prefix, first));
                }
                Ok(found) => {
                    let id = prefix.rsplit_once('/').map_or(prefix, |(_, id)| id).split('#').next().unwrap();
                    prop_assert!(found.name.session_id.starts_with(id) || found.name.session_id.starts_with(prefix));
                }
                Err(Error::Ambiguous { candidates, .. }) => prop_assert!(candidates.len() > 1),
                Err(Error::NoSession { .. }) => prop_assert!(
                    !given.iter().any(|given| given.id.starts_with(prefix)), "{} is there", prefix
                ),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}

#[test]
fn a_hundred_of_ten_thousand_by_last_update_touch_a_hundred() {
    let folder = given::folder();
    let store = given::store(&folder);
    for thousand in 0..10 {
        let mut commit = Commit::default();
        for number in 0..1000 {
            let id = format!("s{thousand}-{number}");
            commit = commit.and(StreamName::session("w1", &id, 1), Expected::Any, [given::created(&id)]);
        }
        store.log().append(commit).unwrap();
    }
    let reader = store.log().reader().unwrap();
    let sql = include_str!("../../sql/sessions_all.sql")
        .replace("/*order*/", "s.updated_instant desc, s.stream desc");
    let mut statement = reader.connection().prepare(&sql).unwrap();
    let params =
        rusqlite::named_params! { ":workspace": null(), ":status": null(), ":type": null(), ":limit": 100 };
    assert_eq!(statement.query_map(params, |_| Ok(())).unwrap().count(), 100);
    assert_eq!(statement.get_status(StatementStatus::Sort), 0);
    let steps = statement.get_status(StatementStatus::VmStep);
    assert!(steps < 100 * 60, "{steps} steps of the virtual machine");
}

fn null() -> Option<String> {
    None
}

#[test]
fn every_session_is_found_by_the_names_that_an_ambiguity_lists() {
    let folder = given::folder();
    let store = given::store(&folder);
    // The ids of one are beginnings of others, or hold what parts a name.
    for workspace in ["w1", "w2", "/home/ada"] {
        for id in ["", "a", "a1", "a1#1", "x/a1"] {
            for _ in 0..2 {
                let target = retold_core::Target::NewSession {
                    workspace: workspace.to_owned(),
                    session_id: id.to_owned(),
                };
                store.log().append(Commit::to(target, Expected::Any, [given::created(id)])).unwrap();
            }
        }
    }
    for name in ["", "a", "a1"] {
        let Err(Error::Ambiguous { candidates, .. }) = store.find(name) else {
            panic!("{name:?} is one session")
        };
        assert_eq!(candidates.len(), 3, "{candidates:?}");
        for StreamName { workspace, session_id, .. } in candidates {
            let first = store.find(&format!("{workspace}/{session_id}")).unwrap();
            assert_eq!(first.name, StreamName::session(&workspace, &session_id, 1), "{name:?}");
            let twin = store.find(&format!("{workspace}/{session_id}#2")).unwrap();
            assert_eq!(twin.name, StreamName::session(&workspace, &session_id, 2), "{name:?}");
        }
    }
}

#[test]
fn a_deleted_session_is_found_where_no_other_has_the_name() {
    let folder = given::folder();
    let store = given::store(&folder);
    let name = |workspace: &str, id: &str| StreamName::session(workspace, id, 1);
    for record in [name("w1", "a1"), name("w2", "a1"), name("w1", "a12"), name("w1", "b1")] {
        given::append(store.log(), &record, [given::created(&record.session_id)]);
    }
    assert!(matches!(store.find("a1"), Err(Error::Ambiguous { .. })));
    let delete = |record: &StreamName| given::append(store.log(), record, [event::SessionDeleted {}.into()]);
    delete(&name("w1", "a1"));
    assert_eq!(store.find("a1").unwrap().name, name("w2", "a1"));
    assert_eq!(store.find("w1/a1").unwrap().name, name("w1", "a1"));
    delete(&name("w2", "a1"));
    assert!(matches!(store.find("a1"), Err(Error::Ambiguous { .. })), "never the longer id");
    assert_eq!(store.find("b").unwrap().name, name("w1", "b1"));
    delete(&name("w1", "b1"));
    assert_eq!(store.find("b").unwrap().name, name("w1", "b1"));
    given::append(store.log(), &name("w1", "a1"), [event::SessionRestored {}.into()]);
    assert_eq!(store.find("a1").unwrap().name, name("w1", "a1"));
}
