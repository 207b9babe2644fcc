use crate::support::{Place, snapshot};

#[test]
fn the_demo_runs_to_its_end_and_leaves_its_folder() {
    let place = Place::empty();
    let folder = place.folder().join("x/demo");
    let folder = folder.to_str().unwrap();
    let said = place.piped(&["demo", folder, "-q"]).done();
    let commands: Vec<&str> = said.lines().filter(|line| line.starts_with("$ ")).collect();
    snapshot!(commands.join("\n"), @r#"
    $ retold import [folder]/x/demo/ait42
    $ retold sessions --sort updated -n 8
    $ retold log 7c2f4b1e -n 12
    $ retold show 7c2f4b1e --at r4
    $ retold export --format ait42 [folder]/x/demo/export
    $ retold verify
    $ retold --store [folder]/x/demo/sessions.db sql "select status, count(*) from sessions group by 1"
    "#);
    assert!(said.contains("sound: 606 events"), "{said}");
    assert_eq!(place.names(), ["x"], "nothing outside of its folder");
    let query = [
        "sql",
        "select count(*) as n from sessions",
        "-o",
        "jsonl",
        "--store",
        &format!("{folder}/sessions.db"),
    ];
    assert_eq!(place.piped(&query).done(), "{\"n\":29}\n");
    // Once more imports nothing new.
    assert!(place.piped(&["demo", folder, "-q"]).done().contains("29 unchanged"));
}

#[test]
fn a_demo_that_cannot_be_written_says_so() {
    let place = Place::empty();
    let file = place.file("taken", "");
    snapshot!(place.piped(&["demo", &file]).refused(5), @r#"
    demo: --store means nothing here, no store is opened
    error: write [folder]/taken/ait42/workspace_mapping.json: a part of its path is not a folder
    "#);
}
