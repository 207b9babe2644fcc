//! What each command does to the store that it is given: stated here and nowhere else.

/// What a command does to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreUse {
    /// It only reads: it works wherever the store is, also where nothing can be written.
    Reads,
    /// It writes, as a rule.
    Writes,
    /// It looks at no store.
    None,
}

use StoreUse::{None as Nothing, Reads, Writes};

/// By the words that a person types.
const USES: [(&str, StoreUse); 109] = [
    ("import", Writes),
    ("sessions", Reads),
    ("show", Reads),
    ("log", Reads),
    ("diff", Reads),
    ("blame", Reads),
    ("history", Reads),
    ("trace", Reads),
    ("bisect", Reads),
    ("bisect run", Reads),
    ("changes", Reads),
    ("what-if", Reads),
    ("compare", Reads),
    ("replay", Reads),
    ("tui", Reads),
    ("ui", Reads),
    ("revert", Writes),
    ("fork", Writes),
    ("delete", Writes),
    ("undelete", Writes),
    ("tag", Writes),
    ("undo", Writes),
    ("operations", Reads),
    ("resolve", Reads),
    ("mark", Writes),
    ("search", Reads),
    ("sql", Reads),
    ("metrics", Reads),
    ("sources", Reads),
    ("usage", Reads),
    ("export", Reads),
    ("extract", Nothing),
    ("check", Reads),
    ("ait42 archive", Reads),
    ("ait42 unarchive", Nothing),
    ("ait42 mirror", Writes),
    ("store head", Reads),
    ("verify", Reads),
    ("store verify", Reads),
    ("projections", Reads),
    ("projections list", Reads),
    ("projections show", Reads),
    ("projections add", Writes),
    ("projections parameters", Nothing),
    ("projections rebuild", Writes),
    ("projections rollback", Writes),
    ("projections pause", Writes),
    ("projections resume", Writes),
    ("projections skip", Writes),
    ("projections diff", Reads),
    ("projections check", Reads),
    ("projections drop", Writes),
    ("projections catch-up", Writes),
    ("mcp", Reads),
    ("redact", Writes),
    ("forget", Writes),
    ("backup", Reads),
    ("store backup", Reads),
    ("backup list", Reads),
    ("store backup list", Reads),
    ("store restore", Writes),
    ("store prune", Writes),
    ("store unprune", Writes),
    ("store compact", Writes),
    ("doctor", Reads),
    ("stats", Reads),
    ("store doctor", Reads),
    ("store recover", Reads),
    ("store quarantine list", Reads),
    ("store quarantine show", Reads),
    ("store quarantine retry", Writes),
    ("store quarantine dismiss", Writes),
    ("rpc", Writes),
    // What it remembers is beside the store, and may be lost.
    ("ship", Reads),
    ("ship status", Reads),
    ("pull", Nothing),
    ("team init", Nothing),
    ("team migrate", Nothing),
    ("team verify", Nothing),
    ("team add person", Nothing),
    ("team add server", Nothing),
    ("team token", Nothing),
    ("team work", Nothing),
    ("team status", Nothing),
    ("team allow", Nothing),
    ("team deny", Nothing),
    ("team redact", Nothing),
    ("team retention", Nothing),
    ("team doctor", Nothing),
    ("serve", Nothing),
    // They name a store, and do not open it.
    ("service install", Nothing),
    ("service status", Nothing),
    ("service remove", Nothing),
    ("service print", Nothing),
    ("setup", Nothing),
    ("shell install", Nothing),
    ("shell print", Nothing),
    ("config list", Nothing),
    ("config get", Nothing),
    ("config set", Nothing),
    ("config unset", Nothing),
    ("config edit", Nothing),
    ("config path", Nothing),
    ("store stats", Reads),
    ("store migrate status", Reads),
    ("store migrate up", Writes),
    ("store migrate down", Writes),
    ("demo", Nothing),
    ("help", Nothing),
];

/// Returns what a command does to the store, by the words that a person types.
pub(super) fn of(name: &str) -> Option<StoreUse> {
    USES.iter().find(|(known, _)| *known == name).map(|(_, uses)| *uses)
}

/// Returns every command that the program has, as it is typed, with what it does to the store; `None` where that is not
/// stated.
pub(crate) fn commands(declaration: &clap::Command) -> Vec<(String, Option<StoreUse>)> {
    let mut found = Vec::new();
    collect(declaration, "", &mut found);
    found
        .into_iter()
        .map(|name| {
            let uses = of(&name);
            (name, uses)
        })
        .collect()
}

/// Collects what can be run: a command that has subcommands and needs one is none by itself.
fn collect(command: &clap::Command, above: &str, found: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let name = format!("{above}{}", sub.get_name());
        if !sub.is_subcommand_required_set() {
            found.push(name.clone());
        }
        collect(sub, &format!("{name} "), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stated_is_of_commands_that_there_are_and_of_all_of_them() {
        let commands = commands(&crate::declaration());
        for (name, uses) in &commands {
            assert!(uses.is_some(), "{name}: say in `uses.rs` what it does to the store");
        }
        for (name, _) in USES {
            assert!(commands.iter().any(|(known, _)| known == name), "there is no command {name}");
        }
    }
}
