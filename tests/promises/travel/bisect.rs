//! Bisection finds what a linear scan finds, and all of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use retold_core::{Options, Position, SessionState};
use retold_projections::Store;
use retold_travel::{
    Bisected, Error, Flip, SessionQuery, Tested, Timeline, Verdict, bisect, bisect_models, bisect_run,
    bisect_session,
};

use super::histories::{Given, dice};

/// A predicate in SQL, and the same in Rust.
type Predicate = (&'static str, fn(&SessionState) -> bool);

const PREDICATES: &[Predicate] = &[
    ("status = 'failed'", |state| state.session.status == "failed"),
    ("deleted", |state| state.records.deleted),
    ("winner_id > 4", |state| state.session.winner_id.is_some_and(|winner| winner > 4)),
    ("instance_count + message_count > 3", |state| {
        state.session.instances.len() + state.session.chat_history.len() > 3
    }),
    ("message_count % 2 and status = 'failed'", |state| {
        state.session.chat_history.len() % 2 == 1 && state.session.status == "failed"
    }),
    // A column keeps its affinity, and what it is called.
    ("winner_id > '4' and session.status <> 7", |state| {
        state.session.winner_id.is_some_and(|winner| winner > 4)
    }),
    ("(select max(message_count) from session) > 2", |state| state.session.chat_history.len() > 2),
    ("(select max(message_count) from sessions) > 2", |state| state.session.chat_history.len() > 2),
    ("updated_at like '%7%' or task is null", |state| state.session.updated_at.contains('7')),
    ("message_count > 2", |state| state.session.chat_history.len() > 2),
    ("(select count(*) from messages) % 2", |state| state.session.chat_history.len() % 2 == 1),
    ("exists (select 1 from messages where content like '%needle%')", |state| {
        state.session.chat_history.iter().any(|message| message.content.as_str().unwrap().contains("needle"))
    }),
    ("exists (select 1 from chat_messages where place = 1 and role = 'user')", |state| {
        state.session.chat_history.get(1).is_some_and(|message| message.role == "user")
    }),
    ("(select sum(output_bytes) from instances) > 100", |state| {
        let outputs = state.session.instances.iter().filter_map(|instance| instance.output.as_ref());
        outputs.map(retold_core::Text::len).sum::<u64>() > 100
    }),
    ("exists (select 1 from instances where output like '%needle%')", |state| {
        let mut outputs = state.session.instances.iter().filter_map(|instance| instance.output.as_ref());
        outputs.any(|output| output.as_str().unwrap().contains("needle"))
    }),
    ("(select group_concat(status, ',' order by place) from instances) like '%failed,running%'", |state| {
        let statuses: Vec<&str> =
            state.session.instances.iter().map(|instance| instance.status.as_str()).collect();
        statuses.join(",").contains("failed,running")
    }),
    ("extra like '%score%'", |state| state.session.extra.to_json().contains("score")),
];

/// Looks at every state.
fn scan(
    given: &Given,
    stream: retold_core::StreamId,
    after: Position,
    holds: fn(&SessionState) -> bool,
) -> Bisected {
    let is = |at| given.folded(stream, at).is_some_and(|state| holds(&state));
    let mut found = Bisected { at_start: is(after), ..Bisected::default() };
    let mut was = found.at_start;
    for position in given.positions().filter(|position| *position > after) {
        let now = is(position);
        if now != was {
            found.flips.push(Flip { position, holds: now });
            found.count += 1;
            was = now;
        }
    }
    found
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(24))]

    #[test]
    fn bisection_is_a_linear_scan(
        dice in dice(1..70),
        after in any::<prop::sample::Index>(),
    ) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let after = moments[after.index(moments.len())];
        for stream in given.streams() {
            for (sql, holds) in PREDICATES {
                let mut timeline = Timeline::of(&given.log, stream).unwrap();
                let mut probe = SessionQuery::new(&given.log, sql, Arc::default()).unwrap();
                let found = bisect(&mut timeline, &mut probe, after, given.head(), |_| true).unwrap();
                let expected = scan(&given, stream, after, *holds);
                prop_assert_eq!(&found, &expected, "{}", sql);
                let range = (after.into(), given.head().into());
                let found = bisect_session(&given.log, stream, sql, range, Arc::default(), |_| true).unwrap();
                prop_assert_eq!(found, expected, "{}", sql);
            }
        }
    }

    /// Over all read models: the number of sessions that are not deleted and failed, in every state of the log.
    #[test]
    fn bisection_over_the_read_models_is_a_linear_scan(
        dice in dice(1..70),
        after in any::<prop::sample::Index>(),
    ) {
        let given = Given::history(&dice);
        let moments: Vec<Position> = given.positions().collect();
        let after = moments[after.index(moments.len())];
        let live = |at: Position| -> Vec<SessionState> {
            let states = given.streams().into_iter().filter_map(|stream| given.folded(stream, at));
            states.filter(|state| !state.records.deleted).collect()
        };
        let failed = |at| live(at).iter().any(|state| state.session.status == "failed");
        let needles = |at| {
            let messages = live(at).into_iter().flat_map(|state| state.session.chat_history);
            messages.filter(|message| message.content.as_str().unwrap().contains("needle")).count() > 1
        };
        let longest = |at| live(at).iter().any(|state| state.session.chat_history.len() > 3);
        let predicates: [(&str, &dyn Fn(Position) -> bool); 3] = [
            ("(select count(*) from sessions where status = 'failed')", &failed),
            ("(select count(*) from chat_messages where content like '%needle%') > 1", &needles),
            ("(select max(message_count) from sessions) > 3", &longest),
        ];
        for (sql, holds) in predicates {
            let mut expected = Bisected { at_start: holds(after), ..Bisected::default() };
            let mut was = expected.at_start;
            for position in moments.iter().copied().filter(|position| *position > after) {
                if holds(position) != was {
                    was = !was;
                    expected.count += 1;
                    expected.flips.push(Flip { position, holds: was });
                }
            }
            let stop = Arc::new(AtomicBool::new(false));
            let found = bisect_models(&given.log, sql, after, given.head(), stop, |_| true).unwrap();
            prop_assert_eq!(found, expected, "{}", sql);
        }
    }

    #[test]
    fn a_run_finds_the_event_that_a_test_turns_bad_at(dice in dice(20..90), bad in any::<prop::sample::Index>()) {
        let given = Given::history(&dice);
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let last = timeline.revision_at(given.head()).unwrap().get();
            let first_bad = bad.index(usize::try_from(last).unwrap()) as u64 + 1;
            let mut tests = 0;
            let found = bisect_run::<Error>(&mut timeline, Position::ZERO, given.head(), |_, frame| {
                tests += 1;
                Ok(if frame.revision.get() >= first_bad { Verdict::Bad } else { Verdict::Good })
            })
            .unwrap();
            let position = timeline.position_of(retold_core::Revision::new(first_bad).unwrap()).unwrap();
            prop_assert_eq!(found, Tested::First(position.unwrap()));
            prop_assert!(tests <= u64::BITS - last.leading_zeros() + 2);
        }
    }
}

