//! One line of the table.

use serde::Serialize;

use crate::timing::{Pairs, median};

/// What was measured, beside what it is to stand against.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    /// Ours.
    pub(crate) ours: f64,
    /// The other side, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rival: Option<(String, f64)>,
    /// How many times better than the other side ours is: the median of the pairs where they were measured in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spread: Option<Spread>,
    /// The CPU that other processes took meanwhile, in cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) others_cores: Option<f64>,
    /// The CPU time of a round on each side, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_ms: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// How far the ratios of the pairs lie apart.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    pub(crate) pairs: usize,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// What a figure shall be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// So many times better than the other side, at least.
    RatioAtLeast(f64),
    /// So much at least.
    AtLeast(f64),
    /// At most this much.
    AtMost(f64),
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            ours,
            rival: None,
            ratio: None,
            spread: None,
            others_cores: None,
            cpu_ms: None,
            target: None,
            met: None,
            note: None,
        }
    }

    /// Both sides as they were measured in turn, of which more is better.
    pub(crate) fn of_pairs(
        name: impl Into<String>,
        unit: &'static str,
        rival: impl Into<String>,
        pairs: &Pairs,
    ) -> Self {
        Self::new(name, unit, pairs.ours()).beside_pairs(rival, pairs, pairs.ratios())
    }

    /// The same, of which less is better.
    pub(crate) fn of_pairs_less(
        name: impl Into<String>,
        unit: &'static str,
        rival: impl Into<String>,
        pairs: &Pairs,
    ) -> Self {
        let better = pairs.ratios().into_iter().rev().map(f64::recip).collect();
        Self::new(name, unit, pairs.ours()).beside_pairs(rival, pairs, better)
    }

    fn beside_pairs(mut self, rival: impl Into<String>, pairs: &Pairs, ratios: Vec<f64>) -> Self {
        if let (Some(least), Some(most)) = (ratios.first().copied(), ratios.last().copied()) {
            self.spread = Some(Spread { pairs: pairs.count(), least, most });
        }
        self.ratio = Some(median(ratios));
        self.rival = Some((rival.into(), pairs.theirs()));
        self.others_cores = pairs.conditions.map(|of| of.others_cores);
        self.cpu_ms = pairs.conditions.map(|of| of.cpu_ms);
        self
    }

    /// Puts another side beside ours, of which less is better.
    pub(crate) fn beside_less(mut self, name: impl Into<String>, value: f64) -> Self {
        self.ratio = Some(value / self.ours);
        self.rival = Some((name.into(), value));
        self
    }

    /// Says what a reader has to know.
    pub(crate) fn note(mut self, note: &str) -> Self {
        self.note = Some(note.to_owned());
        self
    }

    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self.met = match target {
            Target::RatioAtLeast(least) => self.ratio.map(|ratio| ratio >= least),
            Target::AtLeast(least) => Some(self.ours >= least),
            Target::AtMost(most) => Some(self.ours <= most),
        };
        self
    }
}
