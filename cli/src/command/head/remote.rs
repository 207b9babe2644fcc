//! The heads of a team's logs.

use retold_team::read;

use super::Head;
use crate::command::ship::target::{database, failure_of};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::AsOf;

impl Head {
    /// Prints the heads of the logs of which the caller sees something.
    ///
    /// # Errors
    /// For `--at`; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        if context.global.at.is_some() {
            return Err(Failure::usage("head: a team's server does not answer --at")
                .hint("`retold log -o jsonl` of it has the hash of every event"));
        }
        let (name, mut client) = database("read the heads", address, false, context)?;
        let told = |error| failure_of("read the heads of", &name, &error);
        let mut transaction = read::begin(&mut client).map_err(told)?;
        let shipment = read::last_shipment(&mut transaction).map_err(told)?;
        let heads = read::heads(&mut transaction).map_err(told)?;
        if self.git_trailer || context.is_table() {
            for head in &heads {
                match self.git_trailer {
                    true => {
                        context.say(&format!("Retold-Head: {} {}:{}", head.log, head.position, head.hash))?;
                    }
                    // As `verify --expect` takes it, and never cut.
                    false => {
                        context.say(&format!("log   {}", head.log))?;
                        context.say(&format!("head  {}:{}", head.position, head.hash))?;
                        let (person, device) = (head.person.as_str(), head.device.as_str());
                        let of =
                            crate::printable::printable(&format!("of    {person}, {device}")).into_owned();
                        context.say(&of)?;
                    }
                }
            }
        } else {
            let columns = ["log", "position", "hash", "person", "device"];
            let mut rows = context.rows(AsOf::shipment(shipment), columns)?;
            for head in &heads {
                rows.push([
                    head.log.as_str().into(),
                    head.position.into(),
                    head.hash.into(),
                    head.person.as_str().into(),
                    head.device.as_str().into(),
                ])?;
            }
            rows.finish()?;
        }
        Ok(if heads.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}
