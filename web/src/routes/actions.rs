//! What can be changed, where that is allowed: a table like that of the routes.

use retold::SessionHistory;

use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};
use crate::write::{self, Given};

/// An address that changes something, by `POST`.
pub(crate) struct Action {
    /// As a route has it.
    pub(crate) path: &'static str,
    pub(crate) about: &'static str,
    /// What the body holds.
    pub(crate) fields: &'static [Field],
    pub(crate) act: fn(&Site, &SessionHistory, &Asked, &Given) -> Result<Answer, Problem>,
}

/// A key of a body.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
    pub(crate) about: &'static str,
    pub(crate) is_required: bool,
}

/// What a key of a body may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Holds {
    Text,
    Texts,
    Number { max: u64 },
    NumberOrNull { max: u64 },
    Flag,
}

const fn field(name: &'static str, holds: Holds, about: &'static str) -> Field {
    Field { name, holds, about, is_required: true }
}

const fn maybe(name: &'static str, holds: Holds, about: &'static str) -> Field {
    Field { name, holds, about, is_required: false }
}

const REVISION: Holds = Holds::Number { max: super::REVISION_MAX };
/// Times, in microseconds since 1970: what numbers of a page hold exactly.
const HAPPENED: Field = maybe(
    "happened",
    Holds::Number { max: 1 << 53 },
    "the time by which things had happened, in microseconds since 1970, where the moment is that: what was corrected later of what had happened by then counts too",
);
const EXPECT: Field = field(
    "expect",
    REVISION,
    "the last revision of the session that was seen: where it is another by now, nothing changes",
);

pub(crate) const ACTIONS: &[Action] = &[
    Action {
        path: "/s/{session}/status",
        about: "sets the status; `completedAt` too, where that ends the session",
        fields: &[EXPECT, field("status", Holds::Text, "the status")],
        act: write::status,
    },
    Action {
        path: "/s/{session}/winner",
        about: "makes an instance the winner and archives the others",
        fields: &[
            EXPECT,
            field(
                "instance",
                Holds::NumberOrNull { max: u32::MAX as u64 },
                "the number of the instance; null takes the choice back",
            ),
        ],
        act: write::winner,
    },
    Action {
        path: "/s/{session}/tags",
        about: "adds and removes tags",
        fields: &[
            EXPECT,
            maybe("add", Holds::Texts, "tags to add"),
            maybe("remove", Holds::Texts, "tags to remove"),
        ],
        act: write::tags,
    },
    Action {
        path: "/s/{session}/revert",
        about: "makes of the session what it was after an event, by appending",
        fields: &[EXPECT, field("to", REVISION, "the revision"), HAPPENED],
        act: write::revert,
    },
    Action {
        path: "/s/{session}/fork",
        about: "begins a session that has the history of this one up to an event",
        fields: &[
            field("at", REVISION, "the revision: what comes after it is not in the fork"),
            HAPPENED,
            maybe("id", Holds::Text, "the id of the new session; else a random one"),
        ],
        act: write::fork,
    },
    Action {
        path: "/marks",
        about: "names a moment, or takes a name away",
        fields: &[
            field("name", Holds::Text, "the name: letters, digits, _, . and -"),
            maybe("position", REVISION, "the position of the moment; else the end of the log"),
            maybe("delete", Holds::Flag, "take the name away: the moment stays"),
        ],
        act: write::mark,
    },
    Action {
        path: "/undo",
        about: "takes an operation back, by appending",
        fields: &[field("operation", Holds::Text, "its id, as the answer to a change has it")],
        act: write::undo,
    },
];
