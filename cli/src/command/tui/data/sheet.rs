//! A page of a conversation as rows of a pane's width, of which each knows what it is of.

use retold_core::{Position, StreamId, StreamName};
use retold_travel::Conversation;
use retold_travel::conversation::{Entry, Extent, Page, What};

use super::Data;
use super::agents::{Agent, BEGIN};
use crate::command::tui::model::{Fold, Line};
use crate::conversation::{Look, Rest, Writer, head};
use crate::failure::Failure;
use crate::styled::{Line as Row, Paper, Tone};

/// Rows of a page; what is opened beyond them is shown by a command.
const ROWS_MAX: usize = 20_000;
/// What is shown of a text that is opened, alone and with all others.
const OPENED_MAX: usize = 256 * 1024;
const ALL_OPENED_MAX: usize = 16 * 1024;
/// Sub-agents of sub-agents that are opened in place.
const DEPTH_MAX: usize = 4;
/// What of a sub-agent is opened in place.
const AGENT: Extent = Extent { turns: 50, events: 300, head: 2_048, tail: 512, happened: None };
/// Before the rows of a sub-agent.
const NESTED: &str = "  ┊ ";
const NESTED_COLUMNS: usize = 4;

/// Rows on their way.
pub(super) struct Sheet {
    columns: u16,
    /// As of which position, and whether that is the session's head.
    at: Position,
    is_head: bool,
    depth: usize,
    /// The session, where it is another than the one that is looked at.
    session: Option<StreamName>,
    rows: Vec<Line>,
}

impl Sheet {
    pub(super) fn new(columns: u16, at: Position, is_head: bool) -> Self {
        Self { columns, at, is_head, depth: 0, session: None, rows: Vec::new() }
    }

    fn push(&mut self, rows: Vec<Row>, to: Option<u64>, fold: Option<Fold>) {
        for (nth, row) in rows.into_iter().enumerate() {
            if self.rows.len() >= ROWS_MAX {
                return;
            }
            let mut pieces = row.0;
            if self.depth > 0 {
                pieces.insert(0, (NESTED.repeat(self.depth), Tone::Aside));
            }
            self.rows.push(Line {
                pieces,
                to,
                fold,
                nth: nth as u64,
                session: self.session.clone(),
                ..Line::default()
            });
        }
    }
}

