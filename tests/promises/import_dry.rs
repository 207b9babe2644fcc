//! A dry run tells what an import would do, and does nothing at all.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retold_core::Options;
use retold_importer::ait42::Report;
use retold_tests::Store;
use retold_tests::import::{Home, dirty, files, import, rehearse, sample};

fn figures(report: Report) -> Report {
    Report { duration_ms: 0, dry_run: false, ..report }
}

#[test]
fn a_dry_run_changes_nothing_and_tells_what_an_import_does() {
    let dirt = files(&sample().join("dirty"));
    let all = Home::new();
    for (path, bytes) in dirt.into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end != "md"))
    {
        all.put(path.to_str().unwrap(), bytes);
    }
    for path in [all.path(), sample()] {
        let store = Store::new();
        let before = files(&path);
        let told = rehearse(None, &path);
        assert!(files(store.folder()).is_empty() && files(&path) == before);
        assert!(told.dry_run);
        let done = import(&store.open(), &path);
        assert_eq!(figures(told), figures(done));
        assert!(files(&path) == before);
    }
}

/// The files of a store, less the empty ones that SQLite makes beside it for whoever reads.
fn store_files(store: &Store) -> BTreeMap<PathBuf, Vec<u8>> {
    let is_empty = |path: &PathBuf, bytes: &Vec<u8>| {
        path.to_str().is_some_and(|name| name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty())
    };
    files(store.folder()).into_iter().filter(|(path, bytes)| !is_empty(path, bytes)).collect()
}

#[test]
fn a_dry_run_beside_a_store_tells_the_difference() {
    let store = Store::new();
    let home = Home::of("aa.json", dirty("update-before.json"));
    home.put("bb.json.archive", dirty("stale-archive.json.archive"));
    home.import(&store.open());
    // A newer file, a live one beside the archive, and one in another order.
    home.put("aa.json", dirty("update-after.json"));
    home.put("bb.json", dirty("stale-archive.json"));
    home.put("cc.json", dirty("twins.json"));
    let before = (store_files(&store), files(&home.path()));
    let told = {
        let log = Options::new().read_only(true).open(store.path()).unwrap();
        rehearse(Some(&log), &home.path())
    };
    assert!((store_files(&store), files(&home.path())) == before);
    let done = home.import(&store.open());
    assert_eq!(figures(told), figures(done.clone()));
    assert!(done.sessions.updated > 0 && done.sessions.absent > 0 && done.sessions.imported > 0);

    let mut turned = retold_tests::import::parse(&dirty("twins.json"));
    turned.rotate_left(1);
    home.put("cc.json", serde_json::to_vec_pretty(&turned).unwrap());
    let log = store.open();
    let told = rehearse(Some(&log), &home.path());
    assert_eq!(figures(told), figures(home.import(&log)));
}
