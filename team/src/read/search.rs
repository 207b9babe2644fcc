//! Searches of what a team's server has.

use std::borrow::Cow;
use std::fmt::Write as _;

use postgres::types::Type;
use postgres::{GenericClient, Transaction};
use retold_core::{Record, Recorded, StreamName};
use retold_projections::{
    Answer, CARRIED_WORD, FoundSessions, FoundTexts, Hit, Mask, SearchFilter, SearchQuery, SearchTerm,
};
use retold_secrets::Secrets;
use serde_json::{Value, json};

use super::{Listed, listed};
use crate::receiver::Error;
use crate::work::{Reading, lexeme, referring, without_nul};

/// Words that are looked for at once: those of phrases among them.
const WORDS_MAX: usize = 1_024;
/// Words of a piece of an output that the next one goes on from.
const CARRIED_MAX: usize = 8;
/// Hits that are looked for beyond those that are asked for: some may be redacted by now.
const SPARE: u32 = 16;
/// Hits at most.
const HITS_MAX: u32 = 9_000;

/// What a search is narrowed by beside a [`SearchFilter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Only sessions whose id begins so.
    pub session: Option<String>,
    /// Only what happened after this, in microseconds since 1970.
    pub after: Option<i64>,
    /// Only what happened up to this.
    pub to: Option<i64>,
}

/// Why a server was not searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The server failed.
    #[error(transparent)]
    Receiver(#[from] Error),
    /// It is more than a server looks for.
    #[error("a team's server looks for {WORDS_MAX} words at once, and these are {0}")]
    TooLong(usize),
    /// It is narrowed by what a server does not know.
    #[error("a team's server does not search by {0}")]
    Filter(&'static str),
    /// More hits are asked for than there are in an answer.
    #[error("a team's server answers with {HITS_MAX} hits at most")]
    TooMany,
    /// A server over HTTPS does not search so, and why.
    #[error("{0}")]
    Refused(String),
}

/// What is searched for.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// The words.
    pub query: &'w SearchQuery,
    /// What finds are narrowed by.
    pub filter: &'w SearchFilter,
    /// And beside that.
    pub narrowed: &'w Narrowed,
    /// Hits at most.
    pub limit: u32,
    /// Whether snippets are cut from the texts without their secrets: one is found only where all of it is there.
    pub is_masked: bool,
}

/// What a search found, as a server tells it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Finds {
    /// Up to where the index is.
    pub listed: Listed,
    /// The best first.
    pub hits: Vec<Hit>,
    /// The sessions of all finds.
    pub sessions: Vec<FoundSessions>,
    /// The texts of all finds.
    pub texts: Vec<FoundTexts>,
}

impl Finds {
    /// Returns what a store would answer.
    pub fn answer(self) -> Answer {
        Answer::elsewhere(self.hits, &self.sessions, &self.texts)
    }
}

/// Searches the sessions of a team.
pub trait Searches {
    /// Searches those that whoever asks may read whole: what [`Store::search`](retold_projections::Store::search) finds in a store. Of one that
    /// is in several logs the copy with the most events counts. The best hits first; positions are those of each hit's own log. O(finds).
    ///
    /// Hits are ranked as in a store, by the texts that the caller may read, but that a phrase counts as often as the rarest of its words,
    /// and the beginning of a word about as often.
    ///
    /// # Errors
    /// [`SearchError::TooLong`], [`SearchError::Filter`] and [`SearchError::TooMany`] for what the server does not do; otherwise where it
    /// fails.
    fn search(&mut self, wanted: &Wanted<'_>) -> Result<Finds, SearchError>;
}

/// Of one moment, where [`begin`](super::begin) began it.
impl Searches for Transaction<'_> {
    fn search(&mut self, wanted: &Wanted<'_>) -> Result<Finds, SearchError> {
        search(self, wanted)
    }
}

