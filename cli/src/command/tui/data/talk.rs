//! A session's conversation: pages of it, of which each is laid out once, and what of it is opened.

use std::collections::{HashSet, VecDeque};

use retold_core::{Position, Revision, StreamId, StreamName};
use retold_travel::Conversation;
use retold_travel::conversation::{Extent, Page};

use super::Data;
use super::agents::Agent;
use crate::command::tui::model::{Anchor, Answer, Ask, Fold, Line, Toward, View};
use crate::failure::Failure;

/// What one step reads: a page.
const EXTENT: Extent = Extent { turns: 20, events: 200, head: 4_096, tail: 1_024, happened: None };
/// Pages that are held; further ones are read again.
const PAGES_MAX: usize = 12;

/// Which conversation it is, as of which event, and how wide.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    name: StreamName,
    at: u64,
    columns: u16,
}

/// The pages that are at hand, without a gap.
pub(super) struct Talk {
    key: Key,
    pub(super) stream: StreamId,
    /// The position of the event that it is as of.
    pub(super) position: Position,
    /// Whether that is the last one.
    is_head: bool,
    pages: VecDeque<(Conversation, Vec<Line>)>,
    pub(super) agents: Vec<Agent>,
}

/// What of the conversations is opened.
#[derive(Default)]
pub(super) struct Folds {
    /// Those that are not as `all` says.
    turned: HashSet<Fold>,
    /// Whether everything is opened.
    pub(super) all: bool,
    /// Whether something was turned since the rows were laid out, and the place that is to be seen then.
    is_news: bool,
    here: Option<Fold>,
}

impl Folds {
    /// Opens what is folded, or folds it again: all of it, or what is here.
    pub(super) fn turn(&mut self, all: bool, here: Option<Fold>) {
        if all {
            self.turned.retain(|fold| matches!(fold, Fold::Agent(_)));
            self.all = !self.all;
        } else if let Some(fold) = here
            && !self.turned.remove(&fold)
        {
            self.turned.insert(fold);
        }
        (self.is_news, self.here) = (true, here);
    }

    pub(super) fn is_open(&self, fold: Fold) -> bool {
        self.turned.contains(&fold) != (self.all && !matches!(fold, Fold::Agent(_)))
    }
}

impl Talk {
    fn total(&self) -> u64 {
        self.pages.iter().map(|(_, rows)| rows.len() as u64).sum()
    }

    fn rows(&self) -> impl Iterator<Item = &Line> {
        self.pages.iter().flat_map(|(_, rows)| rows)
    }

    fn before(&self) -> Option<Revision> {
        self.pages.front().and_then(|(page, _)| page.before)
    }

    fn after(&self) -> Option<Revision> {
        self.pages.back().and_then(|(page, _)| page.after)
    }

    /// Finds the first row that is of a fold.
    fn row_of(&self, fold: Fold) -> Option<u64> {
        self.rows().position(|row| row.fold == Some(fold)).map(|at| at as u64)
    }

    /// Finds the row that is to stay in sight, or the first of its event.
    fn row_at(&self, anchor: Anchor) -> Option<u64> {
        let is_of = |row: &Line| row.to == Some(anchor.revision) && row.session.is_none();
        let nth = |nth: u64| self.rows().position(|row| is_of(row) && row.nth == nth);
        nth(anchor.nth).or_else(|| nth(0)).map(|at| at as u64)
    }
}

