//! What the read models promise.
#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![allow(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "the numbers of a test are small")]

mod agree;
mod check;
mod correction_rules;
mod corrections;
mod counted;
mod counters;
mod elsewhere;
mod events;
mod expected;
mod given;
mod history;
mod invalid_events;
mod lists;
mod metrics;
mod names;
mod plans;
mod rebuild;
mod rollback;
mod rows;
mod search;
mod search_model;
mod search_rank;
mod sidecars;
mod sql;
mod temporal;
