//! The logs of a team against their hashes.

use super::Verify;
use crate::command::team::verify_all;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

impl Verify {
    /// Recomputes the chains of the logs that the caller may read whole.
    ///
    /// # Errors
    /// For options that only a store answers; otherwise where the server fails.
    pub(super) fn ask(self, address: &str, context: &mut Context<'_>) -> Result<Exit, Failure> {
        let refused = [
            ("--since", self.since.is_some()),
            ("--expect", self.expect.is_some()),
            ("--quick", self.quick),
            ("--full", self.full),
        ];
        if let Some((option, _)) = refused.iter().find(|(_, is_given)| *is_given) {
            return Err(Failure::usage(format!("verify: a team's server does not answer {option}"))
                .hint("every hash of the logs that you may read whole is recomputed"));
        }
        verify_all(address, false, context)
    }
}
