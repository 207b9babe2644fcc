//! The service runs what it says, from files that its manager reads, and touches nothing that is not its own. What runs for long stops
//! writing when a newer program has migrated the store.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::transcripts::{Owner, text};

/// Names of folders that a quoting may get wrong.
const AWKWARD: [&str; 6] = [
    "plain",
    "two words",
    "100% %h %%",
    "$HOME ${HOME} $$",
    "\"quoted\" 'too' \\ back\\slash",
    "<&> é \u{1f980};#",
];

fn store_in(owner: &Owner, folder: &str) -> PathBuf {
    let folder = owner.folder.path().join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder.join("log.db")
}

/// The program with another store.
fn program(owner: &Owner, store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.env_clear().env("HOME", owner.home()).arg("--store").arg(store).args(arguments);
    command.stdin(Stdio::null());
    command
}

fn printed(owner: &Owner, store: &Path, arguments: &[&str]) -> String {
    let output = program(owner, store, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn line<'u>(unit: &'u str, name: &str) -> &'u str {
    let begin = format!("{name}=");
    unit.lines().find_map(|line| line.strip_prefix(&begin)).unwrap_or_else(|| panic!("{name}: {unit}"))
}

#[test]
fn what_the_unit_starts_follows_the_store_that_it_names() {
    for folder in AWKWARD {
        let owner = Owner::of("codex");
        let store = store_in(&owner, folder);
        let unit = printed(&owner, &store, &["service", "print", "--manager", "systemd"]);
        assert_eq!(unit, printed(&owner, &store, &["service", "install", "--print", "--manager", "systemd"]));
        let started = line(&unit, "ExecStart");
        let words: Vec<String> = unquoted(started);
        let wanted = ["--store", store.to_str().unwrap(), "import", "--follow", "--quiet"];
        assert_eq!(words[1..], wanted, "{started}");
        assert_eq!(Path::new(&words[0]), Path::new(env!("CARGO_BIN_EXE_program")));
        let mut child = Command::new(&words[0]);
        child
            .args(&words[1..])
            .env_clear()
            .env("HOME", owner.home())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut child = child.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let is_there = || {
            let output = program(&owner, &store, &["sessions", "-o", "csv"]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).lines().count() > 5
        };
        while !is_there() {
            assert_eq!(child.try_wait().unwrap(), None, "{:?}", lines.next());
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Reads a line of words in double quotes, with what is escaped in them.
fn unquoted(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut letters = line.chars();
    while letters.next() == Some('"') {
        let (mut word, is_first) = (String::new(), words.is_empty());
        loop {
            match letters.next().expect("a quote ends") {
                '"' => break,
                '\\' => match letters.next().unwrap() {
                    letter @ ('"' | '\\') => word.push(letter),
                    letter => panic!("\\{letter} in {line}"),
                },
                '%' => {
                    assert_eq!(letters.next(), Some('%'), "a specifier in {line}");
                    word.push('%');
                }
                '$' => {
                    assert!(is_first || letters.next() == Some('$'), "a variable in {line}");
                    word.push('$');
                }
                letter => word.push(letter),
            }
        }
        words.push(word);
        assert!(matches!(letters.next(), None | Some(' ')), "{line}");
    }
    words
}

#[test]
fn systemd_takes_the_unit() {
    retold_trial::needs!(Systemd);
    for folder in AWKWARD {
        let owner = Owner::new();
        let store = store_in(&owner, folder);
        let output = program(&owner, &store, &["service", "print", "--manager", "systemd"])
            .env("CLAUDE_CONFIG_DIR", owner.folder.path().join(folder))
            .output()
            .unwrap();
        let unit = owner.folder.path().join("retold.service");
        std::fs::write(&unit, &output.stdout).unwrap();
        let verified = Command::new("systemd-analyze")
            .args(["verify", "--user", "--man=no"])
            .arg(&unit)
            .env("XDG_RUNTIME_DIR", owner.folder.path())
            .output()
            .unwrap();
        let said = text(&verified);
        assert!(verified.status.success() && !said.contains("retold.service:"), "{folder}: {said}");
    }
}

/// Takes elements out of XML that holds nothing else but text in them, and checks that they are closed.
fn strings(plist: &str) -> Vec<(String, String)> {
    let (mut open, mut found, mut key) = (Vec::<String>::new(), Vec::new(), String::new());
    let mut rest = &plist[plist.find("<plist").unwrap()..];
    while let Some(begin) = rest.find('<') {
        let inside = &rest[..begin];
        let end = rest.find('>').unwrap();
        let tag = &rest[begin + 1..end];
        rest = &rest[end + 1..];
        match tag.strip_prefix('/') {
            Some(name) => {
                assert_eq!(open.pop().as_deref(), Some(name), "{plist}");
                let value = inside.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                match name {
                    "key" => key = value,
                    "string" | "integer" => found.push((key.clone(), value)),
                    _ => {}
                }
            }
            None if tag.ends_with('/') => found.push((key.clone(), tag.trim_end_matches('/').to_owned())),
            None => open.push(tag.split(' ').next().unwrap().to_owned()),
        }
    }
    assert!(open.is_empty(), "{plist}");
    found
}

#[test]
fn launchd_is_given_the_same_words() {
    for folder in AWKWARD {
        let owner = Owner::new();
        let store = store_in(&owner, folder);
        let output = program(&owner, &store, &["service", "print", "--manager", "launchd"])
            .env("CODEX_HOME", owner.folder.path().join(folder))
            .output()
            .unwrap();
        let found = strings(&String::from_utf8(output.stdout).unwrap());
        let of = |key: &str| -> Vec<&str> {
            found.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
        };
        let program = env!("CARGO_BIN_EXE_program");
        let wanted = [program, "--store", store.to_str().unwrap(), "import", "--follow", "--quiet"];
        assert_eq!(of("ProgramArguments"), wanted);
        assert_eq!(of("CODEX_HOME"), [owner.folder.path().join(folder).to_str().unwrap()]);
        assert_eq!((of("RunAtLoad"), of("SuccessfulExit")), (vec!["true"], vec!["false"]));
    }
}

/// A service manager that writes down what it is asked.
#[cfg(target_os = "linux")]
fn manager(owner: &Owner, exit: i32) -> (PathBuf, PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, asked) = (owner.folder.path().join("bin"), owner.folder.path().join("asked"));
    std::fs::create_dir_all(&folder).unwrap();
    let script = folder.join("systemctl");
    let mut file = std::fs::File::create(&script).unwrap();
    write!(file, "#!/bin/sh\necho \"$@\" >> '{}'\nexit {exit}\n", asked.display()).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    (folder, asked)
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_is_installed_renewed_and_removed_and_nobody_elses_is_touched() {
    let owner = Owner::new();
    let (folder, asked) = manager(&owner, 0);
    let unit = owner.home().join(".config/systemd/user/retold.service");
    let run = |arguments: &[&str], code: i32| {
        let output = owner.command(arguments).env("PATH", &folder).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        text(&output)
    };
    assert!(run(&["service", "status"], 1).contains("installed  no"));
    run(&["service", "remove"], 1);
    run(&["service", "install"], 0);
    let written = std::fs::read_to_string(&unit).unwrap();
    assert_eq!(written, run(&["service", "print", "--manager", "systemd"], 0));
    assert_eq!(
        std::fs::read_to_string(&asked).unwrap(),
        "--user daemon-reload\n--user enable --now retold.service\n--user restart retold.service\n"
    );
    assert!(run(&["service", "status"], 0).contains("installed  yes\n"));
    // Of an older program, or for another store.
    std::fs::write(&unit, written.replace("Nice=5", "Nice=6")).unwrap();
    assert!(run(&["service", "status"], 0).contains("renews it"));
    run(&["service", "install"], 0);
    assert_eq!(std::fs::read_to_string(&unit).unwrap(), written);
    run(&["service", "remove"], 0);
    assert!(!unit.exists());
    // Somebody else's stays, whatever is asked.
    let mine = "[Service]\nExecStart=/usr/bin/true\n";
    std::fs::write(&unit, mine).unwrap();
    for act in ["install", "remove", "status"] {
        run(&["service", act], 9);
        assert_eq!(std::fs::read_to_string(&unit).unwrap(), mine);
    }
    // A manager that refuses is an error, and the file is there.
    std::fs::remove_file(&unit).unwrap();
    manager(&owner, 1);
    run(&["service", "install"], 5);
    assert!(unit.exists());
}

fn migrate_as_a_newer_program(owner: &Owner) {
    let connection = rusqlite::Connection::open(owner.folder.path().join("log.db")).unwrap();
    let known: u32 = connection.query_row("pragma user_version", [], |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", known + 1).unwrap();
}

fn rows(owner: &Owner) -> BTreeMap<String, i64> {
    let connection = rusqlite::Connection::open(owner.folder.path().join("log.db")).unwrap();
    let mut statement = connection.prepare("select type, count(*) from event group by type").unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?.to_string(), row.get(1)?));
    statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_runs_for_long_stops_writing_when_a_newer_program_has_migrated_the_store() {
    for arguments in
        [&["import", "claude", "--follow", "-o", "jsonl"][..], &["import", "ait42", "--follow"], &["rpc"]]
    {
        let owner = Owner::of("claude");
        owner.run(&["import"], 0);
        std::fs::create_dir_all(owner.home().join(".ait42/sessions")).unwrap();
        let mut child = owner.command(arguments);
        let mut child =
            child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        // It has begun.
        if arguments[0] == "rpc" {
            let call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list_sessions\",\"params\":{\"workspacePath\":\"/x\"}}\n";
            child.stdin.as_mut().unwrap().write_all(call.as_bytes()).unwrap();
            let mut answer = String::new();
            BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut answer).unwrap();
        } else {
            errors.read_line(&mut said).unwrap();
        }
        let before = rows(&owner);
        migrate_as_a_newer_program(&owner);
        if arguments[0] == "rpc" {
            let call = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"create_session\",\"params\":{\"workspacePath\":\"/x\",\
                        \"session\":{\"id\":\"a\"}}}\n";
            // It may have ended by now.
            let _ = child.stdin.as_mut().unwrap().write_all(call.as_bytes());
        } else {
            let folder = owner.home().join(".claude/projects/-home-dev-atlas");
            std::fs::rename(
                folder.join("ca7e40ea-7a08-57bb-98b7-2d2979d65e82.jsonl"),
                folder.join("x.jsonl"),
            )
            .unwrap();
        }
        let status = child.wait().unwrap();
        std::io::Read::read_to_string(&mut errors, &mut said).unwrap();
        assert_eq!(status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains("newer release"), "{arguments:?}: {said}");
        assert_eq!(rows(&owner), before, "{arguments:?}");
    }
}
