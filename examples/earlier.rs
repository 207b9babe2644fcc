//! Logs a session, and reads it back at an earlier moment: `cargo run -p retold-examples --bin earlier`.

use std::path::Path;

use retold::{Error, Instance, Message, Session, SessionHistory};

/// Returns the session as it was before the answer came, and as it is.
fn log_and_look_back(store: &Path) -> Result<[Session; 2], Error> {
    let history = SessionHistory::open(store)?;
    let session = Session::new("a1", "competition", "Fix the flaky login test")
        .with_instance(Instance::new(1, "Ada").with_branch("fix-login"));
    history.create("/src/atlas", session)?;
    let asked = history.add_message("/src/atlas", "a1", Message::new("m1", "user", "Is it the clock?"))?;
    history.append_output("/src/atlas", "a1", 1, "running 12 tests\n")?;
    history.add_message("/src/atlas", "a1", Message::new("m2", "assistant", "It is the clock."))?;
    history.set_status("/src/atlas", "a1", "completed", Some(retold::Timestamp::now()))?;
    let sessions = [history.session_at("/src/atlas", "a1", asked)?, history.session("/src/atlas", "a1")?];
    history.close()?;
    Ok(sessions)
}

fn main() -> Result<(), Error> {
    let store = std::env::temp_dir().join(format!("retold-earlier-{}.db", std::process::id()));
    for Session { status, chat_history, .. } in log_and_look_back(&store)? {
        #[allow(clippy::print_stdout, reason = "an example shows what it did")]
        {
            println!("{status}, messages: {}", chat_history.len());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_moment_has_what_was_there_and_nothing_of_what_came() {
        let folder = tempfile::tempdir().expect("a folder");
        let [before, after] = log_and_look_back(&folder.path().join("sessions.db")).expect("a new history");
        assert_eq!((before.status.as_str(), before.chat_history.len()), ("running", 1));
        assert_eq!((after.status.as_str(), after.chat_history.len()), ("completed", 2));
        assert!(before.instances[0].output.is_none() && after.instances[0].output.is_some());
    }
}
