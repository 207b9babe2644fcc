//! The sums that are kept record by record are those of all records, over histories that were made up.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use retold_core::event::UsageRecorded;
use retold_core::{Commit, Event, Expected, NewEvent, Options, Position, StreamName, time};
use retold_projections::{Prices, Store, Usage, UsageBy, UsageQuery, UsageSum};

/// A record of usage in a history that was made up.
#[derive(Clone, Debug)]
struct Made {
    tool: usize,
    session: usize,
    key: usize,
    minutes: i64,
    model: usize,
    numbers: [u64; 6],
    cost: Option<i64>,
    hearsay: bool,
}

const MADE_TOOLS: [&str; 3] = ["claude", "codex", "copilot"];
const MADE_MODELS: [&str; 4] = ["claude-haiku-5-5", "gpt-6-sol", "claude-sonnet-4-5", "nobody-knows"];

fn made() -> impl Strategy<Value = Made> {
    let number = prop_oneof![0..5_u64, 90_000..300_000_u64, Just(u64::MAX)];
    let place = (0..3_usize, 0..3_usize, 0..6_usize);
    let rest = (-3_000..9_000_i64, 0..4_usize, prop::array::uniform6(number));
    let told = (prop::option::of(-5..5_000_i64), any::<bool>());
    (place, rest, told).prop_map(|((tool, session, key), (minutes, model, numbers), (cost, hearsay))| Made {
        tool,
        session,
        key,
        minutes,
        model,
        numbers,
        cost,
        hearsay,
    })
}

/// Times lie in the tenth hour around a turn of the year, and before 1970.
fn at(made: &Made) -> i64 {
    let minute = 60 * 1_000_000;
    let base = if made.key == 5 { 0 } else { 1_767_222_000_000_000 };
    base + made.minutes * minute
}

fn event(made: &Made) -> NewEvent {
    let [input, cache_read, cache_write, cache_write_1h, output, reasoning] = made.numbers;
    let event: Event = UsageRecorded {
        key: format!("k{}", made.key),
        model: MADE_MODELS[made.model].to_owned(),
        input,
        cache_read,
        cache_write,
        cache_write_1h: made.cost.is_none().then_some(cache_write_1h),
        output,
        reasoning,
        cost: made.cost,
        hearsay: made.hearsay,
    }
    .into();
    NewEvent { event, occurred_at: time::from_micros(at(made)) }
}

fn stream(made: &Made) -> StreamName {
    StreamName::session(MADE_TOOLS[made.tool], format!("s{}", made.session), 1)
}

/// Which records count, found out the slow way: of a session's records of a key its last one; of several sessions one.
fn counting(records: &[(Made, Position)], streams: &[StreamName]) -> Vec<Made> {
    let mut last: BTreeMap<(usize, usize, usize), Made> = BTreeMap::new();
    for (made, _) in records {
        last.insert((made.tool, made.key, made.session), made.clone());
    }
    let mut winners: BTreeMap<(usize, usize), Made> = BTreeMap::new();
    let rank = |made: &Made| {
        let place = streams.iter().position(|stream_of| *stream_of == stream(made)).unwrap();
        (made.hearsay, std::cmp::Reverse(made.numbers[4].min(1 << 36)), place)
    };
    for made in last.into_values() {
        let key = (made.tool, made.key);
        if winners.get(&key).is_none_or(|other| rank(&made) < rank(other)) {
            winners.insert(key, made);
        }
    }
    winners.into_values().collect()
}

fn slow_sum<'a>(counting: impl Iterator<Item = &'a Made>) -> [u64; 7] {
    counting.fold([0; 7], |mut sum, made| {
        let cut = |number: u64| number.min(1 << 36);
        let mut numbers = made.numbers.map(cut);
        numbers[3] = if made.cost.is_some() { 0 } else { cut(made.numbers[3].min(made.numbers[2])) };
        sum[0] += 1;
        sum[1..].iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        sum
    })
}

fn fast_sum(sum: &UsageSum) -> [u64; 7] {
    [sum.records, sum.input, sum.cache_read, sum.cache_write, sum.cache_write_1h, sum.output, sum.reasoning]
}

