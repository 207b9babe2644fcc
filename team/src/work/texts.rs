//! The words of texts, for searches: rows beside those that lists show, written in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::Transaction;
use retold_core::{Event, Position, Recorded};
use retold_projections::{FoldedStream, IndexChange, IndexedText, SearchFold};

use super::cells::without_nul;
use super::events::Reading;
use super::streams::{Link, Streams, Touched};
use super::vectors::vectors;
use super::{PAGE, folded};
use crate::receiver::Error;

/// Bytes of rows that wait in memory to be written, about.
const WAITING_MAX: usize = 4 << 20;
/// The tables of searches.
pub(super) const TABLES: [&str; 2] = ["search", "search_sizes"];

/// Turns events into rows.
pub(super) struct Texts {
    fold: SearchFold,
    waiting: BTreeMap<i64, Waiting>,
    bytes: usize,
}

/// What is to be changed of a session, and where that is.
struct Waiting {
    log: i32,
    workspace: i64,
    chain: Vec<Link>,
    gone: BTreeSet<(Position, bool)>,
    texts: BTreeMap<(Position, bool), IndexedText>,
}

impl Texts {
    pub(super) fn new() -> Result<Self, Error> {
        let fold = SearchFold::new().map_err(|error| Error::Target(error.to_string()))?;
        Ok(Self { fold, waiting: BTreeMap::new(), bytes: 0 })
    }

    /// Forgets everything: a transaction was rolled back.
    pub(super) fn forget(&mut self) {
        self.fold.clear();
        (self.waiting, self.bytes) = (BTreeMap::new(), 0);
    }

    /// Takes away what a search finds of a session, whose events come again from the first on.
    pub(super) fn begin(
        &mut self,
        transaction: &mut Transaction<'_>,
        of: (i64, i32),
        stream: i64,
    ) -> Result<(), Error> {
        self.fold.forget(of.1, stream);
        self.waiting.remove(&stream);
        delete(transaction, of, &[stream])
    }

    /// Puts what events say that come next in their session into the index.
    pub(super) fn index(
        &mut self,
        transaction: &mut Transaction<'_>,
        reading: &mut Reading,
        of: (i64, i32),
        (stream, streams): (&FoldedStream, &Streams),
        events: &mut [Recorded],
    ) -> Result<(), Error> {
        let (Some(touched), Some(first)) = (streams.get(stream.number), events.first()) else {
            return Ok(());
        };
        let before = first.revision.get().cast_signed() - 1;
        let chain = streams.chain(transaction, of.0, stream.number)?;
        let session = Session { stream, touched, chain: &chain };
        let known = self.fold.revision(of.1, stream.number);
        if known.map_or(0, |known| known.get().cast_signed()) != before {
            self.fold.forget(of.1, stream.number);
            self.know(transaction, reading, of, session, before)?;
        }
        self.page(transaction, reading, of, session, events)
    }

    /// Applies the events of a session up to a revision, whose texts are in the index already.
    fn know(
        &mut self,
        transaction: &mut Transaction<'_>,
        reading: &mut Reading,
        of: (i64, i32),
        session: Session<'_>,
        until: i64,
    ) -> Result<(), Error> {
        let mut after = 0;
        for link in session.chain {
            while after < until {
                let limit = PAGE.min(until - after);
                let page = reading.stream(transaction, (of.0, link.stream), (after, link.until), limit)?;
                let mut events: Vec<Recorded> = page.into_iter().filter_map(Result::ok).collect();
                let Some(last) = events.last() else { break };
                after = last.revision.get().cast_signed();
                self.apply(transaction, reading, of, session, &mut events)?;
                self.fold.take(of.1, session.stream.number).map_err(folded)?;
            }
        }
        Ok(())
    }

