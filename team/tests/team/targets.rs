//! The receivers, each as something that can be connected to again.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use postgres::{Client, NoTls};
use retold_core::raw::{RawBody, each_raw_event};
use retold_core::{Head, Log, Position};
use retold_team::receiver::{
    Answer, Attach, Attached, Boxed, Contents, Directory, Error, Insecure, KeptLog, KeptRange, Level,
    LogNumber, Memory, Postgres, Receiver, Server, Shipment,
};
use retold_team::schema;
use retold_team::ship::{Options, Scope, ShipError, Shipped, ship};
use tempfile::TempDir;

/// A receiver that can be connected to.
pub(crate) enum Target {
    Memory(Rc<RefCell<Memory>>),
    Directory(TempDir),
    Postgres(Rc<Cluster>),
    /// Another way to a PostgreSQL.
    #[allow(dead_code, reason = "the tests of serve/ go through a server")]
    Before(Rc<Cluster>, Connect),
}

/// Connects to a receiver.
pub(crate) type Connect = Box<dyn Fn() -> Result<Boxed, Error>>;

/// A PostgreSQL that is set up: `ada` and `bob` are persons of the tenant `acme`.
pub(crate) struct Cluster {
    pub(crate) server: RefCell<retold_trial::Postgres>,
}

impl Cluster {
    pub(crate) fn new() -> Rc<Self> {
        let server = retold_trial::Postgres::start();
        let cluster = Self { server: RefCell::new(server) };
        let mut client = cluster.admin();
        schema::up(&mut client, Timestamp::now()).unwrap();
        let tenant = schema::make_tenant(&mut client, "acme").unwrap();
        assert!(schema::add_person(&mut client, tenant, "Ada", "ada").unwrap());
        assert!(schema::add_person(&mut client, tenant, "Bob", "bob").unwrap());
        Rc::new(cluster)
    }

    /// The same server, with no log.
    pub(crate) fn emptied(self: &Rc<Self>) -> Rc<Self> {
        let tables = "truncate retold.log, retold.device, retold.workspace, retold.stream, retold.event, retold.absent, retold.body,
            retold.gone, retold.blob, retold.blob_ref, retold.shipment, retold.checkpoint, retold.models, retold.stale, retold.visible,
            retold.sessions, retold.instances, retold.chat_messages, retold.output_chunks, retold.search,
            retold.search_sizes, retold.residue, retold.purged, retold.retired, retold.edition";
        let mut client = self.admin();
        client.batch_execute(&format!("{tables}; update retold.tenant set ingest = 0, chain = ''")).unwrap();
        Rc::clone(self)
    }

    /// Which of some texts are in the files that the server keeps, whatever they are.
    pub(crate) fn found(&self, texts: &[String]) -> Vec<String> {
        let mut left: Vec<&String> = texts.iter().collect();
        let mut found = Vec::new();
        let mut folders = vec![self.server.borrow().data()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                // A file may go while the server runs.
                let Ok(bytes) = std::fs::read(&path) else { continue };
                left.retain(|text| {
                    let is_there = memchr::memmem::find(&bytes, text.as_bytes()).is_some();
                    if is_there {
                        found.push((*text).clone());
                    }
                    !is_there
                });
            }
        }
        found.sort();
        found
    }

    /// Which of some texts are in a row, unpacked.
    pub(crate) fn rows_with(&self, texts: &[String]) -> Vec<String> {
        let mut unpacking = retold_team::pack::Unpacking::new().unwrap();
        let mut found = Vec::new();
        let rows = "select codec, body from retold.body union all select codec, bytes from retold.blob
            union all select 0::smallint, meta from retold.event where meta is not null";
        for row in self.admin().query(rows, &[]).unwrap() {
            let codec = u8::try_from(row.get::<_, i16>(0)).unwrap();
            let plain = unpacking.unpack(codec, row.get(1), 1 << 26).unwrap();
            found.extend(
                texts.iter().filter(|text| memchr::memmem::find(plain, text.as_bytes()).is_some()).cloned(),
            );
        }
        found.sort();
        found.dedup();
        found
    }

    /// Which of some texts, or packed bodies, are in the files of tables.
    pub(crate) fn tables_with<T: AsRef<[u8]> + Clone>(&self, texts: &[T]) -> Vec<T> {
        let mut found = Vec::new();
        let base = self.server.borrow().data().join("base");
        for database in std::fs::read_dir(base).unwrap() {
            for file in std::fs::read_dir(database.unwrap().path()).unwrap() {
                let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
                let is_there = |text: &&T| memchr::memmem::find(&bytes, text.as_ref()).is_some();
                found.extend(texts.iter().filter(is_there).cloned());
            }
        }
        found
    }

    pub(crate) fn admin(&self) -> Client {
        self.client("postgres")
    }

    pub(crate) fn client(&self, user: &str) -> Client {
        let address = self.server.borrow().address(user, "postgres");
        address.parse::<postgres::Config>().unwrap().connect(NoTls).unwrap()
    }

    pub(crate) fn connect(&self, user: &str) -> Result<Postgres, Error> {
        let address = self.server.borrow().address(user, "postgres");
        Postgres::connect(&Server::parse(&address, Insecure::Refused, |_, _, _, _| None).unwrap())
    }
}

