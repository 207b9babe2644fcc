//! The read models of retold, kept with the log and rebuilt at will.

mod builtin;
mod declared;
mod engine;
mod error;
mod guard;
mod metrics;
mod private;
mod query;
mod search;
mod sidecar;
mod sql;
mod store;
mod temporal;
mod transcripts;

pub use builtin::{FoldedStream, ModelTable, SessionFold, column_fields, sql_value};
pub use declared::{Declaration, Fault, Parameter, Policy, is_blank_sql, parameters, statement_end};
pub use engine::{Checked, Difference, MemoryHost, Side};
pub use error::Error;
pub use guard::{ReadColumns, allow_reading, prepare_expression};
pub use metrics::{Metrics, MetricsBy};
pub use query::{
    Cursor, Found, JoinedTranscript, NamedProject, NotACursor, Order, Project, Projects, SessionCount,
    SessionCounts, SessionFilter, SessionRow, Span, distinct_prefix, find, joined_transcripts, may_name,
    records_of, sessions_of,
};
pub use search::{
    Answer, CARRIED_WORD, Facet, FoundSessions, FoundTexts, Hit, IndexChange, IndexedText, Mask,
    SearchFilter, SearchFold, SearchIn, SearchQuery, SearchTerm, Snippet,
};
pub use sidecar::{
    Added, CheckedProjection, Filled, Following, Kind, ProjectionState, ProjectionStatus, Sidecars, Trouble,
    Usable,
};
pub use sql::{SqlConnection, readable_json, sql_words};
pub use store::{Status, Store};
pub use temporal::{
    CHANGING, ChangeCursor, Changes, EXISTS, Happenings, NotAChangeCursor, SessionChange, Standing,
    TemporalReader,
};
pub use transcripts::{
    Burn, Cost, Prices, PricesError, SourcePiece, TranscriptSource, Usage, UsageBlock, UsageBy, UsageQuery,
    UsageRow, UsageSum,
};
