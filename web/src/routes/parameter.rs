//! What a route is, and what addresses take.

use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// An address that gives data.
pub(crate) struct Route {
    /// `{session}` stands for a session's name with its slashes escaped, `{number}` for a number.
    pub(crate) path: &'static str,
    pub(crate) about: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) answer: fn(&Site, &Asked) -> Result<Answer, Problem>,
}

/// What an address takes after `?`.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
    /// Whether there is no answer without it.
    pub(crate) is_required: bool,
}

/// What a parameter may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Point,
    Path,
    Number { max: u64 },
    Choice(&'static [&'static str]),
}

pub(super) const fn on(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, about, is_required: false }
}

pub(super) const fn required(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, kind, about, is_required: true }
}

pub(super) const AT: Parameter =
    on("at", Kind::Point, "as of a point: 1234, r7, head-3, yesterday, mark:NAME; else the head");
pub(super) const N: Parameter = on("n", Kind::Number { max: 1000 }, "at most this many rows");
pub(super) const CLOCK: Parameter = on(
    "clock",
    Kind::Choice(&["occurred", "recorded"]),
    "what a time means: when things happened, or when the log got them; else as `retold ui` was begun",
);
pub(super) const REVISION_MAX: u64 = 1 << 48;
pub(super) const AFTER: Parameter =
    on("from", Kind::Number { max: REVISION_MAX }, "after this revision; else from the beginning");
