//! Clients that are told of new events.

use retold::{LogEvent, Position, SessionHistory, Subscription};
use serde::Serialize;

use super::answers::Answers;
use super::lists::Event;
use super::message::{Fault, INVALID_PARAMS};
use crate::failure::Failure;

/// Subscriptions that a client may have at once.
const SUBSCRIPTIONS_MAX: usize = 16;
/// Events that a subscription tells of before the next call is looked at.
const EVENTS_AT_ONCE: usize = 100;

/// The name of the notification.
pub(super) const NOTIFICATION: &str = "event";

/// The subscriptions of a client.
#[derive(Default)]
pub(super) struct Followed {
    subscriptions: Vec<Follower>,
    last: u32,
}

/// One of them.
struct Follower {
    id: u32,
    workspace: Option<String>,
    session: Option<String>,
    events: Subscription,
}

/// What a client is told when it begins to follow.
#[derive(Serialize)]
pub(super) struct Begun {
    subscription: u32,
    /// After which events come.
    position: Position,
}

#[derive(Serialize)]
struct Notification<'a> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    subscription: u32,
    workspace: &'a str,
    session_id: &'a str,
    ordinal: u32,
    event: Event,
}

impl Followed {
    /// Begins to tell of the events after a position, of one workspace or of all, of one session's id or of all.
    pub(super) fn follow(
        &mut self,
        history: &SessionHistory,
        after: Option<u64>,
        workspace_path: Option<&str>,
        session: Option<String>,
    ) -> Result<Begun, Fault> {
        if self.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            let message =
                format!("invalid params: there are {SUBSCRIPTIONS_MAX} subscriptions: `unfollow` one");
            return Err(Fault::new(INVALID_PARAMS, message));
        }
        let position = match after {
            None => history.head()?,
            Some(after) => Position::new(after).ok_or_else(|| {
                Fault::new(INVALID_PARAMS, format!("invalid params: after: no log has a position {after}"))
            })?,
        };
        self.last += 1;
        let (id, events) = (self.last, history.subscribe(position));
        let workspace = workspace_path.map(retold_core::workspace_key);
        self.subscriptions.push(Follower { id, workspace, session, events });
        Ok(Begun { subscription: id, position })
    }

    /// Ends a subscription; returns whether there was one.
    pub(super) fn unfollow(&mut self, id: u32) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions.retain(|one| one.id != id);
        self.subscriptions.len() < before
    }

    /// Whether somebody follows.
    pub(super) fn is_any(&self) -> bool {
        !self.subscriptions.is_empty()
    }

    /// Tells of some of the events that are there; returns whether there may be more. Nothing is kept in memory but the page of
    /// the log that is being told of: where nobody reads, it waits as an answer does.
    pub(super) fn tell(&mut self, answers: &Answers) -> Result<bool, Failure> {
        let mut is_more = false;
        for Follower { id, workspace, session, events } in &mut self.subscriptions {
            let mut told = 0;
            while told < EVENTS_AT_ONCE
                && let Some(event) = events.next_within(std::time::Duration::ZERO)?
            {
                told += 1;
                let is_of = |wanted: &Option<String>, known: &str| {
                    wanted.as_ref().is_none_or(|wanted| wanted == known)
                };
                if is_of(workspace, &event.session.workspace) && is_of(session, &event.session.session_id) {
                    answers.write(line(*id, event))?;
                }
            }
            is_more |= told == EVENTS_AT_ONCE;
        }
        Ok(is_more)
    }
}

fn line(subscription: u32, event: LogEvent) -> String {
    let name = event.session.clone();
    let notification = Notification {
        jsonrpc: "2.0",
        method: NOTIFICATION,
        params: Told {
            subscription,
            workspace: &name.workspace,
            session_id: &name.session_id,
            ordinal: name.ordinal,
            event: event.into(),
        },
    };
    let text = serde_json::to_string(&notification).expect("an event has a form in JSON");
    crate::output::harmless(text) + "\n"
}
