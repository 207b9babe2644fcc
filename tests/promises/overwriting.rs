//! No file is written over that holds what the store lacks, unless that was asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use retold_core::Progress;
use retold_importer::Error;
use retold_importer::ait42::{self, Existing, Why};
use retold_tests::Store;
use retold_tests::import::{files, head, import, parse};
use retold_tests::place::{Place, case_file, list, session};
use serde_json::Value;

const FILE: &str = "0a0a0a0a0a0a0a02.json";

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_program"))
}

/// A case's file, under a name.
fn place_of(case: &str, name: &str) -> Place {
    let place = place();
    place.put(name, case_file(case));
    place
}

#[test]
fn a_newer_file_is_not_written_over_until_the_store_has_it() {
    let place = place_of("02-export-over-newer/before.json", FILE);
    place.exits(&["import", "d"], 0);
    let newer = case_file("02-export-over-newer/after.json");
    place.put(FILE, &newer);
    let told = place.exits(&["export", "--format", "ait42", "d"], 9);
    assert_eq!(
        told,
        format!(
            "error: cannot export to d: 1 file holds what the store lacks\n  \
             {FILE}: plant-list is a version that the store never had\n  {FILE}: new-one is not in the store\n\
             hint: nothing was written; `retold import d` takes in what it can; --force replaces the files all the same\n"
        )
    );
    assert!(place.bytes(FILE) == newer);
    place.exits(&["import", "d"], 0);
    place.exits(&["export", "--format", "ait42", "d"], 0);
    assert!(place.bytes(FILE) == newer);
    // An older state is one that the store has been through.
    place.put(FILE, case_file("02-export-over-newer/before.json"));
    place.exits(&["export", "--format", "ait42", "d"], 0);
    assert!(place.bytes(FILE) == newer);
}

#[test]
fn force_replaces_whatever_is_there() {
    let place = place_of("02-export-over-newer/before.json", FILE);
    place.exits(&["import", "d"], 0);
    place.put(FILE, case_file("02-export-over-newer/after.json"));
    place.exits(&["export", "--format", "ait42", "d", "--force"], 0);
    assert!(place.bytes(FILE) == case_file("02-export-over-newer/before.json"));
}

#[test]
fn what_is_only_in_the_quarantine_is_named_and_not_written_over() {
    let place = place_of("03-quarantined-but-consistent/0a0a0a0a0a0a0a03.json", "0a0a0a0a0a0a0a03.json");
    place.exits(&["import", "d"], 6);
    let checked = place.exits(&["check", "--against", "d"], 6);
    assert!(checked.contains("1 consistent") && checked.contains(", 1 only in the quarantine"), "{checked}");
    assert!(checked.contains("no-update"), "{checked}");
    let before = place.bytes("0a0a0a0a0a0a0a03.json");
    let told = place.exits(&["export", "--format", "ait42", "d"], 9);
    assert!(told.contains("no-update is only in the quarantine"), "{told}");
    assert!(place.bytes("0a0a0a0a0a0a0a03.json") == before);
    let told = place.exits(&["ait42", "archive", "d"], 6);
    assert!(told.contains("only in the quarantine") && told.contains("no-update"), "{told}");
    place.exits(&["ait42", "unarchive", "d"], 0);
    assert!(place.bytes("0a0a0a0a0a0a0a03.json") == before);
}

/// Each file beside the store's, and how the store lacks something of it; `None` where it lacks nothing.
#[test]
fn a_file_is_compared_by_what_the_store_ever_had() {
    let (one, two) = (session("a", 1, &["m1"]), session("b", 1, &["x"]));
    let grown = session("a", 2, &["m1", "m2"]);
    let store = Store::new();
    let log = store.open();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("w1.json");
    let versions = [vec![one.clone(), two.clone()], vec![grown.clone(), two.clone()]];
    for version in &versions {
        std::fs::write(&path, list(version)).unwrap();
        import(&log, home.path());
    }
    let torn = |bytes: Vec<u8>, length: usize| bytes[..length].to_vec();
    let twins = [one.clone(), one.clone(), grown.clone()];
    for (what, bytes, why) in [
        ("as it is", list(&versions[1]), vec![]),
        ("as it was", list(&versions[0]), vec![]),
        ("compact", serde_json::to_vec(&versions[0]).unwrap(), vec![]),
        ("in another order", list(&[two.clone(), grown.clone()]), vec![]),
        ("without one", list(std::slice::from_ref(&two)), vec![]),
        ("said twice", list(&twins), vec![]),
        ("empty", Vec::new(), vec![]),
        ("an empty list", b"[]".to_vec(), vec![]),
        ("never written", vec![0; 4096], vec![]),
        ("another session", list(&[two.clone(), session("c", 1, &[])]), vec![("c", Why::NoSession)]),
        ("gone further", list(&[session("a", 3, &["m1", "m2", "m3"])]), vec![("a", Why::OtherState)]),
        ("another end", list(&[session("a", 2, &["m1", "m4"])]), vec![("a", Why::OtherState)]),
        ("a mixture", list(&[session("a", 1, &["m1", "m2"])]), vec![("a", Why::OtherState)]),
        ("no list", b"{\"id\": 1}".to_vec(), vec![("", Why::Unreadable)]),
        ("half a session", torn(list(&versions[0]), 150), vec![("", Why::Unreadable)]),
        (
            "in a second list",
            [list(&versions[1]), list(&[session("d", 1, &[])])].concat(),
            vec![("d", Why::NoSession)],
        ),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let exported = ait42::export(&log, home.path(), head(&log), Existing::Compare, |_| true);
        if why.is_empty() {
            exported.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(parse(&std::fs::read(&path).unwrap()), parse(&list(&versions[1])), "{what}");
            continue;
        }
        let Err(Error::WouldLose { lacks, written: 0, .. }) = exported else {
            panic!("{what}: {exported:?}")
        };
        let found: Vec<_> = lacks.iter().map(|lack| (lack.id.as_str(), lack.why)).collect();
        assert_eq!(found, why, "{what}");
        assert!(std::fs::read(&path).unwrap() == bytes, "{what}: nothing was written");
    }
}

