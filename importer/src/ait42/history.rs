//! The events that must have led to a document.
//!
//! The document only tells how things ended. What is made of it is the simplest history that ends so: the session and
//! its instances begin as running, messages come at their time, outputs and results when their instance ended. Things
//! of one list keep the list's order, which is the order in which the legacy writer appended them, whatever their
//! clocks say; across lists the timestamps decide.

use jiff::Timestamp;
use retold_core::event::{
    InstanceAdded, InstanceDetailsChanged, InstanceStatusChanged, MessageAdded, OutputAppended,
    SessionCreated, SessionDetailsChanged, SessionStatusChanged, WinnerSelected,
};
use retold_core::{Document, Event, Instance, InstancePatch, NewEvent, Session, SessionPatch, time};

const RUNNING: &str = "running";
/// Statuses that an instance ends in.
const ENDED: [&str; 4] = ["completed", "failed", "archived", "timeout"];

/// Returns the events, in order. Folding them gives `session` exactly.
pub(super) fn history(session: &Session, home: Option<String>) -> Vec<NewEvent> {
    let mut events = Timeline::default();
    let created = time::parse(&session.created_at);
    let updated = time::parse(&session.updated_at).or(created);
    let ended = session.completed_at.as_deref().and_then(time::parse).or(updated);

    let mut clock = created;
    for (index, instance) in session.instances.iter().enumerate() {
        let index = u32::try_from(index).expect("a list of a document has under 2^32 elements");
        let started = instance.start_time.as_deref().and_then(time::parse).or(created);
        let at = later(&mut clock, started);
        let end = instance.end_time.as_deref().and_then(time::parse).or(ended).max(at);
        add_instance(&mut events, index, instance, (at, started), end);
    }
    let mut clock = created;
    for message in &session.chat_history {
        let written = time::parse(&message.timestamp);
        let at = later(&mut clock, written);
        let event = MessageAdded { message: message.clone(), index: None, updated_at: None };
        events.push(at, written.or(at), event);
    }
    end(&mut events, session, ended);

    let place = None;
    let first = SessionCreated { session: beginning(session), place, home };
    let mut all = vec![NewEvent { event: first.into(), occurred_at: created }];
    all.extend(events.in_order());
    if let Some(last) = all.last_mut() {
        let has_room = last.event.set_updated_at(&session.updated_at);
        debug_assert!(has_room, "every event made here has room for updatedAt");
    }
    all
}

/// The session as it must have begun.
fn beginning(session: &Session) -> Session {
    // A clone of the whole would hold the lists, which may be most of the memory there is.
    let mut begun = session.own();
    begun.status = RUNNING.to_owned();
    begun.updated_at.clone_from(&session.created_at);
    begun.completed_at = None;
    begun.winner_id = None;
    begun.total_duration = None;
    begun.total_files_changed = None;
    begun.total_lines_added = None;
    begun.total_lines_deleted = None;
    begun
}

fn end(events: &mut Timeline, session: &Session, at: Option<Timestamp>) {
    let set = SessionPatch {
        completed_at: (session.status == RUNNING && session.completed_at.is_some())
            .then(|| session.completed_at.clone()),
        total_duration: session.total_duration.map(Some),
        total_files_changed: session.total_files_changed.map(Some),
        total_lines_added: session.total_lines_added.map(Some),
        total_lines_deleted: session.total_lines_deleted.map(Some),
        ..SessionPatch::default()
    };
    if !set.is_empty() {
        events.push(at, at, SessionDetailsChanged { set });
    }
    if let Some(winner_id) = session.winner_id {
        events.push(at, at, WinnerSelected { winner_id: Some(winner_id), updated_at: None });
    }
    if session.status != RUNNING {
        let completed_at = session.completed_at.clone().map(Some);
        events.push(
            at,
            at,
            SessionStatusChanged { status: session.status.clone(), completed_at, updated_at: None },
        );
    }
}

fn add_instance(
    events: &mut Timeline,
    index: u32,
    instance: &Instance,
    (at, started): (Option<Timestamp>, Option<Timestamp>),
    end: Option<Timestamp>,
) {
    let mut begin = instance.own();
    let mut set = InstancePatch::default();
    let has_ended = ENDED.contains(&instance.status.as_str());
    if has_ended {
        RUNNING.clone_into(&mut begin.status);
        set = InstancePatch {
            end_time: begin.end_time.take().map(Some),
            files_changed: begin.files_changed.take().map(Some),
            lines_added: begin.lines_added.take().map(Some),
            lines_deleted: begin.lines_deleted.take().map(Some),
            ..set
        };
    }
    events.push(at, started, InstanceAdded { instance: begin, index: None, updated_at: None });
    if let Some(text) = &instance.output {
        events.push(end, end, OutputAppended { index, text: text.clone(), updated_at: None });
    }
    if !set.is_empty() {
        events.push(end, end, InstanceDetailsChanged { index, set, updated_at: None });
    }
    if has_ended {
        events.push(
            end,
            end,
            InstanceStatusChanged { index, status: instance.status.clone(), updated_at: None },
        );
    }
}

/// Moves `clock` on to `instant`, never back; an instant that is not known is that of what was before.
fn later(clock: &mut Option<Timestamp>, instant: Option<Timestamp>) -> Option<Timestamp> {
    *clock = (*clock).max(instant);
    *clock
}

/// Events with the instants that order them.
#[derive(Default)]
struct Timeline(Vec<(Option<Timestamp>, NewEvent)>);

impl Timeline {
    fn push(&mut self, at: Option<Timestamp>, occurred_at: Option<Timestamp>, event: impl Into<Event>) {
        self.0.push((at, NewEvent { event: event.into(), occurred_at }));
    }

    /// Of one instant, what was pushed first comes first.
    fn in_order(mut self) -> impl Iterator<Item = NewEvent> {
        self.0.sort_by_key(|(at, _)| *at);
        self.0.into_iter().map(|(_, event)| event)
    }
}
