//! A conversation, written for a person.

mod call;
mod head;
pub(crate) mod markdown;
mod text;
mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use retold_core::{Reader, Revision};
use retold_travel::Conversation;
use retold_travel::conversation::{Entry, Excerpt, Speaker, Turn, What};

use crate::failure::Failure;
use crate::output::{counted, size, took};
use crate::styled::{Line, Paper, Rows, Tone};

pub(crate) use head::{OwnTranscript, head};
use text::{ends, left_out, lines};
pub(crate) use words::{named, short, status_in_words, tone_of_status};

/// What is below a speaker or a call.
const INDENT: &str = "  ";
/// What a command loads of a text that it shows whole.
pub(crate) const WHOLE_MAX: usize = 64 * 1024 * 1024;

/// How a conversation is written.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) paper: Paper,
    pub(crate) zone: TimeZone,
    pub(crate) now: Timestamp,
    /// Nothing is folded and nothing cut.
    pub(crate) is_full: bool,
    /// At most this many bytes of a text are shown of it.
    pub(crate) whole_max: usize,
    /// How somebody gets to see the rest of what is cut.
    pub(crate) rest: Rest,
}

/// How somebody gets to see the rest of what is cut.
#[derive(Clone, Debug)]
pub(crate) enum Rest {
    /// By a command, which takes the session by this name.
    Command(String),
    /// By a key, on the row itself.
    Key(&'static str),
}

impl Look {
    /// Says how to see all of what an event brought.
    fn rest(&self, revision: Revision) -> String {
        match &self.rest {
            Rest::Command(name) => format!("retold show {name} --entry r{revision}"),
            Rest::Key(key) => format!("{key} opens it"),
        }
    }
}

/// Writes turns, one after the other.
pub(crate) struct Writer<'l> {
    look: &'l Look,
    /// Who spoke last.
    speaker: Option<(String, Option<Speaker>)>,
    /// The day that was shown last.
    day: Option<String>,
    /// When the last entry was.
    last_at: Option<Timestamp>,
    status: Option<String>,
    /// Whether the last entry was a call, or a message.
    last_was_call: Option<bool>,
    is_first: bool,
}

impl<'l> Writer<'l> {
    pub(crate) fn new(look: &'l Look) -> Self {
        Self {
            look,
            speaker: None,
            day: None,
            last_at: None,
            status: None,
            last_was_call: None,
            is_first: true,
        }
    }

    /// Writes a turn.
    ///
    /// # Errors
    /// Where a text cannot be loaded.
    pub(crate) fn turn(
        &mut self,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        turn: &Turn,
    ) -> Result<(), Failure> {
        for entry in &turn.entries {
            self.entry(out, reader, entry)?;
        }
        self.usage(out, turn);
        Ok(())
    }

