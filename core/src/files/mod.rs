//! Files that get their name once they are whole.
//!
//! Whatever this program writes beside other people's files, it writes into a [`Partial`] first: a hidden file in the same
//! folder, locked for as long as its process lives. A process that is killed leaves it behind without its lock, so that the
//! next one can tell it from one that is being written, and removes it ([`sweep`]).

mod left_over;
mod partial;

pub use left_over::{LeftOver, left_over, sweep, sweep_beside, sweep_of};
pub use partial::sync_folder as sync_folder_of;
pub use partial::{Partial, Privacy, in_the_way, is_same_file, real_path};
