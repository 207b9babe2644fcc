//! evento on its SQLite executor.

use std::collections::HashSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use bincode::config::standard;
use evento::cursor::Args;
use evento::migrator::{Migrate as _, Plan};
use evento::{AggregatorName, Event, EventDetails, Executor as _, RoutingKey};
use ulid::Ulid;

use crate::durable;
use crate::work::{Message, Rival};

/// How many events the rebuild reads at a time.
///
/// No index has the order of a page, so that each one passes over the whole store: large pages favour evento,
/// and these still fit in a few megabytes. Its own load reads 1,000 and its subscriptions 300.
const PAGE: u16 = 10_000;

/// The store under measure.
pub(crate) struct EventoSqlite {
    executor: evento::Sqlite,
}

impl Rival for EventoSqlite {
    const CRATES: &[&str] = &["evento"];
    const NOTE: &str = "WAL, synchronous=FULL. Appends through Executor::write, one commit; the builder's commit() \
        writes a snapshot in a second. Bodies are bincode. Loads through evento::load, which finds no snapshot and \
        replays. The rebuild pages through Executor::read, 10,000 events at a time, into a count in memory; a \
        subscription would commit its place after every event.";

    async fn create(folder: &Path) -> anyhow::Result<Self> {
        let pool = durable::open(&folder.join("evento.db")).await?;
        let mut connection = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx::Sqlite>()?.run(&mut connection, &Plan::apply_all()).await?;
        drop(connection);
        Ok(Self { executor: pool.into() })
    }

    async fn append(&self, stream: &str, revision: usize, messages: Vec<Message>) -> anyhow::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let metadata = bincode::encode_to_vec(true, standard())?;
        let mut events = Vec::with_capacity(messages.len());
        for (version, message) in (revision + 1..).zip(messages) {
            events.push(Event {
                id: Ulid::new(),
                aggregator_id: stream.to_owned(),
                aggregator_type: Chat::name().to_owned(),
                version: version.try_into()?,
                name: Message::name().to_owned(),
                routing_key: None,
                data: bincode::encode_to_vec(message, standard())?,
                metadata: metadata.clone(),
                timestamp: now.as_secs(),
                timestamp_subsec: now.subsec_millis(),
            });
        }
        self.executor.write(events).await?;
        Ok(())
    }

    async fn load(&self, stream: &str) -> anyhow::Result<usize> {
        Ok(evento::load::<Chat, _>(&self.executor, stream).await?.item.messages)
    }

    async fn rebuild(&self) -> anyhow::Result<usize> {
        let types = HashSet::from([Chat::name().to_owned()]);
        let mut count = 0;
        let mut after = None;
        loop {
            let page = self.executor.read(types.clone(), RoutingKey::All, Args::forward(PAGE, after)).await?;
            for edge in &page.edges {
                edge.node.to_details::<Message, bool>()?.context("an event of the store is a message")?;
                count += 1;
            }
            if !page.page_info.has_next_page {
                return Ok(count);
            }
            after = page.page_info.end_cursor;
        }
    }
}

/// The aggregate: as little state as shows that every message was applied.
#[derive(Debug, Clone, Default, bincode::Encode, bincode::Decode)]
struct Chat {
    messages: usize,
}

#[evento::aggregator]
impl Chat {
    async fn message(&mut self, _event: EventDetails<Message>) -> anyhow::Result<()> {
        self.messages += 1;
        Ok(())
    }
}

impl AggregatorName for Message {
    fn name() -> &'static str {
        "message"
    }
}
