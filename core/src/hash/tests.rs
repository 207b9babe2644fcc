use super::{Header, body_commit, meta_digest, stream_key};
use crate::{EventHash, LogId, StreamName};

/// The golden vectors of docs/FORMAT.md, in its order.
fn vectors() -> Vec<(&'static str, String)> {
    let hex = |bytes: [u8; 32]| blake3::Hash::from_bytes(bytes).to_hex().to_string();
    let salt = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let body = b"\x81\xa4task\xadmend the door";
    let commit = body_commit(&salt, body);
    let session_key = stream_key(&StreamName::session("atlas", "a1", 1));
    let meta = meta_digest(Some(b"\x81\xa6origin\xabapplication"));
    let header = Header {
        log: LogId(salt.map(|byte| 0xf0 | byte)),
        position: 7,
        stream_key: &session_key,
        revision: 3,
        kind: 2,
        schema_version: 1,
        commit_first: 7,
        recorded_at: 1_763_082_123_123_456,
        occurred_at: -1,
        meta_digest: &meta,
        body_commit: &commit,
        previous: EventHash([0x11; 32]),
        previous_in_stream: EventHash([0x22; 32]),
    };
    let first = Header {
        position: 1,
        revision: 1,
        commit_first: 1,
        meta_digest: &meta_digest(None),
        previous: EventHash::ZERO,
        previous_in_stream: EventHash::ZERO,
        ..header
    };
    vec![
        ("body_commit", hex(commit)),
        ("body_commit of an empty body", hex(body_commit(&[0; 16], b""))),
        ("meta_digest", hex(meta)),
        ("meta_digest of no meta", hex(meta_digest(None))),
        ("stream_key of a session", hex(session_key)),
        ("stream_key of its twin", hex(stream_key(&StreamName::session("atlas", "a1", 2)))),
        ("stream_key of a workspace", hex(stream_key(&StreamName::workspace("修理")))),
        ("hash of a header", header.hash().to_string()),
        ("hash of a first event", first.hash().to_string()),
    ]
}

#[test]
fn a_commitment_stands_in_its_place_of_a_header() {
    let header = |body_commit: &[u8; 32]| {
        let one = [1; 32];
        Header {
            log: LogId([1; 16]),
            position: 1,
            stream_key: &one,
            revision: 1,
            kind: 1,
            schema_version: 1,
            commit_first: 1,
            recorded_at: 1,
            occurred_at: 1,
            meta_digest: &one,
            body_commit,
            previous: EventHash(one),
            previous_in_stream: EventHash(one),
        }
        .bytes()
    };
    let mut patched = header(&[0; 32]);
    patched[Header::BODY_COMMIT].copy_from_slice(&[0xc0; 32]);
    assert_eq!(patched, header(&[0xc0; 32]));
}

#[test]
fn the_hashes_are_those_of_the_format_document() {
    let document = include_str!("../../../docs/FORMAT.md");
    let (_, section) = document.split_once("## Golden vectors").unwrap();
    let row = |line: &str| {
        let (name, hex) = line.strip_prefix("| ")?.split_once(" | ")?;
        Some((name.to_owned(), hex.strip_prefix('`')?.strip_suffix("` |")?.to_owned()))
    };
    let written: Vec<(String, String)> = section.lines().filter_map(row).collect();
    let computed: Vec<_> = vectors().into_iter().map(|(name, hex)| (name.to_owned(), hex)).collect();
    assert_eq!(computed, written);
}

#[test]
fn every_field_of_a_header_counts() {
    let (zeros, ones) = ([0; 32], [1; 32]);
    let header = Header {
        log: LogId([0; 16]),
        position: 0,
        stream_key: &zeros,
        revision: 0,
        kind: 0,
        schema_version: 0,
        commit_first: 0,
        recorded_at: 0,
        occurred_at: 0,
        meta_digest: &zeros,
        body_commit: &zeros,
        previous: EventHash::ZERO,
        previous_in_stream: EventHash::ZERO,
    };
    let one = EventHash([1; 32]);
    let hashes = [
        header.hash(),
        Header { log: LogId([1; 16]), ..header }.hash(),
        Header { position: 1, ..header }.hash(),
        Header { stream_key: &ones, ..header }.hash(),
        Header { revision: 1, ..header }.hash(),
        Header { kind: 1, ..header }.hash(),
        Header { schema_version: 1, ..header }.hash(),
        Header { commit_first: 1, ..header }.hash(),
        Header { recorded_at: 1, ..header }.hash(),
        Header { occurred_at: 1, ..header }.hash(),
        Header { meta_digest: &ones, ..header }.hash(),
        Header { body_commit: &ones, ..header }.hash(),
        Header { previous: one, ..header }.hash(),
        Header { previous_in_stream: one, ..header }.hash(),
    ];
    let different: std::collections::HashSet<_> = hashes.iter().collect();
    assert_eq!(different.len(), hashes.len());
}

#[test]
fn the_names_of_two_streams_never_run_together() {
    let key = |workspace: &str, id: &str, ordinal| stream_key(&StreamName::session(workspace, id, ordinal));
    assert_ne!(key("ab", "c", 1), key("a", "bc", 1));
    assert_ne!(key("a", "", 1), stream_key(&StreamName::workspace("a")));
}
