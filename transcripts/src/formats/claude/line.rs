//! The fields of a record of Claude Code.

use std::borrow::Cow;

use super::sessions::ID_MAX;
use crate::raw::Raw;

/// A record's fields, as far as they are of interest. Those that are large are looked at once, here.
pub(super) struct Line<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) uuid: Option<Cow<'a, str>>,
    pub(super) parent: Option<Cow<'a, str>>,
    pub(super) session: Option<Cow<'a, str>>,
    /// The session that it says it was copied from.
    pub(super) copied_from: Option<Cow<'a, str>>,
    pub(super) is_background: bool,
    pub(super) is_side_chain: bool,
    pub(super) at: Option<i64>,
    pub(super) cwd: Option<Cow<'a, str>>,
    pub(super) branch: Option<Cow<'a, str>>,
    pub(super) version: Option<Cow<'a, str>>,
    pub(super) message: Option<Raw<'a>>,
    pub(super) content: Option<Raw<'a>>,
    pub(super) subtype: Option<Raw<'a>>,
    pub(super) is_meta: bool,
    pub(super) is_summary: bool,
    pub(super) is_api_error: bool,
    pub(super) origin: Option<Cow<'a, str>>,
    /// The result of a tool once more, in its structure.
    pub(super) twin: Option<Raw<'a>>,
    pub(super) is_denied: bool,
    pub(super) agent: Option<Cow<'a, str>>,
    pub(super) data: Option<Raw<'a>>,
    pub(super) parent_call: Option<Cow<'a, str>>,
    pub(super) attachment: Option<Raw<'a>>,
    pub(super) cost: Option<i64>,
}

/// A record that says whose it is, and nothing else that is of interest before it is read.
pub(super) const OWNER: [&str; 6] = ["type", "uuid", "sessionId", "forkedFrom", "sessionKind", "isSidechain"];

impl<'a> Line<'a> {
    /// Returns a record's fields.
    pub(super) fn of(raw: Raw<'a>) -> Self {
        const NAMES: [&str; 25] = [
            "type",
            "uuid",
            "sessionId",
            "forkedFrom",
            "sessionKind",
            "isSidechain",
            "timestamp",
            "cwd",
            "gitBranch",
            "version",
            "parentUuid",
            "message",
            "content",
            "subtype",
            "isMeta",
            "isCompactSummary",
            "isApiErrorMessage",
            "origin",
            "toolUseResult",
            "toolDenialKind",
            "agentId",
            "data",
            "parentToolUseID",
            "attachment",
            "costUSD",
        ];
        Self::with(raw.fields(&NAMES))
    }

    /// Returns those that say whose a record is.
    pub(super) fn owner_of(raw: Raw<'a>) -> Self {
        let mut fields = [None; 25];
        fields[..OWNER.len()].copy_from_slice(&raw.fields(&OWNER));
        Self::with(fields)
    }

    fn with(fields: [Option<Raw<'a>>; 25]) -> Self {
        let [
            kind,
            uuid,
            session,
            forked,
            session_kind,
            side_chain,
            time,
            cwd,
            branch,
            version,
            parent,
            rest @ ..,
        ] = fields;
        let [
            message,
            content,
            subtype,
            meta,
            summary,
            api_error,
            origin,
            twin,
            denial,
            agent,
            data,
            call,
            attachment,
            cost,
        ] = rest;
        let is = |field: Option<Raw<'_>>| field.is_some_and(Raw::is_true);
        let session = session.and_then(name);
        let copied_from = forked.and_then(|forked| forked.field("sessionId")).and_then(name);
        Self {
            kind: kind.and_then(Raw::text).unwrap_or_default(),
            uuid: uuid.and_then(name),
            parent: parent.and_then(name),
            copied_from: copied_from.filter(|from| Some(from) != session.as_ref()),
            session,
            is_background: session_kind.and_then(Raw::text).as_deref() == Some("bg"),
            is_side_chain: is(side_chain),
            at: time.and_then(Raw::time),
            cwd: cwd.and_then(long_name),
            branch: branch.and_then(name),
            version: version.and_then(name),
            message,
            content,
            subtype,
            is_meta: is(meta),
            is_summary: is(summary),
            is_api_error: is(api_error),
            origin: origin.and_then(|origin| origin.field("kind")).and_then(name),
            twin,
            is_denied: denial.is_some_and(|denial| !denial.is_null()),
            agent: agent.and_then(name),
            data,
            parent_call: call.and_then(name),
            attachment,
            cost: cost.and_then(Raw::millionths),
        }
    }
}

/// Returns a text that may be an id.
pub(super) fn name(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty() && text.len() <= ID_MAX)
}

/// Returns a text that may be a path or a title.
pub(super) fn long_name(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    raw.text().filter(|text| !text.is_empty() && text.len() <= 16 * ID_MAX)
}