impl Data<'_> {
    /// Lays a page out.
    pub(super) fn sheet_of(
        &mut self,
        mut sheet: Sheet,
        conversation: &Conversation,
        agents: &[Agent],
    ) -> Result<Vec<Line>, Failure> {
        self.lay_out(&mut sheet, conversation, agents)?;
        Ok(sheet.rows)
    }

    fn conversation_look(&self, sheet: &Sheet, is_full: bool) -> Look {
        let indent = NESTED_COLUMNS * sheet.depth;
        let columns = usize::from(sheet.columns).saturating_sub(indent);
        Look {
            paper: Paper { columns: Some(columns.max(20)), colour: false },
            zone: self.env.zone.clone(),
            now: (self.env.now)(),
            is_full,
            whole_max: if self.folds.all { ALL_OPENED_MAX } else { OPENED_MAX },
            rest: Rest::Key("Enter"),
        }
    }

    fn lay_out(
        &mut self,
        sheet: &mut Sheet,
        conversation: &Conversation,
        agents: &[Agent],
    ) -> Result<(), Failure> {
        let (folded, opened) = (self.conversation_look(sheet, false), self.conversation_look(sheet, true));
        if conversation.before.is_none() && sheet.depth == 0 {
            let mut rows: Vec<Row> = Vec::new();
            head(&mut rows, conversation, &[], &folded);
            sheet.push(rows, None, None);
            // Which call began them is not known.
            let others: Vec<&Agent> = agents.iter().filter(|agent| agent.call.is_none()).collect();
            for agent in &others {
                self.agent(sheet, agent)?;
            }
            if !others.is_empty() {
                sheet.push(vec![Row::new()], None, None);
            }
        }
        let mut writer = Writer::new(&folded);
        for turn in &conversation.turns {
            for entry in &turn.entries {
                let fold = foldable(entry).then_some(Fold::Entry(conversation.stream, entry.revision.get()));
                let look = if fold.is_some_and(|fold| self.folds.is_open(fold)) { &opened } else { &folded };
                let mut rows: Vec<Row> = Vec::new();
                writer.entry_in(look, &mut rows, &mut self.reader, entry)?;
                sheet.push(rows, Some(entry.revision.get()), fold);
                if let What::Call(call) = &entry.what {
                    for agent in agents.iter().filter(|agent| agent.call.as_ref() == Some(&call.id)) {
                        self.agent(sheet, agent)?;
                    }
                }
            }
            let mut rows: Vec<Row> = Vec::new();
            writer.usage(&mut rows, turn);
            let last = turn.entries.last().map(|entry| entry.revision.get());
            sheet.push(rows, last, None);
        }
        Ok(())
    }

    /// A sub-agent: its title, and below it what it said and did, where it is opened.
    fn agent(&mut self, sheet: &mut Sheet, agent: &Agent) -> Result<(), Failure> {
        let fold = Fold::Agent(agent.stream);
        let is_open = self.folds.is_open(fold) && sheet.depth < DEPTH_MAX;
        let sign = match (is_open, agent.call.is_some()) {
            (true, true) => "    ▾ ",
            (false, true) => "    ▸ ",
            (true, false) => "  ▾ ",
            (false, false) => "  ▸ ",
        };
        let id = crate::session::short(&agent.name);
        let line = Row::of(sign, Tone::Agent)
            .and(format!("{} ", agent.what), Tone::Agent)
            .and(id, Tone::Code)
            .and(format!("  {}", agent.title), Tone::Plain);
        let mut rows: Vec<Row> = Vec::new();
        self.conversation_look(sheet, false).paper.write_cut(&mut rows, &line, "");
        let outer = sheet.session.replace(agent.name.clone());
        sheet.push(rows, None, Some(fold));
        if is_open {
            self.opened_agent(sheet, agent.stream, &agent.name)?;
        }
        sheet.session = outer;
        Ok(())
    }

    fn opened_agent(
        &mut self,
        sheet: &mut Sheet,
        stream: StreamId,
        name: &StreamName,
    ) -> Result<(), Failure> {
        let at = self.agent_at(stream, sheet.at, sheet.is_head)?;
        let read = Conversation::read(&mut self.reader, stream, at, Page::After(BEGIN), &AGENT)?;
        let Some(conversation) = read else {
            sheet.push(vec![Row::of("    it had not begun", Tone::Aside)], None, None);
            return Ok(());
        };
        let agents = self.agents_of(stream, name)?;
        let outer_at = std::mem::replace(&mut sheet.at, at);
        sheet.depth += 1;
        self.lay_out(sheet, &conversation, &agents)?;
        let rest = conversation.after.map(|after| {
            let left = conversation.revision.get().saturating_sub(after.get());
            format!("… {} more: . opens the session", crate::output::counted(left, "event"))
        });
        let is_empty = conversation.turns.is_empty();
        let words = rest.or_else(|| is_empty.then(|| "nothing was said in it".to_owned()));
        let last = conversation.after.map(|after| after.get());
        sheet.push(words.map(|words| Row::of(words, Tone::Aside)).into_iter().collect(), last, None);
        sheet.depth -= 1;
        sheet.at = outer_at;
        Ok(())
    }
}

/// Whether there is more of an entry than is shown of it at first.
fn foldable(entry: &Entry) -> bool {
    match &entry.what {
        What::Message { role, text, .. } => {
            !text.is_whole() || !matches!(role.as_str(), "user" | "assistant")
        }
        What::Thinking { .. } | What::Call(_) | What::Returned { .. } | What::Output { .. } => true,
        _ => false,
    }
}
