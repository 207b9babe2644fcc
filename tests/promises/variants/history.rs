use retold::{Error, SessionHistory};

use super::{cause, table};

fn conflict() -> retold_core::Error {
    let stream = retold_core::StreamName::session("shed", "s1", 1);
    let found = retold_core::Revision::ZERO.plus(2);
    retold_core::Error::Conflict { stream, expected: "revision 1".to_owned(), found }
}

#[test]
fn every_error_of_the_old_commands_is_caused() {
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    let session = retold_tests::session("s1");
    let blank = history.create_session("  ", session.clone()).unwrap_err();
    history.create_session("/src/shed", session).unwrap();
    let no_session = history.get_session("/src/shed", "nosuch").unwrap_err();
    let no_instance = history.append_output("/src/shed", "s1", 7, "text").unwrap_err();
    let no_moment = history.session_at("/src/shed", "s1", retold::Position::ZERO.plus(99)).unwrap_err();
    let models = retold_projections::Error::OtherOrder;
    let key_reused = {
        history.with_idempotency_key("k").delete_session("/src/shed", "nosuch").unwrap();
        history.with_idempotency_key("k").delete_session("/src/shed", "s1").unwrap_err()
    };
    let mirrored = |store: &str, mirror: &str| {
        retold::Options::new().mirror(folder.path().join(mirror)).open(folder.path().join(store))
    };
    // A file where the folder should be.
    std::fs::write(folder.path().join("notes"), "").unwrap();
    let mirror = mirrored("new.db", "notes/mirror").unwrap_err();
    let mirroring = mirrored("mirrored.db", "mirror").unwrap();
    mirroring.create_session("/src/shed", retold_tests::session("s1")).unwrap();
    let backup = folder.path().join("backup.db");
    retold_upkeep::back_up(mirroring.store().log(), &backup, || false).unwrap();
    mirroring.delete_session("/src/shed", "s1").unwrap();
    drop(mirroring);
    let other = mirrored("other.db", "mirror").unwrap_err();
    let aside = folder.path().join("aside.db");
    retold_upkeep::restore(&backup, &folder.path().join("mirrored.db"), &aside, true, || false).unwrap();
    let parent = mirrored("mirrored.db", "mirror").unwrap_err();
    let causes = [
        cause("BlankWorkspace", blank),
        cause("SessionNotFound", no_session),
        cause("InstanceNotFound", no_instance),
        cause("Store", Error::from(retold_core::Error::Replaced)),
        cause("Store", Error::from(retold_core::Error::Busy { act: "append" })),
        cause("Store", Error::from(conflict())),
        cause("ReadModels", Error::from(models)),
        cause("ReadModels", Error::from(retold_projections::Error::RebuildUnderWay)),
        cause("Travel", no_moment),
        cause("NotAPoint", Error::from("?".parse::<retold::Point>().unwrap_err())),
        cause("NotAPath", Error::from("~9".parse::<retold::Path>().unwrap_err())),
        cause("NotACursor", Error::from("?".parse::<retold::Cursor>().unwrap_err())),
        cause("Import", Error::from(retold_importer::Error::NoQuarantined { id: 9 })),
        cause("Import", Error::from(retold_importer::Error::Log(conflict()))),
        cause("KeyReused", key_reused),
        cause("Mirror", mirror),
        cause("MirrorOfAnother", other),
        cause("MirrorOfAnother", parent),
    ];
    let source = include_str!("../../../history/src/error.rs");
    insta::with_settings!({ filters => [(r"[0-9a-f]{32}", "[log id]")] }, {
        insta::assert_snapshot!(table(source, &causes, &[folder.path().to_str().unwrap()]));
    });
}
