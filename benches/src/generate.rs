//! Legacy sessions and agents' transcripts as real ones look, as many as asked for, the same ones for the same seed.
//!
//! Sizes and compression ratios are measured on them, so their text is not filler: it is put
//! together from several hundred words, some hundred patterns of prose and terminal output in two
//! languages, and made-up names, numbers and digests.

mod clock;
mod directory;
mod document;
mod home;
mod prose;
mod random;
mod template;
mod terminal;
mod words;

pub use directory::{Written, write_directory, write_sessions};
pub use document::{Sessions, session, sessions};
pub use home::{HomeShape, WrittenHome, write_home};

use random::Random;
use template::Writer;

/// How much of everything to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sessions in all, spread evenly over the workspaces.
    pub sessions: usize,
    /// Instances in every session.
    pub instances_per_session: usize,
    /// Bytes of one instance's output on average; one output has 50 to 150 % of them.
    pub output_bytes: usize,
    /// Messages in every session.
    pub messages_per_session: usize,
    /// Bytes of one message's content on average; questions are shorter than answers.
    pub message_bytes: usize,
    /// Workspaces, and so files; at least one is made.
    pub workspaces: usize,
}

impl Shape {
    /// A thousand sessions of about 16 KiB each, as pretty JSON, in one workspace.
    pub const KIB_16: Self = Self {
        sessions: 1_000,
        instances_per_session: 3,
        output_bytes: 1_900,
        messages_per_session: 16,
        message_bytes: 300,
        workspaces: 1,
    };

    /// Returns the path of workspace number `workspace`, from 0; nothing exists there.
    #[must_use]
    pub fn workspace(&self, workspace: usize) -> String {
        words::workspace(workspace)
    }

    /// Returns the number of the workspace that session number `session`, from 0, belongs to.
    fn workspace_of(&self, session: usize) -> usize {
        session * self.workspaces.max(1) / self.sessions.max(1)
    }
}

/// Returns a terminal's log of `bytes` bytes, less the few of a character cut at the end.
#[must_use]
pub fn terminal_log(seed: u64, bytes: usize) -> String {
    terminal::log(&mut Writer::new(Random::new(seed)), bytes)
}

/// Returns one message of a conversation in English, of about `bytes` bytes in whole sentences.
#[must_use]
pub fn chat_text(seed: u64, bytes: usize) -> String {
    prose::message(&mut Writer::new(Random::new(seed)), prose::Language::English, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent_left(text: &str) -> f64 {
        let packed = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
        100.0 * packed.len() as f64 / text.len() as f64
    }

    fn mean(of: impl Iterator<Item = f64>) -> f64 {
        let all: Vec<f64> = of.collect();
        all.iter().sum::<f64>() / all.len() as f64
    }

    #[test]
    fn text_compresses_as_real_text_does() {
        let output = mean((0..300).map(|seed| percent_left(&terminal_log(seed, 2_000))));
        let message = mean((0..300).map(|seed| percent_left(&chat_text(seed, 300))));
        assert!((35.0..50.0).contains(&output), "outputs keep {output:.1} %");
        assert!((70.0..85.0).contains(&message), "messages keep {message:.1} %");
    }

    #[test]
    fn the_default_shape_is_sixteen_kib_a_session() {
        let shape = Shape { sessions: 200, ..Shape::KIB_16 };
        let all: Vec<_> = sessions(&shape, 1).collect();
        let each = serde_json::to_string_pretty(&all).unwrap().len() / all.len();
        assert!((15_000..18_000).contains(&each), "a session has {each} bytes");
    }
}
