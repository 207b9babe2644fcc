//! An answer that was kept is the one that would be made, whatever the cache does; and none outlives what it was made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::{Timestamp, ToSpan as _};
use parking_lot::Mutex;
use retold_serve::cache::{Cache, Key, Unavailable};
use retold_serve::{Limits, Rate};
use retold_team::purge::residue;
use retold_team::receiver::{Level, LogNumber};
use retold_team::retention;
use retold_team::schema::{self, Permitted, Sight};
use retold_team::ship::ship;
use retold_team::token::{Scope, Token};
use retold_trial::{chance, needs};

use crate::given::{Store, created, message, task};
use crate::hostile::asked;
use crate::rows::{work, worker};
use crate::served::{Served, token_for};
use crate::targets::{Cluster, options};

/// What is asked about the session: what may be kept, and what may not.
const ASKED: &[&str] = &[
    ".json",
    ".json?at=r1",
    ".json?at=r2",
    ".json?at=head-1",
    ".json?at=2026-11-24T00:00:00Z",
    "/tiles/0.json",
    "/events.json",
    "/events.json?from=2&n=1",
    "/events/1.json",
    "/events/2.json",
    "/patches.json",
    "/patches.json?from=1",
    "/messages.json",
    "/messages.json?at=r2",
    "/conversation.json",
    "/conversation.json?at=r2",
    "/files.json",
    "/texts/2.json",
    "/output/0.json",
    "/diff.json?at=r2",
    "/diff.json?at=r2&base=r1",
    "/blame.json",
    "/blame.json?at=r2",
    "/blame.json?at=r2&path=task",
    "/trace.json?of=status",
    "/export.json",
];

pub(crate) const SECRET: &str = "the hinge creaks";

/// All answers, with their status and tags.
pub(crate) fn answers(served: &Served, token: &Token) -> Vec<String> {
    let answer = |path: &&str| {
        let (status, headers, body) = asked(served, "GET", &format!("/s/atlas%2Fs1{path}"), Some(token), b"");
        let tag = headers.lines().find(|line| line.starts_with("etag: ")).unwrap_or_default().to_owned();
        // When it was exported is in the file.
        let body = if *path == "/export.json" { Vec::new() } else { body };
        format!("{path} {status} {tag} {}", String::from_utf8(body).unwrap())
    };
    ASKED.iter().map(answer).collect()
}

/// Nothing is refused for being asked too often.
pub(crate) fn limits() -> Limits {
    Limits { rate: Rate { requests: 1e6, ..Limits::default().rate }, ..Limits::default() }
}

