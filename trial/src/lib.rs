//! What a test needs of the machine that it runs on, and the chance that it draws on: one place each.
//!
//! A test that cannot run here begins with [`needs!`] and returns. That is written down, printed at the end of
//! `cargo test --workspace`, and a failure where `RETOLD_REQUIRE` names what is missing. Whatever a test draws comes from
//! [`chance`], which says its seed and takes it back from `RETOLD_SEED`.

pub mod chance;
pub mod needs;
mod postgres;
mod process;
mod python;
mod records;
mod redis;

pub use needs::{Need, has};
pub use postgres::Postgres;
pub use records::summary;
pub use redis::Redis;

/// Ends a test that cannot run here: `needs!(Python)`. See [`has`].
#[macro_export]
macro_rules! needs {
    ($need:ident) => {
        if !$crate::has($crate::Need::$need) {
            return;
        }
    };
}
