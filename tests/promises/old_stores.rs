//! Stores that earlier programs wrote open, verify and answer as they did. `tests/stores/make` made them, a store of every kind,
//! and wrote down what the program of its day said of each.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use retold_core::{Error, Options};
use serde::Deserialize;
use serde_json::Value;

/// A question, and what the earlier program answered.
#[derive(Deserialize)]
struct Answer {
    args: Vec<String>,
    code: i32,
    out: String,
}

/// The stores that were kept, each in a folder of its own.
struct Stores {
    folder: tempfile::TempDir,
}

impl Stores {
    fn unpack() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("stores");
        for entry in std::fs::read_dir(packed).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "zst") {
                let into = folder.path().join(path.file_stem().unwrap());
                let tar = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
                tar::Archive::new(&*tar).unpack(into).unwrap();
            }
        }
        Self { folder }
    }

    /// Returns the folders of all stores of a kind, or of every kind.
    fn of(&self, kind: Option<&str>) -> Vec<PathBuf> {
        let folders =
            |path: &Path| std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        let packs: Vec<PathBuf> = folders(self.folder.path());
        let mut found: Vec<PathBuf> = packs.iter().flat_map(|pack| folders(pack)).collect();
        found.retain(|folder| kind.is_none_or(|kind| folder.ends_with(kind)));
        found.sort();
        assert!(!found.is_empty(), "a store of the kind {kind:?} is kept");
        found
    }
}

fn retold(folder: &Path, args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_program"));
    program.args(args).current_dir(folder).env("TZ", "UTC").env("RETOLD_STORE", "sessions.db");
    program.output().unwrap()
}

/// Returns a command as it is typed today, from what an earlier program took.
fn today(args: &[String]) -> Vec<&str> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let Some((first, rest)) = args.split_first() else { return args };
    let now: &[&str] = match *first {
        "head" | "stats" | "migrate" | "quarantine" | "prune" => &["store", first],
        "marks" => &["mark"],
        "watch" => &["history"],
        "play" => &["replay"],
        // They came as the editor's files have them.
        "sessions" if !rest.contains(&"--sort") => &["sessions", "--sort", "file"],
        _ => &[first],
    };
    [now, rest].concat()
}

/// What a verification measures, and the files of earlier versions that it names: a projection that was filled again leaves one.
const OF_THE_RUN: [&str; 2] = ["events_per_second", "not_read"];

/// Whether an answer says all that another one said; it may say more of an object.
fn says(answer: &Value, said: &Value) -> bool {
    match (answer, said) {
        (Value::Object(answer), Value::Object(said)) => said
            .iter()
            .filter(|(key, _)| !OF_THE_RUN.contains(&key.as_str()))
            .all(|(key, said)| answer.get(key).is_some_and(|answer| says(answer, said))),
        (Value::Array(answer), Value::Array(said)) => {
            answer.len() == said.len() && answer.iter().zip(said).all(|(answer, said)| says(answer, said))
        }
        _ => answer == said,
    }
}

#[test]
fn stores_of_earlier_programs_verify_and_answer_as_they_did() {
    let stores = Stores::unpack();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for folder in stores.of(None) {
        let kind = folder.file_name().unwrap().to_str().unwrap();
        let answers: Vec<Answer> =
            serde_json::from_slice(&std::fs::read(folder.join("answers.json")).unwrap()).unwrap();
        assert!(answers.len() > 10, "{kind} was asked");
        // Projections with files of their own may have another version, and are filled again.
        let filled = retold(&folder, &["projections", "catch-up"]).status.code();
        assert!(matches!(filled, Some(0 | 1)), "{kind}: {filled:?}");
        for Answer { args, code, out } in answers {
            let args = today(&args);
            let output = retold(&folder, &args);
            let json = |text: &[u8]| serde_json::from_slice(text).ok();
            asked += 1;
            let is_same = match (json(&output.stdout), json(out.as_bytes())) {
                (Some(answer), Some(said)) => says(&answer, &said),
                _ => output.stdout == out.as_bytes(),
            };
            if output.status.code() != Some(code) || !is_same {
                let answer = String::from_utf8_lossy(&output.stdout).into_owned();
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                wrong.push(format!("{kind}: retold {}\n{out}\n---\n{answer}{told}", args.join(" ")));
            }
        }
    }
    println!("{asked} answers of earlier programs were compared");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn stores_of_earlier_programs_are_read_without_a_change() {
    for folder in Stores::unpack().of(None) {
        let path = folder.join("sessions.db");
        let before = std::fs::read(&path).unwrap();
        match Options::new().read_only(true).open(&path) {
            Ok(log) => assert!(log.verify(|_| true).unwrap().is_sound(), "{folder:?}"),
            // A later schema needs a migration first, and reading only makes none.
            Err(Error::Older { found, known, .. }) => assert!(found < known, "{folder:?}"),
            Err(error) => panic!("{folder:?}: {error}"),
        }
        assert_eq!(std::fs::read(&path).unwrap(), before, "{folder:?}");
    }
}

/// What was begun with an earlier program goes on with this one.
#[test]
fn stores_of_earlier_programs_are_written_to() {
    let stores = Stores::unpack();
    let kinds: [(&str, &[&[&str]]); 6] = [
        ("pruned", &[&["store", "unprune", "archive.db"]]),
        ("unpruned", &[&["store", "unprune", "archive.db"]]),
        ("redacted", &[&["redact", "9", "--reason", "a secret"]]),
        ("declared", &[&["projections", "check"], &["projections", "rebuild", "agent_win_rate"]]),
        ("travelled", &[&["mark", "later"], &["projections", "rebuild"]]),
        ("restored", &[&["store", "restore", "backup.db"]]),
    ];
    for (kind, commands) in kinds {
        for folder in stores.of(Some(kind)) {
            for args in commands.iter().chain([&["backup", "new.db"][..], &["verify", "--full"]].iter()) {
                let output = retold(&folder, args);
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(matches!(output.status.code(), Some(0 | 7)), "{kind}: retold {args:?}: {told}");
            }
        }
    }
}
