//! Follows a log: `cargo run -p retold-examples --bin follow STORE [SECONDS]`.
//!
//! Prints what is there, then what comes, from whatever process. Ends where nothing came for `SECONDS`, else never.

use std::io::Write;
use std::time::Duration;

use retold::{Error, LogEvent, Position, SessionHistory};

/// Prints events, a line each, until they end.
fn follow(
    events: impl Iterator<Item = Result<LogEvent, Error>>,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    for event in events {
        let LogEvent { position, recorded_at, session, revision, kind, .. } = event?;
        writeln!(out, "{position:>8}  {recorded_at:.0}  r{revision:<5}  {}  {session}", kind.name())?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let store = words.next().ok_or("usage: follow STORE [SECONDS]")?;
    let timeout = words.next().map(|seconds| seconds.parse().map(Duration::from_secs)).transpose()?;
    let history = SessionHistory::open(store)?;
    let mut log = history.subscribe(Position::ZERO);
    match timeout {
        Some(timeout) => follow(log.within(timeout), &mut std::io::stdout()),
        None => follow(log, &mut std::io::stdout()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_event() {
        let folder = tempfile::tempdir().expect("a folder");
        let history = SessionHistory::open(folder.path().join("sessions.db")).expect("a new history");
        let session = retold::Session::new("a1", "debate", "Tabs or spaces");
        history.create("/src/atlas", session).expect("it is written");
        let mut out = Vec::new();
        let mut log = history.subscribe(Position::ZERO);
        follow(log.within(Duration::ZERO), &mut out).expect("it is read");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.lines().count(), 2);
        assert!(
            text.contains("SessionCreated  session a1") && text.contains("WorkspaceRegistered"),
            "{text}"
        );
    }
}
