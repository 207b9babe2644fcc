//! A receiver of any kind, for whoever learns the kind at run time.

use retold_core::{Head, Position};

use super::shipment::Hash;
use super::{
    Answer, Attach, Attached, Contents, Error, KeptLog, KeptRange, KeptSession, KeptStream, LogNumber,
    Receiver, Shipment,
};

trait Both: Receiver + Contents {}
impl<T: Receiver + Contents> Both for T {}

/// A receiver of any kind.
pub struct Boxed(Box<dyn Both>);

impl std::fmt::Debug for Boxed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Boxed").finish_non_exhaustive()
    }
}

impl Boxed {
    /// Takes one.
    pub fn of(receiver: impl Receiver + Contents + 'static) -> Self {
        Self(Box::new(receiver))
    }
}

impl Receiver for Boxed {
    fn attach(&mut self, attach: &Attach) -> Result<Attached, Error> {
        self.0.attach(attach)
    }

    fn head(&mut self, log: LogNumber) -> Result<Head, Error> {
        self.0.head(log)
    }

    fn hash_at(&mut self, log: LogNumber, position: Position) -> Result<Head, Error> {
        self.0.hash_at(log, position)
    }

    fn ship(&mut self, log: LogNumber, shipment: &Shipment) -> Result<Answer, Error> {
        self.0.ship(log, shipment)
    }

    fn supply(&mut self, log: LogNumber, shipment: &Shipment, settles: bool) -> Result<Answer, Error> {
        self.0.supply(log, shipment, settles)
    }
}

impl Contents for Boxed {
    fn logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.logs()
    }

    fn read_logs(&mut self) -> Result<Vec<KeptLog>, Error> {
        self.0.read_logs()
    }

    fn range(&mut self, log: LogNumber, first: u64, last: u64) -> Result<KeptRange, Error> {
        self.0.range(log, first, last)
    }
    fn sessions(&mut self, id: &str) -> Result<Vec<KeptSession>, Error> {
        self.0.sessions(id)
    }

    fn stream(&mut self, log: LogNumber, key: &Hash, after: u64, limit: u32) -> Result<KeptStream, Error> {
        self.0.stream(log, key, after, limit)
    }

    fn note_verified(&mut self, log: LogNumber, head: Head) -> Result<(), Error> {
        self.0.note_verified(log, head)
    }
}
