//! What the log keeps of the files of sessions that are to be forgotten.

use std::collections::{BTreeSet, HashMap, HashSet};

use aho_corasick::AhoCorasick;
use retold_core::{Event, KeptPart, Limit, Log, Position, Revision, StreamName};
use retold_transcripts::SourceRole;

use super::exclusions::quoted;
use crate::Error;

/// A shorter id or prompt may be in anything.
const LENGTH_MIN: usize = 8;

/// The sessions of a tool that are to be forgotten.
#[derive(Clone, Debug, Default)]
pub struct Forgotten {
    /// Their ids.
    pub ids: Vec<String>,
    /// The files that hold nothing else.
    pub files: HashSet<String>,
    /// What persons said in them.
    pub prompts: Vec<String>,
    /// The folders in which no other session worked.
    pub folders: HashSet<String>,
    /// The positions of their events.
    pub events: BTreeSet<Position>,
}

/// Returns the positions of the bytes that are kept of them: all pieces of their files, those that refer to a text of theirs, those in
/// which their id is a string, and of files beside transcripts those in which a prompt of theirs is one. A piece may also hold
/// records of other sessions where a file does. O(what is kept of the tool's files).
///
/// # Errors
/// Where the log cannot be read.
pub fn kept_of(log: &Log, tool: &str, of: &Forgotten) -> Result<BTreeSet<Position>, Error> {
    let (mut found, mut reader) = (BTreeSet::new(), log.reader()?);
    let Some(stream) = reader.stream(&StreamName::workspace(tool))? else { return Ok(found) };
    let end = reader.head()?.position;
    let long = |texts: &[String]| -> Vec<String> {
        texts.iter().filter(|text| text.len() >= LENGTH_MIN).cloned().collect()
    };
    let machine = |needles: Vec<String>| AhoCorasick::new(&needles).ok().filter(|_| !needles.is_empty());
    let ids = machine(long(&of.ids).iter().flat_map(|id| quoted(id)).collect());
    let prompts = long(&of.prompts).into_iter().map(|text| serde_json::Value::from(text).to_string());
    let prompts = machine(prompts.collect());
    let is_in = |needles: &Option<AhoCorasick>, bytes: &[u8]| {
        needles.as_ref().is_some_and(|needles| needles.is_match(bytes))
    };
    // Whether all of a source goes, and whether it is beside transcripts.
    let mut sources: HashMap<u64, (bool, bool)> = HashMap::new();
    let mut after = Revision::ZERO;
    loop {
        let page = reader.stream_events_after(stream, after, end, Limit::default())?;
        if page.events.is_empty() {
            return Ok(found);
        }
        for recorded in page.events {
            after = recorded.revision;
            match recorded.event {
                Some(Event::SourceFound(body)) => {
                    let is_named =
                        of.ids.iter().any(|id| id.len() >= LENGTH_MIN && body.name.contains(id.as_str()));
                    let is_beside = body.role == SourceRole::Companion.word();
                    let is_whole = of.files.contains(&body.name) || (is_named && is_beside);
                    sources.insert(body.source, (is_whole, is_beside));
                }
                Some(Event::FolderSeen(body)) if of.folders.contains(&body.folder) => {
                    found.insert(recorded.position);
                }
                Some(Event::RecordsKept(body)) => {
                    let (is_whole, is_beside) = sources.get(&body.source).copied().unwrap_or_default();
                    let refers = || {
                        body.bytes.parts().any(|part| match part {
                            KeptPart::Text { back, .. } => recorded
                                .position
                                .get()
                                .checked_sub(back)
                                .and_then(Position::new)
                                .is_some_and(|said| of.events.contains(&said)),
                            KeptPart::Literal(_) => false,
                        })
                    };
                    // A literal may begin in the middle of a string: an id is not split, for it is not a text of an event.
                    let says = || {
                        body.bytes
                            .literals()
                            .any(|bytes| is_in(&ids, bytes) || (is_beside && is_in(&prompts, bytes)))
                    };
                    if is_whole || refers() || says() {
                        found.insert(recorded.position);
                    }
                }
                _ => {}
            }
        }
    }
}
