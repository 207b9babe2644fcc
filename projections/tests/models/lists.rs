//! Lists and look-ups, held against all the rows.

use proptest::collection::vec;
use proptest::prelude::*;
use retold_core::{Commit, Expected, StreamName, event, time};
use retold_projections::{Error, Order, SessionFilter, SessionRow, Span, Store};

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
    agent: Option<&'static str>,
    total_duration: Option<u64>,
    total_files_changed: Option<u32>,
}

fn sessions() -> impl Strategy<Value = Vec<Given>> {
    let word = |words: &'static [&'static str]| prop::sample::select(words);
    let times = word(&["2025-11-14T01:02:03Z", "2025-11-14T02:02:03+02:00", "2026-11-23 00:35:31", "soon"]);
    let one = (
        word(&["w1", "w2"]),
        word(&["a1", "a10", "a1\u{10ffff}", "a1\u{10ffff}x", "b2", "w1/a1", "a1~2", ""]),
        word(&["running", "completed"]),
        word(&["debate", "competition"]),
        times,
        prop::option::of(0_u8..4),
        any::<bool>(),
        prop::option::of(word(&["🦊 Fox", "100%", "a_1"])),
        prop::option::of(prop::sample::select(vec![0, 7, u64::MAX - 1, u64::MAX])),
        prop::option::of(0_u32..4),
    );
    let given =
        one.prop_map(|(workspace, id, status, kind, updated_at, place, deleted, agent, duration, files)| {
            let (total_duration, total_files_changed) = (duration, files);
            let place = place.map(f64::from);
            Given {
                workspace,
                id,
                status,
                kind,
                updated_at,
                place,
                deleted,
                agent,
                total_duration,
                total_files_changed,
            }
        });
    vec(given, 0..25)
}

fn store(folder: &tempfile::TempDir, sessions: &[Given]) -> Store {
    let store = given::store(folder);
    for given in sessions {
        let Given { workspace, id, status, kind, updated_at, place, deleted, agent, .. } = given;
        let mut session = given::session(id);
        session.total_duration = given.total_duration;
        session.total_files_changed = given.total_files_changed;
        session.status = (*status).to_owned();
        session.kind = (*kind).to_owned();
        session.updated_at = (*updated_at).to_owned();
        session.created_at = (*updated_at).to_owned();
        let target = retold_core::Target::NewSession {
            workspace: (*workspace).to_owned(),
            session_id: (*id).to_owned(),
        };
        let mut events: Vec<retold_core::Event> =
            vec![event::SessionCreated { session, place: *place, home: None }.into()];
        events.extend(agent.map(|name| {
            let mut instance = given::instance(1);
            instance.agent_name = name.to_owned();
            retold_core::Event::from(event::InstanceAdded { instance, index: None, updated_at: None })
        }));
        events.extend(deleted.then(|| event::SessionDeleted {}.into()));
        store.log().append(Commit::to(target, Expected::Any, events)).unwrap();
    }
    store
}

fn naive(all: &[SessionRow], filter: &SessionFilter) -> Vec<SessionRow> {
    let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    let within = |span: &Span, text: &str| {
        let instant = time::parse(text);
        span.from.is_none_or(|from| instant.is_some_and(|instant| instant >= from))
            && span.before.is_none_or(|before| instant.is_some_and(|instant| instant < before))
    };
    let mut rows: Vec<SessionRow> = all
        .iter()
        .filter(|row| fits(&filter.workspace, &row.workspace))
        .filter(|row| fits(&filter.status, &row.status))
        .filter(|row| fits(&filter.kind, &row.kind))
        .filter(|row| within(&filter.created, &row.created_at) && within(&filter.updated, &row.updated_at))
        .cloned()
        .collect();
    let instant = |text: &str| time::parse(text).map(time::to_micros);
    match filter.order {
        Order::File => {}
        // It asks the log, which a model of rows does not have.
        Order::Moved => unreachable!("it is none of the orders here"),
        Order::Updated => rows.sort_by_key(|row| std::cmp::Reverse((instant(&row.updated_at), row.stream))),
        Order::Created => rows.sort_by_key(|row| std::cmp::Reverse((instant(&row.created_at), row.stream))),
        Order::Duration => rows.sort_by_key(|row| std::cmp::Reverse((row.total_duration, row.stream))),
        Order::FilesChanged => {
            rows.sort_by_key(|row| std::cmp::Reverse((row.total_files_changed, row.stream)))
        }
    }
    rows.truncate(filter.limit.map_or(usize::MAX, |limit| limit as usize));
    rows
}

/// Rows without their cursors, which belong to the order they were listed in.
fn keys(rows: &[SessionRow]) -> Vec<i64> {
    rows.iter().map(|row| row.stream).collect()
}

const ORDERS: [Order; 5] =
    [Order::File, Order::Updated, Order::Created, Order::Duration, Order::FilesChanged];

