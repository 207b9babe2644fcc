//! Sessions as a person names them: what they are called, and which one is meant.

mod resolve;

pub(crate) use resolve::{LAST, may_be_words, resolve, resolve_last};
pub(crate) use retold_present::session::*;
