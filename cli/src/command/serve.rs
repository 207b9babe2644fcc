//! `retold serve`: the server of a team.

#[cfg(feature = "team")]
mod act;

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::keys::bytes;

/// Take and give logs over HTTPS, for a team's PostgreSQL
///
/// Whoever ships or reads has a token (`retold team token`) and no role in the database. Every hash of what arrives is recomputed before
/// it is written; what is read is what the token's person may see. The process keeps nothing but what somebody looks at, for minutes, and answers about that: run as many as you like, and stop them at any time (SIGTERM answers what is under way first).
/// In a browser it shows the page of `retold ui`, of what the token's person may see, to whoever has a token for reading.
/// /healthz says that it runs, /readyz that the database is there, /metrics what is measured, to a token of scope `admin`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold team add server retold_web --database postgres://admin@db.example/retold
  retold serve --database postgres://retold_web@db.example/retold
  retold serve --database … --listen 0.0.0.0:443 --cert team.pem --key team.key
  retold serve --database … --cache redis://cache.example  several of them share what was answered
  retold ship https://team.example                         on each laptop
  retold --store https://team.example sessions")]
pub(crate) struct Serve {
    /// postgres://ROLE@HOST/DATABASE, of a role that `team add server` made
    #[arg(long, value_name = "ADDRESS", required = true)]
    database: String,
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// Speak TLS with this certificate and its chain, as PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The certificate's key, as PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Listen without TLS also where other machines reach: a proxy does it
    #[arg(long, conflicts_with = "cert")]
    behind_proxy: bool,
    /// The longest request that is taken, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u16).range(16..=1024))]
    body_max: u16,
    /// How many requests a second a token may make
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// How many MiB a second a token may send
    #[arg(long, value_name = "MIB", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    traffic: u32,
    /// How many connections to the database [default: two a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    connections: Option<u16>,
    /// Do not show the page: logs alone are taken and given
    #[arg(long)]
    no_page: bool,
    /// Where sessions are while somebody looks at them on the page [default: the folder for temporary files]
    #[arg(long, value_name = "FOLDER", conflicts_with = "no_page")]
    page_folder: Option<PathBuf>,
    /// Where answers of the page are kept, to be given again: a SIZE of this process's memory, redis://HOST[:PORT][/NUMBER] for several
    /// processes to share, rediss:// for TLS, or `off`; a password that the address lacks is that of REDISCLI_AUTH
    #[arg(long, value_name = "WHERE", default_value = "64MiB", conflicts_with = "no_page")]
    cache: Kept,
    /// Speak to a database on another machine without TLS
    #[arg(long)]
    insecure: bool,
}

/// Where answers are kept.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "team"), allow(dead_code, reason = "a program without a team serves nothing"))]
enum Kept {
    Nowhere,
    /// In memory, so many bytes.
    Here(u64),
    /// At an address.
    There(String),
}

impl std::str::FromStr for Kept {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What is wrong with an address is said where it is used: here it would be repeated, with its password.
        match (text, bytes(text)) {
            ("off", _) => Ok(Self::Nowhere),
            (_, Some(bytes)) if bytes >= SIZE_MIN => Ok(Self::Here(bytes)),
            (_, Some(_)) => Err("the least size is 1MiB"),
            (address, None) if address.contains("://") => Ok(Self::There(address.to_owned())),
            _ => Err("accepted is a size such as 64MiB, an address such as redis://cache.example, or off"),
        }
    }
}

/// The least memory that is of use.
const SIZE_MIN: u64 = 1 << 20;

impl Run for Serve {
    #[cfg(feature = "team")]
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        act::serve(&self, context)
    }

    #[cfg(not(feature = "team"))]
    fn run(self, _context: &mut Context<'_>) -> Result<Exit, Failure> {
        Err(super::team::left_out("serve"))
    }
}
