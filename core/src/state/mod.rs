//! A session as the fold of its events, and the events that lead from one document to another.

mod difference;
mod fold;
mod lists;
#[cfg(test)]
mod tests;

pub use difference::difference;
pub use fold::SessionState;
