//! Lengths of time as people type them.

/// Reads a length of time such as `500ms`, `30s`, `5min` or `7d`; a day has 24 hours.
pub(crate) fn duration(text: &str) -> Option<std::time::Duration> {
    let span: jiff::Span = text.parse().ok()?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let seconds = span.total((jiff::Unit::Second, days)).ok()?;
    std::time::Duration::try_from_secs_f64(seconds).ok()
}
