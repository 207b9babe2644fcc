//! Where events are in the new log that were elsewhere in the one before.

/// Stretches of positions that follow each other in both logs.
#[derive(Debug, Default)]
pub(super) struct Moves(Vec<Stretch>);

#[derive(Debug)]
struct Stretch {
    old: u64,
    new: u64,
    length: u64,
}

impl Moves {
    /// Takes note of where an event is now.
    pub(super) fn add(&mut self, old: u64, new: u64) {
        match self.0.last_mut() {
            Some(last) if (last.old + last.length, last.new + last.length) == (old, new) => last.length += 1,
            _ => self.0.push(Stretch { old, new, length: 1 }),
        }
    }

    /// Puts them in order, for [`find`](Self::find).
    pub(super) fn sort(&mut self) {
        self.0.sort_by_key(|stretch| stretch.old);
    }

    /// Returns where an event is now; `None` where it is not in the new log.
    pub(super) fn find(&self, old: u64) -> Option<u64> {
        if old == 0 {
            return Some(0);
        }
        let at = self.0.partition_point(|stretch| stretch.old <= old).checked_sub(1)?;
        let Stretch { old: first, new, length } = &self.0[at];
        (old - first < *length).then(|| new + (old - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_where_they_went() {
        let mut moves = Moves::default();
        for (old, new) in [(1, 1), (2, 2), (5, 4), (4, 3), (9, 5)] {
            moves.add(old, new);
        }
        moves.sort();
        let found: Vec<_> = (0..11).map(|old| moves.find(old)).collect();
        let at = |new| Some(new);
        assert_eq!(found, [at(0), at(1), at(2), None, at(3), at(4), None, None, None, at(5), None]);
    }
}
