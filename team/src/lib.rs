//! Ships a log to a team, checked by its hashes: to PostgreSQL, or to a directory of files.
//!
//! A log is shipped to a [`Receiver`], in order and without a gap: the receiver knows the hash of the last event that it has, and
//! takes what comes directly after it. Nothing is spooled: what is not shipped yet is in the log.
//!
//! - [`ship`]: reads the log from the receiver's head, decides what may leave ([`Level`], workspaces, secrets), sends it in batches.
//! - [`pull`]: takes sessions back, into stores of their own that verify by themselves.
//! - [`receiver`]: the protocol, and those who speak it: memory (the definition), a directory, PostgreSQL, a server over HTTPS.
//! - [`door`]: recomputes the hashes of a shipment before it is taken.
//! - [`schema`]: the schema of the server, as migrations. [`token`]: what lets a machine in at a server over HTTPS.
//! - [`purge`]: writes tables again in which row versions are left of what was erased. [`retention`]: retires old content.
//! - [`health`]: what there is to know of a server.
//! - [`verify`]: recomputes every chain from what a receiver has.
//! - [`read`]: asks the server for lists and SQL.
//! - [`work`]: keeps what lists show, beside the log on the server.

pub mod door;
pub mod health;
pub mod pack;
mod proof;
pub mod pull;
pub mod purge;
pub mod read;
pub mod receiver;
pub mod retention;
pub mod schema;
pub mod ship;
pub mod token;
pub mod verify;
pub mod work;

pub use receiver::{Level, Receiver};
