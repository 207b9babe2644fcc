//! What keeps read models: inside appends, behind them, and anew.

mod catch_up;
mod check;
mod checkpoint;
mod inline;
mod leftovers;
mod pages;
mod rebuild;

pub(crate) use catch_up::{Names, catch_up_log, skip};
pub use check::Checked;
pub(crate) use check::check;
pub(crate) use checkpoint::Checkpoint;
pub(crate) use inline::Engine;
pub(crate) use pages::Pages;
pub use rebuild::Progress;
pub(crate) use rebuild::rebuild;
