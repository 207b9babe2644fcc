//! Stores that are made ready for a command.

use crate::support::{FIRST, Place, SECOND, sample};

pub(super) fn sessions() -> Place {
    Place::with_sessions()
}

/// Two sessions with something to prune, and an archive that has it.
pub(super) fn ready_to_prune() -> Place {
    let place = Place::empty();
    place.piped(&["import", &sample("sessions/4bc8e7777a46ac6b.json"), "-q"]).exited_with(0);
    let archive = path(&place, "whole.db");
    place.piped(&["backup", &archive, "-q"]).done();
    place
}

pub(super) fn pruned() -> Place {
    let place = ready_to_prune();
    let archive = path(&place, "whole.db");
    place.piped(&["store", "prune", "--before", "head", "--archive", &archive, "-q"]).done();
    place
}

pub(super) fn with_projection() -> Place {
    let place = Place::with_sessions();
    for version in ["1", "2"] {
        let text = DECLARATION.replace("VERSION", version);
        let file = place.file(&format!("roles{version}.sql"), text);
        place.piped(&["projections", "add", &file]).done();
    }
    let text = DECLARATION.replace("VERSION", "1").replace("roles", "others");
    let file = place.file("others.sql", text);
    place.piped(&["projections", "add", &file]).done();
    place.file("roles3.sql", DECLARATION.replace("VERSION", "3"));
    place.file("more.sql", DECLARATION.replace("VERSION", "1").replace("roles", "more"));
    // Whatever a rebuild makes is not what stands there.
    let sidecars = place.folder().join("sessions.db-sidecars");
    for entry in std::fs::read_dir(sidecars).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "db") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let table = if name.starts_with("roles") { "roles" } else { "others" };
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute(&format!("update {table} set n = n + 100"), []).unwrap();
        }
    }
    place
}

pub(super) const DECLARATION: &str = "-- projection: roles\n-- version: VERSION\n\
    create table roles (role text primary key, n integer not null) strict;\n-- on: MessageAdded\n\
    insert into roles values (:role, 1) on conflict do update set n = n + 1;\n";

pub(super) fn with_secret() -> Place {
    let place = Place::with_sessions();
    let name = retold_core::StreamName::session("atlas", SECOND, 1);
    let body = retold_core::event::TaskChanged {
        task: format!("use ghp_{}", "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fXrLuA"),
        updated_at: None,
    };
    place.log().append(retold_core::Commit::to(name, retold_core::Expected::Any, [body])).unwrap();
    place
}

/// A projection with rows that came from bodies which are pruned by now.
pub(super) fn pruned_with_rows() -> Place {
    let place = with_projection();
    place.piped(&["store", "prune", "--before", "head", "--archive", &path(&place, "whole.db"), "-q"]).done();
    place
}

pub(super) fn damaged() -> Place {
    let place = Place::with_sessions();
    std::fs::copy(place.path(), path(&place, "copy.db")).unwrap();
    let head: serde_json::Value = place.piped(&["store", "head", "-o", "json"]).json();
    place.file("id", head["rows"][0]["log"].as_str().unwrap());
    // It does not say any more whose log it is.
    place.tamper("pragma journal_mode = delete; update log set id = zeroblob(16)");
    place
}

pub(super) fn deleted() -> Place {
    let place = Place::with_sessions();
    for id in [FIRST, SECOND] {
        place.piped(&["delete", id]).done();
    }
    let archive = path(&place, "old.db");
    place.piped(&["backup", &archive, "-q"]).done();
    place.piped(&["undelete", FIRST]).done();
    place
}

pub(super) fn with_files() -> Place {
    let place = Place::empty();
    for part in ["sessions/37c00bcc6c3693ff.json", "sessions/4bc8e7777a46ac6b.json"] {
        for folder in ["a", "b"] {
            place.file(&format!("{folder}/{part}"), std::fs::read(sample(part)).unwrap());
        }
    }
    place.piped(&["import", &path(&place, "a")]).exited_with(0);
    place
}

pub(super) fn archived() -> Place {
    let place = with_files();
    place.piped(&["ait42", "archive", &path(&place, "a/sessions"), "-q"]).done();
    place
}

pub(super) fn exported() -> Place {
    let place = Place::with_sessions();
    place.file("out.csv", "written by somebody else\n");
    place
}

pub(super) fn with_quarantine() -> Place {
    let place = Place::with_sessions();
    let file = place.file("0123456789abcdef.json", r#"[{"id": "torn", "type": "competition"}, {"id": 7}]"#);
    let other = place.file("fedcba9876543210.json", r#"[{"id": "torn too", "type": "competition"}]"#);
    place.piped(&["import", &file, &other]).exited_with(6);
    place.file("mended.json", std::fs::read(sample("sessions/37c00bcc6c3693ff.json")).unwrap());
    place
}

pub(super) fn grown() -> Place {
    let place = Place::empty();
    let whole: serde_json::Value =
        serde_json::from_slice(&std::fs::read(sample("sessions/37c00bcc6c3693ff.json")).unwrap()).unwrap();
    let file = place.file("0123456789abcdef.json", serde_json::to_vec(&whole).unwrap());
    place.file("other/37c00bcc6c3693ff.json", serde_json::to_vec(&whole).unwrap());
    place.piped(&["import", &file]).exited_with(0);
    let less: Vec<_> = whole.as_array().unwrap().iter().skip(1).cloned().collect();
    place.file("0123456789abcdef.json", serde_json::to_vec(&less).unwrap());
    place
}

pub(super) fn with_backups() -> Place {
    let place = Place::with_sessions();
    for name in ["kept/one-20261101T090000Z.db", "kept/two-20261102T090000Z.db"] {
        std::fs::create_dir_all(place.folder().join("kept")).unwrap();
        place.piped(&["backup", &path(&place, name), "-q"]).done();
    }
    place
}

pub(super) fn marked() -> Place {
    let place = Place::with_sessions();
    place.piped(&["mark", "m", "3", "-q"]).done();
    place
}

pub(super) fn path(place: &Place, name: &str) -> String {
    place.folder().join(name).to_str().unwrap().to_owned()
}
