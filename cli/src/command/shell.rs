//! `retold shell`: completions for shells, and manual pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use super::Run;
use crate::completion;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Install or print shell completions and manual pages
///
/// The completions ask the program as one types: they know the sessions with their titles, marks, workspaces, types of events and
/// operations of the store. They read it and nothing else, wait for nobody, and say nothing where there is no store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold shell install                       for bash, zsh and fish, and man, in ~/.local
  sudo retold shell install --to /usr/local
  retold shell print zsh > ~/.zfunc/_retold
  retold shell print man store prune         the page of one command")]
pub(crate) struct Shell {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Write completions and manual pages where bash, zsh, fish and man look for them
    ///
    /// Writes share/bash-completion/completions/retold, share/zsh/site-functions/_retold,
    /// share/fish/vendor_completions.d/retold.fish and share/man/man1/retold*.1 below DIR, over those of an older retold.
    Install {
        /// The folder that has or gets `share` [default: ~/.local]
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Print one shell's completions, or a manual page
    Print {
        /// Which
        what: What,
        /// With `man`: the command whose page it is [default: retold itself]
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Bash,
    Zsh,
    Fish,
    Elvish,
    #[value(name = "powershell")]
    PowerShell,
    Man,
}

/// Install completions and manual pages for this account
///
/// The same as `retold shell install`: for bash, zsh and fish, and man. Again after an update, it replaces them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold setup
  sudo retold setup --to /usr/local")]
pub(crate) struct Setup {
    /// The folder that has or gets `share` [default: ~/.local]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

impl Run for Setup {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        install(context, self.to)
    }
}

impl Run for Shell {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        match self.act {
            Act::Install { to } => install(context, to),
            Act::Print { what, command } => print(context, what, &command),
        }
    }
}

fn install(context: &mut Context<'_>, to: Option<PathBuf>) -> Result<Exit, Failure> {
    let home = || context.io.variable("HOME").map(PathBuf::from);
    let Some(to) = to.or_else(|| home().map(|home| home.join(".local"))) else {
        return Err(
            Failure::usage("install completions: HOME is not set").hint("name a folder with --to DIR")
        );
    };
    let share = to.join("share");
    let mut files = vec![
        (share.join("bash-completion/completions/retold"), completions(&Bash).map_err(Failure::output)?),
        (share.join("zsh/site-functions/_retold"), completions(&Zsh).map_err(Failure::output)?),
        (share.join("fish/vendor_completions.d/retold.fish"), completions(&Fish).map_err(Failure::output)?),
    ];
    for (name, page) in pages(&(context.program.declaration)()).map_err(Failure::output)? {
        files.push((share.join("man/man1").join(name), page));
    }
    for (path, bytes) in &files {
        write(path, bytes).map_err(|error| Failure::file("write", path, &error))?;
    }
    if context.is_table() {
        for (path, _) in &files[..3] {
            context.say(&path.display().to_string())?;
        }
        let man = share.join("man/man1");
        context.say(&format!("{} manual pages in {}", files.len() - 3, man.display()))?;
        return Ok(Exit::Done);
    }
    let mut rows = context.rows(crate::store::NO_HEAD, ["file"])?;
    files.iter().try_for_each(|(path, _)| rows.push([path.display().to_string().into()]))?;
    rows.finish()?;
    Ok(Exit::Done)
}

/// Writes a generated file whole or not at all; what had its name was generated too, or is a link that somebody made.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;

    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut partial = retold_core::files::Partial::file_for(path, retold_core::files::Privacy::Usual)?;
    partial.file().write_all(bytes)?;
    partial.replace().map(drop)
}

fn print(context: &mut Context<'_>, what: What, command: &[String]) -> Result<Exit, Failure> {
    let shell: &dyn EnvCompleter = match what {
        What::Bash => &Bash,
        What::Zsh => &Zsh,
        What::Fish => &Fish,
        What::Elvish => &Elvish,
        What::PowerShell => &Powershell,
        What::Man => {
            let name = ["retold"].into_iter().chain(command.iter().map(String::as_str));
            let name = format!("{}.1", name.collect::<Vec<_>>().join("-"));
            let page = pages(&(context.program.declaration)())
                .map_err(Failure::output)?
                .into_iter()
                .find(|(known, _)| *known == name);
            let Some((_, page)) = page else {
                return Err(Failure::usage(format!(
                    "shell print man {}: there is no such command",
                    command.join(" ")
                ))
                .hint("`retold help commands` lists the commands"));
            };
            context.io.out.write_all(&page).map_err(Failure::output)?;
            return Ok(Exit::Done);
        }
    };
    if let Some(word) = command.first() {
        return Err(Failure::usage(format!("shell print {word}: it is one argument too many"))
            .hint("only `retold shell print man` takes a command"));
    }
    context.io.out.write_all(&completions(shell).map_err(Failure::output)?).map_err(Failure::output)?;
    Ok(Exit::Done)
}

/// Returns a shell's script: it asks the program what may be typed, which knows the commands and what the store has.
fn completions(shell: &dyn EnvCompleter) -> io::Result<Vec<u8>> {
    let mut script = Vec::new();
    shell.write_registration(completion::VARIABLE, "retold", "retold", "retold", &mut script)?;
    if shell.is("zsh") {
        script.extend_from_slice(ZSH_FIRST.as_bytes());
    }
    Ok(script)
}

/// Zsh loads the file as the body of a function, which is to answer the first time too.
const ZSH_FIRST: &str = "
if [ \"$funcstack[1]\" = \"_retold\" ]; then
    _clap_dynamic_completer_retold \"$@\"
fi
";

/// Returns a manual page for the program and for each command, by file name: `retold-store-prune.1`.
fn pages(declaration: &clap::Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    collect(declaration, &["retold"], &mut pages)?;
    Ok(pages)
}

fn collect(command: &clap::Command, names: &[&str], pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let name = names.join("-");
    let titled = command.clone().name(name.clone()).bin_name(names.join(" "));
    let mut page = Vec::new();
    clap_mangen::Man::new(titled).render(&mut page)?;
    pages.push((format!("{name}.1"), page));
    let inner = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    inner.into_iter().try_for_each(|inner| collect(inner, &[names, &[inner.get_name()]].concat(), pages))
}
