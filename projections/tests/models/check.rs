//! Read models that are not what their events make of them are found.

use retold_core::StreamName;
use retold_core::event::{BodyRedacted, SessionDeleted, WorkspaceRegistered};
use retold_projections::{Checked, Store};

use crate::given;

fn filled(folder: &tempfile::TempDir) -> Store {
    let store = given::store(folder);
    let path = WorkspaceRegistered { path: Some("/atlas".to_owned()), hashes: vec!["w1".to_owned()] };
    given::append(store.log(), &StreamName::workspace("w1"), [path.into()]);
    for number in 0..5 {
        let name = given::record("w1", &format!("s{number}"));
        let said = (0..3).map(|place| given::said(&format!("m{place}"), "hello"));
        given::append(store.log(), &name, std::iter::once(given::created("s")).chain(said));
    }
    given::append(store.log(), &given::record("w1", "s4"), [SessionDeleted {}.into()]);
    store
}

fn checked(store: &Store, sample: Option<u32>) -> Checked {
    store.check(sample, |_| true).unwrap().expect("nobody says to stop")
}

/// Changes rows behind the engine's back, and checks that this many are found.
fn found(sql: &str, different: u64) {
    let folder = given::folder();
    let store = filled(&folder);
    store.log().open_writer().unwrap().execute_batch(sql).unwrap();
    let checked = checked(&store, None);
    assert_eq!(checked.different, different, "{sql}: {:?}", checked.differences);
}

#[test]
fn rows_that_follow_from_the_log_pass() {
    let folder = given::folder();
    let store = filled(&folder);
    assert_eq!(checked(&store, None), Checked { streams: 6, ..Checked::default() });
    // The workspace's own stream comes with its sessions.
    assert_eq!(checked(&store, Some(2)), Checked { streams: 3, ..Checked::default() });
    let redacted = BodyRedacted { position: 3, reason: "a secret".to_owned() };
    given::append(store.log(), &given::record("w1", "s0"), [redacted.into()]);
    assert_eq!(checked(&store, None).different, 0);
}

#[test]
fn rows_that_do_not_are_found() {
    found("update sessions set task = 'another' where stream = 2", 1);
    found("update sessions set message_count = 7", 4);
    found("delete from sessions where stream = 3", 1);
    found("update chat_messages set content_position = 1 where stream = 2 and place = 1", 1);
    found("delete from chat_messages where stream in (2, 3)", 2);
    found("insert into output_chunks values (2, 0, 0, 1, 5)", 1);
    found("update workspaces set path = '/elsewhere'", 1);
    found("delete from workspaces", 1);
    found("update session_counts_1 set count = count + 1", 1);
    found("delete from session_counts_1", 1);
    found("insert into session_counts_1 values (1, 'lost', 'debate', 2)", 1);
    found(
        "insert into instances select 99, 0, 1, '', '', '', '', '', null, null, null, null, null, null, null, null, null, null, null, null, 0",
        1,
    );
}

#[test]
fn a_check_writes_nothing_and_can_be_stopped() {
    let folder = given::folder();
    let store = filled(&folder);
    let before = std::fs::read(store.log().path()).unwrap();
    assert_eq!(store.check(None, |at| at.done < 2).unwrap(), None);
    checked(&store, None);
    assert_eq!(std::fs::read(store.log().path()).unwrap(), before);
}
