//! What the server has, for all connections.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    pub(super) turns: Turns,
}

/// Room for questions at once, each on a thread that may wait.
pub(super) struct Turns {
    /// Those of this page: who asks for much has others wait no longer.
    own: Arc<Semaphore>,
    /// Those of all pages of a program.
    all: Arc<Semaphore>,
}

/// A question's turn, which goes to the thread that answers it: one that nobody waits for any more still takes it.
pub(super) struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(own: usize, all: Arc<Semaphore>) -> Self {
        Self { own: Arc::new(Semaphore::new(own)), all }
    }

    /// Waits for a turn; `None` where there is none any more.
    pub(super) async fn take(&self) -> Option<Turn> {
        let own = Arc::clone(&self.own).acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some(Turn { _own: own, _all: all })
    }
}
