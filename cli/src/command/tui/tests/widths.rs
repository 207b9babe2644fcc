//! Every view at 40, 80 and 160 columns, plain and in colour, as it was looked at.

use super::Place;

/// A view, and the keys that lead to it from the conversation.
const VIEWS: [(&str, &[&str]); 8] = [
    ("conversation", &["t"]),
    ("conversation_alone", &["t", "Tab", "z"]),
    ("state", &["1"]),
    ("diff", &["E", "2"]),
    ("blame", &["3"]),
    ("body", &["4"]),
    ("sessions", &["s"]),
    ("help", &["?"]),
];

#[test]
fn every_view_is_as_it_was_looked_at() {
    let place = Place::with_sample();
    for (name, keys) in VIEWS {
        let mut all = String::new();
        for width in [40, 80, 160] {
            let mut desk = place.desk(Some("7c2f4b1e"), (width, 24));
            desk.press(keys);
            all.push_str(&format!("{width} columns\n\n{}\n", desk.screen()));
            if width == 80 {
                all.push_str(&format!("{width} columns, in colour\n\n{}\n", desk.coloured()));
            }
        }
        insta::with_settings!({ filters => [
            (r"[0-9a-f]{20,}", "[hash]"),
            // What is left of it on a line of its own.
            (r"(?m)(    ) [0-9a-f]{3,19}$", "$1 [rest]"),
        ] }, {
            insta::assert_snapshot!(name, all)
        });
    }
}