    /// Writes an entry in another look than the others: opened, where those are folded.
    ///
    /// # Errors
    /// Where a text cannot be loaded.
    pub(crate) fn entry_in(
        &mut self,
        look: &'l Look,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        entry: &Entry,
    ) -> Result<(), Failure> {
        let others = std::mem::replace(&mut self.look, look);
        let written = self.entry(out, reader, entry);
        self.look = others;
        written
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// Where a text cannot be loaded.
    pub(crate) fn entry(
        &mut self,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        entry: &Entry,
    ) -> Result<(), Failure> {
        match &entry.what {
            What::Message { role, text, edited, .. } => {
                self.speaks(out, entry, role, *edited);
                self.said(out, reader, entry, role, text)?;
            }
            What::Thinking { text, .. } => {
                self.speaks(out, entry, "assistant", false);
                self.thought(out, reader, entry, text)?;
            }
            What::Call(call) => {
                self.speaks(out, entry, "assistant", false);
                call::write(out, reader, entry, call, self.look)?;
            }
            What::Returned { call, returned } => {
                self.speaks(out, entry, "assistant", false);
                call::write_return(out, reader, call, returned, self.look)?;
            }
            What::Output { text, is_continued, .. } => {
                self.output(out, reader, entry, text, *is_continued)?
            }
            _ => self.notes(out, entry),
        }
        self.last_at = entry.at.or(self.last_at);
        Ok(())
    }

    /// Says who speaks, where that is another than before.
    fn speaks(&mut self, out: &mut dyn Rows, entry: &Entry, role: &str, is_edited: bool) {
        let speaker = (role.to_owned(), entry.speaker.clone());
        let day = self.day_of(entry.at);
        let is_call = match &entry.what {
            What::Call(_) | What::Returned { .. } => Some(true),
            What::Message { .. } => Some(false),
            _ => None,
        };
        let was_call = std::mem::replace(&mut self.last_was_call, is_call);
        if self.speaker.as_ref() == Some(&speaker) && role != "user" && day.is_none() {
            // What is said stands apart from what is done.
            if is_call.zip(was_call).is_some_and(|(is, was)| is != was) {
                out.gap();
            }
            return;
        }
        self.gap(out);
        let tone = match role {
            "user" => Tone::User,
            "assistant" => Tone::Agent,
            _ => Tone::Strong,
        };
        let role = if role.is_empty() { "message" } else { role };
        let mut line = Line::of(role, tone);
        if let Some(speaker) = &entry.speaker {
            line.push(format!(" {}", named(speaker)), Tone::Strong);
        }
        self.time(&mut line, entry.at, day);
        for (is, word) in
            [(is_edited, "edited"), (entry.rewound, "taken back"), (entry.compacted, "compacted")]
        {
            if is {
                line.push(format!("  ({word})"), Tone::Warning);
            }
        }
        self.look.paper.write(out, &line, "", INDENT);
        self.speaker = Some(speaker);
    }

    fn gap(&mut self, out: &mut dyn Rows) {
        if !std::mem::take(&mut self.is_first) {
            out.gap();
        }
    }

    /// Returns the day of an entry, where another one was shown before.
    fn day_of(&mut self, at: Option<Timestamp>) -> Option<String> {
        let day = at?.to_zoned(self.look.zone.clone()).strftime("%Y-%m-%d").to_string();
        (self.day.as_ref() != Some(&day)).then(|| {
            self.day = Some(day.clone());
            day
        })
    }

    fn time(&self, line: &mut Line, at: Option<Timestamp>, day: Option<String>) {
        let Some(at) = at else { return };
        let time = at.to_zoned(self.look.zone.clone()).strftime("%H:%M:%S").to_string();
        let day = day.map_or_else(String::new, |day| format!("{day} "));
        line.push(format!("  {day}{time}"), Tone::Aside);
    }

    fn said(
        &mut self,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        entry: &Entry,
        role: &str,
        text: &Excerpt,
    ) -> Result<(), Failure> {
        if let Some(erased) = text.erased {
            self.look.paper.write(out, &Line::of(format!("({erased})"), Tone::Warning), INDENT, "");
            return Ok(());
        }
        if !matches!(role, "user" | "assistant") && !self.look.is_full {
            let rest = self.look.rest(entry.revision);
            return ends(out, reader, text, (INDENT, Tone::Aside), Some(&rest), self.look);
        }
        let is_markdown = role == "assistant" && !entry.rewound;
        let loaded;
        let head = match self.look.is_full && !text.is_whole() {
            true => {
                loaded = text.load(reader, self.look.whole_max)?;
                &loaded
            }
            false => &text.head,
        };
        let write = |out: &mut dyn Rows, text: &str| match is_markdown {
            true => markdown::write(out, text, INDENT, self.look.paper),
            false => {
                let tone = if entry.rewound { Tone::Aside } else { Tone::Plain };
                lines(out, text, tone, INDENT, self.look.paper);
            }
        };
        write(out, head);
        if self.look.is_full && text.bytes > head.len() as u64 {
            left_out(out, text.bytes - head.len() as u64, entry.revision, INDENT, self.look);
        }
        if !text.is_whole() && !self.look.is_full {
            left_out(out, text.left_out(), entry.revision, INDENT, self.look);
            write(out, &text.tail);
        }
        Ok(())
    }

    fn thought(
        &mut self,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        entry: &Entry,
        text: &Excerpt,
    ) -> Result<(), Failure> {
        let took = match (entry.at, self.last_at) {
            (Some(at), Some(last)) if at > last => format!(" for {}", took(at.duration_since(last))),
            _ => String::new(),
        };
        let words = match text.is_whole() {
            true => counted(text.head.split_whitespace().count() as u64, "word"),
            false => size(text.bytes),
        };
        let words = text.erased.map_or(words, |erased| format!("({erased})"));
        self.look.paper.write(
            out,
            &Line::of(format!("thought{took} · {words}"), Tone::Aside),
            INDENT,
            INDENT,
        );
        if self.look.is_full {
            lines(out, &text.load(reader, self.look.whole_max)?, Tone::Aside, "    ", self.look.paper);
        }
        Ok(())
    }

    fn output(
        &mut self,
        out: &mut dyn Rows,
        reader: &mut Reader<'_>,
        entry: &Entry,
        text: &Excerpt,
        is_continued: bool,
    ) -> Result<(), Failure> {
        if text.is_empty() && !self.look.is_full {
            return Ok(());
        }
        let day = self.day_of(entry.at);
        self.gap(out);
        let who = entry.speaker.as_ref().map_or_else(|| "agent".to_owned(), named);
        let mut line = Line::of(who, Tone::Agent).and(format!(" wrote {}", size(text.bytes)), Tone::Plain);
        if is_continued {
            line.push(" more", Tone::Plain);
        }
        self.time(&mut line, entry.at, day);
        self.look.paper.write(out, &line, "", INDENT);
        self.speaker = None;
        let number = entry.speaker.as_ref().map(|speaker| match speaker.nth {
            1 => format!("#{}", speaker.number),
            nth => format!("#{}~{nth}", speaker.number),
        });
        let rest = number.map(|number| match &self.look.rest {
            Rest::Command(name) => format!("retold show {name} --path '{number}/output'"),
            Rest::Key(_) => self.look.rest(entry.revision),
        });
        ends(out, reader, text, (INDENT, Tone::Plain), rest.as_deref(), self.look)
    }

    /// Says in a line what happened beside what was said.
    fn notes(&mut self, out: &mut dyn Rows, entry: &Entry) {
        let who = entry.speaker.as_ref().map(named);
        let said = match &entry.what {
            // The head lists who is there.
            What::Joined { .. } if !self.look.is_full => None,
            What::Joined { .. } => who.map(|who| (format!("{who} joined"), Tone::Aside)),
            What::Status { status, .. } => {
                let who = who.unwrap_or_else(|| "session".to_owned());
                let said = format!("{who} {}", status_in_words(status));
                // That it goes on is nothing new.
                let is_news = status != "open" && self.status.as_ref() != Some(&said);
                self.status = Some(said.clone());
                is_news.then(|| (said, tone_of_status(status)))
            }
            What::Winner { number: Some(number) } => Some((format!("agent #{number} won"), Tone::Good)),
            What::Winner { number: None } => Some(("no agent won".to_owned(), Tone::Aside)),
            What::Compacted { messages: 0 } => {
                Some(("compacted: the model goes on with a summary of all before".to_owned(), Tone::Warning))
            }
            What::Compacted { messages } => {
                let messages = counted(*messages as u64, "message");
                Some((format!("compacted: the model goes on with a summary of {messages}"), Tone::Warning))
            }
            What::Rewound { messages } => Some((
                format!("went back: {} taken back", counted(*messages as u64, "message")),
                Tone::Warning,
            )),
            What::Deleted => Some(("deleted".to_owned(), Tone::Bad)),
            What::Restored => Some(("restored".to_owned(), Tone::Good)),
            What::Erased { event, erased } => Some((format!("{event} ({erased})"), Tone::Warning)),
            _ => None,
        };
        let Some((said, tone)) = said else { return };
        if self.speaker.take().is_some() {
            self.gap(out);
        }
        self.is_first = false;
        let day = self.day_of(entry.at);
        let mut line = Line::of("· ", Tone::Aside).and(said, tone);
        self.time(&mut line, entry.at, day);
        self.look.paper.write(out, &line, "", INDENT);
    }

    /// Writes the tokens that a turn took, where it took any.
    pub(crate) fn usage(&self, out: &mut dyn Rows, turn: &Turn) {
        let sum = |of: fn(&retold_travel::conversation::Usage) -> u64| -> u64 {
            turn.usage.iter().map(of).fold(0, u64::saturating_add)
        };
        let read =
            sum(|usage| usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write));
        let written = sum(|usage| usage.output);
        if read == 0 && written == 0 {
            return;
        }
        let models: Vec<&str> = turn.usage.iter().map(|usage| usage.model.as_str()).collect();
        let line = format!("{} tokens read, {} written · {}", short(read), short(written), models.join(", "));
        self.look.paper.write(out, &Line::of(line, Tone::Aside), INDENT, INDENT);
    }
}

/// Says that there are earlier turns, and how to see them.
pub(crate) fn earlier(conversation: &Conversation, look: &Look) -> String {
    let mut out = String::new();
    if let (Some(_), Rest::Command(name)) = (conversation.before, &look.rest) {
        let line = Line::of(format!("… earlier turns: retold show {name} --all"), Tone::Aside);
        look.paper.write(&mut out, &line, "", INDENT);
        out.gap();
    }
    out
}