impl Data<'_> {
    /// Returns the rows that are asked for: at most one page is read, and two where a place is sought that is far from the end.
    pub(super) fn talk(&mut self, ask: Ask) -> Result<Answer, Failure> {
        let key = Key { name: ask.name.clone(), at: ask.at, columns: ask.columns };
        let (mut sought, mut shift, mut begin) = (None, 0_i64, None);
        let mut talk = match self.talk.take().filter(|talk| talk.key == key) {
            Some(mut talk) => {
                shift = self.go_on(&mut talk, ask.toward)?;
                match ask.toward {
                    Toward::Begin => sought = Some(0),
                    Toward::End => sought = Some(talk.total().saturating_sub(1)),
                    _ => {}
                }
                talk
            }
            None => {
                let talk = self.begin(key, &ask)?;
                let anchored = ask.anchor.and_then(|anchor| Some((talk.row_at(anchor)?, anchor.row)));
                sought = Some(anchored.map_or(talk.total().saturating_sub(1), |(row, _)| row));
                begin = anchored.map(|(row, above)| row.saturating_sub(above));
                talk
            }
        };
        if std::mem::take(&mut self.folds.is_news) {
            self.lay_out_again(&mut talk)?;
            sought = self.folds.here.take().and_then(|fold| talk.row_of(fold)).or(sought);
            // What is opened near the lower end is seen.
            let low = sought.filter(|row| *row >= ask.first + ask.rows * 2 / 3);
            begin = low.map(|row| row.saturating_sub(ask.rows / 3));
        }
        let (total, height) = (talk.total(), ask.rows.max(1));
        let first = begin.unwrap_or_else(|| ask.first.saturating_add_signed(shift));
        // The cursor will be there: so will the rows.
        let first = match sought {
            Some(row) if row < first => row,
            Some(row) if row >= first + height => row + 1 - height,
            _ => first,
        };
        let first = first.min(total.saturating_sub(height));
        let skip = usize::try_from(first).unwrap_or(usize::MAX);
        let take = usize::try_from(ask.rows).unwrap_or(usize::MAX);
        let rows = talk.rows().skip(skip).take(take).cloned().collect();
        let view = View {
            sought,
            shift,
            more_before: talk.before().is_some(),
            more_after: talk.after().is_some(),
            ..View::of(Ask { first, ..ask }, total, rows)
        };
        self.talk = Some(talk);
        Ok(Answer::View(view))
    }

    /// Begins with the last page, or with the one that has the event which is looked at.
    fn begin(&mut self, key: Key, ask: &Ask) -> Result<Talk, Failure> {
        let stream = self.stream(&ask.name)?;
        let head = self.reader.head()?.position;
        let position = self.reader.position_of(stream, Revision::ZERO.plus(ask.at))?.unwrap_or(head);
        let agents = self.agents_of(stream, &ask.name)?;
        let is_head = self.reader.revision(stream)?.get() <= ask.at;
        let mut talk = Talk { key, stream, position, is_head, pages: VecDeque::new(), agents };
        self.read_page(&mut talk, Page::Last, false)?;
        if let Some(anchor) = ask.anchor
            && talk.row_at(anchor).is_none()
        {
            talk.pages.clear();
            self.read_page(&mut talk, Page::Before(Revision::ZERO.plus(anchor.revision)), false)?;
        }
        Ok(talk)
    }

    /// Reads a page more; returns by how much the rows moved.
    fn go_on(&mut self, talk: &mut Talk, toward: Toward) -> Result<i64, Failure> {
        let rows = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        match (toward, talk.before(), talk.after()) {
            (Toward::Earlier, Some(before), _) => {
                let shift = self.read_page(talk, Page::Before(before), true)?;
                talk.pages.truncate(PAGES_MAX);
                Ok(rows(shift))
            }
            (Toward::Later, _, Some(after)) => {
                self.read_page(talk, Page::After(after), false)?;
                let gone = if talk.pages.len() > PAGES_MAX { talk.pages.pop_front() } else { None };
                Ok(-rows(gone.map_or(0, |(_, rows)| rows.len())))
            }
            (Toward::Begin, Some(_), _) => {
                talk.pages.clear();
                self.read_page(talk, Page::After(Revision::ZERO), false)?;
                Ok(0)
            }
            (Toward::End, _, Some(_)) => {
                talk.pages.clear();
                self.read_page(talk, Page::Last, false)?;
                Ok(0)
            }
            _ => Ok(0),
        }
    }

    /// Reads a page and lays it out; returns how many rows it has.
    fn read_page(&mut self, talk: &mut Talk, page: Page, is_first: bool) -> Result<usize, Failure> {
        let extent = Extent { happened: self.happened_by(&talk.key.name, talk.key.at), ..EXTENT };
        let read = Conversation::read(&mut self.reader, talk.stream, talk.position, page, &extent)?;
        let Some(conversation) = read else { return Ok(0) };
        let to = conversation.after.unwrap_or(conversation.revision);
        self.read.listed += to.get() - conversation.before.map_or(0, Revision::get);
        let rows = self.laid_out(talk, &conversation)?;
        let count = rows.len();
        match is_first {
            true => talk.pages.push_front((conversation, rows)),
            false => talk.pages.push_back((conversation, rows)),
        }
        Ok(count)
    }

    fn lay_out_again(&mut self, talk: &mut Talk) -> Result<(), Failure> {
        for (conversation, _) in std::mem::take(&mut talk.pages) {
            let rows = self.laid_out(talk, &conversation)?;
            talk.pages.push_back((conversation, rows));
        }
        Ok(())
    }

    fn laid_out(&mut self, talk: &Talk, conversation: &Conversation) -> Result<Vec<Line>, Failure> {
        let sheet = super::sheet::Sheet::new(talk.key.columns, talk.position, talk.is_head);
        self.sheet_of(sheet, conversation, &talk.agents)
    }
}