#[test]
fn one_file_that_would_be_lost_keeps_all_others_as_they_are() {
    let place = place();
    place.put("w1.json", list(&[session("a", 1, &[])]));
    place.put("w2.json", list(&[session("b", 1, &[])]));
    place.exits(&["import", "d"], 0);
    place.put("w1.json", b"[]");
    place.put("w2.json", list(&[session("c", 1, &[])]));
    let before = files(&place.dir());
    place.exits(&["export", "--format", "ait42", "d"], 9);
    assert!(files(&place.dir()) == before);
}

/// The last look is taken once the new file is whole: what was written while it was made is seen.
#[test]
fn what_is_written_while_an_export_is_under_way_is_not_written_over() {
    let place = place();
    place.put("w1.json", list(&[session("a", 1, &[])]));
    place.put("w2.json", list(&[session("b", 1, &[])]));
    place.exits(&["import", "d"], 0);
    let log = place.log();
    let export = |at_the_end: &(dyn Fn() + Sync)| {
        ait42::export(&log, &place.dir(), head(&log), Existing::Compare, |at: Progress| {
            if Some(at.done) == at.total {
                at_the_end();
            }
            true
        })
    };
    // Another session; the same length, in place, at once; and a file where there was none.
    let other = list(&[session("c", 1, &[])]);
    let refused = export(&|| place.put("w2.json", &other));
    let Err(Error::WouldLose { lacks, written, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((lacks[0].id.as_str(), lacks.len(), written), ("c", 1, 1));
    assert!(place.bytes("w2.json") == other);
    std::fs::remove_file(place.dir().join("w2.json")).unwrap();
    assert!(matches!(export(&|| place.put("w2.json", &other)), Err(Error::WouldLose { .. })));
    assert!(place.bytes("w2.json") == other);
    // What the store has been through may go.
    place.put("w2.json", b"[]");
    export(&|| place.put("w2.json", list(&[session("b", 1, &[])]))).unwrap();
    std::fs::remove_file(place.dir().join("w2.json")).unwrap();
    export(&|| place.put("w2.json", b"[]")).unwrap();
    assert_eq!(parse(&place.bytes("w2.json")), parse(&list(&[session("b", 1, &[])])));
}

#[test]
fn what_is_written_while_an_archive_is_made_is_not_taken_away() {
    let place = place();
    for name in ["w1.json", "w2.json"] {
        place.put(name, list(&[session(name, 1, &[])]));
    }
    place.exits(&["import", "d"], 0);
    let log = place.log();
    let newer = list(&[session("w2.json", 1, &[]), session("c", 1, &[])]);
    let calls = AtomicU64::new(0);
    let count = |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        true
    };
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let to = place.folder.path().join("rehearsal.tar.zst");
    let other = tempfile::tempdir().unwrap();
    for name in ["w1.json", "w2.json"] {
        std::fs::copy(place.dir().join(name), other.path().join(name)).unwrap();
    }
    ait42::archive(&log, other.path(), Some(&to), now, &count).unwrap();
    // At every moment that the run tells of.
    for at in 1..=calls.into_inner() {
        place.put("w2.json", list(&[session("w2.json", 1, &[])]));
        let call = AtomicU64::new(0);
        let archived = ait42::archive(&log, &place.dir(), None, now, &|_| {
            if call.fetch_add(1, Ordering::Relaxed) + 1 == at {
                place.put("w2.json", &newer);
            }
            true
        });
        assert!(!matches!(archived, Ok(ait42::Archive::Done(..))), "{at}: {archived:?}");
        assert!(place.bytes("w2.json") == newer, "{at}");
        assert_eq!(files(&place.dir()).len(), 2, "{at}: no archive, and both files");
    }
}

#[test]
fn what_was_pruned_here_is_not_lost_with_the_file_that_has_it() {
    let place = place();
    let whole = list(&[session("a", 1, &["m1"])]);
    place.put("w1.json", &whole);
    place.exits(&["import", "d"], 0);
    place.exits(&["store", "prune", "--before", "head", "--archive", "archive.db"], 0);
    let told = place.exits(&["export", "--format", "ait42", "d"], 9);
    assert!(told.contains("a has messages that are pruned from the store"), "{told}");
    assert!(place.bytes("w1.json") == whole);
    place.exits(&["export", "--format", "ait42", "out"], 0);
    place.exits(&["export", "--format", "ait42", "out"], 0);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    std::fs::create_dir(place.folder.path().join("elsewhere")).unwrap();
    let real = place.folder.path().join("elsewhere/real.json");
    std::fs::write(&real, list(&[session("a", 1, &[])])).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink("../elsewhere/real.json", place.dir().join("w1.json")).unwrap();
    place.exits(&["import", "d"], 0);
    for args in
        [["export", "--format", "ait42", "d"].as_slice(), &["export", "--format", "ait42", "d", "--force"]]
    {
        place.exits(args, 0);
        assert!(place.dir().join("w1.json").symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o644);
    }
    // The other formats likewise, and what the link leads to is what is replaced.
    let (out, rows) = (
        place.folder.path().join("rows.csv"),
        ["export", "--format", "csv", "--table", "sessions", "rows.csv"],
    );
    std::os::unix::fs::symlink("elsewhere/rows.csv", &out).unwrap();
    place.exits(&rows, 0);
    let real = place.folder.path().join("elsewhere/rows.csv");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    place.exits(&rows, 2);
    place.exits(&[rows.as_slice(), &["--force"]].concat(), 0);
    assert!(out.symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_neither_read_nor_replaced() {
    let place = place();
    place.put("w1.json", list(&[session("a", 1, &[])]));
    place.exits(&["import", "d"], 0);
    let path = place.dir().join("w1.json");
    std::fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    place.exits(&["export", "--format", "ait42", "d"], 2);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    place.exits(&["export", "--format", "ait42", "d"], 2);
    assert!(path.is_dir());
}

#[test]
fn a_demo_writes_over_no_file_of_another_making() {
    let place = place();
    place.exits(&["demo", "demo", "-q"], 0);
    place.exits(&["demo", "demo", "-q"], 0);
    let file = place.folder.path().join("demo/ait42/sessions/37c00bcc6c3693ff.json");
    std::fs::write(&file, "[]").unwrap();
    place.exits(&["demo", "demo", "-q"], 2);
    assert_eq!(std::fs::read(&file).unwrap(), b"[]");
}

/// What killed runs leave is gone after the next one, and never counts as a session file.
#[cfg(unix)]
#[test]
fn what_killed_exports_and_archives_leave_the_next_run_removes() {
    use rand::RngExt;
    let place = place();
    let sessions: Vec<Value> = (0..200).map(|n| session(&format!("s{n}"), 1, &["m1", "m2"])).collect();
    for name in ["w1.json", "w2.json", "w3.json"] {
        place.put(name, list(&sessions));
    }
    place.exits(&["import", "d"], 0);
    let commands = [
        vec!["export", "--format", "ait42", "d"],
        vec!["export", "--format", "csv", "--events", "d/events.csv", "--force"],
        vec!["export", "--format", "parquet", "--events", "--partition-by", "month", "d/events", "--force"],
        vec!["ait42", "archive", "d", "--to", "d/sessions-1.tar.zst"],
    ];
    for args in &commands {
        for _ in 0..6 {
            let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
            command
                .arg("--store")
                .arg(place.folder.path().join("s.db"))
                .args(args)
                .current_dir(&place.folder);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(
                retold_trial::chance::rng().random_range(0..150),
            ));
            child.kill().unwrap();
            child.wait().unwrap();
            let _archived_already = std::fs::remove_file(place.dir().join("sessions-1.tar.zst"));
            for name in ["w1.json", "w2.json", "w3.json"] {
                place.put(name, list(&sessions));
            }
        }
        // One that certainly is left over, whatever the kills met.
        place.put(".w9.json.0123456789abcdef.partial", list(&[session("left", 1, &[])]));
        place.exits(&["check", "--against", "d"], 0);
        place.exits(args, 0);
        let hidden: Vec<PathBuf> = files(&place.dir())
            .into_keys()
            .filter(|path| {
                path.to_string_lossy().starts_with('.') && path.to_string_lossy().contains("partial")
            })
            .collect();
        assert_eq!(hidden, Vec::<PathBuf>::new(), "{args:?}");
    }
}

/// Files that an export writes are as an import had them, also where they replace others: nothing else is in the folder.
#[test]
fn an_export_leaves_nothing_beside_its_files() {
    let place = place();
    place.put("w1.json", list(&[session("a", 1, &[])]));
    place.exits(&["import", "d"], 0);
    for _ in 0..3 {
        place.exits(&["export", "--format", "ait42", "d"], 0);
        let expected = BTreeMap::from([(PathBuf::from("w1.json"), list(&[session("a", 1, &[])]))]);
        assert!(files(&place.dir()).keys().eq(expected.keys()));
    }
}
