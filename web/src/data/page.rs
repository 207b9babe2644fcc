//! What the server is, and what belongs to the whole store.

use retold_travel::marks;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::problem::Problem;
use crate::site::{Asked, Site};

/// Marks that are given.
const MARKS_MAX: usize = 500;

pub(crate) fn page(site: &Site, _asked: &Asked) -> Result<Answer, Problem> {
    let reader = site.reader()?;
    let marks = marks(&reader)?;
    let rows = marks.iter().take(MARKS_MAX).map(|mark| {
        json!({ "name": mark.name, "position": mark.head.position.get(), "created_at": mark.created_at })
    });
    let mut answer = Answer::of(&reader.head()?.into(), &reader)?
        .with("writes", site.writes.is_some())
        .with("marks", rows.collect::<Vec<Value>>());
    // Marks are beside the log: its end does not tell of them.
    let newest = marks.iter().map(|mark| mark.created_at).max().unwrap_or_default();
    answer.basis = format!("{}-{}-{newest}-{}", answer.basis, marks.len(), site.writes.is_some());
    Ok(answer)
}
