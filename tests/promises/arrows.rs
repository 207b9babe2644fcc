//! The packages know each other in one direction only.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which package may depend on which, as ARCHITECTURE.md has it. Tests and benches may know all.
const ALLOWED: &[(&str, &[&str])] = &[
    ("migrations", &[]),
    ("trial", &[]),
    ("secrets", &[]),
    ("repositories", &[]),
    ("transcripts", &[]),
    ("core", &["migrations", "secrets"]),
    ("upkeep", &["migrations", "core"]),
    ("projections", &["core", "repositories"]),
    ("travel", &["core", "projections"]),
    ("importer", &["secrets", "transcripts", "core", "repositories"]),
    ("history", &["core", "projections", "travel", "importer"]),
    ("present", &["migrations", "core", "projections", "travel", "importer", "history"]),
    ("web", &["core", "projections", "travel", "history", "present", "secrets"]),
    ("team", &["core", "projections", "secrets", "upkeep"]),
    ("serve", &["core", "projections", "present", "team", "web"]),
    // What an application depends on, alone.
    ("examples", &["history"]),
    (
        "cli",
        &[
            "migrations",
            "secrets",
            "repositories",
            "transcripts",
            "core",
            "upkeep",
            "projections",
            "travel",
            "importer",
            "history",
            "present",
            "web",
            "team",
            "serve",
        ],
    ),
];

#[test]
fn no_package_depends_on_one_that_it_must_not_know() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    // `history/` is the crate that an application depends on, under the project's own name.
    let folder = |package: &str| match package {
        "retold" => Some("history".to_owned()),
        package => package.strip_prefix("retold-").map(str::to_owned),
    };
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let mut wrong = BTreeSet::new();
    let mut arrows = 0;
    for package in metadata.workspace_packages() {
        let from = folder(&package.name).expect("every package is named after its folder");
        assert!(package.manifest_path.ends_with(format!("{from}/Cargo.toml")), "{}", package.manifest_path);
        if from == "tests" || from == "benches" {
            continue;
        }
        let known = allowed.get(from.as_str()).unwrap_or_else(|| panic!("{from} has no place in the table"));
        let normal = package.dependencies.iter().filter(|known| known.kind == DependencyKind::Normal);
        for to in normal.filter_map(|dependency| folder(&dependency.name)) {
            arrows += 1;
            if !known.contains(&to.as_str()) {
                wrong.insert(format!("{from} -> {to}"));
            }
        }
    }
    assert!(arrows > 0, "the workspace has arrows to look at");
    assert_eq!(wrong, BTreeSet::new());
}

/// Returns the crates that a package brings along.
fn brought_along_by(package: &str, features: &[&str]) -> BTreeSet<String> {
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    cargo.args(["tree", "--locked", "--offline", "-p", package, "-e", "normal", "--prefix", "none"]);
    let output = cargo.args(features).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Returns the crates that `retold` brings along.
fn brought_along(features: &[&str]) -> BTreeSet<String> {
    brought_along_by("retold", features)
}

#[test]
fn the_program_without_teams_links_neither_a_database_client_nor_tls() {
    let heavy = ["retold-team", "postgres", "tokio-postgres", "rustls", "ring"];
    let without = brought_along_by("retold-cli", &["--no-default-features", "--features", "mcp,web"]);
    assert!(without.contains("tokio"), "the page has a runtime: {without:?}");
    assert!(heavy.iter().all(|name| !without.contains(*name)), "{without:?}");
    let bare = brought_along_by("retold-cli", &["--no-default-features"]);
    assert!(!bare.contains("tokio"), "{bare:?}");
    let whole = brought_along_by("retold-cli", &[]);
    assert!(heavy.iter().all(|name| whole.contains(*name)), "{whole:?}");
}

#[test]
fn the_crate_without_its_features_brings_no_watcher_archive_expression_or_runtime() {
    let heavy = ["notify", "tar", "regex-automata", "tokio", "tracing", "retold-importer", "retold-secrets"];
    let bare = brought_along(&["--no-default-features"]);
    assert!(bare.contains("rusqlite") && bare.contains("retold-travel"), "{bare:?}");
    assert!(heavy.iter().all(|name| !bare.contains(*name)), "{bare:?}");
    let legacy = brought_along(&["--no-default-features", "--features", "legacy"]);
    assert_eq!(legacy, bare, "the old commands bring nothing");
    // They are what the features are for, so that the names above are the right ones.
    let all = brought_along(&["--all-features"]);
    for name in heavy.iter().filter(|name| **name != "tokio") {
        assert!(all.contains(*name), "{name}: {all:?}");
    }
    assert!(!all.contains("tokio"), "no feature brings a runtime");
}
