//! A session at any moment, and who changed what.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{EventType, Log, Origin, Path, Position, Reader, Revision, Session, Text};
use retold_projections::Found;
use retold_travel::{Authors, Change, Moment, Patch, Point, Resolved, Resolver, State, Timeline, Value};

use crate::log_event::instant;
use crate::named::workspace;
use crate::records::{self, Record};
use crate::{Error, SessionHistory};

/// Who last wrote a place of a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BlameRow {
    /// The place.
    pub path: Path,
    /// What is there, with its text.
    pub value: Value,
    /// The event that last wrote it; for an instance or a message, the one that it came with.
    pub position: Position,
    /// That event's place in the session.
    pub revision: Revision,
    /// For an instance or a message, the last event that wrote anything of it.
    pub last_position: Position,
    /// Which event it is.
    pub kind: EventType,
    /// Who or what made it; `None` where the store holds a part of a log that lacks what says it.
    pub origin: Option<Origin>,
    /// When the log got it.
    pub recorded_at: Timestamp,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// A write to a place of a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PathWrite {
    /// The event.
    pub position: Position,
    /// Its place in the session.
    pub revision: Revision,
    /// Which event it is.
    pub kind: EventType,
    /// When the log got it.
    pub recorded_at: Timestamp,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it did, with the value before. An index in its path is the one that the element had then.
    pub patch: Patch,
}

impl SessionHistory {
    /// Returns the first session with `session_id` as it was at a moment: right after the event at a [`Position`], after
    /// one of the session's own events by its [`Revision`], when what happened up to a [`Timestamp`] had happened
    /// ([`moments_by`](Self::moments_by) asks for what the log had by then), or at any other [`Point`]. A session that was deleted since is found, too.
    ///
    /// O(log n) and some hundred events, whatever the session's length; for a time by when things happened the headers of the
    /// session's events are read as well.
    ///
    /// ```
    /// use retold::{Message, Point, Session, SessionHistory};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let history = SessionHistory::open(folder.path().join("sessions.db"))?;
    /// let created = history.create("/src/atlas", Session::new("a1", "debate", "Tabs or spaces"))?;
    /// history.add_message("/src/atlas", "a1", Message::new("m1", "user", "Tabs"))?;
    /// assert!(history.session_at("/src/atlas", "a1", created)?.chat_history.is_empty());
    /// let before: Point = "head-1".parse()?;
    /// assert!(history.session_at("/src/atlas", "a1", before)?.chat_history.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BlankWorkspace`]; [`Error::SessionNotFound`] where there never was one; [`Error::Travel`] where the point
    /// names no moment, or the session was not there at it; [`Error::Store`] where the store cannot be read.
    pub fn session_at(
        &self,
        workspace_path: &str,
        session_id: &str,
        point: impl Into<Point>,
    ) -> Result<Session, Error> {
        let (log, point) = (self.inner.store.log(), point.into());
        let mut absent = None;
        for record in self.records(workspace_path, session_id, "get session")? {
            let mut timeline = begin(log, &record)?;
            let at = self.resolve(timeline.reader(), Some(&record), &point)?;
            let state = timeline.at_resolved(&at)?.state;
            if let Some(state) = state.as_ref().filter(|state| !state.records.deleted) {
                let mut session = state.to_session();
                timeline.reader().resolve(&mut session)?;
                return Ok(session);
            }
            absent.get_or_insert_with(|| not_there(&record, state.as_ref(), at.head.position));
        }
        Err(absent.unwrap_or_else(|| Error::SessionNotFound { session_id: session_id.to_owned() }))
    }

