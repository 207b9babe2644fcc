//! What a session is called: how much of its id is enough, and rows of those that are named.

use std::collections::BTreeSet;

use proptest::prelude::*;
use retold_core::event;
use retold_projections::{Order, SessionFilter, distinct_prefix, find, sessions_of};

use crate::given;

fn ids() -> impl Strategy<Value = BTreeSet<String>> {
    // Few letters, so that ids share beginnings; some of more than one byte, some as agents' ids have them.
    prop::collection::btree_set("[ab扉/-]{1,4}", 1..8)
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(64))]

    #[test]
    fn as_much_of_an_id_as_tells_it_apart_is_what_finds_it_and_no_less(ids in ids()) {
        let folder = given::folder();
        let store = given::store(&folder);
        for (nth, id) in ids.iter().enumerate() {
            given::append(store.log(), &given::record(["w1", "w2"][nth % 2], id), [given::created(id)]);
        }
        let reader = store.log().reader().unwrap();
        for id in &ids {
            let apart = distinct_prefix(&reader, id).unwrap();
            prop_assert!(id.is_char_boundary(apart) && apart > 0);
            let is_it = |text: &str| find(&reader, text).is_ok_and(|found| found.name.session_id == *id);
            prop_assert!(is_it(&id[..apart]) || apart == id.len(), "{id:?} of {ids:?}: {:?}", &id[..apart]);
            let others = ids.iter().filter(|other| *other != id && !other.starts_with(&format!("{id}/")));
            let shorter = id[..apart].char_indices().next_back().map_or(0, |(begin, _)| begin);
            let shares = |length: usize| others.clone().any(|other| other.starts_with(&id[..length]));
            prop_assert!(!shares(apart) || apart == id.len(), "{id:?} of {ids:?}: {apart}");
            prop_assert!(shorter == 0 || shares(shorter), "{id:?} of {ids:?}: {apart} is more than it takes");
        }
    }

    #[test]
    fn named_sessions_are_those_of_the_list_in_its_order(ids in ids(), every in 1_usize..4) {
        let folder = given::folder();
        let store = given::store(&folder);
        for (nth, id) in ids.iter().enumerate() {
            let record = given::record(["w1", "w2"][nth % 2], id);
            given::append(store.log(), &record, [given::created(id)]);
            if nth == 2 {
                given::append(store.log(), &record, [event::SessionDeleted {}.into()]);
            }
        }
        let reader = store.log().reader().unwrap();
        for order in [Order::File, Order::Moved, Order::Updated, Order::Created] {
            let all = store.sessions(&SessionFilter::new().with_order(order)).unwrap();
            let some: Vec<_> = all.into_iter().step_by(every).collect();
            let mut streams: Vec<i64> = some.iter().map(|row| row.stream).collect();
            streams.reverse();
            streams.push(i64::MAX);
            prop_assert_eq!(sessions_of(&reader, &streams, order).unwrap(), some);
        }
        prop_assert!(sessions_of(&reader, &[], Order::Moved).unwrap().is_empty());
    }
}
