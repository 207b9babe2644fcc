//! What an agent does between two words of its person, whichever tool wrote it down.

use super::super::prose::{self, Language};
use super::super::random::Random;
use super::super::template::Writer;
use super::super::{terminal, words};
use super::repository::{Edit, Repository};

/// Somebody's session with an agent.
pub(super) struct Talk {
    pub(super) writer: Writer,
    language: Language,
    pub(super) repository: Repository,
    /// When something was said last, in milliseconds.
    pub(super) at: i64,
}

/// A tool at work.
pub(super) enum Act {
    Read { path: String, from: usize, numbered: String, plain: String, lines: usize },
    Ran { command: String, output: String },
    Edited(Edit),
}

/// 1 January 2026.
const BEGIN: i64 = 1_767_225_600_000;
const DAYS: usize = 300;
const DAY: usize = 86_400_000;

impl Talk {
    pub(super) fn new(random: &mut Random) -> Self {
        let root = words::workspace(random.below(12));
        let language = Language::draw(random);
        let at = BEGIN + as_time(random.below(DAYS) * DAY + random.below(DAY));
        let mut writer = Writer::new(random.clone());
        let repository = Repository::new(&mut writer, root);
        Self { writer, language, repository, at }
    }

    /// Lets some time go by; returns when it is then.
    pub(super) fn wait(&mut self, seconds: usize) -> String {
        self.at += as_time(self.writer.random.around(seconds * 1_000));
        super::super::clock::page(self.at)
    }

    pub(super) fn says(&mut self, bytes: usize) -> String {
        let bytes = self.writer.random.around(bytes);
        prose::message(&mut self.writer, self.language, bytes)
    }

    pub(super) fn acts(&mut self) -> Act {
        match self.writer.random.below(100) {
            0..34 => {
                let file = self.repository.pick(&mut self.writer);
                let (from, count) = match self.writer.random.percent(35) {
                    true => (0, file.line_count()),
                    false => (self.writer.random.below(file.line_count()), 60),
                };
                Act::Read {
                    path: file.path.clone(),
                    from,
                    numbered: file.numbered(from, count),
                    plain: file.part(from, count),
                    lines: file.line_count(),
                }
            }
            34..84 => {
                let mut command = String::new();
                self.writer.expand(COMMANDS, &mut command);
                let bytes = match self.writer.random.below(10) {
                    0 => 9_000,
                    1..4 => 2_600,
                    _ => 700,
                };
                let bytes = self.writer.random.around(bytes);
                Act::Ran { command, output: terminal::log(&mut self.writer, bytes) }
            }
            _ => Act::Edited(self.repository.edit(&mut self.writer)),
        }
    }
}

fn as_time(milliseconds: usize) -> i64 {
    i64::try_from(milliseconds).unwrap_or_default()
}

const COMMANDS: &[&str] = &[
    "cargo test -p $n $i",
    "cargo clippy --all-targets -- -D warnings",
    "npm test -- $n",
    "npx tsc --noEmit",
    "rg -n '$i' src",
    "git diff --stat && git log --oneline -$1",
    "cat $f | head -$2",
    "ls -la $n && du -sh $n",
    "sed -n '$2,$3p' $f",
    "curl -s localhost:$4/$n | jq .",
];
