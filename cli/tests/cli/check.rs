use std::process::ExitCode;

use crate::support::{Place, sample, snapshot};

/// The sample's files, in the place's folder.
fn files(place: &Place) -> String {
    for file in ["37c00bcc6c3693ff", "4bc8e7777a46ac6b", "c41d22cca937429a"] {
        let bytes = std::fs::read(sample(&format!("sessions/{file}.json"))).unwrap();
        place.file(&format!("ait42/sessions/{file}.json"), bytes);
    }
    place.folder().join("ait42").to_str().unwrap().to_owned()
}

/// Replaces a text in a file, once.
fn edit(place: &Place, file: &str, from: &str, to: &str) {
    let path = place.folder().join("ait42/sessions").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_same_here_and_there_is_consistent() {
    let place = Place::with_sample();
    let files = files(&place);
    let before = std::fs::read(place.path()).unwrap();
    snapshot!(place.terminal(&["check", "--against", &files]).done(), @"29 sessions in 3 files: 29 consistent, 0 inconsistent, 0 only here, 0 only there");
    snapshot!(place.piped(&["check", "--against", &files, "-o", "json"]).done(), @r#"
    {
      "as_of": {
        "position": 606,
        "hash": "[hash]"
      },
      "files": 3,
      "total": 29,
      "consistent": 29,
      "inconsistent": [],
      "pruned": [],
      "only_here": [],
      "only_there": [],
      "unreadable": [],
      "quarantined": [],
      "skipped": [],
      "out_of_order": [],
      "warnings": []
    }
    "#);
    assert!(std::fs::read(place.path()).unwrap() == before, "nothing was written");
}

#[test]
fn every_difference_is_named() {
    let place = Place::with_sample();
    let files = files(&place);
    edit(&place, "c41d22cca937429a.json", "\"status\": \"completed\"", "\"status\": \"paused\"");
    edit(&place, "c41d22cca937429a.json", "\"role\": \"user\"", "\"role\": \"usher\"");
    edit(&place, "37c00bcc6c3693ff.json", "\"id\": \"", "\"id\": \"x");
    std::fs::remove_file(place.folder().join("ait42/sessions/4bc8e7777a46ac6b.json")).unwrap();
    place.file("ait42/sessions/0123456789abcdef.json", "[7]");
    let answer = place.terminal(&["check", "--against", &files]);
    assert_eq!(answer.exit, ExitCode::from(1));
    snapshot!(answer.out, @"
    30 sessions in 3 files: 20 consistent, 1 inconsistent, 8 only here, 1 only there
    session                  file              state         differs in
    dbb25038                 c41d22cca937429a  inconsistent  chatHistory/0/role #1/…
    66826343                 37c00bcc6c3693ff  only here
    7dbcdaa9                 4bc8e7777a46ac6b  only here
    091ea73f                 4bc8e7777a46ac6b  only here
    1c12e34f                 4bc8e7777a46ac6b  only here
    de969919                 4bc8e7777a46ac6b  only here
    471086a2                 4bc8e7777a46ac6b  only here
    717f8d36                 4bc8e7777a46ac6b  only here
    5f861e64                 4bc8e7777a46ac6b  only here
    x66826343-2a9b-4f6f-ac…  37c00bcc6c3693ff  only there
    ");
    snapshot!(answer.err, @"
    unreadable: [folder]/ait42/sessions/0123456789abcdef.json bytes 1..2: not an object
    hint: `retold import` takes in what only the files have
    ");
    let answer = place.piped(&["check", "--against", &files, "-o", "csv"]);
    snapshot!(answer.out, @"
    session,file,state,differs in
    dbb25038-d347-4542-8c1d-18ebc0b759a7,c41d22cca937429a,inconsistent,chatHistory/0/role instances/1/status
    66826343-2a9b-4f6f-acd9-f7ae2462a75f,37c00bcc6c3693ff,only here,
    7dbcdaa9-5ab4-4164-a13c-bc0f4149fa34,4bc8e7777a46ac6b,only here,
    091ea73f-45d2-4ebf-88fd-955ed4120585,4bc8e7777a46ac6b,only here,
    1c12e34f-b080-4e1d-a44d-efa20df8f23f,4bc8e7777a46ac6b,only here,
    de969919-7b42-4622-b7a8-c70eb22dcb1c,4bc8e7777a46ac6b,only here,
    471086a2-10dc-4e0a-9f79-c4373e27be51,4bc8e7777a46ac6b,only here,
    717f8d36-fb70-4c5e-903e-4bf4580463ee,4bc8e7777a46ac6b,only here,
    5f861e64-c302-4c06-a25d-796d4721c937,4bc8e7777a46ac6b,only here,
    x66826343-2a9b-4f6f-acd9-f7ae2462a75f,37c00bcc6c3693ff,only there,
    ");
}

#[test]
fn a_piece_that_only_the_quarantine_has_is_named() {
    let place = Place::empty();
    let file = place.file("ait42/w1.json", "[7]");
    let folder = std::path::Path::new(&file).parent().unwrap().to_str().unwrap();
    assert_eq!(place.piped(&["import", folder, "-q", "-o", "json"]).exit, ExitCode::from(6));
    let answer = place.terminal(&["check", "--against", folder]).exited_with(6);
    snapshot!(format!("{}{}", answer.out, answer.err), @"
    0 sessions in 1 file: 0 consistent, 0 inconsistent, 0 only here, 0 only there, 1 only in the quarantine
    only in the quarantine: [folder]/ait42/w1.json bytes 1..2: not an object
    hint: `retold store quarantine list` shows what is only there; mended, it is imported
    ");
}

#[test]
fn sessions_in_another_order_are_told() {
    let place = Place::empty();
    let session = |id: &str| {
        format!(
            r#"{{"id":"{id}","type":"","task":"","status":"","createdAt":"","updatedAt":"","instances":[],"chatHistory":[]}}"#
        )
    };
    let list = |ids: [&str; 2]| place.file("ait42/w1.json", format!("[{}]", ids.map(session).join(",")));
    let file = list(["a1", "b1"]);
    let folder = std::path::Path::new(&file).parent().unwrap().to_str().unwrap();
    place.piped(&["import", folder, "-q", "-o", "json"]).done();
    list(["b1", "a1"]);
    let answer = place.terminal(&["check", "--against", folder]);
    assert_eq!(answer.exit, ExitCode::from(1));
    snapshot!(format!("{}{}", answer.out, answer.err), @"
    2 sessions in 1 file: 2 consistent, 0 inconsistent, 0 only here, 0 only there
    out of order: the sessions of w1.json
    hint: `retold import` takes in what only the files have
    ");
}

#[test]
fn files_that_the_log_has_leave_in_an_archive_and_come_back_byte_for_byte() {
    let place = Place::with_sample();
    let files = files(&place);
    snapshot!(place.terminal(&["ait42", "archive", &files]).out, @"
    archived 3 files, 345.5 KiB, in 63.5 KiB
    [folder]/ait42/sessions-20261123T100000Z.tar.zst
    ");
    let sessions = place.folder().join("ait42/sessions");
    assert_eq!(std::fs::read_dir(&sessions).unwrap().count(), 0);
    let restored = place.terminal(&["ait42", "unarchive", &files]);
    snapshot!(format!("{}{}", restored.out, restored.err), @"
    restored 3 files, 345.5 KiB, into [folder]/ait42
    ait42 unarchive: --store means nothing here, no store is opened
    the archive stays: [folder]/ait42/sessions-20261123T100000Z.tar.zst
    ");
    for entry in std::fs::read_dir(&sessions).unwrap() {
        let path = entry.unwrap().path();
        let original = sample(&format!("sessions/{}", path.file_name().unwrap().to_str().unwrap()));
        assert_eq!(std::fs::read(path).unwrap(), std::fs::read(original).unwrap());
    }
    snapshot!(place.piped(&["ait42", "unarchive", &files]).out, @"restored 0 files, 0 B, into [folder]/ait42; 3 files there already");
}

#[test]
fn files_that_the_log_lacks_are_not_touched() {
    let place = Place::with_sample();
    let files = files(&place);
    edit(&place, "c41d22cca937429a.json", "\"status\": \"completed\"", "\"status\": \"paused\"");
    let answer = place.terminal(&["ait42", "archive", &files]);
    assert_eq!(answer.exit, ExitCode::from(9));
    snapshot!(format!("{}{}", answer.out, answer.err), @"
    29 sessions in 3 files: 28 consistent, 1 inconsistent, 0 only here, 0 only there
    session   file              state         differs in
    dbb25038  c41d22cca937429a  inconsistent  #1/status
    error: archive [folder]/ait42: the log lacks something
    hint: nothing was touched; take it in with `retold import` first
    ");
    assert_eq!(std::fs::read_dir(place.folder().join("ait42/sessions")).unwrap().count(), 3);
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), 1);
}

#[test]
fn an_archive_that_is_none_or_that_is_damaged_restores_nothing() {
    let place = Place::with_sample();
    let files = files(&place);
    let archive = place.folder().join("old.tar.zst").to_str().unwrap().to_owned();
    place.piped(&["ait42", "archive", &files, "--to", &archive, "-q"]).done();
    let into = place.folder().join("into").to_str().unwrap().to_owned();
    let restore = |archive: &str| place.piped(&["ait42", "unarchive", archive, "--into", &into]).refused(2);
    let text = place.file("text.tar.zst", "no archive");
    snapshot!(restore(&text), @"
    ait42 unarchive: --store means nothing here, no store is opened
    error: open [folder]/text.tar.zst: not an archive of session files, found bytes that no archive has, or damaged ones
    ");
    snapshot!(place.piped(&["ait42", "unarchive", &files]).refused(1), @"
    ait42 unarchive: --store means nothing here, no store is opened
    error: restore from [folder]/ait42: no archive in it
    ");
    let bytes = std::fs::read(&archive).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        let damaged = place.file("damaged.tar.zst", damaged);
        let answer = place.piped(&["ait42", "unarchive", &damaged, "--into", &into]);
        if answer.exit == ExitCode::SUCCESS {
            // A bit that nothing depends on, such as one of the header's window size: all sums were right.
            std::fs::remove_dir_all(&into).unwrap();
        } else {
            let is_empty =
                |folder: &str| std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
            assert!(is_empty(&into) || is_empty(&format!("{into}/sessions")), "byte {at}: {}", answer.err);
        }
    }
    // Another file in the place of one is not overwritten.
    place.file("into/sessions/37c00bcc6c3693ff.json", "mine");
    snapshot!(restore(&archive), @"
        ait42 unarchive: --store means nothing here, no store is opened
        error: write [folder]/into/sessions/37c00bcc6c3693ff.json: another file is in its place
        hint: nothing was written; move it away, or name another place
        ");
    assert_eq!(std::fs::read_dir(format!("{into}/sessions")).unwrap().count(), 1);
}