/// One number of those that are measured.
pub(crate) fn measured(served: &Served, admin: &Token, name: &str) -> u64 {
    let (_, _, text) = asked(served, "GET", "/metrics", Some(admin), b"");
    let text = String::from_utf8(text).unwrap();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A cache that forgets nothing, and does as it is told.
#[derive(Default)]
struct Odd {
    all: Mutex<Vec<(Key, Vec<u8>)>>,
    mood: AtomicU8,
}

const HONEST: u8 = 0;
const AWAY: u8 = 1;
const EMPTY: u8 = 2;
const LYING: u8 = 3;
const TRUNCATING: u8 = 4;

impl Cache for Odd {
    fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, Unavailable> {
        let all = self.all.lock();
        let known = all.iter().rev().find(|(known, _)| known == key).map(|(_, entry)| entry.clone());
        Ok(match self.mood.load(Ordering::SeqCst) {
            AWAY => return Err(Unavailable("gone".to_owned())),
            EMPTY => None,
            LYING => (!all.is_empty()).then(|| match chance::range(0..3) {
                0 => vec![0; chance::range(0..100)],
                1 => all[chance::range(0..all.len())].1.iter().rev().copied().collect(),
                _ => {
                    let other = all.iter().filter(|(known, _)| known != key).map(|(_, entry)| entry.clone());
                    let other: Vec<Vec<u8>> = other.collect();
                    other[chance::range(0..other.len())].clone()
                }
            }),
            TRUNCATING => known.map(|entry| entry[..chance::range(0..entry.len())].to_vec()),
            _ => known,
        })
    }

    fn put(&self, key: &Key, entry: Vec<u8>) -> Result<(), Unavailable> {
        if self.mood.load(Ordering::SeqCst) == AWAY {
            return Err(Unavailable("gone".to_owned()));
        }
        self.all.lock().push((*key, entry));
        Ok(())
    }
}

#[test]
fn an_answer_that_was_kept_is_the_one_that_would_be_made_whatever_the_cache_does() {
    needs!(Postgres);
    let cluster = Cluster::new();
    schema::add_server(&mut cluster.admin(), "web").unwrap();
    let database = cluster.server.borrow().address("web", "postgres");
    let odd = Arc::new(Odd::default());
    let plain = Served::keeping(&database, limits(), None);
    let kept = Served::keeping(&database, limits(), Some(Arc::clone(&odd) as Arc<dyn Cache>));
    let [ada, bob] =
        ["Ada", "Bob"].map(|person| token_for(&mut cluster.admin(), person, "b", &[Scope::Read]));
    let admin = token_for(&mut cluster.admin(), "Ada", "watch", &[Scope::Admin]);
    let store = Store::new();
    let ship = |level| {
        ship(&store.log, || cluster.connect("ada"), &mut options(level, &[], None)).unwrap();
        work(&mut worker(&cluster));
    };
    let alike = |what: &str| {
        let made = answers(&plain, &ada);
        for mood in [HONEST, AWAY, EMPTY, LYING, TRUNCATING, HONEST, HONEST] {
            odd.mood.store(mood, Ordering::SeqCst);
            for (kept, made) in answers(&kept, &ada).iter().zip(&made) {
                assert_eq!(kept, made, "{what}, mood {mood}");
            }
        }
        made
    };
    let has_secret = |answers: &[String]| answers.iter().any(|answer| answer.contains(SECRET));
    store.append("atlas", "s1", [created("s1"), message(SECRET), task("oil it")]);
    ship(Level::Facts);
    assert!(!has_secret(&alike("what was withheld")));
    ship(Level::All);
    assert!(has_secret(&alike("what was supplied")));
    let hits = measured(&kept, &admin, "retold_cache_hits_total");
    assert!(hits > 0 && measured(&kept, &admin, "retold_cache_misses_total") > 0);
    assert!(measured(&kept, &admin, "retold_cache_failures_total") > 0);
    assert!(kept.told.lock().iter().any(|line| line.contains("the cache cannot be asked: gone")));
    store.append("atlas", "s1", [message("and the lock"), task("mend both")]);
    ship(Level::All);
    assert!(has_secret(&alike("what was shipped since")));
    // Rights are asked for each answer, also for one that is kept.
    let of_bob = |status: u16| {
        for answer in answers(&kept, &bob) {
            assert!(answer.contains(&format!(" {status} ")) && (status == 200 || !answer.contains("hinge")));
        }
    };
    let permit =
        |level| schema::permit(&mut cluster.admin(), 1, "Bob", Sight::Workspace("atlas"), level).unwrap();
    of_bob(404);
    assert_eq!(permit(Some(Level::All)), Permitted::Done);
    assert!(answers(&kept, &bob)[0].contains(" 200 "));
    assert_eq!(permit(None), Permitted::Done);
    of_bob(404);
    // A session beside it changes nothing of what is kept: no answer that may be kept is made again.
    odd.mood.store(HONEST, Ordering::SeqCst);
    let made = answers(&kept, &ada);
    let counts = || ["hits", "misses"].map(|of| measured(&kept, &admin, &format!("retold_cache_{of}_total")));
    let [hits, misses] = counts();
    store.append("atlas", "s2", [created("s2")]);
    ship(Level::All);
    let entries = odd.all.lock().len();
    assert_eq!(answers(&kept, &ada), made);
    // That there is no output is not kept.
    let none = made.iter().filter(|answer| !answer.contains(" 200 ")).count() as u64;
    let made_again = counts()[1] - misses;
    assert_eq!((counts()[0] > hits + 15, made_again <= none, odd.all.lock().len()), (true, true, entries));
    // What was redacted is in none, though the cache forgets nothing.
    store.redact(&[2]);
    ship(Level::All);
    assert!(!has_secret(&alike("what was redacted")));
    // Nor what was retired, of which no event tells.
    let has_lock = |answers: &[String]| answers.iter().any(|answer| answer.contains("and the lock"));
    assert!(has_lock(&answers(&kept, &ada)));
    let mut owner = cluster.admin();
    schema::up(&mut owner, Timestamp::now().checked_sub((24 * 150).hours()).unwrap()).unwrap();
    let age = "update retold.body set received = date_trunc('month', current_date) - interval '4 months'";
    owner.batch_execute(age).unwrap();
    retention::set(&mut owner, 1, Some(3)).unwrap();
    assert!(retention::retire(&mut owner, 1, 1).unwrap().content > 0);
    assert!(!has_lock(&alike("what was retired")));
}

#[test]
fn nothing_opens_what_was_kept_of_what_went_since() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let store = Store::new();
    let ship = || {
        ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    };
    store.append("atlas", "s1", [created("s1"), message(SECRET), task("oil it")]);
    ship();
    let log = LogNumber { tenant: 1, log: 1 };
    schema::add_server(&mut cluster.admin(), "web").unwrap();
    let mut web = cluster.connect("web").unwrap();
    let (changes, secret) = web.secret(log).unwrap().unwrap();
    assert_eq!((changes, web.secret(log).unwrap().unwrap()), (0, (0, secret)));
    let of_row: Vec<u8> = cluster.admin().query_one("select secret from retold.edition", &[]).unwrap().get(0);
    // What is shipped next changes nothing of what was there.
    store.append("atlas", "s1", [message("more")]);
    ship();
    assert_eq!(web.secret(log).unwrap().unwrap(), (0, secret));
    store.redact(&[2]);
    ship();
    let (changes, after) = web.secret(log).unwrap().unwrap();
    assert!(changes > 0 && after != secret);
    // The one from before is in no row, and the table is one that a purge writes again.
    let count = "select count(*) from retold.edition where secret = $1";
    let mut admin = cluster.admin();
    let sealed = admin.query_one(count, &[&of_row.as_slice()]).unwrap().get::<_, i64>(0);
    assert_eq!(sealed, 0);
    let parts = residue(&mut admin, &[1]).unwrap();
    assert!(parts.iter().any(|part| part.part == "edition"), "{parts:?}");
    // Nobody else may ask for one.
    assert!(cluster.connect("ada").unwrap().secret(log).is_err());
    assert!(cluster.client("ada").query("select * from retold.edition", &[]).is_err());
    // Where somebody is at work on the log for long, nobody waits: there is none then.
    admin.batch_execute("delete from retold.edition").unwrap();
    let mut other = cluster.admin();
    let mut transaction = other.transaction().unwrap();
    transaction.batch_execute("insert into retold.edition (tenant, log) values (1, 1)").unwrap();
    assert!(web.secret(log).is_err());
    drop(transaction);
    assert!(web.secret(log).unwrap().is_some());
}

