//! How sessions, events, values and errors are presented to people: the same words in the command line, the terminal UI and the
//! page.
//!
//! ```
//! use retold_core::StreamName;
//! use retold_present::session;
//!
//! let name = StreamName::session("atlas", "5f0c2a1e-0000-4000-8000-000000000001", 2);
//! assert_eq!(session::short(&name), "5f0c2a1e~2");
//! ```

pub mod alarm;
mod as_of;
mod caret;
pub mod changes;
mod event_row;
mod exit;
mod failure;
pub mod long_text;
pub mod measure;
mod past;
mod place;
mod printable;
mod ready;
pub mod roster;
pub mod session;
mod summary;

pub use as_of::AsOf;
pub use caret::{caret, of_expression};
pub use event_row::EventRow;
pub use exit::Exit;
pub use failure::{Failure, io_words};
pub use past::ask_past;
pub use place::parse_path;
pub use printable::{printable, steers};
pub use ready::{CaughtUp, Patience, Ready, catch_up, ready};
pub use summary::{instance_index, summary};

/// The argument of operations that somebody gave on the page, so that they are known as commands of a person.
pub const BY_PAGE: (&str, &str) = ("by", "page");
