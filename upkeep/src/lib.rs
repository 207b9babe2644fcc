//! What keeps a store in order: redact, prune, back up, restore, recover, compact.
//!
//! Everything here works on a [`Log`](retold_core::Log) that others go on reading and writing meanwhile.

mod backup;
mod compact;
mod copies;
mod part;
mod prune;
mod recover;
mod redact;
mod residue;
mod restore;
mod search;

pub use backup::{Backup, back_up};
pub use compact::{Compacted, compact, forget_dictionary, unfinished_dictionaries, vacuum};
pub use copies::copies;
pub use part::{Identity, NewPart, TakenPart, streams_of, take_part, text_in};
pub use prune::{
    Archive, Prunable, Pruned, PrunedSession, Unpruned, prunable, prunable_among, prune, pruned,
    pruned_among, pruned_of, unprune,
};
pub use recover::{Loss, Lost, LostRow, Recovered, Salvaged, is_damaged_store, recover, salvage};
pub use redact::{Redaction, redact};
pub use residue::{Evidence, Place, Residue, add_contents, dictionaries_with, find_residue};
pub use restore::{Restored, restore};
pub use search::{Finder, Hit, search};
