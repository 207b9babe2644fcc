//! One chat message onto a workspace that is full already.

use retold_benches::generate::{Shape, chat_text};
use retold_benches::legacy::{self, LegacyStore};
use retold_core::event::MessageAdded;
use retold_core::{Commit, Expected, StreamName};
use retold_projections::{SessionFilter, Store};

use crate::Outcome;
use crate::append::work;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{in_turn, median_ms};

const ROUNDS: usize = 3;
const OUR_REPEATS: usize = 300;
const LEGACY_REPEATS: usize = 10;
const CONTENT_BYTES: usize = 300;

pub(crate) fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let legacy = bench.legacy("a-thousand", &bench.scale.shape(Shape::KIB_16))?;
    let scratch = bench.scratch()?;
    // Others read the same folder and the same store.
    let (json, store) = legacy.copy_to(scratch.path())?;
    let (json, workspace) = (LegacyStore::new(json), &legacy.files[0].workspace);
    let store = Store::open(store, retold_core::Options::new())?;
    let names: Vec<StreamName> = store
        .sessions(&SessionFilter::default())?
        .into_iter()
        .map(|row| StreamName::session(row.workspace, row.id, row.ordinal))
        .collect();
    let messages = |repeats| bench.scale.of(repeats);
    let rounds = bench.scale.rounds(ROUNDS);
    let pairs = in_turn(
        rounds,
        || median_ms(messages(OUR_REPEATS), |nth| append(&store, at(&names, nth), nth)),
        || median_ms(messages(LEGACY_REPEATS), |nth| add(&json, workspace, at(&names, nth), nth)),
    )?;
    check(&store, &json, workspace, legacy.sessions * Shape::KIB_16.messages_per_session, |repeats| {
        rounds * messages(repeats)
    })?;
    let name = format!("one message onto {} sessions of 16 KB, p50", legacy.sessions);
    Ok(vec![Figure::of_pairs_less(name, "ms", "legacy JSON", &pairs).target(Target::RatioAtLeast(50.0))])
}

/// Sessions from all over the workspace, one after the other.
fn at(names: &[StreamName], nth: usize) -> &StreamName {
    &names[nth * 7_919 % names.len()]
}

fn append(store: &Store, name: &StreamName, nth: usize) -> Outcome<()> {
    let added: MessageAdded = work::message(nth, CONTENT_BYTES);
    store.log().append(Commit::to(name.clone(), Expected::Any, [added]))?;
    Ok(())
}

fn add(json: &LegacyStore, workspace: &str, name: &StreamName, nth: usize) -> Outcome<()> {
    let message = legacy::Message {
        id: format!("msg-{nth}"),
        role: "assistant".to_owned(),
        content: chat_text(nth as u64, CONTENT_BYTES),
        timestamp: "2025-11-14T01:02:03.123Z".to_owned(),
        instance_id: Some(1),
    };
    json.add_chat_message(workspace, &name.session_id, message)?;
    Ok(())
}

fn check(
    store: &Store,
    json: &LegacyStore,
    workspace: &str,
    before: usize,
    added: impl Fn(usize) -> usize,
) -> Outcome<()> {
    let rows = store.sessions(&SessionFilter::default())?;
    let ours: u32 = rows.iter().map(|row| row.message_count).sum();
    let theirs: usize = json.get_all_sessions(workspace)?.iter().map(|of| of.chat_history.len()).sum();
    let expected = (before + added(OUR_REPEATS), before + added(LEGACY_REPEATS));
    if (usize::try_from(ours)?, theirs) == expected {
        return Ok(());
    }
    Err(format!("one message: expected {expected:?} messages, found {ours} and {theirs}").into())
}
