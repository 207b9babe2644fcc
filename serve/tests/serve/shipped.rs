//! What comes with the server: its measurements and what looks at them, its unit, TLS.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use retold_serve::{Error, Identity, Limits, Options, Server};
use retold_team::receiver::https::Endpoint;
use retold_team::receiver::{Https, Insecure, Level, Receiver as _, Server as Database};
use retold_team::token::Scope;
use retold_trial::needs;

use crate::answers::attach_of;
use crate::given::{Store, message};
use crate::hostile::asked;
use crate::served::{Served, target, token_for, token_of};
use crate::targets::Cluster;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/team").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of measurements in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("retold_")).map(str::to_owned).collect()
}

/// The names that `/metrics` has, as a query names them.
fn metric_names(text: &str) -> BTreeSet<String> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.split(['{', ' ']).next().map(str::to_owned)).collect()
}

#[test]
fn what_is_measured_is_what_happened_and_holds_no_names() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    let of_ada = target(&cluster, &served);
    let store = Store::new();
    store.append("secretproject", "session-of-ada", [message("one"), message("two")]);
    of_ada.ship(&store.log, Level::All).unwrap();
    of_ada.ship(&store.log, Level::All).unwrap();
    let admin = token_for(&mut cluster.admin(), "Bob", "prometheus", &[Scope::Admin]);
    let (status, headers, text) = asked(&served, "GET", "/metrics", Some(&admin), b"");
    assert!(status == 200 && headers.contains("application/openmetrics-text"), "{headers}");
    let text = String::from_utf8(text).unwrap();
    for line in [
        "retold_ship_batches_total{answer=\"taken\"} 1",
        "retold_ship_batches_total{answer=\"diverged\"} 0",
        "retold_ship_events_total 2",
        "retold_ship_seconds_count 1",
        "retold_ingest_position{tenant=\"1\"} 1.0",
        "retold_logs{state=\"live\"} 1.0",
        "retold_logs{state=\"diverged\"} 0.0",
        "retold_body_partitions 15.0",
        "retold_redactions_pending 0.0",
        "retold_projection_lag_shipments{tenant=\"1\",name=\"sessions\"} 1.0",
        "retold_verified_lag_events{tenant=\"1\"} 2.0",
        "retold_query_seconds_count{shape=\"ship\"} 1",
        "retold_slow_queries_total{shape=\"ship\"} 0",
        "retold_http_requests_total{route=\"/v1/attach\",code=\"200\"} 2",
        "retold_postgres_up 1.0",
    ] {
        assert!(text.lines().any(|told| told == line), "{line}: {text}");
    }
    assert!(text.contains("retold_bytes{table=\"event\"}") && text.contains("retold_build_info{version="));
    assert!(text.ends_with("# EOF\n"));
    for name in ["secretproject", "session-of-ada", "Ada", "laptop", "rt_"] {
        assert!(!text.contains(name), "{name}");
    }
    // All that the dashboard and the alerts ask for is there.
    let there = metric_names(&text);
    for file in ["grafana.json", "alerts.yaml"] {
        let asked = named(&document(file));
        assert!(asked.len() >= 4, "{file}: {asked:?}");
        assert_eq!(asked.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "{file}");
    }
    serde_json::from_str::<serde_json::Value>(&document("grafana.json")).unwrap();
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    needs!(Systemd);
    let folder = tempfile::tempdir().unwrap();
    let unit = document("retold-serve.service");
    let program = "/usr/local/bin/retold";
    assert!(unit.contains(&format!("ExecStart={program} serve ")), "{unit}");
    // The program is where a test has one; who runs it need not be there.
    let path = folder.path().join("retold-serve.service");
    std::fs::write(&path, unit.replace(program, "/bin/true")).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg("--man=no").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && !said.contains("retold-serve.service:"), "{said}");
}

fn options(identity: Option<Identity>, listen: &str, is_behind_proxy: bool, database: &str) -> Options {
    Options {
        listen: listen.parse().unwrap(),
        database: Database::parse(database, Insecure::Refused, |_, _, _, _| None).unwrap(),
        identity,
        is_behind_proxy,
        limits: Limits::default(),
        page: None,
        tell: Arc::new(|line| panic!("{line}")),
    }
}

#[test]
fn no_token_goes_over_a_network_in_the_open() {
    let database = "postgres://127.0.0.1:1/none";
    for open in ["0.0.0.0:0", "[::]:0"] {
        assert!(matches!(Server::bind(options(None, open, false, database)), Err(Error::Open(_))), "{open}");
    }
    assert!(Server::bind(options(None, "0.0.0.0:0", true, database)).is_ok());
    assert!(Server::bind(options(None, "127.0.0.1:0", false, database)).is_ok());
}

#[test]
fn tls_in_process_is_trusted_by_its_certificate_alone() {
    needs!(Postgres);
    let cluster = Cluster::new();
    drop(Served::before(&cluster));
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = write("team.pem", &made.cert.pem());
    let key = write("team.key", &made.signing_key.serialize_pem());
    let wrong = write("other.key", &other.signing_key.serialize_pem());
    for (certificate, key) in [(&certificate, &wrong), (&certificate, &certificate), (&key, &key)] {
        let failed = Identity::read(certificate, key).unwrap_err();
        assert!(!failed.contains("PRIVATE"), "{failed}");
    }
    let identity = Identity::read(&certificate, &key).unwrap();
    let database = cluster.server.borrow().address("web", "postgres");
    let server = Server::bind(options(Some(identity), "127.0.0.1:0", false, &database)).unwrap();
    let base = format!("https://localhost:{}", server.address().port());
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let serving = std::thread::spawn(move || server.run(&stopping).unwrap());
    let token = token_of(&mut cluster.admin(), "Ada", "laptop");
    let store = Store::new();
    store.append("atlas", "s1", [message("of Ada")]);
    let enter = |base: &str, roots: &str| {
        let endpoint = Endpoint::new(base, token.clone(), Some(roots.as_bytes())).unwrap();
        Https::at(&endpoint).attach(&attach_of(&store, "laptop"))
    };
    enter(&base, &made.cert.pem()).unwrap();
    let refused = enter(&base, &other.cert.pem()).unwrap_err();
    assert!(!refused.may_pass() && refused.to_string().contains("cannot be trusted"), "{refused}");
    let misnamed = enter(&base.replace("localhost", "127.0.0.1"), &made.cert.pem()).unwrap_err();
    assert!(!misnamed.may_pass(), "{misnamed}");
    assert!(enter(&base.replace("https", "http"), "").is_err(), "nothing is answered in the open");
    stop.store(true, Ordering::Relaxed);
    serving.join().unwrap();
}
