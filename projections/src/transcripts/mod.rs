//! What came from transcripts beside sessions and messages: calls of tools, usage, the files and how they are kept.

mod fill;
mod read;
mod receipt;
mod usage;

use crate::sidecar::BuiltIn;
use fill::Transcripts;
pub use read::{SourcePiece, TranscriptSource};
pub use usage::{
    Burn, Cost, Prices, PricesError, Usage, UsageBlock, UsageBy, UsageQuery, UsageRow, UsageSum,
};

pub(crate) const NAME: &str = "transcripts";

pub(crate) const TRANSCRIPTS: BuiltIn = BuiltIn {
    name: NAME,
    version: 3,
    about: "calls of tools, usage, and the files that history came from",
    make: |_| Box::new(Transcripts),
};
