//! An import holds one session at a time, not the file.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use retold_benches::generate::{Shape, session, sessions, terminal_log, write_sessions};
use retold_tests::Store;
use retold_tests::import::Home;

const MIB: u64 = 1024 * 1024;

/// Imports in a process of its own; returns the most memory that it had in use.
fn peak_of_import(home: &Home) -> u64 {
    let store = Store::new();
    let output = Command::new(env!("CARGO_BIN_EXE_child"))
        .arg("import")
        .args([&store.path(), &home.path()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (imported, peak) = text.trim().split_once(' ').unwrap();
    assert_ne!(imported, "0");
    peak.parse().unwrap()
}

fn write(path: &Path, all: impl Iterator<Item = retold_benches::legacy::Session>) -> u64 {
    let mut out = BufWriter::new(File::create(path).unwrap());
    write_sessions(&mut out, all).unwrap();
    out.flush().unwrap();
    path.metadata().unwrap().len()
}

#[test]
fn a_large_file_takes_no_more_memory_than_its_largest_session() {
    let home = Home::new();
    let shape = Shape { sessions: 600, output_bytes: 26_000, ..Shape::KIB_16 };
    let bytes = write(&home.file("aa.json"), sessions(&shape, 5));
    assert!(bytes > 50 * MIB, "{bytes} bytes");
    let peak = peak_of_import(&home);
    println!("{} MiB in one file: {} MiB at the most", bytes / MIB, peak / MIB);
    assert!(peak < 64 * MIB + 2 * 200 * 1024, "{peak} bytes");
}

#[test]
fn a_large_session_takes_no_more_memory_than_twice_its_size() {
    let one_output = {
        let mut large = session(&Shape::KIB_16, 5, 0, "/work/atlas");
        large.instances[0].output = Some(terminal_log(7, 36 << 20));
        large
    };
    let many_messages =
        session(&Shape { messages_per_session: 40_000, message_bytes: 900, ..Shape::KIB_16 }, 5, 0, "/w");
    for large in [one_output, many_messages] {
        let home = Home::new();
        let bytes = write(&home.file("aa.json"), std::iter::once(large));
        assert!(bytes > 30 * MIB, "{bytes} bytes");
        let peak = peak_of_import(&home);
        println!("{} MiB in one session: {} MiB at the most", bytes / MIB, peak / MIB);
        // What the process takes by itself, with SQLite's caches, and what a session of many messages takes for each.
        assert!(peak < 80 * MIB + 2 * bytes, "{peak} bytes for a session of {bytes}");
    }
}
