//! Importing again appends the difference, which is mostly nothing.

use retold_core::event::{SessionDeleted, TaskChanged};
use retold_core::{Commit, Event, EventType, Expected, Log, StreamName};
use retold_importer::ait42::{Counts, Report};
use retold_importer::quarantine;
use retold_tests::import::{Home, dirty, exported, files, head, import, parse, sample, sessions};
use retold_tests::{Store, all_events, assert_sound};

fn new_events(log: &Log, after: retold_core::Position) -> Vec<Event> {
    all_events(log)
        .into_iter()
        .filter(|event| event.position > after)
        .filter_map(|event| event.event)
        .collect()
}

fn assert_nothing_new(report: &Report) {
    assert_eq!(report.events_appended, 0);
    let counts = report.sessions;
    let nothing = Counts {
        read: counts.read,
        unchanged: counts.read,
        quarantined: counts.quarantined,
        ..Counts::default()
    };
    assert_eq!(counts, nothing);
    assert_eq!(report.reproduced, counts.read);
}

#[test]
fn importing_twice_equals_importing_once() {
    let dirt = files(&sample().join("dirty"));
    let dirty_files = dirt.into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end != "md"));
    let homes = dirty_files.map(|(path, bytes)| Home::of(path.to_str().unwrap(), bytes));
    let mut stores = Vec::new();
    for home in homes {
        let store = Store::new();
        import_twice(&store, &home.path());
        stores.push(store);
    }
    assert!(stores.len() > 40);
    import_twice(&Store::new(), &sample());
}

fn import_twice(store: &Store, path: &std::path::Path) {
    let log = store.open();
    let first = import(&log, path);
    let (end, kept) = (head(&log), quarantine::list(&log).unwrap());
    let second = import(&log, path);
    assert_nothing_new(&second);
    assert_eq!(second.sessions.quarantined, first.sessions.quarantined);
    assert_eq!((head(&log), quarantine::list(&log).unwrap()), (end, kept), "{}", path.display());
    drop(log);
    let log = store.open();
    assert_nothing_new(&import(&log, path));
    assert_sound(&log);
}

#[test]
fn the_sample_comes_out_as_it_went_in() {
    let store = Store::new();
    let log = store.open();
    import(&log, &sample());
    let before: Vec<_> = files(&sample().join("sessions")).into_iter().collect();
    let after: Vec<_> = exported(&log).into_iter().map(|(name, bytes)| (name.into(), bytes)).collect();
    assert!(before == after);
}

#[test]
fn a_newer_copy_appends_only_what_changed() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("update-before.json")));
    let log = store.open();
    let first = home.import(&log);
    assert_eq!(first.sessions.imported, 5);
    let end = head(&log);
    let after = dirty("update-after.json");
    home.put("aa.json", &after);
    let second = home.import(&log);
    let counts = Counts { read: 4, updated: 3, unchanged: 1, absent: 1, ..Counts::default() };
    assert_eq!((second.sessions, second.reproduced), (counts, 4));
    let events = new_events(&log, end);
    assert_eq!(events.len() as u64, second.events_appended);
    let mut kinds: Vec<EventType> = events.iter().map(Event::event_type).collect();
    kinds.sort_by_key(|kind| kind.name());
    assert_eq!(
        kinds,
        [EventType::MessageRemoved, EventType::OutputAppended, EventType::SessionStatusChanged]
    );

    // The output's suffix alone was written, and the session that is gone stays.
    let (old, new) = (parse(&dirty("update-before.json")), parse(&after));
    let suffix = events.iter().find_map(|event| match event {
        Event::OutputAppended(body) => body.text.as_str(),
        _ => None,
    });
    let outputs = |sessions: &[retold_core::Session]| -> Vec<String> {
        let instances = sessions.iter().flat_map(|session| &session.instances);
        instances.filter_map(|instance| Some(instance.output.as_ref()?.as_str()?.to_owned())).collect()
    };
    let old = outputs(&old);
    let grown = outputs(&new).into_iter().filter_map(|text| text.strip_suffix(suffix?).map(str::to_owned));
    assert!(grown.filter(|text| !text.is_empty()).any(|text| old.contains(&text)), "{suffix:?}");
    let held: Vec<_> = sessions(&log).into_iter().map(|held| held.state.session).collect();
    assert_eq!(held.len(), 5);
    assert!(new.iter().all(|session| held.contains(session)));
    let third = home.import(&log);
    assert_eq!((third.events_appended, third.sessions.absent), (0, 1));
}

#[test]
fn a_status_without_a_new_clock_is_a_change() {
    let text = String::from_utf8(dirty("update-before.json")).unwrap();
    let mut sessions = parse(text.as_bytes());
    sessions[0].status = "round_3".to_owned();
    let (store, home) = (Store::new(), Home::of("aa.json", text));
    let log = store.open();
    home.import(&log);
    let end = head(&log);
    let newer = serde_json::to_vec_pretty(&sessions).unwrap();
    home.put("aa.json", &newer);
    assert_eq!(home.import(&log).events_appended, 1);
    assert!(
        matches!(&new_events(&log, end)[..], [Event::SessionStatusChanged(body)] if body.status == "round_3")
    );
    assert!(exported(&log)["aa.json"] == newer);
}

