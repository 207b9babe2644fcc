//! What keeps projections: one applier, whatever hosts the rows.

mod applier;
mod check;
mod checkpoint;
mod compare;
mod context;
mod host;
mod leftovers;
mod memory;
mod names;
mod pages;
mod prior;
mod projection;
mod rebuild;
mod sessions;
mod store_host;

pub(crate) use applier::{Applied, Applier, head};
pub use check::Checked;
pub(crate) use check::{SecondBuild, check};
pub(crate) use checkpoint::{Checkpoint, START, is_of};
pub use compare::{Difference, Side};
pub(crate) use compare::{Sides, compare};
pub(crate) use context::{EventContext, Texts};
pub(crate) use host::{Host, Step, StepKind};
pub(crate) use leftovers::{drop_some, is_left_over};
pub use memory::MemoryHost;
pub(crate) use memory::Scratch;
pub(crate) use prior::{Agent, PriorMessage, PriorState, Words};
pub(crate) use projection::{Projection, Refusal};
pub(crate) use rebuild::rebuild;
pub(crate) use store_host::{StoreHost, catch_up_log};
