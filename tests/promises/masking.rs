//! What looks like a secret is counted on import, and masked where that is said: for every tool, and for good.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::transcripts::{Owner, TOOLS, files, text, write};

/// Secrets of three kinds; put together here so that no scanner takes this file for a leak.
fn secrets() -> [(&'static str, String); 3] {
    [
        ("github-token", format!("{}_{}", "ghp", "0123456789abcdefghijABCDEFGHIJ012345")),
        ("password-in-url", format!("{}-{}", "h4nt3r2", "h4nt3r3")),
        ("named-secret", format!("{}{}", "kJ8sZq2Lw9x", "Tn4Vb7mRcPf3")),
    ]
}

/// A text that says them all.
fn leak() -> String {
    let [token, password, named] = secrets().map(|(_, secret)| secret);
    format!("{token} postgres://ada:{password}@db.local/x password={named} ")
}

/// The same, masked.
fn masked_leak() -> String {
    secrets().iter().fold(leak(), |text, (rule, secret)| text.replace(secret, &format!("[masked: {rule}]")))
}

/// What the leak is put before, in the files of every tool.
const WORD: &str = "the ";

fn place_of(text: &str, bytes: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}

fn has_secret(bytes: &[u8]) -> bool {
    secrets().iter().any(|(_, secret)| place_of(secret, bytes).is_some())
}

fn leaked(bytes: &[u8]) -> Vec<u8> {
    match String::from_utf8(bytes.to_vec()) {
        Ok(text) => text.replace(WORD, &(leak() + WORD)).into_bytes(),
        Err(_) => bytes.to_vec(),
    }
}

/// Puts the leak into everything that a tool left.
fn leak_into(home: &Path) {
    for (name, bytes) in files(home) {
        let path = home.join(&name);
        if name.ends_with(".zst") {
            let plain = zstd::decode_all(&bytes[..]).unwrap();
            std::fs::write(&path, zstd::encode_all(&leaked(&plain)[..], 3).unwrap()).unwrap();
        } else if bytes.starts_with(b"SQLite format 3") {
            leak_into_database(&path);
        } else {
            std::fs::write(&path, leaked(&bytes)).unwrap();
        }
    }
}

fn leak_into_database(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for table in names("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'") {
        for column in names(&format!("select name from pragma_table_info('{table}')")) {
            let sql = format!(
                "update or ignore \"{table}\" set \"{column}\" = replace(\"{column}\", ?1, ?2) where typeof(\"{column}\") = 'text'"
            );
            connection.execute(&sql, [WORD, &(leak() + WORD)]).unwrap();
        }
    }
}

fn owner_of(tool: &str) -> Owner {
    let owner = Owner::of(tool);
    leak_into(&owner.home());
    owner
}

fn count(receipt: &Value, kind: &str) -> u64 {
    receipt["totals"]["secrets"][kind].as_u64().unwrap_or(0)
}

/// Asserts that nothing that the store gives has a secret.
fn assert_masked(owner: &Owner, tool: &str) {
    let folder = tempfile::tempdir_in(owner.folder.path()).unwrap();
    let place = folder.path().join("native");
    owner.command(&["export", "--format", "native", place.to_str().unwrap()]).output().unwrap();
    for (name, bytes) in files(&place) {
        let bytes = if name.ends_with(".zst") { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
        assert!(!has_secret(&bytes), "{tool}: {name}: {}", String::from_utf8_lossy(&bytes));
    }
    let events = owner.run(&["export", "--format", "jsonl", "--events"], 0);
    if let Some(line) = events.lines().find(|line| has_secret(line.as_bytes())) {
        panic!("{tool}: {line}");
    }
    // It looks through every body and text of the store.
    let found = owner.command(&["redact", "--secrets", "--reason", "x", "-n"]).output().unwrap();
    assert_eq!(found.status.code(), Some(1), "{tool}: {}", text(&found));
    for word in ["ghp", "h4nt3r2", "kJ8sZq2Lw9xTn4Vb7mRcPf3"] {
        let found = owner.command(&["search", word]).output().unwrap();
        assert_eq!(found.status.code(), Some(1), "{tool}: {}", text(&found));
    }
}

/// Changes the files so that they are read again from their begin, and hold what they held.
fn rewrite(home: &Path) {
    for (name, bytes) in files(home) {
        if name.ends_with(".jsonl") {
            write(&home.join(&name), &[b"\n", &bytes[..]].concat());
        }
    }
}

#[test]
fn secrets_are_counted_by_kind_for_every_tool() {
    for tool in TOOLS {
        let owner = owner_of(tool);
        let output = owner.command(&["import", tool]).output().unwrap();
        let said = text(&output);
        assert!(said.contains(" github-token"), "{tool}: {said}");
        assert!(said.contains("--mask-secrets"), "{tool}: {said}");
        let receipt = owner.receipt(tool);
        for (kind, _) in secrets() {
            assert!(count(&receipt, kind) > 0, "{tool}: {kind}: {receipt}");
        }
        assert_eq!(receipt["totals"]["masked"], 0, "{tool}");
        let listed = text(&owner.command(&["sources", "--tool", tool]).output().unwrap());
        assert!(listed.contains("0 of them masked"), "{tool}: {listed}");
        // Every byte is there as long as nobody says otherwise.
        owner.run(&["check", "--tool", tool], 0);
        let exported = owner.exported();
        for (name, bytes) in files(&owner.home()) {
            if !bytes.starts_with(b"SQLite format 3") {
                assert!(exported[&name] == bytes, "{tool}: {name}");
            }
        }
    }
}

/// Adds records that do not compress well to the compressed transcript of a tool, and returns their names.
fn lengthen_compressed(home: &Path, bytes: usize) -> Vec<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut names = Vec::new();
    for (name, packed) in files(home).into_iter().filter(|(name, _)| name.ends_with(".zst")) {
        let mut plain = zstd::decode_all(&packed[..]).unwrap();
        for _ in 0..bytes.div_ceil(1 << 20) {
            plain.extend_from_slice(b"{\"type\":\"noise\",\"text\":\"");
            for _ in 0..(1 << 20) / 10 {
                let random = noise();
                plain.extend((0..10).map(|at| LETTERS[usize::try_from(random >> (6 * at) & 63).unwrap()]));
            }
            plain.extend_from_slice(b"\"}\n");
        }
        write(&home.join(&name), &zstd::encode_all(&plain[..], 3).unwrap());
        names.push(name);
    }
    names
}

#[test]
fn the_secrets_of_a_long_compressed_file_are_counted_where_its_bytes_are_kept() {
    let owner = owner_of("codex");
    assert_eq!(lengthen_compressed(&owner.home(), 3 << 20).len(), 1);
    owner.run(&["import", "codex"], 0);
    let events = owner.run(&["export", "--format", "jsonl", "--events"], 0);
    let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let counted: Vec<Value> = events.filter(|event| event["body"]["secrets"].is_array()).collect();
    assert!(!counted.is_empty());
    for event in counted {
        assert!(event["body"]["length"].as_u64().unwrap() > 0, "{event}");
    }
}

#[test]
fn a_compressed_file_that_is_too_long_without_its_secrets_is_named_and_the_others_come_in() {
    let owner = owner_of("codex");
    let names = lengthen_compressed(&owner.home(), 92 << 20);
    let output = owner.command(&["import", "codex", "--mask-secrets"]).output().unwrap();
    let said = text(&output);
    assert!(said.contains(&names[0]) && said.contains("64 MiB"), "{said}");
    let folder = tempfile::tempdir_in(owner.folder.path()).unwrap();
    owner.run(&["export", "--format", "native", folder.path().to_str().unwrap()], 6);
    let exported = files(folder.path());
    assert!(!exported.contains_key(&names[0]));
    assert!(!exported.is_empty());
    assert_masked(&owner, "codex");
}

#[test]
fn what_is_masked_on_the_way_in_is_nowhere_and_does_not_come_back() {
    for tool in TOOLS {
        let plain = owner_of(tool);
        plain.run(&["import", tool], 0);
        let owner = owner_of(tool);
        let output = owner.command(&["import", tool, "--mask-secrets"]).output().unwrap();
        assert!(text(&output).contains(" masked"), "{tool}: {}", text(&output));
        assert_masked(&owner, tool);
        let receipt = owner.receipt(tool);
        for (kind, _) in secrets() {
            assert_eq!(count(&receipt, kind), count(&plain.receipt(tool), kind), "{tool}: {kind}");
        }
        let all = receipt["totals"]["secrets"].as_object().unwrap().values();
        let all: u64 = all.map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(receipt["totals"]["masked"], all, "{tool}");
        // What is left means the same.
        let mut wanted = plain.receipt(tool).to_string();
        for (rule, secret) in secrets() {
            wanted = wanted.replace(&secret, &format!("[masked: {rule}]"));
        }
        let mut wanted: Value = serde_json::from_str(&wanted).unwrap();
        let mut found = receipt.clone();
        for receipt in [&mut wanted, &mut found] {
            receipt["totals"]["masked"].take();
            for source in receipt["sources"].as_array_mut().unwrap() {
                source["masked"].take();
            }
        }
        assert_eq!(found["sessions"].to_string().replace(leak().as_str(), &masked_leak()), {
            wanted["sessions"].to_string()
        });
        // The check says that it was masked, and does not call it different.
        let checked = text(&owner.command(&["check", "--tool", tool]).output().unwrap());
        assert!(checked.contains("masked"), "{tool}: {checked}");
        assert!(checked.contains(" 0 different"), "{tool}: {checked}");
        // Again, and without the option: nothing new.
        let head = owner.head();
        owner.run(&["import", tool, "--mask-secrets"], 0);
        owner.run(&["import", tool], 0);
        owner.run(&["import"], 0);
        assert_eq!(owner.head(), head, "{tool}");
        // Nor where the files are read again from their begin: what comes of that is what comes of it without secrets.
        let [again, wanted] = [&owner, &plain].map(|owner| {
            rewrite(&owner.home());
            owner.run(&["import", tool], 0);
            owner.receipt(tool)
        });
        assert_masked(&owner, tool);
        for what in ["sessions", "user", "assistant", "tool_calls", "tool_results"] {
            assert_eq!(again["totals"][what], wanted["totals"][what], "{tool}: {what}");
        }
    }
}

#[test]
fn what_came_in_before_is_not_told_again_when_secrets_are_masked_later() {
    for tool in TOOLS {
        let owner = owner_of(tool);
        let plain = owner_of(tool);
        let [before, after] = [(&plain, None), (&owner, Some("--mask-secrets"))].map(|(owner, option)| {
            owner.run(&["import", tool], 0);
            rewrite(&owner.home());
            owner.run(&["import", tool].into_iter().chain(option).collect::<Vec<_>>(), 0);
            owner.receipt(tool)
        });
        for what in ["sessions", "user", "assistant", "tool_calls", "tool_results"] {
            assert_eq!(after["totals"][what], before["totals"][what], "{tool}: {what}");
        }
    }
}

#[test]
fn the_setting_and_the_environment_mask_and_what_is_masked_stays_so_until_it_is_taken_back() {
    let tool = "claude";
    let owner = owner_of(tool);
    let mut command = owner.command(&["import", tool]);
    assert!(command.env("RETOLD_MASK_SECRETS", "true").status().unwrap().success());
    assert_masked(&owner, tool);
    let owner = owner_of(tool);
    write(&owner.home().join(".config/retold/config.toml"), b"mask-secrets = true\n");
    owner.run(&["import", tool], 0);
    assert_masked(&owner, tool);
    assert!(owner.run(&["import", "--exclude"], 0).contains("secrets"));
    // Said in the store: without the setting it holds, for what is new too.
    std::fs::remove_dir_all(owner.home().join(".config")).unwrap();
    let new = |name: &str| {
        let (_, bytes) = files(&owner.home())
            .into_iter()
            .find(|(name, _)| name.ends_with("4d598096-6ffa-525f-ab63-d428a0262d72.jsonl"))
            .unwrap();
        let text = String::from_utf8(bytes).unwrap().replace("4d598096-6ffa-525f-ab63", name);
        write(
            &owner.home().join(format!(".claude/projects/-home-dev-atlas/{name}-d428a0262d72.jsonl")),
            text.as_bytes(),
        );
    };
    new("4d598096-6ffa-525f-ab64");
    owner.run(&["import", tool], 0);
    assert_masked(&owner, tool);
    owner.run(&["import", "--include", "secrets", tool], 0);
    assert_masked(&owner, tool);
    new("4d598096-6ffa-525f-ab65");
    owner.run(&["import", tool], 0);
    assert!(
        owner
            .run(&["export", "--format", "jsonl", "--events"], 0)
            .lines()
            .any(|line| has_secret(line.as_bytes()))
    );
}

#[test]
fn a_secret_that_is_written_bit_by_bit_is_never_kept_in_part() {
    let tool = "claude";
    let owner = owner_of(tool);
    let whole = files(&owner.home());
    let (name, bytes) = whole
        .iter()
        .find(|(name, bytes)| name.ends_with(".jsonl") && name.contains("projects") && has_secret(bytes))
        .unwrap();
    let path = owner.home().join(name);
    let at = place_of(&secrets()[0].1, bytes).unwrap();
    for end in [at + 3, at + 10, at + 30, at + 44, at + 70, bytes.len()] {
        std::fs::write(&path, &bytes[..end]).unwrap();
        owner.run(&["import", tool, "--mask-secrets"], 0);
        let events = owner.run(&["export", "--format", "jsonl", "--events"], 0);
        assert!(!events.contains("ghp_") && !events.contains("h4nt3r2"), "{end}");
    }
    assert_masked(&owner, tool);
    owner.run(&["check", "--tool", tool], 0);
}

#[test]
fn the_editors_sessions_are_not_masked_and_that_is_refused() {
    let owner = Owner::new();
    let output = owner.command(&["import", "ait42", "--mask-secrets"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}
