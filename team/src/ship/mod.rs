//! Ships a log: from the receiver's head to the log's, in batches, as much as may leave.

mod batch;
mod divergence;
mod scan;
mod scope;
mod segment;
mod shipper;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::RngExt;
use retold_core::raw::workspace_keys;
use retold_core::{Head, Log, OnProgress, Progress, Unit};

use crate::receiver::{Answer, Attachment, Error as ReceiverError, Level, Receiver};
use batch::{Builder, Built, Limits};
pub use divergence::Divergence;
pub use scan::{Finding, Leaving, Survey, survey};
pub use scope::Scope;
use segment::{Segment, attach, segments_of};
pub use shipper::Shipper;

/// How many events a shipment begins with, and between what it goes.
const EVENTS: u64 = 1000;
const EVENTS_MIN: u64 = 50;
const EVENTS_MAX: u64 = 10_000;
/// How many bytes of bodies and texts a shipment is.
const BYTES: usize = 4 << 20;
/// How long a shipment should take.
const TAKES: Duration = Duration::from_millis(250);
/// How often something that passes is waited for before it is told, and for how long at first and at most.
const TRIES: u32 = 6;
const WAIT: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Why a log was not shipped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShipError {
    /// The log could not be read.
    #[error(transparent)]
    Core(#[from] retold_core::Error),
    /// The receiver failed, or cannot be reached.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// The receiver has other events under this log's id.
    #[error(transparent)]
    Diverged(#[from] Divergence),
    /// The receiver speaks a newer protocol.
    #[error("the receiver speaks the protocol from version {0} on, and this program does not")]
    Upgrade(u16),
    /// The receiver does not take it.
    #[error("the receiver refuses: {0}")]
    Refused(String),
    /// The receiver was busy for too long.
    #[error("the receiver is busy")]
    Busy,
    /// There is no memory for what packs.
    #[error("bodies cannot be packed")]
    Packing(#[source] std::io::Error),
    /// Somebody said to stop.
    #[error("interrupted")]
    Interrupted,
}

/// What a shipping is told.
pub struct Options<'o> {
    /// What may leave.
    pub scope: Scope,
    /// The workspaces that were held back when this log was last shipped here; `None` where that is not known.
    pub were_private: Option<BTreeSet<String>>,
    /// The last position to ship; what came later was not looked at.
    pub until: Option<u64>,
    /// The name of this machine.
    pub device: String,
    /// The present.
    pub clock: &'o dyn Fn() -> Timestamp,
    /// Waits.
    pub wait: &'o dyn Fn(Duration),
    /// Is told the last position that is there, before and after each shipment and before each wait.
    pub progress: &'o dyn OnProgress,
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("scope", &self.scope)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// What a shipping came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// How far the receiver has the log.
    pub head: Head,
    /// The level that it was shipped at: what was asked for, or the most that the receiver takes.
    pub level: Level,
    /// How many events were sent now, those that were held back among them.
    pub events: u64,
    /// In how many shipments.
    pub shipments: u64,
    /// How many bytes of bodies and texts they held.
    pub bytes: u64,
    /// How many events earlier shipments had held back, or a part of them, and were gone through again.
    pub supplied: u64,
    /// How many events the receiver has after the log's end: this store is an older copy of what was shipped.
    pub ahead: u64,
    /// The workspaces that were held back.
    pub private: BTreeSet<String>,
}

/// Ships what the receiver lacks, once. See [`Shipper::ship`].
///
/// # Errors
/// Those of [`Shipper::ship`].
pub fn ship<R: Receiver>(
    log: &Log,
    connect: impl FnMut() -> Result<R, ReceiverError>,
    options: &mut Options<'_>,
) -> Result<Shipped, ShipError> {
    Shipper::new(connect).ship(log, options)
}

/// How far a shipping is.
fn so_far(options: &Options<'_>, shipped: Option<&Shipped>) -> Progress {
    let done = shipped.map_or(0, |shipped| shipped.head.position.get());
    Progress::new(Unit::Events, done, options.until)
}

/// A wait, at least half of it: those who failed together do not come back together.
fn jitter(wait: Duration) -> Duration {
    wait.min(WAIT_MAX).mul_f64(rand::rng().random_range(0.5..1.0))
}

fn ship_once(
    log: &Log,
    receiver: &mut impl Receiver,
    options: &mut Options<'_>,
    shipped: &mut Option<Shipped>,
) -> Result<(), ShipError> {
    let segments = segments_of(log, options.until)?;
    let mut at = segments.len() - 1;
    // From the newest back to the first that the receiver can go on from, and then forward again.
    let attached = loop {
        match attach(receiver, &segments, at, options)? {
            Some(attached) => break attached,
            None => {
                at = at
                    .checked_sub(1)
                    .ok_or_else(|| ShipError::Refused("the log has no beginning".to_owned()))?
            }
        }
    };
    let mut run = Run { log, receiver, options, shipped };
    run.segment(&segments[at], &attached, at + 1 == segments.len())?;
    for (at, segment) in segments.iter().enumerate().skip(at + 1) {
        let attached = attach(run.receiver, &segments, at, run.options)?.ok_or_else(|| {
            ShipError::Refused("the log that this one goes on from is not there".to_owned())
        })?;
        run.segment(segment, &attached, at + 1 == segments.len())?;
    }
    Ok(())
}

struct Run<'r, 'o, R> {
    log: &'r Log,
    receiver: &'r mut R,
    options: &'r mut Options<'o>,
    shipped: &'r mut Option<Shipped>,
}

impl<R: Receiver> Run<'_, '_, R> {
    fn segment(
        &mut self,
        segment: &Segment,
        attached: &Attachment,
        is_newest: bool,
    ) -> Result<(), ShipError> {
        let level = self.options.scope.level.min(attached.level_max);
        let scope = Scope { level, ..self.options.scope.clone() };
        let private = self.private_of(&scope)?;
        let sum = self.shipped.get_or_insert_with(|| Shipped {
            head: attached.head,
            level,
            events: 0,
            shipments: 0,
            bytes: 0,
            supplied: 0,
            ahead: 0,
            private: private.clone(),
        });
        sum.head = attached.head;
        let mut builder = Builder::new(self.log, scope)?;
        let ahead = divergence::check(self.log, self.receiver, attached, segment.begin, segment.end)?;
        if ahead > 0 {
            // Of a log that others go on from, or an older copy.
            if is_newest {
                self.sum().ahead = ahead;
            }
            return Ok(());
        }
        self.new_events(&mut builder, attached, segment.end)?;
        let shrank = self.options.were_private.as_ref().is_none_or(|were| !were.is_subset(&private));
        let was = attached.head.position.get();
        if was > segment.begin.position.get() && (attached.level < level || (!attached.whole && shrank)) {
            let range = (segment.begin.position.get() + 1, was);
            self.supply(&mut builder, attached, range, Some(private.is_empty()))?;
        }
        Ok(())
    }

    fn sum(&mut self) -> &mut Shipped {
        self.shipped.as_mut().expect("it is made before anything is counted")
    }

    /// Returns the workspaces of this log of which nothing leaves.
    fn private_of(&self, scope: &Scope) -> Result<BTreeSet<String>, ShipError> {
        let mut reader = self.log.reader()?;
        let (connection, _) = reader.raw();
        Ok(workspace_keys(connection)?.into_iter().filter(|key| scope.private.contains(key)).collect())
    }

    fn new_events(
        &mut self,
        builder: &mut Builder<'_>,
        attached: &Attachment,
        end: u64,
    ) -> Result<(), ShipError> {
        let mut at = attached.head.position.get();
        let mut limits = Limits { events: EVENTS, bytes: BYTES };
        let mut waits = 0;
        while at < end {
            self.check_interrupted()?;
            let built = builder.build(at + 1, end, limits)?;
            let began = Instant::now();
            match self.receiver.ship(attached.log, &built.shipment)? {
                Answer::Taken(head, _) => {
                    waits = 0;
                    limits.events = adapted(limits.events, began.elapsed());
                    at = head.position.get();
                    let sum = self.sum();
                    sum.head = head;
                    sum.events += built.shipment.count();
                    sum.shipments += 1;
                    sum.bytes += built.shipment.bytes() as u64;
                    // Where it is to stop, it does before the next one: this one is not done with yet.
                    let _asked_again = self.check_interrupted();
                    self.restored(builder, attached, &built)?;
                }
                // Another process ships the same log, or an answer was lost.
                Answer::Have(head) | Answer::Gap(head) => {
                    divergence::check_head(self.log, self.receiver, attached.log, head)?;
                    self.sum().head = head;
                    at = head.position.get();
                }
                Answer::Diverged(_) => {
                    let head = self.receiver.head(attached.log)?;
                    divergence::check_head(self.log, self.receiver, attached.log, head)?;
                    // It was not: the head moved in between.
                    waits += 1;
                    self.wait(waits, WAIT)?;
                    at = head.position.get();
                }
                Answer::Busy(wait) => {
                    waits += 1;
                    limits.events = (limits.events / 2).max(EVENTS_MIN);
                    self.wait(waits, wait)?;
                }
                Answer::Upgrade(from) => return Err(ShipError::Upgrade(from)),
                Answer::Refused(why) => return Err(ShipError::Refused(why)),
            }
        }
        Ok(())
    }

    /// Supplies the bodies that an archive gave back.
    fn restored(
        &mut self,
        builder: &mut Builder<'_>,
        attached: &Attachment,
        built: &Built,
    ) -> Result<(), ShipError> {
        for (stream, before) in &built.restored {
            for range in builder.ranges_of(*stream, *before)? {
                self.supply(builder, attached, range, None)?;
            }
        }
        Ok(())
    }

    /// Supplies what was held back of a range; `settles` where it is all of the log: whether nothing of it is held back now.
    fn supply(
        &mut self,
        builder: &mut Builder<'_>,
        attached: &Attachment,
        (first, last): (u64, u64),
        settles: Option<bool>,
    ) -> Result<(), ShipError> {
        let mut at = first;
        let mut waits = 0;
        let mut limits = Limits { events: EVENTS, bytes: BYTES };
        while at <= last {
            self.check_interrupted()?;
            let mut built = builder.build(at, last, limits)?;
            let settles = settles.filter(|_| built.shipment.last == last);
            if let Some(whole) = settles {
                built.shipment.whole = whole;
            }
            let began = Instant::now();
            match self.receiver.supply(attached.log, &built.shipment, settles.is_some())? {
                Answer::Taken(..) => {
                    waits = 0;
                    limits.events = adapted(limits.events, began.elapsed());
                    at = built.shipment.last + 1;
                    self.sum().supplied += built.shipment.count();
                }
                Answer::Busy(wait) => {
                    waits += 1;
                    self.wait(waits, wait)?;
                }
                Answer::Upgrade(from) => return Err(ShipError::Upgrade(from)),
                Answer::Refused(why) => return Err(ShipError::Refused(why)),
                Answer::Have(head) | Answer::Gap(head) | Answer::Diverged(head) => {
                    divergence::check_head(self.log, self.receiver, attached.log, head)?;
                    return Err(ShipError::Busy);
                }
            }
        }
        Ok(())
    }

    fn wait(&mut self, waits: u32, wait: Duration) -> Result<(), ShipError> {
        if waits >= TRIES {
            return Err(ShipError::Busy);
        }
        self.check_interrupted()?;
        (self.options.wait)(jitter(wait * 2_u32.pow(waits - 1)));
        Ok(())
    }

    fn check_interrupted(&self) -> Result<(), ShipError> {
        let so_far = so_far(self.options, self.shipped.as_ref());
        if (self.options.progress)(so_far) { Ok(()) } else { Err(ShipError::Interrupted) }
    }
}

/// How many events the next shipment is, after one that took so long.
fn adapted(events: u64, took: Duration) -> u64 {
    match took {
        took if took > TAKES => (events / 2).max(EVENTS_MIN),
        took if took < TAKES / 3 => (events * 2).min(EVENTS_MAX),
        _ => events,
    }
}
