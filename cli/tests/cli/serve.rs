//! `retold serve` and `retold ship https://…`, as people run them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use retold_trial::needs;

use crate::support::{Place, environment};
use crate::team::ask_with;

/// A server that runs, stopped with the value.
pub(crate) struct Served {
    child: Child,
    pub(crate) address: String,
}

impl Served {
    fn start(database: &str) -> Self {
        Self::of(&["serve", "--database", database, "--listen", "127.0.0.1:0"], &[])
    }

    /// Starts a command whose first line is its address.
    pub(crate) fn of(args: &[&str], set: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_retold"));
        command.args(args).envs(set.iter().copied());
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim_end().to_owned() }
    }

    /// Asks it to stop as a service manager does; returns its exit code, and what it has told.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut told = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        (code, told)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _is_its_own = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_log_is_shipped_to_a_server_with_a_token() {
    use std::os::unix::fs::PermissionsExt;

    needs!(Postgres);
    let server = retold_trial::Postgres::start();
    let (admin, web) = (server.address("postgres", "postgres"), server.address("web", "postgres"));
    let place = Place::with_sessions();
    place.piped(&["team", "init", &admin, "--tenant", "acme"]).exited_with(0);
    place.piped(&["team", "add", "person", "ada", "--database", &admin]).exited_with(0);
    let added = place.piped(&["team", "add", "server", "web", "--database", &admin]).exited_with(0).err;
    assert!(added.contains("has no password yet"), "{added}");
    let token = |arguments: &[&str]| {
        let all = [&["team", "token"], arguments, &["--database", &admin]].concat();
        place.piped(&all)
    };
    let secret =
        token(&["ada", "--device", "laptop", "--expires", "36500d", "--scope", "ship"]).exited_with(0).out;
    let secret = secret.trim_end();
    assert!(token(&["eve", "--device", "x"]).refused(2).contains("no person eve"));
    assert!(token(&["ada", "--device", "x", "--expires", "soon"]).refused(2).contains("90d"));
    let served = Served::start(&web);
    let ship = |variables: &[(&str, &str)]| {
        place.run(&["ship", &served.address, "--level", "all"], |io| io.environment = environment(variables))
    };
    // Without a token, with what is none, with one that does not hold.
    let missing = ship(&[]).refused(9);
    assert!(missing.contains("there is no token for http://127.0.0.1"), "{missing}");
    assert!(ship(&[("RETOLD_TOKEN", "rt_nonsense")]).refused(2).contains("RETOLD_TOKEN is not a token"));
    let wrong = format!("rt_1-1_{}", "0".repeat(64));
    assert!(ship(&[("RETOLD_TOKEN", &wrong)]).refused(9).contains("does not hold"));
    // From the file, which nobody else may read.
    let config = place.file("config.toml", "");
    let file = place
        .file("tokens", format!("# of the team\nhttps://other.example rt_x\n{}/ {secret}\n", served.address));
    let by_file = [("RETOLD_CONFIG", config.as_str())];
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    let open = ship(&by_file).refused(9);
    assert!(open.contains("others may read") && !open.contains(secret), "{open}");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let said = ship(&by_file).exited_with(0).err;
    assert!(said.contains("7 events in 1 shipment, at level all"), "{said}");
    let again = ship(&[("RETOLD_TOKEN", secret)]).exited_with(0).err;
    assert!(again.contains("nothing new"), "{again}");
    assert!(place.piped(&["team", "verify", &admin]).done().contains("7 bodies: sound"));
    // Whoever may not read is told so; whoever may reads lists and sessions.
    place.piped(&["team", "work", &admin]).exited_with(0);
    let far = |secret: &str, arguments: &[&str]| {
        ask_with(&place, &served.address, arguments, &[("RETOLD_TOKEN", secret)])
    };
    assert!(far(secret, &["sessions"]).refused(9).contains("its scopes lack `read`"));
    let reads = token(&["ada", "--device", "desk"]).exited_with(0).out;
    let reads = reads.trim_end();
    let (here, there) = (place.piped(&["sessions", "-o", "json"]), far(reads, &["sessions", "-o", "json"]));
    let ids = |answer: serde_json::Value| -> Vec<String> {
        let rows = answer["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let (here, there) = (ids(here.json()), ids(there.json()));
    assert!(!here.is_empty());
    assert_eq!(there, here);
    let show = |answer: String| answer.split("as_of").next().unwrap_or_default().to_owned();
    let own = show(place.piped(&["show", &here[0], "-o", "json"]).exited_with(0).out);
    assert_eq!(show(far(reads, &["show", &here[0], "-o", "json"]).exited_with(0).out), own);
    // A search says what one of the database says.
    let ada = server.address("ada", "postgres");
    for options in [&["door"][..], &["door", "--what", "task", "-o", "json"], &["\"the door\"", "-n", "1"]] {
        let command = [&["search"], options].concat();
        let answer = far(reads, &command).exited_with(0);
        let direct = ask_with(&place, &ada, &command, &[]).exited_with(0);
        assert_eq!(answer.out, direct.out, "{options:?}");
    }
    assert!(far(reads, &["search", "door", "--group"]).refused(2).contains("--group"));
    assert!(far(secret, &["search", "door"]).refused(9).contains("its scopes lack `read`"));
    assert!(
        far(reads, &["sql", "select 1"]).refused(2).contains("lists sessions and gives them, and searches")
    );
    // What there is, and its end.
    let listed = token(&["--list", "-o", "json"]).json();
    let row = &listed["rows"][0];
    assert_eq!((&row["id"], &row["scopes"]), (&"1-1".into(), &"ship".into()));
    assert!(row["expires_at"].is_string() && row["revoked_at"].is_null(), "{row}");
    assert!(!listed.to_string().contains(&secret[8..]));
    assert!(token(&["--revoke", "1-9"]).refused(1).contains("no token 1-9"));
    assert!(token(&["--revoke", "all"]).refused(2).contains("TENANT-DEVICE"));
    token(&["--revoke", "1-1"]).exited_with(0);
    let revoked = ship(&[("RETOLD_TOKEN", secret)]).refused(9);
    assert!(!revoked.contains(&secret[8..]), "{revoked}");
    let (code, told) = served.end();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("taking logs for") && !told.contains(&secret[8..]), "{told}");
}

