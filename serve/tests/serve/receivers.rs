//! The server conforms as its PostgreSQL does.

use retold_trial::needs;

use crate::conformance::conforms;
use crate::served::{Served, target};
use crate::targets::Cluster;

#[test]
fn a_server_conforms() {
    needs!(Postgres);
    let cluster = Cluster::new();
    let served = Served::before(&cluster);
    conforms(|| target(&cluster.emptied(), &served));
    assert_eq!(*served.told.lock(), Vec::<String>::new());
}
