//! The session history of a desktop application, on retold.
//!
//! The seven commands that the AIT42 Editor's front end calls, as its Tauri backend would register them: the same names,
//! the same arguments, the same answers, so that no page has to change. What stands in [`tauri`] here is all that the
//! handlers need of the framework; in the application, leave the module away and write `use tauri::State;`, put
//! `#[tauri::command(async)]` above each handler, so that none of them runs on the thread that draws, and
//!
//! ```text
//! tauri::Builder::default()
//!     .manage(open_history(&home, &data)?)
//!     .invoke_handler(tauri::generate_handler![
//!         create_session, update_session, get_session, get_all_sessions,
//!         delete_session, add_chat_message, update_instance_status,
//!     ])
//! ```
//!
//! Run it: `cargo run -p retold-examples --bin desktop`.

use std::path::Path;

use retold::{Error, Instance, Message, Options, Session, SessionHistory};
use tauri::State;

/// What the handlers need of Tauri.
mod tauri {
    /// A value that the application manages, lent to a handler.
    #[derive(Debug)]
    pub(crate) struct State<'r, T>(pub(crate) &'r T);

    impl<T> std::ops::Deref for State<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.0
        }
    }
}

/// Opens the history, once, when the application starts. With the mirror the old files stay current: going back to an
/// older release of the application is going back.
fn open_history(home: &Path, data: &Path) -> Result<SessionHistory, Error> {
    Options::new().mirror(home.join(".ait42")).open(data.join("sessions.db"))
}

/// What the front end shows of an error: its text, as the old backend gave it.
fn shown(error: Error) -> String {
    error.to_string()
}

fn create_session(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session: Session,
) -> Result<Session, String> {
    history.create_session(&workspace_path, session).map_err(shown)
}

fn update_session(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session: Session,
) -> Result<Session, String> {
    history.update_session(&workspace_path, session).map_err(shown)
}

fn get_session(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session_id: String,
) -> Result<Session, String> {
    history.get_session(&workspace_path, &session_id).map_err(shown)
}

fn get_all_sessions(
    history: State<'_, SessionHistory>,
    workspace_path: String,
) -> Result<Vec<Session>, String> {
    history.get_all_sessions(&workspace_path).map_err(shown)
}

fn delete_session(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session_id: String,
) -> Result<(), String> {
    history.delete_session(&workspace_path, &session_id).map_err(shown)
}

fn add_chat_message(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session_id: String,
    message: Message,
) -> Result<Session, String> {
    history.add_chat_message(&workspace_path, &session_id, message).map_err(shown)
}

fn update_instance_status(
    history: State<'_, SessionHistory>,
    workspace_path: String,
    session_id: String,
    instance_id: u32,
    new_status: String,
) -> Result<Session, String> {
    history.update_instance_status(&workspace_path, &session_id, instance_id, &new_status).map_err(shown)
}

/// What a page would do: begin a session, talk, finish an agent, look at the list.
fn a_day(history: &SessionHistory) -> Result<Vec<Session>, String> {
    let state = || State(history);
    let workspace = || "/src/atlas".to_owned();
    let id = || "5f0c2a1e-0000-4000-8000-000000000001".to_owned();
    let agent = Instance::new(1, "🦊 Fox")
        .with_worktree_path("/tmp/door")
        .with_branch("door")
        .with_tmux_session_id("door-1");
    let session = Session::new(id(), "competition", "Mend the door").with_instance(agent);
    let message = Message::new("msg-1", "user", "Which hinge?");

    create_session(state(), workspace(), session)?;
    add_chat_message(state(), workspace(), id(), message)?;
    let mut session = update_instance_status(state(), workspace(), id(), 1, "completed".to_owned())?;
    session.status = "completed".to_owned();
    update_session(state(), workspace(), session)?;
    get_session(state(), workspace(), id())?;
    get_all_sessions(state(), workspace())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("retold-desktop-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let history = open_history(&folder, &folder)?;
    for session in a_day(&history)? {
        let Session { task, status, chat_history, .. } = &session;
        #[allow(clippy::print_stdout, reason = "an example shows what it did")]
        {
            println!("{task}: {status}, messages: {}", chat_history.len());
        }
        delete_session(State(&history), "/src/atlas".to_owned(), session.id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_leaves_what_the_old_backend_would_have_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let history = open_history(folder.path(), folder.path()).expect("a new history");
        let all = a_day(&history).expect("a day");
        let [session] = &all[..] else { panic!("one session: {all:?}") };
        assert_eq!(
            (session.status.as_str(), session.instances[0].status.as_str()),
            ("completed", "completed")
        );
        history.flush_mirror().expect("a folder that can be written");
        let file = std::fs::read_to_string(folder.path().join(".ait42/sessions/cafa4067cfa4e8bc.json"));
        assert_eq!(file.expect("the mirrored file"), serde_json::to_string_pretty(&all).expect("documents"));
    }

    #[test]
    fn the_front_end_reads_the_errors_it_knows() {
        let folder = tempfile::tempdir().expect("a folder");
        let history = open_history(folder.path(), folder.path()).expect("a new history");
        let missing = get_session(State(&history), "/src/atlas".to_owned(), "a1".to_owned());
        assert_eq!(missing, Err("Session a1 not found".to_owned()));
        let blank = delete_session(State(&history), " ".to_owned(), "a1".to_owned());
        assert_eq!(blank, Err("Cannot delete session: workspace path is empty.".to_owned()));
    }
}
