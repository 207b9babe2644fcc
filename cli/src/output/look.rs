//! Where an answer is shown.

use jiff::tz::TimeZone;

/// What a table may do with the place it is shown at.
#[derive(Debug)]
pub(crate) struct Look {
    /// The terminal's width; `None`: not a terminal, everything is written out.
    pub(crate) columns: Option<usize>,
    pub(crate) colour: bool,
    /// The zone that times are shown in.
    pub(crate) zone: TimeZone,
}
