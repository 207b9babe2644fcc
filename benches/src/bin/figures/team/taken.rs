//! Shipments of a log, kept in memory to be sent again and again.

use std::cell::RefCell;
use std::rc::Rc;

use retold_core::{EventHash, Head, Log, Position};
use retold_team::receiver::{
    Answer, Attach, Attached, Attachment, Error, Level, LogNumber, NOTHING, Receiver, Shipment,
};
use retold_team::ship::ship;

use super::server::options;
use crate::Outcome;

/// Takes everything, and keeps it.
#[derive(Clone, Default)]
struct Taken {
    shipments: Rc<RefCell<Vec<Shipment>>>,
}

/// Returns the first `count` shipments of a log, of `events` events each, or a few more: a commit is in one.
pub(super) fn shipments(log: &Log, count: u64, events: u64) -> Outcome<Vec<Shipment>> {
    let taken = Taken::default();
    for number in 1..=count {
        ship(log, || Ok(taken.clone()), &mut options(Some(number * events)))?;
    }
    Ok(taken.shipments.take())
}

impl Taken {
    fn at(&self) -> Head {
        let end = |last: &Shipment| {
            let position = Position::new(last.last).unwrap_or(Position::ZERO);
            Head { position, hash: EventHash::from_bytes(*last.last_hash) }
        };
        self.shipments.borrow().last().map_or(NOTHING, end)
    }
}

impl Receiver for Taken {
    fn attach(&mut self, _: &Attach) -> Result<Attached, Error> {
        Ok(Attached::To(Attachment {
            log: LogNumber { tenant: 1, log: 1 },
            head: self.at(),
            level: Level::All,
            whole: true,
            level_max: Level::All,
        }))
    }

    fn head(&mut self, _: LogNumber) -> Result<Head, Error> {
        Ok(self.at())
    }

    fn hash_at(&mut self, _: LogNumber, _: Position) -> Result<Head, Error> {
        Ok(self.at())
    }

    fn ship(&mut self, _: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.shipments.borrow_mut().push(shipment.clone());
        Ok(Answer::Taken(self.at(), None))
    }

    fn supply(&mut self, _: LogNumber, _: &Shipment, _: bool) -> Result<Answer, Error> {
        Ok(Answer::Refused("nothing was held back".to_owned()))
    }
}
