//! The mirrored files follow the log, and what somebody else writes into them is taken in.

use std::path::{Path, PathBuf};

use retold::{Error, Message, Options, Session, SessionHistory};
use retold_upkeep::{Archive, back_up};

const WORKSPACE: &str = "/src/atlas";
const FILE: &str = "mirror/cafa4067cfa4e8bc.json";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn open(&self) -> SessionHistory {
        self.open_store("sessions.db").unwrap()
    }

    fn open_store(&self, name: &str) -> Result<SessionHistory, Error> {
        Options::new().mirror(self.0.path().join("mirror")).open(self.0.path().join(name))
    }

    /// Opens the history without its mirror.
    fn open_alone(&self) -> SessionHistory {
        SessionHistory::open(self.0.path().join("sessions.db")).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(FILE)
    }

    fn sessions(&self) -> Vec<Session> {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }

    /// Changes the file as the old history does: read, changed and written whole.
    fn edit(&self, change: impl FnOnce(&mut Vec<Session>)) {
        let mut sessions = self.sessions();
        change(&mut sessions);
        std::fs::write(self.file(), serde_json::to_string_pretty(&sessions).unwrap()).unwrap();
    }

    /// What is in the folder beside the file and the checkpoint.
    fn leftovers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path().join("mirror")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != ".retold-mirror" && name != "cafa4067cfa4e8bc.json").collect()
    }
}

fn session(id: &str) -> Session {
    serde_json::from_value(serde_json::json!({
        "id": id, "type": "debate", "task": "t", "status": "running", "createdAt": "",
        "updatedAt": "2026-11-23T09:00:00Z", "instances": [], "chatHistory": [],
    }))
    .unwrap()
}

fn message(id: &str) -> Message {
    serde_json::from_value(serde_json::json!({"id": id, "role": "user", "content": id, "timestamp": ""}))
        .unwrap()
}

fn messages(session: &Session) -> Vec<&str> {
    session.chat_history.iter().map(|message| message.id.as_str()).collect()
}

fn head(history: &SessionHistory) -> u64 {
    history.store().log().reader().unwrap().head().unwrap().position.get()
}

/// What tells a file from one that was written in its place.
fn identity(path: &Path) -> (u64, std::time::SystemTime) {
    use std::os::unix::fs::MetadataExt;
    let about = std::fs::metadata(path).unwrap();
    (about.ino(), about.modified().unwrap())
}

#[test]
fn a_restart_reads_nothing_in_and_writes_nothing() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    let before = head(&history);
    drop(history);
    let written = identity(&place.file());
    let history = place.open();
    history.flush_mirror().unwrap();
    assert_eq!((head(&history), identity(&place.file())), (before, written));
    let status = history.mirror_status().unwrap().unwrap();
    assert_eq!((status.position.get(), status.error), (before, None));
    drop(history);
    assert_eq!(place.leftovers(), [""; 0]);
}

#[test]
fn what_came_while_the_mirror_was_away_is_in_the_files_after_the_next_start() {
    let place = Place::new();
    place.open().create_session(WORKSPACE, session("a1")).unwrap();
    place.open_alone().add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    assert_eq!(messages(&place.sessions()[0]), [""; 0]);
    drop(place.open());
    assert_eq!(messages(&place.sessions()[0]), ["m1"]);
}

#[test]
fn a_change_by_somebody_else_is_kept_beside_ours() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    history.flush_mirror().unwrap();
    place.edit(|sessions| {
        sessions[0].chat_history.push(message("theirs"));
        sessions[0].status = "paused".to_owned();
        sessions.push(session("b1"));
    });
    history.add_chat_message(WORKSPACE, "a1", message("ours")).unwrap();
    history.flush_mirror().unwrap();
    let all = history.get_all_sessions(WORKSPACE).unwrap();
    assert_eq!(messages(&all[0]), ["m1", "theirs", "ours"]);
    assert_eq!((all[0].status.as_str(), all[1].id.as_str()), ("paused", "b1"));
    assert_eq!(place.sessions(), all);
}

#[test]
fn a_change_by_somebody_else_while_the_mirror_was_away_is_kept_beside_ours() {
    let place = Place::new();
    place.open().create_session(WORKSPACE, session("a1")).unwrap();
    place.edit(|sessions| sessions[0].chat_history.push(message("theirs")));
    place.open_alone().add_chat_message(WORKSPACE, "a1", message("ours")).unwrap();
    let history = place.open();
    let all = history.get_all_sessions(WORKSPACE).unwrap();
    assert_eq!(messages(&all[0]), ["theirs", "ours"]);
    assert_eq!(place.sessions(), all);
}