    /// Returns what changed in a session from one moment to another, in the order in which it is to be applied: patches
    /// with their texts.
    ///
    /// # Errors
    /// Those of [`session_at`](Self::session_at).
    pub fn diff(
        &self,
        workspace_path: &str,
        session_id: &str,
        from: impl Into<Point>,
        to: impl Into<Point>,
    ) -> Result<Vec<Patch>, Error> {
        let (record, mut timeline) = self.timeline(workspace_path, session_id, "diff session")?;
        let session = found(&record);
        let from = self.resolver(timeline.reader(), Some(&session)).resolve_or_before(&from.into())?;
        let to = self.resolve(timeline.reader(), Some(&record), &to.into())?;
        let (was, is) = (timeline.at_resolved(&from)?.state, timeline.at_resolved(&to)?.state);
        let connection = timeline.reader().connection();
        let patches = retold_travel::diff(was.as_ref(), is.as_ref(), connection)?;
        patches.into_iter().map(|patch| load_patch(patch, connection)).collect()
    }

    /// Returns who last wrote what in a session: every place within `path`, [`Path::Whole`] for the session's own keys,
    /// its instances and its messages. What was never set is left out, unless it is what `path` names.
    ///
    /// # Errors
    /// Those of [`session_at`](Self::session_at); [`Error::Travel`] where the session has no such place.
    pub fn blame(&self, workspace_path: &str, session_id: &str, path: &Path) -> Result<Vec<BlameRow>, Error> {
        self.blame_at(workspace_path, session_id, path, retold_travel::Anchor::Head)
    }

    /// Returns who last wrote what, as of a moment: see [`blame`](Self::blame).
    ///
    /// # Errors
    /// Those of [`blame`](Self::blame).
    pub fn blame_at(
        &self,
        workspace_path: &str,
        session_id: &str,
        path: &Path,
        point: impl Into<Point>,
    ) -> Result<Vec<BlameRow>, Error> {
        let (record, mut timeline) = self.timeline(workspace_path, session_id, "blame session")?;
        let at = self.resolve(timeline.reader(), Some(&record), &point.into())?;
        let state = timeline.at_resolved(&at)?.state;
        let state = state.ok_or_else(|| not_there(&record, None, at.head.position))?;
        let names_one = matches!(path, Path::Own(_) | Path::Field(..));
        let mut authors = Authors::default();
        let mut rows = Vec::new();
        let mut is_place = matches!(path, Path::Rows(_) | Path::Each(..));
        for blamed in state.blame(path) {
            is_place = true;
            if !names_one && state.was_never_set(&blamed.path) {
                continue;
            }
            let Some(value) = state.value(&blamed.path) else { continue };
            let author = authors.get(timeline.reader(), blamed.position)?;
            rows.push(BlameRow {
                value: load(value, timeline.reader().connection())?,
                path: blamed.path,
                position: author.position,
                revision: author.revision,
                last_position: blamed.last,
                kind: author.kind,
                origin: author.origin(),
                recorded_at: instant(author.recorded_at),
                occurred_at: instant(author.occurred_at),
            });
        }
        if is_place {
            return Ok(rows);
        }
        let (stream, path) = (record.name, path.to_string());
        Err(retold_travel::Error::NoSuchPlace { stream, path, position: at.head.position }.into())
    }

    /// Returns every write to a place of a session, the oldest first.
    ///
    /// An instance or a message is named by its index as it is now, and followed back through insertions and removals
    /// before it. O(events of the session).
    ///
    /// # Errors
    /// Those of [`blame`](Self::blame).
    pub fn history(
        &self,
        workspace_path: &str,
        session_id: &str,
        path: &Path,
    ) -> Result<Vec<PathWrite>, Error> {
        let (_, mut timeline) = self.timeline(workspace_path, session_id, "list writes of session")?;
        let head = timeline.reader().head()?.position;
        let mut writes = Vec::new();
        retold_travel::history::<Error>(&mut timeline, path, Position::ZERO, head, |write| {
            writes.push(PathWrite {
                position: write.event.position,
                revision: write.event.revision,
                kind: write.event.kind,
                recorded_at: instant(write.event.recorded_at),
                occurred_at: instant(write.event.occurred_at),
                patch: write.patch.clone(),
            });
            Ok(ControlFlow::Continue(()))
        })?;
        let connection = timeline.reader().connection();
        for write in &mut writes {
            write.patch = load_patch(write.patch.clone(), connection)?;
        }
        Ok(writes)
    }

