//! What fuzzers found or began with is replayed, and changed at random a little: nothing panics, nothing writes that only
//! reads.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::Path;

use rand::RngExt as _;

use crate::{held, nightly};

type Target = fn(&[u8]);

const TARGETS: [(&str, Target, u32); 8] = [
    ("event_body", targets::event_body, 40),
    ("event_bytes", targets::event_bytes, 2000),
    ("store_file", targets::store_file, 20),
    ("legacy_json", targets::legacy_json, 10),
    ("point", targets::point, 10),
    ("sql", targets::sql, 10),
    ("projection", targets::projection, 10),
    ("rpc_lines", targets::rpc_lines, 10),
];

/// Changes some bytes: flips, copies, cuts, as fuzzers do first.
fn changed(bytes: &[u8]) -> Vec<u8> {
    let mut rng = retold_trial::chance::rng();
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..5) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = [0, 0xff, 0x7f, 0x80, 0xc6, 0xdf][rng.random_range(0..6)],
            2 => bytes.truncate(at),
            3 => bytes.insert(at, rng.random()),
            _ => {
                let end = (at + rng.random_range(1..16)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                let to = rng.random_range(0..=bytes.len());
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

#[test]
fn the_corpus_of_every_fuzzer_harms_nothing() {
    for (name, target, changes) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
        let mut runs = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            target(&bytes);
            for _ in 0..nightly(changes) {
                target(&changed(&bytes));
            }
            runs += 1 + nightly(changes);
        }
        held(name, runs);
    }
}
