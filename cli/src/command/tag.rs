//! `retold tag`: the tags of a session.

use retold_core::event::TagsChanged;
use retold_core::{Commit, Decided, Decision, Expected, NotATag, Position, StreamName};
use retold_projections::{Found, Store, records_of};

use super::Run;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::printable::printable;
use crate::session;

/// Add, remove or print the tags of a session
///
/// A tag is 1 to 64 letters without white space, control characters or commas. Tags are known beside the document: lists, searches and
/// SQL have them, the files of the AIT42 Editor do not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  retold tag 5f0c2a1e                   print its tags
  retold tag 5f0c2a1e +wip -old         add wip, take old away
  retold sessions --tag wip             the sessions that have it")]
pub(crate) struct Tag {
    /// The session
    session: String,
    /// +TAG adds a tag, -TAG takes it away
    #[arg(value_name = "+TAG|-TAG", allow_hyphen_values = true, value_parser = change)]
    changes: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Add(String),
    Remove(String),
}

/// Reads a change; what is added must be a tag.
fn change(text: &str) -> Result<Change, String> {
    let refused = |error: NotATag| format!("{:?} is not a tag: {}", error.tag, error.reason);
    match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(tag), _) => {
            let tag = tag.to_owned();
            TagsChanged::of(&[], std::slice::from_ref(&tag), &[]).map_err(refused)?;
            Ok(Change::Add(tag))
        }
        (_, Some(tag)) => Ok(Change::Remove(tag.to_owned())),
        _ => Err(format!("write +{text} to add the tag, -{text} to take it away")),
    }
}

impl Run for Tag {
    fn run(self, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for change in &self.changes {
            // The last word on a tag counts.
            let (to, from, tag) = match change {
                Change::Add(tag) => (&mut add, &mut remove, tag),
                Change::Remove(tag) => (&mut remove, &mut add, tag),
            };
            from.retain(|other| other != tag);
            to.push(tag.clone());
        }
        if self.changes.is_empty() {
            let store = context.open_store()?;
            let reader = store.log().reader()?;
            let found = session::resolve(context, &reader, &self.session)?;
            let known = records_of(&reader, found.stream)?.unwrap_or_default();
            return tell(context, &found.name, &known.tags, None);
        }
        let store = Store::open(context.store_path()?, context.options())?;
        let Found { stream, name } = session::resolve(context, &store.log().reader()?, &self.session)?;
        let decided = store.log().append_decided(None, None, true, {
            let name = name.clone();
            move |reader| {
                let known = records_of(reader, stream)?.unwrap_or_default();
                Ok(match TagsChanged::of(&known.tags, &add, &remove)? {
                    Some(changed) => {
                        let expected = Expected::At(reader.revision(stream)?);
                        Decision::Append(Commit::to(name.clone(), expected, [changed]))
                    }
                    None => Decision::Nothing { of: Some(stream) },
                })
            }
        })?;
        let position = match decided.wait()? {
            Decided::Appended { appended, .. } => Some(appended.last),
            _ => None,
        };
        let known = records_of(&store.log().reader()?, stream)?.unwrap_or_default();
        tell(context, &name, &known.tags, Some(position))
    }
}

/// Says what the tags are, and where they changed: `changed` is there where they were to.
fn tell(
    context: &mut Context<'_>,
    name: &StreamName,
    tags: &[String],
    changed: Option<Option<Position>>,
) -> Result<Exit, Failure> {
    if !context.is_table() {
        let answer = serde_json::json!({
            "workspace": name.workspace,
            "session_id": name.session_id,
            "ordinal": name.ordinal,
            "tags": tags,
            "position": changed.flatten().map(Position::get),
        });
        context.document(&answer, false)?;
        return Ok(Exit::Done);
    }
    if changed.is_none() {
        tags.iter().try_for_each(|tag| context.say(&printable(tag)))?;
        return Ok(if tags.is_empty() { Exit::Nothing } else { Exit::Done });
    }
    let now = if tags.is_empty() { "no tag".to_owned() } else { tags.join(" ") };
    let how = match changed.flatten() {
        Some(position) => format!("has {now} now, position {position}"),
        None => format!("has {now} already: nothing was appended"),
    };
    context.say(&printable(&format!("{} {how}", session::full(name))))?;
    Ok(Exit::Done)
}
