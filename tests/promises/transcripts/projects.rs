//! Sessions are of one project where their folders share a repository or where it was cloned from, also when the folders are gone.

use std::path::Path;

use serde_json::{Value, json};

use super::{Owner, write};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A session of Claude Code in a folder.
fn session(owner: &Owner, number: u8, cwd: &str) {
    let id = format!("00000000-0000-4000-8000-0000000000{number:02}");
    let at = |second: u8| format!("2026-08-03T09:{number:02}:{second:02}.000Z");
    let chain = |uuid: u8, kind: &str, message: Value| {
        let parent = (uuid > 1).then(|| format!("{id}-{}", uuid - 1));
        json!({
            "type": kind, "uuid": format!("{id}-{uuid}"), "parentUuid": parent, "sessionId": id, "timestamp": at(uuid),
            "cwd": cwd, "version": "2.1.0", "message": message,
        })
    };
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    let lines = [
        chain(1, "user", json!({"role": "user", "content": format!("Task {number}")})),
        chain(
            2,
            "assistant",
            json!({
                "id": format!("msg_{number}"), "role": "assistant", "model": "claude-opus-5", "usage": usage,
                "content": [{"type": "text", "text": "Done."}],
            }),
        ),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    write(&owner.home().join(format!(".claude/projects/p{number}/{id}.jsonl")), text.as_bytes());
}

fn repository(folder: &Path, remote: Option<&str>) {
    let config = remote.map_or_else(String::new, |url| format!("[remote \"origin\"]\n\turl = {url}\n"));
    write(&folder.join(".git/config"), config.as_bytes());
    write(&folder.join(".git/HEAD"), b"ref: refs/heads/main\n");
    write(&folder.join(".git/refs/heads/main"), format!("{COMMIT}\n").as_bytes());
    std::fs::create_dir_all(folder.join("src")).unwrap();
}

fn worktree(repository: &Path, folder: &Path) {
    let own = repository.join(".git/worktrees/fix");
    write(&own.join("commondir"), b"../..\n");
    write(&own.join("gitdir"), format!("{}\n", folder.join(".git").display()).as_bytes());
    write(&own.join("HEAD"), format!("{COMMIT}\n").as_bytes());
    write(&folder.join(".git"), format!("gitdir: {}\n", own.display()).as_bytes());
}

/// The tasks of the sessions of a project, by the command line.
fn of_project(owner: &Owner, project: &str) -> Vec<String> {
    let output =
        owner.command(&["sessions", "--project", project, "-n", "50", "-o", "jsonl"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut tasks: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["task"].as_str().unwrap().to_owned())
        .collect();
    tasks.sort();
    tasks
}

fn projects_of_usage(owner: &Owner) -> Vec<(String, u64)> {
    let listed = owner.run(&["usage", "--by", "project", "-o", "jsonl"], 0);
    let mut rows: Vec<(String, u64)> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["project"].as_str().unwrap().to_owned(), row["sessions"].as_u64().unwrap()))
        .collect();
    rows.sort();
    rows
}

#[cfg(unix)]
#[test]
fn folders_that_share_a_repository_or_its_remote_are_one_project_also_when_they_are_gone() {
    let owner = Owner::new();
    let work = owner.folder.path().canonicalize().unwrap().join("work");
    let place = |path: &str| work.join(path).to_str().unwrap().to_owned();
    repository(&work.join("atlas"), Some("https://me:secret@example.com/acme/Atlas.git"));
    repository(&work.join("copy"), Some("git@example.com:acme/Atlas"));
    repository(&work.join("other/atlas2"), None);
    worktree(&work.join("atlas"), &work.join("trees/fix"));
    std::fs::create_dir_all(work.join("notes/deep")).unwrap();
    std::os::unix::fs::symlink(&work, owner.folder.path().join("link")).unwrap();
    let through_link = owner.folder.path().join("link/atlas/src");
    for (number, cwd) in [
        place("atlas"),
        place("atlas/src"),
        format!("{}/", place("copy")),
        place("trees/fix"),
        through_link.to_str().unwrap().to_owned(),
        place("other/atlas2"),
        format!("{}/", place("notes")),
        place("notes/deep"),
    ]
    .iter()
    .enumerate()
    {
        session(&owner, u8::try_from(number + 1).unwrap(), cwd);
    }
    owner.run(&["import", "claude"], 0);
    let tasks = |numbers: &[u8]| -> Vec<String> { numbers.iter().map(|one| format!("Task {one}")).collect() };
    let ask = |is_gone: bool| {
        for project in
            ["atlas", "ATLAS", &place("atlas"), &format!("{}/", place("copy")), &place("trees/fix")]
        {
            assert_eq!(of_project(&owner, project), tasks(&[1, 2, 3, 4, 5]), "{project}, gone: {is_gone}");
        }
        assert_eq!(of_project(&owner, "atlas2"), tasks(&[6]));
        assert_eq!(of_project(&owner, "notes"), tasks(&[7]), "a folder without a repository is a project");
        assert_eq!(of_project(&owner, &place("notes")), tasks(&[7, 8]), "a path has what is below it");
        assert_eq!(
            projects_of_usage(&owner),
            [(place("atlas"), 5), (place("notes"), 1), (place("notes/deep"), 1), (place("other/atlas2"), 1),]
        );
    };
    ask(false);
    std::fs::remove_dir_all(&work).unwrap();
    ask(true);
    let seen = owner.run(&["log", "--type", "FolderSeen", "-o", "jsonl"], 0);
    assert_eq!(seen.lines().count(), 6);
    assert!(!seen.contains("secret") && seen.contains(COMMIT), "{seen}");
    // What was forgotten is named nowhere.
    owner.run(&["forget", "--project", &place("trees/fix")], 0);
    let seen = owner.run(&["log", "--type", "FolderSeen", "-o", "jsonl"], 0);
    assert!(!seen.contains("trees/fix"), "{seen}");
}
