//! `retold service`: what follows the coding agents from login on.

mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use retold_core::files::{Partial, Privacy};
use retold_transcripts::VARIABLES;

use super::Run;
use super::import::transcripts::places;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, io_words};
use crate::printable::printable;
use crate::settings;
use text::{LABEL, MARK, Started, UNIT};

/// Follow the coding agents from login on
///
/// The service runs `retold import --follow --quiet` on this store: a systemd user unit on Linux, a launchd agent on macOS. It starts
/// again when it fails, also when a newer retold has migrated the store. Of the environment it gets what says where
/// tools keep their files (CLAUDE_CONFIG_DIR, CODEX_HOME and so on), as it is now, and RETOLD_CONFIG; so
/// `mask-secrets` and `retention` count for it as they are set in the file when it starts. A file of that name that retold has not made is not touched (exit 9).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold service install            from now on and from each login
  retold service print              what that would write
  retold service status
  retold service remove")]
pub(crate) struct Service {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Write the service's file, and start it now and at each login
    Install {
        /// Only print the file
        #[arg(long)]
        print: bool,
        /// The service manager [default: this system's]
        #[arg(long, value_name = "MANAGER")]
        manager: Option<Manager>,
    },
    /// Say whether it is installed, and whether it runs (exit 1 where not)
    Status,
    /// Stop it, and remove its file
    Remove,
    /// Print the service's file
    Print {
        /// The service manager [default: this system's]
        #[arg(long, value_name = "MANAGER")]
        manager: Option<Manager>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    /// That of this system.
    const OWN: Self = if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd };
}

impl Run for Service {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Act::Print { manager } | Act::Install { print: true, manager } => {
                let text = content(context, manager.unwrap_or(Manager::OWN))?;
                context.io.out.write_all(text.as_bytes()).map_err(Failure::output)?;
                Ok(Exit::Done)
            }
            Act::Install { manager, .. } => install(context, manager.unwrap_or(Manager::OWN)),
            Act::Status => status(context),
            Act::Remove => remove(context),
        }
    }
}

fn content(context: &Context<'_>, manager: Manager) -> Result<String, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::new(Exit::Io, format!("service: find this program: {}", io_words(&error)))
    })?;
    let store = context.store_path()?;
    let store = std::path::absolute(&store)
        .map_err(|error| Failure::new(Exit::Io, format!("service: {}: {error}", store.display())))?;
    let unicode = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            Failure::usage(format!(
                "service: {} is not Unicode, as the service's file has to be",
                path.display()
            ))
        })
    };
    let mut words = vec![unicode(&program)?, "--store".to_owned(), unicode(&store)?];
    words.extend(["import", "--follow", "--quiet"].map(str::to_owned));
    let set = |name: &&str| Some(((*name).to_owned(), context.io.variable(name)?.into_string().ok()?));
    let mut variables: Vec<(String, String)> =
        VARIABLES.iter().filter_map(set).filter(|(_, value)| !value.is_empty()).collect();
    // What is set holds for the service too.
    if let Some(file) = context.io.variable(settings::VARIABLE) {
        let file = std::path::absolute(&file).unwrap_or_else(|_| file.into());
        variables.push((settings::VARIABLE.to_owned(), unicode(&file)?));
    }
    let started = Started { words, variables };
    Ok(match manager {
        Manager::Systemd => text::unit(&started),
        Manager::Launchd => text::agent(&started, places(context)?.home()),
    })
}

/// Returns where the file is.
fn place(context: &Context<'_>, manager: Manager) -> Result<PathBuf, Failure> {
    let home = places(context)?.home().to_owned();
    Ok(match manager {
        Manager::Launchd => home.join("Library/LaunchAgents").join(format!("{LABEL}.plist")),
        Manager::Systemd => {
            let folder =
                context.io.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
            folder.unwrap_or_else(|| home.join(".config")).join("systemd/user").join(UNIT)
        }
    })
}

/// Returns what is installed; an error where it is not ours.
fn installed(place: &Path) -> Result<Option<String>, Failure> {
    match std::fs::read(place) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            // The XML declaration comes before it.
            if text.lines().take(2).any(|line| line.contains(MARK)) {
                return Ok(Some(text));
            }
            Err(Failure::new(Exit::Refused, format!("service: {} was not made by retold", place.display()))
                .hint("move it away, and run this again"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(Exit::Io, format!("read {}: {}", place.display(), io_words(&error)))),
    }
}

