//! What is no session history is refused in clear words, before anything is written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use retold_importer::Error;
use retold_importer::ait42::Sources;
use retold_tests::import::{dirty, files};
use retold_tests::{Store, words};

fn refused(path: &Path) -> (Error, String) {
    let error = Sources::find(&[path.to_owned()], &BTreeMap::new()).unwrap_err();
    let words = words(&error).replace(path.to_str().unwrap(), "PATH");
    (error, words)
}

fn given(file: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_path_that_does_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let (error, words) = refused(&folder.path().join("none"));
    assert!(matches!(error, Error::Io { .. }));
    assert_eq!(words, "import PATH: No such file or directory (os error 2)");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_folder_without_sessions() {
    let (folder, _) = given("notes.txt", b"[]");
    std::fs::create_dir_all(folder.path().join("sessions")).unwrap();
    let (error, words) = refused(folder.path());
    assert!(matches!(error, Error::NoSessions { .. }));
    assert_eq!(words, "import PATH: no session files in this folder");
    // Beside one that has some, too.
    let (other, _) = given("aa.json", b"[]");
    let paths = [other.path().to_owned(), folder.path().to_owned()];
    assert!(matches!(Sources::find(&paths, &BTreeMap::new()), Err(Error::NoSessions { .. })));
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn a_text_file() {
    let (folder, path) = given("notes.json", b"dear diary");
    let (error, words) = refused(&path);
    assert!(matches!(error, Error::NotAHistory { .. }));
    assert_eq!(
        words,
        "import PATH: not a session history, expected a JSON array of sessions, found text that begins with `d`"
    );
    assert_eq!(files(folder.path()).len(), 1);
    let (_folder, path) = given("not-json.json", &dirty("not-json.json"));
    assert!(matches!(refused(&path).0, Error::NotAHistory { .. }));
    let (_folder, path) = given("picture.json", b"\x89PNG");
    assert!(refused(&path).1.ends_with("found a byte 0x89"));
}

#[test]
fn an_sqlite_file() {
    let store = Store::new();
    drop(store.open());
    let before = files(store.folder());
    let (error, words) = refused(&store.path());
    assert!(matches!(error, Error::NotAHistory { .. }));
    assert!(words.ends_with("found a SQLite database"), "{words}");
    assert!(files(store.folder()) == before);
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder() {
    use std::os::unix::fs::PermissionsExt;

    use retold_tests::ordinary::{as_ordinary_user, give_to_ordinary_user};
    retold_trial::needs!(OrdinaryUser);
    let (folder, _) = given("d/aa.json", b"[]");
    let hidden = folder.path().join("d");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    give_to_ordinary_user(folder.path());
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut program = as_ordinary_user(Path::new(env!("CARGO_BIN_EXE_program")));
    program.arg("--store").arg(folder.path().join("s.db")).arg("import").arg(&hidden);
    let output = program.output().unwrap();
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o700)).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{said}");
    let expected = format!("read the folder {}: permission denied", hidden.display());
    assert!(said.contains(&expected), "{said}");
    assert!(!folder.path().join("s.db").exists(), "before anything is written");
}
