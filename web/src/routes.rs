//! The routes: one table, from which requests are answered, docs/WEB.md and `/openapi.json` are made.

use crate::data;
use crate::query::decoded;
use crate::site::Asked;

/// The addresses of pages: each begins with the same file, and reads its data from the address with `.json` at the end.
pub(crate) const PAGES: &[(&str, &str)] = &[
    ("/", "the sessions"),
    ("/sessions", "the sessions"),
    ("/board", "the sessions by status"),
    ("/search", "where words are in messages, tasks, outputs, and what tools were called with"),
    ("/metrics", "figures, tokens and what they cost"),
    ("/compare", "two sessions side by side"),
    ("/sources", "the files that history came from"),
    ("/s/{session}", "one session"),
];

pub(crate) const ROUTES: &[Route] = &[
    Route {
        path: "/sessions.json",
        about: "sessions, and how many there are by status and type",
        parameters: &[
            AT,
            CLOCK,
            on("status", Kind::Text, "only those of this status"),
            on("type", Kind::Text, "only those of this type"),
            on("workspace", Kind::Text, "only those of the workspace with this key"),
            on("tag", Kind::Text, "only those with this tag"),
            on("q", Kind::Text, "only those with this in their task, id or an agent's name"),
            on("sort", Kind::Choice(data::sessions::SORTS), "the order; else updated"),
            N,
            on("after", Kind::Text, "the next page: the `next` of the one before"),
        ],
        answer: data::sessions::list,
    },
    Route {
        path: "/sessions/changes.json",
        about: "what changes in the list from one moment to another, reversible, event by event",
        parameters: &[
            on("from", Kind::Point, "the moment that the list is known of"),
            on("to", Kind::Point, "the moment that is wanted"),
            CLOCK,
            on("n", Kind::Number { max: 5000 }, "at most this many events"),
            on("after", Kind::Text, "the next window: the `next` of the one before"),
        ],
        answer: data::sessions::changes,
    },
    Route {
        path: "/sessions/standings.json",
        about: "the status of sessions, and since when each has had it: `since` is in microseconds since 1970",
        parameters: &[
            AT,
            CLOCK,
            required("streams", Kind::Text, "the `stream` of each session, separated by commas: 200 at most"),
        ],
        answer: data::standings::standings,
    },
    Route {
        path: "/search.json",
        about: "where words are, the best hits first, and how many of them have each value of what they have in common",
        parameters: &[
            required("q", Kind::Text, "words, \"a phrase\", begin*, -without"),
            on("session", Kind::Text, "only in this session"),
            on("workspace", Kind::Text, "only in the workspace with this key"),
            on("type", Kind::Text, "only in sessions of this type"),
            on("status", Kind::Text, "only in sessions of this status"),
            on("tag", Kind::Text, "only in sessions with this tag"),
            on(
                "in",
                Kind::Choice(&["messages", "calls", "outputs", "paths"]),
                "only in that part of what sessions say",
            ),
            on("what", Kind::Choice(data::search::WHATS), "only in such texts"),
            on("tool", Kind::Text, "only in sessions of this tool: claude, codex, …, ait42"),
            on("project", Kind::Text, "only in sessions of this project: its name, or a folder of it"),
            on("model", Kind::Text, "only in sessions in which a model responded that has this in its name"),
            on("branch", Kind::Text, "only in sessions that worked on this branch"),
            on("tool_name", Kind::Text, "only calls of the tool of this name"),
            on("tool_kind", Kind::Text, "only calls of this kind: read, edit, execute, …"),
            on("role", Kind::Text, "only in messages of this role"),
            on("agent", Kind::Text, "only what this agent said"),
            on("n", Kind::Number { max: 500 }, "at most this many hits; else 50"),
        ],
        answer: data::search::search,
    },
    Route {
        path: "/metrics.json",
        about: "figures of sessions summed up: `columns`, and a list a row; days are those on which things happened, with `clock=recorded` those on which the log got them",
        parameters: &[AT, CLOCK, on("by", Kind::Choice(data::sums::METRICS_BY), "by what; else day")],
        answer: data::sums::metrics,
    },
    Route {
        path: "/usage.json",
        about: "tokens and what they cost at list prices, in millionths of a dollar",
        parameters: &[
            AT,
            CLOCK,
            on("by", Kind::Choice(data::sums::USAGE_BY), "by what; else day"),
            on("tool", Kind::Text, "only of this tool"),
        ],
        answer: data::sums::usage,
    },
    Route {
        path: "/sources.json",
        about: "the files that history came from, excluded ones only counted",
        parameters: &[on("tool", Kind::Text, "only of this tool")],
        answer: data::sums::sources,
    },
    Route {
        path: "/compare.json",
        about: "two sessions, their messages paired by what they say, and where they part",
        parameters: &[
            AT,
            required("a", Kind::Text, "the first session"),
            required("b", Kind::Text, "the second"),
        ],
        answer: data::pair::compare,
    },
    Route {
        path: "/moments.json",
        about: "when the events of the whole log happened, thinned out",
        parameters: &[N],
        answer: data::moments::moments,
    },
    Route {
        path: "/resolve.json",
        about: "what a point comes to",
        parameters: &[
            required("point", Kind::Point, "the point"),
            on("session", Kind::Text, "the session that it is of, where it is of one"),
        ],
        answer: data::moments::resolve,
    },
    Route {
        path: "/s/{session}.json",
        about: "a session: its fields, its instances, how many events and messages it has",
        parameters: &[AT],
        answer: data::session::head,
    },
    Route {
        path: "/s/{session}/tiles/{number}.json",
        about: "4,096 events as columns without any text: kind, time, flags, instance, bytes",
        parameters: &[on(
            "view",
            Kind::Text,
            "the `as_of.view` that it is of: a full tile may then be kept for good",
        )],
        answer: data::tiles::tile,
    },
    Route {
        path: "/s/{session}/events.json",
        about: "events in a line each",
        parameters: &[
            on("from", Kind::Number { max: REVISION_MAX }, "from this revision on; else the first"),
            N,
        ],
        answer: data::events::events,
    },
    Route {
        path: "/s/{session}/events/{number}.json",
        about: "the event of this revision, as it was recorded",
        parameters: &[],
        answer: data::events::event,
    },
    Route {
        path: "/s/{session}/patches.json",
        about: "what events did to the session, with what was there before: applied or undone they lead from state to state",
        parameters: &[
            AFTER,
            on("to", Kind::Number { max: REVISION_MAX }, "up to this revision; else as far as it goes"),
        ],
        answer: data::patches::patches,
    },
    Route {
        path: "/s/{session}/messages.json",
        about: "messages, each with the revision that it came with",
        parameters: &[
            AT,
            on("from", Kind::Number { max: REVISION_MAX }, "from this index on; else the first"),
            N,
        ],
        answer: data::session::messages,
    },
    Route {
        path: "/s/{session}/conversation.json",
        about: "the session as a conversation: turns of what was said, called and returned, with tokens, and changes of files line by line",
        parameters: &[
            AT,
            on("before", Kind::Number { max: REVISION_MAX }, "the last turns up to this revision"),
            on("after", Kind::Number { max: REVISION_MAX }, "the first turns after this revision"),
            on("n", Kind::Number { max: 50 }, "at most this many turns; else 20"),
        ],
        answer: data::conversation::conversation,
    },
    Route {
        path: "/s/{session}/files.json",
        about: "the files that calls changed, change by change, as their arguments say it",
        parameters: &[AT, AFTER, on("n", Kind::Number { max: 5000 }, "at most this many calls; else 500")],
        answer: data::files::files,
    },
    Route {
        path: "/s/{session}/texts/{number}.json",
        about: "the long text of the event at this position: a message, the arguments of a call, a result",
        parameters: &[on("bytes", Kind::Number { max: 1 << 20 }, "at most this many bytes; else 1,048,576")],
        answer: data::conversation::text,
    },
    Route {
        path: "/s/{session}/output/{number}.json",
        about: "the output of the instance with this index, or a range of its bytes",
        parameters: &[
            AT,
            on(
                "from",
                Kind::Number { max: REVISION_MAX },
                "from this byte on; else the last that are given at once",
            ),
            on("bytes", Kind::Number { max: 1 << 20 }, "at most this many bytes; else 65,536"),
        ],
        answer: data::output::output,
    },
    Route {
        path: "/s/{session}/diff.json",
        about: "what differs between two moments, place by place",
        parameters: &[AT, on("base", Kind::Point, "the moment to compare with; else right before")],
        answer: data::compare::diff,
    },
    Route {
        path: "/s/{session}/blame.json",
        about: "who last wrote what",
        parameters: &[
            AT,
            on(
                "path",
                Kind::Path,
                "only within this place, such as status, instances/2 or chatHistory/17/content",
            ),
        ],
        answer: data::compare::blame,
    },
    Route {
        path: "/s/{session}/trace.json",
        about: "where the value of an SQL expression over the session changes, as `retold trace` has it",
        parameters: &[AT, required("of", Kind::Text, "the expression: status, message_count > 10"), AFTER, N],
        answer: data::trace::trace,
    },
    Route {
        path: "/s/{session}/verify.json",
        about: "how far the log is verified against its hashes since the server began, up to the session's end, and what is wrong",
        parameters: &[on(
            "read",
            Kind::Choice(&["on", "again"]),
            "read on for at most a tenth of a second, from where it was left or again from the beginning; else nothing is read",
        )],
        answer: data::verify::verify,
    },
    Route {
        path: "/s/{session}/export.json",
        about: "the session as one HTML file, secrets masked: `file` is its text, `bytes` how long it is, `left_out` how many events say less in it",
        parameters: &[
            AT,
            on("without", Kind::Text, "what is left out: outputs, results, thoughts, separated by commas"),
        ],
        answer: crate::export::file,
    },
    Route {
        path: "/page.json",
        about: "what this server is: whether it takes changes, and the marks there are",
        parameters: &[],
        answer: data::page::page,
    },
    Route {
        path: "/openapi.json",
        about: "this table, as OpenAPI has it",
        parameters: &[],
        answer: |_, _| Ok(crate::answer::plain(openapi())),
    },
];

