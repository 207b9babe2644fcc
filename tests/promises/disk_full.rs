//! A full disk stops the writer, not the readers, and what was acknowledged is there.

use std::path::Path;
use std::process::Command;

use retold_core::{Commit, Error, Expected, Log};
use retold_tests::{all_events, assert_sound, message, name, task};

/// A file system of 2 MiB.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(mounted.status.success(), "{mounted:?}");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_full_disk_latches_the_writer_and_nothing_else() {
    retold_trial::needs!(Mount);
    let disk = SmallDisk::mount();
    let path = disk.path().join("sessions.db");
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![0; 1024 * 1024]).unwrap();
    let log = Log::open(&path).unwrap();
    let mut acknowledged = 0;
    let error = loop {
        let text: String =
            (0..20_000).map(|_| char::from(retold_trial::chance::range(b'!'..=b'~'))).collect();
        match log.append(Commit::to(name("a1"), Expected::Any, [message(text)])) {
            Ok(appended) => acknowledged = appended.last.get(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Full { .. } | Error::Sqlite { .. }), "{error:?}");
    let refused = log.append(Commit::to(name("a1"), Expected::Any, [task("small")]));
    assert!(matches!(refused, Err(Error::Latched { .. })), "{refused:?}");

    // Reads go on, with and without room.
    let events = all_events(&log).len() as u64;
    assert!(acknowledged > 0 && events >= acknowledged, "{events} of {acknowledged}");
    assert_sound(&log);
    std::fs::remove_file(&ballast).unwrap();
    let refused = log.append(Commit::to(name("a1"), Expected::Any, [task("small")]));
    assert!(matches!(refused, Err(Error::Latched { .. })), "{refused:?}");

    drop(log);
    let log = Log::open(&path).unwrap();
    assert!(all_events(&log).len() as u64 >= acknowledged);
    log.append(Commit::to(name("a1"), Expected::Any, [task("there is room again")])).unwrap();
    assert_sound(&log);
    drop(log);
}
