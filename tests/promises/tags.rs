//! Tags of a session: beside its document, in every list, and in no file of the old history.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use retold::{Order, Session, SessionFilter, SessionHistory};
use retold_core::Options;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ait42");

struct Place {
    folder: tempfile::TempDir,
    id: String,
}

impl Place {
    /// A store with the sample history, and the session of it that has the most messages.
    fn new() -> Self {
        let mut place = Self { folder: tempfile::tempdir().unwrap(), id: String::new() };
        place.run(&["import", "-q", SAMPLE]);
        let sql = "select id from sessions order by message_count desc limit 1";
        place.id = place.json(&["sql", sql])["rows"][0]["id"].as_str().unwrap().to_owned();
        place
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("sessions.db")
    }

    fn retold(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
        command.arg("--store").arg(self.store()).args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let out = self.retold(arguments);
        assert!(out.status.success(), "{arguments:?}: {out:?}");
        String::from_utf8(out.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["-o", "json"]).collect();
        serde_json::from_str(&self.run(&arguments)).unwrap()
    }

    fn tags(&self) -> Vec<String> {
        serde_json::from_value(self.json(&["tag", &self.id])["tags"].clone()).unwrap()
    }

    /// The ids of a list.
    fn listed(&self, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<&str> = ["sessions", "-o", "json"].iter().chain(arguments).copied().collect();
        let out = self.retold(&arguments);
        let list: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        list["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn tags_are_in_lists_sql_diff_blame_and_search() {
    let place = Place::new();
    let id = &place.id;
    place.run(&["tag", id, "+wip", "+bug"]);
    place.run(&["tag", id, "-bug", "+seen"]);
    assert_eq!(place.tags(), ["seen", "wip"]);
    assert_eq!(place.listed(&["--tag", "wip"]), [id.as_str()]);
    assert_eq!(place.listed(&["--tag", "wip", "--tag", "seen"]), [id.as_str()]);
    assert!(
        place.listed(&["--tag", "bug"]).is_empty()
            && place.listed(&["--tag", "wip", "--tag", "bug"]).is_empty()
    );
    assert_eq!(place.listed(&["--at", "head-1", "--tag", "bug"]), [id.as_str()]);
    let rows = place.json(&["sql", "select tags from sessions where json_array_length(tags) > 0"]);
    assert_eq!(rows["rows"][0]["tags"], r#"["seen","wip"]"#);
    let diff = place.run(&["diff", id, "head-1", "head", "-o", "json"]);
    assert!(diff.contains(r#"".tags""#) && diff.contains("seen"), "{diff}");
    let blamed = place.run(&["blame", id, ".tags"]);
    assert!(blamed.contains("seen, wip"), "{blamed}");
    let found = place.json(&["search", "the", "--tag", "wip", "--tag", "seen"]);
    assert!(found["found"].as_u64().unwrap() > 0);
    assert_eq!(found["facets"]["tags"]["seen"], found["found"]);
    assert_eq!(place.retold(&["search", "the", "--tag", "bug"]).status.code(), Some(1));
    // The check of the read models and of the index agree with what was kept on the way.
    place.run(&["verify", "--full", "-q"]);
}

#[test]
fn a_revert_brings_tags_back_and_a_fork_has_them() {
    let place = Place::new();
    let id = &place.id;
    place.run(&["tag", id, "+first"]);
    place.run(&["tag", id, "+second", "-first"]);
    place.run(&["fork", id, "--as", "other"]);
    place.run(&["revert", id, "--to", "head-1"]);
    assert_eq!(place.tags(), ["first"]);
    assert_eq!(place.json(&["tag", "other"])["tags"], serde_json::json!(["second"]));
    assert_eq!(place.listed(&["--tag", "second"]), ["other"]);
}

#[test]
fn a_declared_projection_gets_them() {
    let place = Place::new();
    let declared = place.folder.path().join("tagged.sql");
    std::fs::write(
        &declared,
        "-- projection: tagged\n\
         -- version: 1\n\
         -- about: what was tagged\n\
         create table tagged (position integer primary key, session_id text not null, tags text not null);\n\
         -- on: TagsChanged\n\
         insert into tagged values (:position, :session_id, :tags);\n",
    )
    .unwrap();
    place.run(&["tag", &place.id, "+wip"]);
    place.run(&["projections", "add", declared.to_str().unwrap()]);
    let rows = place.json(&["sql", "select session_id, tags from tagged"]);
    assert_eq!(rows["rows"], serde_json::json!([{"session_id": place.id, "tags": r#"["wip"]"#}]));
}

#[test]
fn no_file_of_the_old_history_has_them() {
    let place = Place::new();
    let out = |name: &str| place.folder.path().join(name).to_str().unwrap().to_owned();
    place.run(&["export", "--format", "ait42", &out("before")]);
    for id in place.listed(&[]).iter().take(3) {
        place.run(&["tag", id, "+wip"]);
    }
    place.run(&["export", "--format", "ait42", &out("after")]);
    assert_eq!(files(Path::new(&out("before"))), files(Path::new(&out("after"))));
    place.run(&["check", "--against", SAMPLE]);
}

/// Every file of a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        for entry in std::fs::read_dir(&one).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    found.push((path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()))
                }
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn tags_that_are_changed_at_once_are_all_there() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let place = &place;
            scope.spawn(move || {
                for number in 0..5 {
                    place.run(&["tag", &place.id, &format!("+t{thread}-{number}")]);
                }
            });
        }
    });
    assert_eq!(place.tags().len(), 20);
}

#[test]
fn the_commands_of_the_history_tag_once() {
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    let session: Session = serde_json::from_str(
        r#"{"id": "a1", "type": "debate", "task": "", "status": "running", "createdAt": "", "updatedAt": "",
            "instances": [], "chatHistory": []}"#,
    )
    .unwrap();
    history.create_session("/w", session.clone()).unwrap();
    let tag = |add: &[&str], remove: &[&str]| {
        let [add, remove] =
            [add, remove].map(|list| list.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        history.tag_session("/w", "a1", &add, &remove)
    };
    // The document is what it was: tags are beside it.
    assert_eq!(tag(&["wip", "bug"], &[]).unwrap(), session);
    tag(&["wip"], &[]).unwrap();
    let keyed = || history.with_idempotency_key("key").tag_session("/w", "a1", &["new".to_owned()], &[]);
    keyed().unwrap();
    tag(&[], &["new"]).unwrap();
    keyed().unwrap();
    let filter = SessionFilter::new().with_order(Order::Updated).with_tag("bug");
    let listed = history.list(None, &filter).unwrap();
    assert_eq!(listed[0].records.tags, ["bug", "wip"]);
    assert_eq!(history.latest_events("/w", "a1", 100).unwrap().len(), 4);
    let refused = tag(&["two words"], &[]).unwrap_err().to_string();
    assert!(refused.contains("a tag has 1 to 64 letters"), "{refused}");
}

#[test]
fn a_store_from_before_there_were_tags_lists_without_being_written_and_takes_them_then() {
    let place = Place::new();
    let other = place.listed(&[]).into_iter().find(|id| *id != place.id).unwrap();
    // As an older release made it: the column is not there.
    let connection = rusqlite::Connection::open(place.store()).unwrap();
    connection.execute_batch("drop index sessions_tagged_1; alter table sessions drop column tags").unwrap();
    drop(connection);
    let log = Options::new().read_only(true).open(place.store()).unwrap();
    let has_column = || {
        let sql = "select count(*) from pragma_table_info('sessions') where name = 'tags'";
        log.open_reader().unwrap().query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap()
    };
    assert_eq!(place.listed(&[]).len(), 29);
    assert!(place.listed(&["--tag", "wip"]).is_empty());
    assert_eq!(place.json(&["sql", "select distinct tags from sessions"])["rows"][0]["tags"], "[]");
    place.run(&["verify", "--full", "-q"]);
    assert!(!has_column(), "reading wrote");
    place.run(&["tag", &place.id, "+wip"]);
    assert!(has_column());
    assert_eq!(place.listed(&["--tag", "wip"]), [place.id.as_str()]);
    assert_eq!(place.json(&["tag", &other])["tags"], serde_json::json!([]));
    place.run(&["verify", "--full", "-q"]);
}

#[test]
fn what_is_no_tag_is_refused_and_changes_nothing() {
    let place = Place::new();
    for wrong in ["+", "+two words", "+a,b", "++a", "plain", "+\u{1b}[31m"] {
        let out = place.retold(&["tag", &place.id, wrong]);
        assert_eq!(out.status.code(), Some(2), "{wrong:?}: {out:?}");
    }
    assert!(place.tags().is_empty());
    assert_eq!(place.retold(&["tag", &place.id]).status.code(), Some(1));
}
