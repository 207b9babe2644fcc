//! The read models of retold, kept with the log and rebuilt at will.

mod builtin;
mod engine;
mod error;
mod query;
mod replica;
mod sql;
mod store;

pub use engine::{Checked, Progress};
pub use error::Error;
pub use query::{
    Cursor, Found, NotACursor, Order, SessionCount, SessionCounts, SessionFilter, SessionRow, Span, find,
};
pub use replica::Replica;
pub use sql::SqlConnection;
pub use store::{State, Status, Store};