impl Target {
    pub(crate) fn memory() -> Self {
        Self::Memory(Rc::default())
    }

    pub(crate) fn directory() -> Self {
        Self::Directory(tempfile::tempdir().unwrap())
    }

    pub(crate) fn connect(&self) -> Result<Boxed, Error> {
        Ok(match self {
            Self::Memory(memory) => Boxed::of(Shared(Rc::clone(memory))),
            Self::Directory(folder) => Boxed::of(Directory::open(folder.path())?),
            Self::Postgres(cluster) => Boxed::of(cluster.connect("ada")?),
            Self::Before(_, connect) => connect()?,
        })
    }

    /// Who reads the sessions of Ada, as she does.
    pub(crate) fn reader(&self) -> Boxed {
        self.connect().unwrap()
    }

    /// Who may read it all.
    pub(crate) fn keeper(&self) -> Boxed {
        match self {
            Self::Postgres(cluster) | Self::Before(cluster, _) => {
                Boxed::of(cluster.connect("postgres").unwrap())
            }
            _ => self.connect().unwrap(),
        }
    }

    pub(crate) fn ship(&self, log: &Log, level: Level) -> Result<Shipped, ShipError> {
        self.ship_but(log, level, &[])
    }

    pub(crate) fn ship_but(&self, log: &Log, level: Level, private: &[&str]) -> Result<Shipped, ShipError> {
        ship(log, || self.connect(), &mut options(level, private, None))
    }

    /// Connects as a shipper who can also take back what it has done.
    pub(crate) fn over(address: &str) -> Writer {
        Writer { address: address.to_owned(), receiver: None }
    }

    /// Checks that it has all that a log has, byte for byte, and nothing else; at level all.
    pub(crate) fn assert_has(&self, log: &Log) {
        let verified = self.assert_sound();
        let of_log = verified.iter().find(|kept| kept.log == log.id().to_string()).unwrap();
        let mut reader = log.reader().unwrap();
        let head = reader.head().unwrap().position;
        assert_eq!((of_log.head, of_log.absent, of_log.unproven), (head.get(), 0, 0));
        let kept = self.keeper().range(of_log.number.unwrap(), 1, u64::MAX >> 1).unwrap();
        let mut kept_events = kept.events.iter();
        let mut unpacking = retold_team::pack::Unpacking::new().unwrap();
        let mut streams = Vec::new();
        let (connection, decoder) = reader.raw();
        let mut bodies = 0;
        each_raw_event(connection, decoder.unpacker(), (Position::ZERO, head), |stream, raw| {
            let (event, names) = kept_events.next().unwrap();
            assert_eq!(
                (event.position, event.revision, event.kind, event.schema_version, event.commit_first),
                (
                    raw.position.get(),
                    raw.revision.get(),
                    raw.kind,
                    raw.schema_version,
                    raw.commit_first.get()
                )
            );
            assert_eq!((event.recorded_at, event.occurred_at), (raw.recorded_at, raw.occurred_at));
            assert_eq!((*event.hash, *event.body_commit), (*raw.hash.as_bytes(), raw.body_commit));
            assert_eq!(event.meta.as_ref().map(|meta| meta.to_vec()), raw.meta);
            streams.push((stream, names.name.clone().unwrap()));
            match (&event.body, raw.body) {
                (Some(body), RawBody::There { salt, plain }) => {
                    bodies += 1;
                    assert_eq!(unpacking.unpack(body.codec, &body.bytes, 1 << 26).unwrap(), plain);
                    assert_eq!(*body.salt, salt);
                }
                (None, RawBody::Gone { .. }) => {}
                (kept, there) => panic!(
                    "position {}: {} {}",
                    raw.position,
                    kept.is_some(),
                    matches!(there, RawBody::There { .. })
                ),
            }
            Ok::<bool, retold_core::Error>(true)
        })
        .unwrap();
        assert!(kept_events.next().is_none());
        assert_eq!(of_log.bodies, bodies);
        for (stream, (workspace, session_id, ordinal)) in streams {
            assert_eq!(
                reader.name(stream).unwrap(),
                retold_core::StreamName { workspace, session_id, ordinal }
            );
        }
    }

