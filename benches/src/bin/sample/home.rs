//! The clean part of the sample: three workspaces with some thirty sessions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use retold_benches::generate::{Shape, session};
use retold_benches::legacy::{Session, workspace_hash};

use super::{SampleFile, stories};

pub(crate) const ATLAS: &str = "/home/mika/work/atlas";
pub(crate) const KAKEIBO: &str = "/home/yuki/work/kakeibo";
/// Stands in no mapping: only its instances' worktrees tell its path.
const LIGHTHOUSE: &str = "/Users/ren/src/lighthouse";

const SEED: u64 = 42;
/// Sessions of the generator that lie between two of the sample: one about every 18 hours.
const STRIDE: usize = 29;
const SHAPE: Shape = Shape {
    sessions: 0,
    instances_per_session: 3,
    output_bytes: 900,
    messages_per_session: 8,
    message_bytes: 200,
    workspaces: 3,
};

/// Returns the session files of the three workspaces and the mapping that knows two of them.
pub(crate) fn files() -> Vec<SampleFile> {
    let mapping: BTreeMap<String, &str> =
        [ATLAS, KAKEIBO].into_iter().map(|path| (workspace_hash(path), path)).collect();
    let mapping = serde_json::to_vec_pretty(&mapping).expect("strings become JSON");
    let mut files = vec![("workspace_mapping.json".to_owned(), mapping)];
    for (path, sessions) in workspaces() {
        let bytes = serde_json::to_vec_pretty(&sessions).expect("sessions become JSON");
        files.push((format!("sessions/{}.json", workspace_hash(path)), bytes));
    }
    files
}

fn workspaces() -> [(&'static str, Vec<Session>); 3] {
    let mut atlas: Vec<Session> = (0..10).map(|place| made(&SHAPE, place, ATLAS)).collect();
    atlas.extend(stories::login_test());
    atlas.push(stories::tile_cache_debate());
    oddities(&mut atlas);

    let mut kakeibo: Vec<Session> = (20..28).map(|place| made(&SHAPE, place, KAKEIBO)).collect();
    kakeibo.push(stories::receipts());
    // One id in two workspaces: a copied project brought its history along.
    kakeibo[3].id.clone_from(&atlas[3].id);
    kakeibo[5].status = "running".to_owned();
    kakeibo[5].completed_at = Some("2025-11-20T18:40:11.902Z".to_owned());

    let quiet = Shape { messages_per_session: 0, ..SHAPE };
    let empty = Shape { instances_per_session: 0, messages_per_session: 0, ..SHAPE };
    let mut lighthouse: Vec<Session> = (40..45).map(|place| made(&SHAPE, place, LIGHTHOUSE)).collect();
    lighthouse.push(made(&quiet, 45, LIGHTHOUSE));
    lighthouse.push(made(&empty, 46, LIGHTHOUSE));

    let mut all = [(ATLAS, atlas), (KAKEIBO, kakeibo), (LIGHTHOUSE, lighthouse)];
    for (_, sessions) in &mut all {
        sessions.sort_by_key(|session| session.created_at.parse::<Timestamp>().ok());
    }
    all
}

fn made(shape: &Shape, place: usize, workspace: &str) -> Session {
    session(shape, SEED, place * STRIDE, workspace)
}

/// Puts into `sessions` what real files hold and the generator does not make.
fn oddities(sessions: &mut [Session]) {
    let long = made(&Shape { instances_per_session: 1, output_bytes: 115_000, ..SHAPE }, 10, ATLAS);
    sessions[1].instances[0].output.clone_from(&long.instances[0].output);
    sessions[2].instances[0].output = None;
    sessions[2].instances[1].output = Some(String::new());
    let repeated = sessions[4].chat_history[2].id.clone();
    sessions[4].chat_history[3].id.clone_from(&repeated);
    sessions[4].chat_history[6].id = repeated;
    sessions[5].chat_history[1].instance_id = Some(17);
    sessions[6].task = "家族アカウント 👨‍👩‍👧‍👦 の共有設定を直す 🏳️‍🌈 (owner 👩🏽‍💻)".to_owned();
    sessions[7].timeout_seconds = Some(0);
    sessions[7].total_lines_added = Some(u32::MAX);
    sessions[7].total_duration = Some(u64::from(u32::MAX) + 1);
    sessions[7].winner_id = Some(0);
    let twin = &mut sessions[8].instances;
    twin[2].instance_id = twin[1].instance_id;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_file_is_exactly_what_the_legacy_writer_writes() {
        for (path, bytes) in files().iter().skip(1) {
            let read: Vec<Session> = serde_json::from_slice(bytes).unwrap();
            assert!(!read.is_empty(), "{path} holds sessions");
            assert!(serde_json::to_vec_pretty(&read).unwrap() == *bytes, "{path} is saved as it was read");
        }
    }

    #[test]
    fn the_promised_oddities_are_there() {
        let [(_, atlas), (_, kakeibo), (_, lighthouse)] = workspaces();
        assert_eq!([atlas.len(), kakeibo.len(), lighthouse.len()], [13, 9, 7]);
        let ids: HashSet<_> = atlas.iter().map(|session| &session.id).collect();
        assert_eq!(ids.len(), atlas.len() - 1, "one pair of twins");
        assert_eq!(kakeibo.iter().filter(|session| ids.contains(&session.id)).count(), 1);
        let outputs = || atlas.iter().flat_map(|session| &session.instances).map(|of| of.output.as_deref());
        assert_eq!(outputs().flatten().filter(|output| output.len() > 100_000).count(), 1);
        assert!(outputs().any(|output| output.is_none()) && outputs().any(|output| output == Some("")));
        assert!(atlas.iter().any(|of| of.status == "round_2" && of.task == "Debate in progress"));
        assert!(kakeibo.iter().any(|of| of.status == "running" && of.completed_at.is_some()));
        let root = |of: &Session| {
            let path = of.instances.first()?.worktree_path.split_once("/src-tauri/.worktrees/")?.0.to_owned();
            Some(workspace_hash(&path))
        };
        assert!(lighthouse.iter().filter_map(root).all(|hash| hash == workspace_hash(LIGHTHOUSE)));
    }
}
