//! A change of unknown keys that does not say again what was said of spellings before.
//!
//! An event that changes a key says all unknown keys of its object. In the place of the spellings it says what changes of
//! them, so that what was written in the place of a U+FFFD is in the event that brought it, and leaves with it. That is a list,
//! which the spellings themselves never are: empty, where nothing changes, or of one object, by the names of the texts. An
//! array is the text's whole spelling; an object has `more`, which comes after what it was; a string names the text that it was
//! the spelling of before; null is the end of it.

use serde_json::Value;

use super::{Entries, KEY, written};
use crate::{Extra, Json};

const MORE: &str = "more";

impl Extra {
    /// Returns what an event says where these keys follow `before`: see [`after`](Self::after).
    pub(crate) fn since(&self, before: &Self) -> Self {
        let (Some(old), Some(new)) = (before.spelling(), self.spelling()) else { return self.clone() };
        let (old_entries, new_entries) = (before.spellings(), self.spellings());
        // Only what can be told again to the letter.
        if written(&new_entries) != new.as_str() || (written(&old_entries) != old.as_str()) {
            return self.clone();
        }
        let change = change(&old_entries, &new_entries);
        let list: Vec<Entries> = if change.is_empty() { Vec::new() } else { vec![change] };
        self.with_spelling(Some(&json(&serde_json::json!(list))))
    }

    /// Returns the keys that are meant where an event says these, and `before` was there. O(the number of keys) where it says
    /// all.
    pub fn after(self, before: &Self) -> Self {
        let Some(said) = self.spelling().filter(|said| said.as_str().starts_with('[')) else { return self };
        let Ok(list) = serde_json::from_str::<Vec<Entries>>(said.as_str()) else { return self };
        let Some(change) = list.into_iter().next() else {
            return self.with_spelling(before.spelling());
        };
        let old = before.spellings();
        let mut entries = old.clone();
        for (name, change) in change {
            let spelling = match change {
                Value::String(of) => old.get(&of).cloned(),
                Value::Object(mut more) => match (old.get(&name), more.remove(MORE)) {
                    (Some(Value::Array(all)), Some(Value::Array(more))) => {
                        Some(Value::Array(all.iter().cloned().chain(more).collect()))
                    }
                    (None, more) => more,
                    (old, _) => old.cloned(),
                },
                whole @ Value::Array(_) => Some(whole),
                _ => None,
            };
            match spelling {
                Some(spelling) => drop(entries.insert(name, spelling)),
                None => drop(entries.remove(&name)),
            }
        }
        let spelling = (!entries.is_empty()).then(|| json(&serde_json::json!(entries)));
        self.with_spelling(spelling.as_ref())
    }

    /// Returns the same keys with another spelling in its place.
    fn with_spelling(&self, spelling: Option<&Json>) -> Self {
        let pair = |(key, value): (&str, &Json)| match key == KEY {
            true => spelling.map(|spelling| (key.to_owned(), spelling.clone())),
            false => Some((key.to_owned(), value.clone())),
        };
        self.iter().filter_map(pair).collect()
    }
}

fn json(value: &Value) -> Json {
    serde_json::from_str(&value.to_string()).expect("what was written is JSON")
}

fn change(old: &Entries, new: &Entries) -> Entries {
    let mut change = Entries::new();
    for (name, spelling) in new.iter().filter(|(name, spelling)| old.get(*name) != Some(spelling)) {
        let was = old.get(name).and_then(Value::as_array);
        let more = was.zip(spelling.as_array()).and_then(|(was, is)| is.strip_prefix(&was[..]));
        // The unknown keys are numbered: one that comes or goes has others change their names.
        let moved = old.iter().find(|(_, was)| *was == spelling).map(|(of, _)| of.clone());
        let said = match (more, moved) {
            (Some(more), _) if was.is_some_and(|was| !was.is_empty()) => serde_json::json!({ MORE: more }),
            (_, Some(of)) => of.into(),
            _ => spelling.clone(),
        };
        change.insert(name.clone(), said);
    }
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    change.extend(gone.map(|name| (name.clone(), Value::Null)));
    change
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn extra() -> impl Strategy<Value = Extra> {
        let pairs = proptest::collection::vec((0..9_usize, "[\u{e9}-\u{ef}]{1,2}"), 0..3);
        let name = prop::sample::select(vec!["task", "output", "extra/0", "extra/1", "extra/1/name"]);
        let entries = proptest::collection::btree_map(name, pairs, 0..4);
        let keys = proptest::collection::vec("[a-c]", 0..3);
        (entries, keys, 0..3_usize).prop_map(|(entries, keys, at)| {
            let mut all: Vec<(String, Json)> =
                keys.into_iter().map(|key| (key, json(&Value::from(1)))).collect();
            let entries: Entries = entries
                .into_iter()
                .map(|(name, pairs)| {
                    let pairs = pairs.into_iter().flat_map(|(at, hex)| [Value::from(at), hex.into()]);
                    (name.to_owned(), Value::Array(pairs.collect()))
                })
                .collect();
            if !entries.is_empty() {
                all.insert(at.min(all.len()), (KEY.to_owned(), json(&serde_json::json!(entries))));
            }
            all.into_iter().collect()
        })
    }

    proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn what_is_said_of_a_change_leads_from_the_one_to_the_other(old in extra(), new in extra()) {
            let said = new.since(&old);
            prop_assert_eq!(said.clone().after(&old), new.clone());
            // All of it, as earlier releases said it, does as well.
            prop_assert_eq!(new.clone().after(&old), new.clone());
            let same = new.since(&new);
            prop_assert_eq!(same.spelling().map(Json::as_str), new.spelling().map(|_| "[]"));
            // What was there before is not repeated.
            if let (Some(said), Some(before)) = (said.spelling(), old.spelling()) {
                for (name, spelling) in old.spellings() {
                    let is_same = new.spellings().get(&name) == Some(&spelling);
                    let is_named = said.as_str().contains(&format!("\"{name}\":["));
                    prop_assert!(!(is_same && is_named), "{said:?} after {before:?}");
                }
            }
        }

        #[test]
        fn whatever_a_store_says_is_taken(said in "[\\[\\]{}\",:0-9a-z ]{0,20}", old in extra()) {
            if let Ok(said) = serde_json::from_str::<Json>(&said) {
                let extra: Extra = [(KEY.to_owned(), said)].into_iter().collect();
                let _any = extra.after(&old);
            }
        }
    }
}
