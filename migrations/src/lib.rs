//! The SQL schema of a retold log, and the runner that applies it.
//!
//! Migrations are numbered from 1 and frozen once released; a store's `user_version` is the number of the
//! last one applied, and its `application_id` says that it is a retold store at all.
//!
//! ```
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//! retold_migrations::up(&mut connection, retold_migrations::latest())?;
//! assert_eq!(retold_migrations::current(&connection)?, retold_migrations::latest());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod run;
mod steps;

pub use run::{Error, current, down, up};
pub use steps::{Migration, all, latest};

/// The `application_id` of a retold store: `RTLD` in ASCII.
pub const APPLICATION_ID: i32 = 0x5254_4c44;
