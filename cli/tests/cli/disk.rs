//! A disk that is full, a folder that is read-only, a store that is cut off: one clear error each.

use std::path::Path;
use std::process::Command;

use crate::support::{Place, sample, snapshot};

#[test]
fn a_store_that_was_cut_off_is_damaged() {
    let place = Place::with_sample();
    let length = std::fs::metadata(place.path()).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(place.path()).unwrap().set_len(length / 2).unwrap();
    for ending in ["-wal", "-shm"] {
        let mut path = place.path().into_os_string();
        path.push(ending);
        let _absent = std::fs::remove_file(path);
    }
    for args in [&["sessions"][..], &["import", &sample("")], &["sql", "select count(*) from event"]] {
        let answer = place.piped(args);
        assert_eq!(answer.exit, std::process::ExitCode::from(10), "{args:?}: {}", answer.err);
        assert_eq!(answer.err.matches("error:").count(), 1, "{args:?}: {}", answer.err);
    }
    snapshot!(place.piped(&["sessions"]).refused(10), @"
    error: open the store: the store is damaged: database disk image is malformed
    hint: `retold verify` says how far the damage goes
    ");
    let verified = place.piped(&["verify"]);
    assert_eq!(verified.exit, std::process::ExitCode::from(10), "{}", verified.err);
    assert!(verified.out.starts_with("damaged: "), "{}", verified.out);
    assert!(verified.err.contains("retold store recover"), "{}", verified.err);
    std::fs::OpenOptions::new().write(true).open(place.path()).unwrap().set_len(50).unwrap();
    snapshot!(place.piped(&["sessions"]).refused(10), @"
    error: open the store: the store is damaged: its header is cut short
    hint: `retold verify` says how far the damage goes
    ");
}

/// Mounts a file system of `options` on a folder until it is dropped. Only root may.
struct Mount<'p>(&'p Path);

impl<'p> Mount<'p> {
    fn new(folder: &'p Path, options: &str) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).output().unwrap();
        assert!(mounted.status.success(), "{mounted:?}");
        Self(folder)
    }

    fn remount(&self, options: &str) {
        let mounted = Command::new("mount").args(["-o", options]).arg(self.0).status();
        assert!(mounted.is_ok_and(|status| status.success()));
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg(self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_to_be_full() {
    retold_trial::needs!(Mount);
    let place = Place::empty();
    let folder = place.folder().join("small");
    let _mount = Mount::new(&folder, "size=200k");
    let store = folder.join("sessions.db");
    let store = store.to_str().unwrap();
    snapshot!(place.piped(&["import", &sample(""), "--store", store]).refused(5), @"
    error: catch up the read models: the disk is full
    hint: make room; what was acknowledged before is safe
    ");
}

/// What cannot be brought up to date answers as of where it is, and says so.
#[cfg(target_os = "linux")]
#[test]
fn a_projection_on_a_full_disk_answers_as_of_its_checkpoint() {
    retold_trial::needs!(Mount);
    let place = Place::empty();
    let folder = place.folder().join("small");
    let _mount = Mount::new(&folder, "size=6m");
    let store = folder.join("sessions.db");
    let store = store.to_str().unwrap();
    place.piped(&["import", &sample(""), "--store", store]).done();
    let questions = [&["search", "login", "--store", store][..], &["metrics", "--store", store]];
    let before = questions.map(|question| place.piped(question).out);
    place.piped(&["fork", "7c2f4b1e", "--store", store]).exited(0);
    // Whatever there is room for is taken, to the last byte.
    let mut ballast = std::fs::File::create(folder.join("ballast")).unwrap();
    let mut piece = vec![1; 64 * 1024];
    while !piece.is_empty() {
        if std::io::Write::write_all(&mut ballast, &piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
    for (question, before) in questions.into_iter().zip(before) {
        let answer = place.piped(question);
        assert_eq!(answer.exit, std::process::ExitCode::SUCCESS, "{question:?}: {}", answer.err);
        assert_eq!(answer.out, before, "{question:?}");
        for words in ["holds events up to position 606", "cannot be brought up to date", "the disk is full"] {
            assert!(answer.err.contains(words), "{question:?}: {}", answer.err);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_said_to_be_so() {
    retold_trial::needs!(Mount);
    let place = Place::empty();
    let folder = place.folder().join("fixed");
    let mount = Mount::new(&folder, "size=8m");
    let store = folder.join("sessions.db");
    let store = store.to_str().unwrap();
    place.piped(&["import", &sample(""), "--store", store]).done();
    mount.remount("remount,ro");
    snapshot!(place.piped(&["import", &sample(""), "--store", store]).refused(5), @"
    error: open the store for writing: the store is read-only
    hint: SQLite writes beside the store too: its folder must be writable
    ");
    for words in
        [&["sessions"][..], &["verify"], &["search", "login"], &["metrics"], &["sessions", "--at", "40"]]
    {
        place.piped(&[words, &["--store", store]].concat()).exited_with(0);
    }
    let other = folder.join("inner/other.db");
    snapshot!(place.piped(&["import", &sample(""), "--store", other.to_str().unwrap()]).refused(5), @"error: create the folder [folder]/fixed/inner: the file system is read-only");
    let out = folder.join("out");
    snapshot!(place.piped(&["export", "--format", "ait42", out.to_str().unwrap(), "--store", store]).refused(5), @"error: create the folder [folder]/fixed/out: the file system is read-only");
}
