//! `retold show`: one session, whole.

mod part;
mod talk;

use retold_core::{Reader, Revision, Session, SessionState, StreamName, time};
use retold_projections::{Found, Projects};
use retold_travel::Timeline;
use retold_travel::conversation::Entry;
use retold_upkeep::PrunedSession;
use serde::Serialize;

use super::Run;
use crate::context::{Context, is_plain};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{AsOf, Format};
use crate::page::page;
use crate::session;

/// Show a session as a conversation, as it is or as it was
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold show                         the session that moved last
  retold show @2                      the one before it
  retold show --here                  the last one of the project that you are in
  retold show door hinge              the one with these words in its title
  retold show 7c2f4b1e                the session whose id begins so
  retold show 7c2f4b1e --all          from its beginning, in the pager
  retold show 7c2f4b1e --at r7        as it was after its seventh event
  retold show 7c2f4b1e --entry r7     what its seventh event brought, whole
  retold show 7c2f4b1e --state        its fields, as they are stored
  retold show 7c2f4b1e --path '#1/output'
  retold show 7c2f4b1e -o json        the document, in the legacy format")]
pub(crate) struct Show {
    /// The session: a beginning of its id, ID~ORDINAL, @ for the last one, @2, or words of its title
    #[arg(value_name = "SESSION")]
    session: Vec<String>,
    /// The last session of the project that you are in
    #[arg(long, conflicts_with = "session")]
    here: bool,
    /// The last N turns
    #[arg(short, long, value_name = "N", default_value_t = TURNS, hide_default_value = true)]
    number: usize,
    /// All turns, from the beginning
    #[arg(long)]
    all: bool,
    /// Whole texts, results and thoughts
    #[arg(long)]
    full: bool,
    /// What one event brought, whole: r7, as the conversation names it
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    entry: Option<Revision>,
    /// The session's fields and messages as they are stored
    #[arg(long, visible_alias = "raw")]
    state: bool,
    /// With --state: also what the agents wrote
    #[arg(long)]
    outputs: bool,
    /// Only this part of the session, such as #3~2, instances/2, chatHistory/17/content or calls/3/output
    #[arg(long, value_name = "PATH", conflicts_with = "outputs")]
    path: Option<String>,
}

/// Turns that are shown where nobody says how many.
const TURNS: usize = 10;

fn revision(text: &str) -> Result<Revision, String> {
    let number = text.strip_prefix('r').unwrap_or(text).parse::<u64>().ok().filter(|number| *number > 0);
    number
        .map(|number| Revision::ZERO.plus(number))
        .ok_or_else(|| "accepted is r and a number, such as r7".to_owned())
}

#[derive(Serialize)]
struct Answer<'a> {
    as_of: AsOf,
    /// Where what is missing in it is; absent where nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pruned: Vec<Elsewhere<'a>>,
    session: &'a Session,
    /// The calls of tools; absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Entry>,
    /// The messages that are no longer part of the conversation, or that the model no longer sees; absent where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marked: Vec<Marked>,
    /// What the agents' own tools kept of the instances; absent where there is none, and of an earlier moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transcripts: Vec<Transcript>,
}

/// A message that stays, and is marked.
#[derive(Serialize)]
struct Marked {
    id: String,
    position: u64,
    rewound: bool,
    compacted: bool,
}

/// A session that an agent's own tool kept of an instance.
#[derive(Serialize)]
struct Transcript {
    instance: i64,
    /// 1 for the run itself, more for others that were begun there meanwhile.
    run: u32,
    tool: String,
    session: String,
}

impl Show {
    fn find(&self, context: &mut Context<'_>, reader: &mut Reader<'_>) -> Result<Found, Failure> {
        if self.here {
            let mut projects = Projects::read(reader)?;
            let here = projects.named(".");
            return session::resolve_last(context, reader, 1, Some((&mut projects, &here)));
        }
        match self.session.is_empty() {
            true => session::resolve(context, reader, session::LAST),
            false => session::resolve(context, reader, &self.session.join(" ")),
        }
    }

    /// Whether it is to be read as a conversation.
    fn is_conversation(&self, context: &Context<'_>) -> bool {
        context.is_table() && !self.state && !self.outputs
    }
}

