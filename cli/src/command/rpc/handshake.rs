//! How a conversation is opened: what both sides speak, and what this one can do.

use retold::{EventType, Position, SessionHistory};
use serde::Serialize;

use super::bounds::{CALLS_MAX, LEVELS_MAX};
use super::faults::PROTOCOL;
use super::message::Fault;
use super::methods::METHODS;

/// The version of this protocol. It grows when a client that knew the one before could misunderstand something: not with a new method,
/// parameter or field.
const VERSION: u32 = 1;

/// What a client is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Handshake {
    protocol_version: u32,
    program: Program,
    store: Store,
    methods: Vec<&'static str>,
    events: Vec<&'static str>,
    capabilities: Capabilities,
    limits: Limits,
}

#[derive(Serialize)]
struct Program {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Store {
    log: String,
    schema: u32,
    position: Position,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Capabilities {
    idempotency_keys: bool,
    mirror: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    batch_calls: usize,
    nesting: usize,
    body_bytes: usize,
}

pub(super) fn handshake(history: &SessionHistory, asked: Option<u32>) -> Result<Handshake, Fault> {
    if let Some(asked) = asked.filter(|asked| *asked != VERSION) {
        let message =
            format!("initialize: version {asked} of the protocol is not spoken here, version {VERSION} is");
        return Err(Fault::of_kind(PROTOCOL.code, PROTOCOL.kind, message));
    }
    let log = history.store().log();
    Ok(Handshake {
        protocol_version: VERSION,
        program: Program { name: "retold", version: env!("CARGO_PKG_VERSION") },
        store: Store {
            log: log.id().to_string(),
            schema: retold_migrations::latest(),
            position: head(log).map_err(retold::Error::from)?,
        },
        methods: METHODS.iter().map(|method| method.name).collect(),
        events: EventType::ALL.iter().map(|kind| kind.name()).collect(),
        capabilities: Capabilities { idempotency_keys: true, mirror: history.mirror_status()?.is_some() },
        limits: Limits {
            batch_calls: CALLS_MAX,
            nesting: LEVELS_MAX,
            body_bytes: retold_core::BODY_BYTES_MAX,
        },
    })
}

fn head(log: &retold_core::Log) -> Result<Position, retold_core::Error> {
    Ok(log.reader()?.head()?.position)
}
