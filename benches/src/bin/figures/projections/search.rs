//! Full text over a million messages.

use std::path::Path;
use std::time::Instant;

use retold_core::Options;
use retold_projections::{SearchFilter, SearchQuery, Store};

use super::fill;
use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{per_second, percentile, times_ms};

/// What a person looks for: rare words and frequent ones, several, phrases, beginnings, Japanese, among few and many.
const QUERIES: [(&str, &[(&str, &str)]); 16] = [
    ("timeout", &[]),
    ("the", &[]),
    ("test fails", &[]),
    ("\"of the\"", &[]),
    ("conf*", &[]),
    ("認証", &[]),
    ("エラー", &[]),
    ("テスト 修正", &[]),
    ("cache -server", &[]),
    ("7042", &[]),
    ("error", &[("role", "assistant")]),
    ("the test", &[("role", "user")]),
    ("the", &[("type", "debate")]),
    ("the", &[("agent", "Ada")]),
    ("the", &[("what", "task")]),
    ("the", &[("workspace", "elsewhere")]),
];
const ROUNDS: usize = 10;
const HITS: u32 = 20;

pub(super) fn measure(bench: &Bench, path: &Path, messages: usize) -> Outcome<Vec<Figure>> {
    let store = Store::open(path, Options::new())?;
    let sidecars = store.sidecars();
    sidecars.add_built_in("search")?;
    let start = Instant::now();
    fill(&sidecars, "search")?;
    let rate = per_second(messages, start.elapsed());
    let (mut times, mut slowest, mut middles) = (Vec::new(), (String::new(), 0.0), Vec::new());
    for (text, among) in QUERIES {
        let query = SearchQuery::read(text)?;
        let filter = filter(among);
        let mut found = 0;
        let asked = times_ms(bench.scale.rounds(ROUNDS), |_| {
            found = store.search(&query, &filter, HITS)?.found;
            Ok(())
        })?;
        let middle = percentile(&asked, 50);
        if middle > slowest.1 {
            slowest = (format!("the slowest: {text} {among:?}, {found} hits, p50"), middle);
        }
        middles.push((text, middle));
        times.extend(asked);
    }
    let of = |wanted: &str| middles.iter().find(|(text, _)| *text == wanted).map_or(0.0, |(_, ms)| *ms);
    let size =
        sidecars.status_of("search", 0)?.path.map(std::fs::metadata).transpose()?.map(|file| file.len());
    let texts = texts_bytes(&store)?;
    let name = |what: &str| format!("search over {messages} messages, {what}");
    Ok(vec![
        Figure::new(format!("indexing {messages} messages"), "messages/s", rate)
            .target(Target::AtLeast(40_000.0)),
        Figure::new(name("p50"), "ms", percentile(&times, 50)).target(Target::AtMost(5.0)),
        Figure::new(name("p95"), "ms", percentile(&times, 95)).target(Target::AtMost(20.0)),
        Figure::new(name(&slowest.0), "ms", slowest.1),
        Figure::new(name("a frequent word, p50"), "ms", of("the")),
        Figure::new(name("two frequent words, p50"), "ms", of("the test")),
        Figure::new(name("a phrase of two frequent words, p50"), "ms", of("\"of the\"")),
        Figure::new(name("エラー, p50"), "ms", of("エラー")),
        Figure::new(name("the index, of the texts"), "times", size.unwrap_or(0) as f64 / texts.max(1) as f64),
    ])
}

/// Bytes of all texts of a store.
fn texts_bytes(store: &Store) -> Outcome<u64> {
    let sql = "select coalesce(sum(octet_length(content)), 0) from chat_messages";
    let bytes: i64 = store.sql()?.query_row(sql, [], |row| row.get(0))?;
    Ok(bytes.unsigned_abs())
}

fn filter(among: &[(&str, &str)]) -> SearchFilter {
    let of = |name| among.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let mut filter = SearchFilter::new();
    filter.workspace = of("workspace");
    filter.kind = of("type");
    filter.what = of("what");
    filter.role = of("role");
    filter.agent = of("agent");
    filter
}
