//! Random documents such as real ones are: hostile text, twins of ids, unknown keys, empty lists.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::{Extra, Instance, Json, Message, Session, Text};

pub(crate) fn session() -> BoxedStrategy<Session> {
    (own_keys(), vec(instance(), 0..4), vec(message(), 0..5))
        .prop_map(|(session, instances, chat_history)| Session { instances, chat_history, ..session })
        .boxed()
}

/// Two documents that have much in common: their lists pick from one pool, in any order, with repeats.
pub(crate) fn two_sessions() -> BoxedStrategy<(Session, Session)> {
    let pools = (vec(instance(), 1..5), vec(message(), 1..6));
    let picks = || vec(any::<prop::sample::Index>(), 0..7);
    (own_keys(), own_keys(), any::<bool>(), pools, [picks(), picks(), picks(), picks()])
        .prop_map(|(old, new, same_keys, (instances, messages), picked)| {
            let instances = |picks: &[prop::sample::Index]| {
                picks.iter().map(|pick| pick.get(&instances).clone()).collect::<Vec<_>>()
            };
            let messages = |picks: &[prop::sample::Index]| {
                picks.iter().map(|pick| pick.get(&messages).clone()).collect::<Vec<_>>()
            };
            let new = if same_keys { old.clone() } else { new };
            (
                Session { instances: instances(&picked[0]), chat_history: messages(&picked[1]), ..old },
                Session { instances: instances(&picked[2]), chat_history: messages(&picked[3]), ..new },
            )
        })
        .boxed()
}

pub(crate) fn own_keys() -> BoxedStrategy<Session> {
    let texts = (text(), text(), text(), text(), text(), text());
    let options =
        (weighted(0.5, text()), weighted(0.5, text()), weighted(0.5, edge()), any::<Option<bool>>());
    let numbers = (
        weighted(0.5, edge()),
        weighted(0.5, vec(text(), 0..3)),
        any::<Option<u64>>(),
        weighted(0.5, edge()),
        weighted(0.5, edge()),
        weighted(0.5, edge()),
    );
    (texts, options, numbers, extra(Session::KEYS))
        .prop_map(|(texts, options, numbers, extra)| Session {
            id: texts.0,
            kind: texts.1,
            task: texts.2,
            status: texts.3,
            created_at: texts.4,
            updated_at: texts.5,
            completed_at: options.0,
            instances: Vec::new(),
            chat_history: Vec::new(),
            model: options.1,
            timeout_seconds: options.2,
            preserve_worktrees: options.3,
            winner_id: numbers.0,
            runtime_mix: numbers.1,
            total_duration: numbers.2,
            total_files_changed: numbers.3,
            total_lines_added: numbers.4,
            total_lines_deleted: numbers.5,
            extra,
        })
        .boxed()
}

pub(crate) fn instance() -> BoxedStrategy<Instance> {
    let texts = (text(), text(), text(), text(), text(), weighted(0.6, text()));
    let options =
        (weighted(0.5, text()), weighted(0.5, text()), weighted(0.5, text()), weighted(0.5, text()));
    let numbers = (weighted(0.5, edge()), weighted(0.5, edge()), weighted(0.5, edge()));
    (0_u32..3, texts, options, numbers, weighted(0.5, text()), extra(Instance::KEYS))
        .prop_map(|(instance_id, texts, options, numbers, runtime_label, extra)| Instance {
            instance_id,
            worktree_path: texts.0,
            branch: texts.1,
            agent_name: texts.2,
            status: texts.3,
            tmux_session_id: texts.4,
            output: texts.5.map(Text::from),
            start_time: options.0,
            end_time: options.1,
            files_changed: numbers.0,
            lines_added: numbers.1,
            lines_deleted: numbers.2,
            runtime: options.2,
            model: options.3,
            runtime_label,
            extra,
        })
        .boxed()
}

pub(crate) fn message() -> BoxedStrategy<Message> {
    let id = prop_oneof![Just(""), Just("msg-1"), Just("msg-1-response"), Just("history-0-1")];
    (id, text(), text(), text(), weighted(0.5, edge()), extra(Message::KEYS))
        .prop_map(|(id, role, content, timestamp, instance_id, extra)| Message {
            id: id.to_owned(),
            role,
            content: Text::from(content),
            timestamp,
            instance_id,
            extra,
        })
        .boxed()
}

pub(crate) fn text() -> BoxedStrategy<String> {
    const HOSTILE: &[&str] = &[
        "",
        "running",
        "round_1",
        "2025-11-14T01:02:03.123456789+00:00",
        "\0",
        "\u{feff}",
        "\u{2028}\u{1b}[31mred\u{1b}[0m\r\n\t",
        "quote \" backslash \\ slash / \\u0041",
        "👩‍👩‍👧‍👦 修理する 🏳️‍🌈",
        "'; drop table event; --",
        "null",
    ];
    prop_oneof![
        3 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        2 => any::<String>(),
        // Beyond what a body keeps of a text.
        1 => (any::<char>(), 4000_usize..4200).prop_map(|(letter, times)| letter.to_string().repeat(times)),
    ]
    .boxed()
}

fn edge() -> BoxedStrategy<u32> {
    prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()].boxed()
}

fn extra(known: &'static [&'static str]) -> BoxedStrategy<Extra> {
    let key = text().prop_filter("a known key is no unknown one", |key| !known.contains(&key.as_str()));
    let named =
        prop::sample::select(&["evaluation", "extra", "testsPassed", "a"][..]).prop_map(str::to_owned);
    let pairs = vec((prop_oneof![named, key], json()), 0..3);
    prop_oneof![2 => Just(Vec::new()), 1 => pairs]
        .prop_map(|pairs| {
            let mut extra = Extra::default();
            pairs.into_iter().for_each(|(key, value)| extra.push(key, value));
            extra
        })
        .boxed()
}

fn json() -> BoxedStrategy<Json> {
    const ODD: &[&str] = &[
        "null",
        "-0.0",
        "1E400",
        "123456789012345678901234567890.10",
        "\"\\ud800 \\u0041 \\/\"",
        "{\"a\":1,\"a\":2,\"\":[]}",
        "[[],{},\" two  spaces \"]",
    ];
    let written = prop_oneof![
        prop::sample::select(ODD).prop_map(str::to_owned),
        text().prop_map(|text| serde_json::Value::from(text).to_string()),
        (1_usize..400).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
    ];
    written.prop_map(|text| serde_json::from_str(&text).expect("every one of them is JSON")).boxed()
}
