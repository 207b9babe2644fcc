//! Answers of the page about a long session at a moment: made, and given again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use retold_team::token::{self, NewToken, Scope};

use super::read::{EVENTS, LONG};
use super::server::{Process, Server, TENANT};
use crate::Outcome;
use crate::bench::{Bench, program};
use crate::figure::{Figure, Target};
use crate::timing::{Pairs, in_turn, median_ms};

/// Moments that are asked for, each once a round.
const MOMENTS: usize = 40;
const ROUNDS: usize = 5;
/// Far more than is asked for.
const UNLIMITED: [&str; 2] = ["--requests", "1000000"];

pub(super) fn measure(bench: &Bench, server: &Server) -> Outcome<Vec<Figure>> {
    let Some(program) = program()? else { return Ok(Vec::new()) };
    let new = NewToken { person: "Ada", device: "browser", scopes: &[Scope::Read], expires_at: None };
    let token = token::make(&mut server.client("postgres")?, TENANT, new)?.ok_or("there is no Ada")?;
    let asker = |cache: &str| -> Outcome<Asker> {
        let (serving, base) = server.serve(&program, &[&UNLIMITED[..], &["--cache", cache]].concat())?;
        Asker::new(serving, &base, token.as_str())
    };
    let (mut making, mut keeping) = (asker("off")?, asker("64MiB")?);
    let (moments, rounds) = (bench.scale.of(MOMENTS).max(2), bench.scale.rounds(ROUNDS));
    let events = bench.scale.of(EVENTS);
    let mut figures = Vec::new();
    for (what, path) in [("the state", ".json"), ("the conversation", "/conversation.json")] {
        let address = |nth: usize| {
            let revision = 2 + (nth * 7_919) % (events - 1);
            format!("/s/{LONG}{path}?at=r{revision}")
        };
        let all = |asker: &mut Asker| median_ms(moments, |nth| asker.get(&address(nth)));
        // Each is made once by both; which of them are near a keyframe is the same for both.
        all(&mut keeping)?;
        all(&mut making)?;
        let pairs: Pairs = in_turn(rounds, || all(&mut keeping), || all(&mut making))?;
        figures.push(
            Figure::of_pairs_less(
                format!("{what} of a session of {events} events at one of them, kept"),
                "ms",
                "folded",
                &pairs,
            )
            .target(Target::RatioAtLeast(10.0)),
        );
    }
    if retold_trial::Redis::is_here() {
        let redis = retold_trial::Redis::start(None);
        let mut shared = asker(&redis.address())?;
        let address =
            |nth: usize| format!("/s/{LONG}/conversation.json?at=r{}", 2 + (nth * 7_919) % (events - 1));
        for nth in 0..moments {
            shared.get(&address(nth))?;
        }
        let pairs = in_turn(
            rounds,
            || median_ms(moments, |nth| shared.get(&address(nth))),
            || median_ms(moments, |nth| making.get(&address(nth))),
        )?;
        figures.push(
            Figure::of_pairs_less(
                format!("the conversation of a session of {events} events, kept in Redis"),
                "ms",
                "folded",
                &pairs,
            )
            .target(Target::RatioAtLeast(10.0)),
        );
    }
    Ok(figures)
}

/// Somebody who asks over one connection.
struct Asker {
    stream: BufReader<TcpStream>,
    token: String,
    _serving: Process,
}

impl Asker {
    fn new(serving: Process, base: &str, token: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(base.trim_start_matches("http://"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned(), _serving: serving })
    }

    /// Asks, and reads all of the answer.
    fn get(&mut self, address: &str) -> Outcome<()> {
        let request =
            format!("GET {address} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", self.token);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length, mut status) = (String::new(), 0, None);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            match line.strip_prefix("content-length: ") {
                Some(told) => length = told.parse()?,
                None if line.is_empty() => break,
                None => {}
            }
            status.get_or_insert(line);
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        match status.is_some_and(|status| status.contains(" 200 ")) {
            true => Ok(()),
            false => Err(format!("{address}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }
}
