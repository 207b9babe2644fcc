//! Keeps what lists show of a team's logs: rows that are folded from the events by the code that a store folds them by.
//!
//! The worker follows the numbers of shipments. What it has taken in and the number up to which it has are written in one transaction,
//! so it can be killed anywhere. Streams of which something was erased or supplied are marked in that transaction and made again from all of
//! their events. Another generation of the rows is built beside the one that is read, which is kept meanwhile.

mod cells;
mod events;
mod generations;
mod streams;
mod texts;
mod vectors;
mod write;

use std::collections::{HashMap, HashSet};

use postgres::{Client, IsolationLevel, Transaction};
use retold_core::Recorded;
use retold_projections::{FoldedStream, ModelTable, SessionFold};

use crate::receiver::Error;
pub(crate) use cells::{read as read_row, selected, without_nul};
use events::{Known, Left, known};
pub(crate) use events::{Reading, referring};
use generations::Generation;
use streams::Streams;
use texts::{Session, Texts};
pub(crate) use vectors::lexeme;

/// The name of the checkpoints.
const NAME: &str = "sessions";
/// Rises with every change of the rows or of what fills them: they are built again then.
pub const VERSION: i32 = 2;
/// Events that one step takes in, about.
const EVENTS_A_STEP: i64 = 5_000;
/// Shipments that it takes in at most: each may hold some megabytes.
const SHIPMENTS_A_STEP: i64 = 16;
/// Streams that it makes again.
const STALE_A_STEP: usize = 64;
/// Events of a stream that are in memory at a time.
const PAGE: i64 = 2_000;
/// A transaction that somebody got in the way of is tried so often again at once.
const TRIES: usize = 8;

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// How many events were taken in.
    pub events: u64,
    /// How many streams were made again from all of their events.
    pub again: u64,
    /// The number of the last shipment that the rows have, and of the last one that there is.
    pub ingest: (u64, u64),
    /// Whether there is more to do now.
    pub more: bool,
    /// Whether another worker was at it.
    pub held: bool,
}

/// Keeps the rows of one team.
pub struct Worker {
    client: Client,
    tenant: i64,
    fold: SessionFold,
    reading: Reading,
    texts: Texts,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for a team, by the connection of a role that is granted `retold_worker`.
    ///
    /// # Errors
    /// Where there is no memory.
    pub fn new(client: Client, tenant: i64) -> Result<Self, Error> {
        let fold = SessionFold::new().map_err(|error| Error::Target(error.to_string()))?;
        Ok(Self { client, tenant, fold, reading: Reading::new()?, texts: Texts::new()? })
    }

    /// Takes in the next shipments, or makes streams again: one transaction. O(what it takes in; of streams that are made again, all of
    /// their events). Several workers take turns.
    ///
    /// A session with an event that cannot be read, or that a newer release wrote, is listed as it was before that, and counted in
    /// `stale`; it holds up nobody else's.
    ///
    /// # Errors
    /// Where PostgreSQL fails, or a newer release keeps the rows: nothing was changed then.
    pub fn step(&mut self) -> Result<Step, Error> {
        self.retry(Self::try_step)
    }

    /// Begins another generation of the rows, which the steps after this fill and then put in the place of the one that is read.
    /// Does nothing where one is being filled.
    ///
    /// # Errors
    /// Where PostgreSQL fails.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        self.retry(|worker, transaction| {
            if !worker.hold(transaction)? {
                return Err(Error::Held(format!("tenant {}", worker.tenant)));
            }
            let all = worker.generations(transaction)?;
            if all.len() == 1 {
                worker.begin(transaction, all[0].number + 1)?;
            }
            Ok(())
        })
    }

    /// Runs something in a transaction, again where somebody got in its way.
    fn retry<T>(
        &mut self,
        act: impl Fn(&mut Parts<'_>, &mut Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tries = 0;
        loop {
            let Self { client, tenant, fold, reading, texts } = self;
            let mut run = || -> Result<T, Error> {
                let mut transaction =
                    client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).start()?;
                let mut parts = Parts { tenant: *tenant, fold, reading, texts };
                let done = act(&mut parts, &mut transaction)?;
                transaction.commit()?;
                Ok(done)
            };
            tries += 1;
            let done = run();
            if done.is_err() {
                texts.forget();
            }
            match done {
                Err(Error::Postgres(error))
                    if tries < TRIES && error.code().is_some_and(|code| code.code().starts_with("40")) => {}
                done => return done,
            }
        }
    }

    fn try_step(parts: &mut Parts<'_>, transaction: &mut Transaction<'_>) -> Result<Step, Error> {
        let mut step = Step::default();
        if !parts.hold(transaction)? {
            return Ok(Step { held: true, ..step });
        }
        let last: i64 = transaction
            .query_one("select ingest from retold.tenant where tenant = $1", &[&parts.tenant])?
            .get(0);
        let generations = parts.generations(transaction)?;
        let stale = parts.stale(transaction)?;
        for generation in &generations {
            parts.fold.clear().map_err(folded)?;
            let (events, ingest) = parts.take_shipments(transaction, *generation, &stale)?;
            step.events += events;
            // The one that is read is the first of them.
            if generation.number == generations[0].number {
                step.ingest = (ingest.cast_unsigned(), last.cast_unsigned());
            } else if ingest == last {
                parts.flip(transaction, generations[0].number, generation.number)?;
            }
            step.more |= ingest < last;
        }
        step.again = stale.len() as u64;
        step.more |= stale.len() == STALE_A_STEP;
        for (stream, mark) in stale {
            transaction.execute(
                "delete from retold.stale where tenant = $1 and stream = $2 and mark = $3",
                &[&parts.tenant, &stream, &mark],
            )?;
        }
        Ok(step)
    }
}

