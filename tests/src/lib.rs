//! Support for the promises.
