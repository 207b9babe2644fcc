//! That what looks like a secret is not to come in: it is masked.

use retold_core::Log;

use super::{Exclusion, ExclusionKind, Exclusions, NewExclusion, exclude};
use crate::Error;

impl Exclusions {
    /// Returns that secrets are masked, where they are.
    pub fn secrets(&self) -> Option<&Exclusion> {
        self.secrets.as_ref()
    }
}

/// Has secrets masked by every later import; returns whether they were not before.
///
/// # Errors
/// Those of [`Log::append`].
pub fn mask_secrets(log: &Log) -> Result<bool, Error> {
    let kind = ExclusionKind::Secrets;
    let name = kind.word().to_owned();
    let wanted = NewExclusion { kind, name, is_named: true, marks: Vec::new(), reason: None };
    Ok(exclude(log, &[wanted])? > 0)
}
