//! The page of retold: a small HTTP server on this machine, and the page that it serves. It reads a store, and writes to
//! its log only where [`Options::writes`] says so.
//!
//! [`Server::bind`] takes an address, [`Server::run`] answers until it is told to stop. Every page of sessions also exists
//! as JSON under its address with `.json` at the end; [`reference()`] is the table of all of them, [`openapi`] the same for programs.
//!
//! Who may ask: requests that name this server's own host, with the token that [`Token`] keeps. Nothing else is answered.

mod answer;
mod assets;
mod data;
mod export;
mod problem;
mod query;
mod routes;
mod server;
mod shown;
mod site;
mod team;
mod token;
mod write;

pub use export::{Export, Exported, Without, extract};
pub use routes::{openapi, reference};
pub use server::{Body, Options, Server, TeamPage, cookies, entrance, page_file};
pub use site::{Eyes, ReadPrices};
pub use team::{Brought, SessionEdition, Shipments, Team};
pub use token::Token;
