//! What could not be read is kept until it can.

use std::collections::BTreeMap;

use retold_importer::{Error, ait42, quarantine};
use retold_tests::Store;
use retold_tests::import::{Home, dirty, exported, head, sessions};

/// The file with its second session's `timeoutSeconds` mended, and that session alone.
fn mended(raw: &[u8]) -> Vec<u8> {
    String::from_utf8(raw.to_vec()).unwrap().replace("\"soon\"", "60").into_bytes()
}

#[test]
fn a_mended_text_is_imported_and_its_record_resolved() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("wrong-type.json")));
    let log = store.open();
    home.import(&log);
    let id = quarantine::list(&log).unwrap()[0].id;
    let text = mended(&quarantine::raw(&log, id).unwrap());
    let report = ait42::retry(&log, &[id], &BTreeMap::from([(id, text)])).unwrap();
    assert_eq!((report.sessions.imported, report.sessions.quarantined), (1, 0));
    let records = quarantine::list(&log).unwrap();
    assert!(records.len() == 1 && records[0].resolved_at.is_some(), "{records:?}");
    assert_eq!(sessions(&log).len(), 3);

    // The damaged file is no news, and the mended one puts the session where it belongs.
    assert_eq!(home.import(&log).events_appended, 0);
    assert!(quarantine::list(&log).unwrap() == records);
    let whole = mended(&dirty("wrong-type.json"));
    home.put("aa.json", &whole);
    let report = home.import(&log);
    assert_eq!((report.sessions.imported, report.sessions.quarantined), (0, 0));
    assert!(exported(&log)["aa.json"] == whole);
    assert_eq!(sessions(&log).len(), 3);
}

#[test]
fn what_is_still_unreadable_stays_as_it_is() {
    let (store, home) = (Store::new(), Home::of("aa.json", dirty("out-of-range-numbers.json")));
    let log = store.open();
    home.import(&log);
    let (before, end) = (quarantine::list(&log).unwrap(), head(&log));
    assert_eq!(before.len(), 5);
    let ids: Vec<i64> = before.iter().map(|record| record.id).collect();
    let report = ait42::retry(&log, &ids, &BTreeMap::new()).unwrap();
    assert_eq!((report.sessions.imported, report.sessions.quarantined), (0, 5));
    assert!(quarantine::list(&log).unwrap() == before);
    assert_eq!(head(&log), end);
    let none = ait42::retry(&log, &[99], &BTreeMap::new()).unwrap_err();
    assert!(matches!(none, Error::NoQuarantined { id: 99 }), "{none}");
}
