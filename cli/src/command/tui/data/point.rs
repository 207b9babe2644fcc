//! Moments that a person names, and names for moments.

use retold_core::{Options, Position, Revision, StreamName, time};
use retold_projections::{Happenings, Store, find};
use retold_travel::{Anchor, Clock, MarkName, Moment, Point, Resolver};

use super::Data;
use crate::command::tui::model::{Answer, Opening};
use crate::failure::Failure;

impl Data<'_> {
    /// Finds a moment. One that names another session opens it; a time is by the clock in use, or by the one that is before it.
    pub(super) fn resolve(&mut self, name: Option<StreamName>, text: &str) -> Result<Answer, Failure> {
        let clocks = [Clock::Occurred, Clock::Recorded];
        let named = clocks.into_iter().find_map(|clock| {
            let rest = text.strip_prefix(clock.word())?.strip_prefix(' ')?;
            Some((clock, rest.trim_start()))
        });
        let (clock, text) = named.unwrap_or((self.env.clock, text));
        let point: Point = text.parse().map_err(|error| Failure::usage(format!("point {text}: {error}")))?;
        let found = match (&point.anchor, name) {
            (Anchor::Of(session, _), _) => Some(find(&self.reader, session)?),
            (_, Some(name)) => Some(self.found(&name)?),
            (_, None) => None,
        };
        let resolver = Resolver { clock, ..self.resolver(found.as_ref()) };
        let resolved = resolver.resolve_moment(&point)?;
        let position = self.last_of(resolved.moment)?;
        let name = match found {
            Some(found) => found.name,
            None => self.session_at(position)?,
        };
        let by = resolved.time.map_or_else(String::new, |(clock, _)| format!(" ({})", clock.word()));
        let said = format!("{point}{by}: {}", resolved.said);
        Ok(Answer::Resolved { opening: self.at(name, Moment::from(&resolved), position)?, said })
    }

    /// Returns the position of the last event of a moment; by when things happened, of the session that is at it.
    pub(in super::super) fn last_of(&self, moment: Moment) -> Result<Position, Failure> {
        let at = match moment {
            Moment::Recorded(position) => return Ok(position),
            Moment::Occurred(at) => at,
        };
        let last = Happenings::of(&self.reader).last_happened_by(at)?;
        Ok(last.map_or(Position::ZERO, |last| last.position))
    }

    /// Returns a session at the event that was its last at a moment, which `position` names. One that cannot be opened there
    /// leaves all as it was.
    pub(in super::super) fn at(
        &mut self,
        name: StreamName,
        moment: Moment,
        position: Position,
    ) -> Result<Opening, Failure> {
        let stream = self.stream(&name)?;
        let (at, last) = (self.revision_at(&name, moment)?, self.reader.revision(stream)?.get());
        if at == 0 {
            let stream = name;
            return Err(retold_travel::Error::NotThere { stream, reason: "not created yet", position }.into());
        }
        self.reveal(stream);
        self.look_from(&name, at, moment);
        Ok(Opening { last, at, name })
    }

    /// Returns the session whose event is at a position.
    pub(in super::super) fn session_at(&mut self, position: Position) -> Result<StreamName, Failure> {
        let before = Position::ZERO.plus(position.get().saturating_sub(1));
        let limit = retold_core::Limit { rows: 1, ..Default::default() };
        let page = self.reader.events_after(before, limit)?;
        let event = page.events.first();
        let name = event.map(|event| self.reader.name(event.stream)).transpose()?;
        name.filter(|name| !name.is_workspace()).ok_or_else(|| {
            Failure::usage(format!("tui: position {position} is not a session's event"))
                .hint("name a session, as in `retold tui SESSION`")
        })
    }

    /// Gives a moment a name, as `retold mark` does.
    pub(super) fn mark(&mut self, name: &StreamName, revision: u64, mark: &str) -> Result<Answer, Failure> {
        let mark: MarkName =
            mark.parse().map_err(|error: retold_travel::NotAMarkName| Failure::usage(error.to_string()))?;
        let stream = self.stream(name)?;
        let missing = || {
            let found = format!("revision {revision} of {name} is missing");
            retold_core::Error::Damaged { act: "read the log", found }
        };
        let position = self.reader.position_of(stream, Revision::ZERO.plus(revision))?.ok_or_else(missing)?;
        let resolved = self.resolver(None).moment(position)?;
        // Here the store is read only: it is opened to write for as long as this takes.
        let clock = std::sync::Arc::clone(&self.env.now);
        let store = Store::open(&self.path, Options::new().clock(move || clock()))?;
        retold_travel::mark(store.log(), &mark, resolved.head, time::to_micros((self.env.now)()), false)?;
        Ok(Answer::Notice(format!("mark:{mark}: {}", resolved.said)))
    }
}
