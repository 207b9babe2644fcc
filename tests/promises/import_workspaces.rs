//! Which workspace a file belongs to, and which file a workspace's sessions go back to.

use std::collections::BTreeMap;
use std::path::Path;

use retold_core::Event;
use retold_core::event::WorkspaceRegistered;
use retold_importer::ait42::{self, Options, Sources, workspace_hash, workspace_hash_of_text};
use retold_tests::import::{Home, dirty, exported, import, sample, sessions, sources};
use retold_tests::{Store, all_events};

fn registered(log: &retold_core::Log) -> Vec<WorkspaceRegistered> {
    let events = all_events(log).into_iter().filter_map(|event| match event.event {
        Some(Event::WorkspaceRegistered(body)) => Some(body),
        _ => None,
    });
    events.collect()
}

#[cfg(unix)]
#[test]
fn two_hashes_of_one_workspace_are_one_workspace_and_two_files() {
    let place = tempfile::tempdir().unwrap();
    let real = place.path().canonicalize().unwrap().join("orchard");
    let link = place.path().canonicalize().unwrap().join("orchard-link");
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let (real, link) = (real.to_str().unwrap(), link.to_str().unwrap());
    let [by_real, by_link] = [real, link].map(workspace_hash_of_text);

    let home = Home::new();
    home.put(&format!("{by_real}.json"), dirty("second-hash-canonical.json"));
    home.put(&format!("{by_link}.json"), dirty("second-hash-as-given.json"));
    home.map(&BTreeMap::from([(by_real.clone(), real.to_owned()), (by_link.clone(), link.to_owned())]));
    let store = Store::new();
    let log = store.open();
    home.import(&log);
    let held = sessions(&log);
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|held| held.name.workspace == by_real));
    let last = registered(&log).pop().unwrap();
    let mut hashes = last.hashes.clone();
    hashes.sort();
    let mut expected = vec![by_real.clone(), by_link.clone()];
    expected.sort();
    assert_eq!(hashes, expected);

    let out = exported(&log);
    assert_eq!(out.len(), 2);
    assert!(out[&format!("{by_real}.json")] == dirty("second-hash-canonical.json"));
    assert!(out[&format!("{by_link}.json")] == dirty("second-hash-as-given.json"));
    assert_eq!(home.import(&log).events_appended, 0);
}

#[test]
fn a_session_id_in_two_workspaces_is_two_sessions() {
    let home = Home::of("aa.json", dirty("update-before.json"));
    home.put("bb.json", dirty("update-before.json"));
    let store = Store::new();
    let log = store.open();
    assert_eq!(home.import(&log).sessions.imported, 10);
    let held = sessions(&log);
    assert!(held.iter().all(|held| held.name.ordinal == 1));
    home.put("bb.json", dirty("update-after.json"));
    assert_eq!(home.import(&log).sessions.updated, 3);
    assert!(exported(&log)["aa.json"] == dirty("update-before.json"));
}

fn folder_of(path: &Path, folders: &BTreeMap<String, String>) -> (String, Option<String>) {
    let sources = Sources::find(&[path.to_owned()], folders).unwrap();
    let [source] = &sources.files[..] else { panic!("{sources:?}") };
    (source.workspace.clone(), source.folder.clone())
}

#[test]
fn a_workspace_is_known_by_the_first_who_tells() {
    let none = BTreeMap::new();
    // The worktrees' root hashes to the file's name.
    let hash = "37c00bcc6c3693ff";
    let text = std::fs::read(sample().join(format!("sessions/{hash}.json"))).unwrap();
    let home = Home::of(&format!("{hash}.json"), text);
    let from_worktree = (hash.to_owned(), Some("/home/yuki/work/kakeibo".to_owned()));
    assert_eq!(folder_of(&home.path(), &none), from_worktree);
    // The mapping comes before, and a folder that a person names before all.
    home.map(&BTreeMap::from([(hash.to_owned(), "/mapped".to_owned())]));
    assert_eq!(folder_of(&home.path(), &none).1.as_deref(), Some("/mapped"));
    assert_eq!(folder_of(&home.file(&format!("{hash}.json")), &none).1.as_deref(), Some("/mapped"));
    let named = BTreeMap::from([(hash.to_owned(), "/named".to_owned())]);
    assert_eq!(folder_of(&home.path(), &named).1.as_deref(), Some("/named"));
    // Nobody tells.
    let home = Home::of("aabbccddeeff0011.json", dirty("invented-worktrees.json"));
    assert_eq!(folder_of(&home.path(), &none), ("aabbccddeeff0011".to_owned(), None));
}

#[test]
fn a_projects_older_file_belongs_to_the_project() {
    let place = tempfile::tempdir().unwrap();
    let project = place.path().canonicalize().unwrap().join("atlas");
    std::fs::create_dir_all(project.join(".ait42")).unwrap();
    std::fs::write(project.join(".ait42/sessions.json"), dirty("update-before.json")).unwrap();
    // What else lies in a project is none of ours.
    std::fs::write(project.join("package.json"), "{\"name\": \"atlas\"}").unwrap();
    std::fs::write(project.join(".ait42/settings.json"), "{\"theme\": \"dark\"}").unwrap();
    let hash = workspace_hash(project.to_str().unwrap());
    let expected = (hash.clone(), Some(project.to_str().unwrap().to_owned()));
    for path in [project.clone(), project.join(".ait42"), project.join(".ait42/sessions.json")] {
        assert_eq!(folder_of(&path, &BTreeMap::new()), expected);
    }
    let store = Store::new();
    let log = store.open();
    let report = import(&log, &project);
    assert_eq!((report.sessions.imported, report.sessions.quarantined), (5, 0));
    assert!(exported(&log)[&format!("{hash}.json")] == dirty("update-before.json"));

    // Several projects at once, and the live file after the older one.
    let home = Home::of(&format!("{hash}.json"), dirty("update-after.json"));
    home.map(&BTreeMap::from([(hash.clone(), project.to_str().unwrap().to_owned())]));
    let both = Sources::find(&[home.path(), project.clone()], &BTreeMap::new()).unwrap();
    let files: Vec<&Path> = both.files.iter().map(|source| source.path.as_path()).collect();
    assert_eq!(files, [project.join(".ait42/sessions.json"), home.file(&format!("{hash}.json"))]);
}

#[test]
fn a_mapping_that_cannot_be_read_is_a_warning() {
    let home = Home::of("aa.json", dirty("object.json"));
    std::fs::write(home.path().join("workspace_mapping.json"), "[1]").unwrap();
    let sources = sources(&home.path());
    assert!(sources.warnings[0].starts_with("parse workspace mapping"), "{:?}", sources.warnings);
    let store = Store::new();
    let report = ait42::import(Some(&store.open()), &sources, Options::default()).unwrap();
    assert_eq!((report.warnings, report.sessions.imported), (sources.warnings, 1));
}
