//! What keeps a store in order: back up, restore, recover, compact.
//!
//! Everything here works on a [`Log`](retold_core::Log) that others go on reading and writing meanwhile.

mod backup;
mod compact;
mod recover;
mod restore;

pub use backup::{Backup, back_up};
pub use compact::{Compacted, compact, forget_dictionary, unfinished_dictionaries, vacuum};
pub use recover::{Loss, Lost, LostRow, Recovered, Salvaged, is_damaged_store, recover, salvage};
pub use restore::{Restored, restore};