#[test]
fn a_run_that_cannot_tell_names_all_that_it_may_be() {
    let given = Given::history(&[]);
    for task in ["one", "two", "three", "four", "five"] {
        let event = if task == "one" { retold_tests::created("a1") } else { retold_tests::task(task) };
        given
            .log
            .append(retold_core::Commit::to(retold_tests::name("a1"), retold_core::Expected::Any, [event]))
            .unwrap();
    }
    let mut timeline = Timeline::of(&given.log, given.streams()[0]).unwrap();
    let verdict = |revision: u64| match revision {
        1 => Verdict::Good,
        2 | 3 => Verdict::Skip,
        _ => Verdict::Bad,
    };
    let found = bisect_run::<Error>(&mut timeline, Position::ZERO, given.head(), |_, frame| {
        Ok(verdict(frame.revision.get()))
    });
    let positions =
        |range: std::ops::RangeInclusive<u64>| range.map(|at| Position::new(at).unwrap()).collect();
    assert_eq!(found.unwrap(), Tested::OneOf(positions(2..=4)));
    let all = |verdict: Verdict| {
        let mut timeline = Timeline::of(&given.log, given.streams()[0]).unwrap();
        let after = Position::new(1).unwrap();
        bisect_run::<Error>(&mut timeline, after, given.head(), |_, _| Ok(verdict)).unwrap()
    };
    assert_eq!(all(Verdict::Good), Tested::GoodAtEnd);
    assert_eq!(all(Verdict::Bad), Tested::BadAtStart);
    assert_eq!(all(Verdict::Skip), Tested::Untold);
}

