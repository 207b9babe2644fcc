//! A declaration, checked by SQLite and against the events' fields before anything is built.

use retold_core::EventType;
use rusqlite::{Connection, Error};

use super::declaration::{Declaration, Fault, Section, Statement};
use super::guard::Guard;
use super::parameters::parameters;
use super::scan::{Scan, Token};

/// Tables of the store that queries see beside a projection's own.
const TABLES_TAKEN: [&str; 9] = [
    "sessions",
    "instances",
    "chat_messages",
    "output_chunks",
    "workspaces",
    "events",
    "event",
    "stream",
    "blob",
];

impl Declaration {
    /// Holds it against SQLite and against what events have, as adding it does. Nothing is touched.
    ///
    /// # Errors
    /// [`Error::Declaration`](crate::Error::Declaration) with every fault.
    pub fn check(&self) -> Result<(), crate::Error> {
        let faults = self.faults();
        if faults.is_empty() { Ok(()) } else { Err(crate::Error::Declaration { faults }) }
    }

    /// Returns everything that is wrong with it, in the order of the text. Nothing is touched.
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        match Connection::open_in_memory()
            .and_then(|mut connection| Ok((Guard::on(&mut connection)?, connection)))
        {
            Ok((guard, connection)) => {
                self.check_schema(&connection, &guard, &mut faults);
                // Without its tables every statement would fail.
                if faults.is_empty() {
                    self.sections
                        .iter()
                        .for_each(|section| self.check_section(&connection, &guard, section, &mut faults));
                }
            }
            Err(error) => faults.push(self.fault(0, error.to_string())),
        }
        faults.sort();
        faults
    }

    /// Returns the indexes that no statement of its own looks into, by their places in the schema: those may wait until
    /// the tables are full.
    pub(super) fn idle_indexes(&self) -> Vec<usize> {
        let plans = || -> rusqlite::Result<String> {
            let connection = Connection::open_in_memory()?;
            self.schema.iter().try_for_each(|statement| connection.execute_batch(&statement.sql))?;
            let mut plans = String::new();
            for statement in self.sections.iter().flat_map(|section| &section.statements) {
                let mut explain = connection.prepare(&format!("explain query plan {}", statement.sql))?;
                let mut steps = explain.raw_query();
                while let Some(step) = steps.next()? {
                    plans.push_str(&step.get::<_, String>(3)?);
                    plans.push('\n');
                }
            }
            Ok(plans)
        };
        let Ok(plans) = plans() else { return Vec::new() };
        let is_idle = |statement: &Statement| {
            index_name(&statement.sql)
                .is_some_and(|name| !plans.to_lowercase().contains(&name.to_lowercase()))
        };
        self.schema.iter().enumerate().filter(|(_, statement)| is_idle(statement)).map(|(at, _)| at).collect()
    }

    fn check_schema(&self, connection: &Connection, guard: &Guard, faults: &mut Vec<Fault>) {
        for statement in &self.schema {
            if let Some((name, at)) = statement.parameters.first() {
                faults.push(
                    self.fault(*at, format!(":{name} has no value here: the schema comes before any event")),
                );
                continue;
            }
            if !begins_with(&statement.sql, &["create"]) {
                faults.push(self.fault(statement.offset, SCHEMA));
                continue;
            }
            let armed = guard.arm(true);
            let made = connection.execute_batch(&statement.sql);
            drop(armed);
            if let Err(error) = made {
                faults.push(self.refused(statement, &error, SCHEMA_MADE));
            }
        }
        let taken = connection
            .prepare("select name from sqlite_schema where type in ('table', 'view')")
            .and_then(|mut tables| {
                tables.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()
            });
        for name in taken.unwrap_or_default() {
            if TABLES_TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(&name)) {
                let at = self.schema.iter().find(|statement| statement.sql.contains(&name));
                faults.push(self.fault(
                    at.map_or(0, |statement| statement.offset),
                    format!("the store has {name} already, and a query could not tell them apart"),
                ));
            }
        }
    }

    fn check_section(
        &self,
        connection: &Connection,
        guard: &Guard,
        section: &Section,
        faults: &mut Vec<Fault>,
    ) {
        for statement in &section.statements {
            // `vacuum` asks no authorizer.
            if !begins_with(&statement.sql, &["insert", "replace", "update", "delete", "with"]) {
                faults.push(self.fault(
                    statement.offset,
                    "at an event it may insert, update or delete, and nothing else",
                ));
                continue;
            }
            let armed = guard.arm(false);
            let prepared = connection.prepare(&statement.sql);
            drop(armed);
            match prepared {
                Ok(prepared) if prepared.readonly() => {
                    faults.push(self.fault(statement.offset, "it changes nothing: insert, update or delete"));
                }
                Ok(_) => {}
                Err(error) => {
                    faults.push(self.refused(
                        statement,
                        &error,
                        "it may touch the projection's own tables alone",
                    ));
                }
            }
            for (at, token) in Scan::new(&statement.sql) {
                if matches!(token, Token::Literal(literal) if literal.eq_ignore_ascii_case("'now'")) {
                    let message =
                        "'now' is another moment at every rebuild: use :occurred_at or :recorded_at";
                    faults.push(self.fault(statement.offset + at, message));
                }
            }
            for (name, at) in &statement.parameters {
                if let Some(message) = no_parameter(name, &section.types) {
                    faults.push(self.fault(*at, message));
                }
            }
        }
    }

    fn refused(&self, statement: &Statement, error: &Error, allowed: &str) -> Fault {
        match error {
            Error::SqlInputError { error, msg, offset, .. } => {
                let offset = usize::try_from(*offset).unwrap_or(0);
                let is_denied = error.code == rusqlite::ErrorCode::AuthorizationForStatementDenied;
                let words = if is_denied { format!("{msg}: {allowed}") } else { with_parameters(msg) };
                self.fault(statement.offset + offset.min(statement.sql.len()), words)
            }
            Error::SqliteFailure(code, words) => {
                let words = words.clone().unwrap_or_else(|| code.to_string());
                let is_denied = code.code == rusqlite::ErrorCode::AuthorizationForStatementDenied;
                let words = if is_denied { format!("{words}: {allowed}") } else { with_parameters(&words) };
                self.fault(statement.offset, words)
            }
            error => self.fault(statement.offset, error.to_string()),
        }
    }
}

