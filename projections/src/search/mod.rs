//! Full text over tasks, messages, outputs, agents' names, and what tools were given and returned.
//!
//! The index holds no text: what was found is shown from the log.

mod calls;
mod carry;
mod elsewhere;
mod filter;
mod find;
mod index;
mod known;
mod marks;
mod phrase;
mod places;
mod plain;
mod projection;
mod query;
mod rank;
mod snippet;
mod words;

pub use elsewhere::{CARRIED_WORD, FoundSessions, FoundTexts, IndexChange, IndexedText, SearchFold};
pub use filter::{SearchFilter, SearchIn};
pub use find::{Answer, Facet, Hit, Mask};
pub(crate) use index::{TABLES, Tables, differences, has_words};
pub(crate) use known::Searched;
pub(crate) use projection::SEARCH;
pub use query::{SearchQuery, SearchTerm};
pub use snippet::Snippet;
