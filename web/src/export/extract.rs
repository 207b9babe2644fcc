//! What a file of [`Export`](super::Export) holds, given back.

use retold_present::Failure;
use serde_json::Value;

use super::FORMAT;
use super::html::{BEGIN, END};

/// Returns the events that a file holds, each as it was recorded, but for the secrets that were masked. Nothing of the file is run.
///
/// # Errors
/// Where the text is no such file, or one of a later release.
pub fn extract(text: &str) -> Result<Vec<Value>, Failure> {
    let refuse = |why: &str| {
        Failure::usage(format!("extract: {why}"))
            .hint("`retold export --format html SESSION FILE` writes one")
    };
    let begin = text.find(BEGIN).ok_or_else(|| refuse("the file holds no session of retold"))? + BEGIN.len();
    let end = text[begin..].find(END).ok_or_else(|| refuse("the file is cut off"))? + begin;
    let data: Value = serde_json::from_str(&text[begin..end])
        .map_err(|error| refuse(&format!("the file's data is not JSON: {error}")))?;
    if data["format"] != FORMAT {
        return Err(refuse("the file is of another release"));
    }
    match data.get("events") {
        Some(Value::Array(events)) => Ok(events.clone()),
        _ => Err(refuse("the file holds no events")),
    }
}
