//! What did not run, and why: a file for each test in the target folder, until the summary has said it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Returns the target folder that this process was built into.
pub(crate) fn target() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").exists();
    program.ancestors().skip(1).find(is_target).map(Path::to_owned)
}

/// In the target folder, unless `RETOLD_NOT_RUN` names another.
fn folder() -> PathBuf {
    if let Some(named) = env::var_os("RETOLD_NOT_RUN") {
        return named.into();
    }
    target().unwrap_or_else(env::temp_dir).join("not-run")
}

/// Writes down that a test could not run, at once to stderr, too; or that it could.
pub(crate) fn note(need: &str, test: &str, wants: &str, is_there: bool) {
    if !is_there {
        // libtest keeps what a test prints, but not what is written so.
        let _unheard = writeln!(std::io::stderr(), "did not run: {test}: it needs {wants}");
    }
    note_in(&folder(), need, test, wants, is_there);
}

fn note_in(folder: &Path, need: &str, test: &str, wants: &str, is_there: bool) {
    let name: String =
        test.chars().map(|part| if part.is_alphanumeric() || part == '_' { part } else { '.' }).collect();
    let file = folder.join(format!("{name}@{need}"));
    if is_there {
        let _none = fs::remove_file(file);
        return;
    }
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&file, format!("{wants}\n{test}\n")));
    if let Err(error) = written {
        panic!("{} cannot be written, so that nobody would hear of {test}: {error}", file.display());
    }
}

/// Returns what did not run since the last summary, by what it lacked; `None` where everything ran. Forgets it.
#[must_use]
pub fn summary() -> Option<String> {
    summary_of(&folder())
}

fn summary_of(folder: &Path) -> Option<String> {
    let mut lacking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let (wants, test) = text.split_once('\n').unwrap_or((&text, ""));
        lacking.entry(wants.to_owned()).or_default().push(test.trim_end().to_owned());
        let _gone = fs::remove_file(entry.path());
    }
    let count: usize = lacking.values().map(Vec::len).sum();
    if count == 0 {
        return None;
    }
    let mut text = format!("{count} did not run here, each for want of something:\n");
    for (wants, mut tests) in lacking {
        tests.sort();
        text.push_str(&format!("  {wants}\n"));
        tests.iter().for_each(|test| text.push_str(&format!("      {test}\n")));
    }
    text.push_str(
        "`.ci/install` installs all of it on Debian, as root; RETOLD_REQUIRE=all makes a failure of each.\n",
    );
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_is_said_once_by_what_it_lacked() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(summary_of(&folder.join("none")), None);
        for (need, test, wants) in [
            ("cc", "b::second", "a compiler"),
            ("cc", "a::first", "a compiler"),
            ("root", "a::first", "root"),
        ] {
            note_in(folder, need, test, wants, false);
        }
        // It ran after all.
        note_in(folder, "root", "c::third", "root", false);
        note_in(folder, "root", "c::third", "root", true);
        let said = summary_of(folder).unwrap();
        let lines: Vec<&str> = said.lines().map(str::trim).collect();
        assert_eq!(lines[0], "3 did not run here, each for want of something:");
        assert_eq!(lines[1..6], ["a compiler", "a::first", "b::second", "root", "a::first"]);
        assert_eq!(summary_of(folder), None);
    }
}
