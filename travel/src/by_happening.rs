//! The events of a session in the order in which they come to count, where earlier revisions are corrected.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use retold_core::happening::{Moment, StreamOrder};
use retold_core::{CorrectedStream, Happened, Position, Reader, Recorded, Revision, StreamId, TimesRead};
use retold_projections::Happenings;

use crate::timeline::invalid;
use crate::{Error, Frame, Patch, State, Step, Timeline};

/// What comes to count between two moments, in that order.
pub(crate) struct ByHappening {
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
    /// Returns what comes to count between two moments; `None` where that is by its revisions alone: nothing is corrected, or both
    /// are positions.
    pub(crate) fn by_happening(&mut self, after: Moment, to: Moment) -> Result<Option<ByHappening>, Error> {
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
        Ok(Some(ByHappening { order, corrections, before, between, last }))
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
        if self.reader.is_corrected_after(stream, Revision::ZERO)? {
            return Ok(None);
        }
        Ok(Some((self.position_at(after)?, self.position_at(to)?)))
    }

    /// Returns the position up to which the session's events count at a moment: of a time, its last event that had happened.
    pub(crate) fn position_at(&self, moment: Moment) -> Result<Position, Error> {
        Ok(Happenings::of(&self.reader).stream_at(self.stream(), moment)?)
    }

    /// Visits what comes to count, as [`walk`](Self::walk) and [`follow`](Self::follow) do.
    pub(crate) fn go_by_happening<E: From<Error>>(
        &mut self,
        events: ByHappening,
        mut before: impl FnMut(Step<'_>) -> Result<ControlFlow<()>, E>,
        mut after: impl FnMut(&Recorded, &[Patch], Option<&State>) -> Result<ControlFlow<()>, E>,
    ) -> Result<Frame, E> {
        let ByHappening { order, mut corrections, before: past, between, last } = events;
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

/// The events that count at one moment and did not at another, in the order in which they come to count; those of one time are in the
/// order of the log.
pub(crate) struct EventsByHappening {
    pub(crate) positions: Vec<Position>,
    /// Those that count earlier than their place in the log says, with the revision that they correct.
    pub(crate) corrections: HashMap<Position, Revision>,
}

impl EventsByHappening {
    /// Reads those of the log, or of one stream. O(what is found), and O(events) of each stream in which something is corrected.
    pub(crate) fn read(
        reader: &mut Reader<'_>,
        of: Option<StreamId>,
        after: Moment,
        to: Moment,
    ) -> Result<Self, Error> {
        let mut corrections = HashMap::new();
        let mut found = match of {
            Some(stream) => times(reader, stream, &mut corrections)?,
            None => {
                let (mut found, corrected) = {
                    let happenings = Happenings::of(reader);
                    (happenings.happened_between(after, to)?, happenings.corrected_streams()?)
                };
                let of_these: HashSet<StreamId> = corrected.iter().copied().collect();
                found.retain(|happened| !of_these.contains(&happened.stream));
                for stream in corrected {
                    found.extend(times(reader, stream, &mut corrections)?);
                }
                found
            }
        };
        found.retain(|Happened { position, at, .. }| {
            to.includes(*position, *at) && !after.includes(*position, *at)
        });
        found.sort_unstable_by_key(|happened| (happened.at, happened.position));
        let positions = found.into_iter().map(|happened| happened.position).collect();
        Ok(Self { positions, corrections })
    }
}

/// Returns the events of a stream in the order of the log, each with the time since when it counts. What corrects and thus counts
/// earlier than its place in the log says comes to `corrections`, with the revision that it corrects. O(events of the stream), of
/// which no body is read where nothing is corrected.
pub(crate) fn times(
    reader: &mut Reader<'_>,
    stream: StreamId,
    corrections: &mut HashMap<Position, Revision>,
) -> Result<Vec<Happened>, Error> {
    let mut times = reader.happened_of(stream, TimesRead::default())?;
    let Some(corrected) = reader.corrected_after(stream, Revision::ZERO)? else { return Ok(times) };
    let corrects: HashMap<Revision, Revision> =
        corrected.corrections.into_iter().map(|(of, recorded)| (recorded.revision, of)).collect();
    for (happened, revision) in times.iter_mut().zip(1..) {
        let revision = Revision::ZERO.plus(revision);
        let at = corrected.order.counts_from(revision).unwrap_or(happened.at);
        if at < happened.at
            && let Some(of) = corrects.get(&revision)
        {
            corrections.insert(happened.position, *of);
        }
        happened.at = at;
    }
    Ok(times)
}
