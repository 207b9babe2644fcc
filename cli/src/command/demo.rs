//! `retold demo`: the sample history, imported and looked at.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use retold_core::files::{Partial, Privacy};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};

/// Import a sample history and show what retold does with it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold demo          writes into ./retold-demo
  retold demo /tmp/x   writes into /tmp/x")]
pub(crate) struct Demo {
    /// The folder to write the sample and its store into
    #[arg(value_name = "DIR", default_value = "retold-demo")]
    folder: PathBuf,
}

macro_rules! sample {
    ($($path:literal,)*) => {
        /// The sample: a `~/.ait42` as people have it.
        const SAMPLE: &[(&str, &[u8])] =
            &[$(($path, include_bytes!(concat!("../../../examples/ait42/", $path))),)*];
    };
}

sample! {
    "workspace_mapping.json",
    "sessions/37c00bcc6c3693ff.json",
    "sessions/4bc8e7777a46ac6b.json",
    "sessions/c41d22cca937429a.json",
}

/// The session whose story is told.
const STORY: &str = "7c2f4b1e";

impl Run for Demo {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let history = write_sample(&self.folder)?;
        let store = store_in(&self.folder);
        let out = self.folder.join("export");
        let steps: [(&str, Vec<OsString>); 6] = [
            ("import it", vec!["import".into(), history.into()]),
            ("list the last updated", words("sessions --sort updated -n 8")),
            ("one session's events", words(&format!("log {STORY} -n 12"))),
            ("the same session, after its fourth event", words(&format!("show {STORY} --at r4"))),
            ("out again, byte for byte", {
                let mut args = words("export --format ait42");
                args.push(out.into());
                args
            }),
            ("everything against its hashes", words("verify")),
        ];
        for (what, args) in steps {
            let mut line: Vec<OsString> =
                vec!["retold".into(), "--store".into(), store.clone().into(), "--no-pager".into()];
            line.extend(context.global.quiet.then(|| "--quiet".into()));
            let shown: Vec<String> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
            line.extend(args);
            context.say(&format!("\n# {what}\n$ retold {}", shown.join(" ")))?;
            context.io.out.flush().map_err(Failure::output)?;
            let exit = (context.program.run)(line, context.io);
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
        context.say(&format!(
            "\n# yours to play with\n$ retold --store {} sql \"select status, count(*) from sessions group by 1\"",
            store.display()
        ))?;
        Ok(Exit::Done)
    }
}

/// Returns where the sample's store is in its folder.
pub(super) fn store_in(folder: &Path) -> PathBuf {
    folder.join("sessions.db")
}

/// Writes the sample into a folder, and returns where it is.
fn write_sample(folder: &Path) -> Result<PathBuf, Failure> {
    let history = folder.join("ait42");
    for (path, bytes) in SAMPLE {
        let file = history.join(path);
        if std::fs::read(&file).is_ok_and(|there| there == *bytes) {
            continue;
        }
        if file.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("write {}: another file is there", file.display()))
                .hint("name another folder: retold demo DIR"));
        }
        let written = file
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| Partial::file_for(&file, Privacy::Usual))
            .and_then(|mut partial| partial.file().write_all(bytes).and_then(|()| partial.settle()));
        written.map_err(|error| {
            Failure::new(Exit::Io, format!("write {}: {}", file.display(), io_words(&error)))
        })?;
    }
    Ok(history)
}

/// Writes the sample into a folder and imports it, without a word.
#[cfg(feature = "web")]
pub(super) fn import_into(context: &mut Context<'_>, folder: &Path) -> Result<(), Failure> {
    let history = write_sample(folder)?;
    let line: Vec<OsString> = vec![
        "retold".into(),
        "--quiet".into(),
        "--store".into(),
        store_in(folder).into(),
        "import".into(),
        history.into(),
    ];
    let out = std::mem::replace(&mut context.io.out, Box::new(std::io::sink()));
    let exit = (context.program.run)(line, context.io);
    context.io.out = out;
    match exit {
        Exit::Done => Ok(()),
        exit => Err(Failure::new(exit, "import the sample: it failed")),
    }
}

fn words(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}
