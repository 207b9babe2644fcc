//! What was read of an index, kept from one search to the next: only what has changed since is read again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use retold_core::Record;
use rusqlite::OptionalExtension as _;

use super::filter::SearchFilter;
use super::find::Facet;
use super::index::{
    Columns, Kept, Known, OF_PATHS, SCOPES, Scope, Segment, TEXTS, Tables, count, damaged, read_scopes,
    unpack_scopes,
};
use super::marks::{MARKS, Mark, Marks, read_kinds};
use super::places::{AskedScopes, Places, tool};
use super::rank::StaleTexts;

/// Bytes of blocks that are kept.
const BLOCKS_MAX: usize = 64 << 20;
/// No session has a higher number: the blocks of their scopes would be too many to hold.
const STREAMS_MAX: usize = 1 << 28;

/// What the searches of a store keep.
#[derive(Clone, Debug, Default)]
pub(crate) struct Searched(Arc<Mutex<Option<KnownTexts>>>);

impl Searched {
    pub(super) fn take(&self) -> KnownTexts {
        self.0.lock().take().unwrap_or_default()
    }

    pub(super) fn keep(&self, mut known: KnownTexts) {
        if known.texts.bytes > BLOCKS_MAX {
            known.texts = Texts::default();
        }
        *self.0.lock() = Some(known);
    }
}

/// What is known of the texts of an index.
#[derive(Debug, Default)]
pub(super) struct KnownTexts {
    /// Of which index, and its last flush that was read.
    made: i64,
    stamp: i64,
    pub(super) segments: Vec<Segment>,
    pub(super) gone: StaleTexts,
    pub(super) size: (u64, u64),
    pub(super) texts: Texts,
    pub(super) groups: Groups,
    pub(super) places: Places,
}

/// What is known of each text, by blocks that are read when they are needed.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Those of events' own texts, and those of paths.
    blocks: [Vec<Option<Box<Kept>>>; 2],
    bytes: usize,
    columns: Columns,
}

/// The first block of paths.
const FIRST_OF_PATHS: usize = OF_PATHS as usize / TEXTS;

/// Returns where a block is kept.
#[inline]
fn slot(number: usize) -> (usize, usize) {
    match number.checked_sub(FIRST_OF_PATHS) {
        Some(at) => (1, at),
        None => (0, number),
    }
}

/// What texts have in common.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) kinds: HashMap<u32, Marks>,
    scopes: HashMap<u32, Scope>,
    /// The scope of each session, by its stream.
    of_stream: Vec<u32>,
}

impl KnownTexts {
    /// Reads what has changed. Within a transaction.
    pub(super) fn refresh(&mut self, tables: Tables<'_>) -> rusqlite::Result<()> {
        let mut statement = tables.prepare(include_str!("../../sql/search/stamp.sql"))?;
        let read = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (made, stamp): (i64, i64) = read.ok_or_else(damaged)?;
        if self.made != made || self.stamp > stamp {
            let places = std::mem::take(&mut self.places);
            *self = Self { made, stamp: -1, places, ..Self::default() };
        }
        if self.stamp == stamp {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.stamp, -1);
        (self.segments, self.gone, self.size) = (tables.segments()?, tables.gone()?, tables.size()?);
        self.texts.refresh(tables, before)?;
        self.groups.refresh(tables, before)?;
        self.stamp = stamp;
        Ok(())
    }
}

impl Texts {
    fn refresh(&mut self, tables: Tables<'_>, before: i64) -> rusqlite::Result<()> {
        if self.bytes == 0 {
            return Ok(());
        }
        let mut statement = tables.prepare(include_str!("../../sql/search/blocks.sql"))?;
        let mut rows = statement.query([before])?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let (part, at) = slot(number as usize);
            if let Some(block) = self.blocks[part].get_mut(at) {
                self.bytes -= block.take().map_or(0, |block| block.bytes());
            }
        }
        Ok(())
    }

    /// Returns what is known of a text.
    #[inline]
    pub(super) fn get(&mut self, tables: Tables<'_>, text: u32) -> rusqlite::Result<Known> {
        let (number, at) = ((text as usize) / TEXTS, text as usize % TEXTS);
        let (part, slot) = slot(number);
        let blocks = &mut self.blocks[part];
        if let Some(Some(block)) = blocks.get(slot) {
            return Ok(block.get(at));
        }
        if blocks.len() <= slot {
            blocks.resize_with(slot + 1, || None);
        }
        let block = Kept::read(tables, count(number), &mut self.columns)?;
        let known = block.get(at);
        self.bytes += block.bytes();
        blocks[slot] = Some(Box::new(block));
        Ok(known)
    }
}

impl Groups {
    fn refresh(&mut self, tables: Tables<'_>, before: i64) -> rusqlite::Result<()> {
        self.kinds = read_kinds(tables)?;
        let last = self.scopes.keys().max().copied().unwrap_or(0);
        self.scopes.extend(read_scopes(tables, last)?);
        let mut statement = tables.prepare(include_str!("../../sql/search/scope_blocks.sql"))?;
        let mut rows = statement.query([before])?;
        while let Some(row) = rows.next()? {
            let number: u32 = row.get(0)?;
            let begin = number as usize * SCOPES;
            if begin >= STREAMS_MAX {
                return Err(damaged());
            }
            let scopes = unpack_scopes(row.get_ref(1)?.as_blob()?)?;
            if self.of_stream.len() < begin + SCOPES {
                self.of_stream.resize(begin + SCOPES, 0);
            }
            self.of_stream[begin..begin + SCOPES].copy_from_slice(&scopes);
        }
        Ok(())
    }
}

/// Which kinds of texts a filter leaves, and which sessions.
pub(super) struct Fits {
    stream: Option<i64>,
    kinds: Vec<bool>,
    streams: Vec<bool>,
}

