//! What the server has, for all connections.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::live::Live;
use crate::shown::Shown;
use crate::token::Token;

/// What every request is answered with.
pub(super) struct Shared {
    pub(super) answers: Arc<Answers>,
    pub(super) token: Token,
    pub(super) port: u16,
    /// What a request may name as its host.
    pub(super) hosts: Vec<String>,
}

/// What those are answered with who were let in.
pub(super) struct Answers {
    pub(super) shown: Shown,
    pub(super) live: Live,
    /// Room for questions at once.
    pub(super) questions: Arc<Semaphore>,
}
