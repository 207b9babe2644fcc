//! What a shell does that is no question: `.tables`, `.schema` and their like.

use std::ops::ControlFlow;
use std::str::FromStr;

use clap::ValueEnum;
use retold_projections::Store;

use super::super::{saved, tables};
use super::State;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Format;

/// Every one of them, with what follows it and what it does: the help and the completion are this table.
pub(super) const ALL: [(&str, &str, &str); 8] = [
    (".tables", "", "list the tables that questions can rely on"),
    (".schema", "[TABLE]", "list the columns of one table, or of all"),
    (".mode", "[FORMAT]", "write answers as table, json, jsonl or csv"),
    (".save", "NAME", "save the last question, to be asked as @NAME"),
    (".saved", "", "list the saved questions"),
    (".unsave", "NAME", "remove a saved question"),
    (".help", "", "show this"),
    (".quit", "", "end the shell, as Ctrl-D does"),
];

/// One of them, read.
#[derive(Debug)]
pub(super) struct Dot<'t> {
    name: &'static str,
    rest: &'t str,
}

impl<'t> Dot<'t> {
    /// Reads one; the beginning of a name is enough where it is the only one.
    ///
    /// # Errors
    /// Where there is none of this name.
    pub(super) fn read(text: &'t str) -> Result<Self, Failure> {
        let text = text.trim_end_matches(';').trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let exact = ALL.iter().find(|(name, ..)| *name == word);
        let mut near = ALL.iter().filter(|(name, ..)| word.len() > 1 && name.starts_with(word));
        let found = exact.or_else(|| near.next().filter(|_| near.next().is_none()));
        let found = if word == ".exit" { ALL.last() } else { found };
        let Some((name, takes, _)) = found else {
            return Err(Failure::usage(format!("{word}: there is no such command"))
                .hint("`.help` lists those that there are"));
        };
        let rest = rest.trim();
        match (takes.is_empty(), rest.is_empty()) {
            (true, false) => Err(Failure::usage(format!("{name}: nothing follows it, and `{rest}` does"))),
            (false, true) if !takes.starts_with('[') => {
                Err(Failure::usage(format!("{name}: {takes} is missing")).hint(format!("{name} {takes}")))
            }
            _ => Ok(Self { name, rest }),
        }
    }

    pub(super) fn run(
        self,
        context: &mut Context<'_>,
        store: &Store,
        state: &State,
    ) -> Result<ControlFlow<()>, Failure> {
        match self.name {
            ".tables" => {
                for table in tables::tables(context, store)? {
                    context.say(&table.name)?;
                }
            }
            ".schema" => self.schema(context, store)?,
            ".mode" if self.rest.is_empty() => {
                let name = context.global.output.to_possible_value();
                context.say(name.as_ref().map_or("", |name| name.get_name()))?;
            }
            ".mode" => {
                context.global.output = Format::from_str(self.rest, true).map_err(|_| {
                    Failure::usage(format!(".mode {}: there is no such format", self.rest))
                        .hint("the formats are table, json, jsonl and csv")
                })?;
            }
            ".save" => {
                let name = saved::Name::from_str(self.rest)
                    .map_err(|reason| Failure::usage(format!(".save {}: {reason}", self.rest)))?;
                let Some(last) = &state.last else {
                    return Err(Failure::usage(".save: no question was answered yet"));
                };
                saved::save(context, store, &name, last)?;
            }
            ".saved" => {
                for name in saved::names(context) {
                    context.say(&format!("@{name}"))?;
                }
            }
            ".unsave" => {
                let name = self.rest.strip_prefix('@').unwrap_or(self.rest);
                saved::remove(context, name)?;
                context.note(&format!("@{name} is gone"));
            }
            ".help" => {
                for (name, takes, about) in ALL {
                    context.say(&format!("{:20}{about}", format!("{name} {takes}")))?;
                }
                context.say(&format!("{:20}{}", "@NAME", "ask a saved question"))?;
                context.say(&format!("{:20}{}", "SELECT …;", "ask; the store is read-only here"))?;
            }
            _ => return Ok(ControlFlow::Break(())),
        }
        Ok(ControlFlow::Continue(()))
    }

    fn schema(&self, context: &mut Context<'_>, store: &Store) -> Result<(), Failure> {
        let all = tables::tables(context, store)?;
        let is_meant = |name: &str| self.rest.is_empty() || name.eq_ignore_ascii_case(self.rest);
        let found: Vec<_> = all.iter().filter(|table| is_meant(&table.name)).collect();
        if found.is_empty() {
            return Err(Failure::usage(format!(".schema {}: there is no such table", self.rest))
                .hint("`.tables` lists those that questions can rely on"));
        }
        for table in found {
            context.say(&table.name)?;
            for (name, kind) in &table.columns {
                context.say(format!("  {name:24}{}", kind.to_lowercase()).trim_end())?;
            }
        }
        Ok(())
    }
}
