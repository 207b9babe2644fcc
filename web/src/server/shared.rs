//! What the server has, for all connections.

use tokio::sync::Semaphore;

use super::live::Live;
use crate::shown::Shown;
use crate::token::Token;

/// What every request is answered with.
pub(super) struct Shared {
    pub(super) shown: Shown,
    pub(super) token: Token,
    pub(super) port: u16,
    /// What a request may name as its host.
    pub(super) hosts: Vec<String>,
    pub(super) live: Live,
    pub(super) questions: Semaphore,
}
