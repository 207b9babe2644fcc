//! What a conversation begins with: its title, by whom, where and when.

use retold_core::{Instance, time};
use retold_travel::Conversation;

use super::{Look, status_in_words, tone_of_status};
use crate::output::{counted, took};
use crate::roster::name_at;
use crate::session;
use crate::styled::{Line, Rows, Tone};

/// Agents that are listed one a line.
const AGENTS_MAX: usize = 12;

/// A transcript that an agent's own tool kept of an instance: the instance's index, from 0, and which session it is.
#[derive(Debug)]
pub(crate) struct OwnTranscript {
    pub(crate) place: u32,
    /// 1 for the run itself.
    pub(crate) run: u32,
    pub(crate) name: String,
}

/// Writes the head of a conversation, `transcripts` with it.
pub(crate) fn head(
    out: &mut dyn Rows,
    conversation: &Conversation,
    transcripts: &[OwnTranscript],
    look: &Look,
) {
    let Conversation { session, records, .. } = conversation;
    let paper = look.paper;
    let title = session.task.lines().find(|line| !line.trim().is_empty()).unwrap_or("(no title)");
    paper.write(out, &Line::of(title.trim(), Tone::Strong), "", "  ");

    let mut by: Vec<String> = Vec::new();
    let is_transcript = session.kind == "transcript";
    let versions = records.versions.last().map_or_else(String::new, |version| format!(" {version}"));
    by.push(match is_transcript {
        true => format!("{}{versions}", conversation.name.workspace),
        false => session.kind.clone(),
    });
    by.extend(records.models.iter().cloned().chain(session.model.clone()));
    let folder = records.worktree.as_ref().or(records.cwds.last());
    by.extend(folder.cloned().or_else(|| (!is_transcript).then(|| conversation.name.workspace.clone())));
    by.extend(records.branches.last().cloned());
    paper.write(out, &Line::of(by.join(" · "), Tone::Plain), "", "  ");

    let status = session::standing(&session.status, conversation.moved_at, look.now);
    let mut line = Line::of(state(status, records.inferred), tone_of_status(status));
    let shown = |at| time::shown(at, &look.zone);
    let mut more = Vec::new();
    match (conversation.began_at, conversation.moved_at) {
        (Some(began), Some(moved)) if moved.as_second() > began.as_second() => {
            more.push(shown(began));
            more.push(took(moved.duration_since(began)));
        }
        (began, moved) => more.extend(began.or(moved).map(shown)),
    }
    more.push(counted(conversation.messages, "message"));
    if conversation.calls > 0 {
        more.push(counted(conversation.calls, "call"));
    }
    more.iter().for_each(|part| line.push(format!(" · {part}"), Tone::Plain));
    paper.write(out, &line, "", "  ");

    if let (Some(relation), Some(parent)) = (&records.relation, &records.parent) {
        paper.write(out, &Line::of(format!("{relation} of {parent}"), Tone::Aside), "", "  ");
    }
    if !records.tags.is_empty() {
        paper.write(out, &Line::of(format!("tags: {}", records.tags.join(" ")), Tone::Aside), "", "  ");
    }
    agents(out, &session.instances, session.winner_id, transcripts, look);
    paper.write(out, &Line::of(session::full(&conversation.name), Tone::Aside), "", "  ");
    out.gap();
}

/// The status, and whether it was inferred.
fn state(status: &str, inferred: bool) -> String {
    let status = status_in_words(status);
    let status = status.strip_prefix("is ").or(status.strip_prefix("was ")).unwrap_or(&status);
    if inferred { format!("{status} (inferred)") } else { status.to_owned() }
}

fn agents(
    out: &mut dyn Rows,
    instances: &[Instance],
    winner: Option<u32>,
    transcripts: &[OwnTranscript],
    look: &Look,
) {
    let numbers: Vec<u32> = instances.iter().map(|instance| instance.instance_id).collect();
    for (index, instance) in instances.iter().enumerate().take(AGENTS_MAX) {
        let name = name_at(&numbers, index).unwrap_or_default();
        let mut line = Line::of(format!("{name} {}", instance.agent_name), Tone::Agent);
        line.push(format!("  {}", instance.status), tone_of_status(&instance.status));
        if winner == Some(instance.instance_id) {
            line.push("  winner", Tone::Good);
        }
        for part in [&instance.runtime_label, &instance.model].into_iter().flatten() {
            line.push(format!("  {part}"), Tone::Aside);
        }
        if let Some(files) = instance.files_changed {
            line.push(format!("  {}", counted(files.into(), "file")), Tone::Aside);
            line.push(format!(" +{}", instance.lines_added.unwrap_or(0)), Tone::Good);
            line.push(format!(" -{}", instance.lines_deleted.unwrap_or(0)), Tone::Bad);
        }
        look.paper.write(out, &line, "  ", "    ");
        for own in transcripts.iter().filter(|own| own.place as usize == index) {
            let what = if own.run == 1 { "transcript" } else { "another run" };
            look.paper.write(out, &Line::of(format!("{what}: {}", own.name), Tone::Aside), "    ", "      ");
        }
    }
    if instances.len() > AGENTS_MAX {
        let more = counted((instances.len() - AGENTS_MAX) as u64, "agent");
        look.paper.write(out, &Line::of(format!("… {more} more"), Tone::Aside), "  ", "  ");
    }
}
