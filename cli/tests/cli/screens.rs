//! What a person sees of every list and view, on terminals of 40, 80 and 160 columns, plain and in colour.

use unicode_width::UnicodeWidthStr;

use crate::support::{Place, environment};

const WIDTHS: [usize; 3] = [40, 80, 160];

/// A name, and the arguments that show it.
const SCREENS: [(&str, &[&str]); 15] = [
    ("sessions", &["sessions"]),
    ("show", &["show", "301c46a4"]),
    ("show_agents", &["show", "9374b3cf"]),
    ("log", &["log", "301c46a4", "-n", "12"]),
    ("sql", &["sql", "select id, status, task, cwds from sessions order by id limit 6"]),
    ("metrics", &["metrics"]),
    ("metrics_by_month", &["metrics", "--by", "month"]),
    ("usage", &["usage"]),
    ("usage_by_session", &["usage", "--by", "session"]),
    ("stats", &["stats", "--top", "2"]),
    ("operations", &["operations"]),
    ("sources", &["sources"]),
    ("search", &["search", "retries"]),
    ("help", &["--help"]),
    ("help_commands", &["help", "commands"]),
];

/// A place of a test's own: what another one asks at the same time may fill files beside the store, whose sizes are shown.
fn place() -> Place {
    let place = Place::with_transcripts();
    for projection in ["metrics", "transcripts", "search"] {
        place.piped(&["projections", "catch-up", projection, "-q"]);
    }
    place
}

fn seen(place: &Place, args: &[&str], columns: usize, has_colour: bool) -> String {
    let answer = place.run(args, |io| {
        io.out_is_terminal = true;
        io.columns = columns;
        let colour = if has_colour { ("CLICOLOR_FORCE", "1") } else { ("NO_COLOR", "1") };
        io.environment = environment(&[colour, ("PAGER", "cat"), ("TERM", "xterm-256color")]);
    });
    let shown =
        if answer.err.is_empty() { answer.out } else { format!("{}[stderr]\n{}", answer.out, answer.err) };
    shown.replace('\x1b', "␛")
}

/// A text without what sets colours, which was made visible.
fn plain(text: &str) -> String {
    let mut parts = text.split("␛[");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest));
    trimmed(&text)
}

/// A text without spaces at the ends of lines: where a colour ends after them they stay.
fn trimmed(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn every_screen_is_as_it_was_looked_at() {
    let place = place();
    for (name, args) in SCREENS {
        let mut all = String::new();
        for columns in WIDTHS {
            let shown = seen(&place, args, columns, false);
            assert!(!shown.contains('␛'), "{name}: colour where none is wanted\n{shown}");
            let coloured = seen(&place, args, columns, true);
            for (one, other) in plain(&coloured).lines().zip(trimmed(&shown).lines()) {
                assert_eq!(one, other, "{name} at {columns} columns: colour changes what is said");
            }
            all.push_str(&format!("{columns} columns\n\n{shown}\n"));
            if columns == 80 {
                all.push_str(&format!("{columns} columns, in colour\n\n{coloured}\n"));
            }
        }
        // Ids of operations are random, and sizes are different from one release of SQLite or of the codec to the next.
        let filters: &[(&str, &str)] = match name {
            "operations" => &[(r"\b[0-9a-f]{16}\b", "[an operation's]")],
            "stats" => {
                &[(r"(?m)(\d+ B|\d+\.\d [KMG]iB)$", "[bytes]"), (r"(?m)^(file|table|dictionary) .*\n", "")]
            }
            _ => &[],
        };
        insta::with_settings!({ filters => filters.to_vec() }, { insta::assert_snapshot!(name, all) });
    }
}

#[test]
fn no_row_of_a_screen_is_wider_than_the_terminal() {
    let place = place();
    for (name, args) in SCREENS {
        for columns in [40, 60, 80, 120, 160] {
            let shown = seen(&place, args, columns, false);
            let out = shown.split("[stderr]").next().unwrap_or_default();
            // Help is written for 80 columns.
            let most = if name.starts_with("help") { columns.max(80) } else { columns };
            for line in out.lines() {
                assert!(line.width() <= most, "{name} at {columns} columns: {line:?}");
            }
        }
    }
}
