//! Files that mean something only beside another one.

use super::orchard::{pretty, session, sessions, text};
use super::{Hazard, OldReader};

/// Returns pairs of files: one live, one left by a migration, or one file at two times.
pub(super) fn hazards() -> Vec<Hazard> {
    let kept = |file, text: String, old_reader, hazard, whole, note| Hazard {
        file,
        bytes: text.into_bytes(),
        hazard,
        old_reader,
        whole,
        quarantined: 0,
        note,
    };
    let (before, after) = update();
    let (as_given, canonical) = two_hashes();
    let read = |file, text, hazard, whole, note| kept(file, text, OldReader::Reads, hazard, whole, note);
    let left = |file, text, hazard, whole, note| kept(file, text, OldReader::NeverOpens, hazard, whole, note);
    vec![
        read(
            "stale-archive.json",
            text(&[4]),
            "began anew after its sessions were moved to the archive",
            1,
            "the one, and the archive's beside it",
        ),
        left(
            "stale-archive.json.archive",
            stale_archive(),
            "larger and older than the live file, and one session in both, there in an older state",
            4,
            "the three that the live file lacks; of the shared one the live file's state is the later",
        ),
        left(
            "only-migrated.json.migrated",
            text(&[1, 2]),
            "renamed by the abandoned migration, no live file left",
            2,
            "both",
        ),
        read("update-before.json", before, "the file of a workspace, to be imported first", 5, "all five"),
        read(
            "update-after.json",
            after,
            "the same later: a status changed without `updatedAt`, a stale copy that lost a message, an output with a suffix, one session gone, one unchanged",
            4,
            "the differences alone; nothing for the unchanged one",
        ),
        read(
            "second-hash-as-given.json",
            as_given,
            "the file a debate leaves for a symlinked workspace: its name is the hash of the link's path",
            1,
            "the debate; one workspace with two hashes",
        ),
        read(
            "second-hash-canonical.json",
            canonical,
            "the file of the same workspace by its canonical path",
            1,
            "the other sessions of that workspace",
        ),
    ]
}

fn stale_archive() -> String {
    let mut old = sessions(&[1, 2, 3, 4]);
    old[3].status = "running".to_owned();
    old[3].completed_at = None;
    old[3].winner_id = None;
    old[3].updated_at = "2025-11-14T08:30:30.000000001+00:00".to_owned();
    old[3].chat_history.pop();
    pretty(&old)
}

fn update() -> (String, String) {
    let mut before = sessions(&[1, 2, 3, 4, 5]);
    before[1].status = "running".to_owned();
    before[3].instances[0].output = Some("$ cargo test -q\nrunning 12 tests\n".to_owned());
    let mut after = before.clone();
    after[1].status = "paused".to_owned();
    after[2].chat_history.pop();
    let output = after[3].instances[0].output.iter_mut();
    output.for_each(|output| output.push_str("\x1b[32mtest result: ok\x1b[0m. 12 passed\n"));
    after.pop();
    (pretty(&before), pretty(&after))
}

fn two_hashes() -> (String, String) {
    let mut debate = session(1);
    debate.session_type = "debate".to_owned();
    debate.task = "Debate in progress".to_owned();
    debate.status = "round_1".to_owned();
    let worktree = &mut debate.instances[0].worktree_path;
    *worktree = worktree.replace("/home/aoi/work/orchard", "/home/aoi/orchard-link");
    (pretty(&[debate]), pretty(&sessions(&[2])))
}
