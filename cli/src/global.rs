//! What every command takes, and what a script has to know of all of them.

use std::path::PathBuf;

use clap::ColorChoice;
use retold_core::Clock;
use retold_travel::Point;

use crate::output::Format;

/// What a script has to know.
pub(crate) const ENVIRONMENT: &str = "\
Exit codes:
    0  done
    1  nothing found, or the predicate is false
    2  wrong arguments, or a point that names nothing
    3  no store, not a store, or made by another release
    4  busy
    5  I/O error, or the disk is full
    6  finished, but something was skipped or quarantined
    7  erased, but what was erased is said elsewhere too
    9  refused, since something would be lost
   10  damaged
   11  does not match the expected head
   12  shorter than the expected head
  130  interrupted

Environment:
  RETOLD_STORE         the store, where --store does not name one
  RETOLD_CONFIG        the file of settings; see `retold help config`
  RETOLD_PRICES        what models cost, for `usage`, where --prices names no file
  RETOLD_PAGER, PAGER  shows long tables on a terminal; `cat` for none
  RETOLD_MASK_SECRETS  `true`: import takes what looks like a secret out
  RETOLD_TOKEN         what lets this machine in at a `retold serve`
  RETOLD_CA            a file of certificates to know a `retold serve` by
  RETOLD_RETENTION     what stays in the store: `90d`, `20GB`
  NO_COLOR             no colour, where --color does not ask for it";

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The store, or a team's server: postgres://… [default: $RETOLD_STORE, else the setting `store`, else sessions.db in the data folder]
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) store: Option<PathBuf>,
    /// Answer as of a point: 1234, r7, head-3, yesterday, 15min-ago, mark:NAME; see `retold help points`
    #[arg(long, global = true, value_name = "POINT", allow_hyphen_values = true)]
    pub(crate) at: Option<Point>,
    /// What a date or time means: when things `occurred` [default], or when they were `recorded`
    #[arg(long, global = true, value_name = "CLOCK", value_parser = clock)]
    pub(crate) clock: Option<Clock>,
    /// How to write the answer: table, json, jsonl or csv
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub(crate) output: Format,
    /// Show times in UTC, and read them so where no zone is given; otherwise both are local
    #[arg(long, global = true)]
    pub(crate) utc: bool,
    /// Say nothing but the answer and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show long tables without a pager
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
    /// When to use colour: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
}

fn clock(text: &str) -> Result<Clock, String> {
    let clocks = [Clock::Occurred, Clock::Recorded];
    let found = clocks.into_iter().find(|clock| clock.word() == text);
    found.ok_or_else(|| {
        "accepted is occurred, when things happened, or recorded, when the log got them".to_owned()
    })
}
