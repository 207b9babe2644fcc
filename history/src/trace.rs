//! What collectors of [`tracing`](https://docs.rs/tracing) are told, where the feature is on: that something was done, to
//! which session, at which position, never what was said. Where it is off, all of this is nothing.
//!
//! Everything has the target `retold`: the spans `append` (from handing over to the answer), `import`, `rebuild` and
//! `mirror`, and an event at the end of each.

use retold_core::{Decided, Error as LogError};

/// The span of a write, for as long as its ticket is there.
#[derive(Clone, Debug)]
pub(crate) struct WriteSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
}

impl WriteSpan {
    /// Begins where a write is handed over.
    #[cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "nobody is told"))]
    pub(crate) fn begin(command: &'static str, workspace: &str, session: &str) -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::debug_span!(target: "retold", "append", command, workspace, session),
        }
    }

    /// Tells what became of the write.
    #[cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "nobody is told"))]
    pub(crate) fn decided(&self, decided: &Result<Decided, LogError>) {
        #[cfg(feature = "tracing")]
        self.span.in_scope(|| match decided {
            Ok(Decided::Appended { appended, .. }) => {
                tracing::debug!(target: "retold", position = appended.last.get(), "appended");
            }
            Ok(Decided::Nothing { head }) => {
                tracing::debug!(target: "retold", position = head.get(), "nothing to append");
            }
            Ok(Decided::Repeated(used)) => {
                tracing::debug!(target: "retold", position = used.last.get(), "appended before");
            }
            Ok(Decided::Refused) => tracing::debug!(target: "retold", "refused"),
            // An error's words may hold what was said.
            Err(error) => tracing::warn!(target: "retold", retryable = error.is_retryable(), "not appended"),
        });
    }
}

/// Tells that a mirrored file was rewritten, or why not: `file` is the key of a workspace.
#[cfg(feature = "mirror")]
#[cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "nobody is told"))]
pub(crate) fn mirroring<T, E>(file: &str, rewrite: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    #[cfg(feature = "tracing")]
    let _span = tracing::debug_span!(target: "retold", "mirror", file).entered();
    let done = rewrite();
    #[cfg(feature = "tracing")]
    match &done {
        Ok(_) => tracing::debug!(target: "retold", "mirrored"),
        Err(_) => tracing::warn!(target: "retold", "not mirrored"),
    }
    done
}
