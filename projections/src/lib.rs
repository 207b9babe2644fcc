//! The read models of retold, kept with the log and rebuilt at will.

mod builtin;
mod declared;
mod engine;
mod error;
mod metrics;
mod query;
mod search;
mod sidecar;
mod sql;
mod store;

pub use declared::{Declaration, Fault, Parameter, Policy, parameters};
pub use engine::Progress;
pub use error::Error;
pub use metrics::{Metrics, MetricsBy};
pub use query::{Found, Order, SessionFilter, SessionRow, find};
pub use search::{Answer, Facet, Hit, SearchFilter, SearchQuery, Snippet};
pub use sidecar::{
    Added, Difference, Filled, Following, Kind, ProjectionState, ProjectionStatus, Side, Sidecars, Trouble,
};
pub use sql::SqlConnection;
pub use store::{State, Status, Store};
