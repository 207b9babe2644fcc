//! Where a team's server is, and of which team something is done.

/// A server that is looked after, and of which team.
#[derive(Debug, clap::Args)]
pub(super) struct Upkeep {
    /// postgres://ADMIN@HOST/DATABASE
    #[arg(value_name = "ADDRESS")]
    pub(super) database: String,
    /// One team [default: all of them]
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: Option<String>,
    /// Speak to a server on another machine without TLS
    #[arg(long)]
    pub(super) insecure: bool,
}

/// Which team, and where it is.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// postgres://ADMIN@HOST/DATABASE
    #[arg(long, value_name = "ADDRESS", required = true)]
    pub(super) database: String,
    /// The team, where there are several
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: Option<String>,
    /// Speak to a server on another machine without TLS
    #[arg(long)]
    pub(super) insecure: bool,
}
