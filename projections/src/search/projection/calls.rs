//! What calls of tools do to the index. Of their texts the words alone are kept: most of what agents leave is what tools returned.

use retold_core::Position;
use retold_core::event::{MappingCorrected, ToolCalled, ToolReturned};

use super::{Document, Rows, text_number};
use crate::engine::{EventContext, Refusal};
use crate::search::calls::{arguments, paths, result};
use crate::search::index::{OF_PATHS, TextOf};
use crate::search::plain::plain;

impl<'a> Rows<'a> {
    /// Adds what a call was given, and the files that it names.
    pub(super) fn add_call(&mut self, body: &ToolCalled) -> Result<(), Refusal> {
        let EventContext { recorded, texts, .. } = self.context;
        let input = texts.get(&body.input)?;
        let agent = self.agent(body.instance_id);
        let tool = Some((mark(&body.name), mark(&body.kind)));
        let document = Document { position: recorded.position, what: "call", role: None, agent, tool };
        self.add_bag(&document, &arguments(&input))?;
        let paths = paths(&input);
        if paths.is_empty() {
            return Ok(());
        }
        let kind = self.kinds.of(self.connection, &Document { what: "path", ..document })?;
        let text = text_number(recorded.position)? | OF_PATHS;
        let whole = paths.join("\n");
        self.writer.add(&TextOf {
            text,
            stream: self.stream,
            kind,
            before: None,
            whole: &whole,
            is_bag: false,
        });
        Ok(())
    }

    /// Adds what a call returned; of a call that returns again, instead of what it did before.
    pub(super) fn add_result(&mut self, body: &ToolReturned) -> Result<(), Refusal> {
        let EventContext { before, recorded, texts, .. } = self.context;
        let known = before.call(&body.call);
        let tool = known.map(|call| (mark(&call.tool), mark(&call.kind)));
        let agent = known.and_then(|call| self.agent(call.instance));
        self.remove(known.and_then(|call| call.returned))?;
        let document = Document { position: recorded.position, what: "result", role: None, agent, tool };
        self.add_bag(&document, &result(&texts.get(&body.output)?))
    }

    /// Takes out what no record says any more.
    pub(super) fn withdraw(&mut self, body: &MappingCorrected) -> Result<(), Refusal> {
        for position in body.withdrawn.iter().filter_map(|position| Position::new(*position)) {
            // One that the index cannot have is not in it.
            if let Ok(text) = text_number(position) {
                self.writer.remove(text);
                self.writer.remove(text | OF_PATHS);
            }
        }
        Ok(())
    }

    fn agent(&self, number: Option<u32>) -> Option<&'a str> {
        number.and_then(|number| self.context.before.agent_of_number(number)).map(|agent| &*agent.name)
    }

    /// Adds a text of which the words alone are kept.
    fn add_bag(&mut self, document: &Document<'_>, text: &str) -> Result<(), Refusal> {
        let kind = self.kinds.of(self.connection, document)?;
        let (text, whole) = (text_number(document.position)?, &plain(text));
        if !whole.is_empty() {
            self.writer.add(&TextOf { text, stream: self.stream, kind, before: None, whole, is_bag: true });
        }
        Ok(())
    }
}

/// The name of a tool, and its kind, are anybody's: of a long one this much counts.
fn mark(text: &str) -> &str {
    &text[..text.floor_char_boundary(MARK_MAX)]
}

const MARK_MAX: usize = 128;
