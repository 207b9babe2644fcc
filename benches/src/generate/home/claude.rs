//! A transcript of Claude Code.

use super::super::random::Random;
use super::turn::{Act, Talk};
use super::{Transcript, json, sealed};

const VERSION: &str = "2.1.219";
const MODELS: [&str; 3] = ["claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5-20251001"];

struct Writing {
    talk: Talk,
    out: Transcript,
    session: String,
    model: &'static str,
    parent: String,
    responses: usize,
    /// What is said of each file that was edited, in every snapshot again.
    backups: Vec<String>,
}

/// Writes one of so many bytes and records at least.
pub(super) fn transcript(random: &mut Random, bytes: usize, records: u64) -> Transcript {
    let (session, model) = (random.uuid(), MODELS[random.below(MODELS.len())]);
    let talk = Talk::new(random);
    let slug: String = talk
        .repository
        .root
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    let path = format!(".claude/projects/{slug}/{session}.jsonl");
    let out = Transcript::new(path, bytes);
    let mut writing =
        Writing { talk, out, session, model, parent: String::new(), responses: 0, backups: Vec::new() };
    while writing.out.text.len() < bytes || writing.out.records < records {
        writing.turn();
    }
    writing.out
}

impl Writing {
    fn turn(&mut self) {
        self.snapshot();
        let prompt = self.talk.says(180);
        let message = format!(r#"{{"role":"user","content":{}}}"#, json(&prompt));
        let line = self.chained("user", &message, r#","promptSource":"typed","origin":{"kind":"human"}"#);
        self.out.line(&line);
        for _ in 0..self.talk.writer.random.between(3, 14) {
            self.responses += 1;
            if self.talk.writer.random.percent(30) {
                let length = self.talk.writer.random.between(200, 700);
                let thinking = self.talk.says(350);
                let signature = sealed(&mut self.talk.writer.random, length);
                self.block(&format!(
                    r#"{{"type":"thinking","thinking":{},"signature":"{signature}"}}"#,
                    json(&thinking)
                ));
            }
            if self.talk.writer.random.percent(45) {
                let text = self.talk.says(260);
                self.block(&format!(r#"{{"type":"text","text":{}}}"#, json(&text)));
            }
            self.act();
        }
        self.responses += 1;
        let text = self.talk.says(500);
        self.block(&format!(r#"{{"type":"text","text":{}}}"#, json(&text)));
    }

    fn snapshot(&mut self) {
        let (id, at) = (self.talk.writer.random.uuid(), self.talk.wait(40));
        self.out.line(&format!(
            r#"{{"type":"file-history-snapshot","messageId":"{id}","isSnapshotUpdate":false,"snapshot":{{"messageId":"{id}","trackedFileBackups":{{{}}},"timestamp":"{at}"}}}}"#,
            self.backups.join(",")
        ));
    }

    /// A response is a line for each of its blocks, with the same usage.
    fn block(&mut self, block: &str) {
        let message = format!(
            r#"{{"model":"{}","id":"msg_01{:022}","type":"message","role":"assistant","content":[{block}],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":{}}},"output_tokens":{},"service_tier":"standard"}}}}"#,
            self.model,
            self.responses,
            3 + self.responses % 7,
            400 + self.responses * 13 % 900,
            9_000 + self.responses * 611,
            400 + self.responses * 13 % 900,
            40 + self.responses * 37 % 700,
        );
        let request = format!(r#","requestId":"req_011{:021}""#, self.responses);
        let line = self.chained("assistant", &message, &request);
        self.out.line(&line);
    }

    fn act(&mut self) {
        let id = format!("toolu_01{}", self.talk.writer.random.hex(22));
        let (name, input, shown, twin) = match self.talk.acts() {
            Act::Read { path, from, numbered, plain, lines } => (
                "Read",
                format!(r#"{{"file_path":{}}}"#, json(&path)),
                numbered,
                format!(
                    r#"{{"type":"text","file":{{"filePath":{},"content":{},"numLines":{},"startLine":{},"totalLines":{lines}}}}}"#,
                    json(&path),
                    json(&plain),
                    plain.lines().count(),
                    from + 1
                ),
            ),
            Act::Ran { command, output } => {
                let twin = format!(
                    r#"{{"stdout":{},"stderr":"","interrupted":false,"isImage":false}}"#,
                    json(&output)
                );
                ("Bash", format!(r#"{{"command":{}}}"#, json(&command)), output, twin)
            }
            Act::Edited(edit) => {
                self.backup(&edit.path);
                let (old, new) = (json(&edit.old), json(&edit.new));
                let removed = edit.old.lines().map(|line| format!("-{line}"));
                let added = edit.new.lines().map(|line| format!("+{line}"));
                let patch: Vec<String> = removed.chain(added).map(|line| json(&line)).collect();
                let twin = format!(
                    r#"{{"filePath":{},"oldString":{old},"newString":{new},"originalFile":{},"structuredPatch":[{{"oldStart":{},"oldLines":{},"newStart":{},"newLines":{},"lines":[{}]}}],"userModified":false,"replaceAll":false}}"#,
                    json(&edit.path),
                    json(&edit.before),
                    edit.line,
                    edit.old.lines().count(),
                    edit.line,
                    edit.new.lines().count(),
                    patch.join(",")
                );
                let input =
                    format!(r#"{{"file_path":{},"old_string":{old},"new_string":{new}}}"#, json(&edit.path));
                ("Edit", input, format!("The file {} has been updated.", edit.path), twin)
            }
        };
        self.block(&format!(r#"{{"type":"tool_use","id":"{id}","name":"{name}","input":{input}}}"#));
        if self.talk.writer.random.percent(60) {
            let at = self.talk.wait(1);
            let uuid = self.talk.writer.random.uuid();
            let line = format!(
                r#"{{"parentUuid":"{}","isSidechain":false,"userType":"external","cwd":{},"sessionId":"{}","version":"{VERSION}","gitBranch":"main","type":"progress","data":{{"type":"hook_progress","hookEvent":"PostToolUse","hookName":"PostToolUse:{name}","command":"callback"}},"parentToolUseID":"{id}","toolUseID":"{id}","timestamp":"{at}","uuid":"{uuid}"}}"#,
                self.parent,
                json(&self.talk.repository.root),
                self.session,
            );
            self.out.line(&line);
        }
        let message = format!(
            r#"{{"role":"user","content":[{{"tool_use_id":"{id}","type":"tool_result","content":{},"is_error":false}}]}}"#,
            json(&shown)
        );
        let line = self.chained("user", &message, &format!(r#","toolUseResult":{twin}"#));
        self.out.result(&line);
    }

    fn backup(&mut self, path: &str) {
        let (name, at) = (self.talk.writer.random.hex(16), self.talk.wait(1));
        let backup =
            format!(r#"{}:{{"backupFileName":"{name}@v1","version":1,"backupTime":"{at}"}}"#, json(path));
        match self.backups.iter_mut().find(|backup| backup.starts_with(&json(path))) {
            Some(known) => *known = backup,
            None => self.backups.push(backup),
        }
    }

    /// A record that names the one before it.
    fn chained(&mut self, kind: &str, message: &str, more: &str) -> String {
        let (uuid, at) = (self.talk.writer.random.uuid(), self.talk.wait(9));
        let parent = match self.parent.as_str() {
            "" => "null".to_owned(),
            parent => format!("\"{parent}\""),
        };
        let line = format!(
            r#"{{"parentUuid":{parent},"isSidechain":false,"userType":"external","cwd":{},"sessionId":"{}","version":"{VERSION}","gitBranch":"main","type":"{kind}","message":{message},"uuid":"{uuid}","timestamp":"{at}"{more}}}"#,
            json(&self.talk.repository.root),
            self.session,
        );
        self.parent = uuid;
        line
    }
}
