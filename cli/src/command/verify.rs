//! `retold verify`: the whole log against its hashes.

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use retold_core::{Position, Reader, Verified};
use rusqlite::OptionalExtension;

use super::Verb;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::counted;

/// Read every event and blob against its hash
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold verify                      exits with 10 where the store is damaged
  retold verify --expect 1234:9f3a…  also that the log still holds this head")]
pub(crate) struct Verify {
    /// A head that was kept elsewhere: exits with 11 where the log has another event there, 12 where it is shorter
    #[arg(long, value_name = "POSITION:HASH")]
    expect: Option<Expected>,
}

/// A head that was kept elsewhere; its hash may be cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    position: Position,
    hash: String,
}

/// Fewer hexadecimal digits prove nothing.
const DIGITS_MIN: usize = 16;
const DIGITS_MAX: usize = 64;

impl FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "accepted is a position and {DIGITS_MIN} to {DIGITS_MAX} digits of its hash, as `retold head` shows them"
            )
        };
        let (position, hash) = text.split_once(':').ok_or_else(refused)?;
        let position = position.parse().ok().and_then(Position::new).ok_or_else(refused)?;
        let is_hash = (DIGITS_MIN..=DIGITS_MAX).contains(&hash.len())
            && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash {
            return Err(refused());
        }
        Ok(Self { position, hash: hash.to_ascii_lowercase() })
    }
}

impl Verb for Verify {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let begun = (context.io.clock)();
        let bar = context.progress("verify", log.reader()?.head()?.position.get());
        let interrupt = Arc::clone(&context.io.interrupt);
        let verified = log.verify(|events| {
            bar.set_position(events);
            !interrupt.load(Ordering::Relaxed)
        });
        bar.finish_and_clear();
        let verified = verified?;
        let elapsed = (context.io.clock)().duration_since(begun).as_secs_f64();
        tell(context, &verified, elapsed)?;
        if !verified.is_sound() {
            return Ok(Exit::Damaged);
        }
        match self.expect {
            Some(expected) => compare(&expected, &log.reader()?, &verified),
            None => Ok(Exit::Done),
        }
    }
}

fn tell(context: &mut Context<'_>, verified: &Verified, elapsed: f64) -> Result<(), Failure> {
    let Verified { head, events, blobs, .. } = verified;
    let rate = (elapsed > 0.0).then(|| rate(*events, elapsed));
    let verdict = if verified.is_sound() { "sound" } else { "damaged" };
    let mut line = format!("{verdict}: {}, {}", counted(*events, "event"), counted(*blobs, "blob"));
    if let Some(rate) = rate {
        line.push_str(&format!(", {rate} events/s"));
    }
    if !verified.is_sound() || !context.is_table() {
        let mut rows = context.rows(*head, ["fault", "first", "count"])?;
        for (fault, (first, count)) in &verified.faults {
            rows.push([fault.to_string().into(), (*first).into(), (*count).into()])?;
        }
        rows.finish_with(&[
            ("sound", verified.is_sound().into()),
            ("events", (*events).into()),
            ("blobs", (*blobs).into()),
            ("events_per_second", rate.into()),
        ])?;
    }
    if context.is_table() {
        context.say(&line)?;
        return context.say(&format!("head {}:{}", head.position, head.hash));
    }
    context.note(&line);
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float saturates, and none is negative"
)]
#[expect(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn rate(events: u64, elapsed: f64) -> u64 {
    (events as f64 / elapsed) as u64
}

fn compare(expected: &Expected, reader: &Reader<'_>, verified: &Verified) -> Result<Exit, Failure> {
    let Expected { position, hash } = expected;
    let end = verified.head.position;
    if *position > end {
        let message = format!("verify: expected position {position}, the log ends at {end}");
        return Err(Failure::new(Exit::ShorterHead, message)
            .hint("events were cut off its end, or this is an older copy of the store"));
    }
    let found: Option<retold_core::EventHash> = reader
        .connection()
        .query_row(include_str!("../../sql/hash_of_position.sql"), [position], |row| row.get(0))
        .optional()
        .map_err(retold_core::Error::sqlite("read the log"))?;
    let found = found.unwrap_or(retold_core::EventHash::ZERO).to_string();
    if found.starts_with(hash) {
        return Ok(Exit::Done);
    }
    let message = format!("verify: expected {hash} at position {position}, found {found}");
    Err(Failure::new(Exit::OtherHead, message).hint("this is another log, or its history was rewritten"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_position_and_enough_of_its_hash() {
        let read = |text: &str| text.parse::<Expected>().ok();
        let hash = "9f3a".repeat(4);
        let expected = Expected { position: Position::new(12).unwrap(), hash: hash.clone() };
        assert_eq!(read(&format!("12:{hash}")), Some(expected.clone()));
        assert_eq!(read(&format!("12:{}", hash.to_uppercase())), Some(expected));
        for text in ["12", "12:9f3a", "x:9f3a9f3a9f3a9f3a", "12:9f3a9f3a9f3a9f3g"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
