//! What a command is handed takes a bounded part of the machine, whatever it says of itself.

#![cfg(target_os = "linux")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use retold_tests::import::Home;
use retold_tests::{Store, created, message, name};
use serde_json::json;

pub(crate) const MIB: u64 = 1024 * 1024;

/// Runs the program to its end; returns its exit code, the most memory that it was seen with, and what it said.
pub(crate) fn watched(store: &Store, args: &[&str]) -> (Option<i32>, u64, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("--store")
        .arg(store.path())
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(store.folder().join("said")).unwrap())
        .spawn()
        .unwrap();
    let mut most = 0;
    let code = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(kib.unwrap_or(0) * 1024);
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::yield_now();
    };
    (code, most, std::fs::read_to_string(store.folder().join("said")).unwrap())
}

fn session(key: &str, value: &str) -> String {
    let session = json!({
        "id": "a", "type": "debate", "task": "t", "status": "running", "createdAt": "", "updatedAt": "",
        "instances": [], "chatHistory": [], "@": 0,
    });
    let text = session.to_string();
    match key {
        "" => text.replace("\"@\":0", value),
        key => text.replace("\"@\":0", "\"x\":0").replace(
            &json!({key: session[key]}).to_string()[1..].trim_end_matches('}').to_owned(),
            &format!("\"{key}\":{value}"),
        ),
    }
}

/// Deep, long and many, in a file of some MiB: what it takes is in proportion to the file, or bounded.
#[test]
fn an_import_takes_memory_in_proportion_to_the_longest_session() {
    let many = |element: &str, bytes: usize| vec![element; bytes / (element.len() + 1)].join(",");
    let (deep, long, tiny) = (4 << 20, 24 << 20, 8 << 20);
    for (what, text) in [
        (
            "deep, unknown",
            format!("[{}]", session("", &format!("\"x\":{}{}", "[".repeat(deep), "]".repeat(deep)))),
        ),
        ("deep, at the top", "[".repeat(deep)),
        ("deep, objects", format!("[{}", "{\"a\":".repeat(deep / 5))),
        ("one string", format!("[{}]", session("task", &format!("\"{}\"", "x".repeat(long))))),
        ("one string without an end", format!("[{{\"id\":\"{}", "x".repeat(long))),
        ("unknown list", format!("[{}]", session("", &format!("\"x\":[{}]", many("1", tiny))))),
        ("unknown keys", format!("[{}]", session("", &many("\"\":1", tiny)))),
        ("no messages", format!("[{}]", session("chatHistory", &format!("[{}]", many("{}", tiny))))),
        ("runtimes", format!("[{}]", session("", &format!("\"runtimeMix\":[{}]", many("\"\"", tiny))))),
        (
            "halves of characters",
            format!("[{}]", session("task", &format!("\"{}\"", "\\ud83c".repeat(tiny / 6)))),
        ),
        ("no objects", format!("[{}]", many("0", tiny))),
    ] {
        let (store, home) = (Store::new(), Home::of("0a0a0a0a0a0a0a0a.json", &text));
        let (code, most, said) = watched(&store, &["import", home.path().to_str().unwrap()]);
        assert!(matches!(code, Some(0 | 6)) && !said.contains("panicked"), "{what}: {code:?} {said}");
        println!("{what}: {} MiB of {}", most / MIB, text.len() as u64 / MIB);
        // Some copies at once: the file's, the event's, the row's, and the version's of the temporal read models.
        // Of the rest the program itself, unoptimised and with a server's driver and TLS in it, is half.
        assert!(most < 96 * MIB + 8 * text.len() as u64, "{what}: {} MiB", most / MIB);
    }
}

/// An entry of a tar: its name, kind and size as the header has them, and what writes its bytes.
type Part<'a> = (&'a str, u8, u64, &'a dyn Fn(&mut dyn Write));

