//! What holds for the repository itself: how tests say that they did not run, what they draw, how long a file is.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cargo_metadata::MetadataCommand;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns every file of ours that ends so, by its path below the repository, with its text.
pub(super) fn files(ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                let below = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((below, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "there are files that end with {ending}");
    found
}

/// Runs a test of this program by itself, on a machine that has no program but it; returns what did not run, too.
fn on_a_bare_machine(test: &str, required: &str) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env("PATH", "/nonexistent").env("RETOLD_REQUIRE", required);
    let output = command.env("RETOLD_NOT_RUN", folder.path()).output().unwrap();
    let records = std::fs::read_dir(folder.path()).unwrap();
    let said = records.map(|record| std::fs::read_to_string(record.unwrap().path()).unwrap()).collect();
    (output, said)
}

#[cfg(unix)]
#[test]
fn a_test_that_lacks_something_says_so_and_fails_where_it_is_required() {
    for (test, need) in [
        ("disk_full::a_full_disk_latches_the_writer_and_nothing_else", "mount"),
        ("power::nothing_that_was_acknowledged_is_lost_with_the_power", "power"),
        ("reading::a_reader_that_cannot_lock_the_store_notices_who_writes", "second-user"),
        ("faults::a_process_that_ends_at_any_change_of_a_file_leaves_a_whole_store", "cc"),
    ] {
        for (required, exit) in [("", 0), ("byte-names", 0), (need, 101), ("all", 101), ("no-such-need", 101)]
        {
            let (output, said) = on_a_bare_machine(test, required);
            let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(told.contains("running 1 test"), "{test} is the name of a test: {told}");
            assert_eq!(output.status.code(), Some(exit), "{test}, RETOLD_REQUIRE={required}: {told}");
            if required != "no-such-need" {
                assert!(told.contains(&format!("did not run: {test}: it needs ")), "{told}");
                assert!(said.ends_with(&format!("\n{test}\n")), "{said}");
            }
        }
    }
}

#[test]
fn a_test_draws_again_what_its_seed_drew() {
    let drawn = |seed: &str, test: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", test]).env("RETOLD_SEED", seed);
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&format!("RETOLD_SEED={seed}")), "{said}");
        said.lines().find_map(|line| line.strip_prefix("drew ").map(str::to_owned)).expect("it draws")
    };
    let [one, other] = ["house::what_is_drawn", "house::what_is_drawn_by_a_property"];
    for test in [one, other] {
        assert_eq!(drawn("5", test), drawn("5", test));
        assert_ne!(drawn("5", test), drawn("6", test));
    }
}

#[test]
fn what_is_drawn() {
    let drawn: u64 = retold_trial::chance::range(0..u64::MAX);
    println!("drew {drawn}");
    assert_ne!(drawn, retold_trial::chance::range(0..u64::MAX));
}

proptest::proptest! {
    #![proptest_config(retold_trial::chance::properties(1))]

    #[test]
    fn what_is_drawn_by_a_property(drawn in 0..u64::MAX) {
        println!("drew {drawn}");
        proptest::prop_assert!(drawn < u64::MAX);
    }
}

/// Where tests are: each draws from one place, and says in one place that it cannot run.
#[test]
fn tests_draw_and_leave_out_in_one_place() {
    let one_place = ["trial/", "tests/promises/house.rs"];
    for (file, text) in files(".rs") {
        let (Some(tests), false) =
            (of_tests(&file, &text), one_place.iter().any(|place| file.starts_with(place)))
        else {
            continue;
        };
        for words in ["rand::rng()", "rand::random", "thread_rng", "(\"skipped: ", "SKIPPED: "] {
            assert!(!tests.contains(words), "{file}: a test has {words}; see retold_trial");
        }
        let properties = tests.matches("proptest! {").count();
        let seeded = tests.matches("chance::properties(").count();
        assert!(properties <= seeded, "{file}: {properties} > {seeded}");
    }
}

/// Returns the part of a file that is about tests; `None` where none is.
fn of_tests<'t>(file: &str, text: &'t str) -> Option<&'t str> {
    let is_test = file.starts_with("tests/") || file.contains("/tests/") || file.ends_with("/tests.rs");
    if is_test { Some(text) } else { text.find("#[cfg(test)]").map(|at| &text[at..]) }
}

/// Files that may be longer than 400 lines: how long, and why.
const LONG: &[(&str, usize, &str)] = &[
    ("cli/src/command/tui/tests/screens.rs", 560, "whole screens, as they are drawn"),
    ("cli/tests/cli/travel.rs", 800, "what each command through time prints, as it is printed"),
    ("core/src/event/body.rs", 520, "the table of every event"),
    ("projections/src/declared/parameters.rs", 600, "the table of every parameter of every type of event"),
    ("transcripts/tests/codex.rs", 450, "a promise for each kind of rollout"),
    ("tests/promises/reading.rs", 420, "what every command that reads is given"),
    ("tests/promises/salvage.rs", 600, "one model of a damaged store, and what is saved of it"),
];

