//! How much a token may ask for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use retold_team::token::TokenId;

/// How many tokens are remembered; beyond, those that have not asked for a while are forgotten.
const TOKENS_MAX: usize = 10_000;

/// How much a token may ask for, on average, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Requests a second.
    pub requests: f64,
    /// Bytes of bodies a second.
    pub bytes: f64,
    /// How many seconds of both may be asked for at once.
    pub burst: f64,
}

/// What tokens have left.
pub(crate) struct Rates {
    rate: Rate,
    left: Mutex<HashMap<TokenId, Left>>,
}

#[derive(Clone, Copy)]
struct Left {
    requests: f64,
    bytes: f64,
    at: Instant,
}

impl Left {
    fn spend(&mut self, bytes: u64) {
        // A body is at most some hundred megabytes.
        self.bytes -= u32::try_from(bytes).map_or(f64::from(u32::MAX), f64::from);
    }
}

impl Rates {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, left: Mutex::default() }
    }

    /// Takes a request of so many bytes, also one that is more than a token may ask for at once, which is then waited for afterwards.
    ///
    /// # Errors
    /// After how long to ask again.
    pub(crate) fn take(&self, id: TokenId, bytes: u64, now: Instant) -> Result<(), Duration> {
        let Rate { requests, bytes: per_second, burst } = self.rate;
        let mut all = self.left.lock();
        if all.len() >= TOKENS_MAX {
            all.retain(|_, left| now.saturating_duration_since(left.at).as_secs_f64() < burst);
        }
        let full = Left { requests: requests * burst, bytes: per_second * burst, at: now };
        let left = all.entry(id).or_insert(full);
        let passed = now.saturating_duration_since(left.at).as_secs_f64();
        left.requests = (left.requests + passed * requests).min(full.requests);
        left.bytes = (left.bytes + passed * per_second).min(full.bytes);
        left.at = now;
        let lacks =
            |left: f64, least: f64, rate: f64| if left >= least { 0.0 } else { (least - left) / rate };
        let wait = lacks(left.requests, 1.0, requests).max(lacks(left.bytes, f64::MIN_POSITIVE, per_second));
        if wait > 0.0 {
            return Err(Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX));
        }
        left.requests -= 1.0;
        left.spend(bytes);
        Ok(())
    }

    /// Takes the bytes of an answer, which are waited for afterwards.
    pub(crate) fn answered(&self, id: TokenId, bytes: u64) {
        if let Some(left) = self.left.lock().get_mut(&id) {
            left.spend(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: TokenId = TokenId { tenant: 1, device: 1 };
    const OTHER: TokenId = TokenId { tenant: 1, device: 2 };

    #[test]
    fn a_token_has_what_it_left_and_what_time_gives_it() {
        let rates = Rates::new(Rate { requests: 2.0, bytes: 100.0, burst: 2.0 });
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        for _ in 0..4 {
            assert_eq!(rates.take(ONE, 10, start), Ok(()));
        }
        assert_eq!(rates.take(ONE, 0, start), Err(Duration::from_millis(500)));
        assert_eq!(rates.take(OTHER, 0, start), Ok(()), "another token has its own");
        assert_eq!(rates.take(ONE, 0, after(500)), Ok(()));
        // More than it may at once goes through, and is waited for afterwards.
        assert_eq!(rates.take(OTHER, 400, after(500)), Ok(()));
        let wait = rates.take(OTHER, 1, after(1500)).unwrap_err();
        assert!(wait > Duration::from_millis(900) && wait <= Duration::from_millis(1100), "{wait:?}");
        assert_eq!(rates.take(OTHER, 1, after(2700)), Ok(()));
    }

    #[test]
    fn tokens_that_have_all_they_may_are_forgotten() {
        let rates = Rates::new(Rate { requests: 1.0, bytes: 1.0, burst: 1.0 });
        let start = Instant::now();
        for device in 0..10_000 {
            rates.take(TokenId { tenant: 1, device }, 0, start).unwrap();
        }
        rates.take(TokenId { tenant: 2, device: 1 }, 0, start + Duration::from_secs(5)).unwrap();
        assert_eq!(rates.left.lock().len(), 1);
    }
}
