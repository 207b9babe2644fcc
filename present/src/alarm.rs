//! Which events tell of an error.

use retold_core::{Event, Text};

/// Words by which a text tells of an error.
const ERROR_WORDS: [&str; 4] = ["error:", "panicked at", "fatal:", "traceback (most recent call last)"];
/// Parts of a status that tell of one.
const ERROR_STATUSES: [&str; 4] = ["fail", "error", "timeout", "crash"];

/// Whether an event tells of an error in what of it is at hand: a status that says so, or a text.
pub fn is_error(event: &Event) -> bool {
    match event {
        Event::SessionStatusChanged(body) => is_error_status(&body.status),
        Event::InstanceStatusChanged(body) => is_error_status(&body.status),
        event => event.long_text().and_then(Text::as_str).is_some_and(|text| {
            let text = text.to_lowercase();
            ERROR_WORDS.iter().any(|words| text.contains(words))
        }),
    }
}

/// The sign of a status that tells of a failure: `!`, and `⊘` where a session was broken off; `None` for one that tells of none.
pub fn trouble_sign(status: &str) -> Option<char> {
    match status {
        "interrupted" => Some('⊘'),
        status => is_error_status(status).then_some('!'),
    }
}

/// Whether a status tells of an error.
pub fn is_error_status(status: &str) -> bool {
    let status = status.to_lowercase();
    ERROR_STATUSES.iter().any(|part| status.contains(part))
}