impl Fits {
    pub(super) fn new(groups: &Groups, places: &mut Places, filter: &SearchFilter) -> Self {
        let mut asked = AskedScopes::new(filter, places);
        let fits: HashMap<u32, bool> =
            groups.scopes.iter().map(|(number, scope)| (*number, asked.has(scope))).collect();
        let mut known = (0, false);
        let fits_stream = groups.of_stream.iter().map(|scope| {
            // Sessions of one scope are often next to each other.
            if known.0 != *scope {
                known = (*scope, fits.get(scope).copied().unwrap_or(false));
            }
            known.1
        });
        // A number that is not next to the others is of no kind that a writer has made.
        let last = groups.kinds.keys().filter(|kind| **kind as usize <= groups.kinds.len() * 2).max();
        let mut fits_kind = vec![false; last.map_or(0, |last| *last as usize + 1)];
        for (kind, marks) in &groups.kinds {
            if let Some(fits) = fits_kind.get_mut(*kind as usize) {
                *fits = marks.fit(filter);
            }
        }
        let stream = filter.session.map(|stream| stream.get());
        Self { stream, kinds: fits_kind, streams: fits_stream.collect() }
    }

    /// Whether the filter leaves a text.
    #[inline]
    pub(super) fn has(&self, known: Known) -> bool {
        self.kinds.get(known.kind as usize) == Some(&true)
            && self.streams.get(known.stream as usize) == Some(&true)
            && self.stream.is_none_or(|only| only == i64::from(known.stream))
    }
}

/// Counts the finds that a filter leaves, by what they have in common.
pub(super) struct Counts<'g> {
    groups: &'g Groups,
    fits: &'g Fits,
    of_kind: Vec<u32>,
    of_stream: Vec<u32>,
}

impl<'g> Counts<'g> {
    pub(super) fn new(groups: &'g Groups, fits: &'g Fits) -> Self {
        let (of_kind, of_stream) = (vec![0; fits.kinds.len()], vec![0; fits.streams.len()]);
        Self { groups, fits, of_kind, of_stream }
    }

    /// Counts a text where the filter leaves it; returns whether it does.
    #[inline]
    pub(super) fn add(&mut self, known: Known) -> bool {
        let fits = self.fits.has(known);
        if fits {
            self.of_kind[known.kind as usize] += 1;
            self.of_stream[known.stream as usize] += 1;
        }
        fits
    }

    pub(super) fn found(&self) -> u64 {
        self.of_kind.iter().map(|count| u64::from(*count)).sum()
    }

    pub(super) fn facets(&self, places: &mut Places) -> Vec<Facet> {
        let mut of_scope: HashMap<u32, u64> = HashMap::new();
        let counted = self.of_stream.iter().zip(&self.groups.of_stream).filter(|(count, _)| **count > 0);
        for (count, scope) in counted {
            *of_scope.entry(*scope).or_default() += u64::from(*count);
        }
        let scopes: Vec<(&Scope, u64)> = of_scope
            .into_iter()
            .filter_map(|(scope, count)| Some((self.groups.scopes.get(&scope)?, count)))
            .collect();
        let kinds: Vec<(&Marks, u64)> = self
            .of_kind
            .iter()
            .enumerate()
            .filter(|(_, found)| **found > 0)
            .filter_map(|(kind, found)| Some((self.groups.kinds.get(&count(kind))?, u64::from(*found))))
            .collect();
        facets(&scopes, &kinds, places)
    }
}

/// Returns what finds have in common: those of sessions of each scope, and those of each kind.
pub(super) fn facets(scopes: &[(&Scope, u64)], kinds: &[(&Marks, u64)], places: &mut Places) -> Vec<Facet> {
    let of_scope = |name, value: fn(&Scope) -> &str| {
        facet(name, scopes.iter().map(|(scope, count)| (value(scope), *count)))
    };
    let of_scopes = [
        of_scope("workspace", |scope| &scope.workspace),
        of_scope("type", |scope| &scope.kind),
        of_scope("status", |scope| &scope.status),
        of_scope("tool", tool),
    ];
    let projects: Vec<(String, u64)> =
        scopes.iter().filter_map(|(scope, count)| Some((places.project(scope)?, *count))).collect();
    let of_project = facet("project", projects.iter().map(|(name, count)| (name.as_str(), *count)));
    let of_kinds = MARKS.map(|mark: Mark| {
        let values = kinds.iter().filter_map(|(marks, count)| Some((marks.get(mark)?, *count)));
        facet(mark.name(), values)
    });
    let lists: Vec<_> = scopes.iter().map(|(scope, count)| (lists(&scope.lists), *count)).collect();
    let of_lists = Record::lists().map(|record| {
        let values = lists.iter().flat_map(|(lists, count)| {
            let list = lists.iter().filter(|(known, _)| *known == record);
            list.flat_map(|(_, list)| list.iter().map(|value| (value.as_str(), *count)))
        });
        facet(record.name(), values)
    });
    of_scopes.into_iter().chain([of_project]).chain(of_kinds).chain(of_lists).collect()
}

fn facet<'v>(name: &'static str, values: impl Iterator<Item = (&'v str, u64)>) -> Facet {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    values.for_each(|(value, count)| *counted.entry(value).or_default() += count);
    let mut counts: Vec<(String, u64)> =
        counted.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Facet { name, counts }
}

/// Reads the lists of a session.
pub(super) fn lists(json: &str) -> Vec<(Record, Vec<String>)> {
    let known: BTreeMap<String, Vec<String>> = serde_json::from_str(json).unwrap_or_default();
    Record::lists().filter_map(|record| Some((record, known.get(record.name())?.clone()))).collect()
}
