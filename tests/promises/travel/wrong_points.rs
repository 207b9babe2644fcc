//! A text that is no point is told why, each for a cause of its own, and what is proposed instead is a point.

use proptest::prelude::*;
use retold_travel::{Point, Range};

const WRONG: [&str; 71] = [
    "",
    " head",
    "1..5",
    "-3",
    "--3",
    "+2min",
    "1,234",
    "12.5",
    "9223372036854775808",
    "99999999999999999999",
    "head-",
    "head--1",
    "head-1-1",
    "head - 1",
    "head-3w",
    "head-3x",
    "head-3hours",
    "head-min",
    "head-99999999999",
    "15m-ago",
    "15-ago",
    "15 min ago",
    "15min ago",
    "2w-ago",
    "1.5h-ago",
    "99999999999s-ago",
    "min-ago",
    "-ago",
    "ago",
    "2023-02-29",
    "2023-13-01",
    "2023-11-31",
    "2023-2-3",
    "23.11.2026",
    "11/23/2026",
    "2026/11/23",
    "2026-11-23 25:00",
    "2026-11-23 12:60",
    "2026-11-23x",
    "2026-11-23T17:30:00 Europe/Berlin",
    "2026-11-23T17:30:00+1:00",
    "17:60",
    "24:00",
    "7:30",
    "17:30:61",
    "5pm",
    "5:30 pm",
    "17:30:05.5",
    "yesterday17:30",
    "yesterday 5pm",
    "today noon",
    "tomorrow",
    "now",
    "latest",
    "end",
    "monday",
    "last week",
    "HEAD",
    "haed",
    "yesteday 17:30",
    "h:12345",
    "h:xyzxyz",
    "h:",
    "4f1e0cab",
    "r",
    "rx",
    "R7",
    "r7x",
    "S:r",
    "S:middle",
    ":r7",
];

fn reason(text: &str) -> String {
    match text.parse::<Point>() {
        Ok(point) => format!("IS A POINT: {point:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_wrong_form_has_a_cause_of_its_own() {
    let table: Vec<String> = WRONG.iter().map(|text| format!("{text:32} {}", reason(text))).collect();
    assert!(!table.iter().any(|line| line.contains("IS A POINT")), "{table:#?}");
    insta::assert_snapshot!(table.join("\n"));
}

/// Texts that are proposed stand at the end, after a colon, or after "write" and "is … meant".
#[test]
fn what_is_proposed_is_a_point() {
    let mut proposed_count = 0;
    for text in WRONG {
        let reason = reason(text);
        let after = |mark: &str| reason.rsplit_once(mark).map(|(_, proposed)| proposed.to_owned());
        let meant = after("; is ").and_then(|proposed| proposed.strip_suffix(" meant?").map(str::to_owned));
        let Some(proposed) = meant.or_else(|| after("write ")).or_else(|| after(": ")) else { continue };
        for proposed in proposed.split(", or ").flat_map(|proposed| proposed.split(" or ")) {
            let is_form = proposed == "Z"
                || proposed.contains("SESSION")
                || proposed.contains(" is ")
                || proposed.contains(" has ");
            if !is_form && !proposed.contains("S:") {
                assert!(proposed.trim_end_matches("; `head`").parse::<Point>().is_ok(), "{text}: {reason}");
                proposed_count += 1;
            }
        }
    }
    assert!(proposed_count > 25, "{proposed_count}");
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(256))]

    #[test]
    fn a_cause_is_found_for_any_text(text in any::<String>(), near in "[a-zA-Z0-9 :.+/-]{0,20}") {
        for text in [text, near] {
            if let Err(error) = text.parse::<Point>() {
                prop_assert!(!error.to_string().is_empty());
            }
            let _any = text.parse::<Range>();
        }
    }
}
