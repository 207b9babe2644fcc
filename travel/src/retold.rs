//! The events of a session in the order in which they come to count, where earlier revisions are corrected.

use std::collections::HashMap;
use std::ops::ControlFlow;

use retold_core::happening::{Moment, StreamOrder};
use retold_core::{CorrectedStream, EventType, Limit, Position, Reader, Recorded, Revision, StreamId};
use retold_projections::Happenings;

use crate::timeline::invalid;
use crate::{Error, Frame, Patch, State, Step, Timeline};

/// What counts at one moment, and did not at another.
pub(crate) struct Retold {
    order: StreamOrder,
    /// The corrections that were not read yet.
    corrections: HashMap<Revision, Recorded>,
    /// What counts before, and what comes to count, in this order.
    before: Vec<Revision>,
    between: Vec<Revision>,
    /// The last event that had happened, or was recorded.
    last: Revision,
}

impl Timeline<'_> {
    /// Returns how a session is told between two moments; `None` where that is by its revisions alone: nothing is corrected, or both
    /// are positions.
    pub(crate) fn retold(&mut self, after: Moment, to: Moment) -> Result<Option<Retold>, Error> {
        if let (Moment::Recorded(_), Moment::Recorded(_)) = (after, to) {
            return Ok(None);
        }
        let stream = self.stream();
        let Some(CorrectedStream { order, corrections }) =
            self.reader.corrected_after(stream, Revision::ZERO)?
        else {
            return Ok(None);
        };
        let (begin, last) = (self.revision_at_moment(after)?, self.revision_at_moment(to)?);
        let counts = |moment: Moment, end: Revision, counts: i64, revision: Revision| match moment {
            Moment::Recorded(_) => revision <= end,
            Moment::Occurred(instant) => counts <= instant,
        };
        let (mut before, mut between) = (Vec::new(), Vec::new());
        for (at, revision) in order.steps() {
            match counts(after, begin, at, revision) {
                true => before.push(revision),
                false if counts(to, last, at, revision) => between.push(revision),
                false => {}
            }
        }
        let corrections =
            corrections.into_iter().map(|(_, recorded)| (recorded.revision, recorded)).collect();
        Ok(Some(Retold { order, corrections, before, between, last }))
    }

    /// Returns the positions that two moments are of this session; `None` where what comes to count between them is told by another
    /// order than that of the log.
    pub(crate) fn positions(
        &mut self,
        after: Moment,
        to: Moment,
    ) -> Result<Option<(Position, Position)>, Error> {
        if let (Moment::Recorded(after), Moment::Recorded(to)) = (after, to) {
            return Ok(Some((after, to)));
        }
        let stream = self.stream();
        if is_corrected(&mut self.reader, stream)? {
            return Ok(None);
        }
        let happenings = Happenings::of(&self.reader);
        let at = |moment| happenings.stream_at(stream, moment);
        Ok(Some((at(after)?, at(to)?)))
    }

    /// Visits what comes to count, as [`walk`](Self::walk) and [`follow`](Self::follow) do.
    pub(crate) fn go_retold<E: From<Error>>(
        &mut self,
        retold: Retold,
        mut before: impl FnMut(Step<'_>) -> Result<ControlFlow<()>, E>,
        mut after: impl FnMut(&Recorded, &[Patch], Option<&State>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Frame, E> {
        let Retold { order, mut corrections, before: past, between, last } = retold;
        let mut retelling = order.retell();
        let mut frame = Frame::ZERO;
        let mut pages = Pages::default();
        let steps =
            past.into_iter().map(|step| (step, false)).chain(between.into_iter().map(|step| (step, true)));
        for (revision, is_visited) in steps {
            let event = match corrections.remove(&revision) {
                Some(correction) => Some(correction),
                // All others come in the order of the log.
                None => pages.find(self, revision)?,
            };
            let Some(mut event) = event else { continue };
            if !retelling.take(&mut event) {
                continue;
            }
            let mut patches = State::patches(frame.state.as_ref(), event.kind, event.clone().what())
                .map_err(invalid(event.position))?;
            patches.retain(|patch| retelling.applies(&patch.path));
            let mut flow = ControlFlow::Continue(());
            if is_visited {
                flow = before(Step { event: &event, patches: &patches, before: frame.state.as_ref() })?;
            }
            for patch in &patches {
                State::apply(&mut frame.state, patch.clone(), event.position)
                    .expect("what an event does fits what it was made for");
            }
            if event.revision > frame.revision && event.revision <= last {
                (frame.revision, frame.position, frame.hash) = (event.revision, event.position, event.hash);
            }
            if is_visited && flow.is_continue() {
                flow = after(&event, &patches, frame.state.as_ref())?;
            }
            if flow.is_break() {
                break;
            }
        }
        Ok(frame)
    }
}

/// The events of a session, page by page.
#[derive(Default)]
struct Pages {
    read: Revision,
    page: std::collections::VecDeque<Recorded>,
}

impl Pages {
    /// Returns the event of a revision, which is after all that were asked for before; in a damaged log it may be missing.
    fn find(&mut self, of: &mut Timeline<'_>, revision: Revision) -> Result<Option<Recorded>, Error> {
        loop {
            match self.page.pop_front() {
                Some(recorded) if recorded.revision == revision => return Ok(Some(recorded)),
                Some(recorded) if recorded.revision > revision => {
                    self.page.push_front(recorded);
                    return Ok(None);
                }
                Some(_) => {}
                None => {
                    self.page = of.page(self.read, Revision::ZERO.plus(u64::MAX))?.into();
                    let Some(last) = self.page.back() else { return Ok(None) };
                    self.read = last.revision;
                }
            }
        }
    }
}

/// Whether anything of a stream is corrected. O(log n).
pub(crate) fn is_corrected(reader: &mut Reader<'_>, stream: StreamId) -> Result<bool, Error> {
    let (types, end) = (&[EventType::MappingCorrected], reader.head()?.position);
    let limit = Limit { rows: 1, ..Limit::default() };
    let found = reader.stream_events_of_types(types, stream, Revision::ZERO, end, limit)?;
    Ok(!found.events.is_empty())
}

/// The events that count at one moment and did not at another, in the order in which they come to count; those of one time are in the
/// order of the log.
pub(crate) struct Counting {
    pub(crate) positions: Vec<Position>,
    /// Those that correct an earlier revision, with that revision.
    pub(crate) corrections: HashMap<Position, Revision>,
}

impl Counting {
    /// Reads those of the log, or of one stream. O(what is found), and O(events) of each stream in which something is corrected.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        of: Option<StreamId>,
        after: Moment,
        to: Moment,
    ) -> Result<Self, Error> {
        let (mut found, corrected) = {
            let happenings = Happenings::of(reader);
            match of {
                None => (happenings.happened_between(after, to)?, happenings.corrected_streams()?),
                Some(stream) => {
                    (reader.happened_of(stream, retold_core::TimesRead::default())?, vec![stream])
                }
            }
        };
        let counts = |position: Position, at: i64| to.includes(position, at) && !after.includes(position, at);
        let mut corrections = HashMap::new();
        for stream in corrected {
            let Some(told) = reader.corrected_after(stream, Revision::ZERO)? else { continue };
            found.retain(|happened| happened.stream != stream);
            let times = reader.happened_of(stream, retold_core::TimesRead::default())?;
            for (happened, revision) in times.into_iter().zip(1..) {
                let at = told.order.counts_from(Revision::ZERO.plus(revision)).unwrap_or(happened.at);
                found.push(retold_core::Happened { at, ..happened });
            }
            corrections.extend(told.corrections.into_iter().map(|(of, recorded)| (recorded.position, of)));
        }
        found.retain(|happened| counts(happened.position, happened.at));
        found.sort_unstable_by_key(|happened| (happened.at, happened.position));
        let positions = found.into_iter().map(|happened| happened.position).collect();
        Ok(Self { positions, corrections })
    }
}
