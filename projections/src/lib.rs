//! The read models of retold, kept with the log and rebuilt at will.

mod beside;
mod builtin;
mod declared;
mod engine;
mod error;
mod metrics;
mod private;
mod query;
mod replica;
mod search;
mod sidecar;
mod sql;
mod store;

pub use builtin::{column_fields, sql_value};
pub use declared::{Declaration, Fault, Parameter, Policy, parameters};
pub use engine::{Checked, Progress};
pub use error::Error;
pub use metrics::{Metrics, MetricsBy};
pub use query::{
    Cursor, Found, NotACursor, Order, SessionCount, SessionCounts, SessionFilter, SessionRow, Span, find,
};
pub use replica::Replica;
pub use search::{Answer, Facet, Hit, SearchFilter, SearchQuery, Snippet};
pub use sidecar::{
    Added, CheckedProjection, Difference, Filled, Following, Kind, ProjectionState, ProjectionStatus, Side,
    Sidecars, Trouble, Usable,
};
pub use sql::{SqlConnection, readable_json, sql_words};
pub use store::{State, Status, Store};
