//! The page, as a browser with a token sees it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use retold_core::raw::RawBody;
use retold_core::{Options, Position};
use retold_team::read::SESSIONS_A_PAGE;
use retold_team::receiver::Level;
use retold_team::schema::{self, Permitted, Sight};
use retold_team::ship;
use retold_team::token::{self, Scope, Token};
use retold_trial::needs;
use serde_json::Value;

use crate::given::{Store, created, message};
use crate::hostile::{asked, sent};
use crate::rows::{work, worker};
use crate::served::{Served, token_for};
use crate::targets::{Cluster, options};

fn get(served: &Served, path: &str, token: &Token) -> (u16, Value) {
    let (status, _, body) = asked(served, "GET", path, Some(token), b"");
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Sends a token to `/enter`; returns the status and the headers.
fn enter(served: &Served, token: &str, headers: &str) -> (u16, String) {
    let body = serde_json::json!({ "token": token }).to_string();
    let request = format!(
        "POST /enter HTTP/1.1\r\nhost: team.example\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, headers, _) = sent(served, request.as_bytes());
    (status, headers)
}

const JSON: &str = "content-type: application/json\r\n";

/// The files of sessions that are there.
pub(crate) fn files(served: &Served) -> Vec<PathBuf> {
    let mut folders = vec![served.folder.path().to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => folders.push(entry.path()),
                false if entry.path().extension().is_some_and(|end| end == "db") => files.push(entry.path()),
                false => {}
            }
        }
    }
    files
}

/// Whether a session's file has the body of an event.
fn has_body(file: &Path, position: u64) -> bool {
    let log = Options::new().read_only(true).open(file).unwrap();
    let mut reader = log.reader().unwrap();
    let event = reader.raw_event_at(Position::new(position).unwrap()).unwrap().unwrap();
    matches!(event.body, RawBody::There { .. })
}

/// Returns what gives the next thing that is told to be new; nothing once no more is told.
fn listen(served: &Served, token: &Token) -> impl FnMut() -> Option<Value> + use<> {
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET /live HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", token.as_str())
        .unwrap();
    let mut lines = BufReader::new(stream).lines();
    move || loop {
        if let Some(data) = lines.next()?.ok()?.strip_prefix("data: ") {
            return serde_json::from_str::<Value>(data).ok();
        }
    }
}