#[test]
fn an_unchanged_source_does_not_take_back_what_the_log_did_since() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("update-before.json")));
    let log = store.open();
    home.import(&log);
    let ids: Vec<String> =
        parse(&dirty("update-before.json")).into_iter().map(|session| session.id).collect();
    let name = |id: &str| StreamName::session("aa", id, 1);
    log.append(Commit::to(name(&ids[0]), Expected::Any, [retold_tests::task("mend the roof")])).unwrap();
    log.append(Commit::to(name(&ids[1]), Expected::Any, [SessionDeleted {}])).unwrap();
    let moved = retold_core::event::SessionMoved { place: -1.0 };
    log.append(Commit::to(name(&ids[2]), Expected::Any, [moved])).unwrap();
    let end = head(&log);
    assert_nothing_new(&home.import(&log));
    assert_eq!(head(&log), end);

    // Nor does a newer file whose other sessions changed and moved.
    let mut newer = parse(&dirty("update-before.json"));
    newer[4].task.push('!');
    newer.swap(3, 4);
    home.put("aa.json", serde_json::to_vec_pretty(&newer).unwrap());
    let report = home.import(&log);
    assert_eq!((report.sessions.updated, report.sessions.unchanged), (1, 4));
    let held = sessions(&log);
    let state = |id: &str| &held.iter().find(|held| held.name.session_id == id).unwrap().state;
    assert_eq!(state(&ids[0]).session.task, "mend the roof");
    assert!(state(&ids[1]).records.deleted);
    assert_nothing_new(&home.import(&log));
}

#[test]
fn a_changed_text_counts_over_what_the_log_did_since() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("update-before.json")));
    let log = store.open();
    home.import(&log);
    let mut newer = parse(&dirty("update-before.json"));
    let name = StreamName::session("aa", newer[0].id.clone(), 1);
    let task = TaskChanged { task: "mend the roof".to_owned(), updated_at: None };
    log.append(Commit::to(name.clone(), Expected::Any, [task])).unwrap();
    log.append(Commit::to(name, Expected::Any, [SessionDeleted {}])).unwrap();
    newer[0].status = "paused".to_owned();
    let newer = serde_json::to_vec_pretty(&newer).unwrap();
    home.put("aa.json", &newer);
    let report = home.import(&log);
    assert_eq!((report.sessions.updated, report.sessions.unchanged), (1, 4));
    assert!(exported(&log)["aa.json"] == newer);
}

#[test]
fn twins_stay_two_records_in_their_order() {
    let bytes = dirty("twins.json");
    let (store, home) = (Store::new(), Home::of("aa.json", &bytes));
    let log = store.open();
    home.import(&log);
    let held = sessions(&log);
    let file = parse(&bytes);
    let names: Vec<_> = held.iter().map(|held| (held.name.session_id.as_str(), held.name.ordinal)).collect();
    assert_eq!(names, [(&*file[0].id, 1), (&*file[1].id, 1), (&*file[2].id, 2)]);
    assert_eq!(file[0].id, file[2].id);
    assert!(exported(&log)["aa.json"] == bytes);

    let mut newer = file;
    newer[2].status = "failed".to_owned();
    let newer = serde_json::to_vec_pretty(&newer).unwrap();
    home.put("aa.json", &newer);
    assert_eq!(home.import(&log).sessions.updated, 1);
    assert!(exported(&log)["aa.json"] == newer);
}

#[test]
fn sessions_in_another_order_move() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("update-before.json")));
    let log = store.open();
    home.import(&log);
    for turn in 1..5 {
        let mut newer = parse(&dirty("update-before.json"));
        newer.rotate_left(turn);
        newer[1].task = format!("turn {turn}");
        newer.swap(0, 3);
        let newer = serde_json::to_vec_pretty(&newer).unwrap();
        home.put("aa.json", &newer);
        let end = head(&log);
        home.import(&log);
        assert!(new_events(&log, end).iter().any(|event| matches!(event, Event::SessionMoved(_))));
        assert!(exported(&log)["aa.json"] == newer, "turn {turn}");
        assert_nothing_new(&home.import(&log));
    }
}

#[test]
fn an_older_archive_loses_nothing_and_takes_nothing_back() {
    let live = parse(&dirty("stale-archive.json"));
    let archive = parse(&dirty("stale-archive.json.archive"));
    for ending in ["archive", "migrated"] {
        let (store, home) = (Store::new(), Home::of("aa.json", dirty("stale-archive.json")));
        home.put(&format!("aa.json.{ending}"), dirty("stale-archive.json.archive"));
        let log = store.open();
        let report = home.import(&log);
        let counts = Counts { read: 5, imported: 4, updated: 1, ..Counts::default() };
        assert_eq!(report.sessions, counts);
        let held: Vec<_> = sessions(&log).into_iter().map(|held| held.state.session).collect();
        assert_eq!(held.len(), 4);
        assert!(held.contains(&live[0]));
        assert!(archive.iter().filter(|session| session.id != live[0].id).all(|older| held.contains(older)));
        assert_nothing_new(&home.import(&log));
    }
}

#[test]
fn a_stale_copy_is_set_aside_and_not_applied() {
    // The archive turns up when the live file has long been imported.
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("stale-archive.json")));
    let log = store.open();
    home.import(&log);
    home.put("aa.json.archive", dirty("stale-archive.json.archive"));
    let report = home.import(&log);
    let counts = Counts { read: 5, imported: 3, unchanged: 1, quarantined: 1, ..Counts::default() };
    assert_eq!(report.sessions, counts);
    assert!(report.quarantined[0].reason.starts_with("an older copy"), "{report:?}");
    let live = parse(&dirty("stale-archive.json"));
    assert!(sessions(&log).iter().any(|held| held.state.session == live[0]));
    let stale = quarantine::raw(&log, quarantine::list(&log).unwrap()[0].id).unwrap();
    assert!(parse(&dirty("stale-archive.json.archive")).contains(&serde_json::from_slice(&stale).unwrap()));
    assert_nothing_new(&home.import(&log));
    assert_eq!(quarantine::list(&log).unwrap().len(), 1);
}
