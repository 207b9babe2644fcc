//! A PostgreSQL of a team, whose commits are durable.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use postgres::{Client, Config, NoTls};
use retold_core::{Head, Log, LogId};
use retold_team::receiver::{
    Attach, Attached, Attachment, Error, Insecure, Level, LogNumber, PROTOCOL, Postgres, Receiver,
    Server as Address,
};
use retold_team::schema;
use retold_team::ship::{Options, Scope, Shipped, ship};
use retold_team::work::Worker;

use crate::{Outcome, machine};

/// The one tenant's number.
pub(super) const TENANT: i64 = 1;

/// A process that ends with the value.
pub(super) struct Process(pub(super) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _may_have_ended = self.0.kill();
        let _is_its_own = self.0.wait();
    }
}

/// The server: `ada` is a person of the tenant, `worker` its worker.
pub(super) struct Server {
    cluster: retold_trial::Postgres,
}

impl Server {
    pub(super) fn start() -> Outcome<Self> {
        machine::refuse_memory(&std::env::temp_dir())?;
        let server = Self { cluster: retold_trial::Postgres::durable() };
        let mut admin = server.client("postgres")?;
        schema::up(&mut admin, Timestamp::now())?;
        let tenant = schema::make_tenant(&mut admin, "acme")?;
        schema::add_person(&mut admin, tenant, "Ada", "ada")?;
        admin.batch_execute("create role worker login; grant retold_worker to worker")?;
        admin.batch_execute(include_str!("../../../../sql/team/bare.sql"))?;
        admin.batch_execute("grant usage on schema bare to ada; grant all on all tables in schema bare to ada; grant all on all sequences in schema bare to ada")?;
        Ok(server)
    }

    pub(super) fn port(&self) -> u16 {
        self.cluster.port()
    }

    /// Returns the CPU time of all of its processes, in ticks.
    pub(super) fn ticks(&self) -> f64 {
        let server = self.cluster.process();
        let own = std::iter::once(server).chain(machine::children_of(server));
        own.filter_map(|process| machine::ticks_of(&process.to_string())).sum::<u64>() as f64
    }

    /// Its address for a role.
    pub(super) fn address(&self, role: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/postgres", self.port())
    }

    /// Starts `retold serve` in front of it; returns its address, too.
    pub(super) fn serve(&self, program: &Path, more: &[&str]) -> Outcome<(Process, String)> {
        schema::add_server(&mut self.client("postgres")?, "web")?;
        let mut serve = Command::new(program);
        serve.args(["serve", "--listen", "127.0.0.1:0", "--database", &self.address("web")]).args(more);
        let mut serve = Process(serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
        let mut base = String::new();
        BufReader::new(serve.0.stdout.take().ok_or("serve: no output")?).read_line(&mut base)?;
        Ok((serve, base.trim().to_owned()))
    }

    /// Connects over TCP.
    pub(super) fn client(&self, user: &str) -> Outcome<Client> {
        Ok(self.address(user).parse::<Config>()?.connect(NoTls)?)
    }

    /// Connects as one who ships, at a port before the server or its own.
    pub(super) fn receiver(&self, port: u16) -> Result<Postgres, Error> {
        connect("ada", port)
    }

    /// Connects as one who reads everything.
    pub(super) fn keeper(&self) -> Result<Postgres, Error> {
        connect("postgres", self.port())
    }

    /// Returns the highest number of a log that was written to the bare tables.
    pub(super) fn logs_of_bare(&self) -> Outcome<i32> {
        Ok(self.client("postgres")?.query_one("select coalesce(max(log), 0) from bare.event", &[])?.get(0))
    }

    pub(super) fn worker(&self) -> Outcome<Worker> {
        Ok(Worker::new(self.client("worker")?, TENANT)?)
    }

    /// Ships a log up to a position, at level all.
    pub(super) fn ship(&self, log: &Log, until: Option<u64>) -> Outcome<Shipped> {
        Ok(ship(log, || self.receiver(self.port()), &mut options(until))?)
    }
}

fn connect(user: &str, port: u16) -> Result<Postgres, Error> {
    let address = format!("postgres://{user}@127.0.0.1:{port}/postgres");
    Postgres::connect(&Address::parse(&address, Insecure::Refused, |_, _, _, _| None)?)
}

pub(super) fn options(until: Option<u64>) -> Options<'static> {
    Options {
        scope: Scope { level: Level::All, private: Default::default() },
        were_private: None,
        until,
        device: "bench".to_owned(),
        clock: &Timestamp::now,
        wait: &std::thread::sleep,
        progress: &|_| true,
    }
}

/// Attaches a log that nobody has shipped before.
pub(super) fn attach(receiver: &mut impl Receiver, log: LogId) -> Outcome<LogNumber> {
    let attach = Attach {
        log,
        format: retold_core::hash::FORMAT,
        parent: None,
        device: "bench".to_owned(),
        level: Level::All,
        whole: true,
        now: retold_core::time::to_micros(Timestamp::now()),
        protocol: PROTOCOL,
    };
    match receiver.attach(&attach)? {
        Attached::To(Attachment { log, head: Head { position, .. }, .. }) if position.get() == 0 => Ok(log),
        other => Err(format!("attach: {other:?}").into()),
    }
}
