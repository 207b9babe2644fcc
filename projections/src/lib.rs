//! The read models of retold, kept with the log and rebuilt at will.

mod builtin;
mod engine;
mod error;
mod query;
mod sql;
mod store;

pub use engine::{Checked, Progress};
pub use error::Error;
pub use query::{Found, Order, SessionFilter, SessionRow, find};
pub use sql::SqlConnection;
pub use store::{State, Status, Store};
