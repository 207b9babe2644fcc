//! Chance that says its seed: what a run drew, `RETOLD_SEED=…` draws again.
//!
//! Each test draws from the seed and its own name, so that it draws the same by itself as among all others. Threads that a
//! test starts draw in the order in which they come to it.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::test_runner::{Config, RngSeed};
use rand::distr::uniform::{SampleRange, SampleUniform};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng, TryRng};

/// Returns the seed of this process, and says it: `RETOLD_SEED`, or one that is drawn.
///
/// # Panics
/// Where `RETOLD_SEED` is no number: a test with another seed would show nothing.
#[must_use]
pub fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    let seed = *SEED.get_or_init(|| match std::env::var("RETOLD_SEED") {
        Ok(given) => {
            given.parse().unwrap_or_else(|_| panic!("RETOLD_SEED={given}: a seed is a number below 2^64"))
        }
        Err(_) => rand::random(),
    });
    say(seed);
    seed
}

/// Returns the seed of a test that repeats itself: `otherwise`, unless `RETOLD_SEED` names one. Says which.
///
/// # Panics
/// Where `RETOLD_SEED` is no number.
#[must_use]
pub fn seed_or(otherwise: u64) -> u64 {
    if std::env::var_os("RETOLD_SEED").is_some() {
        return seed();
    }
    say(otherwise);
    otherwise
}

/// How `cases` properties are tested: with the seed of this process.
#[must_use]
pub fn properties(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(seed()), ..Config::default() }
}

/// Returns a source of random numbers: that of the test, or of the thread that it started.
#[must_use]
pub fn rng() -> Chance {
    Chance(())
}

/// Draws a number of a range.
pub fn range<T: SampleUniform>(range: impl SampleRange<T>) -> T {
    rng().random_range(range)
}

/// Says it where it is shown with the output of a test that fails.
#[allow(clippy::print_stdout, reason = "libtest keeps it, and shows it where the test fails")]
fn say(seed: u64) {
    println!("RETOLD_SEED={seed}");
}

/// The random numbers of a test.
#[derive(Debug)]
pub struct Chance(());

thread_local! {
    static DICE: RefCell<StdRng> = RefCell::new(dice());
}

/// The seed and the name of the test, which is its thread's; a thread without one has a number.
fn dice() -> StdRng {
    static NAMELESS: AtomicU64 = AtomicU64::new(0);
    let mut hasher = DefaultHasher::new();
    seed().hash(&mut hasher);
    match std::thread::current().name() {
        Some(name) => name.hash(&mut hasher),
        None => NAMELESS.fetch_add(1, Ordering::Relaxed).hash(&mut hasher),
    }
    StdRng::seed_from_u64(hasher.finish())
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        DICE.with_borrow_mut(TryRng::try_next_u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        DICE.with_borrow_mut(TryRng::try_next_u64)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        DICE.with_borrow_mut(|dice| dice.try_fill_bytes(bytes))
    }
}
