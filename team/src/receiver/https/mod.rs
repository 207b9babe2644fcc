//! A receiver that is `retold serve`: one request an act.

pub mod wire;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use retold_core::{Head, Position};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::{StatusCode, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::{
    Answer, Attach, Attached, Contents, Error, Hash, Insecure, KeptLog, KeptRange, KeptSession, KeptStream,
    LogNumber, Receiver, Shipment,
};
use crate::read::{Finds, ListError, Lists, Page, PageRows, SearchError, Searches, Wanted};
use crate::token::{Scope, Token};
use retold_projections::SessionFilter;
use wire::reading::{
    ListAnswer, ListRequest, LogsRequest, SessionsRequest, StreamRequest, WireKeptLog, WireSession,
    WireStream,
};
use wire::searching::{SearchAnswer, SearchRequest};
use wire::{
    Act, AttachAnswer, AttachRequest, HashAtRequest, HeadRequest, MEDIA_TYPE, Sent, ShipAnswer, Supplied,
    WireHead,
};

/// How long a connection may take, and a request with its answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(120);
/// How slowly a body may go, in bytes a second.
const SLOWEST: usize = 64 * 1024;
/// A longer body is sent once the server has said that it takes it: whoever refuses it closes the connection.
const AT_ONCE_MAX: usize = 512 * 1024;
/// An answer to whoever ships is no longer than this, and one to whoever reads: some megabytes, or one event with its texts.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;
const READING_BYTES_MAX: u64 = 1 << 28;
/// How long is waited where the server does not say.
const WAIT: Duration = Duration::from_secs(1);
/// The longest wait that a server is believed.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// The address of a `retold serve`, and what lets a machine in there.
#[derive(Clone)]
pub struct Endpoint {
    base: String,
    agent: Agent,
    token: Token,
}

/// Without the secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("base", &self.base)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Reads the address of a server: `https://HOST[:PORT][/PATH]`, and `http://` to this machine. Returns it without what is not of it.
///
/// # Errors
/// Where it is none, holds a user or a query, or would send a token over the network in the open.
pub fn read_address(address: &str, insecure: Insecure) -> Result<String, Error> {
    let refused = |why: &str| Error::Target(format!("this is not the address of a retold server: {why}"));
    let uri: Uri = address.parse().map_err(|_| refused("it cannot be read"))?;
    let authority = uri.authority().ok_or_else(|| refused("it names no host"))?;
    if authority.as_str().contains('@') {
        return Err(refused(
            "a token is taken from RETOLD_TOKEN or the file of tokens, not from the address",
        ));
    }
    if uri.query().is_some() || authority.host().is_empty() {
        return Err(refused("it is https://HOST[:PORT][/PATH]"));
    }
    let scheme = uri.scheme_str().unwrap_or_default();
    match scheme {
        "https" => {}
        "http" if is_near(authority.host()) || insecure == Insecure::Allowed => {}
        "http" => {
            return Err(Error::Target(
                "http:// to another machine shows the token and all that is shipped to everybody on the way"
                    .to_owned(),
            ));
        }
        _ => return Err(refused("it is https://HOST[:PORT][/PATH]")),
    }
    let path = uri.path().trim_end_matches('/');
    Ok(format!("{scheme}://{}{path}", authority.as_str().to_ascii_lowercase()))
}

/// Whether a host is this machine.
fn is_near(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

impl Endpoint {
    /// Takes the address of a server, as [`read_address`] returns it. Its certificate is verified by those that the machine trusts, or
    /// those of `roots`, as PEM.
    ///
    /// # Errors
    /// Where `roots` holds none.
    pub fn new(base: &str, token: Token, roots: Option<&[u8]>) -> Result<Self, Error> {
        let roots: Vec<Certificate<'static>> = match roots {
            Some(pem) => {
                let items = ureq::tls::parse_pem(pem).filter_map(|item| match item {
                    Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                });
                items.collect()
            }
            None => {
                let trusted = rustls_native_certs::load_native_certs().certs;
                trusted.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
            }
        };
        if roots.is_empty() && base.starts_with("https") {
            return Err(Error::Target("there is no certificate to trust a server by".to_owned()));
        }
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let mut config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // What is shipped goes where it was sent, and nowhere else.
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("retold/", env!("CARGO_PKG_VERSION")));
        if base.starts_with("http:") {
            // A proxy would be told the token.
            config = config.proxy(None);
        }
        Ok(Self { base: base.to_owned(), agent: config.build().new_agent(), token })
    }