#[test]
fn a_delete_is_not_undone_by_a_file_that_somebody_else_changed_elsewhere() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.create_session(WORKSPACE, session("b1")).unwrap();
    history.flush_mirror().unwrap();
    place.edit(|sessions| sessions[1].status = "paused".to_owned());
    history.delete_session(WORKSPACE, "a1").unwrap();
    history.flush_mirror().unwrap();
    let all = history.get_all_sessions(WORKSPACE).unwrap();
    assert_eq!(
        all.iter().map(|session| (&*session.id, &*session.status)).collect::<Vec<_>>(),
        [("b1", "paused")]
    );
    assert_eq!(place.sessions(), all);
}

#[test]
fn a_session_that_somebody_else_changed_is_not_lost_to_a_delete() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.flush_mirror().unwrap();
    place.edit(|sessions| sessions[0].chat_history.push(message("theirs")));
    history.delete_session(WORKSPACE, "a1").unwrap();
    history.flush_mirror().unwrap();
    let all = history.get_all_sessions(WORKSPACE).unwrap();
    assert_eq!(messages(&all[0]), ["theirs"]);
    assert_eq!(place.sessions(), all);
}

#[test]
fn a_file_that_somebody_else_emptied_takes_nothing_away() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.flush_mirror().unwrap();
    for emptied in ["", "[]", "[{\"id\": \"a1\", \"type"] {
        std::fs::write(place.file(), emptied).unwrap();
        history.add_chat_message(WORKSPACE, "a1", message("m")).unwrap();
        history.flush_mirror().unwrap();
        assert_eq!(place.sessions(), history.get_all_sessions(WORKSPACE).unwrap());
    }
    assert_eq!(messages(&place.sessions()[0]), ["m"; 3]);
}

#[test]
fn a_file_that_was_removed_is_written_again() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.flush_mirror().unwrap();
    std::fs::remove_file(place.file()).unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(place.sessions(), history.get_all_sessions(WORKSPACE).unwrap());
}

#[test]
fn a_checkpoint_that_is_no_checkpoint_costs_a_look_and_no_session() {
    let place = Place::new();
    place.open().create_session(WORKSPACE, session("a1")).unwrap();
    place.edit(|sessions| sessions[0].chat_history.push(message("theirs")));
    std::fs::write(place.0.path().join("mirror/.retold-mirror"), "{\"log\": 7}").unwrap();
    let history = place.open();
    let all = history.get_all_sessions(WORKSPACE).unwrap();
    assert_eq!((all.len(), messages(&all[0])), (1, vec!["theirs"]));
    assert_eq!(place.sessions(), all);
}

/// Puts a backup in the store's place.
fn restore(place: &Place, backup: &Path) {
    let aside = tempfile::tempdir_in(place.0.path()).unwrap().keep().join("aside.db");
    retold_upkeep::restore(backup, &place.0.path().join("sessions.db"), &aside, true, |_| true).unwrap();
}

#[test]
fn a_restored_log_goes_on_with_the_files_unless_they_hold_more() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.flush_mirror().unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    let backup = place.0.path().join("backup.db");
    back_up(history.store().log(), &backup, |_| true).unwrap();
    drop(history);
    restore(&place, &backup);
    let history = place.open();
    history.add_chat_message(WORKSPACE, "a1", message("m2")).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(messages(&place.sessions()[0]), ["m1", "m2"]);
    drop(history);
    // Now they hold what the backup lacks: nobody takes that away, nor brings it back unasked.
    restore(&place, &backup);
    let written = identity(&place.file());
    let refused = place.open_store("sessions.db");
    assert!(matches!(refused, Err(Error::MirrorOfAnother { is_parent: false, .. })), "{refused:?}");
    assert_eq!(identity(&place.file()), written);
    std::fs::remove_file(place.0.path().join("mirror/.retold-mirror")).unwrap();
    assert_eq!(messages(&place.open().get_session(WORKSPACE, "a1").unwrap()), ["m1", "m2"]);
}

#[test]
fn a_log_restored_from_before_the_files_says_so() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    let backup = place.0.path().join("backup.db");
    back_up(history.store().log(), &backup, |_| true).unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    drop(history);
    restore(&place, &backup);
    let refused = place.open_store("sessions.db");
    assert!(matches!(refused, Err(Error::MirrorOfAnother { is_parent: true, .. })), "{refused:?}");
}

#[test]
fn another_log_in_the_stores_place_goes_to_no_file_and_out_of_no_cache() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    let backup = place.0.path().join("backup.db");
    back_up(history.store().log(), &backup, |_| true).unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("before")).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(messages(&history.get_session(WORKSPACE, "a1").unwrap()), ["before"]);
    let before = place.sessions();
    restore(&place, &backup);
    // The same revision of the same session, with another message.
    let other = place.open_alone();
    other.add_chat_message(WORKSPACE, "a1", message("after")).unwrap();
    assert_eq!(messages(&history.get_session(WORKSPACE, "a1").unwrap()), ["after"]);
    assert_eq!(messages(&history.get_all_sessions(WORKSPACE).unwrap()[0]), ["after"]);
    assert!(history.flush_mirror().is_err());
    assert_eq!(place.sessions(), before);
    assert!(history.add_chat_message(WORKSPACE, "a1", message("late")).is_err());
}

