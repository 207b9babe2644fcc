//! The place of an element in a list in which elements moved, as a function of SQL.

use parking_lot::Mutex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, params};

use super::views::Bound;

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_DETERMINISTIC
    .union(FunctionFlags::SQLITE_INNOCUOUS)
    .union(FunctionFlags::SQLITE_UTF8);

/// The lists, by number.
const LISTS: [&str; 2] = ["instance_version", "message_version"];

/// The ranks of the list that was asked for last.
struct Ranks {
    of: Option<(u8, i64)>,
    ranks: Vec<f64>,
}

/// Adds `retold_place(list, stream, rank)`. The list is read once for all its elements that are asked for in a row. `reader` is
/// on the file of the versions: a function may not use the connection it is called on.
pub(super) fn add_function(
    connection: &Connection,
    reader: Connection,
    bound: &Bound,
) -> rusqlite::Result<()> {
    let sql = LISTS.map(|table| {
        let is_true = bound.is_true("v");
        format!("select v.rank from {table} v where v.stream = ?1 and {is_true} order by v.rank")
    });
    let kept = Mutex::new((reader, Ranks { of: None, ranks: Vec::new() }));
    connection.create_scalar_function("retold_place", 3, FLAGS, move |context: &Context<'_>| {
        let (list, stream, rank): (u8, i64, f64) = (context.get(0)?, context.get(1)?, context.get(2)?);
        let Some(sql) = sql.get(usize::from(list)) else { return Ok(None) };
        let (reader, kept) = &mut *kept.lock();
        if kept.of != Some((list, stream)) {
            kept.of = None;
            let mut statement = reader.prepare_cached(sql)?;
            kept.ranks = statement.query_map(params![stream], |row| row.get(0))?.collect::<Result<_, _>>()?;
            kept.of = Some((list, stream));
        }
        let place = kept.ranks.partition_point(|known| known.total_cmp(&rank).is_lt());
        Ok(i64::try_from(place).ok())
    })
}