#[test]
fn a_log_that_goes_on_from_another_has_its_changes_and_its_secret_too() {
    needs!(Postgres);
    let cluster = Cluster::new();
    schema::add_server(&mut cluster.admin(), "web").unwrap();
    let mut web = cluster.connect("web").unwrap();
    let store = Store::new();
    store.append("atlas", "s1", [created("s1"), message(SECRET), task("oil it")]);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup.db");
    retold_upkeep::back_up(&store.log, &backup, |_| true).unwrap();
    let place = folder.path().join("sessions.db");
    retold_upkeep::restore(&backup, &place, &folder.path().join("aside.db"), false, |_| true).unwrap();
    let child = Store { log: retold_core::Options::new().open(&place).unwrap(), folder };
    child.append("atlas", "s1", [message("in the restored one")]);
    let ship_of = |store: &Store| {
        ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    };
    ship_of(&store);
    ship_of(&child);
    let mut secrets = || [1, 2].map(|log| web.secret(LogNumber { tenant: 1, log }).unwrap().unwrap());
    let before = secrets();
    assert_ne!(before[0].1, before[1].1);
    assert_eq!(secrets(), before);
    // What the child has of itself is the child's alone.
    let last = child.head();
    child.redact(&[last]);
    ship_of(&child);
    let after = secrets();
    assert_eq!((after[0], after[1].0), (before[0], before[1].0 + 1));
    // What it has of the parent went for both, wherever that was told.
    store.redact(&[2]);
    ship_of(&store);
    let end = secrets();
    for (end, after) in end.iter().zip(&after) {
        assert!(end.0 > after.0 && end.1 != after.1);
    }
}
