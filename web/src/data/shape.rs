//! Values as the page knows them: short enough to be held for every moment of a session.

use retold_core::{Document, Key, List, Path, Record, Records};
use retold_travel::{State, Value};
use serde_json::{Map, Value as Json, json};

/// A text up to this length is given whole.
const TEXT_MAX: u64 = 4096;
/// This much of a longer one.
const HEAD_CHARACTERS: usize = 160;

/// Returns a value; of a long text its length and its beginning, of an output its length.
pub(super) fn shape(value: &Value) -> Json {
    match value {
        Value::Absent | Value::Null => Json::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => match text.as_str() {
            Some(text) => long(text),
            None => json!({ "$bytes": text.len() }),
        },
        Value::Texts(texts) => json!(texts),
        Value::Json(json) => raw(json.as_str()),
        Value::Unknowns(extra) => raw(&extra.to_json()),
        Value::Output(rope) => json!({ "$bytes": rope.len() }),
        Value::Instance(instance) => document(&**instance).into(),
        Value::Message(message) => document(&**message).into(),
        Value::Session(session) => document(&**session).into(),
    }
}

fn long(text: &str) -> Json {
    if text.len() as u64 <= TEXT_MAX {
        return text.into();
    }
    let head: String = text.chars().take(HEAD_CHARACTERS).collect();
    json!({ "$bytes": text.len(), "$head": head })
}

/// A value that no release knows; one that is no JSON any more is a text.
fn raw(text: &str) -> Json {
    if text.len() as u64 > TEXT_MAX {
        return long(text);
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Returns the keys of a document, but for its lists.
fn document<D: Document>(document: &D) -> Map<String, Json> {
    let known = D::LEVEL.values().filter_map(|field| {
        let value = Value::from(document.value(field)?);
        Some((Key::Known(field).to_string(), shape(&value)))
    });
    let mut keys: Map<String, Json> = known.collect();
    let extra = document.extra();
    let repeats =
        extra.iter().enumerate().any(|(at, (key, _))| extra.iter().take(at).any(|(other, _)| other == key));
    if repeats {
        keys.insert(Key::Unknowns.to_string(), raw(&extra.to_json()));
    } else {
        for (key, value) in extra.iter() {
            keys.insert(Key::Unknown(key.to_owned()).to_string(), raw(value.as_str()));
        }
    }
    keys
}

/// Returns a session's own keys as they are right after it began.
pub(super) fn begun(session: &retold_core::Session) -> Json {
    let mut keys = document(session);
    keys.extend(records(&Records::default()));
    keys.into()
}

fn records(records: &Records) -> impl Iterator<Item = (String, Json)> {
    Record::ALL.iter().map(|record| (Key::Record(*record).to_string(), shape(&records.value(*record).into())))
}

/// Returns a session's own keys.
pub(super) fn own(state: &State) -> Json {
    fields(state, state.own_places()).into()
}

/// Returns the keys of an element of a list.
pub(super) fn element(state: &State, list: List, at: u32) -> Json {
    fields(state, state.places(&Path::Row(list, at))).into()
}

fn fields(state: &State, places: Vec<Path>) -> Map<String, Json> {
    let field = |path: Path| {
        let value = shape(&state.value(&path)?);
        let (Path::Own(key) | Path::Field(_, _, key)) = path else { return None };
        Some((key.to_string(), value))
    };
    places.into_iter().filter_map(field).collect()
}
