//! What looks like a secret in what would leave.

use std::collections::BTreeMap;

use retold_core::Log;
use retold_core::raw::{RawBody, each_raw_event};
use retold_secrets::Secrets;
use serde::{Deserialize, Serialize};

use super::ShipError;
use super::batch::{position, texts_of};
use super::scope::{Scope, Streams};
use crate::receiver::Level;

/// Something that looks like a secret, and would leave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The key of its workspace.
    pub workspace: String,
    /// The event that holds it.
    pub position: u64,
    /// The rule that found it.
    pub rule: String,
}

/// What would leave of a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// How many events.
    pub events: u64,
    /// How many bodies of them.
    pub bodies: u64,
    /// How many bytes of bodies and long texts, unpacked.
    pub bytes: u64,
}

/// What would leave of a log, and what of that looks like a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// By the key of the workspace.
    pub leaving: BTreeMap<String, Leaving>,
    /// In order.
    pub findings: Vec<Finding>,
}

/// Looks at what would leave of the positions from `first` to `last`. O(events, and bytes that would leave).
///
/// # Errors
/// Where the log cannot be read.
pub fn survey(log: &Log, scope: &Scope, first: u64, last: u64) -> Result<Survey, ShipError> {
    let mut found = Survey::default();
    if scope.level == Level::None || first > last {
        return Ok(found);
    }
    let secrets = Secrets::published();
    let (mut reader, mut others) = (log.reader()?, log.reader()?);
    let mut streams = Streams::default();
    let (connection, decoder) = reader.raw();
    each_raw_event(connection, decoder.unpacker(), (position(first), position(last)), |of_stream, raw| {
        let stream = streams.get(&others, of_stream)?;
        if scope.private.contains(&stream.workspace) {
            return Ok(true);
        }
        let Survey { leaving, findings } = &mut found;
        let mut look = |bytes: &[u8]| {
            findings.extend(secrets.find_spelled_in_bytes(bytes).into_iter().map(|secret| Finding {
                workspace: stream.workspace.clone(),
                position: raw.position.get(),
                rule: secret.rule.to_owned(),
            }));
        };
        let leaving = leaving.entry(stream.workspace.clone()).or_default();
        leaving.events += 1;
        if scope.lets_names() {
            if raw.revision.get() == 1
                && let Some((workspace, session, _)) = &stream.names.name
            {
                look(workspace.as_bytes());
                look(session.as_bytes());
            }
            raw.meta.iter().for_each(|meta| look(meta));
        }
        let RawBody::There { plain, .. } = &raw.body else { return Ok(true) };
        if scope.lets_body(raw.kind) {
            leaving.bodies += 1;
            leaving.bytes += plain.len() as u64;
            look(plain);
            for hash in texts_of(connection, &raw, scope)? {
                let text = others.text_of_hash(hash)?;
                leaving.bytes += text.len() as u64;
                look(text.as_bytes());
            }
        }
        Ok::<bool, ShipError>(true)
    })?;
    found.findings.sort();
    found.findings.dedup();
    Ok(found)
}
