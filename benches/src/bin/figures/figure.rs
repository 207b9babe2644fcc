//! One line of the table.

use serde::Serialize;

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
    /// How many times better than the other side ours is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// What a figure shall be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// So many times better than the other side, at least.
    RatioAtLeast(f64),
    /// So much at least.
    AtLeast(f64),
    /// So much at the most.
    AtMost(f64),
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, ours: f64) -> Self {
        Self { name: name.into(), unit, ours, rival: None, ratio: None, target: None, met: None, note: None }
    }

    /// Puts another side beside ours, of which more is better.
    pub(crate) fn beside(mut self, name: impl Into<String>, value: f64) -> Self {
        self.ratio = Some(self.ours / value);
        self.rival = Some((name.into(), value));
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
