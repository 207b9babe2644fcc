//! The measurements do what they say, whatever time it takes: each checks its own counts.

use std::process::Command;

use serde_json::Value;

#[test]
fn every_measurement_finds_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_figures"))
        .args(["--smoke", "--json", "--dir"])
        .arg(folder.path())
        // The rivals are a program of their own, which takes minutes to build.
        .args([
            "--only",
            "append",
            "message",
            "read",
            "commands",
            "import",
            "verify",
            "rebuild",
            "batch",
            "travel",
            "projections",
            "growth",
            "start",
            "usage",
            "transcripts",
            "team",
        ])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let report: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let figures: Vec<&Value> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["figures"].as_array().unwrap())
        .collect();
    // The program itself is measured where it was built, and a team's server where there is a PostgreSQL.
    let has_postgres = retold_trial::has(retold_trial::Need::Postgres);
    let has_redis = has_postgres && retold_trial::has(retold_trial::Need::Redis);
    let of_team = if has_postgres { 17 } else { 0 };
    let of_answers = usize::from(has_postgres) * 2 + usize::from(has_redis);
    let others = figures.len() - of_team;
    assert!(others == 100 || others == 126 + of_answers, "{others}");
    for figure in figures {
        let may_be_none = figure["unit"] == "% of a core";
        assert!(figure["ours"].as_f64().is_some_and(|ours| ours > 0.0 || may_be_none), "{figure}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}
