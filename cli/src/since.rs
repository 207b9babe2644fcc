//! `--since` and `--until`: a range, option by option.

use jiff::Timestamp;
use retold_core::{Clock, Reader};
use retold_travel::{Point, Range};

use crate::context::Context;
use crate::failure::Failure;

/// Where a range begins and ends; the same as `SINCE..UNTIL`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Since {
    /// Only what came after this point: a date, a time, or another; see `retold help points`
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    pub(crate) since: Option<Point>,
    /// Only what came up to this point, inclusive
    #[arg(long, value_name = "POINT", allow_hyphen_values = true)]
    pub(crate) until: Option<Point>,
}

impl Since {
    /// Returns the range that was given, by the options or as `A..B`; `None` where there is neither.
    ///
    /// # Errors
    /// Where it was given in both ways, or has two ends.
    pub(crate) fn range(
        &self,
        context: &Context<'_>,
        given: Option<Range>,
    ) -> Result<Option<Range>, Failure> {
        let Self { since, until } = self;
        if since.is_none() && until.is_none() {
            return Ok(given);
        }
        if let Some(range) = given {
            let option = if since.is_some() { "--since" } else { "--until" };
            return Err(Failure::usage(format!("range {range}: {option} is given as well"))
                .hint("`--since A --until B` is the range A..B: write one of the two"));
        }
        if until.is_some() && context.global.at.is_some() {
            return Err(Failure::usage("--until: --at is given as well, and each is where the answer ends")
                .hint("write one of the two"));
        }
        Ok(Some(Range { after: since.clone(), to: until.clone() }))
    }
}

/// Returns the times that a range lies between, of which no log has to be asked.
///
/// # Errors
/// Where a point is not a time by itself.
#[cfg(feature = "team")]
pub(crate) fn instants(
    act: &str,
    range: Option<&Range>,
    context: &Context<'_>,
) -> Result<[Option<Timestamp>; 2], Failure> {
    let mut times = [None, None];
    let Some(range) = range else { return Ok(times) };
    for (time, point) in times.iter_mut().zip([&range.after, &range.to]) {
        let Some(point) = point else { continue };
        let instant = point.time((context.io.clock)(), &context.zone())?;
        *time = Some(instant.ok_or_else(|| {
            Failure::usage(format!(
                "{act}: {point} is not a time, and a team's server answers for times alone"
            ))
            .hint("a day is named by its date: --since 2025-11-07")
        })?);
    }
    Ok(times)
}

/// Returns the times that a range lies between, for `act`, by when things happened; and says what its points came to.
///
/// # Errors
/// Where a point is not a time by when things happened.
pub(crate) fn times(
    context: &mut Context<'_>,
    reader: &Reader<'_>,
    range: &Range,
    act: &str,
) -> Result<[Option<Timestamp>; 2], Failure> {
    let mut times = [None, None];
    for (time, point) in times.iter_mut().zip([&range.after, &range.to]) {
        let Some(point) = point else { continue };
        let resolved = context.resolver(reader, None).resolve_moment_or_before(point)?;
        context.note_point(point, &resolved.said);
        let Some((Clock::Occurred, at)) = resolved.time else {
            return Err(Failure::usage(format!("{act}: {point} is not a time by when things happened"))
                .hint("a day is named by its date: --since 2025-11-07"));
        };
        *time = Some(at);
    }
    Ok(times)
}
