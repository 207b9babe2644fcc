//! What can go wrong with read models.

use retold_core::StreamName;

/// Why a read model could not be kept or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log refused.
    #[error(transparent)]
    Log(#[from] retold_core::Error),
    /// No session has this id or an id that begins so.
    #[error("find session {name}: there is none")]
    NoSession {
        /// What was asked for.
        name: String,
    },
    /// More than one session may be meant.
    #[error("find session {name}: more than one is meant")]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Some of them.
        candidates: Vec<StreamName>,
    },
    /// A page of a list was asked for behind a place in another order.
    #[error("list sessions: the page begins behind a place in another order")]
    OtherOrder,
    /// The read models stand for another log than the one in the store.
    #[error("keep the read models: they stand for position {position} of another history")]
    Diverged {
        /// How far they are.
        position: u64,
    },
    /// Another process rebuilds already.
    #[error("rebuild the read models: another process does so already")]
    RebuildUnderWay,
}

pub(crate) fn sqlite(act: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |source| Error::Log(retold_core::Error::sqlite(act)(source))
}
