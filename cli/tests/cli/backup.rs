use crate::support::{Place, environment, snapshot};

fn file(place: &Place, folder: &str) -> String {
    let folder = place.folder().join(folder);
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names.pop().unwrap().to_str().unwrap().to_owned()
}

/// Runs the program an hour later each time.
fn at_hour(place: &Place, hour: u8, arguments: &[&str]) -> crate::support::Answer {
    place.run(arguments, |io| {
        io.environment = environment(&[]);
        let now = format!("2026-11-23T{hour:02}:00:00Z").parse().unwrap();
        io.clock = std::sync::Arc::new(move || now);
    })
}

#[test]
fn a_backup_is_made_listed_and_put_back() {
    let place = Place::with_sessions();
    let made = place.piped(&["backup"]).done();
    assert!(
        made.starts_with("backup  [folder]/sessions.db-backups/sessions-20261123T100000Z.db, "),
        "{made}"
    );
    snapshot!(place.piped(&["backup", "list", "-o", "csv"]).done().replace(char::is_numeric, "9"), @"
    file,made_at,position,bytes,hash
    [folder]/sessions.db-backups/sessions-99999999T999999Z.db,9999-99-99T99:99:99Z,9,999999,[hash]
    ");
    let backup = file(&place, "sessions.db-backups");
    place.piped_on(&backup, &["verify", "--full"]).done();

    place.piped(&["redact", "3", "--reason", "r"]).done();
    snapshot!(place.piped(&["store", "restore", &backup]).refused(2), @"
    error: restore [folder]/sessions.db: the backup lacks 1 of its events
    hint: --overwrite restores all the same, and keeps the store that is there aside
    ");
    let head = place.piped(&["store", "head"]).done();
    let restored = at_hour(&place, 11, &["store", "restore", &backup, "--overwrite", "-q"]).done();
    snapshot!(restored, @"
    restored  [folder]/sessions.db
    head      7:[hash]
    log       [log id], which goes on from [log id] at 7
    before    [folder]/sessions.db-backups/before-restore-20261123T110000Z.db
    ");
    assert_ne!(place.piped(&["store", "head"]).done(), head);
    place.piped(&["verify", "--full"]).done();
    let aside = file(&place, "sessions.db-backups")
        .replace("sessions-20261123T100000Z", "before-restore-20261123T110000Z");
    assert_eq!(place.piped_on(&aside, &["store", "head"]).done(), head);
}

#[test]
fn only_the_newest_stay_where_that_is_asked_for() {
    let place = Place::with_sessions();
    let other = Place::with_sessions();
    let folder = place.folder().join("kept").to_str().unwrap().to_owned();
    std::fs::create_dir(&folder).unwrap();
    at_hour(&other, 1, &["backup", &folder, "-q"]).done();
    std::fs::write(format!("{folder}/notes-20200101T000000Z.db"), "no store").unwrap();
    for hour in 2..8 {
        at_hour(&place, hour, &["backup", &folder, "--keep", "2", "-q"]).done();
    }
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    // What is not of this log is nobody's to remove.
    assert_eq!(
        names,
        [
            "notes-20200101T000000Z.db",
            "sessions-20261123T010000Z.db",
            "sessions-20261123T060000Z.db",
            "sessions-20261123T070000Z.db",
        ]
    );
    let listed = place.piped(&["backup", "list", &folder, "-o", "csv"]).done();
    assert_eq!(listed.lines().count(), 5, "{listed}");
    assert!(listed.contains("not a retold store"), "{listed}");
}

#[test]
fn what_is_there_is_never_overwritten() {
    let place = Place::with_sessions();
    let taken = place.file("taken.db", "something else");
    snapshot!(place.piped(&["backup", &taken]).refused(5), @"error: back up to [folder]/taken.db: it exists already");
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "something else");
    snapshot!(place.piped(&["store", "restore", &taken]).refused(3), @"
    error: open [folder]/taken.db: not a retold store, but a file that is no SQLite database
    hint: name another file with --store
    ");
    place.piped(&["store", "restore", "/no/such/file"]).refused(1);
    place.piped(&["backup", "--every", "soon"]).refused(2);
    place.piped(&["backup", "--keep", "0"]).refused(2);
    let names = place.names().into_iter().filter(|name| name.ends_with("db") || name.ends_with("backups"));
    assert_eq!(names.collect::<Vec<_>>(), ["sessions.db", "taken.db"]);
}

#[test]
fn a_damaged_store_is_not_backed_up_and_a_damaged_backup_not_restored() {
    let place = Place::with_sessions();
    place.piped(&["backup", "-q"]).done();
    let backup = file(&place, "sessions.db-backups");
    place.tamper("drop trigger event_update; update event set occurred_at = 5 where position = 2");
    let refused = place.piped(&["backup"]).refused(10);
    assert!(refused.contains("hash does not match the event"), "{refused}");
    rusqlite::Connection::open(&backup)
        .unwrap()
        .execute_batch("drop trigger event_update; update event set occurred_at = 5 where position = 2")
        .unwrap();
    let refused = place.piped(&["store", "restore", &backup, "--overwrite"]).refused(10);
    assert!(refused.contains("verify the backup"), "{refused}");
}

#[test]
fn ctrl_c_ends_a_backup_and_the_waiting_for_the_next() {
    let place = Place::with_sessions();
    let interrupted = |io: &mut retold_cli::Io| io.interrupt.store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = place.run(&["backup", "--every", "24h"], interrupted);
    assert_eq!(answer.exit, 130.into());
    let left: Vec<_> = std::fs::read_dir(place.folder().join("sessions.db-backups")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn free_pages_are_given_back() {
    let place = Place::with_sessions();
    place
        .tamper("create table big (x); insert into big select randomblob(100000) from event; drop table big");
    let size = || std::fs::metadata(place.path()).unwrap().len();
    let before = size();
    let said = place.piped(&["store", "compact"]).done();
    assert!(said.starts_with("compacted: ") && size() + 500_000 < before, "{said}");
    place.piped(&["verify"]).done();
}
