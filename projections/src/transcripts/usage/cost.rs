//! What usage costs, and how far that is known.

use super::UsageSum;
use super::prices::Rates;

/// Millionths of a millionth in one.
const MILLION: i128 = 1_000_000;

/// What usage costs, in millionths of a dollar, and how far that is known.
///
/// A record whose model has a price costs its tokens at that price. Of another one counts what its tool itself said, where that
/// is in dollars. Where there is neither, it has no cost, and [`unknown`](Self::unknown) counts it. Prices are summed up
/// exactly; what is shown is rounded once, half a millionth up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// By prices, in millionths of a millionth.
    exact: i128,
    /// As tools said, in millionths.
    said: i128,
    by_price: u64,
    by_tool: u64,
    unknown: u64,
}

impl Cost {
    /// Returns what is known of it, in millionths of a dollar; `None` where nothing is.
    pub fn micros(&self) -> Option<i64> {
        (self.by_price > 0 || self.by_tool > 0)
            .then(|| saturated(rounded(self.exact).saturating_add(self.said)))
    }

    /// Returns the part of it that only the tools said, in millionths of a dollar.
    pub fn said_by_tools(&self) -> i64 {
        saturated(self.said)
    }

    /// Returns how many records count with a price.
    pub fn by_price(&self) -> u64 {
        self.by_price
    }

    /// Returns how many records count with what their tool said.
    pub fn by_tool(&self) -> u64 {
        self.by_tool
    }

    /// Returns how many records have no cost that is known: the sum leaves them out.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns the cost of what was used: `said` is what the tool said in millionths of a dollar, and of how many records.
    pub(super) fn of(used: &UsageSum, rates: Option<&Rates>, said: Option<(i64, u64)>) -> Self {
        let by_price = rates.and_then(|rates| rates.cost(used));
        // What used nothing costs nothing.
        let by_price = by_price.or((used.tokens() == 0 && said.is_none()).then_some(0));
        if let Some(exact) = by_price {
            return Self { exact, by_price: used.records, ..Self::default() };
        }
        let (said, by_tool) = said.unwrap_or_default();
        let by_tool = by_tool.min(used.records);
        Self { said: said.into(), by_tool, unknown: used.records - by_tool, ..Self::default() }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.exact = self.exact.saturating_add(other.exact);
        self.said = self.said.saturating_add(other.said);
        self.by_price = self.by_price.saturating_add(other.by_price);
        self.by_tool = self.by_tool.saturating_add(other.by_tool);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

/// Rounds to millionths, half a one up.
fn rounded(exact: i128) -> i128 {
    exact.saturating_add(MILLION / 2).div_euclid(MILLION)
}

fn saturated(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_millionth_is_rounded_up_once() {
        assert_eq!([0, 499_999, 500_000, 1_499_999, 1_500_000].map(rounded), [0, 0, 1, 1, 2]);
        let half = Cost { exact: 500_000, by_price: 1, ..Cost::default() };
        let mut sum = Cost::default();
        (0..4).for_each(|_| sum.add(&half));
        assert_eq!(sum.micros(), Some(2), "of the sum, not of each");
    }

    #[test]
    fn what_is_not_known_is_not_nothing() {
        let used = UsageSum { records: 3, input: 10, ..UsageSum::default() };
        let unknown = Cost::of(&used, None, None);
        assert_eq!((unknown.micros(), unknown.unknown()), (None, 3));
        let said = Cost::of(&used, None, Some((70, 2)));
        assert_eq!(
            (said.micros(), said.said_by_tools(), said.by_tool(), said.unknown()),
            (Some(70), 70, 2, 1)
        );
    }
}
