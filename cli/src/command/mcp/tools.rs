//! The tools, and what they take.

use serde_json::{Map, Value, json};

use super::ask::Ask;

/// A tool.
pub(super) struct Declared {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) takes: &'static [Argument],
    pub(super) call: fn(&Ask, &Map<String, Value>) -> Result<Value, String>,
}

/// What a tool takes: its name, its type, whether it must be there, and what it means.
pub(super) type Argument = (&'static str, Type, bool, &'static str);

/// The type of an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
}

use Type::{Number, Text};

/// A longer argument is none.
const TEXT_MAX: usize = 4096;

const TOOL: Argument = (
    "tool",
    Text,
    false,
    "only sessions of this tool: claude, codex, gemini, copilot, opencode, vibe-kanban",
);
const SINCE: Argument =
    ("since", Text, false, "not before this time: 2026-08-01, 2026-08-01T09:00:00Z, yesterday, 3d-ago");
const UNTIL: Argument = ("until", Text, false, "before this time");
const LIMIT: Argument = ("limit", Number, false, "at most so many, 50 at most");

pub(super) const TOOLS: &[Declared] = &[
    Declared {
        name: "search_sessions",
        about: "Search recorded sessions, full text: what was said, and what tools were called with and returned. Words, \"a phrase\", \
            begin*, -without. Returns passages with their session and position; read_session with around_position shows what was around one.",
        takes: &[
            ("query", Text, true, "what to look for"),
            TOOL,
            ("session", Text, false, "only in this session"),
            ("project", Text, false, "only sessions of this project: its name, or a folder of it"),
            (
                "in",
                Text,
                false,
                "only in: messages, calls, outputs, paths (files that calls name); more than one with commas",
            ),
            ("tool_name", Text, false, "only calls of the tool of this name, such as Bash"),
            ("limit", Number, false, "at most so many, 50 at most"),
        ],
        call: Ask::search,
    },
    Declared {
        name: "list_sessions",
        about: "List recorded sessions, the last updated first, with title, status, folders, branches and models.",
        takes: &[
            TOOL,
            ("project", Text, false, "only sessions of this project: its name, or a folder of it"),
            SINCE,
            UNTIL,
            ("cursor", Text, false, "where the page before this one ended: its `next`"),
            LIMIT,
        ],
        call: Ask::list,
    },
    Declared {
        name: "read_session",
        about: "Read one session as a conversation, a page at a time: messages, thoughts, calls of tools and what they returned. \
            Without `after` the last page; `after: 0` is the first. Long texts are cut; `text_bytes` says how long they may be.",
        takes: &[
            ("session", Text, true, "its id, or a beginning of it that no other has"),
            ("after", Number, false, "the page after this revision: `next` of a page"),
            ("before", Number, false, "the page up to this revision: `previous` of a page"),
            ("around_position", Number, false, "the page with this event"),
            ("text_bytes", Number, false, "how much of each text, 16000 at most; 1500 otherwise"),
        ],
        call: Ask::read,
    },
    Declared {
        name: "what_happened",
        about: "Tell what happened at a moment, in all sessions: the events of the minutes before and after it, in order.",
        takes: &[
            ("at", Text, true, "the moment: 2026-08-03 09:15, 2026-08-03T09:15:00Z, yesterday 17:30, 2h-ago"),
            ("minutes", Number, false, "so many before and after it, 1440 at most; 5 otherwise"),
            LIMIT,
        ],
        call: Ask::happened,
    },
    Declared {
        name: "usage",
        about: "Sum up the tokens that recorded sessions used, each response counted once.",
        takes: &[
            ("by", Text, false, "day, week, month, project, session, model, tool or agent; model otherwise"),
            SINCE,
            UNTIL,
            LIMIT,
        ],
        call: Ask::usage,
    },
];

/// Returns what a tool takes, as a schema.
pub(super) fn schema(tool: &Declared) -> Map<String, Value> {
    let mut properties = Map::new();
    for (name, kind, _, about) in tool.takes {
        let kind =
            if *kind == Text { json!({"type": "string"}) } else { json!({"type": "integer", "minimum": 0}) };
        let mut property = kind;
        property["description"] = (*about).into();
        properties.insert((*name).to_owned(), property);
    }
    let required: Vec<&str> = tool.takes.iter().filter(|taken| taken.2).map(|taken| taken.0).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    schema.insert("required".to_owned(), required.into());
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

/// Says what is wrong with arguments.
pub(super) fn check(tool: &Declared, arguments: &Map<String, Value>) -> Result<(), String> {
    let names: Vec<&str> = tool.takes.iter().map(|taken| taken.0).collect();
    for (name, value) in arguments {
        let Some((_, kind, ..)) = tool.takes.iter().find(|taken| taken.0 == name) else {
            return Err(format!(
                "{}: there is no argument {name:.80}; it takes {}",
                tool.name,
                names.join(", ")
            ));
        };
        let is_right = match kind {
            _ if value.is_null() => true,
            Text => value.as_str().is_some_and(|text| text.len() <= TEXT_MAX),
            Number => value.as_u64().is_some(),
        };
        if !is_right {
            let wanted = if *kind == Text { "a text of at most 4096 bytes" } else { "a whole number from 0" };
            return Err(format!("{}: {name} is {wanted}", tool.name));
        }
    }
    let missing = tool
        .takes
        .iter()
        .find(|(name, _, is_required, _)| *is_required && arguments.get(*name).is_none_or(Value::is_null));
    match missing {
        Some((name, _, _, about)) => Err(format!("{}: {name} is missing: {about}", tool.name)),
        None => Ok(()),
    }
}