/// What was said and written in the session, pruned into an archive.
#[derive(Serialize)]
struct Elsewhere<'a> {
    bodies: u64,
    archive: &'a str,
    position: u64,
    pruned_at: Option<jiff::Timestamp>,
}

/// Says where what is missing in a session is, and how it comes back.
fn note_pruned(context: &mut Context<'_>, name: &StreamName, one: &PrunedSession) {
    let archive = &one.archive;
    let at = time::from_micros(one.at)
        .map_or_else(String::new, |at| at.to_zoned(context.zone()).strftime(" on %Y-%m-%d").to_string());
    context.note(&format!(
        "pruned{at}: {} of what was said in it, into {archive}\n\
         hint: `retold --store {archive} show {name}` reads it there, `retold store unprune {archive}` puts it back",
        crate::words::counted_bodies(one.bodies),
        name = session::short(name),
    ));
}

impl Run for Show {
    const TRAVELS: bool = true;

    fn session(&self) -> Option<String> {
        (!self.session.is_empty()).then(|| self.session.join(" "))
    }

    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let log = context.open()?;
        let mut reader = log.reader()?;
        reader.begin()?;
        let found = self.find(context, &mut reader)?;
        let as_of = context.as_of(&reader, Some(&found))?;
        if let Some(path) = &self.path {
            return part::show(context, &log, &found, as_of, path);
        }
        if self.is_conversation(context) {
            let answer = talk::show(context, &mut reader, &found, as_of, &self)?;
            if let Some(exit) = answer {
                return Ok(exit);
            }
        }
        // A moment of the past comes from the nearest keyframe, whatever the session's length.
        let state = match &context.global.at {
            None => reader.state(found.stream, as_of.position)?,
            Some(_) => {
                let frame = Timeline::of(&log, found.stream)?.at_resolved(&as_of.resolved())?;
                frame.state.map(|state| state.to_session_state())
            }
        };
        let Some(SessionState { mut session, records, .. }) = state else {
            let message = format!("show {}: not created yet at position {}", found.name, as_of.position);
            let hint = format!("{}:start is its first moment", session::full(&found.name));
            return Err(Failure::new(Exit::Nothing, message).hint(hint));
        };
        if records.deleted && context.global.at.is_none() {
            return Err(Failure::new(Exit::Nothing, format!("show {}: it is deleted", found.name)).hint(
                "its history stays: look at it with --at, before the deletion that `retold log` shows",
            ));
        }
        reader.resolve(&mut session)?;
        let pruned = retold_upkeep::pruned_of(&mut reader, found.stream)?;
        let answer = Answer {
            as_of,
            pruned: pruned
                .iter()
                .map(|one| Elsewhere {
                    bodies: one.bodies,
                    archive: &one.archive,
                    position: one.by.get(),
                    pruned_at: time::from_micros(one.at),
                })
                .collect(),
            session: &session,
            calls: match context.is_table() {
                true => Vec::new(),
                false => talk::calls(&mut reader, &found, as_of)?,
            },
            marked: match context.is_table() {
                true => Vec::new(),
                false => talk::marked(&mut reader, &found, as_of)?,
            },
            transcripts: talk::own_transcripts(context, &reader, &found)?
                .into_iter()
                .map(|(joined, name)| Transcript {
                    instance: joined.instance,
                    run: joined.run,
                    tool: name.workspace,
                    session: name.session_id,
                })
                .collect(),
        };
        match context.global.output {
            Format::Json => context.document(&answer, true)?,
            Format::Jsonl => context.document(&answer, false)?,
            Format::Csv => {
                return Err(Failure::usage("show: a document is not a table").hint("-o json gives it whole"));
            }
            Format::Table => {
                // What a point came to is told already.
                if context.global.at.as_ref().is_none_or(is_plain) {
                    let said = context.resolver(&reader, Some(&found)).moment(as_of.position)?.said;
                    context.note(&format!("as of {said}"));
                }
                context.text(&page(&found.name, &session, self.outputs, &context.zone()))?;
                for one in &pruned {
                    note_pruned(context, &found.name, one);
                }
            }
        }
        Ok(Exit::Done)
    }
}
