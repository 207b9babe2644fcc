//! What keeps read models: inside appends, behind them, and anew.

mod catch_up;
mod checkpoint;
mod inline;
mod leftovers;
mod pages;
mod rebuild;

pub(crate) use catch_up::{Names, catch_up_log};
pub(crate) use checkpoint::Checkpoint;
pub(crate) use inline::Engine;
pub(crate) use pages::Pages;
pub use rebuild::Progress;
pub(crate) use rebuild::rebuild;
