//! `retold ui` over a team's server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use retold_trial::{Postgres, needs};
use serde_json::Value;

use crate::serve::Served;
use crate::support::{FIRST, Place};
use crate::team::{ask, shipped};

/// The page of a team, and what it answers.
struct Page {
    /// Where it is a process of its own.
    served: Option<Served>,
    host: String,
    token: String,
}

impl Page {
    fn of(place: &Place, address: &str) -> Self {
        let data = place.folder().join("page-data").display().to_string();
        let served = Served::of(&["--store", address, "ui", "--no-open"], &[("XDG_DATA_HOME", &data)]);
        let entrance = served.address.strip_prefix("http://");
        let Some(entrance) = entrance else { panic!("{:?}", served.end()) };
        let (host, token) = entrance.split_once("/#t=").unwrap();
        Self { host: host.to_owned(), token: token.to_owned(), served: Some(served) }
    }

    /// That of `retold serve`, for a token.
    fn of_server(served: &Served, token: &str) -> Self {
        Self { host: host_of(served), token: token.to_owned(), served: None }
    }

    /// Listens; returns what gives the next thing that is told to be new.
    fn live(&self) -> impl FnMut() -> Value + use<> {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let (host, token) = (&self.host, &self.token);
        write!(stream, "GET /live HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n")
            .unwrap();
        let mut lines = BufReader::new(stream).lines();
        move || loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let (host, token) = (&self.host, &self.token);
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

fn column(answer: &Value, name: &str) -> Vec<String> {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

fn host_of(served: &Served) -> String {
    served.address.strip_prefix("http://").unwrap().to_owned()
}

#[test]
fn the_page_lists_what_a_team_has_and_shows_each_session_as_a_store_does() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [admin, ada, bob] = shipped(&server, &place);
    place.piped(&["team", "work", &admin]).exited_with(0);
    let page = Page::of(&place, &ada);
    assert!(page.json("/page.json")["team"].as_str().unwrap().starts_with("postgres://ada@"));
    walked(&place, &admin, &ada, &page, &Page::of(&place, &bob));
    // Nothing is written there.
    assert!(
        ask(&place, &ada, &["ui", "--write", "--no-open"]).refused(2).contains("not for a team's server")
    );
    page.served.unwrap().end();
}

#[test]
fn a_server_shows_the_same_page_to_whoever_has_a_token() {
    needs!(Postgres);
    let server = Postgres::start();
    let place = Place::with_sessions();
    let [admin, ada, _] = shipped(&server, &place);
    place.piped(&["team", "work", &admin]).exited_with(0);
    place.piped(&["team", "add", "server", "web", "--database", &admin]).exited_with(0);
    let tokens = ["ada", "bob"].map(|person| {
        let token = ["team", "token", person, "--device", "browser", "--scope", "read", "--database", &admin];
        place.piped(&token).exited_with(0).out.trim_end().to_owned()
    });
    let web = server.address("web", "postgres");
    let start = |more: &[&str]| {
        let command = [&["serve", "--database", &web, "--listen", "127.0.0.1:0"], more].concat();
        Served::of(&command, &[])
    };
    let folder = place.folder().join("of the page");
    std::fs::create_dir(&folder).unwrap();
    let served = start(&["--page-folder", &folder.display().to_string()]);
    let [page, other] = [&tokens[0], &tokens[1]].map(|token| Page::of_server(&served, token));
    assert_eq!(page.json("/page.json")["team"], served.address);
    walked(&place, &admin, &ada, &page, &other);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    let (code, told) = served.end();
    assert!(code == Some(0) && told.contains("and showing the page"), "{told}");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let nowhere = folder.join("nowhere").display().to_string();
    let refused = ["serve", "--database", &web, "--listen", "127.0.0.1:0", "--page-folder", &nowhere];
    let told = place.piped(&refused).refused(5);
    assert!(
        told.contains("of the page/nowhere") && told.contains("--page-folder names another folder"),
        "{told}"
    );
    // Where it is not wanted, there is none.
    let served = start(&["--no-page"]);
    let without = Page::of_server(&served, &tokens[0]);
    assert_eq!(without.get("/sessions.json").0, 404);
}

/// Goes through a page of the first person's, and one of another's.
fn walked(place: &Place, admin: &str, ada: &str, page: &Page, other: &Page) {
    let (own, there) = (
        place.piped(&["sessions", "--flat", "--sort", "updated", "-o", "json"]).json(),
        page.json("/sessions.json"),
    );
    assert_eq!(column(&there, "id"), column(&own, "id"));
    assert_eq!(there["total"], own["rows"].as_array().unwrap().len());
    // A page of the list ends where it says, and goes on from there.
    let first = page.json("/sessions.json?n=1");
    let next = format!("/sessions.json?n=1&after={}", first["next"].as_str().unwrap());
    assert_eq!([column(&first, "id"), column(&page.json(&next), "id")].concat(), column(&own, "id"));
    assert_eq!(page.json("/sessions.json?status=nowhere")["total"], 0);
    // A session is what it is in the store, event by event, now and as it was.
    let name = there["rows"].as_array().unwrap().iter().find(|row| row["id"] == FIRST).unwrap();
    let name = name["name"]["full"].as_str().unwrap().replace('/', "%2F");
    let events = column(&page.json(&format!("/s/{name}/events.json")), "kind");
    let log = place.piped(&["log", FIRST, "-o", "jsonl"]).out;
    let logged = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let logged: Vec<Value> = logged.filter(|row| row.get("revision").is_some()).collect();
    assert_eq!(events.len(), logged.len());
    let head = page.json(&format!("/s/{name}.json"));
    assert_eq!(head["revision"], logged.len());
    assert_eq!(page.json(&format!("/s/{name}.json?at=r1"))["revision"], 1);
    let resolved = page.json(&format!("/resolve.json?point=r2&session={name}"));
    assert_eq!(resolved["revision"], 2);
    let verified = page.json(&format!("/s/{name}/verify.json?read=on"));
    assert!(verified["faults"].as_array().is_none_or(Vec::is_empty), "{verified}");
    // What is found is what the command finds.
    let (own, there) =
        (place.piped(&["search", "door", "-o", "json"]).json(), page.json("/search.json?q=door"));
    assert_eq!(there["rows"].as_array().unwrap().len(), own["rows"].as_array().unwrap().len());
    assert!(there["found"].as_u64() > Some(0));
    let found = page.json(&format!("/search.json?q=hinge&session={name}"));
    assert!(found["found"].as_u64() > Some(0), "{found}");
    assert!(page.json(&format!("/search.json?q=nothingatall&session={name}"))["found"] == 0);
    // What is shipped later is there, once somebody looks again.
    let mut next = page.live();
    let listed = next()["position"].clone();
    place.piped(&["tag", FIRST, "+late"]).exited_with(0);
    place.piped(&["ship", ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    // Told at once, since sessions have it, and again once lists do.
    assert_eq!(next()["position"], listed);
    place.piped(&["team", "work", admin]).exited_with(0);
    assert!(next()["position"].as_u64() > listed.as_u64());
    let head = page.json(&format!("/s/{name}.json"));
    assert_eq!(head["revision"], logged.len() + 1);
    assert!(head["state"]["own"][".tags"].to_string().contains("late"), "{head}");
    assert_eq!(page.json("/sessions.json?tag=late")["total"], 1);
    // What was redacted since is in no answer of the page.
    let messages = page.json(&format!("/s/{name}/messages.json"));
    let (said, revision) = (messages["rows"][0]["text"].as_str().unwrap(), &messages["rows"][0]["added"]);
    let said = said.lines().next().unwrap();
    let conversation = page.json(&format!("/s/{name}/conversation.json")).to_string();
    assert!(conversation.contains(said), "{said}");
    let rows = page.json(&format!("/s/{name}/events.json"));
    let message = rows["rows"].as_array().unwrap().iter().find(|row| row["revision"] == *revision).unwrap();
    place.piped(&["redact", &message["position"].to_string(), "--reason", "leaked"]).exited_with(0);
    place.piped(&["ship", ada, "--level", "all", "--device", "laptop"]).exited_with(0);
    place.piped(&["team", "work", admin]).exited_with(0);
    // Whatever of the page asks first.
    page.json("/sessions.json");
    for path in ["conversation.json", "events.json", "messages.json"] {
        assert!(!page.json(&format!("/s/{name}/{path}")).to_string().contains(said), "{path}");
    }
    // What a server does not know is said so; what one may not read is not there.
    for path in ["/metrics.json", "/sources.json", "/sessions/changes.json"] {
        let (status, body) = page.get(path);
        assert!(status == 404 && body["hint"].as_str().unwrap().contains("retold pull"), "{path}: {body}");
    }
    assert_eq!(page.get("/sessions.json?at=yesterday").0, 400);
    assert_eq!(page.get("/s/nothing.json").0, 404);
    assert_eq!(other.json("/sessions.json")["total"], 0);
    assert_eq!(other.get(&format!("/s/{name}.json")).0, 404);
    assert_eq!(other.json("/search.json?q=door")["found"], 0);
}
