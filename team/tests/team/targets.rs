//! The receivers, each as something that can be connected to again.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use postgres::{Client, NoTls};
use retold_core::{Head, Log, Position};
use retold_team::receiver::{
    Answer, Attach, Attached, Directory, Error, Insecure, Keeper, KeptLog, KeptRange, Level, LogNumber,
    Memory, Postgres, Receiver, Server, Shipment,
};
use retold_team::schema;
use retold_team::ship::{Options, Scope, ShipError, Shipped, ship};
use tempfile::TempDir;

pub(crate) trait Both: Receiver + Keeper {}
impl<T: Receiver + Keeper> Both for T {}

/// A receiver that can be connected to.
pub(crate) enum Target {
    Memory(Rc<RefCell<Memory>>),
    Directory(TempDir),
    Postgres(Rc<Cluster>),
}

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

    pub(crate) fn postgres() -> Self {
        Self::Postgres(Cluster::new())
    }

    pub(crate) fn connect(&self) -> Result<Box<dyn Both>, Error> {
        Ok(match self {
            Self::Memory(memory) => Box::new(Shared(Rc::clone(memory))),
            Self::Directory(folder) => Box::new(Directory::open(folder.path())?),
            Self::Postgres(cluster) => Box::new(cluster.connect("ada")?),
        })
    }

    /// Who may read it all.
    pub(crate) fn keeper(&self) -> Box<dyn Both> {
        match self {
            Self::Postgres(cluster) => Box::new(cluster.connect("postgres").unwrap()),
            _ => self.connect().unwrap(),
        }
    }

    pub(crate) fn ship(&self, log: &Log, level: Level) -> Result<Shipped, ShipError> {
        self.ship_but(log, level, &[])
    }

    pub(crate) fn ship_but(&self, log: &Log, level: Level, private: &[&str]) -> Result<Shipped, ShipError> {
        ship(log, || self.connect().map(Boxed), &mut options(level, private, None))
    }

    /// Recomputes all that it has; panics where something is wrong.
    pub(crate) fn assert_sound(&self) -> Vec<retold_team::verify::Verified> {
        let verified = retold_team::verify::verify(&mut BoxedKeeper(self.keeper()), |_| true).unwrap();
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
        is_interrupted: &|| false,
        wait: &|_: Duration| (),
        progress: Box::leak(Box::new(|_, _| ())),
    }
}

/// A boxed receiver as one.
pub(crate) struct Boxed(pub(crate) Box<dyn Both>);

impl Receiver for Boxed {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        self.0.attach(attach)
    }
    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        self.0.head(log)
    }
    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        self.0.hash_at(log, position)
    }
    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.0.ship(log, shipment)
    }
    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.0.supply(log, shipment, settles)
    }
}

struct BoxedKeeper(Box<dyn Both>);

impl Keeper for BoxedKeeper {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.logs()
    }
    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        self.0.range(log, first, last)
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

impl Keeper for Shared {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.borrow_mut().logs()
    }
    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        self.0.borrow_mut().range(log, first, last)
    }
}