#[test]
fn who_has_a_token_for_reading_sees_what_its_person_may_see_and_for_as_long() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut served = Served::before(&cluster);
    let mut admin = cluster.admin();
    let store = Store::new();
    store.append("atlas", "s1", [created("s1"), message("the hinge creaks")]);
    let ship = || ship::ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None));
    ship().unwrap();
    work(&mut worker(&cluster));
    let [ada, bob] = ["Ada", "Bob"].map(|person| token_for(&mut admin, person, "browser", &[Scope::Read]));
    let shipper = token_for(&mut admin, "Ada", "laptop2", &[Scope::Ship]);
    let session = "/s/atlas%2Fs1";
    // The page itself holds nothing of anybody.
    for path in ["/", "/sessions", "/s/atlas%2Fs1", "/app.js", "/app.css"] {
        let (status, headers, body) =
            sent(&served, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
        assert!(
            status == 200 && headers.contains("content-security-policy: default-src 'none'"),
            "{path}: {headers}"
        );
        assert!(!String::from_utf8_lossy(&body).contains("hinge"));
    }
    // What it shows is for a token for reading.
    for path in ["/sessions.json", "/s/atlas%2Fs1.json", "/live", "/page.json", "/nothing.json"] {
        let (status, _, body) = asked(&served, "GET", path, None, b"");
        assert!(status == 401 && String::from_utf8_lossy(&body).contains("team token"), "{path}: {status}");
        assert_eq!(get(&served, path, &shipper).0, 403, "{path}");
    }
    assert_eq!(asked(&served, "POST", "/sessions.json", Some(&ada), b"").0, 405);
    assert_eq!(asked(&served, "GET", "/v1/nothing", Some(&ada), b"").0, 404);
    let list = get(&served, "/sessions.json", &ada).1;
    assert_eq!((list["total"].as_u64(), &list["rows"][0]["id"]), (Some(1), &"s1".into()), "{list}");
    assert_eq!(get(&served, "/search.json?q=hinge", &ada).1["found"], 1);
    assert_eq!(get(&served, &format!("{session}.json"), &ada).1["revision"], 2);
    assert_eq!(get(&served, &format!("{session}.json?at=r1"), &ada).1["revision"], 1);
    // Another sees nothing, until that person may; and nothing any more, also of what was open, once not.
    let seen_by_bob = || {
        let paths = [".json", ".json?at=r1", "/events.json", "/conversation.json"];
        let statuses = paths.map(|path| get(&served, &format!("{session}{path}"), &bob).0);
        (statuses, get(&served, "/sessions.json", &bob).1["total"].as_u64())
    };
    assert_eq!(seen_by_bob(), ([404; 4], Some(0)));
    let permit =
        |level| schema::permit(&mut cluster.admin(), 1, "Bob", Sight::Workspace("atlas"), level).unwrap();
    assert_eq!(permit(Some(Level::All)), Permitted::Done);
    assert_eq!(seen_by_bob(), ([200; 4], Some(1)), "{:?}", served.told.lock());
    assert_eq!(files(&served).len(), 2);
    assert_eq!(permit(None), Permitted::Done);
    assert_eq!(seen_by_bob(), ([404; 4], Some(0)));
    assert_eq!(files(&served).len(), 1);
    // A token that was revoked shows nothing, at once.
    assert!(token::revoke(&mut admin, bob.id()).unwrap());
    for path in [".json", "/events.json"] {
        let (status, told) = get(&served, &format!("{session}{path}"), &bob);
        assert!(status >= 400 && !told.to_string().contains("hinge"), "{status} {told}");
    }
    // What was redacted is in no answer and in no file of the process once somebody looks.
    let events = get(&served, &format!("{session}/events.json"), &ada).1;
    let position = events["rows"][1]["position"].as_u64().unwrap();
    let file = files(&served).pop().unwrap();
    assert!(has_body(&file, position));
    store.redact(&[position]);
    ship().unwrap();
    work(&mut worker(&cluster));
    // Whatever is asked first.
    assert!(!get(&served, &format!("{session}/conversation.json"), &ada).1.to_string().contains("hinge"));
    assert_eq!(get(&served, &format!("{session}.json"), &ada).1["revision"], 3);
    assert_eq!(files(&served), std::slice::from_ref(&file));
    assert!(!has_body(&file, position));
    let told = served.told.lock().join("\n");
    assert!(!told.contains("hinge") && !told.contains("rt_"), "{told}");
    served.stop();
    assert_eq!(std::fs::read_dir(served.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_browser_is_let_in_by_a_token_that_its_own_page_sends() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let shipper = token_for(&mut cluster.admin(), "Ada", "laptop", &[Scope::Ship]);
    let (status, headers) = enter(&served, ada.as_str(), &format!("{JSON}sec-fetch-site: same-origin\r\n"));
    assert_eq!(status, 204, "{headers}");
    let cookie = headers.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let with = |cookie: &str| {
        let request = format!(
            "GET /page.json HTTP/1.1\r\nhost: team.example\r\nconnection: close\r\ncookie: a=b; {cookie}\r\n\r\n"
        );
        let (status, _, body) = sent(&served, request.as_bytes());
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, page) = with(pair);
    assert_eq!((status, &page["team"]), (200, &"http://team.example".into()), "{page}");
    assert_eq!(with(&pair[..pair.len() - 1]).0, 401);
    assert_eq!(with("retold-team=").0, 401);
    for (token, headers, expected) in [
        (ada.as_str(), format!("{JSON}sec-fetch-site: cross-site\r\n"), 403),
        (ada.as_str(), format!("{JSON}origin: https://evil.example\r\n"), 403),
        (ada.as_str(), format!("{JSON}origin: https://team.example\r\n"), 204),
        (ada.as_str(), "content-type: text/plain\r\n".to_owned(), 415),
        (shipper.as_str(), JSON.to_owned(), 403),
        ("rt_1-99_nothing", JSON.to_owned(), 401),
        ("", JSON.to_owned(), 401),
        (&"x".repeat(10_000), JSON.to_owned(), 413),
    ] {
        let (status, answer) = enter(&served, token, &headers);
        assert_eq!(status, expected, "{headers} {answer}");
        assert_eq!(answer.contains("set-cookie"), status == 204);
    }
}

#[test]
fn of_a_session_in_several_logs_the_copy_is_shown_that_one_may_read() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let bob = token_for(&mut cluster.admin(), "Bob", "browser", &[Scope::Read]);
    for (user, texts) in [("bob", &["of Bob"][..]), ("ada", &["of Ada", "again"])] {
        let store = Store::new();
        let said = texts.iter().map(|text| message(text));
        store.append("atlas", "s1", [created("s1")].into_iter().chain(said));
        ship::ship(&store.log, || cluster.connect(user), &mut options(Level::All, &[], None)).unwrap();
    }
    work(&mut worker(&cluster));
    let permit =
        |level| schema::permit(&mut cluster.admin(), 1, "Bob", Sight::Workspace("atlas"), level).unwrap();
    let said = || {
        let (status, told) = get(&served, "/s/atlas%2Fs1/conversation.json", &bob);
        let told = told.to_string();
        (status, told.contains("of Ada"), told.contains("of Bob"))
    };
    assert_eq!(said(), (200, false, true));
    assert_eq!(permit(Some(Level::All)), Permitted::Done);
    // What is open stays until something is new, and then the copy is shown that goes furthest.
    assert_eq!(get(&served, "/s/s1.json", &bob).1["revision"], 3);
    assert_eq!(get(&served, "/s/s1/conversation.json", &bob).1.to_string().matches("of Ada").count(), 1);
    assert_eq!(permit(None), Permitted::Done);
    for name in ["s1", "atlas%2Fs1"] {
        let (status, told) = get(&served, &format!("/s/{name}/conversation.json"), &bob);
        assert!(!told.to_string().contains("of Ada"), "{status} {told}");
    }
    assert_eq!(said(), (200, false, true));
    assert_eq!(files(&served).len(), 1);
}

#[test]
fn a_list_may_be_longer_than_what_the_database_is_asked_for_at_once() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let (store, all) = (Store::new(), u64::from(SESSIONS_A_PAGE) + 3);
    for number in 0..all {
        let id = format!("s{number}");
        store.append("atlas", &id, [created(&id)]);
    }
    ship::ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    work(&mut worker(&cluster));
    let ids = |list: &Value| -> Vec<String> {
        list["rows"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect()
    };
    let first = get(&served, "/sessions.json?n=1000", &ada).1;
    let next = format!("/sessions.json?n=1000&after={}", first["next"].as_str().unwrap());
    let second = get(&served, &next, &ada).1;
    assert_eq!((first["total"].as_u64(), ids(&first).len()), (Some(all), 1000));
    assert_eq!((ids(&second).len(), &second["next"]), (3, &Value::Null));
    let distinct: BTreeSet<String> = ids(&first).into_iter().chain(ids(&second)).collect();
    assert_eq!(distinct.len() as u64, all);
}

#[test]
fn what_is_supplied_later_is_another_answer() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let store = Store::new();
    store.append("atlas", "s1", [created("s1"), message("the hinge creaks")]);
    let ship = |level| ship::ship(&store.log, || cluster.connect("ada"), &mut options(level, &[], None));
    ship(Level::Facts).unwrap();
    let asked = || {
        let (status, headers, body) =
            asked(&served, "GET", "/s/atlas%2Fs1/conversation.json", Some(&ada), b"");
        let tag = headers.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
        (status, tag, String::from_utf8(body).unwrap().contains("hinge"))
    };
    let (status, withheld, has_text) = asked();
    assert_eq!((status, has_text), (200, false));
    ship(Level::All).unwrap();
    // No shipment brought it: it is asked for when the session is opened again.
    assert_eq!(get(&served, "/s/atlas%2Fs1.json", &ada).0, 200);
    let (status, supplied, has_text) = asked();
    assert_eq!((status, has_text), (200, true));
    assert_ne!(withheld, supplied);
}