/// The files are what the store has: what was said goes from them, and comes back.
#[test]
fn what_is_pruned_goes_from_the_files_and_comes_back() {
    let place = Place::new();
    let history = place.open();
    history.create_session(WORKSPACE, session("a1")).unwrap();
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    history.flush_mirror().unwrap();
    let before = place.sessions();
    let log = history.store().log();
    let archive = place.0.path().join("archive.db");
    back_up(log, &archive, |_| true).unwrap();
    let archive = Archive::open(log, &archive, |_| true).unwrap();
    let sessions = retold_upkeep::prunable(log, archive.head().position).unwrap();
    retold_upkeep::prune(log, &archive, &sessions, None, |_| true).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(place.sessions()[0].chat_history[0].role, "pruned");
    assert_eq!(place.sessions()[0].updated_at, before[0].updated_at);
    // It lives on meanwhile.
    history.add_chat_message(WORKSPACE, "a1", message("m2")).unwrap();
    retold_upkeep::unprune(log, &archive, &retold_upkeep::pruned(log).unwrap(), |_| true).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(messages(&place.sessions()[0]), ["m1", "m2"]);
}

#[test]
fn a_folder_that_mirrors_another_log_is_left_alone() {
    let place = Place::new();
    place.open().create_session(WORKSPACE, session("a1")).unwrap();
    let written = identity(&place.file());
    assert!(matches!(place.open_store("other.db"), Err(Error::MirrorOfAnother { .. })));
    assert_eq!(identity(&place.file()), written);
}

#[test]
fn a_link_stays_a_link_and_a_mirrored_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let elsewhere = place.0.path().join("elsewhere.json");
    std::fs::write(&elsewhere, "[]").unwrap();
    std::fs::set_permissions(&elsewhere, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::create_dir(place.0.path().join("mirror")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.json", place.file()).unwrap();
    let history = place.open();
    for id in ["a1", "b1"] {
        history.create_session(WORKSPACE, session(id)).unwrap();
        history.flush_mirror().unwrap();
        assert!(place.file().symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(place.sessions(), history.get_all_sessions(WORKSPACE).unwrap());
    }
    // What somebody else writes through the link, or to the file, is taken in.
    place.edit(|sessions| sessions.push(session("c1")));
    history.add_chat_message(WORKSPACE, "a1", message("m1")).unwrap();
    history.flush_mirror().unwrap();
    assert_eq!(place.sessions().len(), 3);
    assert_eq!(place.sessions(), history.get_all_sessions(WORKSPACE).unwrap());
}

/// A write of the same length right after the mirror's own, in place: nothing but the content tells.
#[test]
fn a_change_right_after_the_mirrors_own_write_is_seen() {
    let place = Place::new();
    let history = place.open();
    for round in 0..20 {
        let id = format!("a{round:02}");
        history.create_session(WORKSPACE, session(&id)).unwrap();
        history.flush_mirror().unwrap();
        place.edit(|sessions| {
            sessions[round].task = char::from(b'A' + u8::try_from(round).unwrap()).to_string()
        });
    }
    history.create_session(WORKSPACE, session("last")).unwrap();
    history.flush_mirror().unwrap();
    let tasks: String =
        history.get_all_sessions(WORKSPACE).unwrap().into_iter().map(|session| session.task).collect();
    assert_eq!(tasks, "ABCDEFGHIJKLMNOPQRSTt");
}

/// Each takes what the other has written for its own: neither imports it, so that nothing is said twice or taken back.
#[test]
fn two_mirrors_of_one_folder_do_not_fight() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    one.create_session(WORKSPACE, session("a1")).unwrap();
    let mut expected = head(&one);
    for round in 0..10 {
        for (history, status) in [(&one, "paused"), (&other, "running")] {
            let mut session = history.get_session(WORKSPACE, "a1").unwrap();
            session.status = status.to_owned();
            history.update_session(WORKSPACE, session).unwrap();
            history.add_chat_message(WORKSPACE, "a1", message(&format!("{status}{round}"))).unwrap();
            history.flush_mirror().unwrap();
            assert_eq!(place.sessions(), history.get_all_sessions(WORKSPACE).unwrap());
            expected = head(history).min(expected + 2);
        }
    }
    assert_eq!(head(&one), expected, "nobody appended but the application");
    assert_eq!(place.sessions()[0].chat_history.len(), 20);
    // And what somebody else writes is taken in once.
    place.edit(|sessions| sessions.push(session("b1")));
    for history in [&one, &other] {
        history.add_chat_message(WORKSPACE, "a1", message("late")).unwrap();
        history.flush_mirror().unwrap();
    }
    assert_eq!(place.sessions().len(), 2);
    assert_eq!(retold_tests::import::sessions(one.store().log()).len(), 2);
    drop((one, other));
    assert_eq!(place.leftovers(), [""; 0]);
}
