//! The built-in read models: workspaces, sessions, instances, chat messages and the pieces of outputs.
//!
//! They hold no text twice: a message's content and an output's pieces are where their event is.

mod apply;
pub(crate) mod columns;
mod elsewhere;
mod flush;
mod indexes;
mod insert;
mod instances;
mod load;
mod messages;
mod outline;
mod projection;
mod replay;
mod rows;
mod sql;
mod staged;
mod workspaces;

pub(crate) use apply::Builtin;
pub use columns::{fields as column_fields, to_sql as sql_value};
pub(crate) use columns::{read_records, records};
pub use elsewhere::{FoldedStream, ModelTable, SessionFold};
pub(crate) use indexes::{complete_indexes, counters_of, drop_counters, has_counters, is_indexed};
pub(crate) use projection::skip;
pub(crate) use rows::MessageRow;
pub(crate) use sql::{Generation, TABLES, columns_of, complete_tables, missing_columns};

/// The name of their checkpoint: they are kept together.
pub(crate) const NAME: &str = "builtin";
/// Rises with every change of their tables or of what fills them: an older generation is rebuilt.
pub(crate) const VERSION: u32 = 1;
