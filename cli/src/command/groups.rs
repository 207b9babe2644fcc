//! What the commands are for: the first screen of help, and the list of all of them.

use clap::{Args, Command};

use crate::global::{ENVIRONMENT, Global};

/// The commands by what they are for. The first group is what `retold --help` shows.
const GROUPS: [(&str, &[&str]); 9] = [
    (
        "Every day",
        &[
            "import", "sessions", "show", "log", "diff", "blame", "search", "sql", "metrics", "tui", "ui",
            "usage", "export", "undo", "demo",
        ],
    ),
    ("Time", &["history", "changes", "trace", "bisect", "replay", "compare", "what-if", "resolve", "mark"]),
    ("Change", &["operations", "revert", "fork", "delete", "undelete", "redact", "forget", "tag"]),
    ("Files that history came from", &["check", "sources"]),
    (
        "Store",
        &[
            "store verify",
            "store head",
            "store doctor",
            "store stats",
            "store backup",
            "store restore",
            "store prune",
            "store unprune",
            "store compact",
            "store recover",
            "store migrate",
            "store quarantine",
        ],
    ),
    ("Projections", &["projections"]),
    ("The AIT42 Editor's files", &["ait42 archive", "ait42 unarchive", "ait42 mirror"]),
    ("Team", &["ship", "pull", "team", "serve"]),
    ("Programs", &["rpc", "mcp", "service", "setup", "shell", "config", "extract", "help"]),
];

/// Columns of the name of a command.
const NAME: usize = 17;

/// Returns the help of the program on one screen: what is used every day, and how to see the rest.
pub(crate) fn one_screen(command: &Command) -> String {
    let (_, daily) = GROUPS[0];
    let others: usize = GROUPS.iter().skip(1).map(|(_, names)| names.len()).sum();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("{about}\n\nUsage: retold [OPTIONS] <COMMAND>\n\n");
    daily.iter().for_each(|name| text.push_str(&line(command, name)));
    text.push_str(&format!(
        "
  retold help COMMAND   what a command takes, with examples
  retold help commands  the other {others} commands, by what they are for
  retold help options   options of every command, exit codes, environment
  retold help points    how a moment is written: head-3, r7, yesterday
"
    ));
    text
}

/// Returns every command, by what it is for.
pub(super) fn all(command: &Command) -> String {
    let group = |(title, names): &(&str, &[&str])| {
        let lines: String = names.iter().map(|name| line(command, name)).collect();
        format!("{title}:\n{lines}")
    };
    GROUPS.iter().map(group).collect::<Vec<_>>().join("\n")
}

/// Returns what every command takes, and what a script has to know.
pub(super) fn options(columns: usize) -> String {
    let command = Global::augment_args(Command::new("retold"))
        .term_width(columns)
        .max_term_width(100)
        .disable_help_flag(true)
        .help_template("{all-args}");
    let mut text = command.clone().render_help().to_string();
    text.push('\n');
    text.push_str(ENVIRONMENT);
    text.push('\n');
    text
}

fn line(command: &Command, name: &str) -> String {
    let mut words = name.split(' ');
    let found = words.try_fold(command, |above, word| above.find_subcommand(word));
    let about = found.and_then(Command::get_about).map(ToString::to_string);
    format!("  {name:NAME$}{}\n", about.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::arguments::Arguments;

    #[test]
    fn every_command_is_in_one_group() {
        let grouped: Vec<String> =
            GROUPS.iter().flat_map(|(_, names)| names.iter().map(|name| (*name).to_owned())).collect();
        let mut names = BTreeSet::new();
        for command in Arguments::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            // Nouns whose commands are listed one by one; `projections` lists by itself.
            let name = command.get_name();
            if command.is_subcommand_required_set() && ["store", "ait42"].contains(&name) {
                names.extend(command.get_subcommands().map(|inner| format!("{name} {}", inner.get_name())));
            } else {
                names.insert(name.to_owned());
            }
        }
        assert_eq!(grouped.iter().cloned().collect::<BTreeSet<_>>(), names);
        assert_eq!(grouped.len(), names.len());
    }

    #[test]
    fn the_first_screen_is_one_screen() {
        let text = one_screen(&Arguments::command());
        assert!(text.lines().count() <= 24, "{text}");
        for line in text.lines().chain(all(&Arguments::command()).lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