/// The same, of a connection that may be in a transaction or not.
pub(crate) fn search(client: &mut impl GenericClient, wanted: &Wanted<'_>) -> Result<Finds, SearchError> {
    let Wanted { query, filter, narrowed, limit, is_masked } = *wanted;
    if limit > HITS_MAX {
        return Err(SearchError::TooMany);
    }
    let listed = listed(client)?;
    let of = client.query_typed_one("select retold.my_tenant()", &[]).map_err(Error::from)?;
    let Some(tenant) = of.get::<_, Option<i64>>(0) else {
        return Ok(Finds::default());
    };
    let asked = Asked::of(tenant, query)?;
    let narrow = narrow(filter, narrowed)?;
    let row = client
        .query_typed_one(
            "select hits::text, sessions::text, texts::text from retold.search_1(
                $1::tsquery[], $2::tsquery[], $3::tsquery[], $4, $5::json, $6)",
            &[
                (&asked.terms, Type::TEXT_ARRAY),
                (&asked.withouts, Type::TEXT_ARRAY),
                (&asked.words, Type::TEXT_ARRAY),
                (&asked.of_term, Type::INT4_ARRAY),
                (&narrow.to_string(), Type::TEXT),
                (&i32::try_from(limit + SPARE).unwrap_or(i32::MAX), Type::INT4),
            ],
        )
        .map_err(Error::from)?;
    let read = |at: usize| -> Result<Vec<Value>, Error> {
        let read = row.get::<_, Option<&str>>(at).and_then(|text| serde_json::from_str(text).ok());
        read.ok_or_else(|| Error::Damaged("the answer to a search".to_owned()))
    };
    let (found, sessions, texts) = (read(0)?, read(1)?, read(2)?);
    let events = events(client, tenant, &found)?;
    let mask: Mask<'_> = match is_masked {
        true => &|text| Secrets::published().mask(text).text,
        false => &|text| Cow::Borrowed(text),
    };
    let hits = found.iter().zip(events).filter_map(|(found, event)| hit(found, &event?, query, mask));
    Ok(Finds {
        listed,
        hits: hits.take(limit as usize).collect(),
        sessions: sessions.iter().map(sessions_of).collect(),
        texts: texts.iter().map(texts_of).collect(),
    })
}

/// What is looked for, as PostgreSQL reads it.
#[derive(Default)]
struct Asked {
    terms: Vec<String>,
    withouts: Vec<String>,
    words: Vec<String>,
    of_term: Vec<i32>,
}

impl Asked {
    fn of(tenant: i64, query: &SearchQuery) -> Result<Self, SearchError> {
        let words: usize = query.terms().iter().map(|term| term.words.len()).sum();
        if words > WORDS_MAX {
            return Err(SearchError::TooLong(words));
        }
        let mut asked = Self::default();
        for term in query.terms() {
            let text = term_of(tenant, term);
            if term.is_without {
                asked.withouts.push(text);
                continue;
            }
            asked.terms.push(text);
            let number = i32::try_from(asked.terms.len()).unwrap_or(i32::MAX);
            for (at, word) in term.words.iter().enumerate() {
                let is_begin = term.is_begin && at + 1 == term.words.len();
                asked.words.push(format!("{}{}", lexeme(tenant, word), if is_begin { ":*" } else { "" }));
                asked.of_term.push(number);
            }
        }
        Ok(asked)
    }
}

/// Returns a term: its words next to each other, or the first of them in what a piece of an output goes on from.
fn term_of(tenant: i64, term: &SearchTerm) -> String {
    let mut text = String::from("(");
    for carried in 0..term.words.len().min(CARRIED_MAX + 1) {
        text.push_str(if carried == 0 { "(" } else { "|(" });
        for (at, word) in term.words.iter().enumerate() {
            let begin = if at == 0 { "" } else { "<->" };
            let _infallible = match at < carried {
                true => write!(text, "{begin}{}", lexeme(tenant, &format!("{CARRIED_WORD}{word}"))),
                false => write!(text, "{begin}{}", lexeme(tenant, word)),
            };
        }
        text.push_str(if term.is_begin { ":*)" } else { ")" });
    }
    text.push(')');
    text
}

/// Returns what a search is narrowed by, as the server reads it: texts as they are in its rows, without NUL.
fn narrow(filter: &SearchFilter, narrowed: &Narrowed) -> Result<Value, SearchError> {
    let refused = [
        ("a session's number", filter.session.is_some()),
        ("project", filter.project.is_some()),
        ("events", filter.events.is_some()),
    ];
    if let Some((what, _)) = refused.iter().find(|(_, is_given)| *is_given) {
        return Err(SearchError::Filter(what));
    }
    let text = |text: &Option<String>| text.clone().map(without_nul);
    let element = |text: &str| Value::from(text).to_string();
    let mut tags = Vec::new();
    for (record, tag) in &filter.having {
        match record {
            Record::Tags => tags.push(element(tag)),
            _ => return Err(SearchError::Filter(record.name())),
        }
    }
    let parts: Option<Vec<&'static str>> = (!filter.within.is_empty())
        .then(|| filter.within.iter().flat_map(|part| part.whats().iter().copied()).collect());
    let whats: Option<Vec<&str>> = match (&filter.what, parts) {
        (None, parts) => parts,
        (Some(what), None) => Some(vec![what.as_str()]),
        (Some(what), Some(parts)) => Some(parts.into_iter().filter(|part| part == what).collect()),
    };
    Ok(json!({
        "workspace": text(&filter.workspace),
        "session": text(&narrowed.session),
        "type": text(&filter.kind),
        "status": text(&filter.status),
        "whats": whats,
        "role": text(&filter.role),
        "agent": text(&filter.agent),
        "tags": (!tags.is_empty()).then_some(tags),
        "tool_name": text(&filter.tool_name),
        "tool_kind": text(&filter.tool_kind),
        "tool": text(&filter.tool),
        "model": text(&filter.model),
        "branch": filter.branch.as_deref().map(element),
        "after": narrowed.after,
        "to": narrowed.to,
    }))
}