fn filters() -> impl Strategy<Value = SessionFilter> {
    let word = |word: &'static str| prop::option::of(Just(word.to_owned()));
    let moment = || {
        let moments = ["2025-11-14T00:02:03Z", "2025-11-14T01:02:03Z", "2026-11-23T00:35:31Z"];
        prop::option::of(prop::sample::select(moments.to_vec()).prop_map(|text| text.parse().unwrap()))
    };
    let span = move || (moment(), moment()).prop_map(|(from, before)| Span { from, before });
    let (order, limit) = (prop::sample::select(ORDERS.to_vec()), prop::option::of(0_u32..5));
    (word("w1"), word("running"), word("debate"), span(), span(), order, limit).prop_map(
        |(workspace, status, kind, created, updated, order, limit)| {
            let mut filter = SessionFilter::new();
            (filter.workspace, filter.status, filter.kind) = (workspace, status, kind);
            (filter.created, filter.updated) = (created, updated);
            (filter.order, filter.limit) = (order, limit);
            filter
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 128, ..retold_trial::chance::properties(24) })]

    #[test]
    fn a_list_is_what_is_left_of_all_rows(given in sessions(), filters in vec(filters(), 40)) {
        let folder = given::folder();
        let store = store(&folder, &given);
        let all = store.sessions(&SessionFilter::default()).unwrap();
        prop_assert_eq!(all.len(), given.iter().filter(|given| !given.deleted).count());
        for filter in filters {
            let listed = store.sessions(&filter).unwrap();
            prop_assert_eq!(keys(&listed), keys(&naive(&all, &filter)), "{:?}", filter);
            let mut unlimited = filter;
            unlimited.limit = None;
            let total = store.count_sessions(&unlimited).unwrap().total;
            prop_assert_eq!(total, naive(&all, &unlimited).len() as u64, "{:?}", unlimited);
        }
    }

    #[test]
    fn pages_make_up_the_list(given in sessions(), filter in filters(), size in 1_u32..5) {
        let folder = given::folder();
        let store = store(&folder, &given);
        let mut whole = filter;
        whole.limit = None;
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let mut page = whole.clone().with_limit(size);
            page.after = after;
            let rows = store.sessions(&page).unwrap();
            // A cursor survives being sent about.
            after = rows.last().map(|row| row.cursor.to_string().parse().unwrap());
            paged.extend(rows);
            if after.is_none() {
                break;
            }
        }
        prop_assert_eq!(paged, store.sessions(&whole).unwrap());
    }

    #[test]
    fn what_is_found_is_what_the_name_means(given in sessions()) {
        let folder = given::folder();
        let store = store(&folder, &given);
        let live = store.sessions(&SessionFilter::default()).unwrap();
        for prefix in ["a1", "a10", "a", "a1\u{10ffff}", "b", "w1/b2", "w2/a1~1", "none"] {
            let exact: Vec<_> = live.iter().filter(|row| row.id == prefix).collect();
            let several = exact.iter().any(|row| row.workspace != exact[0].workspace);
            match store.find(prefix) {
                Ok(found) if !exact.is_empty() => {
                    prop_assert!(!several);
                    let first = exact.iter().map(|row| row.ordinal).min();
                    prop_assert_eq!((found.name.session_id.as_str(), Some(found.name.ordinal)), (prefix, first));
                }
                Ok(found) => {
                    let id = prefix.rsplit_once('/').map_or(prefix, |(_, id)| id).split('~').next().unwrap();
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
fn a_text_is_found_in_the_task_the_id_and_an_agents_name() {
    let folder = given::folder();
    let store = given::store(&folder);
    let begin = |id: &str, task: &str, agent: &str| {
        let mut session = given::session(id);
        session.task = task.to_owned();
        let mut instance = given::instance(1);
        instance.agent_name = agent.to_owned();
        let events: [retold_core::Event; 2] = [
            event::SessionCreated { session, place: None, home: None }.into(),
            event::InstanceAdded { instance, index: None, updated_at: None }.into(),
        ];
        given::append(store.log(), &given::record("w1", id), events);
    };
    begin("s1", "Mend the 100% door", "Ada");
    begin("s2", "扉を直す", "🦊 Fox_1");
    begin("door-3", "paint", "Ada");
    let found = |text: &str| -> Vec<String> {
        let filter = SessionFilter::new().with_text(text);
        assert_eq!(
            store.count_sessions(&filter).unwrap().total,
            store.sessions(&filter).unwrap().len() as u64
        );
        store.sessions(&filter).unwrap().into_iter().map(|row| row.id).collect()
    };
    assert_eq!(found("DOOR"), ["s1", "door-3"]);
    assert_eq!(found("扉"), ["s2"]);
    assert_eq!(found("fox"), ["s2"]);
    assert_eq!(found("0% d"), ["s1"]);
    assert_eq!(found("x_1"), ["s2"]);
    assert_eq!(found("_"), ["s2"]);
    assert_eq!(found("%"), ["s1"]);
    assert_eq!(found("\\"), [""; 0]);
}

#[test]
fn a_page_of_another_order_is_refused() {
    let folder = given::folder();
    let store = given::store(&folder);
    given::append(store.log(), &given::record("w1", "a1"), [given::created("a1")]);
    let first = store.sessions(&SessionFilter::default()).unwrap().remove(0);
    let filter = SessionFilter::new().with_order(Order::Updated).with_after(first.cursor);
    assert!(matches!(store.sessions(&filter), Err(Error::OtherOrder)));
}

#[test]
fn every_session_is_found_by_the_names_that_an_ambiguity_lists() {
    let folder = given::folder();
    let store = given::store(&folder);
    // The ids of one are beginnings of others, or hold what parts a name.
    for workspace in ["w1", "w2", "/home/ada"] {
        for id in ["", "a", "a1", "a1~1", "x/a1"] {
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
            let twin = store.find(&format!("{workspace}/{session_id}~2")).unwrap();
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
