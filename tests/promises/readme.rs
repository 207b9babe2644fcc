//! What the README and the guides show is what the program does.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};

use retold_trial::{Need, needs};

const README: &str = include_str!("../../README.md");
const ANALYSTS: &str = include_str!("../../docs/ANALYSTS.md");
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

/// Runs a command line of a page in `folder`, with the sample's folder in the place of its relative path; `None` for a
/// program that this machine cannot get.
fn run(line: &str, folder: &Path) -> Option<(bool, String)> {
    let words = words(line);
    match words[0].as_str() {
        "retold" => Some(retold(words, folder)),
        "mkdir" => Some((std::fs::create_dir(folder.join(&words[1])).is_ok(), String::new())),
        "python3" => {
            let mut python = Command::new(retold_trial::has(Need::Python).then(needs::python)??);
            let output = python.args(&words[1..]).current_dir(folder).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8(said).unwrap()))
        }
        other => panic!("nothing here runs {other}"),
    }
}

/// Runs `retold` in this process; or the program that `RETOLD_PROGRAM` names, as it was installed.
fn retold(words: Vec<String>, folder: &Path) -> (bool, String) {
    let args: Vec<OsString> = words
        .into_iter()
        .map(|word| match word.split_once('/') {
            Some(("examples", rest)) => format!("{EXAMPLES}/{rest}").into(),
            Some(("out", _)) => folder.join(word).into_os_string(),
            _ => word.into(),
        })
        .collect();
    if let Some(program) = std::env::var_os("RETOLD_PROGRAM") {
        let mut command = Command::new(program);
        command.args(&args[1..]).env("RETOLD_STORE", folder.join("sessions.db")).env_remove("TZ");
        let output = command.stdin(Stdio::null()).output().unwrap();
        let is_done = output.status.success();
        let said = if is_done { output.stdout } else { [output.stdout, output.stderr].concat() };
        return (is_done, String::from_utf8(said).unwrap());
    }
    let (out, err) = (Written::default(), Written::default());
    let mut io = retold_cli::Io::of_process(Arc::default());
    let store = folder.join("sessions.db").into_os_string();
    io.environment = Box::new(move |name| (name == "RETOLD_STORE").then(|| store.clone()));
    io.out = Box::new(out.clone());
    io.err = Box::new(err.clone());
    (io.out_is_terminal, io.err_is_terminal) = (false, false);
    let exit = retold_cli::run(args, &mut io);
    let text = |written: &Written| String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let said = if exit == ExitCode::SUCCESS { text(&out) } else { text(&out) + &text(&err) };
    (exit == ExitCode::SUCCESS, said)
}

/// Parts a command line as a shell does: quotes hold a word together, in double ones a backslash frees a quote.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (Some('"'), '\\') if rest.peek() == Some(&'"') => word.extend(rest.next()),
            (_, character) => word.push(character),
        }
    }
    words.push(word);
    words
}

/// A page's transcripts as commands with the lines that are shown under them.
fn transcript(page: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    let blocks = page.split("```console\n").skip(1).filter_map(|block| block.split("```").next());
    for line in blocks.flat_map(str::lines) {
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
fn the_transcripts_are_what_the_programs_print() {
    for (name, page) in [("README", README), ("ANALYSTS", ANALYSTS)] {
        let folder = tempfile::tempdir().unwrap();
        let commands = transcript(page);
        assert!(commands.len() >= 3, "{name} shows a transcript");
        for (command, shown) in commands {
            let Some((is_done, output)) = run(command, folder.path()) else { continue };
            assert!(is_done, "{name}: {command}\n{output}");
            let is_silent = command.starts_with("mkdir ");
            assert!(is_silent || !shown.is_empty(), "{name} shows no output of {command}; it is\n{output}");
            for line in shown {
                assert!(is_in(line, &output), "{name}: {command} does not print {line:?} but\n{output}");
            }
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
            let noun = ["store ", "ait42 ", "projections "].iter().find(|noun| command.starts_with(**noun));
            let noun = noun.copied().unwrap_or_default();
            let typed = &command[noun.len()..];
            let (verb, rest) = typed.split_once(' ').unwrap_or((typed, ""));
            let (is_done, help) =
                run(&format!("retold {noun}{} --help", verb.trim()), folder.path()).expect("it is here");
            assert!(is_done, "{name}: {command}");
            for flag in rest.split([' ', '[', ']']).filter(|word| word.starts_with("--")) {
                assert!(help.contains(flag), "{name}: {command} has no {flag}");
            }
        }
    }
}