/// What an address leads to.
pub(crate) enum Found {
    Page,
    Action(&'static Action, Asked),
    Data(&'static Route, Asked),
    Nothing,
}

/// Finds what a path of an address leads to. Its parts are taken apart before they are decoded: an escaped slash or dot is a
/// character of a name.
pub(crate) fn find(path: &str) -> Found {
    if PAGES.iter().any(|(page, _)| fits(page, path).is_some()) && !path.ends_with(".json") {
        return Found::Page;
    }
    for route in ROUTES {
        if let Some(asked) = fits(route.path, path) {
            return Found::Data(route, asked);
        }
    }
    for action in ACTIONS {
        if let Some(asked) = fits(action.path, path) {
            return Found::Action(action, asked);
        }
    }
    Found::Nothing
}

fn fits(template: &str, path: &str) -> Option<Asked> {
    let mut asked = Asked::default();
    let (mut wanted, mut there) = (template.split('/'), path.split('/'));
    loop {
        let (part, text) = match (wanted.next(), there.next()) {
            (None, None) => return Some(asked),
            (Some(part), Some(text)) => (part, text),
            _ => return None,
        };
        let (name, ending) = part.strip_suffix(".json").map_or((part, ""), |name| (name, ".json"));
        let text = text.strip_suffix(ending)?;
        match name {
            "{session}" => asked.session = decoded(text, false).filter(|name| !name.is_empty())?,
            "{number}" => {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                asked.number = is_number
                    .then(|| text.parse().ok())
                    .flatten()
                    .filter(|number| *number <= REVISION_MAX)?;
            }
            name if name == text => {}
            _ => return None,
        }
    }
}

/// Returns the tables of docs/WEB.md: pages, and data with what each address takes.
pub fn reference() -> String {
    let mut page = String::from("| page | shows |\n|---|---|\n");
    for (path, about) in PAGES {
        page.push_str(&format!("| `{path}` | {about} |\n"));
    }
    page.push_str("\n| data | gives | takes |\n|---|---|---|\n");
    for route in ROUTES {
        let told = |known: &Parameter| {
            let always = if known.is_required { " (required)" } else { "" };
            format!("`{}`{always} {}", known.name, known.about)
        };
        let takes: Vec<String> = route.parameters.iter().map(told).collect();
        page.push_str(&format!("| `{}` | {} | {} |\n", route.path, route.about, takes.join("; ")));
    }
    page.push_str("\n| change, by `POST` | does | takes |\n|---|---|---|\n");
    for action in ACTIONS {
        let told = |field: &Field| {
            let always = if field.is_required { " (required)" } else { "" };
            format!("`{}`{always} {}", field.name, field.about)
        };
        let takes: Vec<String> = action.fields.iter().map(told).collect();
        page.push_str(&format!("| `{}` | {} | {} |\n", action.path, action.about, takes.join("; ")));
    }
    page
}

mod actions;
mod openapi;
mod parameter;

use parameter::{AFTER, AT, CLOCK, N, REVISION_MAX, on, required};

pub(crate) use actions::{ACTIONS, Action, Field, Holds};
pub use openapi::openapi;
pub(crate) use parameter::{Kind, Parameter, Route};

#[cfg(test)]
mod tests;
