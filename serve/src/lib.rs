//! The server of a team: takes logs over HTTPS, checks every hash of what it is sent, and puts it into PostgreSQL.
//!
//! [`Server::bind`] takes an address, [`Server::run`] answers until it is told to stop. It keeps nothing: any number of them may stand in
//! front of one database, and one may be killed at any moment. What the page shows is in a temporary folder meanwhile.
//!
//! | address | asked by | answers |
//! |---|---|---|
//! | `/v1/attach`, `/v1/head`, `/v1/hash_at`, `/v1/ship`, `/v1/supply` | `POST`, with a token for shipping | the acts of [`retold_team::Receiver`], as [`wire`](retold_team::receiver::https::wire) has them |
//! | `/v1/logs`, `/v1/sessions`, `/v1/stream`, `/v1/list`, `/v1/search` | `POST`, with a token for reading | what [`retold_team::receiver::Contents`], [`retold_team::read::Lists`] and [`retold_team::read::Searches`] answer, of what the person may see |
//! | `/healthz` | anybody | that the process answers |
//! | `/readyz` | anybody | whether PostgreSQL is there, with a schema that this release knows |
//! | `/enter` | `POST`, with a token for reading as JSON | a cookie that lets a browser in |
//! | every other | a browser that was let in, or a token for reading | the page, as [`retold_web`] has it |
//! | `/metrics` | a token for administration | what is measured, as Prometheus reads it |
//!
//! Whoever asks acts as the person of the token, and PostgreSQL decides what that person may do.

mod access;
mod act;
pub mod cache;
mod metrics;
mod page;
mod pool;
mod problem;
mod rate;
mod respond;
mod server;
mod tell;
mod tls;

pub use rate::Rate;
pub use retold_web::Eyes;
pub use server::{Error, Limits, Options, Page, Server};
pub use tell::Tell;
pub use tls::Identity;
