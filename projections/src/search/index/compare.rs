//! What two indexes do not share. Which segments they have is nobody's business: texts, words and places are compared.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::json;

use super::merge::Words;
use super::pack::count;
use super::postings::Postings;
use super::scopes::{SCOPES, read_scopes, unpack_scopes};
use super::texts::{Known, position_of};
use super::writer::CARRIED;
use super::{Block, TEXTS, Tables, damaged};
use crate::engine::{Difference, Side};
use crate::search::marks::read_kinds;

/// The tables that are compared here, and not row by row.
pub(crate) const TABLES: [&str; 9] = [
    "search_block",
    "search_gone",
    "search_kind",
    "search_list",
    "search_page",
    "search_scope",
    "search_scope_block",
    "search_segment",
    "search_size",
];

/// Whether a file has an index.
pub(crate) fn has_words(tables: Tables<'_>) -> rusqlite::Result<bool> {
    let mut statement =
        tables.connection.prepare_cached("select name from pragma_table_list where schema = ?1")?;
    let names: Vec<String> =
        statement.query_map([tables.schema], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(TABLES.iter().all(|table| names.iter().any(|name| name == table)))
}

/// Calls `found` with each difference, as long as it wants more.
pub(crate) fn differences(
    left: Tables<'_>,
    right: Tables<'_>,
    found: &mut dyn FnMut(Difference) -> rusqlite::Result<bool>,
) -> rusqlite::Result<()> {
    if texts_that_differ(left, right, found)? && scopes_that_differ(left, right, found)? {
        words_that_differ(left, right, found)?;
    }
    Ok(())
}

type Found<'f> = &'f mut dyn FnMut(Difference) -> rusqlite::Result<bool>;

/// Tells what is on one side, or on both and not the same.
fn tell<T: PartialEq>(
    found: Found<'_>,
    table: &str,
    key: &serde_json::Value,
    (left, right): (Option<&T>, Option<&T>),
    json: impl Fn(&T) -> String,
) -> rusqlite::Result<bool> {
    let side = match (left, right) {
        (left, right) if left == right => return Ok(true),
        (Some(_), None) => Side::Left,
        (None, _) => Side::Right,
        _ => Side::Both,
    };
    let (table, key) = (table.to_owned(), key.to_string());
    found(Difference { table, side, key, left: left.map(&json), right: right.map(&json) })
}

fn texts_that_differ(left: Tables<'_>, right: Tables<'_>, found: Found<'_>) -> rusqlite::Result<bool> {
    let kinds = [left, right].map(read_kinds);
    let [left_kinds, right_kinds] = kinds;
    let kinds = [left_kinds?, right_kinds?];
    let numbers = |tables: Tables<'_>| -> rusqlite::Result<Vec<u32>> {
        tables
            .prepare(include_str!("../../../sql/search/blocks.sql"))?
            .query_map([-1], |row| row.get(0))?
            .collect()
    };
    let mut all = numbers(left)?;
    all.extend(numbers(right)?);
    all.sort_unstable();
    all.dedup();
    for number in all {
        let blocks = [Block::read(left, number)?, Block::read(right, number)?];
        for at in 0..TEXTS {
            let known = [0, 1].map(|side| {
                let Known { stream, kind, length, back } = blocks[side].texts[at];
                let marks = kinds[side].get(&kind).map(|marks| marks.0.clone());
                (kind != 0).then_some((stream, marks, length, back))
            });
            let text = number.saturating_mul(count(TEXTS)).saturating_add(count(at));
            let key = json!({ "position": position_of(text), "is_of_paths": position_of(text) != text });
            let [one, other] = &known;
            let row = |(stream, marks, length, back): &(u32, _, u32, u32)| {
                json!({ "stream": stream, "marks": marks, "words": length, "back": back }).to_string()
            };
            if !tell(found, "search_block", &key, (one.as_ref(), other.as_ref()), row)? {
                return Ok(false);
            }
        }
    }
    let sizes = (left.size()?, right.size()?);
    let key = json!({});
    tell(found, "search_size", &key, (Some(&sizes.0), Some(&sizes.1)), |(texts, words)| {
        json!({ "texts": texts, "words": words }).to_string()
    })
}

