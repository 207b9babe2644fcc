//! Full text over tasks, messages, outputs and agents' names.
//!
//! The index holds no text: what was found is shown from the log.

mod carry;
mod cut;
mod find;
mod marks;
mod plain;
mod projection;
mod query;
mod snippet;

pub use find::{Answer, Facet, Hit, SearchFilter};
pub(crate) use projection::SEARCH;
pub use query::SearchQuery;
pub use snippet::Snippet;