fn folded(error: retold_projections::Error) -> Error {
    Error::Damaged(error.to_string())
}

/// A worker within a transaction.
struct Parts<'w> {
    tenant: i64,
    fold: &'w mut SessionFold,
    reading: &'w mut Reading,
    texts: &'w mut Texts,
}

impl Parts<'_> {
    /// Keeps other workers of the team away until the transaction ends; `false` where one is at it.
    fn hold(&self, transaction: &mut Transaction<'_>) -> Result<bool, Error> {
        let sql = "select pg_try_advisory_xact_lock(hashtextextended('retold work', $1))";
        Ok(transaction.query_one(sql, &[&self.tenant])?.get(0))
    }

    /// Returns streams that have to be made again, each with its mark.
    fn stale(&self, transaction: &mut Transaction<'_>) -> Result<Vec<(i64, i64)>, Error> {
        let rows = transaction.query(
            "select stream, mark from retold.stale where tenant = $1 and (waits_for is null or waits_for < $2)
            order by stream limit $3",
            &[&self.tenant, &known(), &i64::try_from(STALE_A_STEP).unwrap_or(i64::MAX)],
        )?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Takes the next shipments into a generation, and makes the streams again that have to be. Returns how many events those were, and
    /// the number of the last shipment that it has now.
    fn take_shipments(
        &mut self,
        transaction: &mut Transaction<'_>,
        generation: Generation,
        stale: &[(i64, i64)],
    ) -> Result<(u64, i64), Error> {
        let shipments = transaction.query(
            "select ingest, log, first, last, chain, (sum(last - first + 1) over (order by ingest))::bigint from retold.shipment
            where tenant = $1 and ingest > $2 order by ingest limit $3",
            &[&self.tenant, &generation.ingest, &SHIPMENTS_A_STEP],
        )?;
        let mut arrived: HashMap<i64, Vec<Known>> = HashMap::new();
        let (mut ingest, mut chain) = (generation.ingest, None);
        for row in &shipments {
            if ingest > generation.ingest && row.get::<_, i64>(5) > EVENTS_A_STEP {
                break;
            }
            let range = (row.get(2), row.get(3));
            self.reading.range(transaction, (self.tenant, row.get(1)), range, &mut arrived)?;
            (ingest, chain) = (row.get(0), Some(row.get::<_, Vec<u8>>(4)));
        }
        let events = arrived.values().map(Vec::len).sum::<usize>() as u64;
        let stale: HashSet<i64> = stale.iter().map(|(stream, _)| *stream).collect();
        let touched: Vec<i64> = arrived
            .keys()
            .copied()
            .chain(stale.iter().copied().filter(|stream| !arrived.contains_key(stream)))
            .collect();
        let (streams, rows) = Streams::read(transaction, self.tenant, generation.number, &touched)?;
        for (table, rows) in rows {
            self.fold.put(table, rows).map_err(folded)?;
        }
        self.fold_all(transaction, generation.number, &streams, arrived, &stale)?;
        if let Some(chain) = chain {
            transaction.execute(
                "update retold.checkpoint set ingest = $4, chain = $5 where tenant = $1 and name = $2 and version = $3",
                &[&self.tenant, &NAME, &generation.number, &ingest, &chain],
            )?;
        }
        Ok((events, ingest))
    }

    fn fold_all(
        &mut self,
        transaction: &mut Transaction<'_>,
        generation: i32,
        streams: &Streams,
        mut arrived: HashMap<i64, Vec<Known>>,
        stale: &HashSet<i64>,
    ) -> Result<(), Error> {
        let mut again = Vec::new();
        let mut last: HashMap<i64, Recorded> = HashMap::new();
        for stream in streams.all() {
            let events = arrived.remove(&stream.number).unwrap_or_default();
            let has = streams.revision(stream.number);
            let events: Result<Vec<Recorded>, Left> = events
                .into_iter()
                .filter(|event| !event.as_ref().is_ok_and(|event| event.revision.get().cast_signed() <= has))
                .collect();
            // One with an event that is not known here, or cannot be read, goes up to there.
            let (Ok(events), false) = (events, stale.contains(&stream.number)) else {
                again.push(stream);
                continue;
            };
            let Some(newest) = events.last() else { continue };
            // What is known of a workspace is in one event of it.
            let is_next = stream.name.is_workspace()
                || (events[0].revision.get().cast_signed() == has + 1
                    && events.windows(2).all(|pair| pair[1].revision == pair[0].revision.plus(1)));
            match is_next && self.fold.extend(stream, &events).map_err(folded)? {
                true => {
                    last.insert(stream.number, newest.clone());
                    if !stream.name.is_workspace() {
                        let (of, mut events) = ((self.tenant, generation), events);
                        self.texts.index(transaction, self.reading, of, (stream, streams), &mut events)?;
                    }
                }
                false => again.push(stream),
            }
        }
        let (mut gone, mut cleared) = (Vec::new(), HashSet::new());
        for stream in again {
            if stream.name.is_workspace() {
                cleared.insert(stream.workspace);
            }
            if let Some(newest) = self.fold_again(transaction, generation, stream, streams)? {
                last.insert(stream.number, newest);
            }
            gone.push(stream.number);
        }
        self.delete(transaction, generation, &gone)?;
        self.write_workspaces(transaction, &cleared)?;
        self.write_rows(transaction, generation, streams, &last)?;
        self.texts.write(transaction, (self.tenant, generation))?;
        self.leave_to_newer_logs(transaction, generation, streams)
    }

    /// Folds all events of a stream; returns the last of them.
    fn fold_again(
        &mut self,
        transaction: &mut Transaction<'_>,
        generation: i32,
        stream: &FoldedStream,
        streams: &Streams,
    ) -> Result<Option<Recorded>, Error> {
        let chain = streams.chain(transaction, self.tenant, stream.number)?;
        let (mut at, mut after, mut last, mut left) = (0, 0, None, None);
        let of = (self.tenant, generation);
        self.texts.begin(transaction, of, stream.number)?;
        let Self { fold, reading, tenant, texts } = self;
        fold.fold(stream, || -> Result<Vec<Recorded>, Failed> {
            while let Some(link) = chain.get(at) {
                let page = reading.stream(transaction, (*tenant, link.stream), (after, link.until), PAGE)?;
                if page.is_empty() {
                    at += 1;
                    continue;
                }
                let mut known = Vec::with_capacity(page.len());
                for event in page {
                    match event {
                        Ok(event) => known.push(event),
                        Err(why) => {
                            // What comes after it would happen to something else than it did.
                            left = Some(why);
                            at = chain.len();
                            break;
                        }
                    }
                }
                if let Some(newest) = known.last() {
                    after = newest.revision.get().cast_signed();
                    last = Some(newest.clone());
                }
                if let Some(touched) = streams.get(stream.number).filter(|_| !stream.name.is_workspace()) {
                    let session = Session { stream, touched, chain: &chain };
                    texts.page(transaction, reading, of, session, &mut known)?;
                }
                return Ok(known);
            }
            Ok(Vec::new())
        })
        .map_err(|Failed(error)| error)?;
        self.texts.leave_deleted(transaction, of, stream.number)?;
        if let Some(why) = left {
            self.leave(transaction, stream.number, why)?;
        }
        Ok(last)
    }

    /// Leaves a stream until more is known, or something of it is erased or supplied.
    fn leave(&self, transaction: &mut Transaction<'_>, stream: i64, why: Left) -> Result<(), Error> {
        transaction.execute(
            "insert into retold.stale (tenant, stream, waits_for) values ($1, $2, $3)
            on conflict (tenant, stream) do update set mark = retold.stale.mark + 1, waits_for = $3",
            &[&self.tenant, &stream, &why.waits_for()],
        )?;
        Ok(())
    }
}

/// The tables that have a row for what is in a stream.
const TABLES: [ModelTable; 4] =
    [ModelTable::Sessions, ModelTable::Instances, ModelTable::Messages, ModelTable::Chunks];

/// What stops a fold: the rows, or PostgreSQL.
struct Failed(Error);

impl From<retold_projections::Error> for Failed {
    fn from(error: retold_projections::Error) -> Self {
        Self(folded(error))
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}