    /// Recomputes all that it has; panics where something is wrong.
    pub(crate) fn assert_sound(&self) -> Vec<retold_team::verify::Verified> {
        let verified = retold_team::verify::verify(&mut self.keeper(), |_| true).unwrap();
        for log in &verified {
            assert_eq!(log.faults, Vec::new(), "log {}", log.log);
        }
        verified
    }
}

pub(crate) fn options(level: Level, private: &[&str], were: Option<&[&str]>) -> Options<'static> {
    let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
    Options {
        scope: Scope { level, private: set(private) },
        were_private: were.map(set),
        until: None,
        device: "laptop".to_owned(),
        clock: &Timestamp::now,
        wait: &|_: Duration| (),
        progress: &|_| true,
    }
}

/// A shipper that may roll back.
pub(crate) struct Writer {
    address: String,
    receiver: Option<Postgres>,
}

impl Writer {
    /// Does it, and takes it back.
    pub(crate) fn roll_back(&mut self, log: LogNumber, shipment: &Shipment) {
        let mut client = Client::connect(&self.address, NoTls).unwrap();
        client.batch_execute("begin").unwrap();
        let mut receiver = Postgres::over(client);
        // A lock that was waited for too long ends the transaction: it is rolled back by itself.
        let answer = receiver.ship(log, shipment).unwrap();
        assert!(matches!(answer, Answer::Taken(..) | Answer::Busy(_)), "{answer:?}");
    }

    pub(crate) fn take(&mut self, log: LogNumber, shipment: &Shipment) {
        let address = &self.address;
        let receiver =
            self.receiver.get_or_insert_with(|| Postgres::over(Client::connect(address, NoTls).unwrap()));
        loop {
            match receiver.ship(log, shipment).unwrap() {
                Answer::Taken(..) => return,
                Answer::Busy(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

/// The memory that several connections share.
struct Shared(Rc<RefCell<Memory>>);

impl Receiver for Shared {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        self.0.borrow_mut().attach(attach)
    }
    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        self.0.borrow_mut().head(log)
    }
    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        self.0.borrow_mut().hash_at(log, position)
    }
    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.0.borrow_mut().ship(log, shipment)
    }
    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.0.borrow_mut().supply(log, shipment, settles)
    }
}

impl Contents for Shared {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.borrow_mut().logs()
    }
    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        self.0.borrow_mut().range(log, first, last)
    }
}

/// Returns what the server has of the bodies of some events, and all long texts, as it has them.
pub(crate) fn packed(client: &mut Client, positions: &[u64]) -> Vec<Vec<u8>> {
    let positions: Vec<i64> = positions.iter().map(|at| at.cast_signed()).collect();
    let sql = "select body from retold.body where position = any ($1) union select bytes from retold.blob";
    client.query(sql, &[&positions]).unwrap().iter().map(|row| row.get(0)).collect()
}
