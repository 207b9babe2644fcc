//! A table of prices as it is written: TOML, an array of tables `price`.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};

use super::prices::{Entry, Rates};
use super::{PROMPT_STEPS, QUARTER};

/// No million tokens costs more, in dollars.
const DOLLARS_MAX: f64 = 1e6;

/// What is wrong with a table of prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", line.map_or_else(String::new, |line| format!("line {line}: ")))]
pub struct PricesError {
    pub(super) line: Option<usize>,
    pub(super) reason: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default)]
    pub(super) price: Vec<Written>,
}

impl Table {
    /// Reads one.
    pub(super) fn read(text: &str) -> Result<Self, PricesError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| {
                text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
            });
            PricesError { line, reason: error.message().replace('\n', "; ") }
        })
    }
}

/// An entry as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) models: Vec<String>,
    /// The first day, in UTC.
    #[serde(default)]
    from: Option<Day>,
    /// Where it was read, and when.
    #[serde(default)]
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) read: Option<Day>,
    pub(super) input: Option<Rate>,
    cache_read: Option<Rate>,
    cache_write: Option<Rate>,
    cache_write_1h: Option<Rate>,
    pub(super) output: Option<Rate>,
    /// What a longer prompt costs, all of it.
    #[serde(default)]
    long_prompt: Option<Long>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    over: u64,
    input: Option<Rate>,
    cache_read: Option<Rate>,
    cache_write: Option<Rate>,
    cache_write_1h: Option<Rate>,
    output: Option<Rate>,
}

impl Written {
    /// Returns what it says.
    pub(super) fn entry(&self) -> Result<Entry, PricesError> {
        let named = || self.models.first().map_or("", String::as_str);
        let refuse = |reason| PricesError { line: None, reason: format!("{}: {reason}", named()) };
        let start = |day: Day| day.0.to_zoned(TimeZone::UTC).map(|day| day.timestamp().as_microsecond());
        let from = match self.from {
            Some(day) => start(day).map_err(|error| refuse(error.to_string()))? / QUARTER,
            None => i64::MIN,
        };
        let rate = |rate: Option<Rate>| rate.map(|rate| rate.0);
        let long = self.long_prompt.map(|long| {
            let step = PROMPT_STEPS.iter().position(|step| *step == long.over).ok_or_else(|| {
                let steps: Vec<_> = PROMPT_STEPS.iter().map(u64::to_string).collect();
                refuse(format!("accepted for `over` are {}", steps.join(", ")))
            })?;
            let rates = Rates {
                input: rate(long.input),
                cache_read: rate(long.cache_read),
                cache_write: rate(long.cache_write),
                cache_write_1h: rate(long.cache_write_1h),
                output: rate(long.output),
            };
            Ok((i64::try_from(step).unwrap_or(i64::MAX).saturating_add(1), rates))
        });
        Ok(Entry {
            from,
            source: self.source.clone(),
            read: self.read,
            rates: Rates {
                input: rate(self.input),
                cache_read: rate(self.cache_read),
                cache_write: rate(self.cache_write),
                cache_write_1h: rate(self.cache_write_1h),
                output: rate(self.output),
            },
            long: long.transpose()?,
        })
    }
}

/// A price: dollars for a million tokens, in millionths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate(u64);

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Dollars;

        impl Visitor<'_> for Dollars {
            type Value = Rate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("dollars for a million tokens, such as 2.5")
            }

            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it was held to its bounds"
            )]
            fn visit_f64<E: serde::de::Error>(self, dollars: f64) -> Result<Rate, E> {
                if !(0.0..=DOLLARS_MAX).contains(&dollars) {
                    return Err(E::custom(format!(
                        "{dollars} is not a price: accepted is from 0 to {DOLLARS_MAX}"
                    )));
                }
                Ok(Rate((dollars * 1e6).round() as u64))
            }

            #[expect(clippy::cast_precision_loss, reason = "what is too large for it is refused")]
            fn visit_i64<E: serde::de::Error>(self, dollars: i64) -> Result<Rate, E> {
                self.visit_f64(dollars as f64)
            }
        }

        deserializer.deserialize_any(Dollars)
    }
}

/// A day, as TOML has them or as a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day(pub(super) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::Value::deserialize(deserializer)?;
        let text = match written {
            toml::Value::String(text) => text,
            toml::Value::Datetime(day) => day.to_string(),
            _ => return Err(D::Error::custom("expected a day, such as 2026-11-01")),
        };
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format!("{text} is not a day, such as 2026-11-01")))
    }
}
