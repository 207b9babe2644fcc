//! What a whole document means for the session it is sent for.

use retold_core::{Instance, Session, Text};

/// Gives a document back what came after it was read: messages after its own, output after its own.
///
/// No page offers to remove a message or to shorten an output, so a list or a text that is a proper prefix of the
/// current one is an old copy of it.
pub(super) fn keep_what_is_newer(sent: &mut Session, current: &Session) {
    if is_proper_prefix(&sent.chat_history, &current.chat_history) {
        sent.chat_history.clone_from(&current.chat_history);
    }
    for (sent, current) in sent.instances.iter_mut().zip(&current.instances) {
        if sent.instance_id == current.instance_id && is_older_output(sent, current) {
            sent.output.clone_from(&current.output);
        }
    }
}

fn is_proper_prefix<T: PartialEq>(list: &[T], of: &[T]) -> bool {
    list.len() < of.len() && of.starts_with(list)
}

/// An output that is not there yet is older than any.
fn is_older_output(sent: &Instance, current: &Instance) -> bool {
    let [sent, current] = [sent, current].map(|instance| instance.output.as_ref().and_then(Text::as_str));
    match (sent, current) {
        (None, Some(_)) => true,
        (Some(sent), Some(current)) => sent.len() < current.len() && current.starts_with(sent),
        (_, None) => false,
    }
}
