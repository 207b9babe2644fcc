//! Opening a log, and what an open log holds.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior};

use super::Log;
use super::dictionary::{learn, newest_dictionary, unusable_dictionary};
use super::heads::Heads;
use super::in_use::InUse;
use super::inline::Inline;
use super::operation::Operation;
use super::pool::{Pool, PooledReader};
use super::read::Reader;
use super::shared::Shared;
use super::store::{self, Durability, Found};
use super::writer::{Request, Writer};
use crate::pack::{FIRST_DICTIONARY, Packer, Unpacker, ZSTD};
use crate::reading::{Access, Stamp, check_one_name, real_store_path};
use crate::time::Clock;
use crate::{Error, LogId};

/// Requests that may wait for the writer; a further caller waits for room.
const QUEUE_MAX: usize = 256;

/// How to open a log.
pub struct Options {
    create: bool,
    read_only: bool,
    durability: Durability,
    busy_timeout: Duration,
    clock: Clock,
    inline: Option<Box<dyn Inline>>,
    operation: Option<Operation>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// How long another process that holds the store is waited for, where nobody says otherwise.
    pub const BUSY: Duration = Duration::from_secs(5);

    /// A log that exists, to read and write, durable to power loss, with a timeout of 5 seconds.
    pub fn new() -> Self {
        Self {
            create: false,
            read_only: false,
            durability: Durability::Full,
            busy_timeout: Self::BUSY,
            clock: Arc::new(Timestamp::now),
            inline: None,
            operation: None,
        }
    }

    /// Creates the store where there is nothing.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Refuses every write, also a migration.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Returns whether every write is refused.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// How well an acknowledged commit is kept.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long to wait for another process that holds the store.
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Where the log takes the present from.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Keeps read models inside the transaction of every append.
    #[must_use]
    pub fn inline(mut self, inline: impl Inline + 'static) -> Self {
        self.inline = Some(Box::new(inline));
        self
    }

    /// Which command commits belong to that do not say: see [`Log::during`].
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Opens the store at `path`, in the same time whatever its length.
    ///
    /// The last events are read against their hashes first, unless the store is opened for reading only.
    ///
    /// A store of an older release is brought up to date, unless it is opened for reading only. A new store is
    /// readable by its owner alone (mode 0600).
    ///
    /// # Errors
    /// [`Error::NoStore`], [`Error::NotAStore`], [`Error::Newer`], [`Error::Older`] for what is at the path:
    /// it is as it was. [`Error::Io`], [`Error::ReadOnly`], [`Error::Busy`], [`Error::Damaged`] and
    /// [`Error::Sqlite`] for what is in the way.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Log, Error> {
        let named = path.as_ref();
        let path = real_store_path(named);
        let in_use = InUse::begin(&path, || match store::look(&path)? {
            Found::Store => Ok(()),
            Found::Nothing | Found::Empty if self.create && !self.read_only => store::create_file(&path),
            Found::Nothing | Found::Empty => Err(Error::NoStore { path: named.to_owned() }),
        })?;
        let (first, unlocked) = if self.read_only {
            let stamp = Stamp::of(&path);
            let (first, access) = store::open_reader_anywhere(&path, self.busy_timeout)?;
            (first, (access != Access::Shared).then_some(stamp))
        } else {
            check_one_name(&path)?;
            store::up_to_date(&path, self.durability, self.busy_timeout)?;
            (store::open_reader(&path, self.busy_timeout)?, None)
        };
        let (found, known) = (store::version(&path, &first)?, retold_migrations::latest());
        if found > known {
            return Err(Error::Newer { path, found, known });
        }
        if found < known && !(self.read_only && found >= store::READABLE) {
            return Err(Error::Older { path, found, known });
        }
        let log_id = match store::read_log_id(&first) {
            // Whoever only reads has to get at a damaged store, if only to recover it.
            Err(Error::Damaged { .. }) if self.read_only => store::NO_LOG,
            found => found?,
        };
        let dictionary = match newest_dictionary(&first) {
            // Whoever only reads packs nothing, and has to get at a damaged store.
            Err(Error::Damaged { .. }) if self.read_only => {
                (FIRST_DICTIONARY, store::BUILT_IN_DICTIONARY.into())
            }
            found => found?,
        };
        let log = Log {
            inner: Arc::new(Inner {
                pool: Pool::new(path, self.read_only, self.busy_timeout, (first, unlocked)),
                log_id,
                durability: self.durability,
                shared: Arc::new(Shared::new(self.clock)),
                writer: Mutex::new(WriterState::Unstarted(self.inline)),
                packers: Mutex::new(Packers { dictionary, free: Vec::new() }),
                in_use,
            }),
            operation: self.operation.map(Arc::new),
        };
        // Whoever only reads has to get at a damaged store, if only to verify it.
        if !log.inner.pool.read_only {
            super::verify::check_tail(&mut log.reader()?, log_id)?;
        }
        Ok(log)
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("create", &self.create)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

pub(super) struct Inner {
    log_id: LogId,
    pool: Pool,
    durability: Durability,
    pub(super) shared: Arc<Shared>,
    writer: Mutex<WriterState>,
    packers: Mutex<Packers>,
    /// After every connection.
    in_use: InUse,
}

enum WriterState {
    Unstarted(Option<Box<dyn Inline>>),
    Running { requests: Sender<Request>, thread: JoinHandle<()> },
    Gone,
}

struct Packers {
    dictionary: (u32, Arc<[u8]>),
    free: Vec<Packer>,
}

impl Inner {
    pub(super) fn path(&self) -> &Path {
        &self.pool.path
    }

