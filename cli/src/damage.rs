//! What is said where a store is damaged: by the commands that look it over, the damage is a finding and no failure.

use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::travel_args::quoted;

/// Returns the command that saves what a damaged store still holds.
pub(crate) fn recover(store: &Path) -> String {
    format!("retold store recover {} NEW", quoted(&store.display().to_string()))
}

/// Returns what a failure says of a damaged store; gives the failure back where it says something else. What is in the
/// store's place and is none to look at may be one whose header is damaged.
pub(crate) fn found(failure: Failure, store: &Path) -> Result<String, Failure> {
    let is_damage = match failure.exit() {
        Exit::Damaged => failure.is_of_log(),
        Exit::NotAStore => retold_upkeep::is_damaged_store(store),
        _ => false,
    };
    match is_damage {
        true if failure.exit() == Exit::NotAStore => {
            Ok(format!("its header is damaged, its pages are those of a store ({})", failure.words()))
        }
        true => Ok(failure.words()),
        false => Err(failure),
    }
}

/// Has a command that `verify` may have led to lead on, and not back.
pub(crate) fn lead_on(failure: Failure, store: &Path) -> Failure {
    match failure.is_of_log() {
        true => failure.hint(format!("`{}` saves what can be read and still verifies", recover(store))),
        false => failure,
    }
}
