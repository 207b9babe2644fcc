//! Whatever is pressed, and however large the terminal is.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::layout::Size;

use super::Place;
use crate::command::tui::keys::{KEYS, input, pressed};
use crate::command::tui::model::Input;

proptest! {
    #![proptest_config(retold_trial::chance::properties(64))]

    #[test]
    fn whatever_keys_are_pressed_the_cursor_is_seen_and_the_view_is_of_it(
        keys in prop::collection::vec(any::<prop::sample::Index>(), 1..60),
        sizes in prop::collection::vec((0_u16..140, 0_u16..50), 1..4),
    ) {
        // What leads out is left out.
        let keys: Vec<&str> = {
            let all: Vec<&str> = KEYS.iter().flat_map(|binding| binding.keys).copied().collect();
            let all: Vec<&str> = all.into_iter().filter(|key| !["q", "Ctrl-C"].contains(key)).collect();
            keys.iter().map(|key| all[key.index(all.len())]).collect()
        };
        let mut desk = sample().desk(None, (80, 24));
        for (nth, key) in keys.iter().enumerate() {
            if nth % 20 == 0 {
                let (width, height) = sizes[nth / 20 % sizes.len()];
                desk.model.update(Input::Resize(Size { width, height }));
            }
            if let Some(input) = input(&pressed(key), desk.model.is_typing()) {
                desk.model.update(input);
            }
            desk.wait(Duration::from_millis(40)).screen();
            let layout = desk.model.layout();
            let Some(opened) = desk.model.opened.as_ref().filter(|_| !layout.is_too_small) else { continue };
            prop_assert!((1..=opened.last).contains(&opened.at()));
            let rows = u64::from(layout.events.height) - 1;
            for list in [opened.events, opened.rows] {
                prop_assert!(list.top <= list.cursor && list.cursor < list.top + rows, "{list:?}");
            }
            let view = opened.view.as_ref().unwrap();
            prop_assert_eq!((view.ask.at, view.ask.tab), (opened.at(), opened.tab));
        }
    }
}

/// The sample history, imported once.
fn sample() -> &'static Place {
    static PLACE: std::sync::OnceLock<Place> = std::sync::OnceLock::new();
    PLACE.get_or_init(Place::with_sample)
}
