//! One session, a list of sessions, and all of them whole.

mod lists;

use retold_benches::generate::Shape;
use retold_benches::legacy::{self, LegacyStore};
use retold_core::{Session, StreamId};
use retold_projections::{Order, SessionFilter, Store};
use rusqlite::types::{FromSql as _, ValueRef};

use crate::Outcome;
use crate::bench::{Bench, Legacy};
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, median_ms};

const ROUNDS: usize = 3;
const OUR_REPEATS: usize = 300;
const LEGACY_REPEATS: usize = 3;
const WHOLE_REPEATS: usize = 9;
const LISTED: usize = 100;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let many =
        bench.legacy("ten-thousand", &bench.scale.shape(Shape { sessions: 10_000, ..Shape::KIB_16 }))?;
    let thousand = bench.legacy("a-thousand", &bench.scale.shape(Shape::KIB_16))?;
    let mut figures =
        vec![one(bench, &many)?, list(bench, &many)?, all(bench, &thousand)?, all(bench, &many)?];
    figures.extend(lists::measure(bench, &many)?);
    Ok(figures)
}

/// From the beginning of its id to the whole document.
fn one(bench: &Bench, legacy: &Legacy) -> Outcome<Figure> {
    let store = legacy.open()?;
    let json = LegacyStore::new(&legacy.dir);
    let workspace = &legacy.files[0].workspace;
    let ids: Vec<String> = store.sessions(&SessionFilter::default())?.into_iter().map(|row| row.id).collect();
    let id = |nth: usize| &ids[nth * 7_919 % ids.len()];
    let pairs = in_turn(
        bench.scale.rounds(ROUNDS),
        || {
            median_ms(bench.scale.of(OUR_REPEATS), |nth| {
                get(&store, id(nth)).and_then(|got| is_whole(&got, id(nth)))
            })
        },
        || {
            median_ms(bench.scale.of(LEGACY_REPEATS), |nth| {
                let got = json.get_session(workspace, id(nth))?;
                if got.id == *id(nth) { Ok(()) } else { Err("get one: another session".into()) }
            })
        },
    )?;
    Ok(Figure::of_pairs_less(format!("get one session of {}, p50", ids.len()), "ms", "legacy JSON", &pairs)
        .target(Target::RatioAtLeast(300.0)))
}

fn get(store: &Store, id: &str) -> Outcome<Session> {
    let found = store.find(id)?;
    let mut reader = store.log().reader()?;
    let head = reader.head()?;
    let mut state = reader.state(found.stream, head.position)?.ok_or("get one: it was never created")?;
    reader.resolve(&mut state.session)?;
    Ok(state.session)
}

fn is_whole(session: &Session, id: &str) -> Outcome<()> {
    let counts = (session.instances.len(), session.chat_history.len());
    let expected = (Shape::KIB_16.instances_per_session, Shape::KIB_16.messages_per_session);
    if session.id == id && counts == expected {
        Ok(())
    } else {
        Err(format!("get one: {id} is not whole").into())
    }
}

fn list(bench: &Bench, legacy: &Legacy) -> Outcome<Figure> {
    let store = legacy.open()?;
    let listed = LISTED.min(legacy.sessions);
    let filter = SessionFilter::new().with_order(Order::Updated).with_limit(u32::try_from(listed)?);
    let ours = median_ms(bench.scale.of(OUR_REPEATS), |_| {
        let found = store.sessions(&filter)?.len();
        if found == listed { Ok(()) } else { Err(format!("list: expected {listed}, found {found}").into()) }
    })?;
    let name = format!("list {listed} of {} by last update, p50", legacy.sessions);
    Ok(Figure::new(name, "ms", ours).target(Target::AtMost(2.0)))
}

fn all(bench: &Bench, legacy: &Legacy) -> Outcome<Figure> {
    let store = legacy.open()?;
    let file = &legacy.files[0].file;
    let is_all = |found: usize| {
        let expected = legacy.sessions;
        if found == expected {
            Ok(())
        } else {
            Err(format!("all: expected {expected}, found {found}").into())
        }
    };
    let repeats = bench.scale.rounds(WHOLE_REPEATS);
    let pairs = in_turn(
        repeats,
        || median_ms(1, |_| is_all(whole(&store)?.len())),
        || {
            median_ms(1, |_| {
                let text = std::fs::read_to_string(file)?;
                is_all(serde_json::from_str::<Vec<legacy::Session>>(&text)?.len())
            })
        },
    )?;
    let name = format!("all {} documents, whole", legacy.sessions);
    Ok(Figure::of_pairs_less(name, "ms", "serde_json, the file", &pairs).target(Target::RatioAtLeast(0.95)))
}

/// Returns every session in file order, on all cores.
fn whole(store: &Store) -> Outcome<Vec<Session>> {
    let head = store.log().reader()?.head()?;
    let rows = store.sessions(&SessionFilter::default())?;
    let streams: Vec<StreamId> = rows
        .iter()
        .map(|row| StreamId::column_result(ValueRef::Integer(row.stream)))
        .collect::<Result<_, _>>()?;
    let states = store.log().states(&streams, head.position)?;
    Ok(states.into_iter().flatten().map(|state| state.session).collect())
}