/// What each session is told by, as its scope has it.
fn scopes(tables: Tables<'_>) -> rusqlite::Result<BTreeMap<u32, Option<super::Scope>>> {
    let known: std::collections::HashMap<_, _> = read_scopes(tables, 0)?.into_iter().collect();
    let mut scopes = BTreeMap::new();
    let mut statement = tables.prepare(include_str!("../../../sql/search/scope_blocks.sql"))?;
    let mut rows = statement.query([-1])?;
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let first = number.checked_mul(count(SCOPES)).ok_or_else(damaged)?;
        for (at, scope) in unpack_scopes(row.get_ref(1)?.as_blob()?)?.into_iter().enumerate() {
            if scope != 0 {
                scopes.insert(first + count(at), known.get(&scope).cloned());
            }
        }
    }
    Ok(scopes)
}

fn scopes_that_differ(left: Tables<'_>, right: Tables<'_>, found: Found<'_>) -> rusqlite::Result<bool> {
    let (left, right) = (scopes(left)?, scopes(right)?);
    let mut streams: Vec<u32> = left.keys().chain(right.keys()).copied().collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in streams {
        let sides = (left.get(&stream), right.get(&stream));
        let row = |scope: &Option<super::Scope>| {
            let scope = scope.as_ref();
            let of = |value: fn(&super::Scope) -> &str| scope.map(value);
            json!({
                "workspace": of(|scope| &scope.workspace), "type": of(|scope| &scope.kind),
                "status": of(|scope| &scope.status), "deleted": scope.map(|scope| scope.is_deleted),
                "lists": of(|scope| &scope.lists), "worktree": of(|scope| &scope.worktree),
            })
            .to_string()
        };
        if !tell(found, "search_scope_block", &json!({ "stream": stream }), sides, row)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn words_that_differ(left: Tables<'_>, right: Tables<'_>, found: Found<'_>) -> rusqlite::Result<bool> {
    let (mut left, mut right) = (words(left)?, words(right)?);
    let (mut one, mut other) = (left.step()?, right.step()?);
    let none = Postings::default();
    loop {
        let order = match (&one, &other) {
            (None, None) => return Ok(true),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), Some(_)) => left.word.cmp(&right.word),
        };
        let word = if order == Ordering::Greater { &right.word } else { &left.word };
        let here = one.as_ref().filter(|_| order != Ordering::Greater).unwrap_or(&none);
        let there = other.as_ref().filter(|_| order != Ordering::Less).unwrap_or(&none);
        if here != there && !places_that_differ(word, here, there, found)? {
            return Ok(false);
        }
        if order != Ordering::Greater {
            one = left.step()?;
        }
        if order != Ordering::Less {
            other = right.step()?;
        }
    }
}

fn words(tables: Tables<'_>) -> rusqlite::Result<Words<'_>> {
    Words::of(tables, &tables.segments()?)
}

fn places_that_differ(
    word: &[u8],
    left: &Postings,
    right: &Postings,
    found: Found<'_>,
) -> rusqlite::Result<bool> {
    let places = |postings: &Postings| -> Vec<(u32, u32)> {
        postings.iter().flat_map(|(text, places)| places.iter().map(move |place| (text, *place))).collect()
    };
    let (left, right) = (places(left), places(right));
    let is_carried = word.first() == Some(&CARRIED);
    let plain = String::from_utf8_lossy(if is_carried { &word[1..] } else { word });
    let mut all: Vec<&(u32, u32)> = left.iter().chain(&right).collect();
    all.sort_unstable();
    all.dedup();
    for at in all {
        let (is_left, is_right) = (left.binary_search(at).is_ok(), right.binary_search(at).is_ok());
        if is_left == is_right {
            continue;
        }
        let side = if is_left { Side::Left } else { Side::Right };
        let (text, is_of_paths) = (position_of(at.0), position_of(at.0) != at.0);
        let key = json!({
            "text": text, "is_of_paths": is_of_paths, "word": plain, "is_carried": is_carried, "place": at.1
        });
        let table = "search_page".to_owned();
        if !found(Difference { table, side, key: key.to_string(), left: None, right: None })? {
            return Ok(false);
        }
    }
    Ok(true)
}