/// A tar of what is given: each a header that says what it likes, and bytes.
fn archive(path: &Path, parts: &[Part<'_>]) {
    let mut out = zstd::Encoder::new(std::fs::File::create(path).unwrap(), 1).unwrap();
    for (name, kind, size, content) in parts {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000600");
        header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        header[156] = *kind;
        header[257..265].copy_from_slice(b"ustar  \0");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.write_all(&header).unwrap();
        content(&mut out);
    }
    out.finish().unwrap();
}

#[test]
fn an_archive_takes_no_more_memory_than_its_manifest_may() {
    let files = |files: serde_json::Value| {
        let manifest = json!({
            "format": "retold ait42 archive 1", "created_at": "2026-01-01T00:00:00Z", "log": "x", "position": 1, "files": files,
        });
        let mut bytes = manifest.to_string().into_bytes();
        let size = bytes.len() as u64;
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        (bytes, size)
    };
    let (one, size) = files(json!([{"name": "a.json", "bytes": 1, "blake3": "0".repeat(64)}]));
    let entry = |number: u32| json!({"name": format!("{number:x}"), "bytes": 1, "blake3": "0".repeat(64)});
    let (full, full_size) = files((0..100_000).map(entry).collect());
    let manifest = |out: &mut dyn Write| out.write_all(&one).unwrap();
    let many = |out: &mut dyn Write| out.write_all(&full).unwrap();
    let zeros = |mib: usize| {
        move |out: &mut dyn Write| (0..mib).for_each(|_| out.write_all(&vec![b'a'; 1 << 20]).unwrap())
    };
    let (large, none) = (zeros(400), zeros(0));
    let first: Part<'_> = ("MANIFEST.json", b'0', size, &manifest);
    let store = Store::new();
    let path = store.folder().join("x.tar.zst");
    for (what, parts) in [
        ("a size that lies", vec![first, ("a.json", b'0', 8 * 1024 * MIB - 1, &none)]),
        ("a manifest that lies", vec![("MANIFEST.json", b'0', 60 * MIB, &none)]),
        ("a manifest without an end", vec![("MANIFEST.json", b'0', 400 * MIB, &large)]),
        ("a long name", vec![first, ("././@LongLink", b'L', 400 * MIB, &large)]),
        ("a long name first", vec![("././@LongLink", b'L', 400 * MIB, &large)]),
        ("a long link", vec![first, ("././@LongLink", b'K', 400 * MIB, &large)]),
        ("attributes", vec![first, ("x", b'x', 400 * MIB, &large)]),
        ("global attributes", vec![first, ("x", b'g', 400 * MIB, &large)]),
        ("another file", vec![first, ("b.json", b'0', 400 * MIB, &large)]),
        ("many files that are not there", vec![("MANIFEST.json", b'0', full_size, &many)]),
    ] {
        archive(&path, &parts);
        let into = store.folder().join("into");
        let args = ["ait42", "unarchive", path.to_str().unwrap(), "--into", into.to_str().unwrap()];
        let (code, most, said) = watched(&store, &args);
        assert!(
            code == Some(2) && said.contains("not an archive of session files"),
            "{what}: {code:?} {said}"
        );
        println!("{what}: {} MiB", most / MIB);
        assert!(most < 150 * MIB, "{what}: {} MiB", most / MIB);
        let left = std::fs::read_dir(&into).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{what}");
    }
}

#[test]
fn a_path_of_any_length_comes_back_out_of_an_archive() {
    let (store, home) = (Store::new(), Home::new());
    let names = ["a".repeat(16), "b".repeat(95), "c".repeat(96), "d".repeat(200)];
    for name in &names {
        home.put(&format!("{name}.json"), format!("[{}]", session("", "\"x\":1")));
    }
    let folder = home.path();
    let run = |args: &[&str]| {
        let (code, _, said) = watched(&store, args);
        assert_eq!(code, Some(0), "{args:?}: {said}");
    };
    let before = retold_tests::import::files(&folder);
    run(&["import", folder.to_str().unwrap()]);
    run(&["ait42", "archive", folder.to_str().unwrap()]);
    assert_eq!(retold_tests::import::files(&folder).len(), 1);
    run(&["ait42", "unarchive", folder.to_str().unwrap()]);
    let after = retold_tests::import::files(&folder);
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "{:?}", after.keys());
}

