//! What is measured, as Prometheus reads it. No label holds a session, a path or a person.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use retold_team::receiver::Figure;

/// How [`Metrics::text`] is called.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The upper bounds of the times of shipments, in seconds.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What lists show, as a projection is called.
const LISTS: &str = "sessions";
/// Those of questions to the database.
const BOUNDS_OF_QUESTIONS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];
/// What takes longer is told.
const SLOW: Duration = Duration::from_millis(250);

type Number = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAnswer {
    answer: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    route: &'static str,
    code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTenant {
    tenant: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfShape {
    shape: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLog {
    tenant: String,
    log: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLists {
    tenant: String,
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTable {
    table: String,
}

pub(crate) struct Metrics {
    registry: Registry,
    batches: Family<OfAnswer, Counter>,
    events: Counter,
    bytes: Counter,
    seconds: Histogram,
    requests: Family<OfRequest, Counter>,
    pub(crate) cache: OfCache,
    pub(crate) questions: Questions,
    /// What is read of the database, at one moment.
    figures: Mutex<Figures>,
}

/// A shipment, as it is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shipped {
    pub(crate) answer: &'static str,
    /// How many events and bytes are there now that were not.
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// How long the database was asked, by what was asked. Cloned, it is the same.
#[derive(Clone)]
pub(crate) struct Questions {
    seconds: Family<OfShape, Histogram>,
    slow: Family<OfShape, Counter>,
}

impl Questions {
    fn new(registry: &mut Registry) -> Self {
        let seconds =
            Family::<OfShape, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS_OF_QUESTIONS));
        let slow = Family::<OfShape, Counter>::default();
        registry.register("query_seconds", "How long the database was asked, by what was", seconds.clone());
        let help = "Questions to the database that took more than a quarter of a second";
        registry.register("slow_queries", help, slow.clone());
        Self { seconds, slow }
    }

    /// Notes a question; returns whether it was a slow one.
    pub(crate) fn asked(&self, shape: &'static str, took: Duration) -> bool {
        self.seconds.get_or_create(&OfShape { shape }).observe(took.as_secs_f64());
        // It is there from the first question on, so that a rate of it is one.
        let slow = self.slow.get_or_create(&OfShape { shape });
        let is_slow = took > SLOW;
        if is_slow {
            slow.inc();
        }
        is_slow
    }
}

/// What came of asking for answers that were kept. Cloned, it is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfCache {
    pub(crate) hits: Counter,
    pub(crate) misses: Counter,
    pub(crate) evictions: Counter,
    pub(crate) failures: Counter,
}

impl OfCache {
    fn new(registry: &mut Registry) -> Self {
        let mut counter = |name, help| {
            let family = Family::<OfKind, Counter>::default();
            let counter = family.get_or_create(&OfKind { kind: "asof" }).clone();
            registry.register(name, help, family);
            counter
        };
        Self {
            hits: counter("cache_hits", "Answers that had been kept"),
            misses: counter("cache_misses", "Answers that had to be made, for none was kept"),
            evictions: counter("cache_evictions", "Answers that went for lack of room in this process"),
            failures: counter("cache_failures", "Times that the cache could not be asked or told"),
        }
    }
}

#[derive(Clone, Default)]
struct Figures {
    is_up: Number,
    ingest: Family<OfTenant, Number>,
    logs: Family<OfState, Number>,
    partitions: Number,
    pending: Number,
    skew: Family<OfLog, Number>,
    unverified: Family<OfTenant, Number>,
    lag_shipments: Family<OfLists, Number>,
    lag_seconds: Family<OfLists, Number>,
    tables: Family<OfTable, Number>,
    oldest: Number,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("retold");
        let batches = Family::<OfAnswer, Counter>::default();
        // Each answer is there from the beginning: a rate of what comes up for the first time is otherwise none.
        for answer in ["taken", "have", "gap", "diverged", "busy", "upgrade", "refused"] {
            drop(batches.get_or_create(&OfAnswer { answer }));
        }
        let (events, bytes) = (Counter::default(), Counter::default());
        let seconds = Histogram::new(BOUNDS);
        let requests = Family::<OfRequest, Counter>::default();
        let figures = Figures::default();
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The release of retold that serves", version);
        registry.register("ship_batches", "Shipments, by what they were answered", batches.clone());
        registry.register("ship_events", "Events that were taken", events.clone());
        registry.register("ship_bytes", "Bytes of bodies and texts that were taken, packed", bytes.clone());
        registry.register("ship_seconds", "How long a shipment took, once it was here", seconds.clone());
        registry.register("http_requests", "Requests, by address and status", requests.clone());
        let (cache, questions) = (OfCache::new(&mut registry), Questions::new(&mut registry));
        registry.register("postgres_up", "Whether PostgreSQL answered, 1 or 0", figures.is_up.clone());
        registry.register("ingest_position", "The number of a team's last shipment", figures.ingest.clone());
        registry.register("logs", "Logs, by their state", figures.logs.clone());
        registry.register("body_partitions", "Partitions of bodies", figures.partitions.clone());
        let pending = "Tables in which bytes are left of what was redacted";
        registry.register("redactions_pending", pending, figures.pending.clone());
        let skew = "How far the clock of a log's machine was ahead when it shipped last";
        registry.register("clock_skew_seconds", skew, figures.skew.clone());
        let unverified = "Events of a team that came since `retold team verify` went through their logs";
        registry.register("verified_lag_events", unverified, figures.unverified.clone());
        let lag = "Shipments that what lists show does not have yet";
        registry.register("projection_lag_shipments", lag, figures.lag_shipments.clone());
        let lag = "For how long the first of them has waited";
        registry.register("projection_lag_seconds", lag, figures.lag_seconds.clone());
        registry.register("bytes", "Bytes of a table with its indexes", figures.tables.clone());
        let oldest = "How long the oldest transaction has run, of those that the server's role may see";
        registry.register("oldest_transaction_seconds", oldest, figures.oldest.clone());
        Self {
            registry,
            batches,
            events,
            bytes,
            seconds,
            requests,
            cache,
            questions,
            figures: Mutex::new(figures),
        }
    }

    pub(crate) fn requested(&self, route: &'static str, code: u16) {
        self.requests.get_or_create(&OfRequest { route, code }).inc();
    }

    pub(crate) fn shipped(&self, shipped: Shipped, took: Duration) {
        self.batches.get_or_create(&OfAnswer { answer: shipped.answer }).inc();
        self.events.inc_by(shipped.events);
        self.bytes.inc_by(shipped.bytes);
        self.seconds.observe(took.as_secs_f64());
    }

    /// Writes all that is measured; `figures` is what was read of the database, where that answered.
    pub(crate) fn text(&self, figures: Option<&[Figure]>) -> Result<String, std::fmt::Error> {
        let of_database = self.figures.lock();
        of_database.set(figures);
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Figures {
    fn set(&self, figures: Option<&[Figure]>) {
        self.is_up.set(if figures.is_some() { 1.0 } else { 0.0 });
        self.ingest.clear();
        self.logs.clear();
        self.tables.clear();
        self.skew.clear();
        self.unverified.clear();
        self.lag_shipments.clear();
        self.lag_seconds.clear();
        for (name, of, value) in figures.unwrap_or_default() {
            let of = of.clone();
            match name.as_str() {
                "ingest_position" => drop(self.ingest.get_or_create(&OfTenant { tenant: of }).set(*value)),
                "logs" => drop(self.logs.get_or_create(&OfState { state: of }).set(*value)),
                "bytes" => drop(self.tables.get_or_create(&OfTable { table: of }).set(*value)),
                "clock_skew_seconds" => {
                    let (tenant, log) = of.split_once('-').unwrap_or_default();
                    let of = OfLog { tenant: tenant.to_owned(), log: log.to_owned() };
                    let _before = self.skew.get_or_create(&of).set(*value);
                }
                "verified_lag_events" => {
                    let _before = self.unverified.get_or_create(&OfTenant { tenant: of }).set(*value);
                }
                "projection_lag_shipments" => {
                    let _before =
                        self.lag_shipments.get_or_create(&OfLists { tenant: of, name: LISTS }).set(*value);
                }
                "projection_lag_seconds" => {
                    let _before =
                        self.lag_seconds.get_or_create(&OfLists { tenant: of, name: LISTS }).set(*value);
                }
                "body_partitions" => drop(self.partitions.set(*value)),
                "redactions_pending" => drop(self.pending.set(*value)),
                "oldest_transaction_seconds" => drop(self.oldest.set(*value)),
                // What a newer schema measures, a newer release tells.
                _ => {}
            }
        }
    }
}
