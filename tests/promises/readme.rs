//! What the README and the guides show is what the program does.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

const README: &str = include_str!("../../README.md");
const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs a command line of the README, with the sample's folder in the place of its relative path.
fn run(line: &str, store: &std::path::Path) -> (ExitCode, String) {
    let (out, err) = (Written::default(), Written::default());
    let mut io = retold_cli::Io::of_process(Arc::default());
    let store = store.as_os_str().to_owned();
    io.environment = Box::new(move |name| (name == "RETOLD_STORE").then(|| store.clone()));
    io.out = Box::new(out.clone());
    io.err = Box::new(err.clone());
    (io.out_is_terminal, io.err_is_terminal) = (false, false);
    let args = line.split(' ').map(|word| word.replace("examples/", &format!("{EXAMPLES}/")).into());
    let exit = retold_cli::run(args, &mut io);
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    (exit, text)
}

/// The README's transcript as commands with the lines that are shown under them.
fn transcript() -> Vec<(&'static str, Vec<&'static str>)> {
    let (_, rest) = README.split_once("```console\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command, Vec::new())),
            None => commands.last_mut().unwrap().1.push(line),
        }
    }
    commands
}

/// A line that is shown stands in the output; where it ends in `…`, its beginning does.
fn is_in(shown: &str, output: &str) -> bool {
    output.lines().any(|line| match shown.strip_suffix('…') {
        Some(beginning) => line.starts_with(beginning.trim_end()),
        None => line.trim_end() == shown,
    })
}

#[test]
fn the_transcript_is_what_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let commands = transcript();
    assert!(commands.len() >= 3, "the README shows a transcript");
    for (command, shown) in commands {
        let (exit, output) = run(command, &folder.path().join("sessions.db"));
        assert_eq!(exit, ExitCode::SUCCESS, "{command}");
        assert!(!shown.is_empty(), "the README shows no output of {command}; it is\n{output}");
        for line in shown {
            assert!(is_in(line, &output), "{command} does not print {line:?} but\n{output}");
        }
    }
}

/// Returns the command lines of a text's `sh` blocks.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("retold "))
}

#[test]
fn the_commands_and_flags_that_it_and_the_guides_name_are_there() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("README", README), ("ADOPTING", include_str!("../../docs/ADOPTING.md"))] {
        assert!(commands(text).count() >= 7, "{name} names commands");
        for command in commands(text) {
            let command = command.split('#').next().unwrap();
            let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
            let (exit, help) =
                run(&format!("retold {} --help", verb.trim()), &folder.path().join("sessions.db"));
            assert_eq!(exit, ExitCode::SUCCESS, "{name}: {command}");
            for flag in rest.split([' ', '[', ']']).filter(|word| word.starts_with("--")) {
                assert!(help.contains(flag), "{name}: {command} has no {flag}");
            }
        }
    }
}
