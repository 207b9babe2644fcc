//! Sessions as the old page and backend would have left them.

use super::random::Random;
use super::template::Writer;
use super::{Shape, clock, prose, terminal, words};
use crate::legacy::{Instance, Message, Session};

/// 2025-11-01T08:00:00Z, when the made-up history begins.
const FIRST_UNIX_MS: i64 = 1_761_984_000_000;
/// From one session's start to the next one's, on average.
const STEP_MS: i64 = 37 * 60 * 1_000;

/// The sessions of a shape, made one at a time; see [`sessions`].
#[derive(Clone, Debug)]
pub struct Sessions {
    shape: Shape,
    seed: u64,
    next: usize,
}

/// Makes `shape`'s sessions in file order, workspace after workspace.
///
/// A session's content depends on `seed`, its place and the sizes alone, so that a longer list
/// begins with the shorter one. Ids are unique.
#[must_use]
pub fn sessions(shape: &Shape, seed: u64) -> Sessions {
    Sessions { shape: shape.clone(), seed, next: 0 }
}

impl Iterator for Sessions {
    type Item = Session;

    fn next(&mut self) -> Option<Session> {
        if self.next == self.shape.sessions {
            return None;
        }
        let workspace = self.shape.workspace(self.shape.workspace_of(self.next));
        let made = session(&self.shape, self.seed, self.next, &workspace);
        self.next += 1;
        Some(made)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.shape.sessions - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Sessions {}

/// Makes session number `index` of `shape` as if it belonged to `workspace`.
#[must_use]
pub fn session(shape: &Shape, seed: u64, index: usize, workspace: &str) -> Session {
    let mut random = Random::of(seed, index);
    let place = i64::try_from(index).expect("fewer sessions than milliseconds");
    let start_ms = FIRST_UNIX_MS + place * STEP_MS + i64::from(random.small(0, 1_800_000));
    Making { writer: Writer::new(random), start_ms, now_ms: start_ms }.session(shape, workspace)
}

/// One session in the making; its clock only goes forward.
struct Making {
    writer: Writer,
    start_ms: i64,
    now_ms: i64,
}

impl Making {
    fn session(mut self, shape: &Shape, workspace: &str) -> Session {
        let kind = self.writer.random.pick(&["competition", "competition", "ensemble", "debate"]);
        let status = self.status(kind);
        let language = prose::Language::draw(&mut self.writer.random);
        let id = self.writer.random.uuid();
        let task = match kind {
            "debate" if status != "completed" => "Debate in progress".to_owned(),
            _ => prose::task(&mut self.writer, language),
        };
        let runtimes: Vec<_> = (0..shape.instances_per_session)
            .map(|_| *self.writer.random.pick(&words::RUNTIMES.each_ref()))
            .collect();
        let instances: Vec<Instance> = runtimes
            .iter()
            .zip(0..)
            .map(|(runtime, number)| self.instance(shape, workspace, (kind, &id, status), *runtime, number))
            .collect();
        let chat_history = self.chat(shape, language, &instances);
        // Debates are created by the backend, the others by the page.
        let created_at = match kind {
            "debate" => clock::backend(self.start_ms, &mut self.writer.random),
            _ => clock::page(self.start_ms),
        };
        let ended = matches!(status, "completed" | "failed");
        let sum = |of: fn(&Instance) -> Option<u32>| ended.then(|| instances.iter().filter_map(of).sum());
        let winner = self.writer.random.below(instances.len().max(1));
        Session {
            session_type: kind.to_owned(),
            status: status.to_owned(),
            created_at,
            updated_at: self.time(70),
            completed_at: ended.then(|| clock::page(self.now_ms)),
            model: self
                .writer
                .random
                .percent(40)
                .then(|| runtimes.first().map_or("sonnet", |of| of.1).to_owned()),
            timeout_seconds: Some(*self.writer.random.pick(&[&300, &600, &900, &1_800, &3_600])),
            preserve_worktrees: [None, Some(true), Some(false)][self.writer.random.below(3)],
            winner_id: instances
                .get(winner)
                .filter(|_| kind == "competition" && status == "completed")
                .map(|instance| instance.instance_id),
            runtime_mix: Some(runtimes.iter().map(|runtime| runtime.0.to_owned()).collect()),
            total_duration: ended.then(|| (self.now_ms - self.start_ms).unsigned_abs() / 1_000),
            total_files_changed: sum(|instance| instance.files_changed),
            total_lines_added: sum(|instance| instance.lines_added),
            total_lines_deleted: sum(|instance| instance.lines_deleted),
            id,
            task,
            instances,
            chat_history,
        }
    }

    fn status(&mut self, kind: &str) -> &'static str {
        match self.writer.random.below(100) {
            0..8 => "running",
            8..16 => "failed",
            16..22 => "paused",
            22..34 if kind == "debate" => "round_2",
            34..38 if kind == "debate" => "round_1",
            38..42 if kind == "debate" => "round_3",
            _ => "completed",
        }
    }

    fn instance(
        &mut self,
        shape: &Shape,
        workspace: &str,
        (kind, id, status): (&str, &str, &str),
        (runtime, model, label): (&str, &str, &str),
        number: u32,
    ) -> Instance {
        let short = &id[..8];
        // Debates count from 0, the other writers from 1.
        let instance_id = if kind == "debate" { number } else { number + 1 };
        let started = self.start_ms + i64::from(self.writer.random.small(200, 4_000));
        let worked = i64::from(self.writer.random.small(20_000, 900_000));
        let status = match status {
            "completed" => self.writer.random.pick(&["completed", "completed", "completed", "archived"]),
            "failed" => self.writer.random.pick(&["failed", "failed", "timeout", "completed"]),
            "paused" => self.writer.random.pick(&["paused", "idle"]),
            _ => self.writer.random.pick(&["running", "running", "completed", "idle"]),
        };
        let ended = matches!(status, "completed" | "archived" | "failed" | "timeout");
        let bytes = self.writer.random.around(shape.output_bytes);
        Instance {
            instance_id,
            worktree_path: format!("{workspace}/src-tauri/.worktrees/{kind}-{short}/{instance_id}"),
            branch: format!("{kind}/{short}/{}-{instance_id}", words::agent(&mut self.writer.random).1),
            agent_name: words::agent_name(&mut self.writer.random),
            status: status.to_owned(),
            tmux_session_id: format!("ait42-{kind}-{short}-{instance_id}"),
            output: (bytes > 0).then(|| terminal::log(&mut self.writer, bytes)),
            start_time: Some(clock::backend(started, &mut self.writer.random)),
            end_time: ended.then(|| clock::backend(started + worked, &mut self.writer.random)),
            files_changed: ended.then(|| self.writer.random.small(0, 14)),
            lines_added: ended.then(|| self.writer.random.small(0, 620)),
            lines_deleted: ended.then(|| self.writer.random.small(0, 210)),
            runtime: Some(runtime.to_owned()),
            model: Some(model.to_owned()),
            runtime_label: Some(label.to_owned()),
        }
    }

    fn chat(&mut self, shape: &Shape, language: prose::Language, instances: &[Instance]) -> Vec<Message> {
        let mut asked_ms = self.now_ms;
        (0..shape.messages_per_session)
            .map(|place| {
                self.now_ms += i64::from(self.writer.random.small(900, 90_000));
                let asks = place % 2 == 0;
                let (id, role) = match self.writer.random.below(100) {
                    0..4 => (format!("msg-{}-system", self.now_ms), "system"),
                    4..7 => (format!("history-{place}-{}", self.now_ms), "assistant"),
                    _ if asks => (format!("msg-{}", self.now_ms), "user"),
                    7..60 => (format!("msg-{asked_ms}-response"), "assistant"),
                    _ => (format!("msg-{}", self.now_ms), "assistant"),
                };
                if asks {
                    asked_ms = self.now_ms;
                }
                let bytes = self.writer.random.around(if asks {
                    shape.message_bytes / 2
                } else {
                    shape.message_bytes * 3 / 2
                });
                let instance = self.writer.random.below(instances.len().max(1));
                Message {
                    id,
                    role: role.to_owned(),
                    content: prose::message(&mut self.writer, language, bytes),
                    timestamp: self.time(25),
                    instance_id: instances
                        .get(instance)
                        .filter(|_| self.writer.random.percent(60))
                        .map(|instance| instance.instance_id),
                }
            })
            .collect()
    }

    /// Spells the present as the backend does in `backend` of 100 cases, else as the page does.
    fn time(&mut self, backend: usize) -> String {
        if self.writer.random.percent(backend) {
            clock::backend(self.now_ms, &mut self.writer.random)
        } else {
            clock::page(self.now_ms)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_longer_list_begins_with_the_shorter_one() {
        let short = Shape { sessions: 3, ..Shape::KIB_16 };
        let long = Shape { sessions: 9, ..Shape::KIB_16 };
        assert!(sessions(&short, 4).eq(sessions(&long, 4).take(3)));
        assert_eq!(sessions(&long, 4).len(), 9);
    }

    #[test]
    fn every_kind_of_document_occurs_and_ids_are_unique() {
        let shape = Shape { sessions: 400, ..Shape::KIB_16 };
        let all: Vec<Session> = sessions(&shape, 2).collect();
        let seen = |of: fn(&Session) -> &str| all.iter().map(of).collect::<HashSet<_>>();
        assert_eq!(seen(|session| &session.id).len(), 400);
        assert_eq!(seen(|session| &session.session_type).len(), 3);
        assert_eq!(
            seen(|session| &session.status),
            HashSet::from(["completed", "running", "failed", "paused", "round_1", "round_2", "round_3"])
        );
        assert!(all.iter().any(|session| session.task == "Debate in progress"));
        assert!(all.iter().any(|session| session.winner_id.is_some()));
        assert!(all.iter().any(|session| session.updated_at.ends_with('Z')));
        assert!(all.iter().any(|session| session.updated_at.ends_with("+00:00")));
    }

    #[test]
    fn no_messages_and_no_instances_are_possible() {
        let shape = Shape {
            sessions: 5,
            instances_per_session: 0,
            messages_per_session: 0,
            output_bytes: 0,
            ..Shape::KIB_16
        };
        assert!(sessions(&shape, 1).all(|made| made.instances.is_empty() && made.chat_history.is_empty()));
    }
}
