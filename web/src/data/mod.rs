//! What the routes answer with, from the store.

pub(crate) mod compare;
pub(crate) mod conversation;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod moments;
pub(crate) mod output;
pub(crate) mod page;
pub(crate) mod pair;
pub(crate) mod patches;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod shape;
pub(crate) mod standings;
pub(crate) mod sums;
pub(crate) mod tiles;
pub(crate) mod trace;
pub(crate) mod verify;

use retold_core::StreamName;
use retold_present::session as words;
use serde_json::{Value, json};

/// Returns the name of a session: in full, as addresses have it, and for a person.
pub(crate) fn name_of(name: &StreamName) -> Value {
    json!({ "full": words::full(name), "short": words::short(name), "workspace": name.workspace, "id": name.session_id })
}
