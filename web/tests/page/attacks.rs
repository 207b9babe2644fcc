//! Requests that are not a reader's.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use super::{Page, sample};

/// Every address that there is, of each kind.
const ADDRESSES: &[&str] = &[
    "/",
    "/sessions",
    "/board",
    "/s/a1",
    "/app.js",
    "/app.css",
    "/icons.svg",
    "/healthz",
    "/enter",
    "/live",
    "/sessions.json",
    "/sessions/changes.json",
    "/sessions/standings.json?streams=1",
    "/moments.json",
    "/resolve.json?point=head",
    "/s/a1.json",
    "/s/a1/tiles/0.json",
    "/s/a1/events.json",
    "/s/a1/events/1.json",
    "/s/a1/patches.json",
    "/s/a1/messages.json",
    "/s/a1/output/0.json",
    "/s/a1/diff.json",
    "/s/a1/blame.json",
    "/openapi.json",
    "/nothing",
    "/s/nobody.json",
];

#[test]
fn a_request_that_names_another_host_learns_nothing() {
    let page = Page::with(sample);
    let bearer = format!("Authorization: Bearer {}", page.token.as_str());
    let port = page.port();
    let (own, other) = (format!("Host: {}", page.address), "Host: evil.example".to_owned());
    for address in ADDRESSES {
        for host in [
            other.clone(),
            format!("Host: evil.example:{port}"),
            "Host: localhost".to_owned(),
            "Host: 127.0.0.1:1".to_owned(),
            format!("Host: 127.0.0.1.evil.example:{port}"),
            format!("Host: localhost:{port}.evil.example"),
            "Host: ".to_owned(),
            format!("X-Forwarded-Host: {}", page.address),
        ] {
            let refused = page.ask(&format!("GET {address}"), &[&host, &bearer]);
            // What HTTP itself does not allow is refused before that.
            assert!([421, 400].contains(&refused.status), "{address} {host} {refused:?}");
            assert!(!refused.body.contains("evil") && !refused.body.contains("Fix the"), "{refused:?}");
        }
        let twice = page.ask(&format!("GET {address}"), &[&own, &other, &bearer]);
        assert!([421, 400].contains(&twice.status), "{address} {twice:?}");
        let absolute = page.ask(&format!("GET http://evil.example{address}"), &[&own, &bearer]);
        assert_eq!(absolute.status, 421, "{address} {absolute:?}");
    }
    for host in [
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
        "proxy.example".to_owned(),
    ] {
        assert_eq!(
            page.ask("GET /sessions.json", &[&format!("Host: {host}"), &bearer]).status,
            200,
            "{host}"
        );
    }
}

#[test]
fn no_data_without_the_token() {
    let page = Page::with(sample);
    let host = format!("Host: {}", page.address);
    let cookie = format!("retold-{}", page.port());
    let token = page.token.as_str();
    let is_open = |address: &str| {
        ["/", "/sessions", "/board", "/s/a1", "/app.js", "/app.css", "/icons.svg", "/healthz", "/enter"]
            .contains(&address)
    };
    for address in ADDRESSES.iter().filter(|address| !is_open(address)) {
        for header in [
            String::new(),
            "Authorization: Bearer".to_owned(),
            format!("Authorization: Bearer {}", &token[1..]),
            format!("Authorization: Bearer {token}0"),
            format!("Authorization: Basic {token}"),
            format!("Cookie: {cookie}={}", "0".repeat(64)),
            format!("Cookie: retold-1={token}"),
            format!("Cookie: x{cookie}={token}"),
        ] {
            let headers: Vec<&str> =
                [host.as_str(), &header].into_iter().filter(|header| !header.is_empty()).collect();
            let refused = page.ask(&format!("GET {address}"), &headers);
            assert_eq!(refused.status, 401, "{address} {header}");
            assert!(!refused.body.contains("Fix the") && !refused.body.contains(token), "{refused:?}");
        }
        let query = page.ask(&format!("GET {}?t={token}", address.split('?').next().unwrap()), &[&host]);
        assert_eq!(query.status, 401, "a token in an address lets nobody in: {address}");
    }
    let let_in =
        page.ask("GET /sessions.json", &[&host, &format!("Cookie: other=1; {cookie}={token}; more=2")]);
    assert_eq!(let_in.status, 200);
}

