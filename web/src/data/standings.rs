//! Since when sessions have stood as they do.

use retold_core::StreamId;
use serde_json::json;

use super::sessions::past;
use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Sessions of one request: more than a screen has cards.
const SESSIONS_MAX: usize = 200;

pub(crate) fn standings(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let streams = streams(asked.query.text("streams").unwrap_or_default())?;
    let reader = site.reader()?;
    let as_of = site.moment(&reader, asked)?;
    let moment = as_of.moment;
    let past = past(site, moment, |store, progress| store.temporal(moment, progress))?;
    let standings = past.standings(&streams)?;
    let rows = standings.iter().map(
        |standing| json!({ "stream": standing.stream.get(), "status": standing.status, "since": standing.since }),
    );
    Ok(Answer::of(&as_of.limited_to(past.as_of()), &reader)?.with_rows(rows.collect()))
}

fn streams(text: &str) -> Result<Vec<StreamId>, Problem> {
    let streams: Option<Vec<StreamId>> = text
        .split(',')
        .map(|number| number.parse().ok().filter(|number| *number > 0).map(StreamId::of_number))
        .collect();
    let streams = streams.ok_or_else(|| {
        Problem::bad("parameter streams: it is not numbers of sessions").hint("such as streams=1,2,15")
    })?;
    if streams.len() > SESSIONS_MAX {
        return Err(Problem::bad(format!("parameter streams: it names more than {SESSIONS_MAX} sessions")));
    }
    Ok(streams)
}
