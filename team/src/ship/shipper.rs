//! Ships again and again, by a connection that is kept, and after failures that pass.

use retold_core::Log;

use super::{Options, ShipError, Shipped, TRIES, WAIT, jitter, so_far};
use crate::receiver::{Error as ReceiverError, Receiver};

/// Ships to one receiver, and keeps the connection from one time to the next.
#[derive(Debug)]
pub struct Shipper<C, R> {
    connect: C,
    kept: Option<R>,
}

impl<R: Receiver, C: FnMut() -> Result<R, ReceiverError>> Shipper<C, R> {
    /// `connect` is asked for a receiver at the beginning, and again after a failure that passes.
    pub fn new(connect: C) -> Self {
        Self { connect, kept: None }
    }

    /// Ships what the receiver lacks, and supplies what earlier shipments held back and may leave now. O(what is new) as a rule: nothing
    /// that the receiver has is read; where nothing is new it is asked once.
    ///
    /// # Errors
    /// [`retold_core::Error::PartOfLog`] where the store holds a part of a log; [`ShipError::Diverged`] where the receiver has other
    /// events under the log's id; what the receiver answers for good; its failures where they do not pass. Whatever was taken before
    /// stays.
    pub fn ship(&mut self, log: &Log, options: &mut Options<'_>) -> Result<Shipped, ShipError> {
        if log.reader()?.part()?.is_some() {
            return Err(retold_core::Error::PartOfLog { act: "ship", path: log.path().to_owned() }.into());
        }
        let mut failures = 0;
        let mut shipped: Option<Shipped> = None;
        loop {
            let before = shipped.as_ref().map(|shipped| shipped.head);
            let was_kept = self.kept.is_some();
            let error = match self.ship_once(log, options, &mut shipped) {
                Ok(()) => return shipped.ok_or(ShipError::Busy),
                Err(error) => error,
            };
            let passes = match &error {
                ShipError::Receiver(error) => error.may_pass(),
                ShipError::Busy => true,
                _ => false,
            };
            if passes && was_kept {
                // It may have ended long ago: nothing has failed yet.
                continue;
            }
            if shipped.as_ref().map(|shipped| shipped.head) != before {
                failures = 0;
            }
            failures += 1;
            if !passes || failures >= TRIES {
                return Err(error);
            }
            if !(options.progress)(so_far(options, shipped.as_ref())) {
                return Err(ShipError::Interrupted);
            }
            (options.wait)(jitter(WAIT * 2_u32.pow(failures - 1)));
        }
    }

    /// Ships by the connection that was kept, else by a new one, and keeps it where it did not fail.
    fn ship_once(
        &mut self,
        log: &Log,
        options: &mut Options<'_>,
        shipped: &mut Option<Shipped>,
    ) -> Result<(), ShipError> {
        let mut receiver = match self.kept.take() {
            Some(kept) => kept,
            None => (self.connect)()?,
        };
        super::ship_once(log, &mut receiver, options, shipped)?;
        self.kept = Some(receiver);
        Ok(())
    }
}
