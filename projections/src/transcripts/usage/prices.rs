//! What tokens cost: a table that is data, dated and with its sources.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use jiff::civil::Date;

use super::UsageSum;
use super::price_table::{Day, PricesError, Table};

/// The prices that come with retold.
const BUILT_IN: &str = include_str!("../../../prices.toml");

/// What models cost, by their names and the day.
///
/// Prices are in dollars per million tokens. Of a model that is not in the table nothing is known: it has no cost.
///
/// ```
/// use retold_projections::Prices;
///
/// let own = Prices::parse(r#"
///     [[price]]
///     models = ["house-model", "house-model-mini*"]
///     from = 2026-01-01
///     input = 0.5
///     cache_read = 0.05
///     output = 2
/// "#)?;
/// let prices = Prices::built_in().with(own);
/// assert!(prices.knows("house-model-mini-2"));
/// assert!(!prices.knows("somebody-elses-model"));
/// # Ok::<(), retold_projections::PricesError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prices {
    /// By name, the first to be valid first. A name that ends with `*` stands for all that begin so.
    by_model: BTreeMap<String, Vec<Entry>>,
    /// Of the texts that they were read from.
    digest: [u8; 32],
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The first quarter of an hour that it is valid in.
    pub(super) from: i64,
    pub(super) source: Option<String>,
    pub(super) read: Option<Day>,
    pub(super) rates: Rates,
    /// From how many steps of the prompt's length on the others apply.
    pub(super) long: Option<(i64, Rates)>,
}

/// Millionths of a dollar for a million tokens; `None`: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) input: Option<u64>,
    pub(super) cache_read: Option<u64>,
    pub(super) cache_write: Option<u64>,
    pub(super) cache_write_1h: Option<u64>,
    pub(super) output: Option<u64>,
}

impl Rates {
    /// Returns what tokens cost, in millionths of a millionth of a dollar; `None` where there are some whose price is not
    /// known.
    pub(super) fn cost(&self, used: &UsageSum) -> Option<i128> {
        let for_minutes = used.cache_write.saturating_sub(used.cache_write_1h);
        let parts = [
            (used.input, self.input),
            (used.cache_read, self.cache_read),
            (for_minutes, self.cache_write),
            (used.cache_write_1h, self.cache_write_1h),
            (used.output, self.output),
        ];
        parts.into_iter().filter(|(tokens, _)| *tokens > 0).try_fold(0_i128, |sum, (tokens, rate)| {
            Some(sum.saturating_add(i128::from(tokens).saturating_mul(i128::from(rate?))))
        })
    }
}

impl Prices {
    /// Returns the table that comes with retold.
    pub fn built_in() -> Self {
        static READ: LazyLock<Prices> = LazyLock::new(|| Prices::parse(BUILT_IN).expect("a test reads it"));
        READ.clone()
    }

    /// Returns a number of the texts that they were read from: from the same texts come the same prices.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Reads a table: TOML, an array of tables `price`.
    ///
    /// # Errors
    /// Where it is none, with the line.
    pub fn parse(text: &str) -> Result<Self, PricesError> {
        let table = Table::read(text)?;
        let mut prices =
            Self { by_model: BTreeMap::new(), digest: *blake3::hash(text.as_bytes()).as_bytes() };
        for written in &table.price {
            let entry = written.entry()?;
            if written.models.is_empty() {
                return Err(PricesError { line: None, reason: "a price names no model".to_owned() });
            }
            for model in &written.models {
                prices.by_model.entry(model.to_lowercase()).or_default().push(entry.clone());
            }
        }
        for (model, entries) in &mut prices.by_model {
            entries.sort_by_key(|entry| entry.from);
            if entries.windows(2).any(|two| two[0].from == two[1].from) {
                let reason = format!("{model} has two prices from the same day on");
                return Err(PricesError { line: None, reason });
            }
        }
        Ok(prices)
    }

    /// Returns these prices with others before them: a model that `others` names has the prices there alone.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.by_model.extend(others.by_model);
        self.digest = *blake3::hash(&[self.digest, others.digest].concat()).as_bytes();
        self
    }

    /// Whether there is a price for this model on some day.
    pub fn knows(&self, model: &str) -> bool {
        self.entries(model).is_some()
    }

    /// Returns about what tokens of a model cost at a time (microseconds since 1970), in millionths of a dollar: read, read from
    /// a cache, written to one, generated. It takes every prompt for a short one and every cache for one of minutes, since sums do
    /// not tell. `None` where there are some whose price is not known.
    pub fn estimate(
        &self,
        model: &str,
        at: i64,
        [input, cache_read, cache_write, output]: [u64; 4],
    ) -> Option<i64> {
        let used = UsageSum { input, cache_read, cache_write, output, records: 1, ..UsageSum::default() };
        let rates = Known::of(self).rates(model, at, 0);
        super::Cost::of(&used, rates, None).micros()
    }

    /// Returns where the newest price of a model was read, and on which day, as its table says.
    pub fn source(&self, model: &str) -> Option<(Option<&str>, Option<Date>)> {
        let entry = self.entries(model)?.last()?;
        Some((entry.source.as_deref(), entry.read.map(|day| day.0)))
    }

    /// Returns the prices of a model: by its name as it is, else without what says where it runs and of which day it is,
    /// else by the longest name that ends with `*`.
    fn entries(&self, model: &str) -> Option<&[Entry]> {
        let lower = model.to_lowercase();
        let plain = plain(&lower);
        if let Some(entries) = self.by_model.get(&lower).or_else(|| self.by_model.get(plain)) {
            return Some(entries);
        }
        let begins =
            |pattern: &str| pattern.strip_suffix('*').filter(|start| plain.starts_with(start)).map(str::len);
        let longest = self.by_model.keys().filter_map(|key| Some((begins(key)?, key))).max();
        longest.and_then(|(_, key)| self.by_model.get(key)).map(Vec::as_slice)
    }
}

