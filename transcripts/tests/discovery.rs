//! Files are found once each, whatever links, pipes and loops lie about, and one bad folder stops nothing.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::os::unix::fs::symlink;

use retold_transcripts::{Places, Source, SourceRole, Tool, format};
use support::Made;

/// What there is of a tool: a folder of transcripts, and one in it.
const LAYOUTS: [(Tool, &str, &str); 3] = [
    (Tool::Claude, ".claude/projects", "-p/s.jsonl"),
    (Tool::Gemini, ".gemini/tmp", "p/chats/session-s.jsonl"),
    (Tool::Copilot, ".copilot/session-state", "s/events.jsonl"),
];

fn found(tool: Tool, places: &Places) -> (Vec<Source>, usize) {
    let mut failed = 0;
    let sources = format(tool).discover(places, &mut |_, _| failed += 1);
    (sources, failed)
}

fn transcripts(tool: Tool, places: &Places) -> Vec<String> {
    let (sources, failed) = found(tool, places);
    assert_eq!(failed, 0);
    sources
        .into_iter()
        .filter(|source| source.role == SourceRole::Transcript)
        .map(|source| source.name)
        .collect()
}

#[test]
fn links_are_followed_out_of_a_tree_once_and_never_back_into_it() {
    for (tool, root, file) in LAYOUTS {
        let made = Made::new();
        made.write(&format!("{root}/{file}"), "").write(&format!("out/{file}"), "");
        let (folder, _) = file.split_once('/').unwrap();
        let links = [
            (format!("{root}/alias"), made.path(root).join(folder)),
            (format!("{root}/{folder}/up"), made.path(root)),
            (format!("{root}/{folder}/home"), made.path("")),
            (format!("{root}/{folder}/self"), made.path(root).join(folder).join("self")),
            (format!("{root}/linked"), made.path("out").join(folder)),
            (format!("{root}/linked-again"), made.path("out").join(folder)),
            (format!("{root}/nowhere"), made.path("none")),
            (format!("out/{folder}/back"), made.path(root)),
            (format!("out/{folder}/round"), made.path("out")),
        ];
        for (link, target) in links {
            symlink(target, made.path(&link)).unwrap();
        }
        let (_, rest) = file.split_once('/').unwrap();
        let mut found = transcripts(tool, &made.places());
        found.sort_by_key(|name| name.contains("linked"));
        assert_eq!(found, [format!("{root}/{file}"), format!("{root}/linked/{rest}")]);
        // The home may be a link itself.
        let other = Made::new();
        symlink(made.path(""), other.path("home")).unwrap();
        assert_eq!(transcripts(tool, &Places::of(other.path("home"))).len(), 2);
    }
}

#[test]
fn what_is_no_folder_holds_nothing_and_what_cannot_be_looked_at_is_told() {
    for (tool, root, _) in LAYOUTS {
        let made = Made::new();
        assert_eq!(found(tool, &made.places()), (Vec::new(), 0));
        made.write(root, "a file");
        assert_eq!(found(tool, &made.places()), (Vec::new(), 0));
        std::fs::remove_file(made.path(root)).unwrap();
        symlink(made.path(root), made.path(root)).unwrap();
        assert_eq!(found(tool, &made.places()), (Vec::new(), 1));
    }
}

#[test]
fn a_pipe_is_never_opened() {
    for (tool, root, file) in LAYOUTS {
        let made = Made::new();
        made.write(&format!("{root}/{file}"), "");
        let pipe = made.path(root).join(file).with_file_name("pipe.jsonl");
        if !std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success() {
            panic!("mkfifo");
        }
        assert_eq!(transcripts(tool, &made.places()), [format!("{root}/{file}")]);
        assert!(!format(tool).recognise(&pipe));
        format(tool).recognise(&made.path(""));
    }
}

#[test]
fn many_files_are_found_in_order() {
    for (tool, root, file) in LAYOUTS {
        let made = Made::new();
        let (before, after) = match file.strip_suffix("/events.jsonl") {
            Some(session) => (session, "/events.jsonl"),
            None => (file.strip_suffix(".jsonl").unwrap(), ".jsonl"),
        };
        for number in 0..1_000 {
            made.write(&format!("{root}/{before}{number:05}{after}"), "");
        }
        let found = transcripts(tool, &made.places());
        assert_eq!(found.len(), 1_000);
        assert!(found.is_sorted());
    }
}
