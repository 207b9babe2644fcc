//! Files that are JSON, with values that one reader or another stumbles over.

use super::orchard::{edit, indented, text};
use super::{Hazard, OldReader};

/// Returns the files with bad or unknown values; well-formed JSON, all of them.
pub(super) fn hazards() -> Vec<Hazard> {
    let one_bad = |file, text: String, hazard, note| Hazard {
        file,
        bytes: text.into_bytes(),
        hazard,
        old_reader: OldReader::Refuses,
        whole: 2,
        quarantined: 1,
        note,
    };
    let kept = |file, text: String, hazard, whole, note| Hazard {
        file,
        bytes: text.into_bytes(),
        hazard,
        old_reader: OldReader::Reads,
        whole,
        quarantined: 0,
        note,
    };
    let three = text(&[1, 2, 3]);
    vec![
        one_bad(
            "wrong-type.json",
            edit(&three, "\"timeoutSeconds\": 602", "\"timeoutSeconds\": \"soon\""),
            "the second session's `timeoutSeconds` is `\"soon\"`",
            "the first and the third; the second as bytes, with the key named",
        ),
        one_bad(
            "missing-key.json",
            edit(&three, "    \"createdAt\": \"2025-11-12T08:30:01.125Z\",\n", ""),
            "the second session has no `createdAt`",
            "the first and the third; the second as bytes, with the key named",
        ),
        one_bad(
            "duplicate-keys.json",
            edit(&three, "\"timeoutSeconds\": 602", "\"timeoutSeconds\": 602,\n    \"status\": \"running\""),
            "the second session has `status` twice, with two values",
            "the first and the third; the second as bytes: which status is true cannot be told",
        ),
        Hazard {
            whole: 3,
            quarantined: 0,
            ..one_bad(
                "lone-surrogate.json",
                edit(&three, "を直す 🍎", "を直す \\ud83c"),
                "half an emoji, `\\ud83c` alone, in the second session's task",
                "all three; what is no text shows as U+FFFD and comes out again as it was",
            )
        },
        Hazard {
            whole: 1,
            quarantined: 5,
            ..one_bad(
                "out-of-range-numbers.json",
                out_of_range(),
                "numbers past the type's edge: 4294967296, -1, 1.5, 1e3, 18446744073709551616",
                "the last session; five as bytes, with the key named",
            )
        },
        one_bad(
            "null-elements.json",
            format!("[\n  {},\n  null,\n  42,\n  \"lost\",\n  [],\n  {}\n]", indented(1), indented(2)),
            "`null`, a number, a string and an array among the sessions",
            "both sessions; the three scalars in a row as one stretch of bytes; the empty array holds nothing",
        ),
        kept(
            "unknown-keys.json",
            unknown_keys(),
            "unknown keys at all three levels: objects in them, `1e400`, integers of 30 digits, a key twice, keys that only look known, half an emoji",
            2,
            "both, with every unknown key and its value to the letter; the old reader drops them",
        ),
        kept(
            "deep.json",
            edit(
                &text(&[1, 2]),
                "\"timeoutSeconds\": 601",
                &format!(
                    "\"timeoutSeconds\": 601,\n    \"trace\": {}{}",
                    "[".repeat(5_000),
                    "]".repeat(5_000)
                ),
            ),
            "5,000 arrays in each other under an unknown key",
            2,
            "both, and the unknown key to the letter; a recursive parser overflows or refuses",
        ),
    ]
}

fn out_of_range() -> String {
    let all = text(&[1, 2, 3, 4, 5, 6]);
    let edits = [
        ("\"timeoutSeconds\": 601", "\"timeoutSeconds\": 4294967296"),
        ("\"timeoutSeconds\": 602", "\"timeoutSeconds\": -1"),
        ("\"timeoutSeconds\": 603", "\"timeoutSeconds\": 1.5"),
        ("\"timeoutSeconds\": 604", "\"timeoutSeconds\": 1e3"),
        ("\"timeoutSeconds\": 605", "\"timeoutSeconds\": 605,\n    \"totalDuration\": 18446744073709551616"),
    ];
    let edited = edits.iter().fold(all, |text, (from, to)| edit(&text, from, to));
    // The fifth session's own duration makes way for the large one.
    let fifth = edited.find("18446744073709551616").expect("it was put there");
    let (before, after) = edited.split_at(fifth);
    [before, &after.replacen("    \"totalDuration\": 57,\n", "", 1)].concat()
}

fn unknown_keys() -> String {
    let session = "\"timeoutSeconds\": 601,\n    \"evaluation\": { \"score\": 0.1, \"by\": [\"tests\", null, true], \"exact\": 0.1000000000000000055511151231257827 },\n    \"integrationPhase\": \"merging\",\n    \"integrationInstanceId\": 2,\n    \"huge\": 1e400,\n    \"long\": 123456789012345678901234567890,\n    \"minusZero\": -0.0,\n    \"note\": 1,\n    \"note\": 2,\n    \"winner_id\": 9,\n    \"Status\": \"looks known\",\n    \"id \": \"trailing space\",\n    \"ｉｄ\": \"full width\",\n    \"\": \"no name\",\n    \"half\": \"\\ud83c\"";
    let instance = "\"linesAdded\": 21,\n        \"testsPassed\": 12,\n        \"testsFailed\": 0,\n        \"codeComplexity\": 3.75,\n        \"executionTime\": 57000,\n        \"env\": {\"PATH\":\"\\/usr\\/bin\",\"a\":{\"b\":{\"c\":[[[]]]}}}";
    let message = "\"role\": \"user\",\n        \"tokens\": 987654321098765432109876543210,\n        \"instance_id\": 1,\n        \"reactions\": [ \"👍\" , \"\\ud83d\\udc4d\" ]";
    let (first, second) = (indented(1), indented(2));
    let first = edit(&first, "\"timeoutSeconds\": 601", session);
    let first = edit(&first, "\"linesAdded\": 21", instance);
    let first = edit(&first, "\"role\": \"user\"", message);
    format!("[\n  {first},\n  {second}\n]")
}
