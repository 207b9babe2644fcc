//! Requests that no shipper makes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use retold_serve::Limits;
use retold_team::receiver::Level;
use retold_team::receiver::https::wire::{self, Sent};
use retold_team::token::Token;
use retold_trial::{chance, needs};

use crate::answers::{attach, shipments};
use crate::given::{Store, message};
use crate::served::{Served, target, token_of};
use crate::targets::Cluster;

/// Sends bytes as they are; returns the status, the headers and the body of what is answered, zero where nothing is.
pub(crate) fn sent(served: &Served, request: &[u8]) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let _may_be_closed = stream.write_all(request);
    let mut answer = Vec::new();
    let _may_be_cut = stream.read_to_end(&mut answer);
    let end = memchr::memmem::find(&answer, b"\r\n\r\n").unwrap_or(answer.len());
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = headers.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, headers, answer.get(end + 4..).unwrap_or_default().to_vec())
}

pub(crate) fn asked(
    served: &Served,
    method: &str,
    path: &str,
    token: Option<&Token>,
    body: &[u8],
) -> (u16, String, Vec<u8>) {
    let authorization =
        token.map_or_else(String::new, |token| format!("authorization: Bearer {}\r\n", token.as_str()));
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}content-type: {}\r\ncontent-length: {}\r\n\r\n",
        wire::MEDIA_TYPE,
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    sent(served, &request)
}

#[test]
fn a_hostile_body_gets_one_clear_refusal() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada"), message(&"long ".repeat(2000))]);
    let log = attach(&of_ada, &store, "laptop").log;
    let shipment = shipments(&store).remove(0);
    let sound = wire::encode(&Sent { log: log.into(), shipment: &shipment }).unwrap();
    let token = token_of(&mut cluster.admin(), "Ada", "desk");
    let refused = |path: &str, body: &[u8]| {
        let (status, _, answer) = asked(&served, "POST", path, Some(&token), body);
        assert!((400..500).contains(&status), "{path} {status} {}", String::from_utf8_lossy(&answer));
        let problem: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        assert_eq!(problem["status"], status);
    };
    // Truncated anywhere.
    for at in (0..sound.len()).step_by(97) {
        refused("/v1/ship", &sound[..at]);
    }
    let mut longer = sound.clone();
    longer.push(0);
    refused("/v1/ship", &longer);
    // Lengths that are not there: an array of 2^32 - 1, a text and bytes of 4 GiB, nested arrays, a map.
    let nested = [0x91; 100_000];
    let huge: [&[u8]; 7] = [
        b"\xdd\xff\xff\xff\xff",
        b"\x92\x92\x01\x01\xdd\xff\xff\xff\xff",
        b"\x92\x92\x01\x01\x9b\x01\x01\xc6\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        &nested,
        b"\xc1",
    ];
    for path in ["/v1/attach", "/v1/head", "/v1/hash_at", "/v1/ship", "/v1/supply"] {
        huge.iter().for_each(|body| refused(path, body));
        refused(path, b"");
        refused(path, b"{\"log\": 1}");
    }
    // Bytes turned at random: refused, or a shipment that is refused, and nothing is written.
    for _ in 0..200 {
        let mut broken = sound.clone();
        for _ in 0..chance::range(1..4) {
            let at = chance::range(0..broken.len());
            broken[at] ^= 1 << chance::range(0..8);
        }
        let (status, ..) = asked(&served, "POST", "/v1/ship", Some(&token), &broken);
        assert!((400..500).contains(&status) || status == 200, "{status}");
        if status == 200 {
            break;
        }
    }
    of_ada.assert_sound();
    of_ada.ship(&store.log, Level::All).unwrap();
    of_ada.assert_has(&store.log);
    assert_eq!(*served.told.lock(), Vec::<String>::new(), "none of this is a failure of the server");
}

#[test]
fn a_shipment_that_is_too_long_is_told_so() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::with(&cluster, Limits { body_bytes: 1 << 20, ..Limits::default() });
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    let noise: String = (0..400_000).map(|_| format!("{:08x}", chance::range(0..u32::MAX))).collect();
    store.append("atlas", "s1", [message(&noise)]);
    let refused = of_ada.ship(&store.log, Level::All).unwrap_err();
    assert!(refused.to_string().contains("at most 1048576 are taken"), "{refused}");
    let served = Served::before(&cluster);
    target(&cluster, &served).ship(&store.log, Level::All).unwrap();
    of_ada.assert_has(&store.log);
}

#[test]
fn a_request_that_is_not_one_of_a_shipper_is_refused_before_its_body_is_read() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let limits = Limits { body_bytes: 10_000, patience: Duration::from_millis(300), ..Limits::default() };
    let served = Served::with(&cluster, limits);
    let token = token_of(&mut cluster.admin(), "Ada", "laptop");
    let status = |method: &str, path: &str, token: Option<&Token>, body: &[u8]| {
        asked(&served, method, path, token, body).0
    };
    assert_eq!(status("POST", "/v1/ship", None, b"\x90"), 401);
    assert_eq!(status("GET", "/v1/ship", Some(&token), b""), 405);
    assert_eq!(status("POST", "/healthz", None, b""), 405);
    assert_eq!(status("GET", "/", None, b""), 200, "the page, which holds nothing");
    assert_eq!(status("GET", "/everything", None, b""), 401);
    assert_eq!(status("GET", "/v1/everything", Some(&token), b""), 404);
    assert_eq!(status("POST", "/v1/ship", Some(&token), &[0; 10_001]), 413);
    assert_eq!(status("GET", "/metrics", None, b""), 401);
    assert_eq!(status("GET", "/metrics", Some(&token), b""), 403);
    let raw = |headers: &str, body: &str| {
        let bearer = format!("authorization: Bearer {}\r\n", token.as_str());
        let request = format!(
            "POST /v1/head HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{bearer}{headers}\r\n\r\n{body}"
        );
        sent(&served, request.as_bytes()).0
    };
    let kind = "content-type: application/msgpack";
    assert_eq!(raw("content-length: 2", "ab"), 415);
    assert_eq!(raw("content-type: application/json\r\ncontent-length: 2", "{}"), 415);
    assert_eq!(raw(&format!("{kind}\r\ntransfer-encoding: chunked"), "1\r\na\r\n0\r\n\r\n"), 411);
    assert_eq!(raw(&format!("{kind}\r\ncontent-length: 99999999999999"), "a"), 413);
    assert_eq!(
        raw(&format!("{kind}\r\nauthorization: Bearer x\r\ncontent-length: 1"), "a"),
        401,
        "two of them"
    );
    assert_eq!(raw(&format!("{kind}\r\ncontent-length: 1\r\nx: {}", "a".repeat(20_000)), "a"), 431);
    // One that stops sending.
    let mut stream = TcpStream::connect(served.address).unwrap();
    let head = format!(
        "POST /v1/head HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n{kind}\r\ncontent-length: 100\r\n\r\nabc",
        token.as_str()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}