    /// What it is called in messages and hints.
    pub fn name(&self) -> &str {
        &self.base
    }
}

/// Receives logs at a `retold serve`.
#[derive(Debug)]
pub struct Https {
    endpoint: Endpoint,
}

/// What a request came to.
enum Came<T> {
    To(T),
    /// Not now: wait so long.
    Busy(Duration, String),
}

impl Https {
    /// Speaks to a server, from the first request on.
    pub fn at(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone() }
    }

    fn ask<T: DeserializeOwned>(&self, act: Act, what: &impl Serialize) -> Result<Came<T>, Error> {
        let body = wire::encode(what).map_err(|error| Error::Damaged(error.to_string()))?;
        let Endpoint { base, agent, token } = &self.endpoint;
        let mut request = agent
            .post(format!("{base}{}", act.path()))
            .config()
            .timeout_global(Some(TIMEOUT + Duration::from_secs((body.len() / SLOWEST) as u64)))
            .build()
            .header("authorization", format!("Bearer {}", token.as_str()))
            .header("content-type", MEDIA_TYPE);
        if body.len() > AT_ONCE_MAX {
            request = request.header("expect", "100-continue");
        }
        let mut response = request.send(body.as_slice()).map_err(unreachable)?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let is_answer = header("content-type") == Some(MEDIA_TYPE);
        let seconds = header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
        let wait = seconds.map_or(WAIT, Duration::from_secs).min(WAIT_MAX);
        let status = response.status();
        let limited = response.body_mut().with_config().limit(match act.scope() {
            Scope::Read => READING_BYTES_MAX,
            _ => ANSWER_BYTES_MAX,
        });
        let bytes = limited.read_to_vec().map_err(unreachable)?;
        if is_answer {
            return wire::decode(&bytes).map(Came::To).map_err(|error| malformed(&error));
        }
        let why = detail_of(&bytes, status);
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Ok(Came::Busy(wait, why)),
            StatusCode::REQUEST_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                Err(Error::Unreachable(why))
            }
            // What is not there is answered so by one that knows what is asked.
            StatusCode::METHOD_NOT_ALLOWED => {
                let what = act.name();
                Err(Error::Target(format!(
                    "the server does not know `{what}`: it is of an older release, or none of retold"
                )))
            }
            status if status.is_server_error() => Err(Error::Unreachable(why)),
            status if status.is_success() || status.is_redirection() => {
                Err(Error::Target(format!("what answers there is not a retold server: {status}")))
            }
            _ => Err(Error::Denied(why)),
        }
    }

    /// Asks what has no answer for "not now".
    fn ask_now<T: DeserializeOwned>(&self, act: Act, what: &impl Serialize) -> Result<T, Error> {
        match self.ask(act, what)? {
            Came::To(answer) => Ok(answer),
            Came::Busy(_, why) => Err(Error::Unreachable(why)),
        }
    }

    fn ask_to_take(&self, act: Act, what: &impl Serialize) -> Result<Answer, Error> {
        match self.ask::<ShipAnswer>(act, what)? {
            Came::To(answer) => answer.try_into().map_err(|error| malformed(&error)),
            Came::Busy(wait, _) => Ok(Answer::Busy(wait)),
        }
    }
}

impl Receiver for Https {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        let answer: AttachAnswer = self.ask_now(Act::Attach, &AttachRequest::from(attach))?;
        answer.try_into().map_err(|error| malformed(&error))
    }

    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        let head: WireHead = self.ask_now(Act::Head, &HeadRequest { log: log.into() })?;
        head.try_into().map_err(|error| malformed(&error))
    }

    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        let asked = HashAtRequest { log: log.into(), position: position.get() };
        let head: WireHead = self.ask_now(Act::HashAt, &asked)?;
        head.try_into().map_err(|error| malformed(&error))
    }

    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.ask_to_take(Act::Ship, &Sent { log: log.into(), shipment })
    }

    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.ask_to_take(Act::Supply, &Supplied { log: log.into(), shipment, settles })
    }
}