/// Returns a model's name without its provider, the window that was asked for, and the day of its release:
/// `anthropic/claude-opus-4-5-20251101[1m]` is `claude-opus-4-5`.
fn plain(model: &str) -> &str {
    let model = model.split('[').next().unwrap_or(model);
    let model = model.rsplit('/').next().unwrap_or(model);
    let model = model.strip_prefix("anthropic.").unwrap_or(model);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = |text: &str| match text.len() {
        8 => digits(text),
        10 => text.split('-').count() == 3 && text.split('-').all(digits),
        _ => false,
    };
    for separator in ['@', '-'] {
        let dates = model.match_indices(separator).filter(|(at, _)| is_date(&model[at + 1..]));
        if let Some((at, _)) = dates.min() {
            return &model[..at];
        }
    }
    model
}

/// The prices of models that are asked for again and again.
pub(super) struct Known<'a> {
    prices: &'a Prices,
    found: HashMap<String, Option<&'a [Entry]>>,
}

impl<'a> Known<'a> {
    pub(super) fn of(prices: &'a Prices) -> Self {
        Self { prices, found: HashMap::new() }
    }

    /// Returns what a model costs in a quarter of an hour, where the prompt exceeds so many steps.
    pub(super) fn rates(&mut self, model: &str, quarter: i64, steps: i64) -> Option<&'a Rates> {
        let entries = match self.found.get(model) {
            Some(entries) => *entries,
            None => *self.found.entry(model.to_owned()).or_insert(self.prices.entries(model)),
        };
        let entry = entries?.iter().rev().find(|entry| entry.from <= quarter)?;
        Some(match &entry.long {
            Some((from, rates)) if steps >= *from => rates,
            _ => &entry.rates,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::QUARTER;
    use super::*;

    #[test]
    fn every_price_that_comes_along_has_a_day_and_a_source() {
        let table = Table::read(BUILT_IN).unwrap();
        assert!(table.price.len() > 10);
        for price in &table.price {
            let source = price.source.as_deref().unwrap_or_default();
            assert!(source.starts_with("https://"), "{:?}", price.models);
            assert!(price.read.is_some(), "{:?}", price.models);
            // Both, or the price is not known from that day on.
            assert_eq!(price.input.is_some(), price.output.is_some(), "{:?}", price.models);
            for model in &price.models {
                assert_eq!(plain(model), model, "a name is plain, so that it is found");
            }
        }
        Prices::parse(BUILT_IN).unwrap();
    }

    #[test]
    fn a_name_says_which_model_it_is_wherever_that_runs() {
        let same = [
            "claude-opus-4-5",
            "claude-opus-4-5-20251101",
            "claude-opus-4-5@20251101",
            "anthropic/claude-opus-4-5",
            "openrouter/anthropic/claude-opus-4-5-20251101[1m]",
        ];
        for model in same {
            assert_eq!(plain(model), "claude-opus-4-5", "{model}");
        }
        assert_eq!(plain("gpt-5.4-2026-03-05"), "gpt-5.4");
        for model in ["gpt-5", "gemini-3-pro", "", "-", "猫-20", "[1m]"] {
            assert!(model.starts_with(plain(model)));
        }
    }

    #[test]
    fn a_price_is_that_of_the_day_and_of_the_length_of_the_prompt() {
        let prices = Prices::parse(
            "[[price]]\nmodels = ['m']\ninput = 1\noutput = 2\n\
             [[price]]\nmodels = ['m']\nfrom = 2026-01-01\ninput = 0.0125\noutput = 3\n\
             long_prompt = { over = 200000, input = 4, output = 5 }\n\
             [[price]]\nmodels = ['m-*']\nfrom = '2026-01-01'\ninput = 9\noutput = 9\n",
        )
        .unwrap();
        let mut known = Known::of(&prices);
        let turn = 1_767_225_600_000_000 / QUARTER;
        let mut input =
            |model, quarter, steps| known.rates(model, quarter, steps).and_then(|rates| rates.input);
        assert_eq!(input("m", turn - 1, 5), Some(1_000_000));
        assert_eq!(input("m", turn, 2), Some(12_500));
        assert_eq!(input("m", turn, 3), Some(4_000_000));
        assert_eq!(input("m-7", turn - 1, 0), None);
        assert_eq!(input("m-7", turn, 0), Some(9_000_000));
        assert_eq!(input("n", turn, 0), None);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said_in_a_line() {
        let table = |rest: &str| format!("[[price]]\nmodels = ['m']\n{rest}\n");
        for (text, line) in [
            ("price = 3".to_owned(), Some(1)),
            ("[[price]]\ninput = 1".to_owned(), Some(1)),
            ("\u{0}".to_owned(), Some(1)),
            (table("input = -1"), Some(3)),
            (table("input = nan"), Some(3)),
            (table("input = 1e300"), Some(3)),
            (table("input = 'free'"), Some(3)),
            (table("from = 2026-13-01"), Some(3)),
            (table("from = 'soon'"), Some(3)),
            (table("colour = 'red'"), Some(3)),
            (table("long_prompt = { over = 7 }"), None),
            (table("[[price]]\nmodels = []"), None),
            (table("[[price]]\nmodels = ['M']"), None),
        ] {
            let error = Prices::parse(&text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert_eq!(error.to_string().lines().count(), 1, "{text}: {error}");
        }
    }
}