fn string(of: &Value, key: &str) -> String {
    of[key].as_str().unwrap_or_default().to_owned()
}

fn mark(of: &Value, key: &str) -> Option<String> {
    of[key].as_str().map(str::to_owned)
}

fn bytes(of: &Value, key: &str) -> Vec<u8> {
    let hex = of[key].as_str().unwrap_or_default().as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    hex.chunks_exact(2).filter_map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn name(of: &Value, key: &str) -> String {
    String::from_utf8_lossy(&bytes(of, key)).into_owned()
}

/// Returns the events of hits, as far as they are there.
fn events(
    client: &mut impl GenericClient,
    tenant: i64,
    found: &[Value],
) -> Result<Vec<Option<Recorded>>, Error> {
    let mut reading = Reading::new()?;
    let logs: Vec<i32> = found.iter().map(|hit| small(&hit["log"])).collect();
    let keys: Vec<Vec<u8>> = found.iter().map(|hit| bytes(hit, "key")).collect();
    let revisions: Vec<i64> = found.iter().map(|hit| hit["revision"].as_i64().unwrap_or_default()).collect();
    let rows = client.query_typed(
        "select 0::bigint, e.position, e.revision, e.type, e.schema_version, e.commit_first, e.recorded_at, e.occurred_at, e.hash, e.body_commit,
            e.codec, e.salt, e.body, null::smallint, null::bigint, u.n
        from unnest($2, $3, $4) with ordinality u(log, key, revision, n),
        lateral retold.stream_1($1, u.log, u.key, u.revision - 1, 1) e where e.revision = u.revision",
        &[
            (&tenant, Type::INT8),
            (&logs, Type::INT4_ARRAY),
            (&keys, Type::BYTEA_ARRAY),
            (&revisions, Type::INT8_ARRAY),
        ],
    )?;
    let mut events: Vec<Option<Recorded>> = vec![None; found.len()];
    for row in &rows {
        let at = usize::try_from(row.get::<_, i64>(15) - 1).unwrap_or(usize::MAX);
        if let (Some(place), Ok(event)) = (events.get_mut(at), reading.event(row)) {
            *place = Some(event);
        }
    }
    let mut of_logs = Vec::new();
    let (mut of_keys, mut positions) = (Vec::new(), Vec::new());
    for (at, event) in events.iter().enumerate() {
        for position in event.iter().flat_map(|event| referring(std::slice::from_ref(event))) {
            of_logs.push(logs[at]);
            of_keys.push(keys[at].as_slice());
            positions.push(position);
        }
    }
    if !positions.is_empty() {
        let texts = client.query_typed(
            "select t.position, t.hash, t.codec, t.size, t.bytes from unnest($2, $3, $4) u(log, key, position),
            lateral retold.stream_texts_1($1, u.log, u.key, array[u.position]) t",
            &[
                (&tenant, Type::INT8),
                (&of_logs, Type::INT4_ARRAY),
                (&of_keys, Type::BYTEA_ARRAY),
                (&positions, Type::INT8_ARRAY),
            ],
        )?;
        events.iter_mut().flatten().for_each(|event| reading.put_text(&texts, event));
    }
    Ok(events)
}

fn small(number: &Value) -> i32 {
    number.as_i64().and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
}

fn hit(found: &Value, event: &Recorded, query: &SearchQuery, mask: Mask<'_>) -> Option<Hit> {
    let ordinal = found["ordinal"].as_u64().and_then(|ordinal| u32::try_from(ordinal).ok());
    let name = StreamName {
        workspace: name(found, "workspace"),
        session_id: name(found, "id"),
        ordinal: ordinal.unwrap_or_default(),
    };
    let mut hit = Hit::elsewhere(event, name, &string(found, "what"), mark(found, "agent"), query, mask)?;
    hit.role = mark(found, "role");
    (hit.tool_name, hit.tool_kind) = (mark(found, "tool_name"), mark(found, "tool_kind"));
    (hit.kind, hit.status) = (string(found, "type"), string(found, "status"));
    Some(hit)
}

fn sessions_of(found: &Value) -> FoundSessions {
    let list = |record: Record| {
        let list = found[record.name()].as_str().and_then(|list| serde_json::from_str(list).ok());
        (record, list.unwrap_or_default())
    };
    FoundSessions {
        workspace: name(found, "workspace"),
        folder: mark(found, "folder"),
        kind: string(found, "type"),
        status: string(found, "status"),
        lists: Record::lists().map(list).collect(),
        found: found["found"].as_u64().unwrap_or_default(),
    }
}

fn texts_of(found: &Value) -> FoundTexts {
    FoundTexts {
        what: string(found, "what"),
        role: mark(found, "role"),
        agent: mark(found, "agent"),
        tool_name: mark(found, "tool_name"),
        tool_kind: mark(found, "tool_kind"),
        found: found["found"].as_u64().unwrap_or_default(),
    }
}