    /// Puts what the next events of a session say into the index. What has come together is written where it is much.
    pub(super) fn page(
        &mut self,
        transaction: &mut Transaction<'_>,
        reading: &mut Reading,
        of: (i64, i32),
        session: Session<'_>,
        events: &mut [Recorded],
    ) -> Result<(), Error> {
        self.apply(transaction, reading, of, session, events)?;
        self.take(of.1, session)?;
        if self.bytes > WAITING_MAX {
            self.write(transaction, of)?;
        }
        Ok(())
    }

    fn apply(
        &mut self,
        transaction: &mut Transaction<'_>,
        reading: &mut Reading,
        (tenant, generation): (i64, i32),
        Session { stream, chain, .. }: Session<'_>,
        events: &mut [Recorded],
    ) -> Result<(), Error> {
        for event in events {
            let log = log_at(chain, event.position);
            // Long texts are in memory one at a time.
            let held = event.event.as_ref().and_then(Event::long_text).cloned();
            reading.resolve(transaction, (tenant, log), std::slice::from_mut(event))?;
            loop {
                let missing = self.fold.apply(generation, stream, event).map_err(folded)?;
                if missing.is_empty() {
                    break;
                }
                for position in missing {
                    let log = log_at(chain, position);
                    let text = reading.text_at(transaction, (tenant, log), position)?;
                    self.fold.give(position, text);
                }
            }
            if let (Some(held), Some(place)) = (held, event.event.as_mut().and_then(Event::long_text_mut)) {
                *place = held;
            }
        }
        Ok(())
    }

    /// Puts what was changed of a session with what waits to be written.
    fn take(&mut self, generation: i32, session: Session<'_>) -> Result<(), Error> {
        let Session { stream, touched, chain } = session;
        let IndexChange { gone, texts, .. } = self.fold.take(generation, stream.number).map_err(folded)?;
        let waiting = self.waiting.entry(stream.number).or_insert_with(|| Waiting {
            log: touched.log,
            workspace: stream.workspace,
            chain: chain.to_vec(),
            gone: BTreeSet::new(),
            texts: BTreeMap::new(),
        });
        for text in gone {
            waiting.texts.remove(&text);
            waiting.gone.insert(text);
        }
        for text in texts {
            self.bytes += 64 + text.words.iter().map(|word| word.len() + 8).sum::<usize>();
            waiting.texts.insert((text.position, text.is_paths), text);
        }
        Ok(())
    }

    /// Takes away what a search would find of a session that is deleted.
    pub(super) fn leave_deleted(
        &mut self,
        transaction: &mut Transaction<'_>,
        of: (i64, i32),
        stream: i64,
    ) -> Result<(), Error> {
        if !self.fold.is_deleted(of.1, stream) {
            return Ok(());
        }
        self.waiting.remove(&stream);
        delete(transaction, of, &[stream])
    }

    /// Writes what waits.
    pub(super) fn write(&mut self, transaction: &mut Transaction<'_>, of: (i64, i32)) -> Result<(), Error> {
        self.bytes = 0;
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let (tenant, generation) = of;
        let mut sizes: HashMap<i64, (i64, i64)> = HashMap::new();
        let (mut streams, mut positions, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for (stream, change) in &waiting {
            for (position, is_paths) in &change.gone {
                streams.push(*stream);
                positions.push(position.get().cast_signed());
                parts.push(i16::from(*is_paths));
            }
        }
        let gone = include_str!("../../sql/texts_gone.sql");
        for row in transaction.query(gone, &[&tenant, &generation, &streams, &positions, &parts])? {
            sizes.insert(row.get(0), (-row.get::<_, i64>(1), -row.get::<_, i64>(2)));
        }
        let mut rows = Rows::default();
        for (stream, change) in &waiting {
            let size = sizes.entry(*stream).or_default();
            for text in change.texts.values() {
                size.0 += i64::from(text.length > 0);
                size.1 += i64::from(text.length);
                rows.push(tenant, (*stream, change), text);
            }
        }
        rows.write(transaction, of)?;
        let (mut all, mut logs, mut workspaces) = (Vec::new(), Vec::new(), Vec::new());
        let (mut texts, mut words) = (Vec::new(), Vec::new());
        for (stream, change) in &waiting {
            let Some((more_texts, more_words)) = sizes.remove(stream) else { continue };
            all.push(*stream);
            logs.push(change.log);
            workspaces.push(change.workspace);
            texts.push(more_texts);
            words.push(more_words);
        }
        let sql = include_str!("../../sql/texts_sizes.sql");
        transaction.execute(sql, &[&tenant, &generation, &all, &logs, &workspaces, &texts, &words])?;
        self.fold.trim();
        Ok(())
    }
}

/// A session whose texts are put into the index.
#[derive(Clone, Copy)]
pub(super) struct Session<'s> {
    pub(super) stream: &'s FoldedStream,
    pub(super) touched: &'s Touched,
    pub(super) chain: &'s [Link],
}

