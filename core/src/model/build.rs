//! Documents made by hand, without JSON and without naming every field.

use std::path::Path;

use jiff::Timestamp;

use super::field::Document;
use super::{Instance, Message, Session};
use crate::Text;
use crate::time::spell;

/// The status of a session and of an instance whose work goes on.
const RUNNING: &str = "running";

/// Declares methods that set one field each and return the document.
macro_rules! with {
    ($document:ident { $($(#[$about:meta])* $with:ident($value:ident: $type:ty) sets $field:ident = $set:expr;)* }) => {
        impl $document {
            $(
                $(#[$about])*
                #[must_use]
                pub fn $with(mut self, $value: $type) -> Self {
                    self.$field = $set;
                    self
                }
            )*
        }
    };
}

impl Session {
    /// Begins a session with an id, a kind (`competition`, `ensemble`, `debate` or any other) and a task.
    ///
    /// It is `running`, created and updated now, and has no instance and no message yet. An id is any text; within a
    /// workspace, commands mean the first session that has it.
    ///
    /// ```
    /// use retold_core::{Instance, Message, Session};
    ///
    /// let session = Session::new("a1", "competition", "Fix the flaky login test")
    ///     .with_model("large-2")
    ///     .with_instance(Instance::new(1, "Ada").with_branch("fix-login"))
    ///     .with_message(Message::new("m1", "user", "Start with the clock"));
    /// assert_eq!(session.status, "running");
    /// assert_eq!(session.instances[0].branch, "fix-login");
    /// ```
    pub fn new(id: impl Into<String>, kind: impl Into<String>, task: impl Into<String>) -> Self {
        let (id, kind, task) = (id.into(), kind.into(), task.into());
        Self { id, kind, task, status: RUNNING.to_owned(), ..Self::blank() }.with_created_at(Timestamp::now())
    }

    /// Sets when the session was created, and the time of its last update to the same.
    #[must_use]
    pub fn with_created_at(mut self, at: Timestamp) -> Self {
        self.created_at = spell(at);
        self.updated_at.clone_from(&self.created_at);
        self
    }

    /// Adds an instance at the end.
    #[must_use]
    pub fn with_instance(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    /// Adds a message at the end.
    #[must_use]
    pub fn with_message(mut self, message: Message) -> Self {
        self.chat_history.push(message);
        self
    }
}

with! {
    Session {
        /// Sets the status: `running`, `completed`, `failed` or any other.
        with_status(status: impl Into<String>) sets status = status.into();
        /// Sets the time of the last update.
        with_updated_at(at: Timestamp) sets updated_at = spell(at);
        /// Sets the time of completion.
        with_completed_at(at: Timestamp) sets completed_at = Some(spell(at));
        /// Sets the model.
        with_model(model: impl Into<String>) sets model = Some(model.into());
        /// Sets how long an instance may take, in seconds.
        with_timeout_seconds(seconds: u32) sets timeout_seconds = Some(seconds);
        /// Sets whether worktrees are kept after the session.
        with_preserve_worktrees(preserve: bool) sets preserve_worktrees = Some(preserve);
        /// Sets the number of the instance that won.
        with_winner(number: u32) sets winner_id = Some(number);
        /// Sets the runtimes, in the order given, with repeats.
        with_runtime_mix(runtimes: impl IntoIterator<Item = impl Into<String>>)
            sets runtime_mix = Some(runtimes.into_iter().map(Into::into).collect());
        /// Sets how long the session took, in seconds.
        with_total_duration(seconds: u64) sets total_duration = Some(seconds);
        /// Sets how many files the session changed.
        with_total_files_changed(files: u32) sets total_files_changed = Some(files);
        /// Sets how many lines the session added.
        with_total_lines_added(lines: u32) sets total_lines_added = Some(lines);
        /// Sets how many lines the session deleted.
        with_total_lines_deleted(lines: u32) sets total_lines_deleted = Some(lines);
    }
}

impl Instance {
    /// Begins an instance with its number and the name of its agent.
    ///
    /// It is `running`, without a worktree, a branch, a tmux session and an output. Numbers need not be unique;
    /// commands mean the first instance that has one.
    pub fn new(number: u32, agent_name: impl Into<String>) -> Self {
        let agent_name = agent_name.into();
        Self { instance_id: number, agent_name, status: RUNNING.to_owned(), ..Self::blank() }
    }
}

with! {
    Instance {
        /// Sets the status: `running`, `completed`, `failed`, `archived` or any other.
        with_status(status: impl Into<String>) sets status = status.into();
        /// Sets the folder that the instance works in. A path that is not Unicode is written with U+FFFD.
        with_worktree_path(path: impl AsRef<Path>) sets worktree_path = path.as_ref().to_string_lossy().into_owned();
        /// Sets the branch.
        with_branch(branch: impl Into<String>) sets branch = branch.into();
        /// Sets the id of the tmux session.
        with_tmux_session_id(id: impl Into<String>) sets tmux_session_id = id.into();
        /// Sets the output so far.
        with_output(output: impl Into<Text>) sets output = Some(output.into());
        /// Sets the time at which the instance began.
        with_start_time(at: Timestamp) sets start_time = Some(spell(at));
        /// Sets the time at which the instance ended.
        with_end_time(at: Timestamp) sets end_time = Some(spell(at));
        /// Sets how many files the instance changed.
        with_files_changed(files: u32) sets files_changed = Some(files);
        /// Sets how many lines the instance added.
        with_lines_added(lines: u32) sets lines_added = Some(lines);
        /// Sets how many lines the instance deleted.
        with_lines_deleted(lines: u32) sets lines_deleted = Some(lines);
        /// Sets the runtime.
        with_runtime(runtime: impl Into<String>) sets runtime = Some(runtime.into());
        /// Sets the model.
        with_model(model: impl Into<String>) sets model = Some(model.into());
        /// Sets what the runtime is called for people.
        with_runtime_label(label: impl Into<String>) sets runtime_label = Some(label.into());
    }
}

impl Message {
    /// Begins a message of now with an id, a role (`user`, `assistant` or any other) and its content.
    ///
    /// Ids need not be unique.
    pub fn new(id: impl Into<String>, role: impl Into<String>, content: impl Into<Text>) -> Self {
        let (id, role, content) = (id.into(), role.into(), content.into());
        Self { id, role, content, ..Self::blank() }.with_timestamp(Timestamp::now())
    }
}

with! {
    Message {
        /// Sets when it was said.
        with_timestamp(at: Timestamp) sets timestamp = spell(at);
        /// Sets the number of the instance that it belongs to.
        with_instance_id(number: u32) sets instance_id = Some(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::field::Field;

    /// Every field of a document that says something.
    fn set<D: Document>(document: &D, fields: &[Field]) -> usize {
        fields.iter().filter(|field| document.value(**field) != D::blank().value(**field)).count()
    }

    #[test]
    fn every_field_can_be_set_and_is_written_as_the_application_reads_it() {
        let at: Timestamp = "2026-11-23T09:00:00.120Z".parse().unwrap();
        let later: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let instance = Instance::new(2, "Ada")
            .with_status("completed")
            .with_worktree_path("/tmp/w")
            .with_branch("b")
            .with_tmux_session_id("t")
            .with_output("done\n")
            .with_start_time(at)
            .with_end_time(later)
            .with_files_changed(1)
            .with_lines_added(2)
            .with_lines_deleted(3)
            .with_runtime("r")
            .with_model("m")
            .with_runtime_label("R");
        assert_eq!(set(&instance, super::super::instance::fields::FIELDS), Instance::KEYS.len());
        let message = Message::new("m1", "user", "hello").with_timestamp(at).with_instance_id(2);
        assert_eq!(set(&message, super::super::message::fields::FIELDS), Message::KEYS.len());
        let session = Session::new("a1", "debate", "task")
            .with_created_at(at)
            .with_updated_at(later)
            .with_completed_at(later)
            .with_status("completed")
            .with_model("m")
            .with_timeout_seconds(60)
            .with_preserve_worktrees(true)
            .with_winner(2)
            .with_runtime_mix(["r", "r"])
            .with_total_duration(3600)
            .with_total_files_changed(1)
            .with_total_lines_added(2)
            .with_total_lines_deleted(3)
            .with_instance(instance)
            .with_message(message);
        // The lists have no value of their own.
        let lists = 2;
        assert_eq!(set(&session, super::super::session::fields::FIELDS) + lists, Session::KEYS.len());
        let json = serde_json::to_value(&session).unwrap();
        assert_eq!(json["createdAt"], "2026-11-23T09:00:00.120+00:00");
        assert_eq!(json["updatedAt"], "2026-11-23T10:00:00+00:00");
        assert_eq!(json["instances"][0]["worktreePath"], "/tmp/w");
        assert_eq!(json["chatHistory"][0]["timestamp"], "2026-11-23T09:00:00.120+00:00");
        assert_eq!(serde_json::from_value::<Session>(json).unwrap(), session);
    }

    #[test]
    fn what_is_not_said_is_absent() {
        let session = Session::new("a1", "debate", "");
        assert_eq!(session.created_at, session.updated_at);
        assert!(session.instances.is_empty() && session.chat_history.is_empty());
        assert_eq!((session.completed_at, session.model, session.winner_id), (None, None, None));
    }
}