#[test]
fn the_token_is_traded_for_a_cookie_on_the_same_site_alone() {
    let page = Page::with(sample);
    let body = format!("{{\"token\":\"{}\"}}", page.token.as_str());
    let enter = |body: &str, headers: &[&str]| {
        let (host, length) = (format!("Host: {}", page.address), format!("Content-Length: {}", body.len()));
        let mut all = vec![host.as_str(), length.as_str()];
        all.extend(headers);
        let head: String = all.iter().map(|header| format!("{header}\r\n")).collect();
        page.raw(format!("POST /enter HTTP/1.1\r\nConnection: close\r\n{head}\r\n{body}").as_bytes())
    };
    let json = "Content-Type: application/json";
    let origin = format!("Origin: http://{}", page.address);
    for headers in [vec![json], vec![json, "Sec-Fetch-Site: same-origin"], vec![json, &origin]] {
        let entered = enter(&body, &headers);
        assert_eq!(entered.status, 204, "{headers:?} {entered:?}");
        let cookie = entered.header("set-cookie").unwrap();
        assert!(cookie.starts_with(&format!("retold-{}={}", page.port(), page.token.as_str())), "{cookie}");
        assert!(
            ["HttpOnly", "SameSite=Strict", "Path=/"].iter().all(|part| cookie.contains(part)),
            "{cookie}"
        );
    }
    for (headers, status) in [
        (vec![json, "Sec-Fetch-Site: cross-site"], 403),
        (vec![json, "Sec-Fetch-Site: same-site"], 403),
        (vec![json, "Sec-Fetch-Site: none"], 403),
        (vec![json, "Origin: http://evil.example"], 403),
        (vec![json, "Origin: null"], 403),
        (vec!["Content-Type: text/plain"], 415),
        (vec!["Content-Type: application/x-www-form-urlencoded"], 415),
        (vec![], 415),
    ] {
        let refused = enter(&body, &headers);
        assert_eq!((refused.status, refused.header("set-cookie")), (status, None), "{headers:?}");
    }
    for (body, status) in
        [("{}", 401), ("", 400), ("[", 400), (r#"{"token":5}"#, 401), (&"x".repeat(2000), 413)]
    {
        let refused = enter(body, &[json]);
        assert_eq!((refused.status, refused.header("set-cookie")), (status, None), "{body}");
    }
    assert_eq!(page.ask("GET /enter", &[&format!("Host: {}", page.address)]).status, 405);
}

#[test]
fn every_answer_has_its_headers_and_none_lets_other_sites_read() {
    let page = Page::with(sample);
    let (host, bearer) =
        (format!("Host: {}", page.address), format!("Authorization: Bearer {}", page.token.as_str()));
    let answers = ADDRESSES.iter().filter(|address| **address != "/live").flat_map(|address| {
        let origin = "Origin: http://evil.example";
        [
            page.ask(&format!("GET {address}"), &[&host, &bearer, origin]),
            page.ask(&format!("GET {address}"), &[&host]),
            page.ask(&format!("GET {address}"), &["Host: evil.example"]),
            page.ask(&format!("OPTIONS {address}"), &[&host, origin, "Access-Control-Request-Method: GET"]),
        ]
    });
    for answer in answers {
        let csp = answer.header("content-security-policy").unwrap_or_else(|| panic!("{answer:?}"));
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(csp.contains(part), "{csp}");
        }
        assert!(!csp.contains("unsafe"), "{csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert!(answer.header("cache-control").is_some(), "{answer:?}");
        assert!(!answer.head.to_ascii_lowercase().contains("access-control-"), "{answer:?}");
        assert!(answer.header("location").is_none(), "it leads nowhere else: {answer:?}");
    }
}

#[test]
fn nothing_but_reading_is_taken() {
    let page = Page::with(sample);
    let (host, bearer) =
        (format!("Host: {}", page.address), format!("Authorization: Bearer {}", page.token.as_str()));
    let before = page.history.head().unwrap();
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"] {
        for address in ADDRESSES.iter().filter(|address| **address != "/enter") {
            let refused = page.ask(&format!("{method} {address}"), &[&host, &bearer, "Content-Length: 0"]);
            assert_eq!(refused.status, 405, "{method} {address} {refused:?}");
            assert!(refused.header("allow").is_some());
        }
    }
    assert_eq!(page.history.head().unwrap(), before);
}

#[test]
fn no_address_leads_to_a_file() {
    let page = Page::with(sample);
    for address in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/s/..%2f..%2fetc%2fpasswd.json",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/app.js/../../Cargo.toml",
        "/app.js%00.css",
        "/dist/app.js",
        "/src/lib.rs",
        "/sessions.db",
        "/s/%00.json",
        "/s/%ff.json",
        "//etc/passwd",
        "/s/a1.json/../../etc/passwd",
        "/\\..\\..\\etc\\passwd",
        "/s/a1;x.json",
        "/.git/config",
        "/app.js.map",
    ] {
        let answer = page.get(address);
        assert!([400, 404].contains(&answer.status), "{address} {answer:?}");
        assert!(!answer.body.contains("root:") && !answer.body.contains("[package]"), "{address} {answer:?}");
    }
}