    /// Returns the records that an id ever had in a workspace: those that are not deleted first.
    fn records(&self, path: &str, session_id: &str, act: &'static str) -> Result<Vec<Record>, Error> {
        let workspace = workspace(path, act, "")?;
        let reader = self.inner.store.log().reader()?;
        reader.begin()?;
        let mut records = records::of_id(&reader, &workspace, session_id)?;
        for record in records::all_of_id(&reader, &workspace, session_id)? {
            if !records.iter().any(|known| known.stream == record.stream) {
                records.push(record);
            }
        }
        Ok(records)
    }

    fn timeline(&self, path: &str, id: &str, act: &'static str) -> Result<(Record, Timeline<'_>), Error> {
        let record = crate::named::first(self.records(path, id, act)?, id)?;
        let timeline = begin(self.inner.store.log(), &record)?;
        Ok((record, timeline))
    }

    /// Finds the position of a point; `r7` is an event of the record.
    pub(crate) fn resolve(
        &self,
        reader: &Reader<'_>,
        record: Option<&Record>,
        point: &Point,
    ) -> Result<Resolved, Error> {
        let found = record.map(found);
        Ok(self.resolver(reader, found.as_ref()).resolve(point)?)
    }

    /// Finds the moment of a point of the whole log.
    pub(crate) fn moment_of(&self, reader: &Reader<'_>, point: &Point) -> Result<Moment, Error> {
        Ok(self.resolver(reader, None).resolve_moment(point)?.moment)
    }

    fn resolver<'r, 'log>(&self, reader: &'r Reader<'log>, session: Option<&'r Found>) -> Resolver<'r, 'log> {
        let now = (self.inner.options.clock)();
        Resolver { reader, session, clock: self.moments_by, now, zone: TimeZone::system() }
    }
}

fn found(record: &Record) -> Found {
    Found { stream: record.stream, name: record.name.clone() }
}

/// Begins a record's timeline, at one moment of the store.
fn begin<'log>(log: &'log Log, record: &Record) -> Result<Timeline<'log>, Error> {
    let mut timeline = Timeline::of(log, record.stream)?;
    timeline.reader().begin()?;
    Ok(timeline)
}

fn not_there(record: &Record, state: Option<&State>, position: Position) -> Error {
    let reason = if state.is_some() { "deleted" } else { "not created yet" };
    retold_travel::Error::NotThere { stream: record.name.clone(), reason, position }.into()
}

fn load_patch(patch: Patch, connection: &rusqlite::Connection) -> Result<Patch, Error> {
    let change = match patch.change {
        Change::Set { old, new } => Change::Set { old: load(old, connection)?, new: load(new, connection)? },
        Change::Extend { old_bytes, mut text } => {
            load_text(&mut text, connection)?;
            Change::Extend { old_bytes, text }
        }
        Change::Insert(value) => Change::Insert(load(value, connection)?),
        Change::Remove(value) => Change::Remove(load(value, connection)?),
    };
    Ok(Patch { path: patch.path, change })
}

/// Loads the texts of a value: an output is a text like any other then.
fn load(mut value: Value, connection: &rusqlite::Connection) -> Result<Value, Error> {
    match &mut value {
        Value::Text(text) => load_text(text, connection)?,
        Value::Output(rope) => return Ok(Value::Text(Text::from(rope.load(connection)?))),
        Value::Message(message) => load_text(&mut message.content, connection)?,
        Value::Instance(instance) => {
            instance.output.as_mut().map_or(Ok(()), |text| load_text(text, connection))?;
        }
        Value::Session(session) => {
            let outputs = session.instances.iter_mut().filter_map(|instance| instance.output.as_mut());
            let contents = session.chat_history.iter_mut().map(|message| &mut message.content);
            outputs.chain(contents).try_for_each(|text| load_text(text, connection))?;
        }
        _ => {}
    }
    Ok(value)
}

fn load_text(text: &mut Text, connection: &rusqlite::Connection) -> Result<(), Error> {
    Ok(retold_core::Decoder::default().resolve(connection, text)?)
}