fn install(context: &mut Context<'_>, manager: Manager) -> Result<Exit, Failure> {
    let (text, place) = (content(context, manager)?, place(context, manager)?);
    if installed(&place)?.as_deref() != Some(text.as_str()) {
        let failed = |error: std::io::Error| {
            Failure::new(Exit::Io, format!("write {}: {}", place.display(), io_words(&error)))
        };
        std::fs::create_dir_all(place.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        let mut file = Partial::file_for(&place, Privacy::Usual).map_err(failed)?;
        file.file().write_all(text.as_bytes()).map_err(failed)?;
        file.replace().map_err(failed)?;
    }
    context.note(&printable(&format!("written: {}", place.display())));
    let path = place.to_string_lossy().into_owned();
    match manager {
        Manager::Systemd => {
            manage("systemctl", &["--user", "daemon-reload"])?;
            manage("systemctl", &["--user", "enable", "--now", UNIT])?;
            // One that ran before runs what was written now.
            manage("systemctl", &["--user", "restart", UNIT])?;
        }
        Manager::Launchd => {
            // One that is there is replaced.
            let _ = manage("launchctl", &["bootout", &format!("{}/{LABEL}", domain())]);
            manage("launchctl", &["bootstrap", &domain(), &path])?;
        }
    }
    context.note("it follows the coding agents from now on, and from each login");
    Ok(Exit::Done)
}

fn remove(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let place = place(context, Manager::OWN)?;
    if installed(&place)?.is_none() {
        context.note("it is not installed");
        return Ok(Exit::Nothing);
    }
    // Where its manager is gone, or does not know it, the file goes all the same.
    let stopped = match Manager::OWN {
        Manager::Systemd => manage("systemctl", &["--user", "disable", "--now", UNIT]),
        Manager::Launchd => manage("launchctl", &["bootout", &format!("{}/{LABEL}", domain())]),
    };
    std::fs::remove_file(&place).map_err(|error| {
        Failure::new(Exit::Io, format!("remove {}: {}", place.display(), io_words(&error)))
    })?;
    context.note(&printable(&format!("removed: {}", place.display())));
    if Manager::OWN == Manager::Systemd {
        let _ = manage("systemctl", &["--user", "daemon-reload"]);
    }
    if let Err(failure) = stopped {
        context.note(&printable(&format!("warning: it may still run: {}", failure.words())));
    }
    Ok(Exit::Done)
}

fn status(context: &mut Context<'_>) -> Result<Exit, Failure> {
    let place = place(context, Manager::OWN)?;
    let text = installed(&place)?;
    let is_current = text == Some(content(context, Manager::OWN)?);
    let runs = text.is_some()
        && match Manager::OWN {
            Manager::Systemd => manage("systemctl", &["--user", "is-active", "--quiet", UNIT]).is_ok(),
            Manager::Launchd => manage("launchctl", &["print", &format!("{}/{LABEL}", domain())]).is_ok(),
        };
    context.say(&printable(&format!("file       {}", place.display())))?;
    context.say(match (&text, is_current) {
        (None, _) => "installed  no: `retold service install`",
        (Some(_), true) => "installed  yes",
        (Some(_), false) => {
            "installed  yes, for another store or program: `retold service install` renews it"
        }
    })?;
    context.say(if runs { "runs       yes" } else { "runs       no" })?;
    Ok(if runs { Exit::Done } else { Exit::Nothing })
}

/// The launchd domain of this account.
fn domain() -> String {
    #[cfg(unix)]
    return format!("gui/{}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    "gui/0".to_owned()
}

/// Has the service manager do something.
fn manage(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let said = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().map_err(|error| {
        Failure::new(Exit::Io, format!("run {said}: {}", io_words(&error)))
            .hint("the file is there; `retold import --follow` does the same without a service manager")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let cause = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::new(Exit::Io, format!("run {said}: {cause}"))
        .hint("the file is there; `retold import --follow` does the same without a service manager"))
}
