//! The packages know each other in one direction only.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which package may depend on which, as ARCHITECTURE.md has it. Tests and benches may know all.
const ALLOWED: &[(&str, &[&str])] = &[
    ("migrations", &[]),
    ("trial", &[]),
    ("secrets", &[]),
    ("core", &["migrations", "secrets"]),
    ("upkeep", &["migrations", "core"]),
    ("projections", &["core"]),
    ("travel", &["core", "projections"]),
    ("importer", &["core"]),
    ("history", &["core", "projections", "importer"]),
    ("cli", &["migrations", "secrets", "core", "upkeep", "projections", "travel", "importer", "history"]),
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