#[test]
fn no_file_is_longer_than_400_lines_without_a_reason() {
    let mut unused: Vec<&str> = LONG.iter().map(|(file, ..)| *file).collect();
    let mut wrong = Vec::new();
    for (file, text) in files(".rs") {
        let lines = text.lines().count();
        if lines <= 400 {
            continue;
        }
        match LONG.iter().find(|(long, ..)| *long == file) {
            Some((long, at_most, _)) if lines <= *at_most => unused.retain(|unused| unused != long),
            _ => wrong.push(format!("{file}: {lines} lines")),
        }
    }
    assert!(wrong.is_empty(), "split these, or give a reason: {wrong:?}");
    assert!(unused.is_empty(), "these are short now: {unused:?}");
}

/// One library of mutexes, whose locks are not poisoned; tests may do as they like.
#[test]
fn mutexes_are_those_of_one_library() {
    let mut wrong = Vec::new();
    for (file, text) in files(".rs") {
        let is_of_tests =
            ["tests/", "trial/", "benches/", "fuzz/"].iter().any(|place| file.starts_with(place));
        let text = text.split("#[cfg(test)]").next().unwrap();
        if is_of_tests || file.contains("/tests/") {
            continue;
        }
        let of_std = text.split("use std::sync::").skip(1).filter_map(|uses| uses.split(';').next());
        let is_lock = |word: &str| ["Mutex", "Condvar", "RwLock", "PoisonError"].contains(&word);
        let is_word = |letter: char| letter.is_alphanumeric();
        if of_std.flat_map(|uses| uses.split(|letter| !is_word(letter))).any(is_lock) {
            wrong.push(file);
        }
    }
    assert_eq!(wrong, [""; 0], "parking_lot has these");
}

#[test]
fn every_package_can_be_published_or_says_that_it_is_not() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    for package in metadata.workspace_packages() {
        let is_ours_alone = package.publish.as_ref().is_some_and(Vec::is_empty);
        let name = &package.name;
        assert!(
            package.description.as_ref().is_some_and(|text| text.ends_with('.')),
            "{name}: a description"
        );
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{name}");
        let ours_alone = ["retold-tests", "retold-trial", "retold-benches", "retold-examples"];
        assert_eq!(is_ours_alone, ours_alone.contains(&name.as_str()), "{name}: publish");
        if is_ours_alone {
            continue;
        }
        let readme = package.readme().unwrap_or_else(|| panic!("{name}: a readme"));
        assert!(readme.exists(), "{readme}");
        for dependency in &package.dependencies {
            let is_known = !dependency.req.comparators.is_empty();
            let is_shipped = dependency.kind != cargo_metadata::DependencyKind::Development;
            assert!(is_known || !is_shipped, "{name}: {} has no version", dependency.name);
        }
    }
}

/// A package that is published brings what its sources include.
#[test]
fn no_source_includes_a_file_from_outside_of_its_package() {
    let mut seen = 0;
    for (file, text) in files(".rs") {
        let Some((package, below)) = file.split_once("/src/") else { continue };
        let is_ours_alone = ["tests", "trial", "benches"].contains(&package);
        if is_ours_alone || below.contains("tests") || package.contains('/') {
            continue;
        }
        let text = text.split("#[cfg(test)]").next().unwrap();
        for piece in ["include_str!(\"", "include_bytes!(\"", "include!(\""]
            .iter()
            .flat_map(|call| text.split(call).skip(1))
        {
            seen += 1;
            let ups = piece.split('"').next().unwrap().matches("../").count();
            assert!(ups <= below.matches('/').count() + 1, "{file} includes {piece:.60}");
        }
    }
    assert!(seen > 50, "{seen} files are included");
}

/// Each line of ARCHITECTURE.md's invariants names tests that there are.
#[test]
fn what_always_holds_is_held_by_tests() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## What always holds").nth(1).unwrap().split("\n## ").next().unwrap();
    let code: String = files(".rs").into_iter().map(|(_, text)| text).collect();
    let mut lines = 0;
    for line in section.split("\n- ").skip(1) {
        let named = line.rsplit_once('(').map_or("", |(_, named)| named);
        let names: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty() && line.trim_end().ends_with("`)"), "no test is named: {line}");
        for name in names {
            assert!(code.contains(&format!("fn {name}(")), "there is no test {name}: {line}");
        }
        lines += 1;
    }
    assert!(lines > 15, "{lines}");
}