#[test]
fn a_server_is_not_opened_to_a_network_without_tls() {
    let place = Place::empty();
    let database = ["--database", "postgres://web@127.0.0.1:1/none"];
    let serve = |more: &[&str]| place.piped(&[&["serve"], &database[..], more].concat());
    let open = serve(&["--listen", "0.0.0.0:0"]).refused(2);
    assert!(open.contains("there is no TLS") && open.contains("--behind-proxy"), "{open}");
    assert!(serve(&["--cert", "nowhere.pem", "--key", "nowhere.key"]).refused(2).contains("nowhere.pem"));
    assert!(serve(&["--cert", "nowhere.pem"]).refused(2).contains("--key"));
    assert!(place.piped(&["serve", "--database", "/tmp/team"]).refused(2).contains("postgres://"));
    let token = format!("rt_1-1_{}", "0".repeat(64));
    let nothing = place.file("nothing.pem", "");
    for (file, code, why) in
        [("/nowhere/ca.pem", 5, "cannot read RETOLD_CA"), (&nothing, 2, "no certificate")]
    {
        let trusting = [("RETOLD_TOKEN", token.as_str()), ("RETOLD_CA", file)];
        let answer =
            place.run(&["ship", "https://team.example"], |io| io.environment = environment(&trusting));
        assert!(answer.refused(code).contains(why), "{file}");
    }
    let far = place.run(&["ship", "http://team.example"], |io| {
        io.environment = environment(&[("RETOLD_TOKEN", &token)]);
    });
    assert!(far.refused(2).contains("everybody on the way"));
}
