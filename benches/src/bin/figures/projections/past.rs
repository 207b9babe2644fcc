//! SQL over the read models as they stood at a position.

use std::path::Path;
use std::time::Instant;

use retold_core::happening::Moment;
use retold_core::{Options, Position};
use retold_projections::Store;

use crate::Outcome;
use crate::bench::Bench;
use crate::figure::{Figure, Target};
use crate::timing::{millis, percentile, times_ms};

const LOOKS: usize = 40;
const QUERY: &str = "select status, count(*), sum(message_count) from sessions group by status";

pub(super) fn measure(bench: &Bench, path: &Path) -> Outcome<Vec<Figure>> {
    let store = Store::open(path, Options::new())?;
    let head = store.log().reader()?.head()?.position.get();
    // The farthest one, with no snapshot to begin from.
    let far = Position::ZERO.plus(head - 1);
    let start = Instant::now();
    ask(&store, far)?;
    let first = millis(start.elapsed());
    let near = Position::ZERO.plus(head / 2);
    let start = Instant::now();
    ask(&store, near)?;
    let second = millis(start.elapsed());
    let again = times_ms(bench.scale.of(LOOKS), |_| ask(&store, far))?;
    Ok(vec![
        Figure::new(format!("`sql --at` {far}, the first answer"), "ms", first)
            .target(Target::AtMost(5_000.0)),
        Figure::new(format!("`sql --at` {near}, the first answer"), "ms", second)
            .target(Target::AtMost(5_000.0)),
        Figure::new("the same again, p99", "ms", percentile(&again, 99)).target(Target::AtMost(50.0)),
    ])
}

fn ask(store: &Store, position: Position) -> Outcome<()> {
    let connection =
        store.sql_at(Moment::Recorded(position), QUERY, &|_| true)?.ok_or("past: it was stopped")?;
    let rows: Vec<i64> =
        connection.prepare(QUERY)?.query_map([], |row| row.get(1))?.collect::<Result<_, _>>()?;
    if rows.is_empty() { Err("past: there are no sessions".into()) } else { Ok(()) }
}
