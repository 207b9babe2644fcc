//! What things are called in a conversation.

use retold_travel::conversation::Speaker;

use crate::styled::Tone;

/// Returns a number of tokens, for a person.
pub(crate) fn short(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{}.{}k", number / 1_000, number % 1_000 / 100),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}

/// Returns what an agent is called.
pub(crate) fn named(speaker: &Speaker) -> String {
    let nth = if speaker.nth > 1 { format!("~{}", speaker.nth) } else { String::new() };
    let name = match speaker.name.get(..8) {
        // As all ids are shown.
        Some(first) if speaker.name.len() == 36 && speaker.name.matches('-').count() == 4 => first,
        _ => &speaker.name,
    };
    match name {
        "" => format!("#{}{nth}", speaker.number),
        name => format!("#{}{nth} {name}", speaker.number),
    }
}

/// Returns a status as what happened.
pub(crate) fn status_in_words(status: &str) -> String {
    match status {
        "running" => "is running".to_owned(),
        "open" => "is open".to_owned(),
        "completed" | "failed" => status.to_owned(),
        "interrupted" => "was interrupted".to_owned(),
        "idle" | "pending" | "paused" | "waiting" => format!("is {status}"),
        other => format!("is {other:?}"),
    }
}

/// Returns what a status is.
pub(crate) fn tone_of_status(status: &str) -> Tone {
    match status {
        "completed" | "ok" => Tone::Good,
        "failed" | "error" => Tone::Bad,
        "interrupted" | "cancelled" | "denied" => Tone::Warning,
        "running" => Tone::Tool,
        _ => Tone::Aside,
    }
}
