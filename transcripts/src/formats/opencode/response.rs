//! What a message means by itself, without its parts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::row::Message;
use crate::{Fact, Role, Status, Tokens, What};

/// What was said of a message.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) role: Option<Role>,
    pub(super) is_copy: bool,
    pub(super) is_summary: bool,
    pub(super) is_completed: bool,
    pub(super) has_error: bool,
    pub(super) is_compaction_told: bool,
    /// How many texts of it were said.
    pub(super) texts: u32,
    pub(super) used: Option<(Tokens, Option<i64>)>,
    pub(super) model: Option<String>,
    pub(super) created: Option<i64>,
}

pub(super) fn say(each: &mut dyn FnMut(Fact), session: &str, at: Option<i64>, what: What) {
    each(Fact { session: session.to_owned(), at, agent: None, what });
}

/// How a session stands whose last message this is.
pub(super) fn status(message: &Message<'_>, answer: &Answer) -> Status {
    let error = message.data.object("error");
    match error.as_ref().map(|error| error.text("name")) {
        Some(Some(name)) if name == "MessageAbortedError" => Status::Interrupted,
        Some(_) => Status::Failed,
        None if answer.role == Some(Role::Assistant) && answer.is_completed => Status::Completed,
        None => Status::Open,
    }
}

pub(super) fn response(message: &Message<'_>, answer: &mut Answer, is_new: bool, each: &mut dyn FnMut(Fact)) {
    let (session, data) = (&*message.session, message.data);
    let (created, completed) = (message.time("created"), message.time("completed"));
    let model = data.text("modelID").or_else(|| data.object("model")?.text("modelID"));
    answer.model = model.map(Cow::into_owned).filter(|model| !model.is_empty());
    let id = || message.id.clone().into_owned();
    if is_new {
        say(each, session, created, What::Responded { id: id(), model: answer.model.clone() });
    }
    let used = (message.tokens().unwrap_or_default(), message.cost().filter(|cost| *cost != 0));
    let is_nothing = used == (Tokens::default(), None);
    if answer.used != Some(used) && !(is_nothing && answer.used.is_none()) {
        answer.used = Some(used);
        let what = What::Used {
            key: id(),
            is_hearsay: false,
            model: answer.model.clone().unwrap_or_else(|| "unknown".to_owned()),
            tokens: used.0,
            cost: used.1,
        };
        say(each, session, completed.or(created), what);
    }
    let error = data.object("error");
    if answer.is_summary && answer.is_completed && error.is_none() && !answer.is_compaction_told {
        answer.is_compaction_told = true;
        say(each, session, created, What::Compacted { dropped: Vec::new() });
    }
    if let Some(error) = error.filter(|_| !answer.has_error) {
        answer.has_error = true;
        let text = error.object("data").and_then(|data| data.text("message"));
        let is_abort = error.text("name").is_some_and(|name| name == "MessageAbortedError");
        if let Some(text) = text.filter(|text| !text.is_empty() && !is_abort) {
            let said = What::Spoke { id: id(), role: Role::System, text: text.into_owned(), model: None };
            say(each, session, completed.or(created), said);
        }
    }
}
