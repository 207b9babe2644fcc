//! Heads that were kept elsewhere, and whether the log still holds them.

use std::path::PathBuf;
use std::str::FromStr;

use retold_core::{EventHash, Log, Position, Verified};

use crate::exit::Exit;
use crate::failure::Failure;

/// Where the heads are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExpectedHeads {
    Here(Expected),
    In(PathBuf),
}

/// A head that was kept elsewhere; its hash may be cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    position: Position,
    hash: String,
    /// The log's id, where it was kept with it.
    log: Option<String>,
}

/// Fewer hexadecimal digits prove nothing.
const DIGITS_MIN: usize = 16;
const DIGITS_MAX: usize = 64;
/// The digits of a log's id.
const LOG_DIGITS: usize = 32;
/// A larger file is not one of heads.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

impl FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "accepted is a position and {DIGITS_MIN} to {DIGITS_MAX} digits of its hash, as `retold store head` shows \
                 them, or a file that holds such heads"
            )
        };
        let (position, hash) = text.split_once(':').ok_or_else(refused)?;
        let position = position.parse().ok().and_then(Position::new).ok_or_else(refused)?;
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&hash.len()) || !is_hex(hash) {
            return Err(refused());
        }
        Ok(Self { position, hash: hash.to_ascii_lowercase(), log: None })
    }
}

impl FromStr for ExpectedHeads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(head) => Ok(Self::Here(head)),
            // A position in front of a colon was meant as a head.
            Err(refused) => match text.split_once(':') {
                Some((position, _)) if position.bytes().all(|byte| byte.is_ascii_digit()) => Err(refused),
                _ if std::path::Path::new(text).exists() => Ok(Self::In(text.into())),
                _ => Err(refused),
            },
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl ExpectedHeads {
    /// Returns the heads, in the order of their positions.
    pub(super) fn heads(&self) -> Result<Vec<Expected>, Failure> {
        let path = match self {
            Self::Here(head) => return Ok(vec![head.clone()]),
            Self::In(path) => path,
        };
        let act = "read the heads in";
        let file = |error| Failure::file(act, path, &error);
        let size = std::fs::metadata(path).map_err(file)?.len();
        if size > FILE_BYTES_MAX {
            return Err(Failure::usage(format!(
                "{act} {}: {size} bytes are no list of heads",
                path.display()
            )));
        }
        let text = std::fs::read_to_string(path).map_err(file)?;
        let mut heads = read(&text);
        if heads.is_empty() {
            let message = format!("{act} {}: there is none", path.display());
            return Err(Failure::usage(message).hint("`retold store head >> FILE` writes one"));
        }
        heads.sort_by_key(|head| head.position);
        Ok(heads)
    }
}

/// Finds heads in any text: lines of `retold store head` in all its formats, trailers of commits.
fn read(text: &str) -> Vec<Expected> {
    let (mut heads, mut log) = (Vec::new(), None);
    for line in text.lines() {
        if let Some(head) = from_json(line).or_else(|| from_csv(line)) {
            heads.push(head);
            continue;
        }
        for word in line.split_whitespace() {
            if word.len() == LOG_DIGITS && is_hex(word) {
                log = Some(word.to_ascii_lowercase());
            } else if let Ok(head) = word.parse::<Expected>() {
                heads.push(Expected { log: log.clone(), ..head });
            }
        }
    }
    heads
}

fn from_json(line: &str) -> Option<Expected> {
    let row: serde_json::Value = serde_json::from_str(line).ok()?;
    let (position, hash) = (row.get("position")?.as_u64()?, row.get("hash")?.as_str()?);
    let head: Expected = format!("{position}:{hash}").parse().ok()?;
    Some(Expected { log: row.get("log").and_then(|log| log.as_str()).map(str::to_owned), ..head })
}

fn from_csv(line: &str) -> Option<Expected> {
    let [log, position, hash] = line.trim_end().split(',').collect::<Vec<_>>().try_into().ok()?;
    let head: Expected = format!("{position}:{hash}").parse().ok()?;
    Some(Expected { log: Some(log.to_ascii_lowercase()), ..head })
}

/// Holds heads, in the order of their positions, against the log. A part of a log says the hashes of its own events, and those at
/// the ends of the stretches that it lacks.
pub(super) fn compare(heads: &[Expected], log: &Log, verified: &Verified) -> Result<Exit, Failure> {
    let end = verified.part.as_ref().map_or(verified.head, |part| part.head).position;
    let mut compared = 0;
    let ids: Vec<String> = log
        .ancestors()?
        .iter()
        .map(|ancestor| ancestor.log.to_string())
        .chain([log.id().to_string()])
        .collect();
    let reader = log.reader()?;
    for Expected { position, hash, log } in heads {
        if let Some(other) = log.as_ref().filter(|log| !ids.contains(log)) {
            let found = ids.last().map_or("", String::as_str);
            let message = format!("verify: expected log {other}, found {found}");
            return Err(Failure::new(Exit::OtherHead, message).hint("the head is one of another log"));
        }
        if *position > end {
            let message = format!("verify: expected position {position}, the log ends at {end}");
            return Err(Failure::new(Exit::ShorterHead, message)
                .hint("events were cut off its end, or this is an older copy of the store"));
        }
        let found = match reader.hash_at(*position)? {
            None if verified.part.is_some() => continue,
            found => found.unwrap_or(EventHash::ZERO).to_string(),
        };
        if !found.starts_with(hash) {
            let message = format!("verify: expected {hash} at position {position}, found {found}");
            return Err(Failure::new(Exit::OtherHead, message)
                .hint("this is another log, or its history was rewritten"));
        }
        compared += 1;
    }
    if compared == 0 && !heads.is_empty() {
        let message = format!("verify: this part of a log says no hash at {}", heads[0].position);
        return Err(Failure::usage(message).hint(format!(
            "the log ended at {end} when the part was taken: compare it with the head there"
        )));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_a_position_and_enough_of_its_hash() {
        let read = |text: &str| text.parse::<Expected>().ok();
        let hash = "9f3a".repeat(4);
        let expected = Expected { position: Position::new(12).unwrap(), hash: hash.clone(), log: None };
        assert_eq!(read(&format!("12:{hash}")), Some(expected.clone()));
        assert_eq!(read(&format!("12:{}", hash.to_uppercase())), Some(expected));
        for text in ["12", "12:9f3a", "x:9f3a9f3a9f3a9f3a", "12:9f3a9f3a9f3a9f3g"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn heads_are_found_in_every_form_that_they_are_written_in() {
        let (log, hash) = ("ab".repeat(16), "9f3a".repeat(16));
        let head =
            Expected { position: Position::new(7).unwrap(), hash: hash.clone(), log: Some(log.clone()) };
        for text in [
            format!("log   {log}\nhead  7:{hash}\n"),
            format!(
                "{{\"as_of\":{{}},\"rows\":[\n{{\"log\":\"{log}\",\"position\":7,\"hash\":\"{hash}\"}}\n]}}"
            ),
            format!("log,position,hash\n{log},7,{hash}\n"),
            format!("Signed-off-by: Ada\nRetold-Head: {log} 7:{hash}\n"),
        ] {
            assert_eq!(read(&text), std::slice::from_ref(&head), "{text}");
        }
        assert_eq!(read("nothing 12:34 here"), []);
    }
}
