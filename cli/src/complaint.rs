//! Wrong arguments, in the form that every error has: what was given, why it is refused, what to write instead.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::Failure;

/// Returns what the person is told about arguments of `command` that cannot be read.
pub(crate) fn of(error: &clap::Error, command: &str) -> Failure {
    let given = Given { error };
    let help = format!("`{command} --help` lists what it takes");
    let argument = given.one(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = given.one(ContextKind::InvalidSubcommand).unwrap_or_default();
            if let Some(now) = moved(command, &name) {
                return Failure::usage(format!("{command} {name}: there is no such command")).hint(now);
            }
            let similar = given.all(ContextKind::SuggestedSubcommand);
            let hint = match similar.is_empty() {
                true => format!("`{command} --help` lists the commands"),
                false => {
                    let similar: Vec<String> =
                        similar.iter().map(|name| format!("`{command} {name}`")).collect();
                    format!("is {} meant?", similar.join(" or "))
                }
            };
            Failure::usage(format!("{command} {name}: there is no such command")).hint(hint)
        }
        ErrorKind::UnknownArgument => {
            let argument = argument.unwrap_or_default();
            let what = if argument.starts_with('-') {
                "there is no such option"
            } else {
                "it is one argument too many"
            };
            let now = match (command, argument.as_str()) {
                ("retold store prune", "--restore") => Some("`retold store unprune FILE` puts back"),
                ("retold import", "--watch") => Some("it is `--follow`, as everywhere"),
                ("retold ait42 archive", "--restore") => Some("`retold ait42 unarchive` puts back"),
                _ => None,
            };
            if let Some(now) = now {
                return Failure::usage(format!("{command} {argument}: {what}")).hint(now);
            }
            let hint =
                given.one(ContextKind::SuggestedArg).map_or(help, |similar| format!("is {similar} meant?"));
            Failure::usage(format!("{command} {argument}: {what}")).hint(hint)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = given.one(ContextKind::InvalidValue).unwrap_or_default();
            let accepted = given.all(ContextKind::ValidValue);
            let reason = match (error.source(), accepted.is_empty()) {
                (Some(reason), _) => last_line(&reason.to_string()),
                (None, false) => format!("it is not one of {}", accepted.join(", ")),
                (None, true) if value.is_empty() => "its value is missing".to_owned(),
                (None, true) => "it is not a value that is accepted".to_owned(),
            };
            let name = argument.unwrap_or_default();
            let name = name.split(' ').next().unwrap_or_default();
            let is_point = name == "--at" || name.contains("POINT");
            let named = match name.starts_with('-') {
                true => format!("{name} {value}"),
                false if value.is_empty() => "''".to_owned(),
                false => value,
            };
            let hint = match (given.one(ContextKind::SuggestedValue), is_point) {
                (Some(similar), _) => format!("is {similar} meant?"),
                (None, true) => "`retold help points` tells what can be written for a moment".to_owned(),
                (None, false) => help,
            };
            Failure::usage(format!("{}: {reason}", named.trim())).hint(hint)
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = given.all(ContextKind::InvalidArg).join(", ");
            Failure::usage(format!("{command}: {missing} is missing")).hint(given.usage().unwrap_or(help))
        }
        ErrorKind::MissingSubcommand => Failure::usage(format!("{command}: a command is missing"))
            .hint(format!("`{command} --help` lists the commands")),
        ErrorKind::ArgumentConflict => {
            let argument = argument.unwrap_or_default();
            let others: Vec<String> =
                given.all(ContextKind::PriorArg).into_iter().filter(|other| *other != argument).collect();
            let cause = match others.is_empty() {
                true => "it is given more than once".to_owned(),
                false => format!("it does not go with {}", others.join(", ")),
            };
            Failure::usage(format!("{command} {argument}: {cause}")).hint(given.usage().unwrap_or(help))
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let argument = argument.unwrap_or_default();
            Failure::usage(format!("{command} {argument}: it takes another number of values")).hint(help)
        }
        ErrorKind::NoEquals => {
            let argument = argument.unwrap_or_default();
            Failure::usage(format!("{command} {argument}: its value is given with `=`")).hint(help)
        }
        ErrorKind::InvalidUtf8 => {
            Failure::usage(format!("{command}: an argument is not Unicode, and is not a path either"))
                .hint(help)
        }
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            Failure::usage(line.strip_prefix("error: ").unwrap_or(line)).hint(help)
        }
    }
}

/// Commands by an earlier name, with what they are now.
const MOVED: [(&str, &str); 17] = [
    ("archive", "`retold ait42 archive`"),
    ("compact", "`retold store compact`"),
    ("completions", "`retold shell print SHELL`, or `retold shell install` for all of them"),
    ("head", "`retold store head`"),
    ("marks", "`retold mark`"),
    ("migrate", "`retold store migrate`"),
    ("mirror", "`retold ait42 mirror`"),
    ("play", "`retold replay`"),
    ("project", "`retold projections catch-up`"),
    ("prune", "`retold store prune`"),
    ("quarantine", "`retold store quarantine`"),
    ("rebuild", "`retold projections rebuild`"),
    ("recover", "`retold store recover`"),
    ("restore", "`retold undelete SESSION` for a deleted session, `retold store restore FILE` for a backup"),
    ("stats", "`retold store stats`"),
    ("unprune", "`retold store unprune`"),
    ("watch", "`retold history`"),
];

/// Returns what a command of an earlier name is now.
fn moved(command: &str, name: &str) -> Option<String> {
    let (_, now) = MOVED.iter().find(|(known, _)| command == "retold" && *known == name)?;
    Some(format!("it is {now}"))
}

/// Of a reason on several lines, such as that of a regular expression with a picture of the place, what is wrong.
fn last_line(reason: &str) -> String {
    let line = reason.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// What the reader of arguments says of its error.
struct Given<'e> {
    error: &'e clap::Error,
}

impl Given<'_> {
    fn one(&self, kind: ContextKind) -> Option<String> {
        self.all(kind).into_iter().next()
    }

    fn all(&self, kind: ContextKind) -> Vec<String> {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => vec![text.clone()],
            Some(ContextValue::Strings(texts)) => texts.clone(),
            Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
            Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
            Some(ContextValue::Number(number)) => vec![number.to_string()],
            _ => Vec::new(),
        }
    }

    /// Returns how the command is called: `retold log [OPTIONS] …`.
    fn usage(&self) -> Option<String> {
        let usage = self.one(ContextKind::Usage)?;
        let line = usage.trim().strip_prefix("Usage:")?.trim().lines().next()?.to_owned();
        Some(format!("usage: {line}"))
    }
}
