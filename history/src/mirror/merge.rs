//! Two versions of a session that come from one, brought together.

use retold_core::{Instance, InstancePatch, Message, Session, SessionPatch, Text};

/// Lets what somebody else changed in a file happen to the session as it is now.
///
/// `base` is what the file said when it was written, `theirs` what it says now, `ours` what the log says now. A key
/// that they changed is theirs, any other is ours; what came at the end of a list or of an output stays, from either.
pub(super) fn merge(base: &Session, ours: &Session, theirs: &Session) -> Session {
    let mut merged = ours.clone();
    SessionPatch::between(base, theirs).apply(&mut merged);
    merged.instances = instances(&base.instances, &ours.instances, &theirs.instances);
    merged.chat_history = messages(&base.chat_history, &ours.chat_history, &theirs.chat_history);
    merged
}

fn instances(base: &[Instance], ours: &[Instance], theirs: &[Instance]) -> Vec<Instance> {
    let same = |one: &[Instance], other: &[Instance]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.instance_id == b.instance_id)
    };
    let begins_as_base = |list: &[Instance]| list.get(..base.len()).is_some_and(|begin| same(begin, base));
    if !begins_as_base(ours) || !begins_as_base(theirs) {
        // Instances were removed or moved: by them, or else by us.
        return if same(ours, base) { theirs.to_vec() } else { ours.to_vec() };
    }
    let mut merged: Vec<Instance> = base
        .iter()
        .zip(ours.iter().zip(theirs))
        .map(|(base, (ours, theirs))| {
            let mut merged = ours.clone();
            InstancePatch::between(base, theirs).apply(&mut merged);
            merged.output =
                output(base.output.as_ref(), ours.output.as_ref(), theirs.output.as_ref()).cloned();
            merged
        })
        .collect();
    merged.extend(both_suffixes(&ours[base.len()..], &theirs[base.len()..]));
    merged
}

/// The longer of two outputs that grew; theirs where they wrote another.
fn output<'t>(base: Option<&'t Text>, ours: Option<&'t Text>, theirs: Option<&'t Text>) -> Option<&'t Text> {
    let text = |output: Option<&'t Text>| output.and_then(Text::as_str).unwrap_or_default();
    if theirs == base || text(ours).starts_with(text(theirs)) { ours } else { theirs }
}

fn messages(base: &[Message], ours: &[Message], theirs: &[Message]) -> Vec<Message> {
    if theirs == base || base.starts_with(theirs) {
        // Nothing new, or a copy from before the file was written.
        return ours.to_vec();
    }
    if ours == base {
        return theirs.to_vec();
    }
    match (ours.strip_prefix(base), theirs.strip_prefix(base)) {
        (Some(ours), Some(theirs)) => base.iter().cloned().chain(both_suffixes(ours, theirs)).collect(),
        // They edited the middle; what came to ours stays at the end.
        (Some(ours), None) => theirs.iter().chain(ours).cloned().collect(),
        (None, _) => theirs.to_vec(),
    }
}

/// What both lists grew by: the same elements once, then theirs, then ours.
fn both_suffixes<T: Clone + PartialEq>(ours: &[T], theirs: &[T]) -> Vec<T> {
    let common = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    theirs.iter().chain(&ours[common..]).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(status: &str, messages: &[&str], output: &str) -> Session {
        let messages: Vec<_> = messages
            .iter()
            .map(|id| serde_json::json!({"id": id, "role": "", "content": id, "timestamp": ""}))
            .collect();
        serde_json::from_value(serde_json::json!({
            "id": "a1", "type": "debate", "task": "", "status": status, "createdAt": "", "updatedAt": "",
            "instances": [{
                "instanceId": 1, "worktreePath": "", "branch": "", "agentName": "", "status": "running",
                "tmuxSessionId": "", "output": output,
            }],
            "chatHistory": messages,
        }))
        .unwrap()
    }

    #[test]
    fn what_one_side_changed_is_kept_beside_what_the_other_did() {
        let base = session("running", &["m1"], "a");
        let ours = session("running", &["m1", "m2"], "abc");
        let theirs = session("paused", &["m1", "m3"], "ab");
        assert_eq!(merge(&base, &ours, &theirs), session("paused", &["m1", "m3", "m2"], "abc"));
        assert_eq!(merge(&base, &base, &theirs), theirs);
        assert_eq!(merge(&base, &ours, &base), ours);
        assert_eq!(merge(&base, &ours, &ours), ours);
    }

    #[test]
    fn an_older_copy_takes_nothing_away() {
        let base = session("running", &["m1", "m2"], "ab");
        let ours = session("running", &["m1", "m2", "m3"], "abc");
        let older = session("completed", &["m1"], "a");
        assert_eq!(merge(&base, &ours, &older), session("completed", &["m1", "m2", "m3"], "abc"));
    }

    #[test]
    fn an_edit_in_the_middle_is_theirs_and_the_end_is_ours() {
        let base = session("running", &["m1", "m2"], "a");
        let ours = session("running", &["m1", "m2", "m3"], "a");
        let theirs = session("running", &["m2"], "another");
        assert_eq!(merge(&base, &ours, &theirs), session("running", &["m2", "m3"], "another"));
    }
}
