//! What the history's errors are called for programs.

use super::message::{Fault, UsedFor};

/// A kind of error that programs can tell from others.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) code: i32,
    pub(super) kind: &'static str,
    pub(super) about: &'static str,
}

/// Declares the kinds.
macro_rules! faults {
    ($($name:ident = $code:literal $kind:literal $about:literal;)*) => {
        $(pub(super) const $name: Known = Known { code: $code, kind: $kind, about: $about };)*

        /// Every kind.
        pub(super) const KNOWN: &[&Known] = &[$(&$name),*];
    };
}

faults! {
    STORE = -32000 "store" "The store refused for a reason without a code of its own; the message says which.";
    BLANK_WORKSPACE = -32001 "blank_workspace" "The workspace's path is empty or white space.";
    SESSION_NOT_FOUND = -32002 "session_not_found" "The workspace has no session of this id.";
    INSTANCE_NOT_FOUND = -32003 "instance_not_found" "The session has no instance of this number.";
    TOO_LARGE = -32004 "too_large" "A text or an event is over the limit.";
    BUSY = -32005 "busy" "Another process held the store for too long. Nothing was written; call again.";
    DISK_FULL = -32006 "disk_full" "The disk is full. What was acknowledged before is there.";
    WRITER_STOPPED = -32007 "writer_stopped" "An earlier write failed: nothing is written until `retold rpc` is started again.";
    DAMAGED = -32008 "damaged" "The store holds something that cannot be read: `retold verify`.";
    OTHER_ORDER = -32009 "other_order" "The cursor is of another order than `sort`.";
    MIRROR = -32010 "mirror" "A mirrored file cannot be read or written. The log has everything.";
    BLANK_KEY = -32011 "blank_key" "The idempotency key is empty or white space.";
    KEY_REUSED = -32012 "key_reused" "The idempotency key was used for another write, which `data.usedFor` names: \
        `idempotencyKey`, `command`, `sessionId`, `workspace`.";
    MALFORMED = -32013 "malformed" "What was to be written is wrong by itself; the message says how. Nothing was written.";
    PROTOCOL = -32014 "protocol" "The client speaks another version of this protocol; the message says which are spoken here.";
}

impl From<retold::Error> for Fault {
    /// The message is the old history's where it had one.
    fn from(error: retold::Error) -> Self {
        fault(&error)
    }
}

fn fault(error: &retold::Error) -> Fault {
    use retold::Error;
    use retold::StoreError as Log;
    let known = match error {
        Error::BlankWorkspace { .. } => BLANK_WORKSPACE,
        Error::SessionNotFound { .. } => SESSION_NOT_FOUND,
        Error::InstanceNotFound { .. } => INSTANCE_NOT_FOUND,
        Error::Store(Log::TooLarge { .. }) => TOO_LARGE,
        Error::Store(Log::Busy { .. }) => BUSY,
        Error::Store(Log::Full { .. }) => DISK_FULL,
        Error::Store(Log::Latched { .. }) => WRITER_STOPPED,
        Error::Store(Log::Damaged { .. } | Log::Body { .. }) => DAMAGED,
        Error::ReadModels(retold::ReadModelError::OtherOrder) => OTHER_ORDER,
        Error::Store(Log::BlankKey) => BLANK_KEY,
        Error::Store(Log::Malformed { .. }) => MALFORMED,
        Error::KeyReused { key, command, session_id, workspace } => {
            let used = UsedFor {
                idempotency_key: key.clone(),
                command: command.clone(),
                session_id: session_id.clone(),
                workspace: workspace.clone(),
            };
            return Fault::of_key(KEY_REUSED.code, KEY_REUSED.kind, used, error.to_string());
        }
        Error::Mirror { .. } | Error::MirrorOfAnother { .. } | Error::Import(_) => MIRROR,
        _ => STORE,
    };
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let message = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    Fault::of_kind(known.code, known.kind, message)
}
