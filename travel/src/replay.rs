//! A session told again, with the pauses that there were.

use std::time::Duration;

use retold_core::Recorded;

/// How fast a session is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How many times faster than it happened; infinite for no pause at all.
    pub speed: f64,
    /// No pause is longer, once it is sped up.
    pub idle_max: Duration,
}

impl Pace {
    /// Returns how long to wait before `next`, when `last` was just told: the time between the two, sped up, and no
    /// longer than `idle_max`. Nothing where time ran backwards.
    pub fn pause(&self, last: &Recorded, next: &Recorded) -> Duration {
        self.between(last.occurred_at, next.occurred_at)
    }

    /// Does the same for two events of which only the times are known, in microseconds.
    pub fn between(&self, last_micros: i64, next_micros: i64) -> Duration {
        let micros = next_micros.saturating_sub(last_micros);
        let Ok(micros) = u64::try_from(micros) else { return Duration::ZERO };
        if !self.speed.is_finite() || self.speed <= 0.0 {
            return Duration::ZERO;
        }
        let seconds = Duration::from_micros(micros).as_secs_f64() / self.speed;
        Duration::try_from_secs_f64(seconds).unwrap_or(self.idle_max).min(self.idle_max)
    }
}