#[test]
fn any_number_ask_for_a_session_that_grows_by_whatever_name_and_none_sees_less_than_there_was() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let store = Store::new();
    store.append("atlas", "s1", [created("s1")]);
    let ship = || ship::ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None));
    ship().unwrap();
    let shipped = AtomicU64::new(1);
    std::thread::scope(|scope| {
        for name in ["s1", "atlas%2Fs1", "atlas%2Fs1", "s"] {
            let (served, ada, shipped) = (&served, &ada, &shipped);
            scope.spawn(move || {
                while shipped.load(Ordering::SeqCst) < 9 {
                    let before = shipped.load(Ordering::SeqCst);
                    let (status, told) = get(served, &format!("/s/{name}.json"), ada);
                    assert_eq!(status, 200, "{name}: {told}");
                    assert!(told["revisions"].as_u64() >= Some(before), "{name}, {before}: {told}");
                }
            });
        }
        while shipped.load(Ordering::SeqCst) < 9 {
            store.append("atlas", "s1", [message("more")]);
            ship().unwrap();
            shipped.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert_eq!(get(&served, "/s/atlas%2Fs1.json", &ada).1["revisions"], 9);
    assert_eq!(files(&served).len(), 1);
}

#[test]
fn who_listens_is_told_and_a_server_that_stops_waits_for_nobody_who_listens() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let mut served = Served::before(&cluster);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let mut next = listen(&served, &ada);
    assert_eq!(next().unwrap()["position"], 0);
    let store = Store::new();
    store.append("atlas", "s1", [created("s1")]);
    ship::ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    work(&mut worker(&cluster));
    while next().unwrap()["position"] != 1 {}
    // A token that is revoked hears nothing more.
    let bob = token_for(&mut cluster.admin(), "Bob", "browser", &[Scope::Read]);
    let mut of_bob = listen(&served, &bob);
    assert!(of_bob().is_some());
    assert!(token::revoke(&mut cluster.admin(), bob.id()).unwrap());
    while of_bob().is_some() {}
    let begun = Instant::now();
    served.stop();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(next(), None);
}
