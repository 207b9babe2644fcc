//! The keys of a document by their names: read one, write one.

use retold_core::{Extra, Instance, InstancePatch, Json, Message, MessagePatch, Session, SessionPatch, Text};

use crate::{Key, Value};

/// A value that stands under a known key.
trait Slot {
    fn value(&self) -> Value;
    /// Takes a value in; returns whether it is of the right type.
    fn put(&mut self, value: Value) -> bool;
}

impl Slot for String {
    fn value(&self) -> Value {
        Value::text(self)
    }
    fn put(&mut self, value: Value) -> bool {
        let Value::Text(Text::Inline(text)) = value else { return false };
        *self = std::sync::Arc::unwrap_or_clone(text);
        true
    }
}

impl Slot for u32 {
    fn value(&self) -> Value {
        Value::Number((*self).into())
    }
    fn put(&mut self, value: Value) -> bool {
        let Value::Number(number) = value else { return false };
        u32::try_from(number).map(|number| *self = number).is_ok()
    }
}

impl Slot for u64 {
    fn value(&self) -> Value {
        Value::Number(*self)
    }
    fn put(&mut self, value: Value) -> bool {
        let Value::Number(number) = value else { return false };
        *self = number;
        true
    }
}

impl Slot for bool {
    fn value(&self) -> Value {
        Value::Bool(*self)
    }
    fn put(&mut self, value: Value) -> bool {
        let Value::Bool(value) = value else { return false };
        *self = value;
        true
    }
}

impl Slot for Vec<String> {
    fn value(&self) -> Value {
        Value::Texts(self.clone())
    }
    fn put(&mut self, value: Value) -> bool {
        let Value::Texts(texts) = value else { return false };
        *self = texts;
        true
    }
}

impl<T: Slot + Default> Slot for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Slot::value)
    }
    fn put(&mut self, value: Value) -> bool {
        if let Value::Null = value {
            *self = None;
            return true;
        }
        let mut inner = T::default();
        let fits = inner.put(value);
        if fits {
            *self = Some(inner);
        }
        fits
    }
}

/// Declares, for one level of the document, every key but those that have patches of their own.
macro_rules! level {
    ($module:ident: $document:ty, $patch:ty { $($key:literal $field:ident,)* }) => {
        pub(crate) mod $module {
            use super::*;

            /// The keys, in the order of the document.
            #[allow(dead_code, reason = "the list of a level whose keys have patches of their own is for the test that holds them together")]
            pub(crate) const KEYS: &[&str] = &[$($key,)*];

            /// Returns the value of a known key.
            pub(crate) fn value(document: &$document, key: &str) -> Option<Value> {
                match key { $($key => Some(document.$field.value()),)* _ => None }
            }

            /// Writes the value of a known key; returns whether it fits.
            pub(crate) fn put(document: &mut $document, key: &str, value: Value) -> bool {
                match key { $($key => document.$field.put(value),)* _ => false }
            }

            /// Calls `each` with every known key that a patch sets: what it was, what it becomes.
            pub(crate) fn set(before: &$document, patch: &$patch, mut each: impl FnMut(&'static str, Value, Value)) {
                $(if let Some(new) = &patch.$field { each($key, before.$field.value(), new.value()); })*
            }

            /// Calls `each` with every known key that differs.
            pub(crate) fn between(old: &$document, new: &$document, mut each: impl FnMut(&'static str, Value, Value)) {
                $(if old.$field != new.$field { each($key, old.$field.value(), new.$field.value()); })*
            }
        }
    };
}

level! { session: Session, SessionPatch {
    "id" id, "type" kind, "task" task, "status" status, "createdAt" created_at, "updatedAt" updated_at,
    "completedAt" completed_at, "model" model, "timeoutSeconds" timeout_seconds,
    "preserveWorktrees" preserve_worktrees, "winnerId" winner_id, "runtimeMix" runtime_mix,
    "totalDuration" total_duration, "totalFilesChanged" total_files_changed,
    "totalLinesAdded" total_lines_added, "totalLinesDeleted" total_lines_deleted,
} }

level! { instance: Instance, InstancePatch {
    "instanceId" instance_id, "worktreePath" worktree_path, "branch" branch, "agentName" agent_name,
    "status" status, "tmuxSessionId" tmux_session_id, "startTime" start_time, "endTime" end_time,
    "filesChanged" files_changed, "linesAdded" lines_added, "linesDeleted" lines_deleted, "runtime" runtime,
    "model" model, "runtimeLabel" runtime_label,
} }

level! { message: Message, MessagePatch {
    "id" id, "role" role, "timestamp" timestamp, "instanceId" instance_id,
} }

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

/// Whether taking keys away, then setting values in their place, then adding keys behind gives `new`.
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

/// Returns the value of an unknown key, or of all of them.
pub(crate) fn unknown_value(extra: &Extra, key: &Key) -> Value {
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
pub(crate) fn put_unknown(extra: &mut Extra, key: &Key, value: Value) -> bool {
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
    fn every_key_of_the_document_has_its_place() {
        let lists = ["instances", "chatHistory"];
        let own: Vec<&str> = Session::KEYS.iter().copied().filter(|key| !lists.contains(key)).collect();
        assert_eq!(session::KEYS, own);
        let own: Vec<&str> = Instance::KEYS.iter().copied().filter(|key| *key != "output").collect();
        assert_eq!(instance::KEYS, own);
        let own: Vec<&str> = Message::KEYS.iter().copied().filter(|key| *key != "content").collect();
        assert_eq!(message::KEYS, own);
    }

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
