//! The methods: what the front end calls them, and what it hands over.

use jiff::Timestamp;
use retold::event::{
    ContextCompacted, HistoryRewound, SessionContextChanged, SessionLinked, StatusObserved, TitleChanged,
    ToolCalled, ToolReturned, UsageRecorded,
};
use retold::{Message, RawText, SearchFilter, Session, SessionFilter, Span};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::changes::{By, changes};
use super::faults::{
    BLANK_WORKSPACE, INSTANCE_NOT_FOUND, MALFORMED, MIRROR, OTHER_ORDER, PROTOCOL, SESSION_NOT_FOUND,
    TOO_LARGE,
};
use super::handshake;
use super::lists::{latest_events, list, mirror_status};
use super::message::{Fault, METHOD_NOT_FOUND, Request};
use super::parameter::{After, Key, Parameter, Sort, TextOrJson};
use super::reference::{Method, Param, names};
use super::search::search;
use super::served::Served;
use super::usage::{Sums, Zone, usage};

type Answer = Result<Box<RawValue>, Fault>;

/// Declares the methods: what they do, the parameters in the front end's spelling, what they answer, which errors they have
/// of their own, and how it is done.
macro_rules! methods {
    ($(
        $(#[doc = $about:literal])+
        $name:ident { $($(#[$attribute:meta])* $param:ident: $type:ty,)* }
            -> $answer:literal [$($fault:ident)*]
            |$history:ident| $done:expr;
    )*) => {
        /// The parameters of each method.
        mod params {
            $(pub(super) mod $name {
                #[allow(unused_imports, reason = "not every method needs every type")]
                use super::super::*;

                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase", deny_unknown_fields)]
                pub(in super::super) struct Params { $($(#[$attribute])* pub(in super::super) $param: $type,)* }
            })*
        }

        /// The methods, as the reference has them.
        pub(super) const METHODS: &[Method] = &[$(Method {
            name: stringify!($name),
            about: &[$($about),+],
            answer: $answer,
            faults: &[$(&$fault),*],
            params: || {
                let forms: &[(&'static str, bool)] =
                    &[$((<$type as Parameter>::FORM, <$type as Parameter>::IS_OPTIONAL)),*];
                let named = names::<params::$name::Params>().iter().zip(forms);
                named.map(|(name, (form, is_optional))| Param { name, form, is_optional: *is_optional }).collect()
            },
        }),*];

        /// Does what a call asks for.
        pub(super) fn call(history: &Served<'_>, request: &Request<'_>) -> Answer {
            match &*request.method {
                $(stringify!($name) => {
                    let params::$name::Params { $($param,)* } = request.params()?;
                    let $history = history;
                    answer($done)
                })*
                unknown => {
                    let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
                    Err(Fault::new(
                        METHOD_NOT_FOUND,
                        format!("method not found: {unknown}; there are {}", names.join(", ")),
                    ))
                }
            }
        }
    };
}

methods! {
    /// Opens the conversation: tells which versions of this protocol are spoken, and what this program and this store can do. A client
    /// that says which version it speaks is refused where that one is not spoken here. It may come at any time, and need not come.
    initialize { #[serde(default)] protocol_version: Option<u32>, }
        -> "`{\"protocolVersion\", \"program\": {\"name\", \"version\"}, \"store\": {\"log\", \"schema\", \"position\"}, \"methods\": [name, …], \
        \"events\": [name, …], \"capabilities\": {\"idempotencyKeys\", \"mirror\"}, \"limits\": {\"batchCalls\", \"nesting\", \
        \"bodyBytes\"}}`." [PROTOCOL]
        |history| handshake::handshake(history, protocol_version);
    /// Appends a session to the workspace's list, also where its id exists.
    create_session { workspace_path: String, session: Session, #[serde(default)] idempotency_key: Key, }
        -> "the session's document." [BLANK_WORKSPACE TOO_LARGE]
        |history| idempotency_key.of(history).create_session(&workspace_path, session);
    /// Makes the first session of the document's id what the document says. Messages and output that came after the document was
    /// read stay, unless `retold rpc` was started with `--literal`.
    update_session { workspace_path: String, session: Session, #[serde(default)] idempotency_key: Key, }
        -> "the session's document, as it is then." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE]
        |history| idempotency_key.of(history).update_session(&workspace_path, session);
    /// Returns the first session of this id.
    get_session { workspace_path: String, session_id: String, }
        -> "the session's document." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| history.get_session(&workspace_path, &session_id);
    /// Returns every session of the workspace, in the order of its list.
    get_all_sessions { workspace_path: String, }
        -> "an array of documents; an empty one for a blank path." []
        |history| history.get_all_sessions(&workspace_path);
    /// Removes every session of this id from the list; that there is none is not an error. Their events stay.
    delete_session { workspace_path: String, session_id: String, #[serde(default)] idempotency_key: Key, }
        -> "`null`." [BLANK_WORKSPACE]
        |history| idempotency_key.of(history).delete_session(&workspace_path, &session_id);
    /// Appends a message to the first session of this id, and sets its `updatedAt` to now.
    add_chat_message {
        workspace_path: String, session_id: String, message: Message, #[serde(default)] idempotency_key: Key,
    }
        -> "the session's document, as it is then." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE]
        |history| idempotency_key.of(history).add_chat_message(&workspace_path, &session_id, message);
    /// Appends a message to the first session of this id, and sets its `updatedAt` to now. It costs the message, not those so far.
    add_message {
        workspace_path: String, session_id: String, message: Message, #[serde(default)] idempotency_key: Key,
    }
        -> "`null`." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE]
        |history| idempotency_key.of(history).add_message(&workspace_path, &session_id, message).map(drop);
    /// Sets the status of the first instance of this number, and `updatedAt` to now.
    update_instance_status {
        workspace_path: String, session_id: String, instance_id: u32, new_status: String,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the session's document, as it is then." [BLANK_WORKSPACE SESSION_NOT_FOUND INSTANCE_NOT_FOUND]
        |history| idempotency_key.of(history)
        .update_instance_status(&workspace_path, &session_id, instance_id, &new_status);
    /// Appends to the output of the first instance of this number, and sets `updatedAt` to now. It costs the chunk, not the output
    /// so far.
    append_output {
        workspace_path: String, session_id: String, instance_id: u32, chunk: RawText,
        #[serde(default)] idempotency_key: Key,
    }
        -> "`null`." [BLANK_WORKSPACE SESSION_NOT_FOUND INSTANCE_NOT_FOUND TOO_LARGE]
        |history| idempotency_key.of(history)
        .append_output(&workspace_path, &session_id, instance_id, chunk).map(drop);
    /// Makes an instance the winner and archives the others; without an `instanceId` it takes the choice back.
    select_winner {
        workspace_path: String, session_id: String, instance_id: Option<u32>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the session's document, as it is then." [BLANK_WORKSPACE SESSION_NOT_FOUND INSTANCE_NOT_FOUND]
        |history| idempotency_key.of(history).select_winner(&workspace_path, &session_id, instance_id);
    /// Undoes the last delete of this id.
    restore_session { workspace_path: String, session_id: String, #[serde(default)] idempotency_key: Key, }
        -> "the document of the first session that is back." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| idempotency_key.of(history).restore_session(&workspace_path, &session_id);
    /// Records that an agent called a tool in the first session of this id. `kind` is a word of the Agent Client Protocol; `instanceId`
    /// is the agent, where it is not the session's own.
    call_tool {
        workspace_path: String, session_id: String, call: String, name: String, kind: String, input: TextOrJson,
        #[serde(default)] message: Option<String>, #[serde(default)] instance_id: Option<u32>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND INSTANCE_NOT_FOUND TOO_LARGE MALFORMED]
        |history| {
        let input = input.into_text();
        let called = ToolCalled { call, message, name, kind, instance_id, input, updated_at: None };
        idempotency_key.of(history).record(&workspace_path, &session_id, called)
    };
    /// Records that a tool returned; `outcome` is `ok`, `error`, `denied` or `cancelled`.
    return_tool {
        workspace_path: String, session_id: String, call: String, outcome: String, output: TextOrJson,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE MALFORMED]
        |history| {
        let returned = ToolReturned { call, outcome, output: output.into_text(), updated_at: None };
        idempotency_key.of(history).record(&workspace_path, &session_id, returned)
    };
    /// Records tokens that were used. `key` is what is counted once, the id of a response say: one that comes again replaces what was
    /// recorded with it. `input` leaves out what caches held; `cacheWrite1h` is the part of `cacheWrite` that is kept for an hour, `reasoning` a
    /// part of `output`; `cost` is what the tool itself
    /// says, in millionths of its unit.
    record_usage {
        workspace_path: String, session_id: String, key: String, model: String,
        input: u64, #[serde(default)] cache_read: Option<u64>, #[serde(default)] cache_write: Option<u64>,
        #[serde(default, rename = "cacheWrite1h")] cache_write_1h: Option<u64>,
        output: u64, #[serde(default)] reasoning: Option<u64>, #[serde(default)] cost: Option<i64>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND MALFORMED]
        |history| {
        let used = UsageRecorded {
            key,
            model,
            input,
            cache_read: cache_read.unwrap_or_default(),
            cache_write: cache_write.unwrap_or_default(),
            cache_write_1h,
            output,
            reasoning: reasoning.unwrap_or_default(),
            cost,
            hearsay: false,
        };
        idempotency_key.of(history).record(&workspace_path, &session_id, used)
    };
    /// Records that a summary replaced, for the model, what was said before: `messages` are the ids of what it no longer sees, none of
    /// them means all.
    compact_context {
        workspace_path: String, session_id: String, #[serde(default)] messages: Option<Vec<String>>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| {
        let compacted = ContextCompacted { messages: messages.unwrap_or_default(), updated_at: None };
        idempotency_key.of(history).record(&workspace_path, &session_id, compacted)
    };
    /// Records that a person went back: `messages` are the ids of what is no longer part of the conversation.
    rewind_history {
        workspace_path: String, session_id: String, messages: Vec<String>, #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| idempotency_key.of(history)
        .record(&workspace_path, &session_id, HistoryRewound { messages, updated_at: None });
    /// Gives the first session of this id another title.
    set_title {
        workspace_path: String, session_id: String, title: String, #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE]
        |history| idempotency_key.of(history)
        .record(&workspace_path, &session_id, TitleChanged { title, updated_at: None });
    /// Records where and by what the session is worked on. A list replaces what it was; what is absent stays. `details` is an object of
    /// what only the agent's tool has.
    set_context {
        workspace_path: String, session_id: String,
        #[serde(default)] cwds: Option<Vec<String>>, #[serde(default)] branches: Option<Vec<String>>,
        #[serde(default)] worktree: Option<String>, #[serde(default)] models: Option<Vec<String>>,
        #[serde(default)] versions: Option<Vec<String>>, #[serde(default)] files: Option<Vec<String>>,
        #[serde(default)] partial: Option<bool>, #[serde(default)] details: Option<TextOrJson>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND TOO_LARGE MALFORMED]
        |history| {
        let details = details.map(TextOrJson::into_string);
        let context =
            SessionContextChanged { cwds, branches, worktree, models, versions, files, partial, details };
        idempotency_key.of(history).record(&workspace_path, &session_id, context)
    };
    /// Records that the session comes from another one: `relation` is `subagent` or `fork`, `spawnedBy` the tool call that began it.
    link_session {
        workspace_path: String, session_id: String, relation: String, parent: String,
        #[serde(default)] spawned_by: Option<String>, #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND MALFORMED]
        |history| idempotency_key.of(history)
        .record(&workspace_path, &session_id, SessionLinked { relation, parent, spawned_by });
    /// Records a status that was found out; `inferred` says that nobody wrote it down.
    observe_status {
        workspace_path: String, session_id: String, status: String, #[serde(default)] inferred: Option<bool>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the event's position." [BLANK_WORKSPACE SESSION_NOT_FOUND MALFORMED]
        |history| {
        let observed =
            StatusObserved { status, inferred: inferred.unwrap_or_default(), updated_at: None };
        idempotency_key.of(history).record(&workspace_path, &session_id, observed)
    };
    /// Adds tags to the first session of this id, and removes others. Tags are beside its document.
    tag_session {
        workspace_path: String, session_id: String,
        #[serde(default)] add: Option<Vec<String>>, #[serde(default)] remove: Option<Vec<String>>,
        #[serde(default)] idempotency_key: Key,
    }
        -> "the session's document; its tags are in the rows of `list_sessions`." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| idempotency_key.of(history).tag_session(
            &workspace_path, &session_id, &add.unwrap_or_default(), &remove.unwrap_or_default(),
        );
    /// Lists sessions without their outputs and messages: those of one workspace, or of all. `text` is looked for in tasks, ids and
    /// agents' names.
    list_sessions {
        #[serde(default)] workspace_path: Option<String>,
        #[serde(default, rename = "type")] kind: Option<String>,
        #[serde(default)] status: Option<String>,
        #[serde(default)] text: Option<String>,
        #[serde(default)] tags: Option<Vec<String>>,
        #[serde(default)] created_from: Option<Timestamp>,
        #[serde(default)] created_before: Option<Timestamp>,
        #[serde(default)] updated_from: Option<Timestamp>,
        #[serde(default)] updated_before: Option<Timestamp>,
        #[serde(default)] sort: Option<Sort>,
        #[serde(default)] limit: Option<u32>,
        #[serde(default)] after: After,
    }
        -> "`{\"sessions\": [row, …], \"next\": cursor}`; `next` is `null` after the last page, and where there is no `limit`. A row has \
        `workspace` (its key), `path`, `id`, `ordinal`, `type`, `task`, `status`, `created_at`, `updated_at`, `completed_at`, \
        `winner_id`, `total_duration`, `total_files_changed`, `instance_count`, `message_count`, `latest_instance_status`, \
        `position`, `revision` and, as lists, `tags`, `cwds`, `branches`, `models`, `versions`
        and `files`." [BLANK_WORKSPACE OTHER_ORDER]
        |history| {
        let mut filter = SessionFilter::new();
        filter.status = status;
        filter.kind = kind;
        filter.created = Span { from: created_from, before: created_before };
        filter.updated = Span { from: updated_from, before: updated_before };
        filter.text = text;
        let tags = tags.unwrap_or_default().into_iter();
        filter.having = tags.map(|tag| (retold::Record::Tags, tag)).collect();
        filter.order = sort.unwrap_or_default().into();
        filter.after = after.0;
        filter.limit = limit;
        list(history, workspace_path.as_deref(), &filter)
    };
    /// Lists what changed in lists of sessions on the way from one moment to another, as `retold changes` does: of at most `limit`
    /// events, 1000 where nobody says and never of more than 10000. A later moment to an earlier one gives the same changes the other way
    /// round, so that applied in order they lead from the one to the other. Without `from` they begin with the log, without `to`
    /// they end with it; `retold help points` has the forms of both.
    changes {
        #[serde(default)] from: Option<String>, #[serde(default)] to: Option<String>,
        #[serde(default)] clock: Option<By>,
        #[serde(default)] limit: Option<u32>, #[serde(default)] after: Option<String>,
    }
        -> "`{\"as_of\": {\"position\", \"hash\"}, \"changes\": [change, …], \"next\": cursor}`; `next`, the `after` of the next window, is \
        `null` after the last one. A change has `position`, `happened_at`, `workspace` (its key), `id`, `ordinal`, `field`, `was` and `is`; \
        the field `exists` is 1 while there is the session." []
        |history| changes(history, [from, to], clock.unwrap_or_default(), limit, after);
    /// Tells of the events after a position, those that are there and those that come, from whatever process: each as a notification
    /// `{"jsonrpc": "2.0", "method": "event", "params": {"subscription", "workspace", "session_id", "ordinal", "event"}}`,
    /// between answers, in the order of the log, once. `event` is as `latest_events` has it. Without `after` they are the events that come. Nothing
    /// piles up: a client that does not read is not told more until it does, and gets no answers either. A client has at most 16
    /// subscriptions, which end with `unfollow` or with the input.
    follow {
        #[serde(default)] after: Option<u64>,
        #[serde(default)] workspace_path: Option<String>, #[serde(default)] session_id: Option<String>,
    }
        -> "`{\"subscription\": number, \"position\"}`; what comes is after `position`." []
        |history| history.followed.borrow_mut().follow(history, after, workspace_path.as_deref(), session_id);
    /// Ends a subscription: after the answer no more of its notifications come.
    unfollow { subscription: u32, }
        -> "`true`, or `false` where there is no such subscription." []
        |history| Ok::<_, Fault>(history.followed.borrow_mut().unfollow(subscription));
    /// Returns the last events of the first session of this id, at most `limit`, the newest first.
    latest_events { workspace_path: String, session_id: String, limit: u32, }
        -> "an array of `{\"position\", \"revision\", \"type\", \"recorded_at\", \"occurred_at\", \"body\"}`; `body` is `null` where it is erased." [BLANK_WORKSPACE SESSION_NOT_FOUND]
        |history| latest_events(history, &workspace_path, &session_id, limit);
    /// Sums up tokens and their cost: each response once, over all tools or one.
    usage {
        #[serde(default)] by: Sums,
        #[serde(default)] from: Option<Timestamp>,
        #[serde(default)] before: Option<Timestamp>,
        #[serde(default)] tool: Option<String>,
        #[serde(default)] time_zone: Zone,
    }
        -> "`{\"rows\": [row, …], \"total\": row}`. A row has `key` (what `by` says; `null`: not known), of sessions `tool` and `title`, \
        then `records`, `input`, `cache_read`, `cache_write`, `cache_write_1h`, `output`, `reasoning`, `cost` (millionths of a dollar; `null`: \
        not known), `cost_said_by_tools`, `records_without_cost`, `models`, `sessions`, `partial_sessions`." []
        |history| usage(history, by, [from, before], tool, time_zone);
    /// Searches the full text of messages, tasks, outputs, agents' names, and what tools were called with and returned, as
    /// `retold search` does: at most `limit` hits, 20 where nobody says, the best first. The index is brought up to date first.
    search {
        query: String,
        #[serde(default)] limit: Option<u32>,
        #[serde(default)] workspace_path: Option<String>,
        #[serde(default, rename = "in")] within: Option<Vec<String>>,
        #[serde(default)] tool: Option<String>,
        #[serde(default)] project: Option<String>,
        #[serde(default)] model: Option<String>,
        #[serde(default)] branch: Option<String>,
        #[serde(default)] tool_name: Option<String>,
        #[serde(default)] tool_kind: Option<String>,
    }
        -> "`{\"found\", \"facets\", \"hits\": [hit, …]}`. A hit has `position`, `revision`, `occurred_at`, `workspace`, `session_id`, `ordinal`, \
        `what` (`task`, `message`, `output`, `agent`, `call`, `result` or `path`), `role`, `agent`, `call_id`, `tool_name`, `tool_kind`, and \
        `snippet`: `[text, whether it was looked for]` pieces; `null` where an archive has it. `in` is any of `messages`, `calls`, `outputs`, \
        `paths`." []
        |history| {
        let mut filter = SearchFilter::new();
        (filter.tool, filter.project, filter.model, filter.branch) = (tool, project, model, branch);
        (filter.tool_name, filter.tool_kind) = (tool_name, tool_kind);
        search(history, &query, limit, workspace_path.as_deref(), within.unwrap_or_default(), filter)
    };
    /// Tells how the mirrored files compare with the log.
    mirror_status {}
        -> "`null` without a mirror, else `{\"position\", \"head\", \"error\", \"skipped\"}`: every change up to `position` is in the files, and \
        `head` is the end of the log." []
        |history| mirror_status(history);
    /// Writes what the mirrored files lack, now.
    flush_mirror {}
        -> "`null`." [MIRROR]
        |history| history.flush_mirror();
}

fn answer<T: Serialize>(done: Result<T, impl Into<Fault>>) -> Answer {
    let answer = done.map_err(Into::into)?;
    Ok(to_raw_value(&answer).expect("what a history answers has a form in JSON"))
}