fn added_up(usage: &Usage) -> [u64; 7] {
    let mut sum = UsageSum::default();
    usage.rows.iter().for_each(|row| sum.add(&row.sum));
    assert_eq!(sum.cost, usage.total.sum.cost);
    fast_sum(&sum)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(48))]

    #[test]
    fn sums_kept_record_by_record_are_those_of_all_records(
        history in prop::collection::vec((made(), any::<bool>()), 1..40),
        edges in (-3_000..9_000_i64, -3_000..9_000_i64),
        erased in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
        let sidecars = store.sidecars();
        sidecars.add_built_in("transcripts").unwrap();
        let prices = Prices::built_in();
        let (mut records, mut streams): (Vec<(Made, Position)>, Vec<StreamName>) = (Vec::new(), Vec::new());
        for (made, catches_up) in &history {
            if !streams.contains(&stream(made)) {
                streams.push(stream(made));
                let created = retold_tests::created(&format!("s{}", made.session));
                store.log().append(Commit::to(stream(made), Expected::Any, [created])).unwrap();
            }
            let commit = Commit::to(stream(made), Expected::Any, [event(made)]);
            let position = store.log().append(commit).unwrap().last;
            records.push((made.clone(), position));
            if *catches_up {
                sidecars.catch_up("transcripts", &|_| true).unwrap();
            }
        }
        let erased: BTreeSet<Position> =
            erased.iter().map(|index| records[index.index(records.len())].1).collect();
        for round in 0..2 {
            if round == 1 && !erased.is_empty() {
                retold_upkeep::redact(store.log(), &erased, "a test").unwrap();
                records.retain(|(_, position)| !erased.contains(position));
            }
            sidecars.catch_up("transcripts", &|_| true).unwrap();
            let counting = counting(&records, &streams);
            let all = slow_sum(counting.iter());
            for by in [
                UsageBy::Day, UsageBy::Week, UsageBy::Month, UsageBy::Project, UsageBy::Session, UsageBy::Model,
                UsageBy::Tool, UsageBy::Agent,
            ] {
                let usage = store.usage(&UsageQuery { by, ..UsageQuery::default() }, &prices).unwrap();
                prop_assert_eq!(fast_sum(&usage.total.sum), all, "{:?}", by);
                prop_assert_eq!(added_up(&usage), all, "{:?}", by);
                let cost = usage.total.sum.cost;
                prop_assert_eq!(cost.by_price() + cost.by_tool() + cost.unknown(), all[0]);
            }
            let blocks = store.usage_blocks(&UsageQuery::default(), &prices).unwrap();
            let of_blocks = blocks.iter().map(|block| block.sum.records).sum::<u64>();
            prop_assert_eq!(of_blocks, all[0]);
            for block in &blocks {
                let inside = counting.iter().map(at).filter(|at| (block.start..block.end).contains(at));
                let inside: BTreeSet<i64> = inside.collect();
                prop_assert_eq!(inside.first().copied(), Some(block.first_used));
                prop_assert_eq!(inside.last().copied(), Some(block.last_used));
                prop_assert_eq!(block.start, block.first_used.div_euclid(3_600_000_000) * 3_600_000_000);
                // What is active then is found without all that was before.
                let active = store.active_usage_block(None, block.last_used, &prices).unwrap();
                prop_assert_eq!(active.as_ref(), Some(block));
            }
            // A time that begins and ends anywhere, and one tool of it.
            let (from, before) = (edges.0.min(edges.1), edges.0.max(edges.1));
            let [from, before] = [from, before].map(|minutes| 1_767_222_000_000_000 + minutes * 60_000_000 + 7);
            let query = UsageQuery {
                from: Some(from), before: Some(before), tool: Some("codex".to_owned()), ..UsageQuery::default()
            };
            let found = store.usage(&query, &prices).unwrap();
            let inside = counting.iter().filter(|made| made.tool == 1 && (from..before).contains(&at(made)));
            prop_assert_eq!(fast_sum(&found.total.sum), slow_sum(inside));
            let checked = sidecars.check("transcripts", &|_| true).unwrap().unwrap();
            prop_assert!(checked.differences.is_empty(), "{:?}", checked);
        }
    }
}

#[test]
fn a_prompt_costs_by_its_length_and_its_day() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("sessions.db"), Options::new().create(true)).unwrap();
    let sidecars = store.sidecars();
    sidecars.add_built_in("transcripts").unwrap();
    let prices = Prices::parse(
        "[[price]]\nmodels = ['m']\ninput = 1\noutput = 0\nlong_prompt = { over = 100000, input = 2, output = 0 }\n\
         [[price]]\nmodels = ['m']\nfrom = 2026-01-01\ninput = 10\noutput = 0\n",
    )
    .unwrap();
    let append = |tool: &str, key: &str, at: &str, input: u64| {
        let used = UsageRecorded {
            key: key.to_owned(),
            model: "m".to_owned(),
            input,
            cache_read: 0,
            cache_write: 0,
            cache_write_1h: None,
            output: 0,
            reasoning: 0,
            cost: None,
            hearsay: false,
        };
        let event = NewEvent { event: used.into(), occurred_at: Some(at.parse().unwrap()) };
        let name = StreamName::session(tool, key, 1);
        store
            .log()
            .append(Commit::to(name, Expected::Any, [retold_tests::created(key).into(), event]))
            .unwrap();
    };
    append("claude", "short", "2025-12-31T23:59:59Z", 100_000);
    append("claude", "long", "2025-12-31T23:00:00Z", 100_001);
    append("claude", "later", "2026-01-01T00:00:00Z", 100_001);
    // Copilot's records are sums of requests: nothing says that one of them was long.
    append("copilot", "sum", "2025-12-31T23:00:00Z", 100_001);
    sidecars.catch_up("transcripts", &|_| true).unwrap();
    let query = UsageQuery { by: UsageBy::Session, ..UsageQuery::default() };
    let usage = store.usage(&query, &prices).unwrap();
    let costs: BTreeMap<String, Option<i64>> =
        usage.rows.into_iter().map(|row| (row.key.unwrap(), row.sum.cost.micros())).collect();
    let expected = [("later", 1_000_010), ("long", 200_002), ("short", 100_000), ("sum", 100_001)];
    assert_eq!(costs, expected.map(|(key, cost)| (key.to_owned(), Some(cost))).into());
}