/// What a schema may hold.
const SCHEMA_MADE: &str = "the schema may hold `create table`, `create index` and `create view`, under names that begin \
                           neither with `retold_` nor with `sqlite_`";
const SCHEMA: &str = "the schema may hold `create table`, `create index` and `create view`";

fn begins_with(sql: &str, words: &[&str]) -> bool {
    let end = sql.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(sql.len());
    words.iter().any(|word| word.eq_ignore_ascii_case(&sql[..end]))
}

/// Adds to the words about a table that is not the projection's own how an event tells what it has.
fn with_parameters(words: &str) -> String {
    let told = words.strip_prefix("no such table: ").map(foreign).unwrap_or_default();
    format!("{words}{told}")
}

/// Says how an event tells what a table of the store has; nothing of a table that the store has not.
fn foreign(table: &str) -> String {
    let table = table.rsplit('.').next().unwrap_or(table);
    let has = TABLES_TOLD.iter().find(|(known, _)| known.eq_ignore_ascii_case(table));
    has.map_or_else(String::new, |(_, parameters)| {
        let names: Vec<String> = parameters.iter().map(|name| format!(":{name}")).collect();
        format!(
            ", for a projection reads its own tables alone; what it is told of an event are parameters: {}; \
             `retold projections parameters TYPE` lists all of a type",
            names.join(", ")
        )
    })
}

/// The tables of the store, with parameters that tell what they have.
const TABLES_TOLD: &[(&str, &[&str])] = &[
    ("sessions", &["session_id", "workspace", "session_type", "session_status", "task", "tags"]),
    ("instances", &["instance_id", "agent_name", "runtime", "model", "status", "old_status"]),
    ("chat_messages", &["role", "content", "instance_id"]),
    ("workspaces", &["workspace"]),
    ("events", &["position", "type", "stream", "revision", "occurred_at", "recorded_at", "session_id"]),
    ("event", &["position", "type", "stream", "revision", "occurred_at", "recorded_at", "session_id"]),
];

/// Says why the events of these types have no such parameter, where they have not.
fn no_parameter(name: &str, types: &[EventType]) -> Option<String> {
    let Some(parameter) = parameters().iter().find(|parameter| parameter.name == name) else {
        let near = parameters().iter().find(|parameter| {
            parameter.name.contains(name)
                || name.contains(parameter.name)
                || parameter.name.replace('_', "") == name.to_lowercase()
        });
        return Some(match near {
            Some(near) => format!("no event has :{name}; is :{} meant?", near.name),
            None => format!("no event has :{name}; `retold projections parameters` lists what they have"),
        });
    };
    if types.is_empty() {
        let message = || format!("not every event has :{name}, and `-- on: *` means every event");
        return (!parameter.is_of_all()).then(message);
    }
    let without = types.iter().find(|kind| !parameter.is_of(**kind))?;
    Some(format!("{without} has no :{name}; `retold projections parameters {without}` lists what it has"))
}

/// Returns the name of the index that a statement creates, where that is all it does and the index forbids nothing.
fn index_name(sql: &str) -> Option<&str> {
    let mut words = sql.split_ascii_whitespace();
    let is =
        |word: Option<&str>, expected: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(expected));
    (is(words.next(), "create") && is(words.next(), "index"))
        .then(|| words.next())
        .flatten()
        .filter(|name| !name.eq_ignore_ascii_case("if"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_that_are_named_for_a_table_are_there() {
        for name in TABLES_TOLD.iter().flat_map(|(_, names)| names.iter()) {
            assert!(parameters().iter().any(|parameter| parameter.name == *name), "{name}");
        }
        assert!(foreign("main.sessions").contains(":session_status") && foreign("own").is_empty());
    }
}
