//! Every dirty file gives its whole sessions, and the rest of it is set aside with its bytes.

use std::collections::BTreeMap;

use retold_benches::legacy;
use retold_core::{Session, read_session};
use retold_importer::quarantine;
use retold_tests::Store;
use retold_tests::import::{Home, dirty, exported, files, sample, sessions};

/// File, whole sessions, quarantined pieces: as `examples/ait42/dirty/README.md` has them.
const FILES: &[(&str, u64, u64)] = &[
    ("truncated.json", 2, 1),
    ("cut-between-sessions.json", 2, 0),
    ("two-arrays.json", 4, 0),
    ("byte-order-mark.json", 2, 0),
    ("nul-run.json", 2, 0),
    ("nul-run-middle.json", 2, 1),
    ("invalid-utf8.json", 3, 0),
    ("damaged-middle.json", 4, 1),
    ("damaged-across.json", 2, 1),
    ("old-tail.json", 2, 1),
    ("old-tail-with-session.json", 3, 1),
    ("trailing-comma.json", 2, 0),
    ("object.json", 1, 0),
    ("not-json.json", 0, 1),
    ("wrong-type.json", 2, 1),
    ("missing-key.json", 2, 1),
    ("duplicate-keys.json", 2, 1),
    ("lone-surrogate.json", 3, 0),
    ("out-of-range-numbers.json", 1, 5),
    ("null-elements.json", 2, 1),
    ("unknown-keys.json", 2, 0),
    ("deep.json", 2, 0),
    ("twins.json", 3, 0),
    ("repeated-ids.json", 2, 0),
    ("unknown-statuses.json", 4, 0),
    ("edge-numbers.json", 3, 0),
    ("empty-strings.json", 2, 0),
    ("mixed-timestamps.json", 5, 0),
    ("any-id.json", 6, 0),
    ("control-characters.json", 1, 0),
    ("completed-and-running.json", 3, 0),
    ("no-such-instance.json", 2, 0),
    ("doubled-history.json", 1, 0),
    ("invented-worktrees.json", 2, 0),
    ("absent-keys.json", 2, 0),
    ("reordered-keys.json", 2, 0),
    ("compact.json", 2, 0),
    ("windows-lines.json", 2, 0),
    ("escaped.json", 2, 0),
    ("blank.json", 0, 0),
    ("empty.json", 0, 0),
    ("overwritten.json", 0, 0),
    ("e3b0c44298fc1c14.json", 2, 0),
    ("stale-archive.json", 1, 0),
    ("stale-archive.json.archive", 4, 0),
    ("only-migrated.json.migrated", 2, 0),
    ("update-before.json", 5, 0),
    ("update-after.json", 4, 0),
    ("second-hash-as-given.json", 1, 0),
    ("second-hash-canonical.json", 1, 0),
];

/// Files with strings that no text can hold: no JSON reader takes them, and they come out as they went in.
const NO_TEXT: [&str; 2] = ["invalid-utf8.json", "lone-surrogate.json"];

#[test]
fn every_dirty_file_is_in_the_table() {
    let table: BTreeMap<_, _> = FILES.iter().map(|(file, whole, aside)| (*file, (*whole, *aside))).collect();
    let there = files(&sample().join("dirty"));
    let names = there.keys().map(|path| path.to_str().unwrap()).filter(|name| *name != "README.md");
    assert!(names.eq(table.keys().copied()));
    let readme = std::fs::read_to_string(sample().join("dirty/README.md")).unwrap();
    for line in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let told = (cells[4].parse().unwrap(), cells[5].parse().unwrap());
        assert_eq!(table[cells[1].trim_matches('`')], told, "{line}");
    }
}

#[test]
fn whole_sessions_are_imported_and_the_rest_is_kept_as_bytes() {
    for (file, whole, aside) in FILES {
        let bytes = dirty(file);
        let (home, store) = (Home::of(file, &bytes), Store::new());
        let log = store.open();
        let report = home.import(&log);
        assert_eq!(
            (report.sessions.read, report.sessions.quarantined),
            (*whole, *aside),
            "{file}: {report:?}"
        );
        // Said, and nothing to keep.
        let odd = ["cut-between-sessions.json", "nul-run.json", "truncated.json"].contains(file);
        assert_eq!(!report.warnings.is_empty(), odd, "{file}: {:?}", report.warnings);
        assert_eq!((report.sessions.imported, report.reproduced), (*whole, *whole), "{file}");
        assert_eq!(report.quarantined.len() as u64, *aside, "{file}");
        assert!(report.not_reproduced.is_empty() && !report.interrupted, "{file}");
        let stretch = |offset: u64, length: u64| {
            &bytes[usize::try_from(offset).unwrap()..][..usize::try_from(length).unwrap()]
        };

        let kept = quarantine::list(&log).unwrap();
        assert_eq!(kept.len() as u64, *aside, "{file}");
        for (record, told) in kept.iter().zip(&report.quarantined) {
            assert_eq!((record.offset, record.length), (told.offset, told.length), "{file}");
            assert_eq!(quarantine::raw(&log, record.id).unwrap(), stretch(record.offset, record.length));
            assert_eq!(record.resolved_at, None);
        }
        // Each session is the one at its place in the file, and never one made of two.
        let held = sessions(&log);
        assert_eq!(held.len() as u64, *whole, "{file}");
        for session in held {
            let source = session.meta.unwrap().source.unwrap();
            let text: Session = read_session(stretch(source.offset, source.length)).unwrap();
            assert_eq!(session.state.session, text, "{file}");
            for record in &kept {
                let apart = source.offset + source.length <= record.offset
                    || record.offset + record.length <= source.offset;
                assert!(apart, "{file}");
            }
        }
        assert_eq!(std::fs::read(home.file(file)).unwrap(), bytes, "{file} was changed");
    }
}

#[test]
fn what_the_legacy_writer_could_have_written_comes_out_byte_for_byte() {
    let mut written = 0;
    for (file, whole, _) in FILES.iter().filter(|(_, whole, _)| *whole > 0) {
        let bytes = dirty(file);
        let by_writer = serde_json::from_slice::<Vec<legacy::Session>>(&bytes)
            .is_ok_and(|sessions| serde_json::to_vec_pretty(&sessions).unwrap() == bytes);
        let (home, store) = (Home::of(file, &bytes), Store::new());
        let log = store.open();
        home.import(&log);
        let out = exported(&log);
        assert_eq!(out.len(), 1, "{file}");
        let text = out.values().next().unwrap();
        if NO_TEXT.contains(file) {
            assert!(*text == bytes, "{file}");
            continue;
        }
        let again: Vec<Session> = serde_json::from_slice(text).unwrap();
        assert_eq!(again.len() as u64, *whole, "{file}");
        if by_writer {
            written += 1;
            assert!(*text == bytes, "{file}");
        } else if let Ok(before) = serde_json::from_slice::<Vec<Session>>(&bytes) {
            assert_eq!(again, before, "{file}");
        }
    }
    assert!(written > 15, "{written} files are as the legacy writer writes them");
}