/// What the person of the token may read.
impl Contents for Https {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        let logs: Vec<WireKeptLog> = self.ask_now(Act::Logs, &LogsRequest {})?;
        logs.into_iter().map(|log| log.try_into().map_err(|error| malformed(&error))).collect()
    }

    /// Sessions are read, one by one: whole logs are read from the PostgreSQL.
    fn range(&mut self, _log: LogNumber, _first: u64, _last: u64) -> Result<KeptRange, Error> {
        Err(Error::Target("a retold server gives no whole log: its PostgreSQL is read for that".to_owned()))
    }

    fn sessions(&mut self, id: &str) -> Result<Vec<KeptSession>, Error> {
        let found: Vec<WireSession> = self.ask_now(Act::Sessions, &SessionsRequest { id: id.to_owned() })?;
        Ok(found.into_iter().map(KeptSession::from).collect())
    }

    fn stream(&mut self, log: LogNumber, key: &Hash, after: u64, limit: u32) -> Result<KeptStream, Error> {
        let asked = StreamRequest { log: log.into(), key: *key, after, limit };
        self.ask_now::<WireStream>(Act::Stream, &asked).map(KeptStream::from)
    }
}

impl Lists for Https {
    fn page(&mut self, filter: &SessionFilter, counts: bool) -> Result<Page, ListError> {
        let answer: ListAnswer = self.ask_now(Act::List, &ListRequest::of(filter, counts))?;
        PageRows::try_from(answer).map_err(ListError::Refused)?.fold(filter.order)
    }
}

impl Searches for Https {
    fn search(&mut self, wanted: &Wanted<'_>) -> Result<Finds, SearchError> {
        let answer: SearchAnswer = self.ask_now(Act::Search, &SearchRequest::of(wanted)?)?;
        Ok(answer.read()?.map_err(|error| malformed(&error))?)
    }
}

fn malformed(error: &wire::Malformed) -> Error {
    Error::Target(format!("what answers there is not a retold server: {error}"))
}

/// A failure of the way to the server: the request may have been answered or not.
fn unreachable(error: ureq::Error) -> Error {
    let of_tls = match &error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Error::Target(error.to_string()),
        _ if matches!(of_tls, Some(rustls::Error::InvalidCertificate(_))) => {
            Error::Target(format!("the server cannot be trusted: {error}"))
        }
        error => Error::Unreachable(error.to_string()),
    }
}

/// What an answer says of itself: the `detail` of its problem, as text that a terminal may show.
fn detail_of(bytes: &[u8], status: StatusCode) -> String {
    #[derive(serde::Deserialize)]
    struct Problem {
        detail: String,
    }
    match serde_json::from_slice::<Problem>(bytes) {
        Ok(problem) => problem.detail.chars().filter(|letter| !letter.is_control()).take(400).collect(),
        Err(_) => format!("it answers {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_no_network_in_the_open() {
        let read = |address: &str| read_address(address, Insecure::Refused);
        assert_eq!(read("https://Team.example/").unwrap(), "https://team.example");
        assert_eq!(read("https://team.example:8443/retold/").unwrap(), "https://team.example:8443/retold");
        for near in ["http://127.0.0.1:7", "http://localhost:7", "http://[::1]:7"] {
            assert_eq!(read(near).unwrap(), near);
        }
        for far in ["http://team.example", "http://10.0.0.1", "http://127.0.0.1.example"] {
            assert!(read(far).is_err(), "{far}");
            assert_eq!(read_address(far, Insecure::Allowed).unwrap(), far);
        }
        for none in ["https://", "https://rt_1@team.example", "https://team.example?token=x", "ftp://a", ""] {
            assert!(read_address(none, Insecure::Allowed).is_err(), "{none}");
        }
    }
}
