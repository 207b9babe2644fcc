//! A transcript of Codex.

use super::super::random::Random;
use super::turn::{Act, Talk};
use super::{Transcript, json, sealed};

const MODEL: &str = "gpt-5.5";
/// Everyone's sessions begin with the same instructions.
const INSTRUCTIONS_BYTES: usize = 14_000;
const INSTRUCTIONS_SEED: u64 = 11;

struct Writing {
    talk: Talk,
    out: Transcript,
    session: String,
    calls: usize,
    /// Input, cached input, output and reasoning so far.
    used: [u64; 4],
}

/// Writes one of so many bytes at least.
pub(super) fn transcript(random: &mut Random, bytes: usize) -> Transcript {
    let session = random.uuid();
    let mut talk = Talk::new(random);
    let at = talk.wait(1);
    let (day, time) = (at[..10].replace('-', "/"), at[..19].replace(':', "-"));
    let path = format!(".codex/sessions/{day}/rollout-{time}-{session}.jsonl");
    let mut out = Transcript::new(path, bytes);
    let instructions = super::super::chat_text(INSTRUCTIONS_SEED, INSTRUCTIONS_BYTES);
    out.line(&format!(
        r#"{{"timestamp":"{at}","type":"session_meta","payload":{{"id":"{session}","timestamp":"{at}","cwd":{},"originator":"codex-tui","cli_version":"0.142.5","source":"cli","thread_source":"user","model_provider":"openai","base_instructions":{{"text":{}}},"git":{{"commit_hash":"{}","branch":"main"}}}}}}"#,
        json(&talk.repository.root),
        json(&instructions),
        talk.writer.random.hex(40),
    ));
    let mut writing = Writing { talk, out, session, calls: 0, used: [0; 4] };
    while writing.out.text.len() < bytes {
        writing.turn();
    }
    writing.out
}

impl Writing {
    fn turn(&mut self) {
        let turn = self.talk.writer.random.uuid();
        self.event(&format!(r#"{{"type":"task_started","turn_id":"{turn}"}}"#));
        let context = format!(
            r#"{{"turn_id":"{turn}","cwd":{},"model":"{MODEL}","approval_policy":"on-request","sandbox_policy":{{"type":"workspace-write","network_access":false}},"effort":"medium","summary":"auto"}}"#,
            json(&self.talk.repository.root)
        );
        self.line("turn_context", &context);
        let prompt = json(&self.talk.says(180));
        self.line(
            "response_item",
            &format!(
                r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":{prompt}}}]}}"#
            ),
        );
        self.event(&format!(
            r#"{{"type":"user_message","message":{prompt},"images":[],"local_images":[],"text_elements":[]}}"#
        ));
        for _ in 0..self.talk.writer.random.between(3, 14) {
            if self.talk.writer.random.percent(35) {
                let length = self.talk.writer.random.between(300, 1_400);
                let sealed = sealed(&mut self.talk.writer.random, length);
                self.line(
                    "response_item",
                    &format!(r#"{{"type":"reasoning","summary":[],"encrypted_content":"{sealed}"}}"#),
                );
            }
            if self.talk.writer.random.percent(35) {
                self.says(160, "commentary");
            }
            self.act();
            self.count();
        }
        self.says(500, "final_answer");
        self.count();
        self.event(&format!(
            r#"{{"type":"task_complete","turn_id":"{turn}","last_agent_message":null,"error":null}}"#
        ));
    }

    fn says(&mut self, bytes: usize, phase: &str) {
        let text = json(&self.talk.says(bytes));
        self.event(&format!(r#"{{"type":"agent_message","message":{text},"phase":"{phase}"}}"#));
        self.line(
            "response_item",
            &format!(
                r#"{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":{text}}}],"phase":"{phase}"}}"#
            ),
        );
    }

    fn act(&mut self) {
        self.calls += 1;
        let id = format!("call_{}{:04}", &self.session[..8], self.calls);
        let act = self.talk.acts();
        let (command, output) = match act {
            Act::Read { path, from, plain, .. } => (format!("sed -n '{},$p' {path}", from + 1), plain),
            Act::Ran { command, output } => (command, output),
            Act::Edited(edit) => {
                let marked = |mark: char, text: &str| -> String {
                    text.lines().map(|line| format!("{mark}{line}\n")).collect()
                };
                let patch = format!(
                    "*** Begin Patch\n*** Update File: {}\n@@\n{}{}*** End Patch",
                    edit.path,
                    marked('-', &edit.old),
                    marked('+', &edit.new)
                );
                self.line(
                    "response_item",
                    &format!(
                        r#"{{"type":"custom_tool_call","status":"completed","call_id":"{id}","name":"apply_patch","input":{}}}"#,
                        json(&patch)
                    ),
                );
                let output = format!(
                    r#"{{"output":"Success. Updated the following files:\nM {}\n","metadata":{{"exit_code":0,"duration_seconds":0.1}}}}"#,
                    edit.path
                );
                self.result(&format!(
                    r#"{{"type":"custom_tool_call_output","call_id":"{id}","output":{}}}"#,
                    json(&output)
                ));
                return;
            }
        };
        let arguments = format!(
            r#"{{"cmd":{},"workdir":{},"yield_time_ms":1000}}"#,
            json(&command),
            json(&self.talk.repository.root)
        );
        self.line(
            "response_item",
            &format!(
                r#"{{"type":"function_call","name":"exec_command","arguments":{},"call_id":"{id}"}}"#,
                json(&arguments)
            ),
        );
        let output = format!(
            "Chunk ID: {}\nWall time: 0.{} seconds\nProcess exited with code 0\nOriginal token count: {}\nOutput:\n{output}",
            self.talk.writer.random.hex(6),
            self.talk.writer.random.between(1_000, 9_999),
            output.len() / 4,
        );
        self.result(&format!(
            r#"{{"type":"function_call_output","call_id":"{id}","output":{}}}"#,
            json(&output)
        ));
    }

    /// Tells how many tokens were used in all.
    fn count(&mut self) {
        let random = &mut self.talk.writer.random;
        let last = [random.between(9_000, 90_000), random.between(4_000, 9_000), random.between(30, 900), 20];
        let last = last.map(|count| count as u64);
        for (all, last) in self.used.iter_mut().zip(last) {
            *all += last;
        }
        let spelled = |[input, cached, output, reasoning]: [u64; 4]| {
            format!(
                r#"{{"input_tokens":{input},"cached_input_tokens":{cached},"output_tokens":{output},"reasoning_output_tokens":{reasoning},"total_tokens":{}}}"#,
                input + output
            )
        };
        let (total, last) = (spelled(self.used), spelled(last));
        self.event(&format!(
            r#"{{"type":"token_count","info":{{"total_token_usage":{total},"last_token_usage":{last},"model_context_window":272000}},"rate_limits":{{"primary":{{"used_percent":12.0,"window_minutes":300,"resets_at":1785748700}},"secondary":null,"plan_type":"pro"}}}}"#
        ));
    }

    fn event(&mut self, payload: &str) {
        self.line("event_msg", payload);
    }

    fn line(&mut self, kind: &str, payload: &str) {
        let at = self.talk.wait(4);
        self.out.line(&format!(r#"{{"timestamp":"{at}","type":"{kind}","payload":{payload}}}"#));
    }

    fn result(&mut self, payload: &str) {
        let at = self.talk.wait(4);
        self.out.result(&format!(r#"{{"timestamp":"{at}","type":"response_item","payload":{payload}}}"#));
    }
}
