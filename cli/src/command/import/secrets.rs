//! What looks like a secret, on import.

use retold_core::Log;
use retold_importer::transcripts::Exclusions;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::counted;

/// Secrets by kind: "3 secrets (2 github-token, 1 named-secret)".
pub(crate) fn secrets<'k>(kinds: impl Iterator<Item = (&'k str, u64)>) -> String {
    let kinds: Vec<(&str, u64)> = kinds.collect();
    let all: u64 = kinds.iter().map(|(_, count)| count).sum();
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    format!("{} ({})", counted(all, "secret"), kinds.join(", "))
}

/// Has secrets masked from now on.
///
/// # Errors
/// Where the store cannot be written.
pub(super) fn mask_secrets(context: &mut Context<'_>, log: &Log, masks: bool) -> Result<(), Failure> {
    if masks && retold_importer::transcripts::mask_secrets(log)? {
        context.note("secrets are masked by this import and every later one into this store");
    }
    Ok(())
}

/// Says that the editor's sessions are imported as they are, where the store masks secrets.
///
/// # Errors
/// Where the store cannot be read.
pub(super) fn warn_of_legacy(context: &mut Context<'_>, log: &Log) -> Result<(), Failure> {
    if Exclusions::read(log)?.secrets().is_some() {
        context.note("warning: secrets are masked in transcripts alone, not in what the AIT42 Editor left");
    }
    Ok(())
}

/// Says what takes secrets out, where there are some that stay.
pub(super) fn hint(context: &mut Context<'_>, are_some: bool) {
    if are_some {
        context.note(
            "hint: `retold import --mask-secrets` masks secrets from now on, `retold redact --secrets` takes out those that are in",
        );
    }
}
