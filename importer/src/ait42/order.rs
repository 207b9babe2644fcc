//! The order of a file's sessions, where it is not the order in which they are known.

/// Returns which sessions have to move, and where to, so that their places rise; as few as possible.
pub(super) fn moves(places: &[f64]) -> Vec<(usize, f64)> {
    let kept = longest_rising(places);
    let mut moves = Vec::new();
    let mut at = 0;
    let mut before = None;
    for &next in kept.iter().chain([&places.len()]) {
        let after = places.get(next).copied();
        moves.extend((at..next).zip(between(before, after, next - at)));
        before = after;
        at = next + 1;
    }
    moves
}

/// Returns `count` rising places between two others; `None` stands for no neighbour.
#[allow(clippy::cast_precision_loss, reason = "a file has under 2^53 sessions")]
fn between(before: Option<f64>, after: Option<f64>, count: usize) -> impl Iterator<Item = f64> {
    let (from, step) = match (before, after) {
        (Some(before), Some(after)) => (before, (after - before) / (count as f64 + 1.0)),
        (Some(before), None) => (before, 1.0),
        (None, Some(after)) => (after - count as f64 - 1.0, 1.0),
        (None, None) => (0.0, 1.0),
    };
    (1..=count).map(move |nth| from + step * nth as f64)
}

/// Returns the indexes of a longest rising subsequence. O(n log n).
fn longest_rising(places: &[f64]) -> Vec<usize> {
    // ends[k]: the index that ends the best rising run of k + 1; previous: what is before it in the run.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = vec![usize::MAX; places.len()];
    for (index, place) in places.iter().enumerate() {
        let length = ends.partition_point(|&end| places[end] < *place);
        if length > 0 {
            previous[index] = ends[length - 1];
        }
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.push(index);
        at = Some(previous[index]).filter(|&before| before != usize::MAX);
    }
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_moves(places: &[f64]) -> Vec<f64> {
        let mut places = places.to_vec();
        for (index, place) in moves(&places) {
            places[index] = place;
        }
        places
    }

    #[test]
    fn sessions_in_order_do_not_move() {
        assert_eq!(moves(&[1.0, 2.0, 7.0]), []);
        assert_eq!(moves(&[]), []);
    }

    #[test]
    fn one_session_out_of_order_is_all_that_moves() {
        assert_eq!(moves(&[1.0, 9.0, 2.0, 3.0]), [(1, 1.5)]);
        assert_eq!(moves(&[5.0, 1.0, 2.0]), [(0, 0.0)]);
    }

    proptest::proptest! {
        #![proptest_config(retold_trial::chance::properties(256))]

        #[test]
        fn places_rise_after_the_moves(mut numbers in proptest::collection::vec(0_u32..1000, 0..60)) {
            numbers.sort_unstable();
            numbers.dedup();
            let mut places: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            places.reverse();
            let half = places.len() / 2;
            places[half..].reverse();
            let after = after_moves(&places);
            proptest::prop_assert!(after.windows(2).all(|pair| pair[0] < pair[1]), "{after:?}");
        }
    }
}