/// Returns the log that has the event of a session at a position.
fn log_at(chain: &[Link], position: Position) -> i32 {
    let at = position.get().cast_signed();
    chain.iter().find(|link| at <= link.until).map_or(0, |link| link.log)
}

/// Takes away all that a search finds of some streams.
pub(super) fn delete(
    transaction: &mut Transaction<'_>,
    (tenant, generation): (i64, i32),
    streams: &[i64],
) -> Result<(), Error> {
    for table in TABLES.iter().filter(|_| !streams.is_empty()) {
        let sql =
            format!("delete from retold.{table} where tenant = $1 and generation = $2 and stream = any ($3)");
        transaction.execute(&sql, &[&tenant, &generation, &streams])?;
    }
    Ok(())
}

/// Rows of pieces of texts, column by column.
#[derive(Default)]
struct Rows {
    streams: Vec<i64>,
    logs: Vec<i32>,
    workspaces: Vec<i64>,
    at_logs: Vec<i32>,
    positions: Vec<i64>,
    parts: Vec<i16>,
    pieces: [Vec<i32>; 2],
    whats: Vec<String>,
    marks: [Vec<Option<String>>; 4],
    lengths: Vec<i32>,
    words: Vec<String>,
}

impl Rows {
    fn push(&mut self, tenant: i64, (stream, of): (i64, &Waiting), text: &IndexedText) {
        let vectors = vectors(tenant, &text.words);
        let count = i32::try_from(vectors.len()).unwrap_or(i32::MAX);
        for (piece, words) in (0..).zip(vectors) {
            self.streams.push(stream);
            self.logs.push(of.log);
            self.workspaces.push(of.workspace);
            self.at_logs.push(log_at(&of.chain, text.position));
            self.positions.push(text.position.get().cast_signed());
            self.parts.push(i16::from(text.is_paths));
            self.pieces[0].push(piece);
            self.pieces[1].push(count);
            self.whats.push(text.what.clone());
            let marks = [&text.role, &text.agent, &text.tool_name, &text.tool_kind];
            for (column, mark) in self.marks.iter_mut().zip(marks) {
                column.push(mark.clone().map(without_nul));
            }
            self.lengths.push(i32::try_from(text.length).unwrap_or(i32::MAX));
            self.words.push(words);
        }
    }

    fn write(
        &self,
        transaction: &mut Transaction<'_>,
        (tenant, generation): (i64, i32),
    ) -> Result<(), Error> {
        if self.streams.is_empty() {
            return Ok(());
        }
        let ([piece, pieces], [role, agent, tool_name, tool_kind]) = (&self.pieces, &self.marks);
        transaction.execute(
            include_str!("../../sql/texts_came.sql"),
            &[
                &tenant,
                &generation,
                &self.streams,
                &self.logs,
                &self.workspaces,
                &self.at_logs,
                &self.positions,
                &self.parts,
                piece,
                pieces,
                &self.whats,
                role,
                agent,
                tool_name,
                tool_kind,
                &self.lengths,
                &self.words,
            ],
        )?;
        Ok(())
    }
}
