//! Work on all cores: how many there are, and work in shares; the one place for both.

/// Returns how many threads can work at once; 1 where the system does not tell.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Returns in how many shares to do work of so many units, of which at least `per_share_min` are worth a thread: at most one a core.
pub fn shares_of(units: usize, per_share_min: usize) -> usize {
    (units / per_share_min.max(1)).clamp(1, cores())
}

/// Does the work of all shares at once, each on a thread of its own, the first on the caller's; returns what it came to, in their order.
///
/// # Errors
/// That of the first share which failed, once all have ended.
pub fn in_shares<T: Send, R: Send, E: Send>(
    shares: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let mut shares = shares.into_iter();
    let Some(own) = shares.next() else { return Ok(Vec::new()) };
    let work = &work;
    std::thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        let own = work(own);
        let others =
            others.into_iter().map(|other| other.join().expect("a thread with a share does not panic"));
        std::iter::once(own).chain(others).collect()
    })
}
