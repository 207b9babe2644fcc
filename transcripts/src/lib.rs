//! What coding agents leave on disk, read into records and facts.
//!
//! Three layers, each of which knows only the one before it:
//!
//! 1. [`Format::discover`] finds a tool's **sources**: transcripts, and the files beside them.
//! 2. [`spans`] and [`Rows`] cut a source into **spans**: records, kept to the byte, and what is skipped, with a reason.
//! 3. An [`Interpreter`] says what a record means: **facts**, of a session, in the order of the records.
//!
//! Nothing here knows the log. Sources are never changed: files are read, databases are copied first. Every input is hostile.

/// Gives the variants of enums the words that the log and every answer have for them.
macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal,)* })*) => {$(
        impl $type {
            /// Returns all of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the word for it, as the log and every answer has it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Returns what has this word.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    )*};
}

mod database;
mod fact;
mod formats;
mod id;
mod json;
mod places;
mod raw;
mod source;
pub mod spans;
mod walk;
mod when;

pub use database::Rows;
pub use fact::{Fact, Outcome, Relation, Role, Settled, Status, Tokens, ToolKind, What};
pub use formats::{Format, Interpreter, Tool, format};
pub use id::is_place;
pub use places::{Places, VARIABLES};
pub use source::{Contents, Form, Source, SourceRole};
pub use spans::{Each, Record, Span, Why};
