//! Keyframes are an aid: with them, without them, and with damaged ones every state is the fold from the beginning.

use std::path::PathBuf;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use retold_core::{Position, Revision, sidecar_folder};
use retold_travel::Timeline;

use super::histories::{Given, dice};

/// A session that is long enough to earn some.
fn long_history() -> Given {
    let mut runner = TestRunner::deterministic();
    let dice = dice(5200..=5200).new_tree(&mut runner).unwrap().current();
    // Deletions would end it early.
    let given = Given::history(&dice);
    assert!(given.head().get() > 2500, "{}", given.head());
    given
}

fn file(given: &Given) -> PathBuf {
    sidecar_folder(&given.store.path()).join("keyframes@1.db")
}

/// Some positions all over the log, and those around every keyframe.
fn positions(given: &Given) -> Vec<Position> {
    let end = given.head().get();
    let far = (0..=end).step_by(397);
    far.chain([end]).map(|position| Position::new(position).unwrap()).collect()
}

fn assert_all_right(given: &Given) {
    for stream in given.streams() {
        for at in positions(given) {
            // A new timeline holds nothing in memory: what it does not fold, it has from the file.
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let frame = timeline.at(at).unwrap();
            assert_eq!(given.whole(frame.state.as_ref()), given.folded(stream, at), "position {at}");
        }
    }
}

#[test]
fn a_keyframe_and_the_tail_are_the_fold_from_the_beginning() {
    let given = long_history();
    assert!(!file(&given).exists());
    for stream in given.streams() {
        Timeline::of(&given.log, stream).unwrap().at(given.head()).unwrap();
    }
    let frames: i64 = rusqlite::Connection::open(file(&given))
        .unwrap()
        .query_row("select count(*) from keyframe", [], |row| row.get(0))
        .unwrap();
    assert!(frames >= 2, "{frames}");
    assert_all_right(&given);

    // Each is used: the state at a keyframe comes from the file even where the log has lost its beginning.
    let connection = given.store.attacker();
    connection.execute("update event set body = x'00', codec = 0 where revision < 900", []).unwrap();
    for stream in given.streams() {
        let mut timeline = Timeline::of(&given.log, stream).unwrap();
        if timeline.revision_at(given.head()).unwrap().get() > 1000 {
            assert!(timeline.at(given.head()).unwrap().state.is_some());
        }
    }
}

#[cfg(unix)]
#[test]
fn they_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let given = long_history();
    Timeline::of(&given.log, given.streams()[0]).unwrap().at(given.head()).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file(&given)), 0o600);
    assert_eq!(mode(file(&given).parent().unwrap()), 0o700);
}

#[test]
fn whatever_happens_to_the_file_the_states_are_right() {
    let given = long_history();
    let fill = || {
        for stream in given.streams() {
            Timeline::of(&given.log, stream).unwrap().at(given.head()).unwrap();
        }
    };
    fill();
    let connection = || rusqlite::Connection::open(file(&given)).unwrap();
    connection().execute("update chunk set bytes = zeroblob(length(bytes))", []).unwrap();
    assert_all_right(&given);
    fill();
    connection().execute("delete from chunk where rowid % 2 = 0 or true", []).ok();
    assert_all_right(&given);
    fill();
    connection().execute("update keyframe set head = x'c0'", []).unwrap();
    assert_all_right(&given);
    fill();
    connection().execute("update keyframe set hash = zeroblob(32)", []).unwrap();
    assert_all_right(&given);
    fill();
    std::fs::write(file(&given), "no database at all").unwrap();
    assert_all_right(&given);
    fill();
    // Deleted while a timeline has it open.
    let mut open = Timeline::of(&given.log, given.streams()[0]).unwrap();
    open.at(given.head()).unwrap();
    std::fs::remove_dir_all(file(&given).parent().unwrap()).unwrap();
    let at = Position::new(given.head().get() / 2).unwrap();
    let stream = open.stream();
    assert_eq!(given.whole(open.at(at).unwrap().state.as_ref()), given.folded(stream, at));
    assert_all_right(&given);
}

#[test]
fn a_redaction_outdates_every_keyframe() {
    let given = long_history();
    let streams = given.streams();
    let mut open: Vec<Timeline<'_>> =
        streams.iter().map(|stream| Timeline::of(&given.log, *stream).unwrap()).collect();
    open.iter_mut().for_each(|timeline| drop(timeline.at(given.head()).unwrap()));
    let messages: Vec<Position> = retold_tests::all_events(&given.log)
        .into_iter()
        .filter(|event| event.kind == retold_core::EventType::TaskChanged)
        .map(|event| event.position)
        .collect();
    given.redact(&messages);
    for timeline in &mut open {
        let (stream, head) = (timeline.stream(), given.head());
        assert_eq!(given.whole(timeline.at(head).unwrap().state.as_ref()), given.folded(stream, head));
    }
    assert_all_right(&given);
}

#[test]
fn a_store_whose_folder_cannot_be_written_travels_without_them() {
    let given = long_history();
    // A file stands where the folder would.
    std::fs::write(sidecar_folder(&given.store.path()), "in the way").unwrap();
    assert_all_right(&given);
}

proptest! {
    #![proptest_config(retold_trial::chance::properties(16))]

    #[test]
    fn steps_of_any_size_lead_to_the_same_state(dice in dice(1..120), step in 1_u64..40, to in any::<prop::sample::Index>()) {
        let given = Given::history(&dice);
        for stream in given.streams() {
            let mut timeline = Timeline::of(&given.log, stream).unwrap();
            let last = given.log.reader().unwrap().revision(stream).unwrap();
            let to = Revision::ZERO.plus(to.index(usize::try_from(last.get()).unwrap() + 1) as u64);
            let (mut folded, mut steps) = (0, 0);
            let frame = loop {
                let approach = timeline.approach(to, step).unwrap();
                prop_assert!(approach.folded <= step);
                folded += approach.folded;
                steps += 1;
                if approach.frame.revision == to {
                    break approach.frame;
                }
            };
            prop_assert_eq!((folded, steps), (to.get(), to.get().div_ceil(step).max(1)));
            prop_assert_eq!(&frame, &Timeline::of(&given.log, stream).unwrap().at_revision(to).unwrap());
            // One who is there already has nothing to do.
            prop_assert_eq!(timeline.approach(to, step).unwrap().folded, 0);
        }
    }
}
