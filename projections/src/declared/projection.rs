//! A declared projection at work.

use retold_core::EventType;
use rusqlite::Connection;

use super::declaration::{Declaration, Section};
use super::guard::{Guard, STEPS_MAX};
use super::parameters::{Get, parameters};
use crate::engine::{EventContext, Projection, Refusal};

/// A declaration that was checked, ready to take in events.
pub(crate) struct Declared {
    /// Each statement, and whether it may wait until the tables are full.
    schema: Vec<(String, bool)>,
    /// What to run at each type of event, by its number.
    by_type: Vec<Vec<Prepared>>,
    /// On the connection that it works on.
    guard: Option<Guard>,
}

/// A statement with its parameters in the order of their numbers. The connection keeps it prepared.
struct Prepared {
    sql: String,
    parameters: Vec<Get>,
}

impl Declared {
    pub(crate) fn new(declaration: &Declaration) -> Self {
        let idle = declaration.idle_indexes();
        let schema = declaration.schema.iter().enumerate();
        let schema = schema.map(|(at, statement)| (statement.sql.clone(), idle.contains(&at))).collect();
        let numbers = EventType::ALL.iter().map(|kind| usize::from(kind.number())).max().unwrap_or(0);
        let mut by_type: Vec<Vec<Prepared>> = std::iter::repeat_with(Vec::new).take(numbers + 1).collect();
        for section in &declaration.sections {
            let types = if section.types.is_empty() { EventType::ALL } else { &section.types };
            for kind in types {
                by_type[usize::from(kind.number())].extend(prepared(section));
            }
        }
        Self { schema, by_type, guard: None }
    }

    fn make(&self, connection: &Connection, waiting: bool) -> rusqlite::Result<()> {
        let _armed = self.guard().arm(true);
        let due = self.schema.iter().filter(|(_, waits)| *waits == waiting);
        due.map(|(sql, _)| sql).try_for_each(|sql| match connection.execute_batch(sql) {
            // A rebuild that was interrupted between two of them.
            Err(error) if waiting && error.to_string().contains("already exists") => Ok(()),
            made => made,
        })
    }

    fn guard(&self) -> &Guard {
        self.guard.as_ref().expect("a projection configures its connection first")
    }
}

fn prepared(section: &Section) -> impl Iterator<Item = Prepared> {
    let get = |name: &String| parameters().iter().find(|known| known.name == name).map(|known| known.get);
    section.statements.iter().map(move |statement| Prepared {
        sql: statement.sql.clone(),
        parameters: statement.parameters.iter().filter_map(|(name, _)| get(name)).collect(),
    })
}

impl Projection for Declared {
    fn configure(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        self.guard = Some(Guard::on(connection)?);
        Ok(())
    }

    fn create(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.make(connection, false)
    }

    fn index(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.make(connection, true)
    }

    fn needs_kept(&self) -> bool {
        !self.by_type[usize::from(EventType::RecordsKept.number())].is_empty()
    }

    fn apply(&mut self, connection: &Connection, moment: &EventContext<'_>) -> Result<(), Refusal> {
        // A body that is gone says nothing.
        let kind = usize::from(moment.recorded.kind.number());
        if moment.event().is_none() || self.by_type[kind].is_empty() {
            return Ok(());
        }
        let guard = self.guard();
        let armed = guard.arm(false);
        let ran = self.by_type[kind].iter().try_for_each(|prepared| run(connection, prepared, moment));
        drop(armed);
        match ran {
            Err(Refusal::Event(_)) if guard.ran_out() => Err(Refusal::Event(format!(
                "its statements took more than {STEPS_MAX} steps: do they ever end?"
            ))),
            ran => ran,
        }
    }
}

fn run(connection: &Connection, prepared: &Prepared, moment: &EventContext<'_>) -> Result<(), Refusal> {
    let mut statement = connection.prepare_cached(&prepared.sql)?;
    for (number, get) in (1..).zip(&prepared.parameters) {
        statement.raw_bind_parameter(number, get.value(moment)?)?;
    }
    let mut rows = statement.raw_query();
    // What `returning` gives is nobody's.
    while rows.next()?.is_some() {}
    Ok(())
}
