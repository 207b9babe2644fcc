//! What differs between two moments, and who wrote what.

use retold_core::Revision;
use retold_present::changes::{self, Style};
use retold_present::long_text::is_short;
use retold_present::printable;
use retold_present::roster::Roll;
use retold_travel::{Authors, Path, diff as differences};
use serde_json::{Value, json};

use super::session::begin;
use crate::answer::{Answer, truncated};
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Lines of an answer.
const LINES_MAX: u64 = 4000;
/// Places of an answer.
const PLACES_MAX: u64 = 2000;

pub(crate) fn diff(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let (old, base) = match asked.query.point("base")? {
        None => {
            let base = opened.position_of(Revision::ZERO.plus(opened.revision.get() - 1))?;
            (opened.timeline.at(base)?, base)
        }
        Some(point) => {
            let found = opened.found.clone();
            let reader = opened.timeline.reader();
            let base = site.resolver(reader, Some(&found)).resolve_or_before(&point)?;
            (opened.timeline.at_resolved(&base)?, base.head.position)
        }
    };
    let new = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let base = opened.timeline.revision_at(base)?;
    let answer = begin(&mut opened)?.with("base", base.get());
    let connection = opened.timeline.reader().connection();
    let patches = differences(old.state.as_ref(), new.state.as_ref(), connection)?;
    let mut roll = Roll::of(old.state.as_ref());
    let (mut rows, mut lines) = (Vec::new(), 0);
    for patch in &patches {
        let place = roll.follow(patch);
        let mut text = String::new();
        if is_short(patch) {
            let style = Style { indent: "", columns: None, colour: false };
            changes::write(&mut text, patch, &place, connection, style)?;
        } else {
            text =
                format!("~ {}: {}, too long to be compared here", printable(&place), changes::written(patch));
        }
        let told: Vec<&str> = text.lines().collect();
        lines += told.len() as u64;
        rows.push(json!({ "place": place, "path": patch.path.to_string(), "op": patch.change.name(), "lines": told }));
        if lines > LINES_MAX {
            return Ok(answer.with_rows(rows).with("limit", truncated(LINES_MAX)));
        }
    }
    Ok(answer.with_rows(rows))
}

pub(crate) fn blame(site: &Site, asked: &Asked) -> Result<Answer, Problem> {
    let mut opened = site.open(asked)?;
    let frame = opened.timeline.at_resolved(&opened.as_of.resolved())?;
    let answer = begin(&mut opened)?;
    let Some(state) = frame.state else { return Ok(answer.with_rows(Vec::new())) };
    let path = asked.query.path("path")?.unwrap_or(Path::Whole);
    let is_one = matches!(path, Path::Own(_) | Path::Field(..));
    let roll = Roll::of(Some(&state));
    let (mut authors, mut rows) = (Authors::default(), Vec::new());
    let reader = opened.timeline.reader();
    for blamed in state.blame(&path) {
        if !is_one && state.was_never_set(&blamed.path) {
            continue;
        }
        if rows.len() as u64 >= PLACES_MAX {
            return Ok(answer.with_rows(rows).with("limit", truncated(PLACES_MAX)));
        }
        let Some(value) = state.value(&blamed.path) else { continue };
        let author = authors.get(reader, blamed.position)?;
        rows.push(json!({
            "path": blamed.path.to_string(),
            "place": roll.path(&blamed.path),
            "value": changes::short(&value),
            "position": author.position.get(),
            "revision": author.revision.get(),
            "occurred_at": author.occurred_at,
            "kind": author.kind.name(),
            "origin": author.origin().map(retold_core::Origin::name),
        }));
    }
    if rows.is_empty() && is_one {
        let (path, position) = (path.to_string(), opened.as_of.position);
        return Err(retold_travel::Error::NoSuchPlace { stream: opened.found.name, path, position }.into());
    }
    Ok(answer.with_rows(rows).with("path", Value::from(path.to_string())))
}
