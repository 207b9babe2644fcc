//! What the inspector shows.

use retold_core::Revision;
use retold_travel::{Path, State};

use super::{Data, Lines};
use crate::command::tui::model::{Answer, Ask, Tab, View};
use crate::failure::Failure;
use crate::roster::Roll;

impl Data<'_> {
    /// Returns the rows that are asked for, or how far they are.
    pub(super) fn view(&mut self, ask: Ask) -> Result<Answer, Failure> {
        if self.happened.as_ref().is_some_and(|(name, at, _)| *name != ask.name || *at != ask.at) {
            self.look_at(None);
        }
        let mut answer = self.rows_of(ask)?;
        if let Answer::View(View { ask, place, .. }) = &mut answer {
            let revision = Revision::ZERO.plus(ask.at);
            let frame = self.frames.iter().find(|frame| frame.revision == revision);
            *place = Roll::of(frame.and_then(|frame| frame.state.as_ref())).path(&ask.place);
        }
        Ok(answer)
    }

    fn rows_of(&mut self, ask: Ask) -> Result<Answer, Failure> {
        if self.lines.as_ref().is_some_and(|lines| lines.are_of(&ask)) {
            return Ok(self.of_lines(ask));
        }
        if ask.tab == Tab::Talk {
            return self.talk(ask);
        }
        if ask.tab == Tab::Body {
            self.lines = Some(self.body(&ask)?);
            return Ok(self.of_lines(ask));
        }
        let frame = match self.frame(&ask.name, ask.at)? {
            Ok(frame) => frame,
            Err(done) => return Ok(Answer::Coming { done, of: ask.at, ask }),
        };
        if ask.tab == Tab::Diff {
            let before = match self.frame(&ask.name, ask.base)? {
                Ok(before) => before,
                Err(done) => return Ok(Answer::Coming { done, of: ask.base, ask }),
            };
            self.lines = Some(self.difference(&ask, before.state.as_ref(), frame.state.as_ref())?);
            return Ok(self.of_lines(ask));
        }
        let Some(state) = frame.state else {
            self.lines = Some(Lines::remark(&ask, "the session is not created yet"));
            return Ok(self.of_lines(ask));
        };
        if ask.tab == Tab::State && matches!(ask.place, Path::Own(_) | Path::Field(..)) {
            self.lines = Some(self.value(&ask, &state)?);
            return Ok(self.of_lines(ask));
        }
        self.places(ask, &state).map(Answer::View)
    }

    fn of_lines(&self, ask: Ask) -> Answer {
        let lines = self.lines.as_ref().map_or(&[][..], |lines| &lines.rows);
        let first = usize::try_from(ask.first).unwrap_or(usize::MAX);
        let rows = usize::try_from(ask.rows).unwrap_or(usize::MAX);
        let rows = lines.iter().skip(first).take(rows).cloned().collect();
        Answer::View(View::of(ask, lines.len() as u64, rows))
    }

    /// The fields of the session or of an element, and the elements of its lists; who wrote them, where that is asked.
    fn places(&mut self, ask: Ask, state: &State) -> Result<View, Failure> {
        let places = super::places::Places::of(state, &ask.place);
        let total = places.count();
        let sought = ask.seek.as_ref().and_then(|path| places.find(path));
        // The cursor will be there: so will the rows.
        let first = match sought {
            Some(row) if !(ask.first..ask.first + ask.rows).contains(&row) => {
                row.saturating_sub(ask.rows / 2)
            }
            _ => ask.first.min(total.saturating_sub(ask.rows)),
        };
        let mut rows = Vec::new();
        let roll = Roll::of(Some(state));
        for at in first..(first + ask.rows).min(total) {
            let Some(path) = places.get(at) else { continue };
            rows.push(match ask.tab {
                Tab::Blame => self.blamed(state, &roll, path, ask.columns)?,
                _ => super::places::shown(state, &roll, path),
            });
        }
        Ok(View { sought, ..View::of(Ask { first, ..ask }, total, rows) })
    }

    /// Returns the event of a revision.
    pub(super) fn event(&mut self, ask: &Ask) -> Result<Option<retold_core::Recorded>, Failure> {
        let stream = self.stream(&ask.name)?;
        let before = Revision::ZERO.plus(ask.at.saturating_sub(1));
        let limit = retold_core::Limit { rows: 1, ..Default::default() };
        let end = retold_core::Position::ZERO.plus(u64::MAX);
        self.read.listed += 1;
        Ok(self.reader.stream_events_after(stream, before, end, limit)?.events.into_iter().next())
    }
}
