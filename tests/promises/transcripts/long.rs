//! A file beside transcripts that is too long to be looked through at once.

use serde_json::Value;

use super::{Owner, files, write};

/// Files beside transcripts that are longer are looked through in steps of this many bytes.
const LONG: usize = 64 << 20;
const STEP: usize = 1 << 18;
const TOKEN: &[u8] = b"ghp_0123456789abcdefghijABCDEFGHIJ012345";

#[test]
fn no_secret_is_kept_wherever_in_a_long_file_it_is() {
    let owner = Owner::of("claude");
    let mut bytes = b"what a tool returned\n".repeat((LONG + STEP) / 21 + 1);
    // Across the end of a step, by any part of it, and across what is looked through once more.
    let places = (1..=TOKEN.len()).map(|part| part * STEP - part);
    let again = (1..=4).map(|number| (60 + number) * STEP - (1 << 16) - number * 9);
    let places: Vec<usize> = places.chain(again).collect();
    for place in &places {
        bytes[*place] = b'\n';
        bytes[*place + 1..][..TOKEN.len()].copy_from_slice(TOKEN);
        bytes[*place + 1 + TOKEN.len()] = b'\n';
    }
    let name = ".claude/projects/-home-dev-atlas/ca7e40ea-7a08-57bb-98b7-2d2979d65e82/tool-results/long.txt";
    write(&owner.home().join(name), &bytes);
    let told = owner.run(&["import", "claude", "--mask-secrets", "-o", "jsonl"], 0);
    let told: Value = serde_json::from_str(&told).unwrap();
    let found: u64 = told["secrets"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(found, places.len() as u64, "{told}");
    let exported = tempfile::tempdir_in(owner.folder.path()).unwrap();
    // It says that something is masked.
    owner.run(&["export", "--format", "native", exported.path().to_str().unwrap()], 6);
    let kept = std::fs::read(exported.path().join(name)).unwrap();
    assert!(kept.len() > LONG && !String::from_utf8_lossy(&kept).contains("ghp_0123"));
    let (head, left) = (owner.head(), files(&owner.home())[name] == bytes);
    owner.run(&["import", "claude"], 0);
    assert!(left && owner.head() == head);
}