#[test]
fn a_mended_piece_is_a_session_at_most() {
    let (store, home) = (Store::new(), Home::of("0a0a0a0a0a0a0a0a.json", "[{\"id\":1}]"));
    assert_eq!(watched(&store, &["import", home.path().to_str().unwrap()]).0, Some(6));
    let with = store.folder().join("with");
    let file = std::fs::File::create(&with).unwrap();
    // A sparse file: it takes nothing on the disk.
    file.set_len(64 * 1024 * MIB).unwrap();
    let args = ["store", "quarantine", "retry", "1", "--with", with.to_str().unwrap()];
    let (code, most, said) = watched(&store, &args);
    assert!(code == Some(6) && said.contains("longer than 256 MiB"), "{code:?} {said}");
    assert!(most < 600 * MIB, "{} MiB", most / MIB);
}

#[test]
fn a_declaration_takes_no_more_memory_than_its_values_may() {
    let store = Store::new();
    let log = store.open();
    let events = [created("a1"), message("x")];
    log.append(retold_core::Commit::to(name("a1"), retold_core::Expected::Any, events)).unwrap();
    drop(log);
    let head = "-- projection: p\n-- version: 1\ncreate table p (a any) strict;\n-- on: *\n";
    let values = (0..40).map(|number| format!("({number})")).collect::<Vec<_>>().join(",");
    let (parentheses, mut version) = (400_000, 0);
    for (what, sql) in [
        ("a comment", format!("-- projection: p\n-- version: 1\n-- {}", "x".repeat(64 << 20))),
        (
            "deep",
            format!("{head}insert into p values ({}1{});", "(".repeat(parentheses), ")".repeat(parentheses)),
        ),
        ("one value", format!("{head}insert into p values (zeroblob(900000000));")),
        (
            "one value of many",
            format!(
                "{head}insert into p select group_concat(hex(zeroblob(10000000))) from (values {values});"
            ),
        ),
        (
            "rows without end",
            format!(
                "{head}insert into p with recursive n(i) as (select 1 union all select i + 1 from n) select i from n order by i desc;"
            ),
        ),
    ] {
        let file = store.folder().join("p.sql");
        version += 1;
        std::fs::write(&file, sql.replacen("version: 1", &format!("version: {version}"), 1)).unwrap();
        let (code, most, said) = watched(&store, &["projections", "add", file.to_str().unwrap()]);
        assert!(code != Some(0) && said.contains("error: "), "{what}: {code:?} {said}");
        println!("{what}: {} MiB, {said}", most / MIB);
        assert!(most < 700 * MIB, "{what}: {} MiB", most / MIB);
    }
}

/// A query that runs away ends at the time it was given, with one error.
#[test]
fn a_query_ends_at_its_timeout() {
    let store = Store::new();
    let one = retold_core::Commit::to(name("a1"), retold_core::Expected::Any, [created("a1")]);
    let models = retold_projections::Store::open(store.path(), retold_core::Options::new().create(true));
    models.unwrap().log().append(one).unwrap();
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    let begun = std::time::Instant::now();
    for args in [
        vec!["sql", "--timeout", "300ms", endless],
        vec![
            "sql",
            "--timeout",
            "300ms",
            "-o",
            "csv",
            "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
        ],
        vec!["sql", "--timeout", "300ms", "-o", "json", "--at", "head", endless],
    ] {
        let (code, _, said) = watched(&store, &args);
        assert_eq!(code, Some(2), "{said}");
        let said: Vec<&str> = said.lines().filter(|line| !line.starts_with("head: ")).collect();
        let said = said.join("\n");
        assert_eq!(
            said,
            "error: query: it took longer than 300ms\nhint: ask for less, or give it more time with --timeout"
        );
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(watched(&store, &["sql", "--timeout", "5min", "select 1"]).0, Some(0));
    for wrong in ["0s", "soon", "-1s", ""] {
        let (code, _, said) = watched(&store, &["sql", &format!("--timeout={wrong}"), "select 1"]);
        assert!(code == Some(2) && said.contains("500ms, 30s or 5min"), "{wrong}: {said}");
    }
}
