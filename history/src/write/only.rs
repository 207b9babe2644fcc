//! One record of a session, as somebody has seen it.

use retold_core::{Revision, StreamName};

use crate::Error;

/// Which record a write is for, where it is not for the first one of its id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Only {
    pub(super) ordinal: u32,
    pub(super) revision: Revision,
}

/// The error of whoever has not seen the end of a session.
pub(super) fn moved(session: StreamName, seen: Revision, found: Revision) -> Error {
    let expected = retold_core::Expected::At(seen).to_string();
    retold_core::Error::Conflict { stream: session, expected, found }.into()
}
