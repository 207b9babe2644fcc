//! What differs between two documents of a level, key by key, and the keys that no release knows.

use retold_core::{Document, Extra, FieldKind, Json};

use crate::{Key, List, Path, State, Value};

/// Calls `each` with what leads from one document of a level to another, its long text and its lists left aside.
pub(crate) fn between<D: Document>(old: &D, new: &D, mut each: impl FnMut(Key, Value, Value)) {
    for field in D::LEVEL.values().filter(|field| field.kind() != FieldKind::LongText) {
        let (was, is) = (old.value(field), new.value(field));
        if was != is
            && let (Some(was), Some(is)) = (was, is)
        {
            each(Key::Known(field), was.into(), is.into());
        }
    }
    unknowns(old.extra(), new.extra(), each);
}

/// Calls `each` with what leads from one set of unknown keys to another: key by key where that gives the same order, else
/// all at once.
pub(crate) fn unknowns(old: &Extra, new: &Extra, mut each: impl FnMut(Key, Value, Value)) {
    let value = |extra: &Extra, key: &str| match extra.iter().find(|(known, _)| *known == key) {
        Some((_, json)) => Value::Json(json.clone()),
        None => Value::Absent,
    };
    if !step_by_step(old, new) {
        return each(Key::Unknowns, Value::Unknowns(old.clone()), Value::Unknowns(new.clone()));
    }
    for (key, _) in old.iter().filter(|(key, _)| value(new, key) == Value::Absent) {
        each(Key::Unknown(key.to_owned()), value(old, key), Value::Absent);
    }
    for (key, json) in new.iter() {
        let was = value(old, key);
        let is = Value::Json(json.clone());
        if was != is {
            each(Key::Unknown(key.to_owned()), was, is);
        }
    }
}

/// Whether taking keys away, then setting values in their place, then adding keys after gives `new`.
fn step_by_step(old: &Extra, new: &Extra) -> bool {
    let repeats = |extra: &Extra| {
        let mut keys: Vec<&str> = extra.iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.windows(2).any(|pair| pair[0] == pair[1])
    };
    if repeats(old) || repeats(new) {
        return false;
    }
    let has = |extra: &Extra, key: &str| extra.iter().any(|(known, _)| known == key);
    let stay = old.iter().map(|(key, _)| key).filter(|key| has(new, key));
    let come = new.iter().map(|(key, _)| key).filter(|key| !has(old, key));
    stay.chain(come).eq(new.iter().map(|(key, _)| key))
}

/// Returns the unknown keys of the level that a path lies on.
pub(crate) fn extra<'a>(state: Option<&'a State>, path: &Path) -> Option<&'a Extra> {
    let state = state?;
    match path {
        Path::Own(_) => Some(&state.session.extra),
        Path::Row(List::Instances, at) | Path::Field(List::Instances, at, _) => {
            state.agents.get(*at as usize).map(|agent| &agent.instance.extra)
        }
        Path::Row(List::Messages, at) | Path::Field(List::Messages, at, _) => {
            state.messages.get(*at as usize).map(|said| &said.message.extra)
        }
        Path::Whole | Path::Rows(_) | Path::Each(..) => None,
    }
}

/// Returns the value of a key of a level; `None` where there is no such key.
pub(crate) fn value(document: &impl Document, key: &Key) -> Option<Value> {
    match key {
        Key::Known(field) => document.value(*field).map(Value::from),
        key => Some(unknown_value(document.extra(), key)).filter(|value| *value != Value::Absent),
    }
}

/// Writes a key of a level; returns whether the value fits.
pub(crate) fn put(document: &mut impl Document, key: &Key, value: Value) -> bool {
    match key {
        Key::Known(field) => value.into_kind(field.kind()).is_some_and(|value| document.set(*field, value)),
        key => put_unknown(document.extra_mut(), key, value),
    }
}

/// Returns the value of an unknown key, or of all of them.
fn unknown_value(extra: &Extra, key: &Key) -> Value {
    match key {
        Key::Unknowns => Value::Unknowns(extra.clone()),
        Key::Unknown(key) => match extra.iter().find(|(known, _)| known == key) {
            Some((_, json)) => Value::Json(json.clone()),
            None => Value::Absent,
        },
        Key::Known(_) | Key::Record(_) => Value::Absent,
    }
}

/// Writes an unknown key, or all of them; returns whether the value fits.
fn put_unknown(extra: &mut Extra, key: &Key, value: Value) -> bool {
    match (key, value) {
        (Key::Unknowns, Value::Unknowns(all)) => *extra = all,
        (Key::Unknown(key), Value::Absent) => {
            *extra = pairs(extra).filter(|(known, _)| known != key).collect()
        }
        (Key::Unknown(key), Value::Json(json)) => {
            let is_new = extra.iter().all(|(known, _)| known != key);
            let set = pairs(extra)
                .map(|(known, old)| if known == *key { (known, json.clone()) } else { (known, old) });
            let added = is_new.then(|| (key.clone(), json.clone()));
            *extra = set.chain(added).collect();
        }
        _ => return false,
    }
    true
}

fn pairs(extra: &Extra) -> impl Iterator<Item = (String, Json)> {
    extra.iter().map(|(key, json)| (key.to_owned(), json.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_change_one_by_one_where_they_can() {
        let extra = |json: &str| serde_json::from_str::<Extra>(json).unwrap();
        let keys = |old: &str, new: &str| {
            let (mut made, old, new) = (extra(old), extra(old), extra(new));
            let mut keys = Vec::new();
            unknowns(&old, &new, |key, _, value| {
                assert!(put_unknown(&mut made, &key, value));
                keys.push(key.to_string());
            });
            assert_eq!(made, new);
            keys
        };
        assert_eq!(keys(r#"{"a":1,"b":2}"#, r#"{"b":3,"c":4}"#), ["a", "b", "c"]);
        assert_eq!(keys(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#), ["~"]);
        assert_eq!(keys(r#"{"a":1}"#, r#"{"a":1,"a":2}"#), ["~"]);
        assert_eq!(keys(r#"{"a":1}"#, r#"{"c":1,"a":1}"#), ["~"]);
        assert_eq!(keys(r#"{"a":1}"#, r#"{"a":1}"#), Vec::<String>::new());
    }
}