    pub(super) fn log_id(&self) -> LogId {
        self.log_id
    }

    /// Hands a request to the writer, which the first request starts. A writer that has stopped takes none: who does not look
    /// at tickets hears of it here.
    pub(super) fn send(&self, request: Request) -> Result<(), Error> {
        if let Some(cause) = self.shared.latched() {
            return Err(Error::Latched { cause });
        }
        let requests = {
            let mut state = self.writer.lock();
            if matches!(*state, WriterState::Unstarted(_)) {
                self.start(&mut state)?;
            }
            match &*state {
                WriterState::Running { requests, .. } => requests.clone(),
                _ => return Err(super::writer_gone()),
            }
        };
        requests.send(request).map_err(|_| super::writer_gone())
    }

    fn start(&self, state: &mut WriterState) -> Result<(), Error> {
        if self.pool.read_only {
            return Err(Error::ReadOnly { act: "append" });
        }
        let connection = self.open_writer()?;
        if store::is_part(&connection)? {
            return Err(Error::PartOfLog { act: "append to", path: self.pool.path.clone() });
        }
        let WriterState::Unstarted(inline) = std::mem::replace(state, WriterState::Gone) else {
            unreachable!("only a writer that was not started is started");
        };
        let (requests, inbox) = crossbeam_channel::bounded(QUEUE_MAX);
        let shared = Arc::clone(&self.shared);
        let (own, heads) = (PooledReader::new(connection), Heads::default());
        let spot = self.in_use.spot(&self.pool.path);
        let writer = Writer { own, log: self.log_id, heads, packer: None, inline, shared, spot };
        let thread = std::thread::Builder::new()
            .name("retold-writer".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(|source| Error::Io {
                act: "start a writer for",
                path: self.pool.path.clone(),
                source,
            })?;
        *state = WriterState::Running { requests, thread };
        Ok(())
    }

    /// Opens another connection that writes, for what is not an append.
    pub(super) fn open_writer(&self) -> Result<Connection, Error> {
        if self.pool.read_only {
            return Err(Error::ReadOnly { act: "open the store for writing" });
        }
        check_one_name(&self.pool.path)?;
        store::open_writer(&self.pool.path, self.durability, self.pool.busy_timeout)
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn reader(&self) -> Result<Reader<'_>, Error> {
        Reader::of(&self.pool)
    }

    /// Lends a packer with the newest dictionary.
    pub(super) fn with_packer<T>(
        &self,
        work: impl FnOnce(&mut Packer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.shared.take_dictionary_is_gone() {
            let (number, bytes) = newest_dictionary(&self.reader()?.pooled().connection)?;
            self.pack_with(number, &bytes);
        }
        let (free, (number, bytes)) = {
            let mut packers = self.packers.lock();
            (packers.free.pop(), packers.dictionary.clone())
        };
        let mut packer = match free {
            Some(packer) => packer,
            None => Packer::new(number, &bytes).map_err(|error| unusable_dictionary(&error))?,
        };
        let outcome = work(&mut packer);
        let mut packers = self.packers.lock();
        if packer.dictionary() == packers.dictionary.0 {
            packers.free.push(packer);
        }
        outcome
    }

    /// Lends an unpacker that knows what [`with_packer`](Self::with_packer)'s packers write.
    pub(super) fn with_unpacker<T>(
        &self,
        work: impl FnOnce(&mut Unpacker) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut reader = self.reader()?;
        let newest = self.packers.lock().dictionary.0;
        let pooled = reader.pooled_mut();
        for codec in [ZSTD, newest] {
            learn(&pooled.connection, &mut pooled.decoder.unpacker, codec)?;
        }
        work(&mut pooled.decoder.unpacker)
    }

    /// Packs with another dictionary from now on.
    pub(super) fn pack_with(&self, number: u32, bytes: &[u8]) {
        *self.packers.lock() = Packers { dictionary: (number, bytes.into()), free: Vec::new() };
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.pool.read_only
    }

    pub(super) fn busy_timeout(&self) -> Duration {
        self.pool.busy_timeout
    }

    pub(super) fn is_trained(&self) -> bool {
        self.packers.lock().dictionary.0 > FIRST_DICTIONARY
    }

    pub(super) fn train(&self, samples: &[Vec<u8>]) -> Result<(), Error> {
        let bytes = crate::pack::train(samples).map_err(|_| Error::Malformed {
            reason: "the samples are too few, or too much alike, to train on",
        })?;
        let act = Error::sqlite("keep a dictionary");
        let mut connection = self.open_writer()?;
        let known = self.packers.lock().dictionary.0;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&act)?;
        let (newest, trained) = newest_dictionary(&tx)?;
        if newest > known {
            // Another process has trained one meanwhile.
            self.pack_with(newest, &trained);
            return Ok(());
        }
        let sql = include_str!("../../sql/insert_dictionary.sql");
        let number: u32 = tx.query_row(sql, [&bytes], |row| row.get(0)).map_err(&act)?;
        tx.commit().map_err(&act)?;
        self.pack_with(number, &bytes);
        Ok(())
    }
}

impl Drop for Inner {
    /// Lets the writer finish what was handed to it. The last connection to close carries the WAL over into the
    /// file, which readers cannot: they close first.
    fn drop(&mut self) {
        self.pool.close();
        if let WriterState::Running { requests, thread } =
            std::mem::replace(self.writer.get_mut(), WriterState::Gone)
        {
            drop(requests);
            let _panicked = thread.join();
        }
    }
}
