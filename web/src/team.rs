//! The page over a team's server: its lists and searches, and each session from a store of this machine, into which it is brought when
//! somebody opens it.
//!
//! What goes through time is folded from a store, by the same code as everywhere; a server is asked for what no store of one log knows.

mod site;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use retold_core::StreamName;
use retold_present::Failure;
use retold_projections::{Answer as Found, SearchFilter, SearchQuery, SessionFilter, SessionRow};
use serde_json::{Value, json};

pub(crate) use site::TeamSite;

/// A team's server, as whoever opens the page may read it. Several threads ask at once.
pub trait Team: Send + Sync {
    /// Returns what it is called.
    fn name(&self) -> String;

    /// Returns how far it is, perhaps as it was half a second ago: asked each second for who listens.
    ///
    /// # Errors
    /// Where it cannot be asked.
    fn shipments(&self) -> Result<Shipments, Failure>;

    /// Returns a page of its list, how many sessions there are on all pages, and how far the server was before.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not list so.
    fn sessions(&self, filter: &SessionFilter) -> Result<(Vec<SessionRow>, u64, Shipments), Failure>;

    /// Searches it; returns how far the server was before, too. Snippets have no secret in them.
    ///
    /// # Errors
    /// Where it cannot be asked, or does not search so.
    fn search(
        &self,
        query: &SearchQuery,
        filter: &SearchFilter,
        limit: u32,
    ) -> Result<(Found, Shipments), Failure>;

    /// Brings a session and its agents to this machine, or what is new of them: by its name in full, or by the first letters of its id.
    ///
    /// # Errors
    /// Where there is none, it may not be read whole, or it cannot be brought.
    fn bring(&self, session: &str) -> Result<Brought, Failure>;

    /// Returns the edition of a session that the server has, and refuses where its reader may not read it any more; asked for each answer. `None` where
    /// that is asked with [`shipments`](Self::shipments) alone: what is on the reader's own machine stays theirs.
    ///
    /// # Errors
    /// Those of [`bring`](Self::bring).
    fn edition(&self, _session: &str) -> Result<Option<SessionEdition>, Failure> {
        Ok(None)
    }

    /// Returns the answer that was kept of an edition under a name, where there is one that can be trusted.
    fn kept(&self, _edition: &SessionEdition, _name: &str) -> Option<Vec<u8>> {
        None
    }

    /// Keeps an answer, or not.
    fn keep(&self, _edition: &SessionEdition, _name: &str, _answer: &[u8]) {}

    /// Lets go of what was brought, which nobody looked at for long. Where it stays, it is shown again while the server cannot be asked.
    fn forget(&self, _brought: &Brought) {}
}

/// How far a team's server is: numbers of shipments, which only rise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipments {
    /// The last one.
    pub last: u64,
    /// The last one that lists and searches have.
    pub listed: u64,
}

/// What a team's server has of a session, as a number.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionEdition {
    /// A number of what the server has of the session and its agents: where it is the same, so is that.
    pub content: [u8; 32],
    /// What answers are kept by, where they are: a secret of the server. Once something goes from the session it is another, for good.
    pub secret: Option<[u8; 32]>,
}

impl std::fmt::Debug for SessionEdition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionEdition").field("content", &self.content).finish_non_exhaustive()
    }
}

/// A session that is on this machine, in a store of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The session's stream.
    pub name: StreamName,
    /// The store that it is in.
    pub path: PathBuf,
    /// A number that differs each time the file is rewritten.
    pub made: u64,
    /// Whether nothing of it was withheld: what was may be supplied without a shipment.
    pub is_whole: bool,
    /// What the server had of it then, as [`SessionEdition::content`] has it; `None` where it does not tell, or something changed meanwhile.
    pub content: Option<[u8; 32]>,
}

/// A team's server, and the last shipment of it that was told of.
pub(crate) struct Watched {
    pub(crate) team: Arc<dyn Team>,
    last: AtomicU64,
}

impl Watched {
    pub(crate) fn of(team: Arc<dyn Team>) -> Arc<Self> {
        Arc::new(Self { team, last: AtomicU64::new(0) })
    }

    /// Asks how far the server is.
    pub(crate) fn shipments(&self) -> Result<Shipments, Failure> {
        Ok(self.noted(self.team.shipments()?))
    }

    /// Notes how far the server is, as an answer of it says: a session that was brought before that is brought again.
    pub(crate) fn noted(&self, shipments: Shipments) -> Shipments {
        self.last.fetch_max(shipments.last, Ordering::Relaxed);
        shipments
    }
}

/// The version of what lists of a server hold: there is one of each.
const VIEW: &str = "team";

/// The event that says that something is new on the server: lists are up to its position, any session may have moved.
pub(crate) fn news(Shipments { listed, last }: Shipments) -> String {
    let document = json!({ "position": listed, "hash": "", "view": VIEW, "changed": Value::Null });
    format!("id: {last}\nevent: head\ndata: {document}\n\n")
}
