//! cqrs-es with its SQLite repository.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventStoreAggregateContext, PersistedEventStore, QueryReplay};
use cqrs_es::{Aggregate, DomainEvent, EventEnvelope, EventStore as _, Query};
use serde::{Deserialize, Serialize};
use sqlite_es::SqliteEventRepository;
use sqlx::SqlitePool;

use crate::durable;
use crate::work::{Message, Rival};

/// The store under measure.
pub(crate) struct CqrsSqlite {
    pool: SqlitePool,
    store: PersistedEventStore<SqliteEventRepository, Chat>,
}

impl Rival for CqrsSqlite {
    const CRATES: &[&str] = &["cqrs-es", "sqlite-es"];
    const NOTE: &str = "WAL, synchronous=FULL (its own pool asks for NORMAL). Appends through EventStore::commit, \
        which is told the revision; CqrsFramework::execute would load the stream first. Bodies are JSON text. \
        Loads through load_aggregate, without snapshots. The rebuild is QueryReplay::replay_all into a count in \
        memory.";

    async fn create(folder: &Path) -> anyhow::Result<Self> {
        let pool = durable::open(&folder.join("cqrs.db")).await?;
        sqlx::raw_sql(include_str!("cqrs_events.sql")).execute(&pool).await?;
        let store = PersistedEventStore::new_event_store(SqliteEventRepository::new(pool.clone()));
        Ok(Self { pool, store })
    }

    async fn append(&self, stream: &str, revision: usize, messages: Vec<Message>) -> anyhow::Result<()> {
        let context = EventStoreAggregateContext {
            aggregate_id: stream.to_owned(),
            aggregate: Chat::default(),
            current_sequence: revision,
            current_snapshot: None,
        };
        self.store.commit(messages, context, HashMap::new()).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> anyhow::Result<usize> {
        Ok(self.store.load_aggregate(stream).await?.aggregate.messages)
    }

    async fn rebuild(&self) -> anyhow::Result<usize> {
        let count = Count::default();
        let repository = SqliteEventRepository::new(self.pool.clone());
        // The replay drops events that it cannot read; the caller compares the count.
        QueryReplay::new(repository, count.clone()).replay_all().await?;
        Ok(count.0.load(Ordering::Relaxed))
    }
}

/// The aggregate: as little state as shows that every message was applied.
#[derive(Default, Serialize, Deserialize)]
struct Chat {
    messages: usize,
}

impl Aggregate for Chat {
    const TYPE: &'static str = "chat";
    type Command = ();
    type Event = Message;
    type Error = Infallible;
    type Services = ();

    /// Decides nothing: the work appends events, which no command stands for.
    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Infallible> {
        Ok(())
    }

    fn apply(&mut self, _: Message) {
        self.messages += 1;
    }
}

impl DomainEvent for Message {
    fn event_type(&self) -> String {
        "message".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// The read model. Shared, because the replay keeps the query it was given.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl Query<Chat> for Count {
    async fn dispatch(&self, _: &str, events: &[EventEnvelope<Chat>]) {
        self.0.fetch_add(events.len(), Ordering::Relaxed);
    }
}
