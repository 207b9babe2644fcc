//! Answers that are kept in a Redis, and what may go wrong with one.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::{Client, cmd};
use retold_serve::cache::{Cache, Memory, Redis};
use retold_team::receiver::Level;
use retold_team::schema;
use retold_team::ship::ship;
use retold_team::token::Scope;
use retold_trial::needs;

use crate::cache::{SECRET, answers, limits, measured};
use crate::given::{Store, created, message, task};
use crate::hostile::asked;
use crate::page::files;
use crate::served::{Served, token_for};
use crate::targets::{Cluster, options};

#[test]
fn servers_share_a_redis_and_serve_on_while_it_is_away_slow_or_empty() {
    needs!(Postgres);
    needs!(Redis);
    let cluster = Cluster::new();
    schema::add_server(&mut cluster.admin(), "web").unwrap();
    let database = cluster.server.borrow().address("web", "postgres");
    let mut redis = retold_trial::Redis::start(Some("hunter2"));
    let at = |password: &str| -> Arc<dyn Cache> {
        Arc::new(Redis::at(&redis.address(), Some(password.to_owned())).unwrap())
    };
    let [first, second, wrong] = ["hunter2", "hunter2", "hunter3"]
        .map(|password| Served::keeping(&database, limits(), Some(at(password))));
    let plain = Served::keeping(&database, limits(), None);
    let ada = token_for(&mut cluster.admin(), "Ada", "browser", &[Scope::Read]);
    let admin = token_for(&mut cluster.admin(), "Ada", "watch", &[Scope::Admin]);
    let store = Store::new();
    store.append("atlas", "s1", [created("s1"), message(SECRET), task("oil it")]);
    ship(&store.log, || cluster.connect("ada"), &mut options(Level::All, &[], None)).unwrap();
    let made = answers(&plain, &ada);
    assert_eq!(answers(&first, &ada), made);
    // The second is told what the first one made: it has not even brought the session.
    let path = "/s/atlas%2Fs1/conversation.json";
    let (status, _, body) = asked(&second, "GET", path, Some(&ada), b"");
    assert!(status == 200 && String::from_utf8(body).unwrap().contains(SECRET));
    assert_eq!((files(&second).len(), measured(&second, &admin, "retold_cache_hits_total")), (0, 1));
    assert_eq!(answers(&second, &ada), made);
    // One that may not ask it serves as well, and says why; neither password nor what is kept is told.
    assert_eq!(answers(&wrong, &ada), made);
    let told = wrong.told.lock().join("\n");
    assert!(told.contains("the cache cannot be asked") && !told.contains("hunter"), "{told}");
    // What is there says nothing.
    let mut asking = Client::open(format!("redis://:hunter2@127.0.0.1:{}", redis.port()))
        .and_then(|client| client.get_connection())
        .unwrap();
    let keys: Vec<Vec<u8>> = cmd("KEYS").arg("*").query(&mut asking).unwrap();
    assert!(keys.len() > 10 && keys.iter().all(|key| key.starts_with(b"retold:asof:")));
    for key in keys {
        let entry: Vec<u8> = cmd("GET").arg(&key).query(&mut asking).unwrap();
        assert!(memchr::memmem::find(&entry, b"hinge").is_none());
        let left: i64 = cmd("TTL").arg(&key).query(&mut asking).unwrap();
        assert!(left > 0, "an entry goes once nobody asks for it: {left}");
    }
    // Once it answers again, it is asked again: after a while, for it was left alone.
    let hits_again = |served: &Served| {
        let before = measured(served, &admin, "retold_cache_hits_total");
        let begun = Instant::now();
        while measured(served, &admin, "retold_cache_hits_total") == before {
            assert_eq!(answers(served, &ada), made);
            assert!(begun.elapsed() < Duration::from_secs(60), "it is never asked again");
        }
    };
    let failures = |served: &Served| measured(served, &admin, "retold_cache_failures_total");
    let before = failures(&first);
    redis.pause();
    assert_eq!(answers(&first, &ada), made, "slow");
    assert!(failures(&first) > before);
    redis.resume();
    hits_again(&first);
    redis.kill();
    assert_eq!(answers(&first, &ada), made, "away");
    redis.start_again();
    for served in [&first, &second] {
        hits_again(served);
    }
}

#[test]
fn who_asks_waits_for_no_more_than_a_moment_whatever_answers() {
    type Manner = fn(TcpStream);
    let manners: [(&str, Manner); 4] = [
        ("says nothing", |stream| {
            std::thread::sleep(Duration::from_secs(30));
            drop(stream);
        }),
        ("a byte now and then, without end", |mut stream| {
            // A text of half a gigabyte, which does not come.
            let _gone = stream.write_all(b"$536870912\r\n");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }),
        ("something else", |mut stream| {
            let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }),
        ("ends at once", drop),
    ];
    for (manner, answer) in manners {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let redis = Redis::at(&format!("redis://{}", listener.local_addr().unwrap()), None).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                std::thread::spawn(move || answer(stream.unwrap()));
            }
        });
        // A test that waits for it would not end.
        let why = redis.get(&[7; 32]).unwrap_err();
        assert_eq!(redis.get(&[7; 32]), Err(why), "{manner}: it is left alone");
    }
}

#[test]
fn a_redis_that_takes_nothing_more_is_asked_on() {
    needs!(Redis);
    let server = retold_trial::Redis::start(None);
    let redis = Redis::at(&server.address(), None).unwrap();
    let until = |is_so: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    redis.put(&[1; 32], vec![1; 1000]).unwrap();
    until(&|| redis.get(&[1; 32]) == Ok(Some(vec![1; 1000])));
    let client = Client::open(server.address()).unwrap();
    let mut asking = client.get_connection().unwrap();
    cmd("CONFIG").arg("SET").arg("maxmemory").arg("1").query::<()>(&mut asking).unwrap();
    cmd("CONFIG").arg("SET").arg("maxmemory-policy").arg("noeviction").query::<()>(&mut asking).unwrap();
    // That it is full is told, and what it has it gives on.
    until(&|| redis.put(&[2; 32], vec![2; 1000]).is_err_and(|why| why.to_string().contains("OOM")));
    assert_eq!(redis.get(&[1; 32]), Ok(Some(vec![1; 1000])));
    assert_eq!(redis.get(&[2; 32]), Ok(None));
}

#[test]
fn an_address_that_is_none_is_refused_without_its_password() {
    for address in
        ["", "redis", "postgres://u:hunter2@host/x", "redis://u:hunter2@ho st", "redis://:hunter2@h:99999"]
    {
        let refused = Redis::at(address, None).unwrap_err();
        assert!(!refused.to_string().contains("hunter2"), "{address}: {refused}");
    }
    let redis = Redis::at("redis://u:hunter2@127.0.0.1:1/2", None).unwrap();
    assert!(!format!("{redis:?} {}", redis.name()).contains("hunter2"), "{redis:?}");
    // Nothing listens there.
    let why = redis.get(&[0; 32]).unwrap_err();
    assert!(!why.to_string().contains("hunter2"), "{why}");
    // It is left alone for a while.
    assert_eq!(redis.put(&[0; 32], Vec::new()), Err(why));
    assert_eq!(Memory::new(1 << 20).get(&[0; 32]), Ok(None));
}
