use crate::support::{Place, sample, snapshot};

const FILES: [&str; 3] = ["37c00bcc6c3693ff.json", "4bc8e7777a46ac6b.json", "c41d22cca937429a.json"];

#[test]
fn what_was_imported_comes_out_byte_for_byte() {
    let place = Place::with_sample();
    let out = place.folder().join("a/out");
    snapshot!(place.piped(&["export", "--format", "ait42", out.to_str().unwrap()]).done(), @"
    file                   sessions      bytes
    37c00bcc6c3693ff.json         9   72.7 KiB
    4bc8e7777a46ac6b.json         7   50.0 KiB
    c41d22cca937429a.json        13  222.6 KiB
    ");
    for name in FILES {
        assert_eq!(
            std::fs::read(out.join(name)).unwrap(),
            std::fs::read(sample("sessions/").clone() + name).unwrap(),
            "{name}"
        );
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), FILES.len(), "nothing temporary is left");
    // What is there is replaced where the store has it; anything else where that is asked for.
    std::fs::write(out.join(FILES[0]), "older").unwrap();
    let again = ["export", "--format", "ait42", out.to_str().unwrap(), "-q"];
    snapshot!(place.piped(&again).refused(9), @"
    error: cannot export to [folder]/a/out: 1 file holds what the store lacks
      37c00bcc6c3693ff.json: bytes 0..5 cannot be read, and the store does not have it
    hint: nothing was written; `retold import [folder]/a/out` takes in what it can; --force replaces the files all the same
    ");
    assert_eq!(std::fs::read(out.join(FILES[0])).unwrap(), b"older");
    place.piped(&[again.as_slice(), &["--force"]].concat()).done();
    place.piped(&again).done();
    assert_eq!(
        std::fs::read(out.join(FILES[0])).unwrap(),
        std::fs::read(sample("sessions/").clone() + FILES[0]).unwrap()
    );
}

#[test]
fn an_earlier_moment_is_exported_as_it_was() {
    let place = Place::with_sample();
    let out = place.folder().join("out");
    let answer = place
        .piped(&["export", "--format", "ait42", out.to_str().unwrap(), "--at", "30", "-o", "json"])
        .json();
    assert_eq!(answer["as_of"]["position"], 30);
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!((rows.len(), rows[0]["sessions"].as_u64()), (1, Some(2)));
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join(FILES[0])).unwrap()).unwrap();
    let shown = place.piped(&["show", written[1]["id"].as_str().unwrap(), "--at", "30", "-o", "json"]).json();
    assert_eq!(written[1], shown["session"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_said_to_be_so() {
    let place = Place::with_sample();
    let file = place.file("taken", "");
    snapshot!(place.piped(&["export", "--format", "ait42", &file]).refused(5), @"error: create the folder [folder]/taken: it exists already");
    snapshot!(place.piped(&["export", "--format", "ait42", &format!("{file}/inner")]).refused(5), @"error: create the folder [folder]/taken/inner: a part of its path is not a folder");
    snapshot!(place.piped(&["export", "--format", "zip", "out"]).refused(2), @r#"
    error: --format zip: it is not one of ait42, jsonl, csv, parquet, native, log, markdown, html, cloudevents
    hint: `retold export --help` lists what it takes
    "#);
}

#[test]
fn an_empty_log_has_nothing_to_export() {
    let place = Place::with_empty_store();
    let out = place.folder().join("out");
    assert_eq!(
        place.piped(&["export", "--format", "ait42", out.to_str().unwrap(), "-o", "jsonl"]).exited(1),
        ""
    );
}