#[test]
fn what_is_too_large_or_not_allowed_is_refused_and_the_server_goes_on() {
    let page = Page::with(sample);
    let (host, bearer) =
        (format!("Host: {}", page.address), format!("Authorization: Bearer {}", page.token.as_str()));
    let long = page.get(&format!("/sessions.json?q={}", "x".repeat(9000)));
    assert!([414, 431, 400].contains(&long.status), "{long:?}");
    let header = format!("X-Long: {}", "x".repeat(40_000));
    let refused = page.ask("GET /sessions.json", &[&host, &bearer, &header]);
    assert!([431, 400].contains(&refused.status), "{refused:?}");
    assert_eq!(page.ask("GET /sessions.json", &[&host, &bearer, "Content-Length: 99999999"]).status, 413);
    for (address, status) in [
        ("/sessions.json?n=1001", 400),
        ("/sessions.json?n=-1", 400),
        ("/sessions.json?n=1&n=2", 400),
        ("/sessions.json?unknown=1", 400),
        ("/sessions.json?sort=drop", 400),
        ("/sessions.json?at=nonsense%20point", 400),
        ("/sessions.json?after=x", 400),
        ("/sessions.json?q=%ff", 400),
        ("/s/a1.json?at=r99999", 400),
        ("/s/a1/events/99.json", 404),
        ("/s/a1/events/0.json", 404),
        ("/s/a1/output/7.json", 404),
        ("/s/a1/blame.json?path=nowhere/at/all", 400),
        ("/s/a1/tiles/281474976710656.json", 200),
        ("/s/nobody.json", 404),
    ] {
        let answer = page.get(address);
        assert_eq!(answer.status, status, "{address} {answer:?}");
        if status != 200 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{address}");
            assert!(
                answer.json()["detail"].as_str().is_some_and(|text| !text.is_empty()),
                "{address} {answer:?}"
            );
        }
    }
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let answer = page.raw(noise);
        assert!([0, 400, 405, 421, 505].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(page.get("/sessions.json").status, 200);
}

#[test]
fn connections_that_say_nothing_do_not_keep_others_out() {
    let page = Page::with(sample);
    let silent: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(&page.address).unwrap()).collect();
    assert_eq!(page.get("/sessions.json").status, 200);
    drop(silent);
    assert_eq!(page.get("/sessions.json").status, 200);
}

#[test]
fn news_name_sessions_and_no_content() {
    use std::io::Write;
    let page = Page::with(sample);
    let mut stream = TcpStream::connect(&page.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        page.address,
        page.token.as_str()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    let begun = std::time::Instant::now();
    let mut until = |wanted: &str| {
        let mut bytes = [0; 4096];
        while !text.contains(wanted) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{wanted} does not come: {text}");
            let read = stream.read(&mut bytes).unwrap();
            assert!(read > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        text.clone()
    };
    until("event: head");
    page.history.append_output("/src/atlas", "a1", 1, "a secret text\n").unwrap();
    let text = until("/a1\",");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn a_listener_that_goes_away_makes_room_at_once() {
    use std::io::Write;
    let page = Page::with(sample);
    let request = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        page.address,
        page.token.as_str()
    );
    let listen = || {
        let mut stream = TcpStream::connect(&page.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = [0; 64];
        let read = stream.read(&mut bytes).unwrap();
        (String::from_utf8_lossy(&bytes[..read]).starts_with("HTTP/1.1 200"), stream)
    };
    let begun = std::time::Instant::now();
    let mut refused = 0;
    for _ in 0..100 {
        let (is_in, stream) = listen();
        refused += u32::from(!is_in);
        drop(stream);
    }
    assert!(refused < 100 && begun.elapsed() < Duration::from_secs(10), "{refused}");
    // Those that left are forgotten, and not only when the next news comes.
    while !listen().0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "left listeners keep their places");
    }
}
