//! Who may ask. The order matters: a request that names another host learns nothing, not even what there is.

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::shared::Shared;
use crate::problem::Problem;

/// What every answer has, whatever it is.
pub(super) const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), microphone=(), midi=(), payment=(), \
         serial=(), usb=()",
    ),
];

/// The longest address, in bytes.
const ADDRESS_MAX: usize = 8 * 1024;
/// The longest body, in bytes.
const BODY_MAX: u64 = 1024 * 1024;

impl Shared {
    /// Refuses a request that is not for this server, or not one that it takes from anybody.
    pub(super) fn check_request(&self, parts: &Parts) -> Result<(), Problem> {
        let mut hosts = parts.headers.get_all(HOST).iter();
        let named = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok(),
            _ => None,
        };
        let is_own = |host: &str| self.hosts.contains(&host.to_ascii_lowercase());
        let is_in_address = parts.uri.authority().is_none_or(|authority| is_own(authority.as_str()));
        if !named.is_some_and(is_own) || !is_in_address {
            return Err(Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                "the request names a host that this server is not",
            )
            .hint("`retold ui --host NAME` allows a name"));
        }
        if ![Method::GET, Method::HEAD, Method::POST].contains(&parts.method) {
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this server is asked by GET"));
        }
        let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
        if address.len() > ADDRESS_MAX {
            return Err(Problem::new(
                StatusCode::URI_TOO_LONG,
                format!("the address is over {ADDRESS_MAX} bytes"),
            ));
        }
        let length =
            parts.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > BODY_MAX) {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is over {BODY_MAX} bytes"),
            ));
        }
        Ok(())
    }

    /// Refuses a request without the token.
    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let bearer =
            headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let name = self.cookie_name();
        let mut cookies = cookies(headers, &name);
        let is_in = bearer.is_some_and(|text| self.token.is(text)) || cookies.any(|text| self.token.is(text));
        match is_in {
            true => Ok(()),
            false => Err(Problem::new(StatusCode::UNAUTHORIZED, "this browser has no token for this store")
                .hint(
                    "open the address that `retold ui` prints; programs send `Authorization: Bearer TOKEN`",
                )),
        }
    }

    /// Refuses a write that does not say that it comes from this page: a browser says so, and a program that has the token in a
    /// header needs not.
    pub(super) fn check_write(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let is_said = headers.contains_key("sec-fetch-site") || headers.contains_key(ORIGIN);
        if !is_said && !headers.contains_key(AUTHORIZATION) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "the request does not say which page it comes from",
            ));
        }
        self.check_same_origin(headers)
    }

    /// Refuses a request that another site's page makes for its reader.
    pub(super) fn check_same_origin(&self, headers: &HeaderMap) -> Result<(), Problem> {
        same_origin(headers, |host| self.hosts.contains(&host.to_ascii_lowercase()))
    }

    /// The port is in the name: cookies do not tell ports apart.
    fn cookie_name(&self) -> String {
        format!("retold-{}", self.port)
    }

    /// Returns the cookie that lets a browser in.
    pub(super) fn cookie(&self) -> Option<HeaderValue> {
        let text = format!(
            "{}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000",
            self.cookie_name(),
            self.token.as_str()
        );
        HeaderValue::from_str(&text).ok()
    }
}

/// Refuses a request that another site's page makes for its reader: where its browser names hosts that are not this server's.
pub(super) fn same_origin(headers: &HeaderMap, is_own: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok().map(str::to_owned));
    let is_own = match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => text(ORIGIN).is_none_or(|origin| {
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            host.is_some_and(is_own)
        }),
    };
    let is_json = text(CONTENT_TYPE).is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    match (is_own, is_json) {
        (false, _) => Err(Problem::new(StatusCode::FORBIDDEN, "the request comes from another site")),
        (true, false) => {
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is to be application/json"))
        }
        (true, true) => Ok(()),
    }
}

/// Returns what a request has in its cookies of a name.
pub fn cookies<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let texts = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(known, _)| *known == name).map(|(_, text)| text)
}