#[test]
fn an_expression_may_read_and_nothing_else() {
    let given = Given::history(&[]);
    for expression in [
        "1) from session; drop table session; --",
        "(delete from session)",
        "load_extension('x')",
        "random()",
        "?1",
        "1, 2",
        "nothing",
        "",
    ] {
        let refused = SessionQuery::new(&given.log, expression, Arc::default()).unwrap_err();
        assert!(matches!(refused, Error::Sql { .. }), "{expression}: {refused}");
    }
    let models = |sql| {
        bisect_models(&given.log, sql, Position::ZERO, Position::ZERO, Arc::default(), |_| true).unwrap_err()
    };
    for sql in ["(delete from sessions)", "(select 1 from attach)", "load_extension('x')"] {
        assert!(matches!(models(sql), Error::Sql { .. }), "{sql}");
    }
}

#[test]
fn an_expression_that_never_ends_is_ended() {
    let given = Given::history(&[]);
    given
        .log
        .append(retold_core::Commit::to(
            retold_tests::name("a1"),
            retold_core::Expected::Any,
            [retold_tests::created("a1")],
        ))
        .unwrap();
    let endless = "(with recursive n(i) as (values (1) union all select i + 1 from n) select max(i) from n)";
    let mut timeline = Timeline::of(&given.log, given.streams()[0]).unwrap();
    let state = timeline.at(given.head()).unwrap().state;
    let stop = Arc::new(AtomicBool::new(true));
    let mut probe = SessionQuery::new(&given.log, endless, stop).unwrap();
    probe.load(state.as_ref()).unwrap();
    assert!(matches!(probe.answer(), Err(Error::Stopped)));
}

/// The copy in memory is the one that `retold sql` asks.
#[test]
fn the_read_models_in_memory_are_those_of_the_store() {
    let given = Given::history(&[]);
    drop(given.log);
    let store = Store::open(given.store.path(), Options::new()).unwrap();
    retold_tests::import::import(
        store.log(),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42").as_ref(),
    );
    let mut models = retold_projections::MemoryHost::of(store.log()).unwrap();
    for event in retold_tests::all_events(store.log()) {
        models.apply(&event).unwrap();
    }
    models.flush().unwrap();
    let sql = store.sql().unwrap();
    for query in [
        "select id, ordinal, status, message_count, place, workspace_key from sessions order by stream",
        "select stream, place, agent_name, output, 1, 1 from instances order by stream, place",
        "select stream, place, id, role, content, timestamp from chat_messages order by stream, place",
        "select workspace, key, path, hashes, 1, 1 from workspaces order by workspace",
    ] {
        let rows = |connection: &rusqlite::Connection| -> Vec<Vec<rusqlite::types::Value>> {
            let mut statement = connection.prepare(query).unwrap();
            let rows = statement.query_map([], |row| (0..6).map(|column| row.get(column)).collect()).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let kept = rows(&sql);
        assert!(!kept.is_empty(), "{query}");
        assert_eq!(rows(models.connection()), kept, "{query}");
    }
}
