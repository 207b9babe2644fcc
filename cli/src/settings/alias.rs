//! Commands by names of one's own.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::Command;

/// Returns the words of an alias.
///
/// # Errors
/// What is wrong with it: its name is not one or is that of a command, or it does not begin with a command.
pub(super) fn words(command: &Command, name: &str, line: &str) -> Result<Vec<String>, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(is_plain) {
        return Err("a name has letters, digits, - and _".to_owned());
    }
    if command.find_subcommand(name).is_some() {
        return Err(format!("{name} is a command, which an alias cannot replace"));
    }
    let words = shlex::split(line).ok_or("a quotation mark is not closed")?;
    let first = position(command, words.iter().map(String::as_str));
    match first.map(|at| &words[at]) {
        Some(first) if command.find_subcommand(first).is_some() => Ok(words),
        Some(first) => Err(format!("{first} is not a command")),
        None => Err("it names no command".to_owned()),
    }
}

/// Puts the words of an alias in its place.
pub(crate) fn expand(command: &Command, aliases: &BTreeMap<String, Vec<String>>, args: &mut Vec<OsString>) {
    let given = args.iter().skip(1).map(|word| word.to_str().unwrap_or_default());
    let Some(at) = position(command, given).map(|at| at + 1) else { return };
    let name = args[at].to_str().unwrap_or_default();
    if command.find_subcommand(name).is_none()
        && let Some(words) = aliases.get(name)
    {
        args.splice(at..=at, words.iter().map(Into::into));
    }
}

/// Returns where the command is among words: the first that is neither an option of every command nor its value.
fn position<'w>(command: &Command, words: impl Iterator<Item = &'w str>) -> Option<usize> {
    let mut is_value = false;
    for (at, word) in words.enumerate() {
        if std::mem::take(&mut is_value) {
            continue;
        }
        let option = match word.strip_prefix("--") {
            Some(long) if !long.contains('=') => {
                command.get_arguments().find(|argument| argument.get_long() == Some(long))
            }
            Some(_) => continue,
            None => {
                let mut letters = match word.strip_prefix('-') {
                    Some(letters) => letters.chars(),
                    None => return Some(at),
                };
                // `-oTEXT` has its value with it, `-qo` has not.
                let last = letters.next_back();
                command.get_arguments().find(|argument| argument.get_short() == last)
            }
        };
        is_value = option.is_some_and(|option| option.get_action().takes_values());
    }
    None
}
