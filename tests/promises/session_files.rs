//! One rule says what a session file is, and every command goes by it.

use std::path::{Path, PathBuf};
use std::process::Command;

use retold_tests::place::{Place, case, list, session};
use serde_json::Value;

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_program"))
}

/// Imports the folder into a store of its own; returns the exit code, the workspaces and the names of what was skipped.
fn import(place: &Place, store: &str) -> (i32, Vec<String>, Vec<String>) {
    let imported = place.run_on(store, &["import", "d", "-o", "json"]);
    let report: Value = serde_json::from_slice(&imported.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&imported.stderr)));
    let listed = place.run_on(store, &["sessions", "-o", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap_or_default();
    let rows = listed["rows"].as_array().cloned().unwrap_or_default();
    let mut workspaces: Vec<String> =
        rows.iter().map(|row| row["workspace"].as_str().unwrap().to_owned()).collect();
    workspaces.sort();
    (imported.status.code().unwrap(), workspaces, names(&report["skipped"]))
}

fn names(skipped: &Value) -> Vec<String> {
    let file = |one: &Value| {
        let path = PathBuf::from(one["file"].as_str().unwrap());
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let mut names: Vec<String> = skipped.as_array().unwrap().iter().map(file).collect();
    names.sort();
    names
}

/// A file of one session.
fn only(id: &str) -> Vec<u8> {
    list(&[session(id, 0, &[])])
}

const BASE: &str = "0123456789abcdef.json";

/// What is made of a path.
enum Made {
    Taken(&'static str),
    PassedOver,
    Named,
}
use Made::{Named, PassedOver, Taken};

/// What is put at a path of the folder, beside `0123456789abcdef.json`.
type Put = fn(&Path);

fn file(path: &Path) {
    std::fs::write(path, only(&path.to_string_lossy())).unwrap();
}

#[cfg(unix)]
fn table() -> Vec<(&'static str, Put, Made)> {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let to_file: Put = |path| {
        let target = path.parent().unwrap().parent().unwrap().join("kept elsewhere.txt");
        file(&target);
        symlink("../kept elsewhere.txt", path).unwrap();
    };
    let to_nothing: Put = |path| symlink("../nothing.json", path).unwrap();
    let to_folder: Put = |path| symlink("..", path).unwrap();
    let circle: Put = |path| symlink(path.file_name().unwrap(), path).unwrap();
    let empty: Put = |path| std::fs::write(path, "").unwrap();
    let folder: Put = |path| std::fs::create_dir(path).unwrap();
    let pipe: Put = |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let socket: Put = |path| drop(UnixListener::bind(path).unwrap());
    vec![
        ("fedcba9876543210.json", file, Taken("fedcba9876543210")),
        ("FEDCBA9876543210.JSON", file, Taken("fedcba9876543210")),
        ("FEDCBA9876543210.json", file, Taken("fedcba9876543210")),
        ("w1.JSON", file, Taken("w1")),
        ("no hash.json", file, Taken("no hash")),
        ("my plan 2.json", file, Taken("my plan 2")),
        ("w1.json.archive", file, Taken("w1")),
        ("w1.json.migrated", file, Taken("w1")),
        ("fedcba9876543210.json", to_file, Taken("fedcba9876543210")),
        (".hidden.json", file, PassedOver),
        ("._0123456789abcdef.json", file, PassedOver),
        (".export-x7Yq3.json", file, PassedOver),
        (".0123456789abcdef.json.0123456789abcdef.partial", file, PassedOver),
        (".retold-mirror", file, PassedOver),
        ("workspace_mapping.json", |path| std::fs::write(path, "{}").unwrap(), PassedOver),
        ("notes.txt", file, PassedOver),
        ("0123456789abcdef.json~", file, PassedOver),
        ("0123456789abcdef.json.bak", file, PassedOver),
        ("empty.json", empty, PassedOver),
        ("notes.txt", to_nothing, PassedOver),
        (".#w1.json", to_nothing, PassedOver),
        ("0123456789abcdef (Ada's conflicted copy 2026-11-23).json", file, Named),
        ("w1 (conflicted copy 2026-11-23 101500).json", file, Named),
        ("0123456789abcdef.sync-conflict-20261123-101500-ABCDEFG.json", file, Named),
        ("0123456789abcdef 2.json", file, Named),
        ("0123456789abcdef (1).json", file, Named),
        ("0123456789abcdef~.json", file, Named),
        ("0123456789abcdef copy.json", file, Named),
        ("0123456789ABCDEF.json", file, Named),
        ("fedcba9876543210.json~", file, Named),
        ("fedcba9876543210~", file, Named),
        ("fedcba9876543210.json.gz", file, Named),
        ("fedcba9876543210.json", to_nothing, Named),
        ("fedcba9876543210.json", to_folder, Named),
        ("fedcba9876543210.json", circle, Named),
        ("fedcba9876543210.json", folder, Named),
        ("fedcba9876543210.json", pipe, Named),
        ("fedcba9876543210.json", socket, Named),
    ]
}

#[cfg(unix)]
#[test]
fn a_file_is_taken_passed_over_or_named_by_one_rule() {
    for (name, put, made) in table() {
        let place = place();
        place.put(BASE, only("base"));
        put(&place.dir().join(name));
        let (code, workspaces, skipped) = import(&place, "s.db");
        let (expected_code, expected, named) = match made {
            Taken(workspace) => (0, vec![BASE.trim_end_matches(".json"), workspace], vec![]),
            PassedOver => (0, vec![BASE.trim_end_matches(".json")], vec![]),
            Named => (6, vec![BASE.trim_end_matches(".json")], vec![name]),
        };
        assert_eq!(code, expected_code, "{name}");
        assert_eq!(skipped, named, "{name}");
        assert_eq!(workspaces, expected, "{name}");
        // A check goes by the same rule, and an archive takes no more than that away.
        let checked = place.run(&["check", "--against", "d", "-o", "json"]);
        let answer: Value = serde_json::from_slice(&checked.stdout).unwrap();
        assert_eq!(names(&answer["skipped"]), named, "{name}");
        // A copy that was set aside is history: no file has its sessions today.
        let is_set_aside = name.ends_with(".archive") || name.ends_with(".migrated");
        let expected_of_check = if is_set_aside { 1 } else { expected_code };
        assert_eq!(checked.status.code(), Some(expected_of_check), "{name}");
        let archived = place.run(&["ait42", "archive", "d", "--to", "a.tar.zst"]);
        assert_eq!(
            archived.status.code(),
            Some(expected_code),
            "{name}: {}",
            String::from_utf8_lossy(&archived.stderr)
        );
        assert!(!place.dir().join(BASE).exists());
        // The mirror's checkpoint goes with its files, and what killed runs left is swept.
        let is_ours = name == "empty.json" || name.ends_with(".partial") || name == ".retold-mirror";
        if !matches!(made, Taken(_)) && !is_ours {
            assert!(place.dir().join(name).symlink_metadata().is_ok(), "{name} is not ours to take away");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_mirror_goes_by_the_same_rule() {
    for (name, put, made) in table() {
        let place = place();
        place.put(BASE, only("base"));
        put(&place.dir().join(name));
        let store = place.folder.path().join("s.db");
        let history = retold::Options::new().mirror(place.dir()).open(&store).unwrap();
        let skipped = history.mirror_status().unwrap().unwrap().skipped;
        assert_eq!(
            skipped.iter().any(|line| line.contains(name)),
            matches!(made, Named),
            "{name}: {skipped:?}"
        );
        let workspaces: std::collections::BTreeSet<String> =
            retold_tests::import::sessions(history.store().log())
                .into_iter()
                .map(|held| held.name.workspace)
                .collect();
        let others: Vec<&str> = workspaces
            .iter()
            .map(String::as_str)
            .filter(|name| *name != BASE.trim_end_matches(".json"))
            .collect();
        match made {
            Taken(workspace) => assert_eq!(others, [workspace], "{name}"),
            PassedOver | Named => assert_eq!(others, [""; 0], "{name}"),
        }
    }
}

#[test]
fn hidden_files_are_passed_over() {
    let place = place();
    for entry in std::fs::read_dir(case("05-what-is-a-session-file")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), place.dir().join(entry.file_name())).unwrap();
    }
    std::fs::write(place.dir().join("._0a0a0a0a0a0a0a05.json"), b"\0\x05\x16\x07 not a session").unwrap();
    std::fs::write(place.dir().join(".export-a1B2c3.json"), b"[{\"id\": \"half").unwrap();
    assert_eq!(import(&place, "s.db"), (0, vec!["0a0a0a0a0a0a0a05".to_owned()], vec![]));
}

#[cfg(unix)]
#[test]
fn a_link_is_called_by_its_own_name() {
    let place = place();
    std::fs::copy(
        case("06-symlinked-file/kept-elsewhere.json"),
        place.folder.path().join("kept-elsewhere.json"),
    )
    .unwrap();
    std::os::unix::fs::symlink("../kept-elsewhere.json", place.dir().join("0a0a0a0a0a0a0a06.json")).unwrap();
    assert_eq!(import(&place, "s.db"), (0, vec!["0a0a0a0a0a0a0a06".to_owned()], vec![]));
    assert!(place.run(&["export", "--format", "ait42", "out"]).status.success());
    let names: Vec<_> = std::fs::read_dir(place.folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["0a0a0a0a0a0a0a06.json"]);
    // By itself as in its folder, and read again it says nothing new.
    let alone = place.run(&["import", "d/0a0a0a0a0a0a0a06.json", "-o", "json"]);
    let report: Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(report["events_appended"], 0, "{report}");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let place = place();
    place.put(BASE, only("base"));
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.json");
    retold_trial::needs!(ByteNames);
    place.put(name, only("lost"));
    let (code, workspaces, skipped) = import(&place, "s.db");
    assert_eq!((code, workspaces.len(), skipped), (6, 1, vec!["caf\u{fffd}.json".to_owned()]));
}

#[test]
fn a_copy_that_is_named_is_taken_in_as_an_older_copy() {
    let place = place();
    place.put(BASE, only("base"));
    place.put("0123456789abcdef 2.json", only("only in the copy"));
    assert_eq!(import(&place, "s.db").0, 6);
    let taken = place.run(&["import", "d/0123456789abcdef 2.json"]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert_eq!(import(&place, "s.db").1, ["0123456789abcdef"; 2]);
}

#[test]
fn the_help_states_the_rule() {
    let place = place();
    let help = place.run(&["help", "import"]);
    let text = String::from_utf8(help.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        ".json.migrated",
        "upper case is as good",
        "Hidden files",
        "conflicted copy",
        "sync-conflict",
        "not Unicode",
        "link is called by its own name",
        "exit 6",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
