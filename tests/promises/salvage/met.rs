//! The damages that somebody may meet, and where each command leads from there.

use std::path::Path;

use rand::RngExt as _;
use retold_core::Log;
use retold_tests::pages::{PAGE, Scan};
use retold_tests::{Store, all_events};

use super::{program, root, text, with_everything};

/// The damages that somebody may meet, by name.
fn damages() -> Vec<(&'static str, Vec<u8>, Store)> {
    let damaged = |change: &dyn Fn(&mut Vec<u8>, &Path)| {
        let store = with_everything();
        let mut bytes = std::fs::read(store.path()).unwrap();
        change(&mut bytes, &store.path());
        (bytes, store)
    };
    let zeroed = |range: std::ops::Range<usize>| {
        damaged(&|bytes: &mut Vec<u8>, _: &Path| bytes[range.clone()].fill(0))
    };
    let mut all = vec![
        ("cut by one page", damaged(&|bytes, _| bytes.truncate(bytes.len() - PAGE))),
        ("cut in the middle", damaged(&|bytes, _| bytes.truncate(bytes.len() / 2))),
        ("header zeroed", zeroed(0..100)),
        ("first page zeroed", zeroed(0..PAGE)),
        ("page size changed", damaged(&|bytes, _| bytes[16] = 0x20)),
        ("schema newer", damaged(&|bytes, _| bytes[63] |= 0x40)),
        ("schema older", damaged(&|bytes, _| bytes[63] = 2)),
        ("application changed", damaged(&|bytes, _| bytes[68] ^= 1)),
        ("root of the list of tables", zeroed(100..140)),
    ];
    for table in ["event", "stream", "commit_key", "log", "dictionary"] {
        all.push((
            table,
            damaged(&|bytes, path| {
                let page = root(path, table);
                bytes[(page - 1) * PAGE..page * PAGE].fill(0);
            }),
        ));
    }
    all.into_iter().map(|(name, (bytes, store))| (name, bytes, store)).collect()
}

/// Every hint names another command than the one that gave it, and those that look a store over finish.
#[test]
fn no_hint_leads_back_and_what_is_damaged_is_found() {
    for (what, bytes, store) in damages() {
        let bad = store.folder().join("bad.db");
        std::fs::write(&bad, &bytes).unwrap();
        for arguments in [
            &["verify"][..],
            &["verify", "--full"],
            &["doctor"],
            &["sessions"],
            &["log"],
            &["store", "head"],
            &["store", "stats"],
            &["sql", "select count(*) from events"],
            &["backup", "b.db"],
            &["store", "compact"],
            &["store", "migrate", "status"],
            &["store", "migrate", "up"],
            &["projections", "rebuild"],
            &["mark"],
            &["projections"],
            &["store", "quarantine", "list"],
        ] {
            std::fs::write(&bad, &bytes).unwrap();
            for ending in ["-wal", "-shm", "-journal"] {
                let _none = std::fs::remove_file(format!("{}{ending}", bad.display()));
            }
            let answer = program(&bad, arguments);
            let said = text(&answer);
            let code = answer.status.code();
            let words = if ["store", "projections"].contains(&arguments[0]) { 2 } else { 1 };
            let own = format!("retold {}", arguments[..words.min(arguments.len())].join(" "));
            let leads = |line: &&str| line.contains("hint:") || line.starts_with("        ");
            let loops = said
                .lines()
                .filter(leads)
                .any(|line| line.split('`').any(|part| part == own || part.starts_with(&format!("{own} "))));
            assert!(!loops || code == Some(0), "{what}: {arguments:?} leads back to itself: {said}");
            assert!(!said.contains("panicked"), "{what}: {arguments:?}: {said}");
            if arguments[0] == "verify" {
                assert!(matches!(code, Some(0 | 3 | 10)), "{what}: {arguments:?}: {said}");
                assert!(code != Some(10) || said.contains("retold store recover"), "{what}: {said}");
                // An older schema is brought up to date first.
                assert!(code != Some(3) || what == "schema older", "{what}: {said}");
            }
            if arguments[0] == "doctor" {
                assert!(matches!(code, Some(0 | 1 | 10)), "{what}: {said}");
            }
        }
        std::fs::write(&bad, &bytes).unwrap();
        let new = store.folder().join("new.db");
        let answer = program(&bad, &["store", "recover", bad.to_str().unwrap(), new.to_str().unwrap()]);
        let mut scan = Scan::default();
        scan.file(&bytes);
        let log = Log::open(store.path()).unwrap();
        let connection = log.open_reader().unwrap();
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        let id: [u8; 16] = one("select id from log").try_into().unwrap();
        let found = scan.verified(&[id], &one("select bytes from dictionary where id = 2"));
        let saved = Log::open(&new).map(|log| all_events(&log).len()).unwrap_or_default();
        // Without its log's id nothing can be vouched for, unless somebody kept it.
        assert!(
            saved >= found.len() || what == "log",
            "{what}: {saved} of {}: {}",
            found.len(),
            text(&answer)
        );
    }
}

/// Whatever one byte of the header is, nothing of the log is lost by it.
#[test]
fn no_byte_of_the_header_costs_an_event() {
    let store = with_everything();
    let bytes = std::fs::read(store.path()).unwrap();
    for at in 0..100 {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << retold_trial::chance::rng().random_range(0..8);
        let folder = tempfile::tempdir().unwrap();
        let [bad, new] = ["bad.db", "new.db"].map(|name| folder.path().join(name));
        std::fs::write(&bad, &bytes).unwrap();
        let answer = program(&bad, &["store", "recover", bad.to_str().unwrap(), new.to_str().unwrap()]);
        assert!(matches!(answer.status.code(), Some(0 | 6)), "byte {at}: {}", text(&answer));
        assert_eq!(all_events(&Log::open(&new).unwrap()).len(), 9, "byte {at}: {}", text(&answer));
    }
}
