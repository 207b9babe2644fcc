//! Texts that are not quite right are imported and come out as they were; what cannot be read is named, and settled once.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use retold_importer::ait42::Sources;
use retold_importer::quarantine;
use retold_tests::import::{Home, dirty, exported, head, sessions, sources};
use retold_tests::{Store, all_events};
use serde_json::{Value, json};

fn case(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(path)).unwrap()
}

fn retold(store: &Store, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.arg("--store").arg(store.path()).args(args).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

const HALF: &str = "0a0a0a0a0a0a0a07.json";

/// The case of half an emoji, with something else in its place.
fn with(bytes: &[u8]) -> Vec<u8> {
    let whole = case("07-lone-surrogate/0a0a0a0a0a0a0a07.json");
    let at = whole.windows(6).position(|six| six == b"\\ud83c").unwrap();
    [&whole[..at], bytes, &whole[at + 6..]].concat()
}

#[test]
fn half_a_character_is_imported_shown_and_written_as_it_was() {
    for bytes in [&b"\\ud83c"[..], b"\\uD83C", b"\\udf89\\ud83c", b"\xed\xa0\xbc", b"\xff\xfe", b"\xe4\xb8 x"]
    {
        let (store, home) = (Store::new(), Home::of(HALF, with(bytes)));
        let told = retold(&store, &["import", home.path().to_str().unwrap()]);
        assert_eq!(told.status.code(), Some(0), "{told:?}");
        assert!(out(&told).contains("reproduced   1 of 1"), "{told:?}");
        let rows = retold(&store, &["-o", "csv", "sql", "select content from chat_messages"]);
        assert!(out(&rows).contains("all green \u{fffd}"), "{rows:?}");
        let log = store.open();
        assert!(exported(&log)[HALF] == with(bytes), "{bytes:?}");
        let end = head(&log);
        // Again, it is no news; whole, it is an edit, and the old spelling goes.
        assert_eq!(home.import(&log).events_appended, 0);
        assert_eq!(head(&log), end);
        for next in [&b"\\ud83d"[..], "\u{fffd}".as_bytes(), "\u{1f389}".as_bytes(), bytes] {
            home.put(HALF, with(next));
            let report = home.import(&log);
            assert_eq!((report.sessions.updated, report.reproduced), (1, 1), "{report:?}");
            assert!(exported(&log)[HALF] == with(next), "{next:?}");
        }
    }
}

#[test]
fn half_a_character_in_a_long_text_that_grows_stays_where_it_was() {
    let (store, home) = (Store::new(), Home::new());
    let log = store.open();
    let long = "0123456789".repeat(1_000);
    for grown in 0..4 {
        let output = format!("{long}\\ud83c{}", format!("{long}\\udf89").repeat(grown));
        let file = String::from_utf8(with(b"x")).unwrap().replace(
            "\"instances\": []",
            &format!(
                "\"instances\": [\n      {{\n        \"instanceId\": 1,\n        \"worktreePath\": \"\",\n        \"branch\": \"\",\n        \
                 \"agentName\": \"\\udc00\",\n        \"status\": \"running\",\n        \"tmuxSessionId\": \"\",\n        \"output\": \"{output}\",\n        \
                 \"startTime\": null,\n        \"endTime\": null,\n        \"filesChanged\": null,\n        \"linesAdded\": null,\n        \
                 \"linesDeleted\": null,\n        \"runtime\": null,\n        \"model\": null,\n        \"runtimeLabel\": null\n      }}\n    ]"
            ),
        );
        home.put(HALF, &file);
        let report = home.import(&log);
        assert_eq!((report.reproduced, report.sessions.quarantined), (1, 0), "{report:?}");
        assert!(String::from_utf8(exported(&log)[HALF].clone()).unwrap() == file, "{grown}");
    }
    // Output grew by what was new.
    let bytes: u64 =
        all_events(&log).iter().filter_map(|event| Some(event.event.as_ref()?.long_text()?.len())).sum();
    assert!(bytes < 6 * long.len() as u64, "{bytes}");
}

/// What applications hand over and read is text, whatever was cut out of it.
#[test]
fn half_a_character_from_an_application_is_never_refused() {
    use std::io::Write;
    let store = Store::new();
    let document = String::from_utf8(with(b"\\ud83c")).unwrap();
    let document: String = document.trim_start_matches('[').trim_end_matches(']').replace('\n', " ");
    let call = |method: &str, params: &str| {
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}\n")
    };
    let own = r#""workspacePath":"/src/a","sessionId":"cut-emoji""#;
    let calls = [
        call("create_session", &format!("{{\"workspacePath\":\"/src/a\",\"session\":{document}}}")),
        call(
            "add_chat_message",
            &format!(
                "{{{own},\"message\":{{\"id\":\"m2\",\"role\":\"user\",\"content\":\"two \\udf89\",\"timestamp\":\"\"}}}}"
            ),
        ),
        call("get_session", &format!("{{{own}}}")),
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_program"))
        .arg("--store")
        .arg(store.path())
        .arg("rpc")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(calls.concat().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answers: Vec<Value> = out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(answers.iter().all(|answer| answer.get("error").is_none()), "{answers:?}");
    let contents = |session: &Value| {
        session["chatHistory"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["content"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(contents(&answers[2]["result"]), ["all green \u{fffd}", "two \u{fffd}"]);
    assert!(!answers[2].to_string().contains("retold:original"));
    let log = store.open();
    let written = exported(&log).into_values().next().unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains(r#""all green \ud83c""#) && written.contains(r#""two \udf89""#), "{written}");
    drop(log);
    // What is sent back as it was read changes nothing, and an edit beside it keeps the rest.
    let mut sent = answers[2]["result"].clone();
    sent["task"] = json!("another");
    let history = retold::SessionHistory::open(store.path()).unwrap();
    history.update_session("/src/a", serde_json::from_value(sent).unwrap()).unwrap();
    drop(history);
    let written = String::from_utf8(exported(&store.open()).into_values().next().unwrap()).unwrap();
    assert!(
        written.contains(r#""all green \ud83c""#) && written.contains(r#""task": "another""#),
        "{written}"
    );
}

#[test]
fn a_redaction_takes_the_original_bytes_along() {
    let (store, home) = (Store::new(), Home::of(HALF, with(b"\\ud83c")));
    let log = store.open();
    home.import(&log);
    let said = all_events(&log).iter().find(|event| event.kind.name() == "MessageAdded").unwrap().position;
    retold_upkeep::redact(&log, &[said].into(), "leaked").unwrap();
    let written = exported(&log).into_values().next().unwrap();
    assert!(!String::from_utf8(written).unwrap().contains("ud83c"));
    assert!(!sessions(&log)[0].state.session.chat_history[0].extra.to_json().contains("ud83c"));
}

#[test]
fn a_file_in_another_encoding_is_named_with_the_way_out() {
    let json = std::str::from_utf8(&with(b"x")).unwrap().to_owned();
    let units: Vec<u16> = json.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let wide: Vec<u8> = json.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
    let files = [
        (case("10-other-encodings/0a0a0a0a0a0a0a10.json"), "UTF-16 text", "iconv -f utf-16 -t utf-8"),
        ([b"\xff\xfe", little.as_slice()].concat(), "UTF-16 text", "iconv -f utf-16 -t utf-8"),
        ([b"\xfe\xff", big.as_slice()].concat(), "UTF-16 text", "iconv -f utf-16 -t utf-8"),
        (little, "UTF-16 text", "iconv -f utf-16le -t utf-8"),
        (big, "UTF-16 text", "iconv -f utf-16be -t utf-8"),
        ([b"\xff\xfe\0\0", wide.as_slice()].concat(), "UTF-32 text", "iconv -f utf-32 -t utf-8"),
        (wide, "UTF-32 text", "iconv -f utf-32le -t utf-8"),
        (zstd::bulk::compress(json.as_bytes(), 3).unwrap(), "zstd data", "zstd -dc"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03rest".to_vec(), "gzip data", "gunzip -c"),
        (b"PK\x03\x04rest of it".to_vec(), "zip archive", "unzip -p"),
    ];
    for (bytes, name, way) in files {
        let (store, home) = (Store::new(), Home::of(HALF, &bytes));
        home.put("0a0a0a0a0a0a0aff.json", with(b"x"));
        for named in [home.path(), home.file(HALF)] {
            let told = retold(&store, &["import", named.to_str().unwrap()]);
            assert_eq!(told.status.code(), Some(6), "{told:?}");
            let reason = format!(
                "is {}{name}; convert it with: {way}",
                if name.starts_with("zip") { "a " } else { "" }
            );
            assert!(err(&told).contains(&reason), "{reason}: {told:?}");
            assert!(out(&told).contains(&reason), "{reason}: {told:?}");
        }
        let log = store.open();
        let kept = quarantine::list(&log).unwrap();
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(quarantine::raw(&log, kept[0].id).unwrap() == bytes);
        assert_eq!(sessions(&log).len(), 1);
        // Converted in its place, it is settled.
        home.put(HALF, with(b"x"));
        let report = home.import(&log);
        assert_eq!((report.sessions.imported, report.sessions.quarantined), (1, 0), "{report:?}");
        assert!(quarantine::list(&log).unwrap().iter().all(|record| !record.is_open()));
    }
}

#[test]
fn pieces_of_a_file_that_has_become_whole_are_settled() {
    let whole = dirty("update-before.json");
    for (file, cut) in [("truncated.json", 0), ("wrong-type.json", 0), ("missing-key.json", 0), ("", 2_000)] {
        let (store, home) = (Store::new(), Home::new());
        let log = store.open();
        let broken = if file.is_empty() { whole[..whole.len() - cut].to_vec() } else { dirty(file) };
        home.put("aa.json", &broken);
        let first = home.import(&log);
        assert_eq!(first.sessions.quarantined, 1, "{file}: {first:?}");
        let open = |log: &retold_core::Log| {
            quarantine::list(log).unwrap().iter().filter(|record| record.is_open()).count()
        };
        // Again, and with another session behind it: it is the same piece.
        home.import(&log);
        assert_eq!(open(&log), 1, "{file}");
        if !file.is_empty() {
            continue;
        }
        home.put("aa.json", &whole);
        let mended = home.import(&log);
        assert_eq!(mended.sessions.quarantined, 0, "{mended:?}");
        assert_eq!(open(&log), 0);
        // The damaged file once more, a restored copy say: nothing of it is missing here.
        home.put("aa.json", &broken);
        let again = home.import(&log);
        assert_eq!((again.sessions.quarantined, open(&log)), (0, 0), "{again:?}");
    }
}

#[test]
fn a_broken_piece_that_only_left_its_file_is_still_open() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("wrong-type.json")));
    let log = store.open();
    home.import(&log);
    let rest = retold_tests::import::parse(
        &String::from_utf8(dirty("wrong-type.json")).unwrap().replace("\"soon\"", "60").into_bytes(),
    );
    home.put("aa.json", serde_json::to_vec_pretty(&[&rest[0], &rest[2]]).unwrap());
    home.import(&log);
    assert!(quarantine::list(&log).unwrap()[0].is_open(), "nothing else has it");
    home.put("aa.json", serde_json::to_vec_pretty(&rest).unwrap());
    home.import(&log);
    assert!(!quarantine::list(&log).unwrap()[0].is_open());
}

#[test]
fn a_piece_that_was_mended_or_dismissed_is_not_reported_again() {
    for mends in [true, false] {
        let (store, home) = (Store::new(), Home::of("aa.json", dirty("wrong-type.json")));
        let folder = home.path();
        let folder = folder.to_str().unwrap();
        assert_eq!(retold(&store, &["import", folder]).status.code(), Some(6));
        let settled = if mends {
            let raw = retold(&store, &["store", "quarantine", "show", "1", "--raw"]).stdout;
            let text = String::from_utf8(raw).unwrap().replace("\"soon\"", "60");
            let file = store.folder().join("mended");
            std::fs::write(&file, text).unwrap();
            retold(&store, &["store", "quarantine", "retry", "1", "--with", file.to_str().unwrap()])
        } else {
            retold(&store, &["store", "quarantine", "dismiss", "1", "--reason", "a draft"])
        };
        assert_eq!(settled.status.code(), Some(0), "{settled:?}");
        let again = retold(&store, &["import", folder]);
        assert_eq!(again.status.code(), Some(0), "{again:?}");
        // Elsewhere in the file it is the same piece; beside it another one is not.
        let text = String::from_utf8(dirty("wrong-type.json")).unwrap();
        home.put("aa.json", text.replacen('[', "[      ", 1));
        assert_eq!(retold(&store, &["import", folder]).status.code(), Some(0));
        home.put("aa.json", text.replace("\"soon\"", "\"later\""));
        assert_eq!(retold(&store, &["import", folder]).status.code(), Some(6));
        let all = retold(&store, &["-o", "csv", "store", "quarantine", "list", "--all"]);
        assert_eq!(out(&all).contains("dismissed: a draft"), !mends, "{all:?}");
    }
}

/// One bad item never stops the others.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_imported() {
    retold_trial::needs!(OrdinaryUser);
    use retold_tests::ordinary::{as_ordinary_user, give_to_ordinary_user};
    use std::os::unix::fs::PermissionsExt;
    let (store, home) = (Store::new(), Home::new());
    for file in ["0a0a0a0a0a0a04aa.json", "0a0a0a0a0a0a04bb.json", "0a0a0a0a0a0a04cc.json"] {
        home.put(file, case(&format!("04-one-file-unreadable/{file}")));
    }
    let unreadable: PathBuf = home.file("0a0a0a0a0a0a04bb.json");
    give_to_ordinary_user(&home.path());
    give_to_ordinary_user(store.folder());
    std::fs::set_permissions(&unreadable, std::fs::Permissions::from_mode(0o000)).unwrap();
    let run = |path: &Path| {
        let mut command = as_ordinary_user(Path::new(env!("CARGO_BIN_EXE_program")));
        command.arg("--store").arg(store.path()).arg("import").arg(path).output().unwrap()
    };
    let told = run(&home.path());
    assert_eq!(told.status.code(), Some(6), "{told:?}");
    assert!(out(&told).contains("2 imported"), "{told:?}");
    assert!(err(&told).contains("0a0a0a0a0a0a04bb.json: Permission denied"), "{told:?}");
    // Where it is all that was named, nothing was done.
    let alone = run(&unreadable);
    assert_eq!(alone.status.code(), Some(5), "{alone:?}");
    std::fs::set_permissions(&unreadable, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(out(&run(&home.path())).contains("1 imported"));
}

#[test]
fn a_file_that_is_gone_since_it_was_found_is_named() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("twins.json")));
    home.put("bb.json", dirty("compact.json"));
    let found: Sources = sources(&home.path());
    std::fs::remove_file(home.file("aa.json")).unwrap();
    let report = retold_importer::ait42::import(
        Some(&store.open()),
        &found,
        retold_importer::ait42::Options::default(),
    )
    .unwrap();
    assert_eq!((report.files, report.sessions.imported), (1, 2));
    assert!(report.skipped.len() == 1 && report.skipped[0].file.ends_with("aa.json"), "{report:?}");
}

/// Depth costs nobody anything: it is kept to the letter where it may be, and is one bad session where it may not.
#[test]
fn a_session_of_any_depth_stops_nothing() {
    for depth in [100, 1_000, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for (key, is_whole) in
                [("elsewhere", true), ("task", false), ("instances", false), ("runtimeMix", false)]
            {
                let text = String::from_utf8(with(b"\\ud83c")).unwrap();
                let text = match is_whole {
                    true => text.replacen("\"model\"", &format!("\"{key}\": {deep},\n    \"model\""), 1),
                    false => {
                        let at = text.find(&format!("\"{key}\":")).unwrap();
                        let end = at + text[at..].find(['\n']).unwrap();
                        format!("{}\"{key}\": {deep},{}", &text[..at], &text[end..])
                    }
                };
                let sound = String::from_utf8(with(b"x")).unwrap().replace("cut-emoji", "sound");
                let both = format!(
                    "{},{}",
                    text.trim_end().trim_end_matches(']'),
                    sound.trim_start().trim_start_matches('[')
                );
                let (store, home) = (Store::new(), Home::of(HALF, both));
                let report = home.import(&store.open());
                let whole = 1 + u64::from(is_whole);
                assert_eq!((report.sessions.imported, report.reproduced), (whole, whole), "{key} {depth}");
                assert_eq!(report.sessions.quarantined, 2 - whole, "{key} {depth}: {:?}", report.sessions);
            }
        }
    }
}

#[test]
fn a_document_with_the_key_of_spellings_is_a_document_like_any_other() {
    let key = |name: &str| {
        let text = String::from_utf8(with(b"\\ud83c")).unwrap();
        text.replace(
            "\"totalLinesDeleted\": null",
            &format!("\"totalLinesDeleted\": null,\n    \"{name}\": {{\"task\":[1,2]}}"),
        )
    };
    for name in ["retold:original", "retold:original~", "retold:original~~"] {
        let (store, home) = (Store::new(), Home::of(HALF, key(name)));
        let log = store.open();
        assert_eq!(home.import(&log).reproduced, 1);
        assert_eq!(String::from_utf8(exported(&log)[HALF].clone()).unwrap(), key(name));
    }
}
