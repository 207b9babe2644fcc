//! What is asked of the read models.

mod find;
mod sessions;

pub use find::{Found, find};
pub(crate) use sessions::list;
pub use sessions::{Order, SessionFilter, SessionRow};
