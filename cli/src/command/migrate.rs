//! `retold store migrate`: the schema of the store.

use rusqlite::Connection;

use super::Run;
use crate::context::Context;
use crate::damage;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store;

/// Show or change the schema version of the store
///
/// Every command that writes brings an older store up to date by itself. Going down is for an older retold: it is
/// refused where it would lose anything that is nowhere else.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold store migrate status   which steps the store has taken
  retold store migrate up       take all that are missing
  retold store migrate down 1   take back what came after the first")]
pub(crate) struct Migrate {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Debug, clap::Subcommand)]
enum Direction {
    /// Show which steps the store has taken
    Status,
    /// Take the steps that are missing
    Up {
        /// The last step to take [default: the newest]
        #[arg(value_name = "N")]
        to: Option<u32>,
    },
    /// Take steps back, unless something would be lost
    Down {
        /// The step to go back to
        #[arg(value_name = "N")]
        to: u32,
    },
}

impl Run for Migrate {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let path = context.store_path()?;
        self.migrate(context).map_err(|failure| damage::lead_on(failure, &path))
    }
}

impl Migrate {
    fn migrate(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let path = context.store_path()?;
        let mut connection = match self.direction {
            Direction::Status => store::connect_to_read(&path)?,
            Direction::Up { .. } | Direction::Down { .. } => store::connect_to_write(&path)?,
        };
        let before = retold_migrations::current(&connection)?;
        match self.direction {
            Direction::Status => {}
            Direction::Up { to } => {
                retold_migrations::up(&mut connection, to.unwrap_or_else(retold_migrations::latest))?;
            }
            Direction::Down { to } => {
                refuse_loss(&connection, before, to)?;
                retold_migrations::down(&mut connection, to)?;
            }
        }
        let after = retold_migrations::current(&connection)?;
        if after != before {
            context.note(&format!("schema {before} is now {after}"));
        }
        show(context, &connection, after)?;
        Ok(Exit::Done)
    }
}

/// Refuses the whole way down before the first step of it: each step by itself would refuse only when it is reached.
fn refuse_loss(connection: &Connection, from: u32, to: u32) -> Result<(), Failure> {
    let taken_back = |number| to < number && number <= from;
    for step in retold_migrations::all().iter().filter(|step| taken_back(step.number)) {
        let records: i64 = connection
            .query_row(step.loses, [], |row| row.get(0))
            .map_err(retold_core::Error::sqlite("count what would be lost"))?;
        if let Ok(records @ 1..) = u64::try_from(records) {
            let (number, name) = (step.number, step.name);
            return Err(retold_migrations::Error::Loses { number, name, records }.into());
        }
    }
    Ok(())
}

fn show(context: &mut Context<'_>, connection: &Connection, current: u32) -> Result<(), Failure> {
    // Below the first step there is no log.
    let head = if current == 0 { store::NO_HEAD } else { store::head(connection)? };
    let mut rows = context.rows(head, ["step", "name", "taken"])?;
    for step in retold_migrations::all() {
        rows.push([step.number.into(), step.name.into(), (step.number <= current).into()])?;
    }
    rows.finish()
}
