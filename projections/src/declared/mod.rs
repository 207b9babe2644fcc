//! Projections that an analyst declares in one SQL file.

mod check;
mod declaration;
mod guard;
mod parameters;
mod projection;
mod scan;

pub use declaration::{Declaration, Fault, Policy};
pub use parameters::{Parameter, parameters};
pub(crate) use projection::Declared;
pub use scan::{is_blank_sql, statement_end};
