//! The power goes. What was acknowledged with FULL is there; with NORMAL, what is left is the beginning of it.
//!
//! A file system of its own in a file is shut down under a running writer, so that the kernel writes nothing more, and
//! mounted again. That takes root on Linux.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use retold_core::Event;

use crate::kills::check;
use crate::{held, nightly};

/// An ext4 file system in a file.
struct Disk {
    folder: tempfile::TempDir,
    cut: PathBuf,
}

fn did(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

impl Disk {
    fn new() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("cut.c");
        let folder = tempfile::tempdir().unwrap();
        // Each its own: one that is being made cannot be run.
        let disk = Self { cut: folder.path().join("cut"), folder };
        let is_there = did(Command::new("cc").arg("-o").arg(&disk.cut).arg(source))
            && did(Command::new("truncate").args(["-s", "64M"]).arg(disk.image()))
            && did(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(disk.image()))
            && std::fs::create_dir(disk.mount()).is_ok()
            && disk.on();
        assert!(is_there, "a file system in a file");
        disk
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn mount(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    fn store(&self) -> PathBuf {
        self.mount().join("sessions.db")
    }

    fn on(&self) -> bool {
        did(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.mount()))
    }

    fn off(&self) -> bool {
        did(Command::new("umount").arg(self.mount()))
    }

    fn cut(&self) -> bool {
        did(Command::new(&self.cut).arg(self.mount()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _not_mounted = did(Command::new("umount").args(["-l"]).arg(self.mount()));
    }
}

/// Writes until somewhere in the midst of it, cuts the power, and returns what had been acknowledged.
fn write_and_cut(disk: &Disk, run: u32, normal: &str) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_child"))
        .arg("callers")
        .arg(disk.store())
        .args([format!("run{run}").as_str(), "4", normal])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    for _ in 0..retold_trial::chance::range(1..80) {
        let mut line = String::new();
        printed.read_line(&mut line).unwrap();
        acknowledged.extend(line.strip_suffix('\n').map(str::to_owned));
    }
    let is_cut = disk.cut();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_cut, "this kernel does not shut a file system down");
    // What was told after this moment counts for nothing: Linux lets an fsync that is under way while the file system is
    // shut down return success without having written. Where the power really goes, nobody is left to be told.
    let mut told_too_late = String::new();
    printed.read_to_string(&mut told_too_late).unwrap();
    assert!(disk.off() && disk.on(), "the file system comes back");
    acknowledged
}

#[test]
fn nothing_that_was_acknowledged_is_lost_with_the_power() {
    retold_trial::needs!(Power);
    let disk = Disk::new();
    let runs = nightly(20);
    let mut acknowledged = Vec::new();
    for run in 0..runs {
        acknowledged.extend(write_and_cut(&disk, run, "full"));
        check(&disk.store(), &acknowledged);
    }
    held("power cut, FULL", runs);
}

#[test]
fn what_is_left_with_less_durability_is_the_beginning_of_it() {
    retold_trial::needs!(Power);
    let disk = Disk::new();
    let runs = nightly(20);
    let mut lost = 0;
    for run in 0..runs {
        let acknowledged = write_and_cut(&disk, run, "normal");
        // Nothing is asked for but that what is there is whole.
        let events = check(&disk.store(), &[]);
        for line in &acknowledged {
            let (position, text) = line.split_once(' ').unwrap();
            match events.get(position.parse::<usize>().unwrap() - 1).map(|event| &event.event) {
                // It is beyond the end: no event behind it is there either.
                None => lost += 1,
                Some(Some(Event::TaskChanged(body))) => assert_eq!(body.task, text, "a hole"),
                Some(other) => panic!("{line}: {other:?}"),
            }
        }
    }
    held("power cut, NORMAL", runs);
    eprintln!("power cut, NORMAL: {lost} acknowledged pairs were lost, all from the end");
}
