//! Changes that somebody makes on the page. Each is decided inside the transaction that writes it, and made once for each key.

use retold::{Edit, Seen, SessionHistory};
use retold_core::{Error as LogError, Operation, Position, Revision, time};
use retold_projections::{Found, Happenings, find};
use retold_travel::{Error, MarkName, Moment, fork_once, operation_at, revert_seen, undo_once, unmark};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::data::name_of;
use crate::problem::Problem;
use crate::routes::{Action, Field, Holds};
use crate::site::{Asked, Site};

/// The longest text of a body, the longest key, and how many texts a list may have.
const TEXT_MAX: usize = 256;
const KEY_MAX: usize = 128;
const TEXTS_MAX: usize = 100;
/// A session that gets one of these statuses is over.
const OVER: [&str; 5] = ["completed", "done", "failed", "error", "cancelled"];

/// What a request holds, as its action declares it.
#[derive(Debug)]
pub(crate) struct Given {
    body: Map<String, Value>,
    /// The request's key, with which it is made once.
    key: String,
}

impl Given {
    /// Reads a body.
    ///
    /// # Errors
    /// Where it lacks something, holds something else, or there is no key.
    pub(crate) fn of(action: &Action, body: Value, key: Option<&str>) -> Result<Self, Problem> {
        let names: Vec<&str> = action.fields.iter().map(|field| field.name).collect();
        let accepted = format!("accepted: {}", names.join(", "));
        let Value::Object(body) = body else {
            return Err(Problem::bad("the body is not a JSON object").hint(accepted));
        };
        if body.keys().any(|name| !names.contains(&name.as_str())) {
            return Err(Problem::bad("the body has a key that this address does not take").hint(accepted));
        }
        for field in action.fields {
            field.check(body.get(field.name))?;
        }
        let is_key = |key: &&str| !key.trim().is_empty() && key.len() <= KEY_MAX;
        let missing = || {
            Problem::bad(format!("a change has a header `Idempotency-Key` of up to {KEY_MAX} bytes"))
                .hint("draw one at random for each change; the same one again changes nothing more")
        };
        // Keys of the page are not those of applications.
        let key = format!("page {}", key.filter(is_key).ok_or_else(missing)?);
        Ok(Self { body, key })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(Value::as_u64)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let all = self.body.get(name).and_then(Value::as_array);
        all.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn revision(&self, name: &str) -> Revision {
        Revision::ZERO.plus(self.number(name).unwrap_or_default())
    }
}

impl Field {
    fn check(&self, value: Option<&Value>) -> Result<(), Problem> {
        let is_text = |value: &Value| value.as_str().is_some_and(|text| text.len() <= TEXT_MAX);
        let Some(value) = value else {
            return match self.is_required {
                true => Err(Problem::bad(format!("the body lacks {}: {}", self.name, self.about))),
                false => Ok(()),
            };
        };
        let (is_right, accepted) = match self.holds {
            Holds::Text => {
                let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
                (is_text(value) && !is_blank, format!("a text of up to {TEXT_MAX} bytes"))
            }
            Holds::Texts => {
                let all = value.as_array();
                let is_right = all.is_some_and(|all| all.len() <= TEXTS_MAX && all.iter().all(is_text));
                (is_right, format!("a list of up to {TEXTS_MAX} texts"))
            }
            Holds::Number { max } => {
                (value.as_u64().is_some_and(|number| number <= max), format!("a number up to {max}"))
            }
            Holds::NumberOrNull { max } => {
                let is_right = value.is_null() || value.as_u64().is_some_and(|number| number <= max);
                (is_right, format!("a number up to {max}, or null"))
            }
            Holds::Flag => (value.is_boolean(), "true or false".to_owned()),
        };
        match is_right {
            true => Ok(()),
            false => Err(Problem::bad(format!("{}: accepted is {accepted}", self.name))),
        }
    }
}

/// The operation of a change, called as the command line calls it.
fn operation(kind: &str, found: &Found) -> Operation {
    let name = retold_present::session::full(&found.name);
    let (by, page) = retold_present::BY_PAGE;
    Operation::new(kind).argument("session", name).argument(by, page)
}

fn edit(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
    kind: &str,
    edit: Edit,
) -> Result<Answer, Problem> {
    let found = find(&site.reader()?, &asked.session)?;
    let seen = Seen { session: found.name.clone(), revision: given.revision("expect") };
    match history.edit(&seen, edit, Some(given.key.clone()), operation(kind, &found)) {
        Ok(edited) => told(site, &found, edited.last),
        Err(retold::Error::Store(error)) => Err(refused(site, &found, given, error)),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn status(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let status = given.text("status").unwrap_or_default().trim().to_owned();
    let ends = OVER.contains(&status.as_str());
    edit(site, history, asked, given, "set_status", Edit::Status { status, ends })
}

pub(crate) fn winner(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let instance = given.number("instance").and_then(|number| u32::try_from(number).ok());
    edit(site, history, asked, given, "select_winner", Edit::Winner(instance))
}

pub(crate) fn tags(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let (add, remove) = (given.texts("add"), given.texts("remove"));
    let refused =
        |error: retold_core::NotATag| Problem::bad(format!("{:?} is not a tag: {}", error.tag, error.reason));
    retold_core::event::TagsChanged::of(&[], &add, &[]).map_err(refused)?;
    edit(site, history, asked, given, "tag", Edit::Tags { add, remove })
}

pub(crate) fn revert(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let (found, to, named) = moment_of(site, asked, given, "to")?;
    let operation = operation("revert", &found).argument("to", named);
    let log = history.store().log().during(operation);
    match revert_seen(&log, found.stream, to, given.revision("expect"), &given.key) {
        Ok(reverted) => told(site, &found, reverted.appended.map(|appended| appended.last)),
        Err(Error::Log(error)) => Err(refused(site, &found, given, error)),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn fork(
    site: &Site,
    history: &SessionHistory,
    asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let (found, at, named) = moment_of(site, asked, given, "at")?;
    let log = history.store().log().during(operation("fork", &found).argument("at", named));
    match fork_once(&log, found.stream, at, given.text("id"), &given.key) {
        Ok(forked) => {
            let made = find(&site.store.log().reader()?, &retold_present::session::full(&forked.stream))?;
            Ok(told(site, &made, Some(forked.appended.last))?
                .with("redacted", forked.redacted)
                .with("corrections", forked.corrections))
        }
        Err(error @ Error::IdTaken { .. }) => {
            Err(Problem::new(hyper::StatusCode::CONFLICT, error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn mark(
    site: &Site,
    history: &SessionHistory,
    _asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let log = history.store().log();
    let name = given.text("name").unwrap_or_default();
    let name: MarkName =
        name.parse().map_err(|error: retold_travel::NotAMarkName| Problem::bad(error.to_string()))?;
    let reader = log.reader()?;
    if given.body.get("delete").and_then(Value::as_bool) == Some(true) {
        match unmark(log, name.as_str()) {
            // It was taken away by the same request before, or by somebody else: it is so already.
            Ok(()) | Err(Error::NoMark { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        return Ok(Answer::of(&reader.head()?.into(), &reader)?
            .with("mark", name.as_str())
            .with("is_deleted", true));
    }
    let head = reader.head()?;
    let position = given.number("position").map_or(head.position, |number| Position::ZERO.plus(number));
    let at = match position == head.position {
        true => head,
        false => {
            site.resolver(&reader, None)
                .resolve(
                    &position.to_string().parse().map_err(|_| Problem::bad("position: there is no such"))?,
                )?
                .head
        }
    };
    match retold_travel::mark(log, &name, at, time::to_micros((site.now)()), false) {
        Ok(()) => {}
        Err(Error::MarkExists { position: there, .. }) if there == at.position => {}
        Err(Error::MarkExists { name, position }) => {
            let now = json!({ "position": position.get() });
            return Err(Problem::conflict(
                format!("there is a mark {name} already, at position {position}"),
                now,
            )
            .hint("take another name, or take that one away first"));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Answer::of(&head.into(), &reader)?.with("mark", name.as_str()).with("position", at.position.get()))
}

pub(crate) fn undo(
    site: &Site,
    history: &SessionHistory,
    _asked: &Asked,
    given: &Given,
) -> Result<Answer, Problem> {
    let undone = undo_once(history.store().log(), given.text("operation").unwrap_or_default(), &given.key)?;
    let reader = site.reader()?;
    let last = undone.appended.map(|appended| appended.last);
    Ok(Answer::of(&reader.head()?.into(), &reader)?
        .with("undone", json!({ "id": undone.of.name.to_string(), "kind": undone.of.kind }))
        .with("operation", operation_of(&reader, last)?))
}

/// Finds a session and the moment that a change goes back to, and how that is called: after one of its events, or where that is said,
/// by when things happened.
fn moment_of(
    site: &Site,
    asked: &Asked,
    given: &Given,
    name: &str,
) -> Result<(Found, Moment, String), Problem> {
    let revision = given.revision(name);
    let (found, position) = event_of(site, asked, revision)?;
    let Some(happened) = given.number("happened") else {
        return Ok((found, position.into(), format!("r{revision}")));
    };
    let at = i64::try_from(happened).ok().and_then(time::from_micros);
    let at = at.ok_or_else(|| Problem::bad("happened: it is not a time"))?;
    let moment = Moment::Occurred(time::to_micros(at));
    if Happenings::of(&site.reader()?).stream_at(found.stream, moment)? != position {
        let message = format!("happened: r{revision} is not the last event that had happened by {at}");
        return Err(Problem::bad(message).hint("leave it away: then the revision alone counts"));
    }
    Ok((found, moment, at.to_string()))
}

/// Finds a session and the position of one of its events.
fn event_of(site: &Site, asked: &Asked, revision: Revision) -> Result<(Found, Position), Problem> {
    let reader = site.reader()?;
    let found = find(&reader, &asked.session)?;
    let missing = || {
        let message = format!("{}: it has no event r{revision}", found.name);
        Problem::new(hyper::StatusCode::NOT_FOUND, message)
    };
    let position = reader.position_of(found.stream, revision)?.ok_or_else(missing)?;
    Ok((found, position))
}

/// Says what a change came to: which session, at which revision, and which operation takes it back.
fn told(site: &Site, found: &Found, last: Option<Position>) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    Ok(Answer::of(&reader.head()?.into(), &reader)?
        .with("session", name_of(&found.name))
        .with("revision", reader.revision(found.stream)?.get())
        .with("operation", operation_of(&reader, last)?))
}

/// Returns the operation that wrote a position; null for none.
fn operation_of(reader: &retold_core::Reader<'_>, last: Option<Position>) -> Result<Value, Problem> {
    let performed = last.map(|last| operation_at(reader, last)).transpose()?.flatten();
    Ok(performed.map_or(Value::Null, |performed| {
        json!({ "id": performed.name.to_string(), "kind": performed.kind, "events": performed.events, "position": performed.last.get() })
    }))
}

/// Says why the log refused a change; where others were faster, what there is now.
fn refused(site: &Site, found: &Found, given: &Given, error: LogError) -> Problem {
    let LogError::Conflict { found: now, .. } = error else { return error.into() };
    let last = site.reader().and_then(|reader| {
        let position = reader.position_of(found.stream, now)?;
        operation_of(&reader, position)
    });
    let by = last.ok().and_then(|operation| operation["kind"].as_str().map(str::to_owned));
    let by = by.map_or_else(String::new, |kind| format!(", the last time by {kind}"));
    let message = format!(
        "{} was changed meanwhile{by}: you saw r{}, it is at r{now}",
        retold_present::session::short(&found.name),
        given.revision("expect")
    );
    Problem::conflict(message, json!({ "revision": now.get() }))
        .hint("nothing was changed; look at it as it is now, and ask again")
}
