use retold::{Error, SessionHistory};

use super::{cause, said, table};

#[test]
fn every_error_of_the_old_commands_is_caused() {
    let folder = tempfile::tempdir().unwrap();
    let history = SessionHistory::open(folder.path().join("sessions.db")).unwrap();
    let session = retold_tests::session("s1");
    let blank = history.create_session("  ", session.clone()).unwrap_err();
    history.create_session("/src/shed", session).unwrap();
    let no_session = history.get_session("/src/shed", "nosuch").unwrap_err();
    let no_instance = history.append_output("/src/shed", "s1", 7, "text").unwrap_err();
    let models = retold_projections::Error::OtherOrder;
    let io = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let other =
        |is_parent| Error::MirrorOfAnother { folder: "mirror".into(), log: "5f0c".to_owned(), is_parent };
    let causes = [
        cause("BlankWorkspace", blank),
        cause("SessionNotFound", no_session),
        cause("InstanceNotFound", no_instance),
        cause("Store", Error::from(retold_core::Error::Replaced)),
        cause("ReadModels", Error::from(models)),
        cause("Import", Error::from(retold_importer::Error::NoQuarantined { id: 9 })),
        // Caused where keys are promised, and in `mirror.rs`.
        said(
            "KeyReused",
            Error::KeyReused {
                key: "k".to_owned(),
                command: "create session".to_owned(),
                session_id: Some("s1".to_owned()),
                workspace: Some("/src/shed".to_owned()),
            },
        ),
        said("Mirror", Error::Mirror { act: "write", path: "mirror/a.json".into(), source: io }),
        said("MirrorOfAnother", other(true)),
        said("MirrorOfAnother", other(false)),
    ];
    let source = include_str!("../../../history/src/error.rs");
    insta::assert_snapshot!(table(source, &causes, &[]));
}
