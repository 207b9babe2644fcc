//! `retold config`: what a person has set.

use std::path::PathBuf;
use std::process::Command;

use toml_edit::Value as Toml;

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::output::Value;
use crate::printable::printable;
use crate::settings::keys::{self, KEYS};
use crate::settings::{Origin, Settings, file, home, place, unknown, wrong};
use crate::store;

/// List, read and change settings
///
/// Settings are in a file, config.toml in the configuration folder for retold, or the one that RETOLD_CONFIG names. A variable of
/// the environment comes before it, an option of the command before both. docs/SETTINGS.md describes every key.
/// `alias.NAME` is a command of your own: its words take the place of NAME.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold config list                        every key, its value, where that is from
  retold config set mask-secrets true
  retold config set retention 90d
  retold config set alias.recent 'sessions --since yesterday'
  retold config edit                        in $VISUAL or $EDITOR")]
pub(crate) struct Config {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// List every key, with its value and where that comes from
    List,
    /// Print a key's value (exit 1 where it is not set)
    Get {
        /// The key
        key: String,
    },
    /// Set a key in the file
    Set {
        /// The key, or alias.NAME
        key: String,
        /// Its value
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Take a key out of the file
    Unset {
        /// The key, or alias.NAME
        key: String,
    },
    /// Open the file in $VISUAL or $EDITOR, and check it afterwards
    Edit,
    /// Print where the file is
    Path,
}

impl Run for Config {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Act::List => list(context),
            Act::Get { key } => get(context, &key),
            Act::Set { key, value } => set(context, &key, &value),
            Act::Unset { key } => unset(context, &key),
            Act::Edit => edit(context),
            Act::Path => {
                let path = path(context)?;
                context.say(&printable(&path.display().to_string()))?;
                Ok(Exit::Done)
            }
        }
    }
}

fn path(context: &Context<'_>) -> Result<PathBuf, Failure> {
    place(context.io).ok_or_else(|| {
        Failure::usage("config: this account has no configuration folder")
            .hint("name the file in RETOLD_CONFIG")
    })
}

/// Where a value comes from, in a word.
fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::File => "file",
        Origin::Environment(variable) => variable,
    }
}

fn list(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let settings = Settings::read(context.io, context.program.declaration)?;
    let mut rows = context.rows(store::NO_HEAD, ["key", "value", "from", "meaning"])?;
    for key in KEYS {
        let found = settings.find(key.name).map(|(value, from)| (value.to_string_lossy().into_owned(), from));
        let (value, from) = match found {
            Some((value, from)) => (value, origin(from)),
            None => (key.default.to_owned(), "default"),
        };
        rows.push([key.name.into(), value.into(), from.into(), key.meaning.into()])?;
    }
    for (name, words) in &settings.aliases {
        let line = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
        let name = format!("alias.{name}");
        rows.push([name.into(), line.into(), "file".into(), Value::from("A command of your own")])?;
    }
    rows.finish()?;
    Ok(Exit::Done)
}

fn get(context: &mut Context<'_>, key: &str) -> Result<Exit, Failure> {
    let settings = Settings::read(context.io, context.program.declaration)?;
    let value = match key.strip_prefix("alias.") {
        Some(name) => settings
            .aliases
            .get(name)
            .map(|words| shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()),
        None => {
            let key = keys::of(key).ok_or_else(|| unknown(None, key))?;
            settings.find(key.name).map(|(value, _)| value.to_string_lossy().into_owned())
        }
    };
    match value {
        Some(value) => {
            context.say(&printable(&value))?;
            Ok(Exit::Done)
        }
        None => Ok(Exit::Nothing),
    }
}

fn set(context: &mut Context<'_>, name: &str, text: &str) -> Result<Exit, Failure> {
    let home = home(context.io);
    let value = if name.starts_with("alias.") {
        Toml::from(text)
    } else {
        let key = keys::of(name).ok_or_else(|| unknown(None, name))?;
        file::typed(key, text, home.as_deref()).map_err(|reason| wrong(None, key, text, &reason))?
    };
    let path = path(context)?;
    file::change(&path, |file| {
        file.set(name, value.clone());
        file.aliases(&path, &(context.program.declaration)()).map(drop)?;
        file.values(&path, home.as_deref()).map(drop)
    })?;
    if let Some((_, Origin::Environment(variable))) = Settings::read(context.io, context.program.declaration)?
        .find(name)
        .filter(|(_, from)| *from != Origin::File)
    {
        context.note(&format!("{variable} is set, and comes before the file"));
    }
    Ok(Exit::Done)
}

fn unset(context: &mut Context<'_>, name: &str) -> Result<Exit, Failure> {
    let path = path(context)?;
    let mut was_there = false;
    file::change(&path, |file| {
        was_there = file.unset(name);
        Ok(())
    })?;
    if !was_there && !name.starts_with("alias.") && keys::of(name).is_none() {
        return Err(unknown(None, name));
    }
    Ok(if was_there { Exit::Done } else { Exit::Nothing })
}

fn edit(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let path = path(context)?;
    if !path.exists() {
        file::create(&path)?;
    }
    let editor = context.io.variable("VISUAL").or_else(|| context.io.variable("EDITOR"));
    let editor = editor.unwrap_or_else(|| "vi".into());
    // A command line, as for git: the shell parts its words, and the path is an argument of its own.
    let mut line = editor.clone();
    line.push(" \"$@\"");
    let status = Command::new("sh").arg("-c").arg(&line).arg("sh").arg(&path).status();
    let shown = editor.to_string_lossy();
    match status {
        Ok(status) if status.success() => {}
        Ok(_) => return Err(Failure::new(Exit::Io, format!("config edit: {shown} failed"))),
        Err(error) => {
            return Err(Failure::new(Exit::Io, format!("start {shown}: {}", io_words(&error))));
        }
    }
    Settings::read(context.io, context.program.declaration)?;
    Ok(Exit::Done)
}
