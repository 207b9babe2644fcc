//! What retold measures itself against: the JSON session history it replaces, re-created, and
//! documents to fill it with.
//!
//! [`legacy`] is the rival, with the old backend's costs and its effects to the byte. [`generate`]
//! makes as many sessions as a measurement asks for, the same ones for the same seed. The program
//! `sample` writes `examples/ait42` with both.
//!
//! ```
//! use retold_benches::generate::{Shape, sessions};
//!
//! let shape = Shape { sessions: 2, ..Shape::KIB_16 };
//! let once: Vec<_> = sessions(&shape, 7).collect();
//! assert!(once.iter().cloned().eq(sessions(&shape, 7)));
//! ```

pub mod generate;
pub mod legacy;
