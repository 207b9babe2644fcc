//! Any session at any moment, and who changed what.

mod bisect;
mod blame;
mod compare;
mod conversation;
mod corrected;
mod diff;
mod errors;
mod follow;
mod fork;
mod histories;
mod imported;
mod keyframes;
mod patches;
mod points;
mod pruned;
mod revert;
mod what_if;
mod wrong_points;
