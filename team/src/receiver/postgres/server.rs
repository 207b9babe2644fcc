//! Where a PostgreSQL is, and how it is spoken to.

use std::sync::Arc;
use std::time::Duration;

use ::postgres::config::{Host, SslMode};
use ::postgres::error::DbError;
use ::postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::receiver::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that says nothing for so long is asked whether it still is one.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Whether a server on another machine may be spoken to without TLS, or without knowing whose certificate it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insecure {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
}

/// The address of a PostgreSQL: `postgres://[USER@]HOST[:PORT]/DATABASE`, with libpq's parameters.
#[derive(Clone)]
pub struct Server {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl std::fmt::Debug for Server {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Server {
    /// Reads an address. Beyond loopback the certificate is verified as `sslmode=verify-full` does it, by the certificates that the
    /// machine trusts or those of `sslrootcert`; `password` is asked for the host, the port, the database and the user where the
    /// address has none.
    ///
    /// # Errors
    /// Where it is none, or asks for less than `verify-full` and that is refused.
    pub fn parse(
        address: &str,
        insecure: Insecure,
        password: impl FnOnce(&str, u16, &str, &str) -> Option<String>,
    ) -> Result<Self, Error> {
        let (address, mut asked) = take_parameters(address);
        let mut config: Config = address.parse().map_err(|error: ::postgres::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            Error::Target(format!("this is not the address of a PostgreSQL: {}", cause.unwrap_or_default()))
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.keepalives_idle(KEEPALIVE);
        if config.get_application_name().is_none() {
            config.application_name("retold");
        }
        let is_near = config.get_hosts().iter().all(is_loopback);
        let mode = asked.mode.take();
        let verifies = match mode.as_deref() {
            Some("verify-full") => true,
            None => !is_near && insecure == Insecure::Refused,
            Some("disable" | "allow" | "prefer" | "require" | "verify-ca")
                if is_near || insecure == Insecure::Allowed =>
            {
                false
            }
            Some(mode) => {
                return Err(Error::Target(format!(
                    "sslmode={mode} does not say who the server is: a shipment holds what a team wrote"
                )));
            }
        };
        let tls = match verifies {
            true => {
                config.ssl_mode(SslMode::Require);
                Some(connector(asked.root.as_deref())?)
            }
            false => {
                config.ssl_mode(SslMode::Disable);
                None
            }
        };
        if config.get_password().is_none() {
            let host = config.get_hosts().first().map_or_else(String::new, host_name);
            let port = config.get_ports().first().copied().unwrap_or(5432);
            let user = config.get_user().unwrap_or_default().to_owned();
            let database = config.get_dbname().unwrap_or(&user).to_owned();
            if let Some(password) = password(&host, port, &database, &user) {
                config.password(password);
            }
        }
        Ok(Self { config, tls })
    }

    /// Connects.
    ///
    /// # Errors
    /// Where the server cannot be reached, or refuses.
    pub fn connect(&self) -> Result<Client, Error> {
        Ok(match &self.tls {
            Some(tls) => self.config.connect(tls.clone())?,
            None => self.config.connect(NoTls)?,
        })
    }

    /// Connects; what the server says beside its answers goes to `told`.
    pub(crate) fn connect_told(
        &self,
        told: impl Fn(DbError) + Send + Sync + 'static,
    ) -> Result<Client, Error> {
        let mut config = self.config.clone();
        config.notice_callback(told);
        Self { config, tls: self.tls.clone() }.connect()
    }

    /// The role that connects, where one is named.
    pub fn user(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// What it is called in messages and hints: without user and password.
    pub fn name(&self) -> String {
        let host = self.config.get_hosts().first().map_or_else(String::new, host_name);
        let port = self.config.get_ports().first().map_or_else(String::new, |port| format!(":{port}"));
        format!("{host}{port}/{}", self.config.get_dbname().unwrap_or_default())
    }
}

/// What libpq knows and the client does not.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    root: Option<String>,
}

/// Takes `sslmode` and `sslrootcert` out of an address.
fn take_parameters(address: &str) -> (String, Asked) {
    let mut asked = Asked::default();
    let Some((before, parameters)) = address.split_once('?') else { return (address.to_owned(), asked) };
    let mut left = Vec::new();
    for parameter in parameters.split('&') {
        match parameter.split_once('=') {
            Some(("sslmode", mode)) => asked.mode = Some(mode.to_owned()),
            Some(("sslrootcert", root)) => asked.root = Some(root.to_owned()),
            _ => left.push(parameter),
        }
    }
    let address = if left.is_empty() { before.to_owned() } else { format!("{before}?{}", left.join("&")) };
    (address, asked)
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .trim_matches(['[', ']'])
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn host_name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    }
}

fn connector(root: Option<&str>) -> Result<MakeRustlsConnect, Error> {
    let mut roots = RootCertStore::empty();
    match root {
        Some(path) => {
            let failed =
                |error: &dyn std::fmt::Display| Error::Target(format!("sslrootcert={path}: {error}"));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
                let certificate = certificate.map_err(|error| failed(&error))?;
                roots.add(certificate).map_err(|error| failed(&error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Target(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Returns the password that a `.pgpass` has for a connection.
pub fn password_of(pgpass: &str, wanted: [&str; 4]) -> Option<String> {
    for line in pgpass.lines().filter(|line| !line.starts_with('#')) {
        let fields = fields_of(line);
        let [host, port, database, user, password] = fields.as_slice() else { continue };
        let pairs = [host, port, database, user].into_iter().zip(wanted);
        if pairs.into_iter().all(|(field, wanted)| field == "*" || field == wanted) {
            return Some(password.clone());
        }
    }
    None
}

/// Splits at colons that no backslash is before.
fn fields_of(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut().into_iter().for_each(|field| field.extend(characters.next())),
            other => fields.last_mut().into_iter().for_each(|field| field.push(other)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(address: &str, insecure: Insecure) -> Result<Server, Error> {
        Server::parse(address, insecure, |_, _, _, _| None)
    }

    #[test]
    fn beyond_loopback_nothing_less_than_verify_full_is_taken() {
        for near in [
            "postgres://localhost/a",
            "postgres://127.0.0.1/a",
            "postgres:///a?host=/tmp",
            "postgres://[::1]/a",
        ] {
            assert!(parse(near, Insecure::Refused).unwrap().tls.is_none(), "{near}");
        }
        let far = "postgres://db.example/a";
        assert!(parse(far, Insecure::Refused).unwrap().tls.is_some());
        assert!(parse(far, Insecure::Allowed).unwrap().tls.is_none());
        for mode in ["disable", "allow", "prefer", "require", "verify-ca", "nonsense"] {
            assert!(parse(&format!("{far}?sslmode={mode}"), Insecure::Refused).is_err(), "{mode}");
        }
        for mode in ["disable", "prefer", "require"] {
            assert!(parse(&format!("{far}?sslmode={mode}"), Insecure::Allowed).unwrap().tls.is_none());
        }
        let full = format!("{far}?sslmode=verify-full&connect_timeout=3");
        assert!(parse(&full, Insecure::Allowed).unwrap().tls.is_some());
    }

    #[test]
    fn a_password_is_shown_nowhere() {
        let server = parse("postgres://ada:geheim@db.example:5433/team", Insecure::Allowed).unwrap();
        assert_eq!(server.name(), "db.example:5433/team");
        assert!(!format!("{server:?}").contains("geheim"));
    }

    #[test]
    fn a_password_is_found_as_libpq_finds_it() {
        let file = "# a comment\ndb:5432:team:ada:one\n*:*:*:bob:t\\:wo\n*:*:*:*:three:3";
        assert_eq!(password_of(file, ["db", "5432", "team", "ada"]).unwrap(), "one");
        assert_eq!(password_of(file, ["other", "1", "x", "bob"]).unwrap(), "t:wo");
        assert_eq!(password_of(file, ["other", "1", "x", "eve"]).unwrap(), "three:3");
        assert_eq!(password_of("db:1:a:b:c", ["db", "2", "a", "b"]), None);
    }
}
