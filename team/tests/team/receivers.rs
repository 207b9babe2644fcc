//! The receivers that conform.

use retold_trial::needs;

use crate::conformance::conforms;
use crate::targets::{Cluster, Target};

#[test]
fn memory_conforms() {
    conforms(Target::memory);
}

#[test]
fn a_directory_conforms() {
    conforms(Target::directory);
}

#[test]
fn postgres_conforms() {
    needs!(Postgres);
    let cluster = Cluster::new();
    conforms(|| Target::Postgres(cluster.emptied()));
}
