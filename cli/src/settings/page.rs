//! docs/SETTINGS.md, as the table of keys says it.

use std::fmt::Write as _;

use super::keys::KEYS;

const BEGIN: &str = "\
# Settings

`retold config list` shows every setting, its value and where the value comes from; `set`, `unset` and `edit` change
them. The file is TOML:

- Linux: `$XDG_CONFIG_HOME/retold/config.toml`, else `~/.config/retold/config.toml`;
- macOS: `~/Library/Application Support/retold/config.toml`;
- elsewhere: where `RETOLD_CONFIG` names it; `retold config path` prints it.

A variable of the environment comes before the file, an option of the command before both. An unknown key or a wrong
value is an error (exit 2) of every command but `help` and `config path`, `edit` and `unset`, so that nothing runs on
half of the settings. `utc = true` has no option that takes it back. `set`
and `unset` keep comments and the order of lines; a reader sees the old file or the new one.

In the file a path is a whole one, or begins with `~/`.

| key | values | default | before it | meaning |
|---|---|---|---|---|
";

const END: &str = "
## Aliases

`alias.NAME` is a command of your own: its words are put in the place of NAME, and what is typed after it follows.

    [alias]
    recent = \"sessions --since yesterday\"

`retold recent --tool codex` is then `retold sessions --since yesterday --tool codex`. Words are parted as a shell
parts them, without variables or patterns. An alias begins with a command, not with another alias, and cannot have the
name of a command; where a later release has a command of that name, the alias is an error that says so.

## What is not a setting

What is excluded from imports (`retold import --exclude`) and what was forgotten is in the store, not here: it holds for
whoever imports into it, and travels with a backup. That a store masks secrets is there too, once it was said.
";

/// Returns docs/SETTINGS.md.
pub(crate) fn page() -> String {
    let mut page = BEGIN.to_owned();
    for key in KEYS {
        let options = key.variable.iter().chain(&key.flag).map(|name| format!("`{name}`"));
        let options = options.collect::<Vec<_>>().join(", ");
        let _infallible = writeln!(
            page,
            "| `{}` | {} | {} | {options} | {}. Example: `{} = {}` |",
            key.name,
            key.kind.words(),
            key.default,
            key.meaning,
            key.name,
            key.example
        );
    }
    page.push_str(END);
    page
}
